"""Runs on a Dask cluster whose workers know nothing of the case's folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tumen.case import load
from tumen.infer.observables import Observables
from tumen.infer.run_cache import Refusal, RunCache, RunSpec
from tumen.infer.runs import Workers
from tumen.infer.workers import workers
from tumen.model import theories

pytestmark = pytest.mark.slow


@pytest.mark.filterwarnings("default")  # what Dask and tornado say on closing is theirs
def test_the_case_travels_and_refusals_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    monkeypatch.chdir(tmp_path)
    shutil.copytree(load("toyland").folder, tmp_path / "toy")
    case, asked = load("toy"), [RunSpec({"reference_rate@1980-01-01": rate}, agents=400) for rate in (0.02, -1.0, 0.03)]
    here = Workers().do(RunCache(tmp_path / "one"), case, theories.open_keys, asked)
    (tmp_path / "toy").rename(tmp_path / "elsewhere")
    cache = RunCache(tmp_path / "two")
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=":0", memory_limit=None, silence_logs=50
        ) as cluster,
        workers(cluster=cluster.scheduler_address) as some,
    ):
        there = some.do(cache, case, theories.open_keys, asked)
    assert isinstance(there[1], Refusal) and len(cache.refusals()) == 1
    for one, other in zip(here[::2], there[::2], strict=True):
        assert isinstance(one, Observables) and isinstance(other, Observables)
        np.testing.assert_array_equal(one.arrivals, other.arrivals)

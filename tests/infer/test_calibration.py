"""A calibration from beginning to end, on toyland with few runs: interrupted, resumed, inherited."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tumen import infer, theories
from tumen.case import CaseError, load
from tumen.infer.calibration import Plan, heir, quick

TINY = Plan(
    start=48, rounds=((0.3, 16), (1.0, 16)), check=24, again=0, warm=60, kept=60, chains=2, learned=80,
    learned_last=80, rows=600,
)  # fmt: skip
pytestmark = pytest.mark.slow


def test_the_runs_of_a_plan_are_bounded() -> None:
    assert Plan().most <= 4000
    assert quick(Plan(), 1000).most <= 1000
    assert heir(Plan(), "open_keys").most < Plan().most


def test_an_interrupted_calibration_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    toyland, theory = load("toyland"), theories.open_keys
    calls = []

    def stop(stage: str, done: int, whole: int) -> None:
        calls.append(stage)
        if stage.startswith("round 2") and done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        infer.calibrate(toyland, theory, plan=TINY, processes=1, folder=tmp_path / "a", progress=stop)
    done = {path: path.stat().st_mtime_ns for path in (tmp_path / "a" / "runs").rglob("*.npz")}
    assert len(done) >= 48 + 16 + 5
    resumed = infer.calibrate(toyland, theory, plan=TINY, processes=1, folder=tmp_path / "a")
    assert all(path.stat().st_mtime_ns == when for path, when in done.items())
    whole = infer.calibrate(toyland, theory, plan=TINY, processes=1, folder=tmp_path / "b")
    for name in ("theta", "phi"):
        np.testing.assert_allclose(
            resumed.groups["posterior"][name].values, whole.groups["posterior"][name].values, rtol=1e-6
        )
    # What it learned is nearer the counts than the prior was.
    counted = whole.groups["observed_data"]["arrivals"].sum("sex").values[1:]
    years = whole.groups["observed_data"]["first_year"].values[1:]

    def miss(group: str) -> float:
        came = whole.groups[group]["arrivals"].sum("sex").sel(year=years).values.reshape(-1, len(years))
        return float(np.median(np.abs(np.log(np.maximum(came, 1) / counted))))

    assert miss("posterior_predictive") < miss("prior_predictive")


def test_an_heir_needs_somebody_to_inherit_from(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="no finished calibration under open_keys"):
        infer.calibrate(load("toyland"), theories.interplay, plan=heir(TINY, "open_keys"), processes=1, folder=tmp_path)

"""Runs are done once, kept, and set aside where the model refuses them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tumen.case import CaseError, load
from tumen.infer import runs
from tumen.infer.calibration import Runs
from tumen.infer.estimation import necessity
from tumen.infer.observables import Observables
from tumen.infer.run_cache import Refusal, RunCache, RunSpec
from tumen.infer.runs import Workers
from tumen.infer.workers import workers
from tumen.model import theories

TOYLAND, THEORY, ROWS = load("toyland"), theories.open_keys, 400


def spec(rate: float, *settings: str) -> RunSpec:
    return RunSpec({"reference_rate@1980-01-01": rate}, None, settings, 1, ROWS)


def test_what_was_run_is_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache, asked, done = RunCache(tmp_path), [spec(0.02), spec(0.03)], []
    perform = runs.perform

    def counted(*given: Any) -> Observables | Refusal:
        done.append(given)
        return perform(*given)

    monkeypatch.setattr(runs, "perform", counted)
    first = Workers(None).do(cache, TOYLAND, THEORY, asked)
    second = Workers(None).do(cache, TOYLAND, THEORY, [*asked, spec(0.04)])
    assert len(done) == 3
    for one, other in zip(first, second, strict=False):
        assert isinstance(one, Observables) and isinstance(other, Observables)
        np.testing.assert_array_equal(one.arrivals, other.arrivals)


def test_an_interruption_loses_nothing_done(tmp_path: Path) -> None:
    cache, asked = RunCache(tmp_path), [spec(0.02), spec(0.03), spec(0.04)]

    def stop(done: int, whole: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Workers(None).do(cache, TOYLAND, THEORY, asked, stop)
    held = [cache.get(cache.key(TOYLAND, THEORY, one)) is not None for one in asked]
    assert held == [True, True, False]


def test_what_the_model_refuses_is_set_aside_with_its_sentence(tmp_path: Path) -> None:
    cache = RunCache(tmp_path)
    refused, done = Workers(None).do(cache, TOYLAND, THEORY, [spec(-1.0), spec(0.02)])
    assert isinstance(refused, Refusal) and "reference_rate" in refused.said
    assert isinstance(done, Observables)
    assert list(cache.refusals().values()) == [refused.said]


@pytest.mark.parametrize(("exponent", "both"), [(-2.0, True), (0.0, True), (0.8, False)])
def test_both_keys_are_necessary_exactly_where_r_is_not_above_zero(exponent: float, both: bool, tmp_path: Path) -> None:
    one = RunSpec({"reference_rate@1980-01-01": 0.04, "complementarity@1980-01-01": exponent}, None, (), 1, ROWS)
    cache, workers = RunCache(tmp_path), Workers(None)

    def do(name: str, specs: Sequence[RunSpec]) -> list[Observables | Refusal]:
        return workers.do(cache, TOYLAND, THEORY, specs)

    seen = [found for found in do("base", [one]) if isinstance(found, Observables)]
    base = Runs(np.zeros((1, 1)), np.zeros(1), np.zeros((1, 1)), (one,), tuple(seen))
    found = necessity(base, np.array([0]), do)
    assert found.keys() == {"mobility", "payment", "capital"}
    for key in ("mobility", "capital"):
        assert (found[key][0] > 1 - 1e-9) == both, key
    assert 0 < found["payment"][0] < found["capital"][0], "some cross without paying"
    assert found["mobility"][0] > 0


def test_a_cluster_that_cannot_be_named_is_said_in_a_sentence() -> None:
    with pytest.raises(CaseError, match="the cluster cannot be reached"), workers("nonsense"):
        pass

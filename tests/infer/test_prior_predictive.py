"""The prior predictive: draws are run once, refusals are counted by reason, counts are held against the prior."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tumen.case import CaseError, load
from tumen.infer import runs
from tumen.infer.observables import Observables
from tumen.infer.parameter_space import parameter_space
from tumen.infer.prior_predictive import RUNAWAY, PriorPredictive, prior_predictive, reason
from tumen.infer.run_cache import Refusal, RunCache
from tumen.infer.runs import Workers
from tumen.infer.targets import targets
from tumen.model import theories

TOYLAND, THEORY = load("toyland"), theories.open_keys


def made(arrivals: np.ndarray) -> PriorPredictive:
    held = targets(TOYLAND)
    return PriorPredictive(TOYLAND, THEORY, held.years, arrivals, held.arrivals, {"too dear": 1}, 400, 1)


def around(factor: float, spread: float) -> np.ndarray:
    """Arrivals (draw, year, sex) around the counts of toyland, blocks spread evenly over their years."""
    held = targets(TOYLAND)
    middle = np.full((len(held.years), 2), 10.0)
    for block in held.arrivals:
        inside = (held.years >= block.first) & (held.years <= block.last)
        middle[inside] = np.array(block.persons) / inside.sum()
    return middle * factor * np.exp(spread * np.linspace(-2, 2, 41))[:, None, None]


def test_counts_are_held_against_the_central_interval_and_a_factor_of_two() -> None:
    near = made(around(1.0, 0.3)).single("total")
    assert len(near) > 3 and all(each.inside and each.near for each in near)
    high = made(around(1.9, 0.1)).single("total")
    assert not any(each.inside for each in high) and all(each.near for each in high)
    far = made(around(2.1, 0.5)).single("total")
    assert all(each.inside for each in far) and not any(each.near for each in far)
    found = made(around(1.0, 0.3))
    assert (found.draws, found.refused) == (42, 1)
    for each, block in zip(found.compared("women"), found.blocks, strict=True):
        assert block.women is not None
        share = block.women / block.total
        assert (each.counted, each.median) == pytest.approx((share, share))
    joint = next(each for each in found.compared("total") if each.first < each.last)
    assert joint.median == pytest.approx(joint.counted), "over all its years"


def test_draws_are_run_once_and_refusals_counted_by_their_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    perform, done, told = runs.perform, [], []

    def some(case: Any, theory: Any, job: Any) -> Observables | Refusal:
        done.append(job)
        if len(done) % 3 == 0:
            return Refusal(f"fee is {len(done)}.5 - setting - expected less - lower it")
        made = perform(case, theory, job)
        if len(done) == 4 and isinstance(made, Observables):
            return replace(made, reproduction=np.array([1.0]))
        return made

    monkeypatch.setattr(runs, "perform", some)
    asked = {"draws": 6, "agents": 300, "progress": lambda i, n: told.append((i, n))}
    found = prior_predictive(TOYLAND, THEORY, RunCache(tmp_path), Workers(None), **asked)
    assert (found.draws, found.refusals, found.arrivals.shape[::2]) == (6, {"fee is ...": 2, RUNAWAY: 1}, (3, 2))
    assert told[-1] == (6, 6)
    names = set(parameter_space(TOYLAND, THEORY).dated_names)
    assert all(set(job.parameters) == names for job in done)
    again = prior_predictive(TOYLAND, THEORY, RunCache(tmp_path), Workers(None), **asked)
    assert len(done) == 6
    np.testing.assert_array_equal(again.arrivals, found.arrivals)


def test_priors_that_are_refused_altogether_are_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "perform", lambda *given: Refusal("fee is 3 - here - expected less - lower it"))
    with pytest.raises(CaseError, match=r"the model refuses all 5 draws of the priors: fee is \.\.\. - case toyland"):
        prior_predictive(TOYLAND, THEORY, RunCache(tmp_path), Workers(None), draws=5, agents=300)
    with pytest.raises(CaseError, match="the case has no priors"):
        prior_predictive(replace(TOYLAND, priors=()), THEORY, RunCache(tmp_path), Workers(None))


def test_a_reason_leaves_out_what_differs_from_draw_to_draw() -> None:
    said = "one arrival brings about 1.73 others through kin in 2011 - kin_per_arrival - expected fewer - lower it"
    assert reason(said) == "one arrival brings about ... others through kin in ..."

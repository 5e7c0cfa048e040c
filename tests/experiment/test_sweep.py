"""A sweep does every unit once, goes on after an interruption, and sets aside what always fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from tests.infer.synthetic_posterior import provenance
from tumen import theories
from tumen.case import CaseError, load
from tumen.experiment import sweep as sweeping
from tumen.experiment.design import Design, Factor, Level
from tumen.experiment.store import Store, Unit
from tumen.experiment.sweep import Sweep, expanded, plan, sweep
from tumen.infer.posterior import Posterior

TOYLAND, THEORY = load("toyland"), theories.interplay
DESIGN = Design(
    "Trial", "toyland", "interplay", (Factor("market", (Level("closed", ("no_market_reform",)),)),), (), 3, 1, 400, None
)


def drawn(shift: float = 0.0) -> Posterior:
    two, rates = ("chain", "draw"), np.linspace(0.02, 0.04, 12).reshape(2, 6, 1) + shift
    held = xr.Dataset(
        {
            "dated": ((*two, "dated_value"), rates),
            "history": (two, np.full((2, 6), "base")),
            "seed": (two, 50 + np.arange(12).reshape(2, 6)),
        },
        {"dated_value": ["reference_rate@1980-01-01"]},
    )
    return Posterior({"posterior": held}, provenance(TOYLAND, "interplay"), ())


def planned(design: Design = DESIGN, shift: float = 0.0) -> Sweep:
    return plan(design, TOYLAND, THEORY, drawn(shift))


def test_an_interrupted_sweep_goes_on_and_repeats_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, broken, did = Store(tmp_path / "whole"), Store(tmp_path / "broken"), list[Any]()
    sweep(planned(), whole)

    def stop(done: int, whole: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    family = sweeping.family
    monkeypatch.setattr(sweeping, "family", lambda *given: did.append(given) or family(*given))
    with pytest.raises(KeyboardInterrupt):
        sweep(planned(), broken, stop)
    assert len(broken.done()) == 2 == len(did)
    sweep(planned(), broken)
    assert len(did) == 3 and broken.hash() == whole.hash()
    sweep(planned(expanded(DESIGN, 3, 2)), broken)
    assert len(did) == 6 and len(broken.done()) == 6 and broken.hash() != whole.hash()


def test_a_unit_that_always_fails_is_set_aside_and_the_others_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, family, tries = Store(tmp_path), sweeping.family, list[int]()
    first = planned().units[0]

    def failing(case: Any, theory: Any, specs: Any) -> Any:
        tries.append(specs[0].seed)
        if specs[0].seed == 50 + first.draw:
            raise ValueError("planted")
        return family(case, theory, specs)

    monkeypatch.setattr(sweeping, "family", failing)
    sweep(planned(), store)
    assert store.aside() == {first: "ValueError: planted"} and tries.count(50 + first.draw) == 3
    assert store.done() == set(planned().units) - {first}
    sweep(planned(), store)
    assert len(tries) == 5, "what was set aside is not tried again"


def test_other_draws_and_years_outside_are_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.open(planned().identity, {})
    with pytest.raises(CaseError, match="another design"):
        sweep(planned(shift=0.001), store)
    with pytest.raises(CaseError, match="outside the case"):
        planned(Design(**{**vars(DESIGN), "years": (1990, 2020)}))


def test_seeds_of_a_draw_differ_and_its_first_is_the_posteriors_own() -> None:
    one, other = (planned().specs(Unit(4, seed)) for seed in (0, 1))
    assert {spec.seed for spec in one} == {54} and len({spec.seed for spec in other}) == 1
    assert other[0].seed != 54 and one[0].parameters == other[0].parameters

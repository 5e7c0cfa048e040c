"""A sweep does every unit once, goes on after an interruption, and sets aside what always fails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.experiment.synthetic_sweep import DESIGN, THEORY, TOYLAND, planned
from tumen.case import CaseError
from tumen.experiment import units
from tumen.experiment.store import Store, Unit
from tumen.experiment.sweep import in_any_number, sweep
from tumen.infer.branching import perform
from tumen.infer.observables import Observables


def test_an_interrupted_sweep_goes_on_and_repeats_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, broken, did = Store(tmp_path / "whole"), Store(tmp_path / "broken"), list[Any]()
    sweep(planned(), whole)

    def stop(done: int, whole: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    family = units.family
    monkeypatch.setattr(units, "family", lambda *given: did.append(given) or family(*given))
    with pytest.raises(KeyboardInterrupt):
        sweep(planned(), broken, stop)
    assert len(broken.done()) == 2 == len(did)
    sweep(planned(), broken)
    assert len(did) == 3 and broken.hash() == whole.hash()
    sweep(planned(replace(DESIGN, draws=4, seeds=2)), broken)
    assert len(did) == 8 and len(broken.done()) == 8 and whole.done() < broken.done(), "none is done twice"


@pytest.mark.parametrize("size", [1, 2, 12, 33, 420])
def test_few_draws_are_spread_over_the_posterior_and_more_hold_them(size: int) -> None:
    order = in_any_number(size)
    assert sorted(order) == list(range(size))
    for number in range(1, size + 1):
        gaps = np.diff([0, *sorted(order[:number]), size])
        assert gaps.max() <= 2 * size / number + 1


def test_a_sweep_may_run_past_the_case_and_keeps_the_years_asked_for(tmp_path: Path) -> None:
    later = planned(replace(DESIGN, draws=1, years=(2003, 2006)))
    store = Store(tmp_path)
    sweep(later, store)
    assert sorted(set(store.table().year)) == [2003, 2004, 2005, 2006]
    alone = perform(TOYLAND, THEORY, later.specs(later.units[0])[0])
    some = store.table().query("world == 'base' and age == '25-29' and sex == 'female'")
    assert isinstance(alone, Observables) and len(alone.arrivals) == 17
    np.testing.assert_array_equal(some.arrivals.to_numpy(), alone.arrivals[13:, 0, 5].astype(np.float32))
    assert later.identity != planned(replace(DESIGN, years=(2003, 2004))).identity


def test_a_unit_that_always_fails_is_set_aside_and_the_others_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, family, tries = Store(tmp_path), units.family, list[int]()
    first = planned().units[0]

    def failing(case: Any, theory: Any, specs: Any) -> Any:
        tries.append(specs[0].seed)
        if specs[0].seed == 50 + first.draw:
            raise ValueError("planted")
        return family(case, theory, specs)

    monkeypatch.setattr(units, "family", failing)
    sweep(planned(), store)
    assert store.aside() == {first: "ValueError: planted"} and tries.count(50 + first.draw) == 3
    assert store.done() == set(planned().units) - {first}
    sweep(planned(), store)
    assert len(tries) == 5, "what was set aside is not tried again"
    monkeypatch.setattr(units, "family", family)
    sweep(planned(), store, again=True)
    assert not store.aside() and store.done() == set(planned().units), "unless it is asked for"


def test_other_draws_and_years_outside_are_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.open(planned().identity, {})
    with pytest.raises(CaseError, match="another design"):
        sweep(planned(shift=0.001), store)
    with pytest.raises(CaseError, match=r"years 1990 to 2020 cannot all be simulated .* years from 1990 to 2015"):
        planned(replace(DESIGN, years=(1990, 2020)))
    with pytest.raises(CaseError, match=r"years 1989 to 2003 are not all kept .* years from 1990 to 2004"):
        planned(replace(DESIGN, compare=(1989, 2003)))
    with pytest.raises(CaseError, match="13 draws are asked for, and the posterior of interplay has 12"):
        planned(replace(DESIGN, draws=13))


def test_seeds_of_a_draw_differ_and_its_first_is_the_posteriors_own() -> None:
    one, other = (planned().specs(Unit(4, seed)) for seed in (0, 1))
    assert {spec.seed for spec in one} == {54} and len({spec.seed for spec in other}) == 1
    assert other[0].seed != 54 and one[0].parameters == other[0].parameters

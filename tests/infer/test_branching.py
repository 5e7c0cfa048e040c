"""Worlds that share a past give, run as a family, exactly what each gives alone."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from tumen.case import load
from tumen.engine.loop import simulate
from tumen.infer import branching
from tumen.infer.branching import family, perform
from tumen.infer.observables import Observables
from tumen.infer.run_cache import Refusal, RunSpec
from tumen.model import compiler, theories
from tumen.model.compiled import PiecewiseConstantTable
from tumen.model.differing import UNDATED, leaves, parting
from tumen.simulate.session import sample

TOYLAND, THEORY = load("toyland"), theories.interplay
NAMES = ("no_military_first", "no_market_reform", "no_workplace_tie")
BASE = RunSpec({}, seed=3, agents=500)
WORLDS = [
    replace(BASE, scenarios=tuple(TOYLAND.scenario(name) for name in some))
    for size in range(len(NAMES) + 1)
    for some in combinations(NAMES, size)
] + [replace(BASE, settings=("fee=900@2003-05",)), BASE, replace(BASE, history="smugglers")]


def same(one: Observables | Refusal, other: Observables | Refusal) -> bool:
    if isinstance(one, Refusal) or isinstance(other, Refusal):
        return one == other
    held, against = one.arrays(), other.arrays()
    return all(np.array_equal(held[name], against[name], equal_nan=True) for name in held)


def test_a_family_answers_as_each_world_alone() -> None:
    specs = [*WORLDS, replace(BASE, settings=("fee=-1",))]
    found = family(TOYLAND, THEORY, specs)
    assert [same(perform(TOYLAND, THEORY, spec), one) for spec, one in zip(specs, found.answers, strict=True)] == [
        True
    ] * len(specs)
    assert isinstance(found.answers[-1], Refusal)
    assert found.simulated < 0.75 * found.months


def test_one_family_has_people_and_luck_in_common() -> None:
    for other in ({"seed": 4}, {"agents": 501}, {"last_year": 2010}):
        with pytest.raises(ValueError, match="one seed, one sample size and one last year"):
            family(TOYLAND, THEORY, [BASE, replace(BASE, **other)])


def test_a_past_that_is_not_shared_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(branching, "parting", lambda one, other: min(parting(one, other) + 1, one.months))
    wrong = family(TOYLAND, THEORY, WORLDS)
    assert not all(same(perform(TOYLAND, THEORY, spec), one) for spec, one in zip(WORLDS, wrong.answers, strict=True))


@pytest.mark.parametrize("months", [2, 137, 180])
def test_what_has_no_months_is_named(months: int) -> None:
    world = TOYLAND.world()
    one = compiler.compile_model(world.within(world.start, months), THEORY)
    arrays = {name: table for name, table in leaves(one) if isinstance(table, np.ndarray)}
    assert {name for name, table in arrays.items() if len(table) != months} <= UNDATED <= set(arrays)
    if months == 137:
        assert {name for name, table in arrays.items() if len(table) != months} == UNDATED
    steps = [table for _, table in leaves(one) if isinstance(table, PiecewiseConstantTable)]
    assert steps and all(len(table.epoch) == months for table in steps)


@pytest.mark.parametrize("setting", ["fee=900@2000-03", "service_years=3@1997-05", "earnings=9@1999-02"])
def test_programs_part_no_later_than_runs(setting: str) -> None:
    one, other = (compiler.compile_model(TOYLAND.world(settings=some), THEORY) for some in ((), (setting,)))
    people, month = sample(TOYLAND.world(), 500, 1), parting(one, other)
    runs = [simulate(each, people, THEORY, seed=1).accumulator for each in (one, other)]
    apart = np.any([(a != b).reshape(len(a), -1).any(axis=1) for a, b in zip(*runs, strict=True) if a.size], axis=0)
    assert 0 < month <= int(np.argmax(apart)) <= month + 24
    assert parting(one, one) == one.months

"""Whether the strength asked for can be met: reckoned from whole cohorts, without a run."""

from __future__ import annotations

import numpy as np
import pytest

from tumen.case import Case, load
from tumen.model.conscription import entry
from tumen.model.reach import attainable, shortfall, unmet


@pytest.fixture(scope="module")
def case() -> Case:
    return load("toyland")


def test_a_shipped_strength_is_met_where_cohorts_are_large_enough() -> None:
    case = load("north_korea")
    assert shortfall(case.world()) is None
    for history in case.histories:
        serving = attainable(case.world(history=history), entry(case.world(history=history)))
        assert np.isfinite(serving).all()


def test_the_shortfall_of_toyland_is_that_of_its_runs(case: Case) -> None:
    """Before the long service of 1993 five cohorts serve and must fill an army of 8,700.

    A run of 40,000 people has 8,273 of 8,638 under arms in the summer of 1993, and the whole army in 1996.
    """
    found = shortfall(case.world())
    assert found is not None
    assert 1990 in found.years and 1993 in found.years and found.years[-1] == 1993
    assert found.found / found.wanted == pytest.approx(0.93, abs=0.01)
    assert found.text.startswith("inputs/conscription.yaml:73, strength.values.1989-01-01: the strength of 1993-03 is")
    serving = attainable(case.world(), entry(case.world()))
    assert serving[72] == pytest.approx(case.world().monthly("strength")[72])


@pytest.mark.parametrize(("settings", "worst"), [(["strength=40000"], 0.4), (["drafted=0.05"], 0.2)])
def test_a_strength_beyond_the_cohorts_is_found(settings: list[str], worst: float, case: Case) -> None:
    found = shortfall(case.world(settings=settings))
    assert found is not None
    assert found.found / found.wanted < worst
    assert len(found.years) == 15


def test_a_small_army_is_met_and_a_given_intake_asks_for_none(case: Case) -> None:
    assert shortfall(case.world(settings=["strength=4000"])) is None
    assert shortfall(case.world(settings=["closure=fixed_intake"])) is None


def test_the_opening_is_met_by_the_share_it_needs(case: Case) -> None:
    world = case.world(settings=["strength=4000"])
    assert attainable(world, entry(world))[0] == pytest.approx(4000, rel=0.03)


def test_a_run_says_in_which_year_its_army_is_smallest(case: Case) -> None:
    world = case.world(settings=["strength=4000"])
    serving = np.full(world.months, 4000.0)
    assert unmet(world, world.start, serving) is None
    serving[24:36] = 3000
    assert unmet(world, world.start, serving) == (
        "the army has 75 % of the strength given in 1992: too few agents are eligible"
    )
    assert unmet(world, world.start + 36, serving[36:]) is None
    serving[:12] = 2000
    assert unmet(world, world.start, serving) == (
        "the army has 50 % of the strength given in 1990 (2 years are under 95 %): too few agents are eligible"
    )


def test_a_given_intake_has_no_strength_to_miss(case: Case) -> None:
    world = case.world(settings=["closure=fixed_intake"])
    assert unmet(world, world.start, np.zeros(world.months)) is None

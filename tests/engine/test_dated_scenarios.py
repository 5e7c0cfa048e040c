"""What a scenario or a setting changes begins at its own date: in the months before, no bit of a run differs."""

from __future__ import annotations

import pytest

from tumen import simulate as simulation
from tumen.case import World, load
from tumen.engine.counts import Counts
from tumen.model.theories import get
from validation.promises.untouched import before
from validation.stage import differing, stage, toyland

MONTHS = 48
#: 1993-04, from which toyland's no_military_first differs, counted from the window's first month.
FIRST = 39


def run(world: World) -> Counts:
    return stage(world, 2000).run(histories=True)


def changed(one: Counts, other: Counts, month: int) -> list[str]:
    """What differs in the months before `month` between two runs with the same people and draws."""
    then, now = before(one, month), before(other, month)
    return [name for name in then if differing(then[name], now[name])]


@pytest.fixture(scope="module")
def base() -> Counts:
    return run(toyland(MONTHS))


@pytest.mark.parametrize(
    "chosen",
    [
        {"scenario": "no_military_first"},
        {"settings": ["closure=fixed_intake@1993-04"]},
        {"settings": ["closure=fixed_intake@1993-04..1993-08", "service_years.male=3@1993-04"]},
    ],
)
def test_before_its_first_date_a_closure_changes_no_bit_of_a_run(chosen: dict, base: Counts) -> None:
    scenario = load("toyland").scenario(chosen["scenario"]) if "scenario" in chosen else None
    world = toyland(MONTHS, scenario=scenario, settings=chosen.get("settings", ()))
    found = run(world)
    assert changed(base, found, FIRST) == []
    assert changed(base, found, MONTHS), "later it does"


def test_a_run_records_what_its_settings_do_and_the_series_that_result() -> None:
    world = toyland(60, settings=["fee=500@1993-07", "closure=fixed_intake@1994"])
    record = simulation.run(world, get("interplay"), people=500, seed=1).record
    assert record["diff"] == [
        "fee: 500 from 1993-07 to the end (setting 'fee=500@1993-07')",
        "closure: fixed_intake from 1994-01 to the end (setting 'closure=fixed_intake@1994')",
    ]
    assert record["closure"] == "fixed_strength, fixed_intake from 1994-01"
    assert list(record["yearly_means"]) == ["fee"]
    assert record["yearly_means"]["fee"]["1994"] == 500
    assert record["yearly_means"]["fee"]["1990"] == pytest.approx(world.baseline.monthly("fee")[:12].mean())

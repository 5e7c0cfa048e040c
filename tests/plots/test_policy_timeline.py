"""Timelines show dated values as they run: steps where a value holds, slices where it is on its way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import tumen.case as tc
from tumen.case.dates import month_index
from tumen.plots.policy_timeline import Segment, policy_timelines, segments, value_text, with_reached


def series(between: str, *rows: tuple[str, float]) -> tc.Series:
    return tc.Series.through([(month_index(date), np.array([value]), "here") for date, value in rows], between)


def test_a_held_value_is_one_stretch_from_date_to_date() -> None:
    found = segments(series("hold", ("1985-01", 6.5), ("1993-04", 10.0), ("1996-10", 10.0)), 0, 12 * 1990, 120)
    assert found == (
        Segment(1990.0, pytest.approx(1993.25), 6.5, 6.5),
        Segment(pytest.approx(1993.25), 2000.0, 10.0, 10.0),
    )


def test_a_value_on_its_way_is_cut_into_years_and_says_its_dated_values() -> None:
    found = segments(series("linear", ("1990-01", 0.0), ("1992-01", 24.0)), 0, 12 * 1990, 48)
    assert [segment.start for segment in found] == [1990.0, 1991.0, 1992.0]
    assert [segment.dated for segment in found] == [0.0, None, 24.0]
    assert found[0].value == pytest.approx(5.5)
    assert found[2].end == 1994.0


def test_a_series_that_begins_later_leaves_room_before() -> None:
    assert segments(series("hold", ("1995-01", 1.0)), 0, 12 * 1990, 12) == ()
    assert segments(series("hold", ("1995-01", 1.0)), 0, 12 * 1990, 72)[0].start == 1995.0


def test_only_what_changes_or_is_contested_gets_a_timeline() -> None:
    case = tc.load("toyland")
    found = policy_timelines(case, None, case.start, case.months)
    for timeline in found:
        together = [other for other in found if other.key == timeline.key]
        assert any(len(each.accounts) > 1 or len(each.accounts[0].segments) > 1 for each in together)
    keys = {timeline.key for timeline in found}
    assert "fee" in keys
    for key in ("service_years", "trading_minimum_age"):
        sexes = [timeline.sex for timeline in found if timeline.key == key]
        assert sexes in (["total"], ["male", "female"], [])


def test_lanes_follow_the_world_of_the_run() -> None:
    case = tc.load("toyland")
    world = case.world(variants={"fee": "smugglers"})
    fee = next(timeline for timeline in policy_timelines(case, world, case.start, case.months) if timeline.key == "fee")
    assert [account.name for account in fee.accounts] == ["", "case"]
    assert fee.contested


def test_a_scenario_alone_is_no_disagreement_of_sources() -> None:
    case = tc.load("toyland")
    key = next(key for key in ("openness", "settlement_money", "layoff_rate") if not case.inputs[key].variants)
    world = case.world(settings=[f"{key}=0.3"])
    changed = [timeline for timeline in policy_timelines(case, world, case.start, case.months) if timeline.key == key]
    assert {account.name for timeline in changed for account in timeline.accounts} == {"", "case"}
    assert not any(timeline.contested for timeline in changed)


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.5, "share", "50 %"),
        (0.0, "share", "0 %"),
        (0.0, "cm", "none"),
        (6.5, "year", "6.5"),
        (3500.0, "usd", "3,500"),
        (1_170_000.0, "person", "1.17 m"),
    ],
)
def test_values_are_said_shortly(value: float, unit: str, said: str) -> None:
    assert value_text(value, unit) == said


def test_an_army_that_could_not_be_raised_is_shown_as_it_was() -> None:
    case = tc.load("toyland")
    found = policy_timelines(case, None, case.start, case.months)
    months = np.arange(case.start, case.start + case.months)
    asked = case.world().monthly("strength")
    assert with_reached(found, months, asked) == found
    short = np.where(months < 12 * 1995, 0.67, 1.0) * asked
    timeline = next(timeline for timeline in with_reached(found, months, short) if timeline.key == "strength")
    assert [account.name for account in timeline.accounts[:2]] == ["", "asked"]
    assert timeline.title.endswith(", reached")
    assert timeline.accounts[0].segments[3].value == pytest.approx(short[36:48].mean())
    assert timeline.accounts[1] == replace(
        next(one for one in found if one.key == "strength").accounts[0], name="asked"
    )

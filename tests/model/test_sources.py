"""Promises 14 and 15: policies have the values of their sources; every number has a source and a status."""

from __future__ import annotations

import numpy as np
import pytest

from tumen.case import load, shipped
from tumen.model import capital, conscription, mobility, work
from validation.promises import dated_values, sourced


@pytest.mark.parametrize("faults", [dated_values.wrong_values, dated_values.wrong_steps, dated_values.missing])
def test_north_korea_says_what_its_sources_say(faults) -> None:
    assert list(faults(load("north_korea"))) == []


def test_policy_values_are_the_sourced_ones() -> None:
    row = dated_values.check(dated_values.SMALL)
    assert row.failed == 0, row.line


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("service_years,male,,1996-10,13,", "service_years,male,,1996-10,12,"),
        ("minimum_height,male,,2012-03,142,", "minimum_height,male,,2012-04,142,"),
        ("fee,,,2011-07,3500,NKEW2011,", "fee,,,2011-07,3500,SEGYE2010,"),
        ("strength,,,2014-12,1200000,JUNG2016,1.20 million\n", ""),
    ],
)
def test_a_planted_error_is_noticed(old: str, new: str, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (dated_values._FOLDER / "policies.csv").read_text(encoding="utf-8")
    assert text.count(old) == 1
    (tmp_path / "policies.csv").write_text(text.replace(old, new), encoding="utf-8")
    (tmp_path / "steps.csv").write_bytes((dated_values._FOLDER / "steps.csv").read_bytes())
    monkeypatch.setattr(dated_values, "_FOLDER", tmp_path)
    case = load("north_korea")
    assert [*dated_values.wrong_values(case), *dated_values.missing(case)]


def test_every_number_has_a_source_and_a_status() -> None:
    row = sourced.check(sourced.SMALL)
    assert row.failed == 0, row.line
    assert row.tried > 1500


@pytest.mark.parametrize("name", [name for name, _ in shipped()])
def test_each_case_is_counted_alone(name: str) -> None:
    total, bad, counts = sourced.unsourced(load(name))
    assert bad == []
    assert total == sum(counts.values()) > 100


# --- the dated law as the engine reads it -----------------------------------------------------------------------------


def test_the_travel_order_names_women_of_10_to_60_from_may_2011() -> None:
    world = load("north_korea").world()
    before, after = (mobility.table(world).at(12 * 21 + month) for month in (3, 4))
    free, place = 5, 0
    ratio = after[free, :, :, place] / before[free, :, :, place]
    assert np.allclose(ratio[1], 1)
    assert np.allclose(ratio[0, 10:61], 0.8)
    assert np.allclose(np.delete(ratio[0], np.s_[10:61]), 1)


def test_the_currency_reform_destroys_savings_in_one_month() -> None:
    world = load("north_korea").world()
    keep = capital.savings(world).keep
    reform = 12 * 19 + 11  # 30 November acts in December
    assert keep[reform] == pytest.approx(keep[reform - 1] * 0.5)
    assert keep[reform + 1] == keep[reform - 1]
    assert (np.delete(keep, reform) == keep[0]).all()


@pytest.mark.parametrize(
    ("date", "sex", "age", "north_hamgyong", "elsewhere"),
    [
        ("2007-09", 0, 35, False, False),  # the limit of 30 does not bar her
        ("2007-09", 0, 29, True, True),
        ("2007-10", 0, 35, True, True),
        ("2007-10", 0, 42, False, False),
        ("2007-11", 0, 42, False, False),
        ("2007-12", 0, 42, True, False),
        ("2010-05", 0, 42, True, False),
        ("2010-06", 0, 20, False, False),
        ("2011-12", 1, 59, False, False),
        ("2012-01", 1, 59, True, True),
        ("2012-01", 1, 60, False, False),
        ("2012-01", 0, 20, False, False),
        ("2016-01", 1, 20, False, False),
    ],
)
def test_age_bans_reach_the_market(date: str, sex: int, age: int, north_hamgyong: bool, elsewhere: bool) -> None:
    """A ban leaves what is not enforced of the weight."""
    case = load("north_korea")
    month = case.month(date) - case.start
    left = 1 - case.world().monthly("ban_enforcement")[month]
    stalls = work.capacity_limited(case.world())[0].weight.at(month)
    usual = work.capacity_limited(case.world())[0].weight.at(0)[5, sex, age, 0]
    assert stalls[5, sex, age, 0] / usual == pytest.approx(left if north_hamgyong else 1)
    assert stalls[5, sex, age, 1:] / usual == pytest.approx(left if elsewhere else 1)


def test_the_height_barrier_is_a_z_score_and_falls_away() -> None:
    case = load("north_korea")
    bar = conscription.entry(case.world()).bar
    men = {
        date: bar[case.month(date) - case.start, 1] for date in ("1990-01", "1994-07", "1994-08", "2015-02", "2015-03")
    }
    assert men["1994-07"] == men["1990-01"] == pytest.approx((150 - 164.9) / 5.6)
    assert men["1994-08"] == pytest.approx((148 - 164.9) / 5.6)
    assert men["2015-02"] == pytest.approx((143 - 164.9) / 5.6)
    assert men["2015-03"] == -np.inf

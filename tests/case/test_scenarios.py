"""Scenarios chosen together, their closures and their dates."""

import numpy as np
import pytest

from tumen.case import CaseError, load


@pytest.mark.parametrize(("name", "date"), [("toyland", "1992-01"), ("north_korea", "1995-01")])
def test_a_combined_block_says_what_holds_under_two_scenarios(name, date):
    case = load(name)
    tie, women = case.scenario("no_workplace_tie"), case.scenario("no_female_exemption")
    for chosen in ([tie, women], [women, tie]):
        world = case.world(chosen)
        since = case.month(date) - case.start
        for key in ("duty_to_report", "duty_when_married"):
            assert not world.monthly(key)[since:].any()
            assert np.array_equal(world.monthly(key)[:since], case.world().monthly(key)[:since])
            told = [entry for entry in world.diff if entry.key == key]
            assert [(entry.text[:6], entry.source) for entry in told] == [
                ("0 from", "no_female_exemption combined with no_workplace_tie")
            ]
        assert np.array_equal(world.monthly("bought_absence"), case.world(tie).monthly("bought_absence"))
    for alone in (tie, women):
        assert case.world(alone).at("duty_when_married", "2000-01").all()


def test_a_third_rival_of_a_combined_block_is_refused(toyland, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("title: t\nbecause: b\nchanges:\n  duty_when_married: {from: 2000-01, value: 1}\n")
    three = [toyland.scenario(each) for each in ("no_workplace_tie", "no_female_exemption", file)]
    said = r"no_female_exemption combined with no_workplace_tie and mine both change duty_when_married - mine\.yaml:4"
    with pytest.raises(CaseError, match=said):
        toyland.world(three)
    with pytest.raises(CaseError, match=r"a block that says what holds .* add combined: {no_workplace_tie: {changes: "):
        toyland.world([three[0], three[2]])


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("no_tie: {changes: {fee: {value: 1, from: 2000-01}}}", r"'no_tie' is not another scenario - mine\.yaml:5"),
        (
            "no_workplace_tie: {changes: {fe: {value: 1, from: 2000-01}}}",
            r"unknown input 'fe' - mine\.yaml:5, combined.",
        ),
        (
            "no_workplace_tie: {changes: {fee: {drop: [2000-03]}}}",
            r"fee has no value dated 2000-03 to drop - mine\.yaml:5",
        ),
        ("no_workplace_tie: {changes: {}}", r"changes is empty|'changes' is empty"),
        ("no_workplace_tie: {}", r"'changes' is missing - mine\.yaml:5"),
    ],
)
def test_a_combined_block_that_does_not_fit_is_a_sentence(block, said, toyland, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(f"title: t\nbecause: b\nchanges: {{stalls: {{multiply: 2}}}}\ncombined:\n  {block}\n")
    with pytest.raises(CaseError, match=said):
        toyland.scenario(file)


def test_a_scenario_is_given_once_and_closures_must_agree(toyland, tmp_path):
    tie = toyland.scenario("no_workplace_tie")
    with pytest.raises(
        CaseError, match=r"the scenario no_workplace_tie is given twice - scenarios/no_workplace_tie\.yaml"
    ):
        toyland.world([tie, tie])
    with pytest.raises(CaseError, match="as_the_chronicle and no_military_first give different closures"):
        toyland.world([toyland.scenario("as_the_chronicle"), toyland.scenario("no_military_first")])


@pytest.mark.parametrize(
    ("closure", "said"),
    [
        ("A", "closure fixed_intake without its first date - mine.yaml:3, closure"),
        ("C", "closure is 'C' - mine.yaml:3, closure - .* - write one of these"),
        (
            "fixed_intake",
            "closure fixed_intake without its first date - mine.yaml:3, closure - expected closure: {DATE",
        ),
        ("{1993-04-01: fixed}", "closure is 'fixed' - mine.yaml:3, closure.1993-04-01 - .* - "),
        ("{1993-04-20: fixed_intake, 1993-05-02: fixed_strength}", "two closures in one month"),
        ("{1993-13-01: fixed_intake}", "'1993-13-01' is not a date"),
    ],
)
def test_a_closure_of_a_scenario_has_a_date_and_a_name(closure, said, toyland, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(f"title: t\nbecause: b\nclosure: {closure}\n")
    with pytest.raises(CaseError, match=said):
        toyland.scenario(file)


def test_dates_after_the_15th_act_from_the_next_month_in_every_verb(toyland, tmp_path):
    file = tmp_path / "late.yaml"
    file.write_text(
        "title: t\nbecause: b\nclosure: {1995-02-16: fixed_intake}\nchanges:\n"
        "  openness: {values: {1997-03-31: 0.1}}\n"
        "  rations: {from: 1999-03-16, to: 1999-05-16, value: 0.6}\n"
        "  service_years: {freeze: 2003-03-16}\n"
        "  cash_loss: {drop: [2002-10-16, 2002-12-15]}\n"
    )
    world = toyland.world(toyland.scenario(file))
    assert [world.at("openness", date) for date in ("1997-03", "1997-04")] == [0.3, 0.1]
    assert [world.at("rations", date) for date in ("1999-03", "1999-04", "1999-05", "1999-06")] == [0.2, 0.6, 0.6, 0.2]
    assert world.at("service_years", "2004-01").tolist() == [3, 9], "frozen in April, when the act is in force"
    assert not world.monthly("cash_loss").any()
    assert world.closure == "fixed_strength, fixed_intake from 1995-03"


@pytest.mark.parametrize("by", [-12, 12])
def test_a_shifted_policy_comes_earlier_or_later_and_changes_nothing_before(by, toyland, tmp_path):
    file = tmp_path / "placebo.yaml"
    file.write_text(f"title: t\nbecause: b\nchanges: {{openness: {{shift: {by}, from: 2000-07-01}}}}\n")
    base, world = toyland.world().monthly("openness"), toyland.world(toyland.scenario(file)).monthly("openness")
    reform = toyland.month("2000-07") - toyland.start
    assert base[reform] != base[reform - 1]
    assert np.array_equal(world[: reform + min(by, 0)], base[: reform + min(by, 0)])
    assert (world[reform + min(by, 0) : reform + by] == base[reform - 1]).all(), "as before the reform, for longer"
    assert np.array_equal(world[reform + by :][: len(base) - reform - 12], base[reform:][: len(base) - reform - 12])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("shift: 12", "openness is shifted without saying from when"),
        ("shift: 0, from: 2000-07-01", "or by nothing"),
        ("shift: 12, from: 2000-07-01, to: 2001-01-01", "expected shift: MONTHS, from: DATE, and no to"),
        ("shift: 1.5, from: 2000-07-01", "shift.* whole number"),
        ("shift: 241, from: 2000-07-01", "241"),
        ("shift: 12, from: 2004-12-01", "no value dated 2004-12 or later, so nothing is shifted"),
        ("shift: 12, from: 1980-01-01", "openness has no value before 1980-01"),
        ("shift: -240, from: 1999-07-01", "openness has no value before 1979-07"),
    ],
)
def test_a_shift_that_cannot_be_is_refused(change, said, toyland, tmp_path):
    file = tmp_path / "placebo.yaml"
    file.write_text(f"title: t\nbecause: b\nchanges: {{openness: {{{change}}}}}\n")
    with pytest.raises(CaseError, match=said):
        toyland.world(toyland.scenario(file))

"""Single values by name: settings typed by hand, and parameters that stand in for dated values."""

import numpy as np
import pytest

from tumen.case import CaseError, ParameterSet


def test_a_setting_holds_throughout_or_from_its_date(toyland):
    world = toyland.world(settings=["openness=0.5", "rations=0.9@2001-01", "service_years.male=7", "closure=A"])
    assert set(world.monthly("openness")) == {0.5}
    assert [world.at("rations", date) for date in ("2000-12", "2001-01", "2004-12")] == [0.2, 0.9, 0.9]
    assert set(world.monthly("service_years")[:, 1]) == {7}
    assert np.array_equal(world.monthly("service_years")[:, 0], toyland.world().monthly("service_years")[:, 0])
    assert world.closure == "A"
    assert [amendment.key for amendment in world.diff] == ["closure", "openness", "rations", "service_years"]


def test_a_setting_at_a_new_date_lasts_until_the_next(toyland):
    world = toyland.world(settings=["openness=0.5@1997-01", "layoff_rate.female=1@1996-01"])
    dates = ("1996-12", "1997-01", "2000-06", "2000-07")
    assert [world.at("openness", date) for date in dates] == [0.3, 0.5, 0.5, 0.7]
    assert world.at("layoff_rate", "1996-01").tolist() == [1, 0.05]
    assert world.at("layoff_rate", "1999-01").tolist() == [0.05, 0.03]


def test_settings_win_over_scenarios(toyland):
    world = toyland.world(toyland.scenario("no_market_reform"), settings=["openness=0.8@2002-01"])
    assert [world.at("openness", date) for date in ("2001-12", "2002-01", "2004-12")] == [0.3, 0.8, 0.8]


def test_a_world_can_be_amended_further(toyland):
    world = toyland.world().amend(["openness=0.5", "closure=A"])
    assert set(world.monthly("openness")) == {0.5}
    assert world.closure == "A"
    assert [amendment.key for amendment in world.diff] == ["openness", "closure"]


def test_what_runs_in_logarithms_may_be_nought_where_it_stands_still(toyland, tmp_path):
    assert set(toyland.world(settings=["fee_spread=0.5", "subsistence=0"]).monthly("subsistence")) == {0}
    file = tmp_path / "still.yaml"
    file.write_text("title: t\nbecause: b\nchanges:\n  subsistence: {from: 2000-01, to: 2001-01, value: 0}\n")
    world = toyland.world(toyland.scenario(file))
    assert [world.at("subsistence", date) for date in ("1999-12", "2000-01", "2001-01")] == [12, 0, 12]
    file.write_text("title: t\nbecause: b\nchanges:\n  subsistence: {multiply: 0}\n")
    with pytest.raises(CaseError, match=r"subsistence runs in logarithms and is 0 - still\.yaml:4"):
        toyland.scenario(file)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("fee", "a setting that cannot be read - setting 'fee' - expected KEY\\[.PART\\]=VALUE\\[@DATE\\]"),
        ("fee=", "a setting that cannot be read"),
        ("fee=much", "'much' is no number - setting 'fee=much' - expected a finite number"),
        ("fee=nan", "'nan' is no number"),
        ("fee=1e400", "'1e400' is no number"),
        ("fee=1_000", "'1_000' is no number"),
        ("openness=-5", "openness is -5 - setting 'openness=-5' - expected 0 to 1 share"),
        ("subsistence=0@2001-01", "subsistence runs in logarithms and is 0"),
        ("fee=5@2001-02-30", "'2001-02-30' is no date - setting 'fee=5@2001-02-30'"),
        ("fees=5", "unknown input 'fees' - setting 'fees=5' - .* - did you mean fee\\?"),
        ("fee.male=5", "fee has no parts - setting 'fee.male=5' - expected no part - write fee alone"),
        ("service_years.men=5", "'men' is no sex - .* - expected one of female or male"),
        ("strength_solved_by=0.5", "strength_solved_by is a flag and neither 0 nor 1"),
        (
            "home_share_start.male=0.1@1985-01",
            "home_share_start has no value before 1990-01 - setting 'home_share_start.male=0.1@1985-01'",
        ),
        ("__class__=5", "unknown input '__class__'"),
    ],
)
def test_a_setting_that_does_not_fit_is_a_sentence(setting, said, toyland):
    with pytest.raises(CaseError, match=said):
        toyland.world(settings=[setting])


def test_parameters_stand_in_for_dated_values(toyland):
    values = {"reference_rate@1980-01-01": 0.06, "trading_taste.male@1980-01-01": -0.3}
    given = ParameterSet("draw 7", values | {"onward_later.female@2001-01-01": 0.7})
    world = toyland.world(parameters=given)
    assert world.parameters is given
    assert set(world.monthly("reference_rate")) == {0.06}
    assert world.at("trading_taste", "2000-01").tolist() == [0, -0.3]
    assert [world.at("onward_later", date).tolist() for date in ("2000-12", "2001-01")] == [[0.25, 0.3], [0.7, 0.5]]
    assert world.diff == (), "parameters are part of the record, not of the diff"


def test_a_parameter_moves_the_line_on_both_sides(toyland):
    draw = ParameterSet("draw 7", {"fee@2001-01-01": 400.0})
    world = toyland.world(parameters=draw)
    assert world.at("fee", "2001-01") == 400
    assert world.at("fee", "1998-07") == pytest.approx((50 * 400) ** 0.5)
    assert world.at("fee", "2004-06") == 600


def test_a_parameter_of_a_replaced_history_is_left_out_and_says_so(toyland):
    world = toyland.world(history="smugglers", parameters=ParameterSet("draw 7", {"fee@2001-01-01": 400.0}))
    assert np.array_equal(world.monthly("fee"), toyland.world(history="smugglers").monthly("fee"))
    assert any("is not used" in amendment.text for amendment in world.diff)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("fees@2001-01-01", 4.0, "unknown input 'fees' - parameters draw, fees@2001-01-01"),
        ("fee@2001-02-01", 4.0, "fee has no value dated '2001-02-01' - parameters draw"),
        ("fee", 4.0, "'fee' is no parameter"),
        ("fee@2001-01-01", float("nan"), "is nan"),
        ("fee@2001-01-01", -1.0, "fee is -1 - parameters draw"),
    ],
)
def test_a_parameter_that_does_not_fit_is_a_sentence(name, value, said, toyland):
    with pytest.raises(CaseError, match=said):
        toyland.world(parameters=ParameterSet("draw", {name: value}))

"""Single values by name: settings typed by hand, and parameters that stand in for dated values."""

import numpy as np
import pytest

from tumen.case import CaseError, ParameterSet


def values(world, key, *dates):
    return [world.at(key, date) for date in dates]


def texts(world):
    return [(entry.key, entry.part, entry.text) for entry in world.diff]


def test_a_setting_holds_throughout_or_from_its_date(toyland):
    world = toyland.world(
        settings=["openness=0.5", "rations=0.9@2001-01", "service_years.male=7", "closure=fixed_intake"]
    )
    assert set(world.monthly("openness")) == {0.5}
    assert values(world, "rations", "2000-12", "2001-01", "2004-12") == [0.2, 0.9, 0.9]
    assert set(world.monthly("service_years")[:, 1]) == {7}
    assert np.array_equal(world.monthly("service_years")[:, 0], toyland.world().monthly("service_years")[:, 0])
    assert (world.closure, world.fixed_strength.any()) == ("fixed_intake", False)
    assert texts(world) == [
        ("openness", None, "0.5 throughout"),
        ("rations", None, "0.9 from 2001-01 to the end"),
        ("service_years", "male", "7 throughout"),
        ("closure", None, "fixed_intake throughout"),
    ]


def test_a_dated_setting_holds_to_the_end_whatever_the_case_says_later(toyland):
    world = toyland.world(settings=["openness=0.5@1997-01", "fee=500@1999-01", "layoff_rate.female=1@1996-01"])
    assert values(world, "openness", "1996-12", "1997-01", "2000-07", "2004-12") == [0.3, 0.5, 0.5, 0.5]
    assert set(world.monthly("fee")[9 * 12 :]) == {500}, "it does not run on towards the next value of the case"
    assert np.array_equal(world.monthly("fee")[: 9 * 12], toyland.world().monthly("fee")[: 9 * 12])
    assert world.at("layoff_rate", "1996-01").tolist() == [1, 0.05]
    assert world.at("layoff_rate", "1999-01").tolist() == [1, 0.03]


def test_a_setting_ends_where_the_next_of_the_same_key_and_part_begins(toyland):
    world = toyland.world(settings=["fee=500@1999-01", "fee=900@2001-01", "fee=50@1995"])
    dates = ("1994-12", "1995-01", "1998-12", "1999-01", "2000-12", "2001-01", "2004-12")
    assert values(world, "fee", *dates) == [toyland.world().at("fee", "1994-12"), 50, 50, 500, 500, 900, 900]
    assert [text for _, _, text in texts(world)] == [
        "500 from 1999-01 to 2000-12",
        "900 from 2001-01 to the end",
        "50 from 1995-01 to 1998-12",
    ]
    world = toyland.world(settings=["service_years=5@1995-01", "service_years.male=3@2000-01"])
    assert world.at("service_years", "1999-12").tolist() == [5, 5]
    assert world.at("service_years", "2004-12").tolist() == [5, 3]
    assert texts(world) == [
        ("service_years", "female", "5 from 1995-01 to the end"),
        ("service_years", "male", "5 from 1995-01 to 1999-12"),
        ("service_years", "male", "3 from 2000-01 to the end"),
    ]


@pytest.mark.parametrize("key", ["fee", "strength", "openness", "trading_taste.male", "remittance"])
def test_after_a_span_the_base_resumes_to_the_bit(key, toyland):
    name, _, part = key.partition(".")
    base = toyland.world().monthly(name).copy()
    world = toyland.world(settings=[f"{key}=0.75@1995-03..1997-08" if name != "fee" else "fee=75@1995-03..1997-08"])
    span = slice(5 * 12 + 2, 7 * 12 + 8)
    base[(span, 1) if part else span] = 75 if name == "fee" else 0.75
    assert np.array_equal(world.monthly(name), base)
    assert world.diff[0].text.endswith("from 1995-03 to 1997-08")


def test_a_year_is_its_january_or_its_december_and_a_day_counts_as_in_a_case(toyland):
    for date in ("1999..2000", "1999-01..2000-12", "1998-12-20..2000-12-31", "1999-01-15..2000-12-16"):
        world = toyland.world(settings=[f"openness=0.5@{date}"])
        assert world.diff[0].text == "0.5 from 1999-01 to 2000-12", date
        assert values(world, "openness", "1998-12", "1999-01", "2000-12", "2001-01") == [0.3, 0.5, 0.5, 0.7]


def test_a_later_layer_of_settings_goes_before_an_earlier_one(toyland):
    world = toyland.world(settings=["fee=500@1999-01"]).amend(["fee=900@2001-01"])
    assert values(world, "fee", "1999-01", "2000-12", "2001-01", "2004-12") == [500, 500, 900, 900]
    assert set(world.under(["fee=7"]).monthly("fee")) == {7}, "a theory's restriction holds throughout"
    assert set(world.under(["fee=7"]).baseline.monthly("fee")) == {7}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (["fee=5", "fee=6"], "fee is set twice - settings 'fee=5' and 'fee=6' - expected one value in a month"),
        (["service_years=5", "service_years.male=6"], "service_years.male is set twice - "),
        (["fee=5", "fee=6@2000-01"], "fee is set throughout and again from 2000-01 - .* - leave one out, or give both"),
        (["fee=5@2000", "fee=5@2000-01"], "fee is set twice from 2000-01 - settings"),
        (["fee=5@2000..2002", "fee=6@2001"], "fee is set to 5 and to 6 in 2001-01 - .* - let one end before the other"),
        (["fee=6@2001..2004", "fee=5@2000..2001"], "fee is set to 5 and to 6 in 2001-01"),
        (["closure=fixed_intake", "closure=fixed_strength@1995"], "closure is set throughout and again from 1995-01"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings, said, toyland):
    with pytest.raises(CaseError, match=said):
        toyland.world(settings=settings)
    toyland.world().amend(settings[:1]).amend(settings[1:])


def test_settings_of_one_key_that_do_not_meet_stand_together(toyland):
    world = toyland.world(settings=["service_years.male=5", "service_years.female=6", "fee=5@2000..2001", "fee=6@2002"])
    assert world.at("service_years", "2004-12").tolist() == [6, 5]
    assert values(world, "fee", "2001-12", "2002-01") == [5, 6]
    world = toyland.world(settings=["fee=5@2000", "fee=6@2001..2002"])
    assert values(world, "fee", "2000-12", "2002-12", "2003-01") == [5, 6, toyland.world().at("fee", "2003-01")]


def test_a_closure_is_set_by_month(toyland):
    world = toyland.world(settings=["closure=fixed_intake@1993-04..1999-12"])
    assert world.closure == "fixed_strength, fixed_intake from 1993-04, fixed_strength from 2000-01"
    assert world.fixed_strength.tolist() == [True] * 39 + [False] * 81 + [True] * 60
    assert world.baseline.fixed_strength.all()
    assert texts(world) == [("closure", None, "fixed_intake from 1993-04 to 1999-12")]


def test_the_record_has_the_yearly_means_of_what_was_changed(toyland):
    world = toyland.world(settings=["fee=500@1999-07", "service_years.male=3@2000..2001"])
    means = world.yearly_means()
    assert set(means) == {"fee", "service_years"}
    assert list(means["fee"]) == [str(year) for year in range(1990, 2005)]
    assert means["fee"]["1999"] == pytest.approx((toyland.world().monthly("fee")[108:114].sum() + 6 * 500) / 12)
    assert means["fee"]["2004"] == 500
    assert means["service_years"]["2001"] == {"female": 3, "male": 3}
    assert means["service_years"]["2002"]["male"] == 10
    assert toyland.world().yearly_means() == {}
    assert list(world.within(world.start + 6, 12).yearly_means()["fee"]) == ["1990", "1991"]


def test_settings_win_over_scenarios(toyland):
    world = toyland.world(toyland.scenario("no_market_reform"), settings=["openness=0.8@2002-01"])
    assert [world.at("openness", date) for date in ("2001-12", "2002-01", "2004-12")] == [0.3, 0.8, 0.8]


def test_a_world_can_be_amended_further(toyland):
    world = toyland.world().amend(["openness=0.5", "closure=fixed_intake"])
    assert set(world.monthly("openness")) == {0.5}
    assert world.closure == "fixed_intake"
    assert [amendment.key for amendment in world.diff] == ["openness", "closure"]


def test_what_runs_in_logarithms_may_be_zero_where_it_stands_still(toyland, tmp_path):
    assert set(toyland.world(settings=["fee_spread=0.5", "subsistence=0"]).monthly("subsistence")) == {0}
    file = tmp_path / "still.yaml"
    file.write_text("title: t\nbecause: b\nchanges:\n  subsistence: {from: 2000-01, to: 2001-01, value: 0}\n")
    assert toyland.world(settings=["subsistence=0@2001-01"]).at("subsistence", "2001-01") == 0
    world = toyland.world(toyland.scenario(file))
    assert [world.at("subsistence", date) for date in ("1999-12", "2000-01", "2001-01")] == [12, 0, 12]
    file.write_text("title: t\nbecause: b\nchanges:\n  subsistence: {multiply: 0}\n")
    with pytest.raises(CaseError, match=r"subsistence runs in logarithms and is 0 - still\.yaml:4"):
        toyland.scenario(file)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("fee", r"a setting that cannot be read - setting 'fee' - expected KEY\[.PART\]=VALUE\[@FROM\[..TO\]\]"),
        ("fee=", "a setting that cannot be read"),
        ("fee=much", "'much' is not a number - setting 'fee=much' - expected a finite number"),
        ("fee=nan", "'nan' is not a number"),
        ("fee=1e400", "'1e400' is not a number"),
        ("fee=1_000", "'1_000' is not a number"),
        ("openness=-5", "openness is -5 - setting 'openness=-5' - expected 0 to 1 share"),
        ("fee=5@2001-02-30", "'2001-02-30' is not a date - setting 'fee=5@2001-02-30'"),
        ("fees=5", "unknown input 'fees' - setting 'fees=5' - .* - did you mean fee\\?"),
        ("fee.male=5", "fee has no parts - setting 'fee.male=5' - expected no part - write fee alone"),
        ("service_years.men=5", "'men' is not a sex - .* - expected one of female or male"),
        ("strength_solved_by=0.5", "strength_solved_by is a flag and neither 0 nor 1"),
        (
            "service_years.male=4@1985-01",
            "1985-01 lies outside the window - setting .* - expected 1990-01 to 2004-12, the window of the case - move",
        ),
        ("fee=5@2005", "2005-01 lies outside the window - setting 'fee=5@2005' - expected 1990-01 to 2004-12"),
        ("fee=5@2000..2010", "2010-12 lies outside the window - .* - leave out ..TO, or move it"),
        ("fee=5@2002..2001", "the span ends in 2001-12, before it begins - .* - expected 2002-01 or later"),
        ("fee=5@..2001", "'' is not a date"),
        ("fee=5@2001..", "'' is not a date"),
        ("closure=C", "closure is 'C' - setting 'closure=C' - expected .* - write one of these"),
        ("closure.male=fixed_intake", "the closure has no parts"),
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
        ("fee", 4.0, "'fee' is not a parameter"),
        ("fee@2001-01-01", float("nan"), "is nan"),
        ("fee@2001-01-01", -1.0, "fee is -1 - parameters draw"),
    ],
)
def test_a_parameter_that_does_not_fit_is_a_sentence(name, value, said, toyland):
    with pytest.raises(CaseError, match=said):
        toyland.world(parameters=ParameterSet("draw", {name: value}))

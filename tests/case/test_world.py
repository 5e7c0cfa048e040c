"""Worlds of toyland: what a scenario, history, setting or parameter changes, and what it leaves alone."""

import numpy as np
import pytest

from tumen.case import SEXES, STATUSES, VOCABULARY, CaseError, load

CHANGES = [
    # input, member, month before, value there, month of the change, value from there on
    ("service_years", "male", "1993-03", 5, "1993-04", 8),
    ("service_years", "male", "1999-08", 8, "1999-09", 10),
    ("service_years", "male", "2003-03", 10, "2003-04", 9),
    ("service_years", "female", "1993-03", 2, "1993-04", 3),
    ("minimum_height", "male", "1994-07", 155, "1994-08", 150),
    ("minimum_height", "female", "1994-07", 150, "1994-08", 148),
    ("drafted", "hostile", "1995-12", 0.5, "1996-01", 0.7),
    ("drafted", "plain", "1995-12", 0.9, "1996-01", 0.95),
    ("duty_when_married", "female", "1991-12", 0.8, "1992-01", 0.25),
    ("duty_when_married", "male", "1991-12", 1, "1992-01", 1),
    ("duty_to_report", "female", "1991-12", 1, "1992-01", 1),
    ("layoff_rate", "female", "1993-12", 0.01, "1994-01", 0.25),
    ("layoff_rate", "female", "1998-12", 0.25, "1999-01", 0.05),
    ("openness", None, "1995-05", 0.05, "1995-06", 0.3),
    ("openness", None, "2000-06", 0.3, "2000-07", 0.7),
    ("openness", None, "2003-02", 0.7, "2003-03", 0.9),
    ("trading_minimum_age", "female", "2001-09", 17, "2001-10", 40),
    ("trading_minimum_age", "female", "2002-05", 40, "2002-06", 17),
    ("trading_minimum_age", "male", "2002-05", 17, "2002-06", 50),
    ("trading_minimum_age", "male", "2003-12", 50, "2004-01", 17),
    ("trading_minimum_age_extra", "riverbank", "2001-11", 0, "2001-12", 5),
    ("trading_minimum_age_extra", "riverbank", "2002-05", 5, "2002-06", 0),
    ("trading_minimum_age_extra", "midland", "2001-11", 0, "2001-12", 0),
    ("earnings", "stall", "1995-05", 12, "1995-06", 25),
    ("earnings", "stall", "2001-12", 25, "2002-01", 45),
    ("rations", None, "1994-06", 1, "1994-07", 0.5),
    ("rations", None, "1995-12", 0.5, "1996-01", 0.2),
    ("rations", None, "2000-12", 0.2, "2001-01", 0.4),
    ("cash_loss", None, "2002-10", 0, "2002-11", 0.6),
    ("cash_loss", None, "2002-11", 0.6, "2002-12", 0),
    ("travel_order", "female", "2003-06", 0, "2003-07", 0.2),
    ("crossing_success", None, "1994-12", 0.5, "1995-01", 0.75),
    ("crossing_success", None, "2003-06", 0.75, "2003-07", 0.6),
    ("onward_later", "female", "2000-12", 0.25, "2001-01", 0.6),
]


def at(world, key, member, date):
    value = world.at(key, date)
    return value if member is None else value[world.case.inputs[key].members.index(member)]


@pytest.mark.parametrize(("key", "member", "before", "old", "change", "new"), CHANGES)
def test_either_side_of_every_change_date(key, member, before, old, change, new, toyland):
    world = toyland.world()
    assert at(world, key, member, before) == old
    assert at(world, key, member, change) == new
    column = world.monthly(key) if member is None else world.monthly(key)[:, toyland.inputs[key].members.index(member)]
    assert column[toyland.month(before) - toyland.start] == old
    assert column[toyland.month(change) - toyland.start] == new


@pytest.mark.parametrize(
    ("key", "date", "value"),
    [
        ("strength", "1992-01", 8250),  # linear, half way
        ("stalls", "1995-01", 3000),
        ("stalls", "2004-12", 11000),  # held after the last date
        ("fee", "1996-01", 50),
        ("fee", "1998-07", 100),  # log, half way from 50 to 200
        ("fee", "2004-12", 600),
    ],
)
def test_between_dates_and_after_the_last(key, date, value, toyland):
    assert toyland.world().at(key, date) == pytest.approx(value)


def test_shapes_follow_the_dimension(toyland):
    world = toyland.world()
    shapes = {None: (180,), "sex": (180, 2), "province": (180, 3), "class": (180, 3), "status": (180, 7)}
    for key, spec in VOCABULARY.items():
        values = world.monthly(key)
        assert values.shape == shapes[spec.by]
        assert values.dtype == np.float64
        assert not values.flags.writeable
    assert toyland.members("sex") == SEXES
    assert toyland.members("status") == STATUSES
    assert toyland.members("province") == ("riverbank", "midland", "seaside")
    assert toyland.members("class") == ("loyal", "plain", "hostile")
    assert world.monthly("access")[0].tolist() == [1, 0.25, 0.1]
    assert world.monthly("drafted")[0].tolist() == [0.9, 0.9, 0.5]


def test_a_value_asked_before_its_first_date_names_that_date(toyland):
    with pytest.raises(CaseError) as caught:
        toyland.world().at("strength", "1988-12")
    assert str(caught.value) == (
        "strength is asked for 1988-12 - inputs/conscription.yaml:73, strength.values.1989-01-01 - "
        "expected 1989-01, its first date, or later - add an earlier value of strength, or ask later"
    )


def test_an_unknown_key_or_date_is_a_sentence(toyland):
    world = toyland.world()
    with pytest.raises(CaseError, match=r"unknown input 'opennes' - world - .* - did you mean openness\?"):
        world.monthly("opennes")
    with pytest.raises(CaseError, match=r"'1990-13' is not a date - openness"):
        world.at("openness", "1990-13")


def test_a_world_seen_through_another_window_still_refuses_what_lies_before(toyland):
    with pytest.raises(CaseError, match=r"home_share_start is asked for 1989-06"):
        toyland.world().within(toyland.month("1989-06"), 12).monthly("home_share_start")


def changed_keys(case, world):
    base = case.world()
    return {key for key in VOCABULARY if not np.array_equal(base.monthly(key), world.monthly(key))}


TOUCHED = {
    "as_the_chronicle": {"service_years", "minimum_height"},
    "dear_river": {"fee", "crossing_success", "earnings"},
    "hungry_years": {"rations", "stalls"},
    "no_female_exemption": {"duty_when_married"},
    "no_market_reform": {"openness", "trading_minimum_age", "cash_loss"},
    "no_military_first": {"service_years", "minimum_height", "intake_share"},
    "no_selective_layoff": {"layoff_rate"},
    "no_workplace_tie": {"duty_when_married", "bought_absence", "trading_minimum_age"},
    "sex_blind_rest": {
        "onward_first",
        "onward_later",
        "settling_rate",
        "strength_solved_by",
        "trading_taste",
        "trend_rate",
    },
}


@pytest.mark.parametrize("name", TOUCHED)
def test_a_scenario_changes_what_it_names_and_nothing_else(name, toyland):
    world = toyland.world(toyland.scenario(name))
    # unsourced means that no differing value has a source.
    assert changed_keys(toyland, world) == TOUCHED[name]
    assert {amendment.key for amendment in world.diff} - {"closure", "history"} == TOUCHED[name]
    assert world.scenario_names == (name,)


def test_the_base_world_differs_from_nothing(toyland):
    world = toyland.world()
    assert world.diff == ()
    assert (world.closure, world.history) == ("fixed_strength", "base")
    assert set(world.used_variants.values()) == {"base"}


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("no_military_first", "1993-03"),
        ("no_market_reform", "2000-07"),
        ("hungry_years", "2001-01"),
        ("no_workplace_tie", "1992-01"),
        ("no_female_exemption", "1992-01"),
    ],
)
def test_before_its_first_date_a_scenario_changes_no_bit(name, first, toyland):
    before = toyland.month(first) - toyland.start
    world = toyland.world(toyland.scenario(name))
    for key in TOUCHED[name]:
        assert np.array_equal(world.monthly(key)[:before], toyland.world().monthly(key)[:before])
    assert np.array_equal(world.fixed_strength[:before], toyland.world().fixed_strength[:before])


def test_values_replace_all_from_the_first_date(toyland):
    world = toyland.world(toyland.scenario("no_military_first"))
    assert world.closure == "fixed_strength, fixed_intake from 1993-04"
    assert world.at("service_years", "1993-03").tolist() == [2, 5]
    assert world.at("service_years", "2004-12").tolist() == [2, 5]
    assert world.at("minimum_height", "2004-12").tolist() == [150, 155]
    assert world.at("intake_share", "2004-12").tolist() == [0.08, 0.7]


def test_from_and_to_replace_inside_and_the_base_resumes(toyland):
    base, world = toyland.world(), toyland.world(toyland.scenario("hungry_years"))
    assert [world.at("rations", date) for date in ("2000-12", "2001-01", "2002-12", "2003-01")] == [0.2, 0.1, 0.1, 0.4]
    for date, factor in (("2000-12", 1), ("2001-01", 0.5), ("2002-12", 0.5), ("2003-01", 1)):
        assert world.at("stalls", date) == pytest.approx(factor * base.at("stalls", date))


def test_freeze_drop_variant_and_multiply(toyland):
    market = toyland.world(toyland.scenario("no_market_reform"))
    assert market.at("openness", "2004-12") == 0.3
    assert not market.monthly("cash_loss").any()
    assert (market.monthly("trading_minimum_age") == 17).all()
    river = toyland.world(toyland.scenario("dear_river"))
    assert river.used_variants["crossing_success"] == "smugglers"
    assert river.used_variants["fee"] == "base"
    assert river.at("crossing_success", "2000-01") == 0.45
    assert river.at("fee", "1999-12") == pytest.approx(toyland.world().at("fee", "1999-12"))
    assert river.at("fee", "2001-01") == pytest.approx(400)
    assert river.at("earnings", "2003-01")[STATUSES.index("stall")] == pytest.approx(49.5)
    assert river.at("earnings", "2003-01")[STATUSES.index("private")] == 50


def test_scenarios_of_different_inputs_add_up(toyland):
    names = ("hungry_years", "no_market_reform")
    world = toyland.world([toyland.scenario(name) for name in names])
    assert changed_keys(toyland, world) == TOUCHED["hungry_years"] | TOUCHED["no_market_reform"]
    assert world.scenario_names == names


def test_two_scenarios_may_not_change_one_input(toyland):
    names = ("no_market_reform", "no_workplace_tie")
    with pytest.raises(CaseError, match=r"no_market_reform and no_workplace_tie both change trading_minimum_age - "):
        toyland.world([toyland.scenario(name) for name in names])


def test_a_case_and_a_world_print_as_two_lines(toyland):
    first, second = repr(toyland).splitlines()
    assert first == "<Case toyland: Toyland, an invented country, 1990-01 to 2004-12>"
    assert "histories: base, chronicle, smugglers; " in second
    assert len(repr(load("north_korea"))) < 400
    world = toyland.world(toyland.scenario("no_military_first"), settings=["fee=5@2000"])
    assert repr(world) == (
        "<World of case toyland, 1990-01 to 2004-12>\n"
        "  history: base; scenarios: no_military_first; parameters: the case's own values; changes: 5"
    )


def test_neutralised_inputs_no_longer_differ(toyland):
    world = toyland.world(toyland.scenario("sex_blind"))
    for key, spec in VOCABULARY.items():
        if spec.by == "sex":
            values = world.monthly(key)
            assert np.array_equal(values[:, 0], values[:, 1]), key
    assert [line.key for line in world.register] == ["population", "sex_ratio_at_birth", "death_rate"]
    assert world.at("height_mean", "2000-01").tolist() == [162, 162]
    assert world.at("strength_solved_by", "2000-01").tolist() == [1, 1]
    assert world.at("layoff_rate", "1995-01").tolist() == pytest.approx([0.15, 0.15])


def test_a_history_is_a_set_of_variants(toyland):
    world = toyland.world(history="chronicle")
    assert world.history == "chronicle"
    assert world.used_variants["service_years"] == "chronicle"
    assert world.used_variants["fee"] == "base"
    assert world.at("service_years", "1995-01").tolist() == [2, 5]
    assert world.diff[0].text == "chronicle"


def test_single_variants_win_over_a_history_and_policies_stand_for_their_inputs(toyland):
    world = toyland.world(history="chronicle", variants={"service_years": "short"})
    assert world.used_variants["service_years"] == "short"
    assert world.used_variants["minimum_height"] == "chronicle"
    world = toyland.world(variants={"military_first": "chronicle"})
    assert world.used_variants["service_years"] == world.used_variants["minimum_height"] == "chronicle"
    assert (
        toyland.world(history="chronicle", variants={"service_years": "base"}).used_variants["service_years"] == "base"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"history": "cronicle"}, "unknown history 'cronicle' - case toyland - .* - did you mean chronicle\\?"),
        ({"variants": {"fee": "smuglers"}}, "fee has no variant 'smuglers' - .* - did you mean smugglers\\?"),
        ({"variants": {"fees": "smugglers"}}, "unknown input 'fees' - .* - did you mean fee\\?"),
        ({"variants": {"stalls": "base"}}, "stalls has no variant 'base'"),
        (
            {"settings": ["closure=C"]},
            "closure is 'C' - setting 'closure=C' - expected one of fixed_intake or fixed_strength",
        ),
    ],
)
def test_what_does_not_exist_is_named(arguments, said, toyland):
    with pytest.raises(CaseError, match=said):
        toyland.world(**arguments)


def test_two_histories_at_once_are_refused(toyland):
    with pytest.raises(
        CaseError, match=r"histories smugglers and chronicle at once - scenarios/as_the_chronicle\.yaml"
    ):
        toyland.world(toyland.scenario("as_the_chronicle"), history="smugglers")


def test_the_register_lists_every_sexed_input_that_differs(toyland):
    for world in (
        toyland.world(),
        toyland.world(history="chronicle"),
        toyland.world(toyland.scenario("sex_blind_rest")),
    ):
        listed = {line.key for line in world.register if not line.demographic}
        differing = {
            key
            for key, spec in VOCABULARY.items()
            if spec.by == "sex" and (world.monthly(key)[:, 0] != world.monthly(key)[:, 1]).any()
        }
        assert listed == differing


def test_the_register_names_sources_of_what_is_in_force_and_the_switch(toyland):
    lines = {line.key: line for line in toyland.world().register}
    service = lines["service_years"]
    assert service.sources == ("LAWBOOK", "GAZETTE93", "assumed")
    assert service.policy == "military_first"
    assert service.switch == "neutralise: [service_years] gives both sexes the mean of the two"
    assert (service.since, service.gap) == ("1990-01", -7)
    assert not service.unsourced
    assert lines["trading_taste"].unsourced
    assert lines["trading_taste"].switch == "neutralise: [trading_taste] gives both sexes 0"
    assert lines["travel_order"].since == "2003-07"
    assert lines["death_rate"].demographic
    amended = {line.key: line for line in toyland.world(settings=["service_years.male=4"]).register}
    assert amended["service_years"].sources == ("set",)
    scenario = toyland.world(toyland.scenario("no_military_first"))
    assert {line.key: line for line in scenario.register}["service_years"].sources == ("LAWBOOK",)


def test_a_scenario_may_come_from_any_file(toyland, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("title: Mine\nbecause: I ask.\nchanges:\n  fee: {from: 2000-01, value: 10}\n")
    assert toyland.world(toyland.scenario(file)).at("fee", "2003-01") == 10
    assert toyland.scenario(str(file)).name == "mine"
    file.write_text("title: Mine\nbecause: I ask.\nchanges:\n  fe: {from: 2000-01, value: 10}\n")
    with pytest.raises(CaseError, match=r"unknown input 'fe' - mine\.yaml:4, changes.fe - .* - did you mean fee\?"):
        toyland.scenario(file)
    file.write_text("title: Mine\nbecause: I ask.\nchanges:\n  fee: {drop: [2000-01-01]}\n")
    with pytest.raises(CaseError, match=r"fee has no value dated 2000-01 to drop - mine\.yaml:4"):
        toyland.scenario(file)
    with pytest.raises(
        CaseError, match=r"there is no scenario 'no_market' - case toyland - .* did you mean no_market_reform"
    ):
        toyland.scenario("no_market")
    with pytest.raises(CaseError, match=r"file absent\.yaml is missing"):
        toyland.scenario(tmp_path / "absent.yaml")

"""Effects, interactions and Shapley values of tables whose answers are known."""

from itertools import permutations

import numpy as np
import pytest

from tests.experiment.synthetic import table, with_shares
from tumen.case import CaseError
from tumen.experiment.attribution import (
    AVERAGED,
    IN_FORCE,
    assumptions_of,
    choose,
    contrast,
    effects,
    factors_of,
    policies_of,
    shapley,
    shapley_values,
)
from tumen.experiment.measures import alike_at, measures, summary
from tumen.experiment.neither_alone import holds, neither_alone

YEARS = (2002, 2003)
FACTORS = {"military_first": ("no_military_first",), "market_reform": ("no_market_reform",)}


def product_of_keys(levels, draw, year):
    """Women leave by two keys that multiply; men never change."""
    mobile = 4.0 if levels["military_first"] == "base" else 2.0
    able = 3.0 if levels["market_reform"] == "base" else 1.0
    return 100 * mobile * able * (1 + draw), 400.0


def test_a_product_of_keys_interacts_in_counts_and_not_in_log_ratios():
    found = effects(table(FACTORS, product_of_keys), YEARS)
    pair = found.sel(term="military_first x market_reform", context=IN_FORCE)
    women = pair["female"].values / (1 + np.arange(4))
    np.testing.assert_allclose(women, 2 * 100 * (12 - 6 - 4 + 2), rtol=0.01)
    np.testing.assert_allclose(pair["log_odds"], 0, atol=1e-9)
    assert found["female"].attrs["scale"] == "count" and found["log_odds"].attrs["scale"] == "log ratio"


def test_an_effect_with_the_others_in_force_is_base_less_the_world_without_the_policy():
    made = table(FACTORS, product_of_keys)
    share = measures(made, YEARS)["female_share"]
    found = effects(made, YEARS)["female_share"].sel(term="market_reform")
    without = share.sel(world="market_reform=no_market_reform")
    np.testing.assert_allclose(found.sel(context=IN_FORCE), share.sel(world="base") - without.values)
    both = share.sel(world="military_first=no_military_first, market_reform=no_market_reform")
    alone = share.sel(world="military_first=no_military_first") - both.values
    mean = (share.sel(world="base") - without.values + alone.values) / 2
    np.testing.assert_allclose(found.sel(context=AVERAGED), mean)


def test_shapley_values_add_up_to_all_less_none_in_every_draw():
    four = {name: (f"no_{name}",) for name in ("a", "b", "c", "d")}
    rng = np.random.default_rng(3)
    made = table(four, lambda levels, draw, year: rng.uniform(10, 1000, 2), draws=5)
    seen = measures(made, YEARS)
    none = "a=no_a, b=no_b, c=no_c, d=no_d"
    for name in ("female_share", "female", "male", "total", "log_odds"):
        found = shapley(made, name, YEARS)
        difference = seen[name].sel(world="base") - seen[name].sel(world=none).values
        np.testing.assert_allclose(found.sum("factor"), difference, rtol=0, atol=1e-9)


def test_shapley_values_are_the_mean_over_all_orders():
    value = np.random.default_rng(1).normal(size=(2, 2, 2, 3))
    slow = np.zeros((3, 3))
    for order in permutations(range(3)):
        at = [0, 0, 0]
        for factor in order:
            before = value[tuple(at)]
            at[factor] = 1
            slow[factor] += (value[tuple(at)] - before) / 6
    np.testing.assert_allclose(shapley_values(value, 3), slow, atol=1e-12)


def test_the_highest_interaction_of_an_additive_table_is_nil():
    a, b, c = np.meshgrid([0, 1.0], [0, 2.0], [0, 5.0], indexing="ij")
    assert contrast(a + b + c, (0, 1, 2), (1, 1, 1)) == pytest.approx(0)
    assert contrast(a * b * c, (0, 1, 2), (1, 1, 1)) == pytest.approx(10)


def test_a_single_world_is_not_taken_for_the_base():
    made = table(FACTORS, product_of_keys, single=("border_open",))
    assert len(factors_of(made)) == 2
    made["arrivals"].loc[{"world": "border_open"}] = 0
    plain = shapley(table(FACTORS, product_of_keys), "female", YEARS)
    np.testing.assert_array_equal(shapley(made, "female", YEARS), plain)


def test_a_failed_seed_is_left_out_in_every_world_and_a_draw_without_seeds_is_counted():
    made = table(FACTORS, product_of_keys, draws=3, seeds=2)
    made["arrivals"][1, 0, 0] = np.nan  # one seed of one world
    made["arrivals"][2, 2] = np.nan  # a whole draw of another
    made["arrivals"][0, 0, 0] *= 1000  # must not count: the seed failed elsewhere
    found = measures(made, YEARS)
    assert found["draw"].values.tolist() == [0, 10] and found.attrs["left_out"] == 1
    assert float(found["female"].sel(world="base", draw=0)) == pytest.approx(2 * 1200, rel=0.01)


def test_the_summary_is_of_differences_and_not_a_difference_of_summaries():
    rising = {0: (0.9, 0.1), 1: (0.5, 0.4), 2: (0.2, 0.3)}
    shares = with_shares(lambda levels, draw: rising[draw][levels["market_reform"] != "base"])
    made = table({"market_reform": ("no_market_reform",)}, shares, draws=3)
    found = summary(effects(made, YEARS)["female_share"].sel(context=IN_FORCE, term="market_reform"))
    assert float(found.sel(statistic="median")) == pytest.approx(0.1)  # of 0.8, 0.1 and -0.1, not 0.5 - 0.3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"factors": ["market"]}, "unknown factor"),
        ({"levels": {"market_reform": "no_market"}}, "has no level"),
        ({"factors": ["market_reform"], "at": {"market_reform": "base"}}, "none of them held"),
    ],
)
def test_what_the_design_lacks_is_named(words, said):
    with pytest.raises(CaseError, match=said):
        choose(table(FACTORS, product_of_keys), **words)


def test_years_and_measures_that_are_not_there_are_refused():
    made = table(FACTORS, product_of_keys)
    with pytest.raises(CaseError, match="within 2002 to 2003"):
        measures(made, (2002, 2016))
    with pytest.raises(CaseError, match="unknown measure"):
        shapley(made, "share", YEARS)
    with pytest.raises(CaseError, match="worlds"):
        shapley(made.isel(world=slice(0, 3)), "female", YEARS)


PAPER = {(True, True): 0.75, (True, False): 0.52, (False, True): 0.54, (False, False): 0.5}


def as_told(levels, draw):
    """The paper's account in the even draws; in the odd ones women lead everywhere."""
    drafted, trading = (levels[name] == "base" for name in FACTORS)
    return PAPER[drafted, trading] if draw % 2 == 0 else 0.74


def test_the_papers_sentence_holds_where_its_account_is_built_in_and_only_there():
    made = table(FACTORS, with_shares(as_told), draws=4, histories=["base", "paper", "base", "paper"])
    found = neither_alone(made, YEARS).set_index(["where", "reading", "threshold"])["holds"]
    assert found["all draws", "level", 0.6] == 0.5 and found["all draws", "part", 0.5] == 0.5
    assert found["history base", "level", 0.6] == 1 and found["history paper", "level", 0.6] == 0
    assert found["all draws", "level", 0.5] == 0  # each alone is above a half
    assert found["all draws", "part", 0.1] == 0  # the market alone brings 4 of 25 points


def test_one_policy_that_suffices_refutes_both_readings():
    share = np.array([[0.5, 0.74], [0.5, 0.75]])[..., None]
    assert not holds(share, "level", 0.6)[0] and not holds(share, "part", 0.5)[0]
    assert not holds(np.array([[0.8, 0.6], [0.6, 0.75]])[..., None], "part", 0.5)[0]  # together they lower it


def test_other_factors_and_further_levels_have_rows_of_their_own():
    more = {**FACTORS, "market_reform": ("no_market_reform", "no_marketisation"), "purses": ("individual",)}
    made = table(more, with_shares(lambda levels, draw: 0.9 if levels["purses"] == "base" else as_told(levels, 0)))
    found = neither_alone(made, YEARS).set_index(["where", "reading", "threshold"])["holds"]
    assert found["all draws", "level", 0.6] == 0 and found["purses=individual", "level", 0.6] == 1
    assert ("market_reform=no_marketisation", "level", 0.6) in found.index


def test_an_assumption_has_no_effect_of_its_own_and_policies_one_at_each_of_its_levels():
    def persons(levels, draw, year):
        return (900.0 if levels["a"] == "base" else 500.0) + (0.0 if levels["purses"] == "base" else 200.0), 100.0

    made = table({"a": ["no_a"], "purses": ["individual"]}, persons)
    made["purses"].attrs["assumed"] = 1
    assert policies_of(made) == ("a",) and assumptions_of(made) == {"purses": ("individual",)}
    assert list(effects(made, YEARS)["term"].values) == ["a"]
    here, there = (effects(made, YEARS, choice=choose(made, at=at)) for at in ({}, {"purses": "individual"}))
    for one, without, with_it in ((here, 500, 900), (there, 700, 1100)):
        share = one["female_share"].sel(term="a", context=IN_FORCE).values
        assert share == pytest.approx(with_it / (with_it + 100) - without / (without + 100), abs=1e-3)


def test_the_ceiling_of_a_draft_is_womens_share_with_men_alike_at_the_ages_of_service():
    made = table({"military_first": ["no_military_first"]}, lambda levels, draw, year: (800.0, 100.0))
    # The made-up table has three quarters of either sex at 20-24 and a quarter at 30-34.
    share = measures(alike_at(made, ("20-24",)), YEARS)["female_share"].sel(world="base").values
    assert share == pytest.approx(800 / (800 + 0.75 * 800 + 0.25 * 100), abs=1e-3)
    with pytest.raises(CaseError, match="unknown age group '21-24'"):
        alike_at(made, ("21-24",))

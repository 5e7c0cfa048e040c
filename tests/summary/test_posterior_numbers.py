"""Coverage, contraction, the two keys and what the report says of them, against numbers worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import tumen.case as tc
from tests.infer.synthetic_posterior import PARAMETERS, SAMPLES, SHIFTS, TARGETS, WIDTHS, YEARS, changed, posterior
from tumen.infer.posterior import Posterior
from tumen.model.theories import get
from tumen.summary import coverage, draws, identified
from tumen.summary import posterior as report

R = PARAMETERS.index("complementarity@1990-01-01")


@pytest.fixture(scope="module")
def case() -> tc.Case:
    return tc.load("north_korea")


@pytest.fixture(scope="module")
def found(case: tc.Case) -> Posterior:
    return posterior(case)


def with_exponents(found: Posterior, before: float, after: float) -> Posterior:
    """The posterior with r <= 0 in these shares of the prior's and the posterior's draws."""
    theta = found.groups["posterior"]["theta"].values.copy()
    theta[..., R] = np.where(np.arange(found.size) < round(after * found.size), -0.5, 0.5).reshape(theta.shape[:2])
    prior = found.groups["prior"]["theta"].values.copy()
    prior[:, R] = np.where(np.arange(SAMPLES) < round(before * SAMPLES), 0.0, 0.5)
    return changed(changed(found, "posterior", theta=theta), "prior", theta=prior)


def test_coverage_by_hand() -> None:
    """Draws 0, 1, .., 100: the central intervals are [25, 75], [10, 90] and [2.5, 97.5]."""
    column = np.arange(101.0)
    observed = np.array([25.0, 50.0, 24.9, 90.0, 95.0, 97.6, -1.0])
    got = coverage.covered("seven", np.repeat(column[:, None], 7, axis=1), observed)
    assert got.inside == {0.5: 2, 0.8: 4, 0.95: 5}
    assert coverage.covered("none", np.empty((3, 0)), np.empty(0)).verdict == "nothing to compare"


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ((10, 16, 19), "as many as expected"),
        ((10, 16, 15), "too few inside 95 %: the model misses them or is too sure of them"),
        ((1, 3, 19), "too few inside 50 % and 80 %: the model misses them or is too sure of them"),
        ((20, 20, 20), "more than expected inside 50 % and 80 %: the model is less sure than it could be"),
    ],
)
def test_coverage_says_which_way_it_is_off(inside: tuple[int, int, int], said: str) -> None:
    got = coverage.Coverage("twenty", 20, dict(zip(draws.LEVELS, inside, strict=True)))
    assert got.verdict == said
    assert f"Of 20 twenty: {inside[0]} inside 50 % (" in report.said_of_coverage(got)


def test_blocks_are_added_up_before_they_are_compared(found: Posterior) -> None:
    """Every draw says 10 women and 30 men a year; the counts are put inside or outside by hand."""
    shape = found.groups["posterior_predictive"]["arrivals_replicated"].shape
    flat = np.broadcast_to([10.0, 30.0], shape)
    counts = found.groups["observed_data"]["arrivals"].values.copy()
    length = (found.groups["observed_data"]["last_year"] - found.groups["observed_data"]["first_year"] + 1).values
    counts[:] = np.outer(length, [10.0, 30.0])
    counts[0] = [90.0, 271.0]  # nine years, one man too many
    counts[5] = [20.0, 20.0]  # the total of a year, and not its share
    same = changed(changed(found, "posterior_predictive", arrivals_replicated=flat), "observed_data", arrivals=counts)
    yearly, shares, several = coverage.of_arrivals(same)
    assert (yearly.what, yearly.rows, yearly.inside[0.5]) == ("yearly totals 2002-2016", 15, 15)
    assert (shares.rows, shares.inside[0.95]) == (15, 14)
    assert (several.rows, several.inside[0.95]) == (2, 1)


def test_targets_are_counted_by_role_and_only_where_compared(found: Posterior) -> None:
    table = coverage.targets(found)
    assert len(table) == sum(row[6] for row in TARGETS) == 9
    fitted, looked = coverage.of_targets(found)
    assert (fitted.rows, looked.rows) == (7, 2)
    beyond = found.groups["observed_data"]["targets"].values.copy()
    beyond[[0, 7]] = 0.99, 1e6
    fitted, looked = coverage.of_targets(changed(found, "observed_data", targets=beyond))
    assert (fitted.inside[0.95], looked.inside[0.95]) == (6, 1)


def test_contraction_is_that_of_the_planted_widths(found: Posterior, case: tc.Case) -> None:
    known = identified.parameters(found, case)
    assert [each.name for each in known] == list(PARAMETERS)
    for each, width, shift in zip(known, WIDTHS, SHIFTS, strict=True):
        assert each.contraction == pytest.approx(1 - width**2)
        assert (each.shift, each.sd) == pytest.approx((shift, width))
    assert next(each.name for each in identified.identified(known)) == PARAMETERS[0]
    assert {each.name for each in identified.untouched(known)} == {PARAMETERS[1], PARAMETERS[7]}
    assert "Identified (contraction above 0.5): 4 of 8 parameters" in report.said_of_parameters(known)[0]
    assert identified.contraction(np.array([-2.0, 2.0, -2.0, 2.0])) < 0, "wider than the prior"


def test_the_strongest_trade_off_is_the_planted_one(found: Posterior) -> None:
    first, second, *_ = identified.tradeoffs(found)
    assert {str(first.first), str(first.second)} == {"mobility.tied@1990-01-01", "mobility_trading"}
    assert -0.97 < first.correlation < -0.8
    assert abs(second.correlation) < abs(first.correlation)
    z = found.groups["posterior"]["z"].values.copy()
    z[..., 1:] = 0.3
    assert identified.tradeoffs(changed(found, "posterior", z=z)) == []


def test_probability_that_both_keys_are_needed(found: Posterior) -> None:
    odds = identified.both_needed(with_exponents(found, 0.5, 0.8))
    assert odds is not None
    assert (odds.prior, odds.posterior) == (0.5, 0.8), "r = 0 counts as necessary"
    assert odds.factor == pytest.approx(4)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            0.5,
            0.47,
            "The counts leave P(r <= 0) = 0.47 (prior 0.50): they do not tell whether both keys are necessary.",
        ),
        (0.5, 0.8, "they speak somewhat for both keys being necessary (odds 4 times the prior's)."),
        (0.5, 0.2, "they speak somewhat against both keys being necessary (odds 1/4 of the prior's)."),
        (0.5, 0.98, "they speak strongly for both keys being necessary (odds 49 times the prior's)."),
        (0.5, 0.0, "they speak strongly against both keys being necessary (odds 1/201 of the prior's)."),
        (1.0, 1.0, "The theory assumes r <= 0: this posterior cannot tell whether both keys are necessary."),
    ],
)
def test_the_report_can_find_for_and_against(found: Posterior, before: float, after: float, said: str) -> None:
    changed_so = with_exponents(found, before, after)
    assert report.said_of_keys(identified.both_needed(changed_so)).endswith(said)
    assert any(line.endswith(said) for line in report.sentences(changed_so))


def test_a_theory_without_keys_says_so(found: Posterior) -> None:
    groups = dict(found.groups)
    for name in ("posterior", "prior"):
        groups[name] = groups[name].isel(parameter=[0, 2, 3])
    for name in ("posterior_predictive", "prior_predictive"):
        groups[name] = groups[name].drop_vars(list(identified.NECESSITY))
    without = replace(found, groups=groups)
    lines = report.sentences(without)
    assert "The theory has no exponent r, so it says nothing on whether both keys are necessary." in lines
    assert not any("vanish" in line for line in lines)
    assert report.as_json(without)["both_keys_necessary"] is None


def test_histories_stand_beside_their_prior_odds(found: Posterior) -> None:
    shape = found.groups["posterior"]["history"].shape
    told = np.where(np.arange(found.size) < 10, "base", "paper").reshape(shape)
    before = np.where(np.arange(SAMPLES) < SAMPLES // 2, "base", "paper")
    moved = changed(changed(found, "posterior", history=told), "prior", history=before)
    assert report.said_of_histories(identified.histories(moved)) == [
        "Histories: paper 0.90 (prior 0.50), base 0.10 (prior 0.50); the odds moved: paper 9 times the prior's, "
        "base 1/9 of the prior's."
    ]
    alike = np.where(np.arange(found.size) < 45, "base", "paper").reshape(shape)
    lines = report.said_of_histories(identified.histories(changed(moved, "posterior", history=alike)))
    assert lines[0].endswith("the counts do not tell them apart.")
    one = [identified.Odds("base", 1.0, 1.0, 100)]
    assert report.said_of_histories(one) == ["The case has one history: there is none to choose."]


def test_necessity_says_what_the_counts_narrow(found: Posterior) -> None:
    shape = found.groups["posterior_predictive"]["mobility_necessity"].shape
    wide = np.linspace(0, 1, SAMPLES)
    tight = np.linspace(0.6, 0.8, found.size).reshape(shape)
    one = changed(
        changed(
            found,
            "prior_predictive",
            mobility_necessity=wide,
            payment_necessity=0.5 * wide,
            capital_necessity=0.1 + 0.8 * wide,
        ),
        "posterior_predictive",
        mobility_necessity=tight,
        payment_necessity=0.5 * tight,
        capital_necessity=np.linspace(0, 1, found.size).reshape(shape),
    )
    lines = [line for line in report.sentences(one) if "vanish" in line]
    assert lines == [
        "Without mobility, 70 % (61 % to 79 %) of border departures vanish (prior 50 % (5 % to 95 %)); the counts "
        "leave 20 % of the prior's range.",
        "Without payment (crossings without payment kept), 35 % (30 % to 40 %) of border departures vanish (prior 25 % "
        "(2 % to 47 %)); the counts leave 20 % of the prior's range.",
        "Without the capital key (no payment and no crossing without payment), 50 % (5 % to 95 %) of border departures "
        "vanish (prior 50 % (14 % to 86 %)); the counts do not narrow it.",
    ]


def test_the_verdict_names_what_failed(case: tc.Case) -> None:
    assert report.verdict(posterior(case))[0] == (
        "Posterior of open_keys, case north_korea: passed its diagnostics. 100 draws, from 4,000 runs of 8,000 agents."
    )
    lines = report.verdict(posterior(case, sound=False), "made from another version of the case")
    assert "failed its diagnostics: 2 checks" in lines[0]
    assert "  failed: made from another version of the case" in lines
    assert "  failed: ess 31, wanted at least 400: too few effective draws (31)" in lines
    assert "  passed: rhat 1.01, wanted at most 1.01" in lines


def test_rows_of_the_fit_come_worst_first(found: Posterior) -> None:
    rows = report.contributions(found)
    assert [row["short"] for row in rows] == pytest.approx([9.5, 2.1, 0.2, 0.1])
    assert rows[0]["name"] == "age_at_arrival 2003-08"
    assert report.contribution_table(found).row_count == 4
    assert report.parameter_table(found).row_count == len(PARAMETERS)


def test_parameters_have_names_a_reader_knows(case: tc.Case) -> None:
    named = ("fee@1996-01-01", "fee@2009-01-01", "mobility.tied@1990-01-01", "access.ryanggang@1990-01-01", "fee_level")
    assert [str(label) for label in identified.labels(named, case)] == [
        "Price of a crossing with help, 1996",
        "Price of a crossing with help, 2009",
        "Share of days on which a week's absence goes unnoticed, tied",
        "Nearness of the narrow river, Ryanggang",
        "Fee level",
    ]
    units = [identified.unit_of(name, case) for name in ("mobility.tied@1990-01-01", "fee_level", "control_level", "x")]
    assert units == ["share", "factor", "log odds", ""]
    every = [str(label) for label in identified.labels(tuple(prior.name for prior in case.priors), case)]
    assert len(set(every)) == len(every), "no two parameters look the same"
    short = [label.short(46) for label in identified.labels(tuple(prior.name for prior in case.priors), case)]
    assert max(map(len, short)) <= 46


def test_the_json_holds_every_number_and_no_numpy(found: Posterior, case: tc.Case) -> None:
    from tumen.cli.output import as_text

    content = report.as_json(found, case)
    assert content["both_keys_necessary"]["prior"] == pytest.approx(0.52, abs=0.03)
    assert content["parameters"][0]["label"].startswith("Attempt rate of a woman")
    assert len(content["targets"]) == 9
    assert "NaN" not in as_text(content)
    assert math.isfinite(content["scatter"]["phi"]["median"])


def test_draws_of_an_unknown_number_are_no_number() -> None:
    held = np.array([[1.0, np.nan], [3.0, np.nan]])
    low, high = draws.central(held, 0.5)
    assert (low[0], high[0]) == (1.5, 2.5)
    assert np.isnan(low[1]) and np.isnan(high[1])
    one = xr.Dataset({"a": (("draw", "year", "chain"), np.arange(2 * 3 * 2).reshape(2, 3, 2))})
    assert draws.pooled(one, "a", "year").tolist() == [[0, 2, 4], [6, 8, 10], [1, 3, 5], [7, 9, 11]]
    assert draws.over_blocks(np.ones((2, len(YEARS), 1)), YEARS, draws.counted(posterior())).shape == (2, 17, 1)


def test_the_priors_are_those_of_the_theory(case: tc.Case) -> None:
    from tumen.summary import priors

    for name, top in (("open_keys", 1.0), ("interplay", 0.0)):
        rows = {row.name: row for row in priors.rows(case, get(name))}
        exponent = rows["complementarity@1990-01-01"]
        assert exponent.low < exponent.median < exponent.high <= top
        assert exponent.of_theory == (name == "interplay")
    fee = rows["fee_level"]
    factor = [math.exp(0.35 * z) for z in (-1.6449, 0, 1.6449)]
    assert (fee.low, fee.median, fee.high) == pytest.approx(factor, rel=1e-4)
    moved = next(move for move in fee.moves if move.name == "fee@1996-01-01")
    assert (moved.low, moved.median, moved.high) == pytest.approx([48 * f for f in factor], rel=1e-4)
    assert len(fee.moves) == len(case.inputs["fee"].values)
    assert priors.fixed(case, get("interplay")) == []
    assert {"direct_share_late", "overseas_exit_rate@1990-01-01"} <= set(priors.fixed(case, get("no_theory")))
    assert "onward_growth" not in priors.fixed(case, get("no_theory"))
    assert "onward_growth" in priors.unread(case, get("no_theory"))
    trend = [prior.name for prior in case.priors if prior.inputs == ("trend_rate",)]
    assert priors.unread(case, get("interplay")) == priors.unread(case, get("open_keys")) == trend != []
    assert [row.name for row in priors.rows(case, get("no_theory"))] == trend

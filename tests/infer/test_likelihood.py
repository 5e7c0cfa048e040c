"""The likelihood is the one that is stated: each part against scipy's distributions, and the network's penalty."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from tests.infer.count_errors import COUNT_ERRORS
from tumen.case.error_models import (
    AtLeast,
    AtMost,
    BetaBinomial,
    Binomial,
    DirichletMultinomial,
    ErrorModel,
    LogitNormal,
    Lognormal,
    Multinomial,
    Poisson,
    SharedNormal,
)
from tumen.case.error_models.arrivals import Dispersions
from tumen.case.error_models.scales import LOG
from tumen.infer.likelihood import Likelihood
from tumen.infer.observation.arrivals import Arrivals
from tumen.infer.observation.rows import Datum, Rows
from tumen.infer.precision import in_double
from tumen.infer.targets import Targets

PHI, RHO = 0.2, 0.01
DISPERSIONS = Dispersions(PHI, RHO)


def rows(model: ErrorModel, *values: float, start: int = 0, unit: str = "share") -> Rows:
    name = type(model).__name__
    return Rows(name, tuple(Datum(start + i, name, value, unit, 2003) for i, value in enumerate(values)), model)


BLOCKS = (
    Arrivals(1990, 1998, 225.0, None, COUNT_ERRORS, 1990),
    Arrivals(2000, 2000, 164.0, 98.0, COUNT_ERRORS, 1990),
    Arrivals(2001, 2001, 221.0, 141.0, COUNT_ERRORS, 1990),
)
ROWS = (rows(LogitNormal(0.4), 0.3), rows(Multinomial(1000.0), 0.2, 0.5, 0.3, start=1))
ASKED = Targets(np.arange(1990.0, 2002), COUNT_ERRORS, BLOCKS, ROWS)
TOTAL, SHARE = np.array([230.0, 170.0, 210.0]), np.array([110 / 170, 120 / 210])
ODDS = np.log(SHARE / (1 - SHARE))
TABLE = np.array([0.25, 0.4, 0.35])
STATISTICS = np.array(
    [np.log(230), np.log(170), ODDS[0], np.log(210), ODDS[1], np.log(0.35 / 0.65), *np.log(TABLE), -2.0]
)


def parts(statistics: np.ndarray = STATISTICS, asked: Targets = ASKED) -> dict[str, float]:
    found = np.asarray(Likelihood(asked).parts(statistics, DISPERSIONS))
    return dict(zip(asked.names, found, strict=True))


def score(model: ErrorModel, statistics: object, *data: float) -> float:
    (found,) = np.asarray(in_double(model.score)(np.array(statistics), np.array(data), DISPERSIONS))
    return float(found)


def test_a_part_for_each_name() -> None:
    assert len(STATISTICS) == ASKED.size
    assert list(parts())[:3] == ["arrivals 1990-1998, total", "arrivals 2000, total", "arrivals 2000, women"]


def test_totals_are_negative_binomial_with_the_variance_stated() -> None:
    size = 1 / PHI**2
    model = stats.nbinom(size, size / (size + TOTAL))
    assert model.var() == pytest.approx(TOTAL + (PHI * TOTAL) ** 2)
    found = [value for name, value in parts().items() if name.endswith("total")]
    assert found == pytest.approx(model.logpmf([225, 164, 221]), rel=1e-9)


def test_women_are_beta_binomial_within_the_total_counted() -> None:
    total, strength = np.array([164, 221]), 1 / RHO - 1
    model = stats.betabinom(total, SHARE * strength, (1 - SHARE) * strength)
    assert model.var() == pytest.approx(total * SHARE * (1 - SHARE) * (1 + (total - 1) * RHO))
    found = [value for name, value in parts().items() if name.endswith("women")]
    assert found == pytest.approx(model.logpmf([98, 141]), rel=1e-9)


def test_a_block_scores_alone_as_it_does_among_others() -> None:
    for block in BLOCKS:
        alone = np.asarray(in_double(block.score)(STATISTICS[ASKED.place(block)], DISPERSIONS))
        assert alone == pytest.approx([parts()[name] for name in block.names])


def test_rows_follow_their_error_models() -> None:
    assert score(LogitNormal(0.4), [-0.6], 0.3) == pytest.approx(stats.norm.logpdf(np.log(3 / 7), -0.6, 0.4))
    assert score(Lognormal(0.5), [7.6], 1500) == pytest.approx(stats.norm.logpdf(np.log(1500), 7.6, 0.5))
    assert score(Poisson(), [3.0], 17) == pytest.approx(stats.poisson.logpmf(17, np.exp(3.0)))
    assert score(Binomial(400), [-1.3], 0.25) == pytest.approx(stats.binom.logpmf(100, 400, 1 / (1 + np.exp(1.3))))
    share, strength = 1 / (1 + np.exp(1.3)), 1 / RHO - 1
    wanted = stats.betabinom.logpmf(100, 400, share * strength, (1 - share) * strength)
    assert score(BetaBinomial(400), [-1.3], 0.25) == pytest.approx(wanted)


@pytest.mark.parametrize("side", [1, -1])
def test_a_bound_grows_only_towards_its_side(side: int) -> None:
    model = (AtLeast if side > 0 else AtMost)(0.2)
    below, at, above = (score(model, [np.log(120.0) + side * by], 120) for by in (-1.0, 0.0, 3.0))
    assert below < at == pytest.approx(np.log(0.5))
    assert above == pytest.approx(0, abs=1e-9)
    for by in (-1.0, 0.0, 0.3, 3.0):
        (residual,) = model.residuals(np.array([np.log(120.0) + side * by]), np.array([120.0]), DISPERSIONS)
        assert residual**2 == pytest.approx(-2 * score(model, [np.log(120.0) + side * by], 120))
        assert residual * side <= 0


def test_residuals_of_counts_and_surveys_are_in_units_of_their_errors() -> None:
    alone, both = BLOCKS[:2]
    assert alone.residuals(alone.saturated + 0.1, DISPERSIONS) == pytest.approx([0.1 / np.sqrt(PHI**2 + 1 / 225)])
    share = 98 / 164
    women = np.sqrt((1 + 163 * RHO) / (164 * share * (1 - share)))
    found = both.residuals(both.saturated + np.array([0.1, 0.2]), DISPERSIONS)
    assert found == pytest.approx([0.1 / np.sqrt(PHI**2 + 1 / 164), 0.2 / women])
    data = np.array([0.3])
    survey, clustered, number = Binomial(400), BetaBinomial(400), Lognormal(0.5)
    wanted = 0.1 * np.sqrt(400 * 0.3 * 0.7)
    assert survey.residuals(survey.saturated(data) + 0.1, data, DISPERSIONS) == pytest.approx([wanted])
    wanted /= np.sqrt(1 + 399 * RHO)
    assert clustered.residuals(clustered.saturated(data) + 0.1, data, DISPERSIONS) == pytest.approx([wanted])
    assert number.residuals(number.saturated(data) + 0.5, data, DISPERSIONS) == pytest.approx([1])


def test_tables_are_multinomial_and_dirichlet() -> None:
    data = (0.2, 0.5, 0.3)
    wanted = stats.multinomial.logpmf([200, 500, 300], 1000, TABLE)
    assert score(Multinomial(1000), np.log(TABLE), *data) == pytest.approx(wanted)
    wanted = stats.dirichlet.logpdf(np.array(data), 119 * TABLE)
    assert score(DirichletMultinomial(120), np.log(TABLE), *data) == pytest.approx(wanted)
    variance = stats.dirichlet.var(119 * TABLE)
    assert variance == pytest.approx(TABLE * (1 - TABLE) / 120)


@pytest.mark.parametrize("model", [Multinomial(120), DirichletMultinomial(120)], ids=lambda model: type(model).__name__)
def test_squared_residuals_of_a_table_add_up_to_its_deviance(model: ErrorModel) -> None:
    data = np.array([0.2, 0.5, 0.3])
    found = model.residuals(np.log(TABLE), data, DISPERSIONS)
    assert np.sign(found).tolist() == np.sign(TABLE - data).tolist()
    deviance = 2 * (score(model, model.saturated(data), *data) - score(model, np.log(TABLE), *data))
    assert (found**2).sum() == pytest.approx(deviance, rel=0.1)
    assert model.residuals(np.log(TABLE) + 0.7, data, DISPERSIONS) == pytest.approx(found), "only ratios matter"


def test_rows_that_share_an_error_are_multivariate_normal() -> None:
    model, data = SharedNormal(LOG, (0.6, 0.5, 0.6), 0.8), np.array([100.0, 50.0, 40.0])
    statistics = np.log(data) + np.array([0.9, 0.7, 0.9])
    spread = np.array(model.spreads)
    covariance = np.outer(spread, spread) * (0.8 + 0.2 * np.eye(3))
    assert score(model, statistics, *data) == pytest.approx(
        stats.multivariate_normal.logpdf(np.log(data), statistics, covariance)
    )
    residuals = model.residuals(statistics, data, DISPERSIONS)
    gap = statistics - np.log(data)
    assert (residuals**2).sum() == pytest.approx(gap @ np.linalg.solve(covariance, gap))
    assert (residuals**2).sum() < 0.6 * ((gap / spread) ** 2).sum(), "a common error costs little more than one row"
    some = model.among((0, 2))
    assert some is not None
    assert score(some, statistics[[0, 2]], *data[[0, 2]]) == pytest.approx(
        stats.multivariate_normal.logpdf(np.log(data)[[0, 2]], statistics[[0, 2]], covariance[np.ix_([0, 2], [0, 2])])
    )


@pytest.mark.parametrize("network, cost", [(-3.0, 0.0), (-0.05, 0.0), (0.0, 0.5), (0.1, 4.5)])
def test_the_penalty_on_a_network_that_feeds_itself(network: float, cost: float) -> None:
    statistics = STATISTICS.copy()
    statistics[-1] = network
    total = float(Likelihood(ASKED).total(statistics, DISPERSIONS))
    assert total == pytest.approx(sum(parts().values()) - cost)
    assert ASKED.residuals(statistics)[-1] ** 2 / 2 == pytest.approx(cost)


def test_rows_without_counts_are_a_likelihood_of_their_own() -> None:
    bare = replace(ASKED, arrivals=())
    found = parts(STATISTICS[5:], bare)
    assert found == pytest.approx({name: parts()[name] for name in found})

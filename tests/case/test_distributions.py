"""Each distribution as a map of a standard normal: monotone, with the quantiles it should have."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tumen.case import Distribution, distribution
from tumen.errors import RefusedError

DISTRIBUTIONS = {
    "lognormal": (distribution("lognormal", {"median": 3.0, "sigma": 0.6}), stats.lognorm(0.6, scale=3).ppf),
    "normal": (distribution("normal", {"mean": -1.0, "sd": 0.5}), stats.norm(-1, 0.5).ppf),
    "half_normal": (distribution("half_normal", {"sd": 0.8}), stats.halfnorm(scale=0.8).ppf),
    "beta": (distribution("beta", {"a": 1.0, "b": 19.0}), stats.beta(1, 19).ppf),
    "uniform": (distribution("uniform", {"low": 0.5, "high": 1.0}), stats.uniform(0.5, 0.5).ppf),
}
LOGIT = distribution("logit_normal", {"median": 0.2, "sigma": 1.0})
ELASTICITY = distribution("elasticity", {"median": 1.0, "sigma": 1.0})
COMPLEMENTS = distribution("complements", {"sigma": 1.0})
ALL = [entry for entry, _ in DISTRIBUTIONS.values()] + [LOGIT, ELASTICITY, COMPLEMENTS]
Z = np.linspace(-5, 5, 2001)


@pytest.mark.parametrize("given", ALL, ids=[each.name for each in ALL])
def test_more_of_the_coordinate_is_never_less_of_the_value(given: Distribution) -> None:
    values = given.at(Z)
    assert float(given.at(np.zeros(1))[0]) == pytest.approx(given.middle, abs=1e-12)
    steps = np.diff(values)
    assert (steps >= 0).all()
    assert (steps[np.abs(Z[1:]) < 3] > 0).all()
    low, high = given.support
    assert low <= values.min() <= values.max() <= high


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_quantiles_are_those_of_the_distribution(name: str) -> None:
    given, inverse = DISTRIBUTIONS[name]
    u = np.array([0.001, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999])
    assert given.at(stats.norm.ppf(u)) == pytest.approx(inverse(u), rel=1e-9)


def sampled(given: Distribution, size: int) -> np.ndarray:
    """Draws by scipy's generators, without any inverse."""
    n, seed = given.numbers, 11
    if given.name == "logit_normal":
        centre = np.log(n["median"] / (1 - n["median"]))
        return 1 / (1 + np.exp(-stats.norm.rvs(centre, n["sigma"], size, random_state=seed)))
    if given.name == "elasticity":
        return 1 - 1 / stats.lognorm.rvs(n["sigma"], scale=n["median"], size=size, random_state=seed)
    if given.name == "complements":
        return 1 - np.exp(stats.halfnorm.rvs(scale=n["sigma"], size=size, random_state=seed))
    draws = {
        "lognormal": lambda: stats.lognorm.rvs(n["sigma"], scale=n["median"], size=size, random_state=seed),
        "normal": lambda: stats.norm.rvs(n["mean"], n["sd"], size, random_state=seed),
        "half_normal": lambda: stats.halfnorm.rvs(scale=n["sd"], size=size, random_state=seed),
        "beta": lambda: stats.beta.rvs(n["a"], n["b"], size=size, random_state=seed),
        "uniform": lambda: stats.uniform.rvs(n["low"], n["high"] - n["low"], size, random_state=seed),
    }
    return draws[given.name]()


@pytest.mark.statistical
@pytest.mark.parametrize("given", ALL, ids=[each.name for each in ALL])
def test_draws_fall_below_each_quantile_as_often_as_they_should(given: Distribution) -> None:
    """Forty thousand draws: five standard errors of a share are at most 0.0125; false alarm below 1e-5 in all."""
    draws = sampled(given, 40_000)
    for u in (0.05, 0.25, 0.5, 0.75, 0.95):
        below = (draws <= float(given.at(np.array([stats.norm.ppf(u)]))[0])).mean()
        assert abs(below - u) < 5 * np.sqrt(u * (1 - u) / draws.size)


def test_complements_exclude_substitutes_and_elasticity_gives_both_even_odds() -> None:
    assert COMPLEMENTS.at(np.linspace(-9, 9, 1001)).max() <= 0
    values = ELASTICITY.at(Z)
    assert ((values <= 0) == (Z <= 1e-12)).all()
    assert ELASTICITY.at(np.array([0.0]))[0] == pytest.approx(0, abs=1e-15)
    assert values.max() < 1
    # The half of `elasticity` below 0 is `complements`: the same quantiles at half the mass.
    u = np.array([0.01, 0.2, 0.5, 0.8, 0.99])
    half = ELASTICITY.at(stats.norm.ppf(u / 2))
    assert COMPLEMENTS.at(stats.norm.ppf(u)) == pytest.approx(half, rel=1e-9)


@pytest.mark.parametrize("given", ALL, ids=[each.name for each in ALL])
def test_coordinates_and_probabilities_are_inverses(given: Distribution) -> None:
    z = np.linspace(-3, 3, 61)
    values = given.at(z)
    np.testing.assert_allclose(given.coordinate(values), z, atol=1e-6)
    np.testing.assert_allclose(given.ppf(stats.norm.cdf(z)), values, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(given.cdf(values), stats.norm.cdf(z), atol=1e-9)
    low, high = given.support
    assert given.cdf(np.array([max(low, -1e6) - 1, min(high, 1e6) + 1])) == pytest.approx([0, 1], abs=1e-6)


def test_names_and_numbers_are_those_of_the_file() -> None:
    assert (LOGIT.name, LOGIT.numbers) == ("logit_normal", {"median": 0.2, "sigma": 1.0})
    assert str(COMPLEMENTS) == "complements(sigma 1)"
    with pytest.raises(RefusedError, match="unknown distribution 'cauchy'"):
        distribution("cauchy", {})

"""Each prior as a map of a standard normal: monotone, with the quantiles of the distribution it stands for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from tumen.case import Case, CaseError, Distribution, ParameterSet, load
from tumen.infer.space import FARTHEST, quantile, space
from tumen.theories import Theory, get

DISTRIBUTIONS = {
    "lognormal": (Distribution("lognormal", {"median": 3.0, "sigma": 0.6}), stats.lognorm(0.6, scale=3).ppf),
    "normal": (Distribution("normal", {"mean": -1.0, "sd": 0.5}), stats.norm(-1, 0.5).ppf),
    "half_normal": (Distribution("half_normal", {"sd": 0.8}), stats.halfnorm(scale=0.8).ppf),
    "beta": (Distribution("beta", {"a": 1.0, "b": 19.0}), stats.beta(1, 19).ppf),
    "uniform": (Distribution("uniform", {"low": 0.5, "high": 1.0}), stats.uniform(0.5, 0.5).ppf),
}
LOGIT = Distribution("logit_normal", {"median": 0.2, "sigma": 1.0})
ELASTICITY = Distribution("elasticity", {"median": 1.0, "sigma": 1.0})
COMPLEMENTS = Distribution("complements", {"sigma": 1.0})
ALL = [entry for entry, _ in DISTRIBUTIONS.values()] + [LOGIT, ELASTICITY, COMPLEMENTS]
Z = np.linspace(-5, 5, 2001)


@pytest.fixture(scope="module", params=["toyland", "north_korea"])
def case(request: pytest.FixtureRequest) -> Case:
    return load(request.param)


@pytest.mark.parametrize("given", ALL, ids=[each.name for each in ALL])
def test_more_of_the_coordinate_is_never_less_of_the_value(given: Distribution) -> None:
    values = quantile(given, Z)
    assert np.isfinite(quantile(given, np.array([-1e9, 1e9]))).all()
    steps = np.diff(values)
    assert (steps >= 0).all()
    assert (steps[np.abs(Z[1:]) < 3] > 0).all()
    low, high = given.support
    assert low <= values.min() <= values.max() <= high


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_quantiles_are_those_of_the_distribution(name: str) -> None:
    given, inverse = DISTRIBUTIONS[name]
    u = np.array([0.001, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999])
    assert quantile(given, stats.norm.ppf(u)) == pytest.approx(inverse(u), rel=1e-9)


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
        below = (draws <= float(quantile(given, np.array([stats.norm.ppf(u)]))[0])).mean()
        assert abs(below - u) < 5 * np.sqrt(u * (1 - u) / draws.size)


def test_complements_exclude_substitutes_and_elasticity_gives_both_even_odds() -> None:
    assert quantile(COMPLEMENTS, np.linspace(-9, 9, 1001)).max() <= 0
    values = quantile(ELASTICITY, Z)
    assert ((values <= 0) == (Z <= 1e-12)).all()
    assert quantile(ELASTICITY, np.array([0.0]))[0] == pytest.approx(0, abs=1e-15)
    assert values.max() < 1
    # The half of `elasticity` below 0 is `complements`: the same quantiles at half the mass.
    u = np.array([0.01, 0.2, 0.5, 0.8, 0.99])
    half = quantile(ELASTICITY, stats.norm.ppf(u / 2))
    assert quantile(COMPLEMENTS, stats.norm.ppf(u)) == pytest.approx(half, rel=1e-9)


def test_an_unknown_prior_has_no_map() -> None:
    with pytest.raises(ValueError, match="no map for a prior cauchy"):
        quantile(Distribution("cauchy", {}), Z)


def test_values_stay_within_the_ranges_of_their_inputs(case: Case) -> None:
    for name in ("interplay", "open_keys", "push_pull", "no_theory"):
        found = space(case, get(name))
        z = np.random.default_rng(2).normal(scale=3, size=(400, found.size))
        z[0], z[1] = -2 * FARTHEST, 2 * FARTHEST
        values = found.values(z)
        assert values.shape == z.shape
        for column, axis in zip(values.T, found.axes, strict=True):
            given = case.inputs[axis.prior.input]
            assert given.low <= column.min() <= column.max() <= given.high
        case.world(parameters=found.named(values[0]))
        case.world(parameters=found.named(values[1]))


def test_one_row_of_values_makes_a_set_of_parameters(case: Case) -> None:
    found = space(case, get("interplay"))
    middle = found.values(np.zeros(found.size))
    assert middle.shape == (1, found.size)
    given = found.named(middle[0], "the middle")
    assert isinstance(given, ParameterSet)
    assert (given.name, tuple(given.values)) == ("the middle", found.names)
    with pytest.raises(ValueError, match=f"2 coordinates for {found.size} parameters"):
        found.values(np.zeros((1, 2)))


def test_a_theory_changes_priors_and_what_it_fixes_drops_out() -> None:
    case = load("north_korea")
    free, bound = space(case, get("open_keys")), space(case, get("interplay"))
    assert free.names == bound.names == tuple(prior.name for prior in case.priors)
    at = next(i for i, axis in enumerate(free.axes) if axis.prior.input == "complementarity")
    assert (free.axes[at].distribution.name, bound.axes[at].distribution.name) == ("elasticity", "complements")
    trend = space(case, get("no_theory"))
    fixed = {text.partition("=")[0].partition(".")[0] for text in get("no_theory").restrictions}
    gone = {axis.prior.input for axis in free.axes} - {axis.prior.input for axis in trend.axes}
    assert "crossing_success" in gone <= fixed
    assert len(trend.axes) == sum(prior.input not in fixed for prior in case.priors)


def test_the_odds_of_the_histories_sum_to_one(case: Case) -> None:
    found = space(case, get("interplay"))
    assert found.histories == (None, *case.histories)
    assert sum(found.odds) == pytest.approx(1, abs=1e-12)
    assert min(found.odds) > 0
    assert np.exp(found.log_odds) == pytest.approx(found.odds)
    assert dict(zip(found.histories[1:], found.odds[1:], strict=True)) == {
        key: history.weight for key, history in case.histories.items()
    }


def test_a_history_without_weight_is_left_out() -> None:
    case = load("toyland")
    weightless = {key: replace(history, weight=0.0) for key, history in case.histories.items()}
    found = space(replace(case, histories=weightless), get("interplay"))
    assert (found.histories, found.odds) == ((None,), (1,))


def test_without_priors_there_is_nothing_to_estimate() -> None:
    theory: Theory = get("interplay")
    with pytest.raises(CaseError, match=r"the case has no priors, so nothing can be estimated - case toyland"):
        space(replace(load("toyland"), priors=()), theory)

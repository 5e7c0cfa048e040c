"""NUTS against posteriors known in closed form: normal rows, and signals that are a plane in the coordinates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from tests.infer.laws import LAWS
from tumen.infer.likelihood import Likelihood
from tumen.infer.observation import LOG, LOGIT, Datum, Normal, Rows
from tumen.infer.sampler import Sample, bulk, sample
from tumen.infer.targets import Targets

D = 4
SLOPE = np.array([[1.0, 0.5, 0.0, 0.0], [0.0, 1.0, -1.0, 0.0], [0.5, 0.0, 1.0, 0.0]])
FLAT = np.array([0.2, -0.1, 6.0])
SD = np.array([0.3, 0.5, 0.4])
ROWS = (
    Rows("a share", (Datum(0, "a share", 0.7, "share", 2003),), Normal(LOGIT, 0.3)),
    Rows("another share", (Datum(1, "another share", 0.2, "share", 2003),), Normal(LOGIT, 0.5)),
    Rows("a number", (Datum(2, "a number", 800.0, "person", 2003),), Normal(LOG, 0.4)),
)
GIVEN = np.array([np.log(0.7 / 0.3), np.log(0.2 / 0.8), np.log(800.0)])
LIKELIHOOD = Likelihood(Targets(np.arange(2000.0, 2004), LAWS, (), ROWS))
ONE = np.zeros(1)


def plane(*offsets: float) -> Callable[[Any], Any]:
    """Signals of each history: a plane, shifted by the history's offset, and a network far from the wall."""

    def emulated(z: Any) -> Any:
        rows = jnp.asarray(FLAT) + jnp.asarray(SLOPE) @ z
        return jnp.stack([jnp.append(rows + offset, -5.0) for offset in offsets])

    return emulated


def exact(offset: float = 0.0, temper: float = 1.0) -> tuple[np.ndarray, np.ndarray, float]:
    """Mean and covariance of the posterior N(0, I) x likelihood^temper, and its log evidence up to a constant."""
    precise = np.diag(temper / SD**2)
    covariance = np.linalg.inv(np.eye(D) + SLOPE.T @ precise @ SLOPE)
    missing = GIVEN - FLAT - offset
    mean = covariance @ SLOPE.T @ precise @ missing
    marginal = SLOPE @ SLOPE.T + np.linalg.inv(precise)
    return mean, covariance, float(-0.5 * missing @ np.linalg.solve(marginal, missing))


def drawn(emulated: Callable[[Any], Any], log_odds: np.ndarray = ONE, **how: Any) -> Sample:
    return sample(emulated, LIKELIHOOD, log_odds, D, chains=2, **{"warm": 200, "kept": 400, **how})


@pytest.mark.slow
@pytest.mark.statistical
@pytest.mark.parametrize("temper", [1.0, 0.25])
def test_draws_have_the_mean_and_the_spread_of_the_exact_posterior(temper: float) -> None:
    """A temper is a power of the likelihood. Some 800 draws: a mean is off by 0.15 sd in one of 10,000 tries."""
    mean, covariance, _ = exact(temper=temper)
    found = drawn(plane(0.0), temper=temper)
    z, sd = found.flat["z"], np.sqrt(np.diag(covariance))
    assert found.z.shape == (2, 400, D)
    assert (z.mean(axis=0) - mean) / sd == pytest.approx(np.zeros(D), abs=0.15)
    assert z.std(axis=0) / sd == pytest.approx(np.ones(D), rel=0.15)
    correlation = covariance / np.outer(sd, sd)
    assert np.corrcoef(z.T) == pytest.approx(correlation, abs=0.15)
    assert sd[3] == pytest.approx(1), "nothing is known of the last coordinate but its prior"


@pytest.mark.slow
@pytest.mark.statistical
@pytest.mark.parametrize("log_odds", [np.log([0.5, 0.5]), np.log([0.3, 0.7])], ids=["even", "uneven"])
def test_histories_are_drawn_with_their_exact_posterior_odds(log_odds: np.ndarray) -> None:
    """Off by 0.05 about once in a hundred times, were every second draw independent."""
    offsets = (0.0, 0.6)
    evidence = np.array([exact(offset)[2] for offset in offsets]) + log_odds
    wanted = np.exp(evidence[1]) / np.exp(evidence).sum()
    assert 0.1 < wanted < 0.9
    found = drawn(plane(*offsets), log_odds).flat["history"]
    assert set(np.unique(found)) == {0, 1}
    assert found.mean() == pytest.approx(wanted, abs=0.05)


@pytest.mark.slow
def test_what_is_kept_of_a_draw_is_its_untempered_likelihood_under_its_history() -> None:
    found = drawn(plane(0.0, 0.6), np.log([0.5, 0.5]), temper=0.25, warm=20, kept=20)
    flat = found.flat
    rows = FLAT + flat["z"] @ SLOPE.T + 0.6 * flat["history"][:, None]
    wanted = (-0.5 * ((rows - GIVEN) / SD) ** 2 - np.log(SD) - 0.5 * np.log(2 * np.pi)).sum(axis=1)
    assert flat["emulated"] == pytest.approx(wanted)
    again = drawn(plane(0.0, 0.6), np.log([0.5, 0.5]), temper=0.25, warm=20, kept=20)
    assert (again.z == found.z).all(), "the same seed, the same draws"


@pytest.mark.parametrize("temper", [1.0, 0.25])
def test_the_bulk_of_a_normal_posterior_is_that_posterior(temper: float) -> None:
    mean, covariance, _ = exact(temper=temper)
    middle, root = bulk(plane(0.0), LIKELIHOOD, ONE, D, temper)
    assert np.asarray(middle) == pytest.approx(mean, abs=1e-3)
    assert np.asarray(root) @ np.asarray(root).T == pytest.approx(covariance, abs=1e-6)

"""Error models of rows that divide a whole: multinomial and Dirichlet-multinomial tables, on the log of each share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.nn import log_softmax
from jax.scipy.special import gammaln
from scipy import special

from tumen.infer.observation.scales import LEAST, LOG_SHARE, Scale
from tumen.infer.observation.target import Noise
from tumen.model.compiled import Floats


@dataclass(frozen=True)
class Multinomial:
    """The shares of a sample of n persons drawn one by one; n x share need not be a whole number."""

    n: float
    scale: Scale = LOG_SHARE

    def saturated(self, data: Floats) -> Floats:
        """The logs of the shares, which add up to one."""
        return self.scale.forward(data / data.sum())

    def natural(self, statistics: Floats) -> Floats:
        """Shares that add up to one."""
        return np.asarray(special.softmax(statistics))

    def score(self, statistics: Any, data: Any, noise: Noise) -> Any:
        """Log probability of n x share persons in each category."""
        some = self.n * data / data.sum()
        choices = special.gammaln(self.n + 1) - gammaln(some + 1).sum()
        return jnp.stack([choices + (some * log_softmax(statistics)).sum()])

    def residuals(self, statistics: Floats, data: Floats, noise: Noise) -> Floats:
        """Signed roots of each category's part of the deviance 2 n sum q log(q / p); squares add up to it."""
        return np.sqrt(2 * self.n) * _signed(data / data.sum(), self.natural(statistics))

    def simulate(self, statistics: Floats, noise: Noise, rng: Any) -> Floats:
        """Replicate shares."""
        size = round(self.n)
        return np.asarray(rng.multinomial(size, special.softmax(statistics, axis=-1)) / size)

    def among(self, inside: tuple[int, ...]) -> Multinomial | None:
        """A table is known as a whole."""
        return None


@dataclass(frozen=True)
class DirichletMultinomial:
    """The shares of a complete count, which scatter as widely as those of a sample of n persons.

    A published table counts thousands, so what scatters is not who is drawn but the probabilities themselves: the limit
    of the Dirichlet-multinomial for many persons, a Dirichlet of concentration n - 1, under which a share has the
    variance p (1 - p) / n of a multinomial sample of n.
    """

    n: float
    scale: Scale = LOG_SHARE

    def saturated(self, data: Floats) -> Floats:
        """The logs of the shares, which add up to one."""
        return self.scale.forward(data / data.sum())

    def natural(self, statistics: Floats) -> Floats:
        """Shares that add up to one."""
        return np.asarray(special.softmax(statistics))

    def score(self, statistics: Any, data: Any, noise: Noise) -> Any:
        """Log density of the published shares under Dirichlet((n - 1) x the model's shares)."""
        strength = (self.n - 1) * jnp.exp(log_softmax(statistics))
        norming = special.gammaln(self.n - 1) - gammaln(strength).sum()
        return jnp.stack([norming + ((strength - 1) * jnp.log(data / data.sum())).sum()])

    def residuals(self, statistics: Floats, data: Floats, noise: Noise) -> Floats:
        """Signed roots of each category's part of the deviance 2 (n - 1) sum p log(p / q); squares add up to it."""
        return -np.sqrt(2 * (self.n - 1)) * _signed(self.natural(statistics), data / data.sum())

    def simulate(self, statistics: Floats, noise: Noise, rng: Any) -> Floats:
        """Replicate shares, none of them quite zero."""
        drawn = np.maximum(rng.gamma((self.n - 1) * special.softmax(statistics, axis=-1)), LEAST)
        return np.asarray(drawn / drawn.sum(axis=-1, keepdims=True))

    def among(self, inside: tuple[int, ...]) -> DirichletMultinomial | None:
        """A table is known as a whole."""
        return None


def _signed(given: Floats, other: Floats) -> Floats:
    """sign(other - given) x sqrt(given log(given / other) - given + other), of shares; squares add up to KL."""
    part = special.xlogy(given, given / np.maximum(other, LEAST)) - given + other
    return np.asarray(np.sign(other - given) * np.sqrt(np.maximum(part, 0)))

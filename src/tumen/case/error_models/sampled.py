"""Error models of persons who were counted: one share of a sample, all shares of a table, and a number of persons."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import scipy  # loads its parts at their first use

from tumen.case.error_models.arrivals import HALF, BetaBinomialWomen, Dispersions
from tumen.case.error_models.base import ErrorModel
from tumen.case.error_models.scales import LEAST, LOG, LOG_SHARE, LOGIT
from tumen.case.series import Array

_CLUSTERED = BetaBinomialWomen()


class OfSample(ErrorModel):
    """Shares of a sample of n persons; n x share may be fractional."""

    numbers = ("n",)
    n: float
    of_shares = True


class OneShare(OfSample):
    """One share of a sample, on the logit scale. A subclass says by how much its variance exceeds the binomial's."""

    scale = LOGIT

    @abstractmethod
    def inflation(self, dispersions: Dispersions) -> float:
        """Variance over that of persons drawn one by one."""

    def saturated(self, data: Array) -> Array:
        """The logit of the share; half a person for none or all."""
        return np.asarray(self.scale.forward(np.clip(data, HALF / self.n, 1 - HALF / self.n)))

    def residuals(self, statistics: Array, data: Array, dispersions: Dispersions) -> Array:
        """Gap of logits over sqrt(inflation / (n p (1 - p)))."""
        given = self.saturated(data)
        share = self.scale.back(given)
        return np.asarray((statistics - given) * np.sqrt(self.n * share * (1 - share) / self.inflation(dispersions)))


@final
@dataclass(frozen=True)
class Binomial(OneShare):
    """Persons drawn one by one."""

    n: float
    name = "binomial"

    def inflation(self, dispersions: Dispersions) -> float:
        """1."""
        return 1.0

    def score(self, statistics: Any, data: Any, dispersions: Dispersions) -> Any:
        """Log probability of n x share persons."""
        from jax.nn import log_sigmoid
        from jax.scipy.special import gammaln

        some = self.n * data
        choices = scipy.special.gammaln(self.n + 1) - gammaln(some + 1) - gammaln(self.n - some + 1)
        return choices + some * log_sigmoid(statistics) + (self.n - some) * log_sigmoid(-statistics)

    def simulate(self, statistics: Array, dispersions: Dispersions, rng: Any) -> Array:
        """Binomial shares."""
        return np.asarray(rng.binomial(round(self.n), self.scale.back(statistics)) / round(self.n))


@final
@dataclass(frozen=True)
class BetaBinomial(OneShare):
    """Persons of whom any two are alike with the correlation rho, that of sex within a year of arrivals."""

    n: float
    name = "beta_binomial"

    def inflation(self, dispersions: Dispersions) -> float:
        """1 + (n - 1) rho."""
        return _CLUSTERED.inflation(self.n, dispersions.rho)

    def score(self, statistics: Any, data: Any, dispersions: Dispersions) -> Any:
        """Log probability of n x share persons."""
        import jax.numpy as jnp
        from jax.nn import sigmoid

        share = jnp.clip(sigmoid(statistics), LEAST, 1 - LEAST)
        return _CLUSTERED.score(self.n * data, np.array([self.n]), share, dispersions.rho)

    def simulate(self, statistics: Array, dispersions: Dispersions, rng: Any) -> Array:
        """Beta-binomial shares."""
        share = np.clip(self.scale.back(statistics), LEAST, 1 - LEAST)
        size = np.full(share.shape, float(round(self.n)))
        return _CLUSTERED.simulate(size, share, np.reshape(dispersions.rho, (-1, 1)), rng) / size


class Shares(OfSample):
    """All shares of a table, on the log scale; only their ratios matter."""

    scale = LOG_SHARE
    table = True
    least = 2

    def saturated(self, data: Array) -> Array:
        """The logs of the shares, which add up to one."""
        return np.asarray(self.scale.forward(data / data.sum()))

    def natural(self, statistics: Array) -> Array:
        """Shares that add up to one."""
        return np.asarray(scipy.special.softmax(statistics, axis=-1))


@final
@dataclass(frozen=True)
class Multinomial(Shares):
    """Persons drawn one by one."""

    n: float
    name = "multinomial"

    def score(self, statistics: Any, data: Any, dispersions: Dispersions) -> Any:
        """Log probability of n x share persons in each category."""
        import jax.numpy as jnp
        from jax.nn import log_softmax
        from jax.scipy.special import gammaln

        some = self.n * data / data.sum()
        choices = scipy.special.gammaln(self.n + 1) - gammaln(some + 1).sum()
        return jnp.stack([choices + (some * log_softmax(statistics)).sum()])

    def residuals(self, statistics: Array, data: Array, dispersions: Dispersions) -> Array:
        """Signed roots of each category's part of the deviance 2 n sum q log(q / p); squares add up to it."""
        return np.sqrt(2 * self.n) * _signed(data / data.sum(), self.natural(statistics))

    def simulate(self, statistics: Array, dispersions: Dispersions, rng: Any) -> Array:
        """Multinomial shares."""
        return np.asarray(rng.multinomial(round(self.n), self.natural(statistics)) / round(self.n))


@final
@dataclass(frozen=True)
class DirichletMultinomial(Shares):
    """The shares of a complete count, which scatter as widely as those of a sample of n persons.

    A published table counts thousands, so what scatters is not who is drawn but the probabilities themselves: the limit
    of the Dirichlet-multinomial for many persons, a Dirichlet of concentration n - 1, under which a share has the
    variance p (1 - p) / n of a multinomial sample of n.
    """

    n: float
    name = "dirichlet_multinomial"
    finite = True

    def score(self, statistics: Any, data: Any, dispersions: Dispersions) -> Any:
        """Log density of the published shares under Dirichlet((n - 1) x the model's shares)."""
        import jax.numpy as jnp
        from jax.nn import log_softmax
        from jax.scipy.special import gammaln

        strength = (self.n - 1) * jnp.exp(log_softmax(statistics))
        norming = scipy.special.gammaln(self.n - 1) - gammaln(strength).sum()
        return jnp.stack([norming + ((strength - 1) * jnp.log(data / data.sum())).sum()])

    def residuals(self, statistics: Array, data: Array, dispersions: Dispersions) -> Array:
        """Signed roots of each category's part of the deviance 2 (n - 1) sum p log(p / q); squares add up to it."""
        return -np.sqrt(2 * (self.n - 1)) * _signed(self.natural(statistics), data / data.sum())

    def simulate(self, statistics: Array, dispersions: Dispersions, rng: Any) -> Array:
        """Dirichlet shares, each at least LEAST before they are scaled to one."""
        drawn = np.maximum(rng.gamma((self.n - 1) * self.natural(statistics)), LEAST)
        return np.asarray(drawn / drawn.sum(axis=-1, keepdims=True))


def _signed(given: Array, other: Array) -> Array:
    """sign(other - given) x sqrt(given log(given / other) - given + other), of shares; squares add up to KL."""
    part = scipy.special.xlogy(given, given / np.maximum(other, LEAST)) - given + other
    return np.asarray(np.sign(other - given) * np.sqrt(np.maximum(part, 0)))


@final
@dataclass(frozen=True)
class Poisson(ErrorModel):
    """A number of persons counted one by one."""

    name = "poisson"
    numbers = ()
    scale = LOG

    @classmethod
    def suits(cls, unit: str) -> bool:
        """Persons."""
        return unit == "person"

    def saturated(self, data: Array) -> Array:
        """The log of the count; half a person for none."""
        return np.log(np.maximum(data, HALF))

    def score(self, statistics: Any, data: Any, dispersions: Dispersions) -> Any:
        """Log probability of the count."""
        import jax.numpy as jnp
        from jax.scipy.special import gammaln

        return data * statistics - jnp.exp(statistics) - gammaln(data + 1)

    def residuals(self, statistics: Array, data: Array, dispersions: Dispersions) -> Array:
        """Gap of logs over sqrt(1 / n)."""
        return np.asarray((statistics - self.saturated(data)) * np.sqrt(np.maximum(data, HALF)))

    def simulate(self, statistics: Array, dispersions: Dispersions, rng: Any) -> Array:
        """Poisson counts."""
        return np.asarray(rng.poisson(np.exp(statistics)), dtype=float)

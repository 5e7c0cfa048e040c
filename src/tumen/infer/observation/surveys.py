"""Error models of numbers of persons: binomial and beta-binomial shares of a sample, and Poisson counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.nn import log_sigmoid, sigmoid
from jax.scipy.special import gammaln
from scipy import special

from tumen.infer.observation.laws import HALF, BetaBinomialWomen
from tumen.infer.observation.scales import LEAST, LOG, LOGIT, Scale
from tumen.infer.observation.target import Noise
from tumen.model.compiled import Floats

_CLUSTERED = BetaBinomialWomen()


@dataclass(frozen=True)
class Binomial:
    """The share of a sample of n persons drawn one by one; n x share need not be a whole number."""

    n: float
    scale: Scale = LOGIT

    def saturated(self, data: Floats) -> Floats:
        """The logit of the share; half a person for none or all."""
        return self.scale.forward(np.clip(data, HALF / self.n, 1 - HALF / self.n))

    def natural(self, statistics: Floats) -> Floats:
        """The share."""
        return self.scale.back(statistics)

    def score(self, statistics: Any, data: Any, noise: Noise) -> Any:
        """Log probability of n x share persons."""
        some = self.n * data
        choices = special.gammaln(self.n + 1) - gammaln(some + 1) - gammaln(self.n - some + 1)
        return choices + some * log_sigmoid(statistics) + (self.n - some) * log_sigmoid(-statistics)

    def residuals(self, statistics: Floats, data: Floats, noise: Noise) -> Floats:
        """Gap of logits over sqrt(1 / (n p (1 - p)))."""
        given = self.saturated(data)
        share = special.expit(given)
        return np.asarray((statistics - given) * np.sqrt(self.n * share * (1 - share)))

    def simulate(self, statistics: Floats, noise: Noise, rng: Any) -> Floats:
        """Replicate shares."""
        return np.asarray(rng.binomial(round(self.n), special.expit(statistics)) / round(self.n))

    def among(self, inside: tuple[int, ...]) -> Binomial | None:
        """One row has no parts."""
        return None


@dataclass(frozen=True)
class BetaBinomial:
    """The share of a sample of n persons of whom any two are alike with the correlation rho.

    rho is that of sex within a year of arrivals: the sample is as clustered as those.
    """

    n: float
    scale: Scale = LOGIT

    def saturated(self, data: Floats) -> Floats:
        """The logit of the share; half a person for none or all."""
        return self.scale.forward(np.clip(data, HALF / self.n, 1 - HALF / self.n))

    def natural(self, statistics: Floats) -> Floats:
        """The share."""
        return self.scale.back(statistics)

    def score(self, statistics: Any, data: Any, noise: Noise) -> Any:
        """Log probability of n x share persons."""
        share = jnp.clip(sigmoid(statistics), LEAST, 1 - LEAST)
        return _CLUSTERED.log_prob(self.n * data, np.array([self.n]), share, noise.rho)

    def residuals(self, statistics: Floats, data: Floats, noise: Noise) -> Floats:
        """Gap of logits over sqrt((1 + (n - 1) rho) / (n p (1 - p)))."""
        given = self.saturated(data)
        share = special.expit(given)
        precision = self.n * share * (1 - share) / _CLUSTERED.inflation(self.n, noise.rho)
        return np.asarray((statistics - given) * np.sqrt(precision))

    def simulate(self, statistics: Floats, noise: Noise, rng: Any) -> Floats:
        """Replicate shares."""
        share = np.clip(special.expit(statistics), LEAST, 1 - LEAST)
        size = np.full(share.shape, float(round(self.n)))
        return _CLUSTERED.draw(size, share, np.reshape(noise.rho, (-1, 1)), rng) / size

    def among(self, inside: tuple[int, ...]) -> BetaBinomial | None:
        """One row has no parts."""
        return None


@dataclass(frozen=True)
class Poisson:
    """A number of persons counted one by one."""

    scale: Scale = LOG

    def saturated(self, data: Floats) -> Floats:
        """The log of the count; half a person for none."""
        return np.log(np.maximum(data, HALF))

    def natural(self, statistics: Floats) -> Floats:
        """Persons."""
        return self.scale.back(statistics)

    def score(self, statistics: Any, data: Any, noise: Noise) -> Any:
        """Log probability of the count."""
        return data * statistics - jnp.exp(statistics) - gammaln(data + 1)

    def residuals(self, statistics: Floats, data: Floats, noise: Noise) -> Floats:
        """Gap of logs over sqrt(1 / n)."""
        return np.asarray((statistics - self.saturated(data)) * np.sqrt(np.maximum(data, HALF)))

    def simulate(self, statistics: Floats, noise: Noise, rng: Any) -> Floats:
        """Replicate counts."""
        return np.asarray(rng.poisson(np.exp(statistics)), dtype=float)

    def among(self, inside: tuple[int, ...]) -> Poisson | None:
        """One row has no parts."""
        return None

"""How likely the counts are, given a run's signals: counts with common shocks, rows with their stated error models.

total_t ~ NegBin(mu_t exp(shock_t), phi), women_t | total_t ~ BetaBinomial(p_t, rho): the sex ratio is its own evidence,
and what moves both sexes alike is not taken for a change of it. Shocks follow an AR(1) over the years counted one by
one; blocks of several years have none. Variance of a total: mu + (phi mu)^2; rho: correlation of sex within a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import log_ndtr
from jax.scipy.stats import norm
from numpyro.distributions import BetaBinomial, HalfNormal, NegativeBinomial2, Uniform

from tumen.infer.precision import in_double
from tumen.infer.targets import Measure, Targets, logit

#: Priors of what scatters. phi: MODEL.md 8; the others are assumed: women's share of a year with 2,000 arrivals may
#: stray by three points or so beyond chance, and a year by a tenth, with the next in part.
NOISE = {
    "phi": HalfNormal(0.1),
    "rho": HalfNormal(0.005),
    "shock_sd": HalfNormal(0.1),
    "shock_persistence": Uniform(0.0, 0.95),
}
#: A network that brings about as many as it counts would grow without end; the wall before it is this steep.
WALL = 50.0


class Noise(NamedTuple):
    """Dispersions, and the log shocks of the single years."""

    phi: Any
    rho: Any
    shock: Any  # (years,)


@dataclass(frozen=True, eq=False)
class Likelihood:
    """The log likelihood of a set of targets as a function of signals, in parts that `Targets.names` names."""

    targets: Targets

    @property
    def years(self) -> list[int]:
        """The years that have a shock of their own."""
        return [block.first for block in self.targets.blocks if block.first == block.last]

    @in_double
    def parts(self, signals: Any, noise: Noise) -> Any:
        """Log likelihood of each part, shape (parts,); signals (signals,)."""
        blocks = len(self.targets.blocks)
        if not blocks:
            return self._rest(signals)
        arrivals = jnp.reshape(signals[: 2 * blocks], (blocks, 2))
        return jnp.concatenate([self._totals(arrivals, noise), self._women(arrivals, noise), self._rest(signals)])

    @in_double
    def total(self, signals: Any, noise: Noise) -> Any:
        """The log likelihood, with the wall before a network that feeds itself."""
        return self.parts(signals, noise).sum() - WALL * jax.nn.relu(signals[-1])

    def shocks(self, noise: Noise) -> Any:
        """The log shock of each block."""
        single = np.array([block.first == block.last for block in self.targets.blocks])
        place = np.cumsum(single) - 1
        return jnp.where(single, noise.shock[np.maximum(place, 0)], 0.0)

    def _totals(self, arrivals: Any, noise: Noise) -> Any:
        counted = np.array([sum(block.persons) for block in self.targets.blocks])
        mean = jnp.exp(jax.nn.logsumexp(arrivals, axis=1) + self.shocks(noise))
        return total_of(mean, noise.phi).log_prob(counted)

    def _women(self, arrivals: Any, noise: Noise) -> Any:
        counted = np.array([block.persons for block in self.targets.blocks])
        share = jax.nn.sigmoid(arrivals[:, 0] - arrivals[:, 1])
        return women_of(share, counted.sum(axis=1), noise.rho).log_prob(counted[:, 0])

    def _rest(self, signals: Any) -> Any:
        at = 2 * len(self.targets.blocks)
        parts = []
        for measure in self.targets.measures:
            parts.append(measured(signals[at], measure))
            at += 1
        for table in self.targets.tables:
            logs = jax.nn.log_softmax(signals[at : at + len(table.rows)])
            parts.append(table.size * (np.array(table.shares) * logs).sum())
            at += len(table.rows)
        return jnp.stack(parts) if parts else jnp.zeros(0)


def total_of(mean: Any, phi: Any) -> Any:
    """The distribution of a yearly total."""
    return NegativeBinomial2(mean, 1 / jnp.maximum(phi, 1e-4) ** 2)


def women_of(share: Any, total: Any, rho: Any) -> Any:
    """The distribution of the number of women among a total."""
    alike = 1 / jnp.clip(rho, 1e-7, 0.999) - 1
    share = jnp.clip(share, 1e-6, 1 - 1e-6)
    return BetaBinomial(share * alike, (1 - share) * alike, total)


def measured(signal: Any, measure: Measure) -> Any:
    """Log likelihood of a profile row under its error model."""
    given = logit(measure.value) if measure.share else float(np.log(max(measure.value, 1e-2)))
    number = measure.number or 1.0
    if measure.error in ("binomial", "beta_binomial"):
        inside, outside = jax.nn.log_sigmoid(signal), jax.nn.log_sigmoid(-signal)
        return number * (measure.value * inside + (1 - measure.value) * outside)
    if measure.error == "at_least":
        return log_ndtr((signal - given) / number)
    if measure.error == "at_most":
        return log_ndtr((given - signal) / number)
    return norm.logpdf(given, signal, number)

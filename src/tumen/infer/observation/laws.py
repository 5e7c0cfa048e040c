"""The laws by which counted arrivals scatter around expected ones: of a total, and of the women among it.

Drawing needs numpy alone. Only `log_prob` needs jax and numpyro and imports them itself, so that a run
can show what might have been counted where they are not installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tumen.case import SEXES
from tumen.infer.observation.scales import LEAST
from tumen.infer.observation.target import Noise
from tumen.model.compiled import Floats

if TYPE_CHECKING:
    from tumen.case import Case

WOMEN = SEXES.index("female")
#: Least dispersions: below, negative binomial and beta-binomial are computed as at these values.
LEAST_PHI, LEAST_RHO, MOST_RHO = 1e-4, 1e-7, 0.999
#: Half a person stands for none where a logarithm of a count is taken.
HALF = 0.5


class TotalLaw(Protocol):
    """How a counted total scatters around the expected number of arrivals."""

    def log_prob(self, counted: Any, mean: Any, phi: Any) -> Any:
        """Log probability of counts (n,) around means (n,), with jax."""

    def sd(self, counted: float, phi: float) -> float:
        """Standard deviation of the log of a count of this size."""

    def draw(self, mean: Floats, phi: Floats, rng: Any) -> Floats:
        """Counts around means (n,)."""


class NegativeBinomialTotal:
    """Variance mu + (phi mu)^2."""

    def log_prob(self, counted: Any, mean: Any, phi: Any) -> Any:
        """Log probability of a count."""
        import jax.numpy as jnp
        from numpyro.distributions import NegativeBinomial2

        return NegativeBinomial2(mean, 1 / jnp.maximum(phi, LEAST_PHI) ** 2).log_prob(counted)

    def sd(self, counted: float, phi: float) -> float:
        """sqrt(phi^2 + 1 / n)."""
        return float(np.hypot(phi, max(counted, HALF) ** -0.5))

    def draw(self, mean: Floats, phi: Floats, rng: Any) -> Floats:
        """Counts around means (n,)."""
        shape = 1 / np.maximum(phi, LEAST_PHI) ** 2
        return np.asarray(rng.poisson(rng.gamma(shape, mean / shape)), dtype=float)


class PoissonTotal:
    """Variance mu; phi plays no part."""

    def log_prob(self, counted: Any, mean: Any, phi: Any) -> Any:
        """Log probability of a count."""
        from numpyro.distributions import Poisson

        return Poisson(mean).log_prob(counted)

    def sd(self, counted: float, phi: float) -> float:
        """sqrt(1 / n)."""
        return float(max(counted, HALF) ** -0.5)

    def draw(self, mean: Floats, phi: Floats, rng: Any) -> Floats:
        """Counts around means (n,)."""
        return np.asarray(rng.poisson(mean), dtype=float)


class LognormalTotal:
    """log total ~ Normal(log mu, sqrt(phi^2 + 1 / n)), n the count."""

    def log_prob(self, counted: Any, mean: Any, phi: Any) -> Any:
        """Log density of the log of a count."""
        import jax.numpy as jnp
        from jax.scipy.stats import norm

        persons = jnp.maximum(counted, HALF)
        return norm.logpdf(jnp.log(persons), jnp.log(mean), jnp.sqrt(phi**2 + 1 / persons))

    def sd(self, counted: float, phi: float) -> float:
        """sqrt(phi^2 + 1 / n)."""
        return float(np.hypot(phi, max(counted, HALF) ** -0.5))

    def draw(self, mean: Floats, phi: Floats, rng: Any) -> Floats:
        """Counts around means (n,), rounded to persons."""
        spread = np.sqrt(phi**2 + 1 / np.maximum(mean, HALF))
        return np.rint(mean * np.exp(spread * rng.standard_normal(np.shape(mean))))


class SexLaw(Protocol):
    """How women among a counted total scatter around the expected share."""

    def log_prob(self, women: Any, total: Any, share: Any, rho: Any) -> Any:
        """Log probability of numbers of women (n,) among totals (n,), with jax."""

    def inflation(self, total: float, rho: float) -> float:
        """Variance of the number of women over that of independent draws."""

    def draw(self, total: Floats, share: Floats, rho: Floats, rng: Any) -> Floats:
        """Women among totals (n,)."""


class BetaBinomialWomen:
    """Variance n p (1 - p) (1 + (n - 1) rho)."""

    def log_prob(self, women: Any, total: Any, share: Any, rho: Any) -> Any:
        """Log probability of a number of women."""
        import jax.numpy as jnp
        from numpyro.distributions import BetaBinomial

        strength = 1 / jnp.clip(rho, LEAST_RHO, MOST_RHO) - 1
        return BetaBinomial(share * strength, (1 - share) * strength, total).log_prob(women)

    def inflation(self, total: float, rho: float) -> float:
        """1 + (n - 1) rho."""
        return 1 + max(total - 1, 0) * rho

    def draw(self, total: Floats, share: Floats, rho: Floats, rng: Any) -> Floats:
        """Women among totals (n,)."""
        strength = 1 / np.clip(rho, LEAST_RHO, MOST_RHO) - 1
        drawn = rng.beta(share * strength, (1 - share) * strength)
        return np.asarray(rng.binomial(total.astype(np.int64), drawn), dtype=float)


class BinomialWomen:
    """Variance n p (1 - p); rho plays no part."""

    def log_prob(self, women: Any, total: Any, share: Any, rho: Any) -> Any:
        """Log probability of a number of women."""
        from numpyro.distributions import Binomial

        return Binomial(total, share).log_prob(women)

    def inflation(self, total: float, rho: float) -> float:
        """1."""
        return 1.0

    def draw(self, total: Floats, share: Floats, rho: Floats, rng: Any) -> Floats:
        """Women among totals (n,)."""
        return np.asarray(rng.binomial(total.astype(np.int64), share), dtype=float)


TOTAL_LAWS: Mapping[str, TotalLaw] = {
    "negative_binomial": NegativeBinomialTotal(),
    "poisson": PoissonTotal(),
    "lognormal": LognormalTotal(),
}
SEX_LAWS: Mapping[str, SexLaw] = {"beta_binomial": BetaBinomialWomen(), "binomial": BinomialWomen()}


@dataclass(frozen=True)
class CountLaws:
    """The error models of arrivals that a case states: of totals, and of women among them."""

    total: TotalLaw
    women: SexLaw

    def draw(self, expected: Floats, noise: Noise, rng: Any) -> Floats:
        """Counts by sex (..., sex) around expected arrivals (..., sex), dispersions (...)."""
        mean = np.maximum(expected.sum(axis=-1), 1e-9)
        share = np.clip(expected[..., WOMEN] / mean, LEAST, 1 - LEAST)
        counted = self.total.draw(mean, noise.phi, rng)
        women = self.women.draw(counted, share, noise.rho, rng)
        made = np.empty(expected.shape)
        made[..., WOMEN], made[..., 1 - WOMEN] = women, counted - women
        return made


def laws_of(case: Case) -> CountLaws:
    """The error models of arrivals that a case states."""
    return CountLaws(TOTAL_LAWS[case.arrivals_error["total"]], SEX_LAWS[case.arrivals_error["women"]])

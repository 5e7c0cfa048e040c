"""Error models of counted arrivals: of the total of a year, and of the women among it.

Drawing needs numpy alone. Only `score` needs jax and numpyro and imports them itself, so that a run can show what might
have been counted where they are not installed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tumen.case.error_models.scales import LEAST
from tumen.case.series import Array
from tumen.case.vocabulary import SEXES

if TYPE_CHECKING:
    from tumen.case.country import Case

WOMEN = SEXES.index("female")
#: Least dispersions: below, negative binomial and beta-binomial are computed as at these values.
LEAST_PHI, LEAST_RHO, MOST_RHO = 1e-4, 1e-7, 0.999
#: Half a person stands for none where a logarithm of a count is taken.
HALF = 0.5


class Dispersions(NamedTuple):
    """The dispersion parameters, which are estimated with the others.

    phi: standard deviation of the log of an arrivals total beyond Poisson; rho: correlation of sex within a count.
    """

    phi: Any
    rho: Any


#: Dispersions at which residuals are standardised, chains begin and errors are weighed: about the middle of the priors.
TYPICAL_DISPERSIONS = Dispersions(0.1, 0.004)


class TotalModel(ABC):
    """How a counted total scatters around the expected number of arrivals."""

    @abstractmethod
    def score(self, counted: Any, mean: Any, phi: Any) -> Any:
        """Log probability of counts (n,) around means (n,), with jax."""

    def sd(self, counted: float, phi: float) -> float:
        """Standard deviation of the log of a count of this size: sqrt(phi^2 + 1 / n)."""
        return float(np.hypot(phi, max(counted, HALF) ** -0.5))

    @abstractmethod
    def simulate(self, mean: Array, phi: Array, rng: Any) -> Array:
        """Counts around means (n,)."""


class NegativeBinomialTotal(TotalModel):
    """Variance mu + (phi mu)^2."""

    def score(self, counted: Any, mean: Any, phi: Any) -> Any:
        """Log probability of a count."""
        import jax.numpy as jnp
        from numpyro.distributions import NegativeBinomial2

        return NegativeBinomial2(mean, 1 / jnp.maximum(phi, LEAST_PHI) ** 2).log_prob(counted)

    def simulate(self, mean: Array, phi: Array, rng: Any) -> Array:
        """Poisson counts around gamma-distributed means."""
        shape = 1 / np.maximum(phi, LEAST_PHI) ** 2
        return np.asarray(rng.poisson(rng.gamma(shape, mean / shape)), dtype=float)


class PoissonTotal(TotalModel):
    """Variance mu, whatever phi."""

    def score(self, counted: Any, mean: Any, phi: Any) -> Any:
        """Log probability of a count."""
        from numpyro.distributions import Poisson

        return Poisson(mean).log_prob(counted)

    def sd(self, counted: float, phi: float) -> float:
        """sqrt(1 / n)."""
        return float(max(counted, HALF) ** -0.5)

    def simulate(self, mean: Array, phi: Array, rng: Any) -> Array:
        """Poisson counts."""
        return np.asarray(rng.poisson(mean), dtype=float)


class LognormalTotal(TotalModel):
    """log total ~ Normal(log mu, sqrt(phi^2 + 1 / n)), n the count."""

    def score(self, counted: Any, mean: Any, phi: Any) -> Any:
        """Log density of the log of a count."""
        import jax.numpy as jnp
        from jax.scipy.stats import norm

        persons = jnp.maximum(counted, HALF)
        return norm.logpdf(jnp.log(persons), jnp.log(mean), jnp.sqrt(phi**2 + 1 / persons))

    def simulate(self, mean: Array, phi: Array, rng: Any) -> Array:
        """Lognormal counts, rounded to persons."""
        spread = np.sqrt(phi**2 + 1 / np.maximum(mean, HALF))
        return np.rint(mean * np.exp(spread * rng.standard_normal(np.shape(mean))))


class WomenModel(ABC):
    """How women among a counted total scatter around the expected share."""

    @abstractmethod
    def score(self, women: Any, total: Any, share: Any, rho: Any) -> Any:
        """Log probability of numbers of women (n,) among totals (n,), with jax."""

    @abstractmethod
    def inflation(self, total: float, rho: float) -> float:
        """Variance of the number of women over that of independent draws."""

    @abstractmethod
    def simulate(self, total: Array, share: Array, rho: Array, rng: Any) -> Array:
        """Women among totals (n,)."""


class BetaBinomialWomen(WomenModel):
    """Variance n p (1 - p) (1 + (n - 1) rho)."""

    def score(self, women: Any, total: Any, share: Any, rho: Any) -> Any:
        """Log probability of a number of women."""
        import jax.numpy as jnp
        from numpyro.distributions import BetaBinomial

        strength = 1 / jnp.clip(rho, LEAST_RHO, MOST_RHO) - 1
        return BetaBinomial(share * strength, (1 - share) * strength, total).log_prob(women)

    def inflation(self, total: float, rho: float) -> float:
        """1 + (n - 1) rho."""
        return 1 + max(total - 1, 0) * rho

    def simulate(self, total: Array, share: Array, rho: Array, rng: Any) -> Array:
        """Binomial numbers around beta-distributed shares."""
        strength = 1 / np.clip(rho, LEAST_RHO, MOST_RHO) - 1
        drawn = rng.beta(share * strength, (1 - share) * strength)
        return np.asarray(rng.binomial(total.astype(np.int64), drawn), dtype=float)


class BinomialWomen(WomenModel):
    """Variance n p (1 - p), whatever rho."""

    def score(self, women: Any, total: Any, share: Any, rho: Any) -> Any:
        """Log probability of a number of women."""
        from numpyro.distributions import Binomial

        return Binomial(total, share).log_prob(women)

    def inflation(self, total: float, rho: float) -> float:
        """1."""
        return 1.0

    def simulate(self, total: Array, share: Array, rho: Array, rng: Any) -> Array:
        """Binomial numbers."""
        return np.asarray(rng.binomial(total.astype(np.int64), share), dtype=float)


#: Every error model under the name that targets.yaml uses.
TOTAL_MODELS: Mapping[str, TotalModel] = {
    "negative_binomial": NegativeBinomialTotal(),
    "poisson": PoissonTotal(),
    "lognormal": LognormalTotal(),
}
WOMEN_MODELS: Mapping[str, WomenModel] = {"beta_binomial": BetaBinomialWomen(), "binomial": BinomialWomen()}


@dataclass(frozen=True)
class CountModels:
    """The error models of arrivals that a case states: of totals, and of women among them."""

    total: TotalModel
    women: WomenModel

    @classmethod
    def of(cls, case: Case) -> CountModels:
        """Those of a case."""
        return cls(TOTAL_MODELS[case.arrivals_error["total"]], WOMEN_MODELS[case.arrivals_error["women"]])

    def simulate(self, expected: Array, dispersions: Dispersions, rng: Any) -> Array:
        """Counts by sex (..., sex) around expected arrivals (..., sex), dispersions (...)."""
        mean = np.maximum(expected.sum(axis=-1), 1e-9)
        share = np.clip(expected[..., WOMEN] / mean, LEAST, 1 - LEAST)
        counted = self.total.simulate(mean, dispersions.phi, rng)
        women = self.women.simulate(counted, share, dispersions.rho, rng)
        made = np.empty(expected.shape)
        made[..., WOMEN], made[..., 1 - WOMEN] = women, counted - women
        return made

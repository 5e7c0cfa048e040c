"""Counted arrivals of a year or a block of years: the total, and women among it.

total ~ NegBin(mu, phi), women | total ~ BetaBinomial(p, rho): the sex ratio is evidence of its own, and what moves both
sexes alike is not taken for a change of it. A case may state other laws in targets.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import jax.numpy as jnp
import numpy as np
from jax.nn import sigmoid
from jax.scipy.stats import norm
from numpyro.distributions import BetaBinomial, Binomial, NegativeBinomial2, Poisson
from scipy import special

from tumen.case import SEXES
from tumen.infer.observation.scales import FEWEST, LEAST
from tumen.infer.observation.target import Label, Noise
from tumen.mechanism.program import Floats

if TYPE_CHECKING:
    from tumen.infer.observables import Observables

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


def score_together(blocks: Sequence[Arrivals], laws: CountLaws, statistics: Any, noise: Noise) -> Any:
    """The scores of several blocks in a row, (parts,), computed together: block by block takes minutes to compile."""
    sizes = np.array([len(block.keys) for block in blocks])
    at = np.cumsum(sizes) - sizes
    total = jnp.array([block.total for block in blocks])
    scored = laws.total.log_prob(total, jnp.exp(statistics[at]), noise.phi)
    sexed = np.flatnonzero(sizes == 2)
    if not sexed.size:
        return scored
    women = jnp.array([block.women for block in blocks if block.women is not None])
    share = jnp.clip(sigmoid(statistics[at[sexed] + 1]), LEAST, 1 - LEAST)
    both = jnp.concatenate([scored, laws.women.log_prob(women, total[sexed], share, noise.rho)])
    return both[np.argsort(np.concatenate([at, at[sexed] + 1]))]


@dataclass(frozen=True)
class Arrivals:
    """Arrivals of the years first to last. women is None where only the total is fitted.

    Statistics: the log of the total, then the log of women over men. window: first calendar year of the case.
    """

    first: int
    last: int
    total: float
    women: float | None
    laws: CountLaws
    window: int

    @property
    def span(self) -> str:
        """The years as text."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    @property
    def names(self) -> tuple[str, ...]:
        """Total, and women among it."""
        total = f"arrivals {self.span}, total"
        return (total,) if self.women is None else (total, f"arrivals {self.span}, women")

    @property
    def keys(self) -> tuple[tuple[object, ...], ...]:
        """Span and part."""
        return tuple((self.first, self.last, name) for name in self.names)

    @property
    def labels(self) -> tuple[Label, ...]:
        """Persons, and women's share."""
        total = Label(self.names[0], self.total, "person")
        if self.women is None:
            return (total,)
        return total, Label(f"arrivals {self.span}, women's share", self.women / max(self.total, HALF), "share")

    @property
    def persons(self) -> Floats:
        """Counts in the order of SEXES, (sex,). Raises ValueError where only the total is fitted."""
        if self.women is None:
            raise ValueError(f"arrivals of {self.span} are not fitted by sex")
        by_sex = np.empty(len(SEXES))
        by_sex[WOMEN], by_sex[1 - WOMEN] = self.women, self.total - self.women
        return by_sex

    @property
    def saturated(self) -> Floats:
        """The logs of what was counted."""
        total = np.log(max(self.total, HALF))
        return np.array([total] if self.women is None else [total, self._odds])

    @property
    def _odds(self) -> float:
        """Log of women over men; half a person for none."""
        assert self.women is not None
        return float(np.log(max(self.women, HALF)) - np.log(max(self.total - self.women, HALF)))

    def statistics(self, seen: Observables) -> Floats:
        """Log total, and log of women over men."""
        years = slice(self.first - self.window, self.last - self.window + 1)
        came = np.maximum(seen.arrivals[years].sum(axis=(0, 2)), FEWEST)
        both = [np.log(came.sum()), np.log(came[WOMEN] / came[1 - WOMEN])]
        return np.array(both[: len(self.names)])

    def expected(self, statistics: Floats) -> Floats:
        """Expected arrivals (..., sex) from statistics (..., 2)."""
        total, share = np.exp(statistics[..., 0]), special.expit(statistics[..., 1])
        by_sex = np.empty(statistics.shape)
        by_sex[..., WOMEN], by_sex[..., 1 - WOMEN] = total * share, total * (1 - share)
        return by_sex

    def values(self, statistics: Floats) -> Floats:
        """Persons, and women's share."""
        return np.array([np.exp(statistics[0]), *special.expit(statistics[1:])])

    def score(self, statistics: Any, noise: Noise) -> Any:
        """Log likelihood of the total, and of women given the total counted."""
        return score_together((self,), self.laws, statistics, noise)

    def residuals(self, statistics: Floats, noise: Noise) -> Floats:
        """Of the log total, and of the log of women over men."""
        gap = np.asarray(statistics) - self.saturated
        spread = [self.laws.total.sd(self.total, noise.phi)]
        if self.women is not None:
            women, men = max(self.women, HALF), max(self.total - self.women, HALF)
            inflation = self.laws.women.inflation(self.total, noise.rho)
            spread.append(np.sqrt(inflation * (women + men) / (women * men)))
        return gap / np.array(spread)

    def until(self, year: int) -> Arrivals | None:
        """Counts were published yearly: a block is known when its last year is over."""
        return self if self.last <= year else None

    @property
    def numbers(self) -> Floats:
        """The counted total, and women among it."""
        return np.array([self.total] if self.women is None else [self.total, self.women])

    def with_numbers(self, numbers: Any) -> Arrivals:
        """The block with other counts; of jax, they can only be scored."""
        return replace(self, total=numbers[0], women=None if self.women is None else numbers[1])

    def replicate(self, statistics: Floats, noise: Noise, rng: Any) -> Arrivals:
        """The counts of another world with the same expected arrivals."""
        if self.women is None:
            total = self.laws.total.draw(np.exp(statistics[:1]), np.array([noise.phi]), rng)
            return replace(self, total=float(total[0]))
        by_sex = self.laws.draw(self.expected(np.asarray(statistics)), Noise(*map(np.asarray, noise)), rng)
        return replace(self, total=float(by_sex.sum()), women=float(by_sex[WOMEN]))

"""Counted arrivals of a year or a block of years: the total, and women among it.

total ~ NegBin(mu, phi), women | total ~ BetaBinomial(p, rho): the sex ratio is evidence of its own, and what moves both
sexes alike is not taken for a change of it. A case may state other error models in targets.yaml.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.nn import sigmoid
from scipy import special

from tumen.case import SEXES
from tumen.case.error_models.arrivals import HALF, WOMEN, CountModels, Dispersions
from tumen.case.error_models.scales import FEWEST, LEAST
from tumen.infer.observables import Observables
from tumen.infer.observation.rows import Label
from tumen.model.compiled import Floats


def score_together(blocks: Sequence[Arrivals], errors: CountModels, statistics: Any, dispersions: Dispersions) -> Any:
    """The scores of several blocks in a row, (parts,), computed together: block by block takes minutes to compile."""
    sizes = np.array([len(block.keys) for block in blocks])
    at = np.cumsum(sizes) - sizes
    total = jnp.array([block.total for block in blocks])
    scored = errors.total.score(total, jnp.exp(statistics[at]), dispersions.phi)
    sexed = np.flatnonzero(sizes == 2)
    if not sexed.size:
        return scored
    women = jnp.array([block.women for block in blocks if block.women is not None])
    known = total[sexed] * np.array([block.known for block in blocks])[sexed]
    share = jnp.clip(sigmoid(statistics[at[sexed] + 1]), LEAST, 1 - LEAST)
    both = jnp.concatenate([scored, errors.women.score(women, known, share, dispersions.rho)])
    return both[np.argsort(np.concatenate([at, at[sexed] + 1]))]


@dataclass(frozen=True)
class Arrivals:
    """Arrivals of the years first to last. women is None where only the total is fitted.

    Statistics: the log of the total, then the log of women over men. window: first calendar year of the case. known:
    the share of the total whose sex was stated; women and men are among them alone.
    """

    first: int
    last: int
    total: float
    women: float | None
    errors: CountModels
    window: int
    known: float = 1.0

    @property
    def sexed(self) -> float:
        """Persons whose sex was stated."""
        return self.total * self.known

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
        return total, Label(f"arrivals {self.span}, women's share", self.women / max(self.sexed, HALF), "share")

    @property
    def persons(self) -> Floats:
        """Counts in the order of SEXES, (sex,). Raises ValueError where only the total is fitted."""
        if self.women is None:
            raise ValueError(f"arrivals of {self.span} are not fitted by sex")
        by_sex = np.empty(len(SEXES))
        by_sex[WOMEN], by_sex[1 - WOMEN] = self.women, self.sexed - self.women
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
        return float(np.log(max(self.women, HALF)) - np.log(max(self.sexed - self.women, HALF)))

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

    def score(self, statistics: Any, dispersions: Dispersions) -> Any:
        """Log likelihood of the total, and of women given the total counted."""
        return score_together((self,), self.errors, statistics, dispersions)

    def residuals(self, statistics: Floats, dispersions: Dispersions) -> Floats:
        """Of the log total, and of the log of women over men."""
        gap = np.asarray(statistics) - self.saturated
        spread = [self.errors.total.sd(self.total, dispersions.phi)]
        if self.women is not None:
            women, men = max(self.women, HALF), max(self.sexed - self.women, HALF)
            inflation = self.errors.women.inflation(self.sexed, dispersions.rho)
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

    def replicate(self, statistics: Floats, dispersions: Dispersions, rng: Any) -> Arrivals:
        """The counts of another world with the same expected arrivals."""
        if self.women is None:
            total = self.errors.total.simulate(np.exp(statistics[:1]), np.array([dispersions.phi]), rng)
            return replace(self, total=float(total[0]))
        by_sex = self.errors.simulate(
            self.expected(np.asarray(statistics)), Dispersions(*map(np.asarray, dispersions)), rng
        )
        # The sex of the same part of women and of men was stated.
        return replace(self, total=float(by_sex.sum()), women=float(by_sex[WOMEN]) * self.known)

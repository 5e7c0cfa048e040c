"""Error models of measured numbers: normal on some scale, alone or with a shared error, and bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self, final

import numpy as np
import scipy  # loads its parts at their first use

from tumen.case.error_models.arrivals import Dispersions
from tumen.case.error_models.base import SHARE_UNITS, ErrorModel
from tumen.case.error_models.scales import IDENTITY, LOG, LOGIT, Scale
from tumen.case.series import Array

#: A saturated model keeps this many times the softness away from a bound: what a bound then costs is below 1e-6.
CLEAR = 5.0


class OnScale(ErrorModel):
    """Normal on a scale around the model, with a stated standard deviation there, and rows with a shared error."""

    numbers = ("spread", "shared")
    spread: float

    def together(self, others: Sequence[ErrorModel]) -> ErrorModel:
        """Rows with a shared error are jointly normal."""
        if self.shared is None:
            return self
        return SharedNormal(self.scale, tuple(one.spread for one in others if isinstance(one, OnScale)), self.shared)

    def score(self, statistics: Any, data: Any, dispersions: Dispersions) -> Any:
        """Normal log density on the scale."""
        from jax.scipy.stats import norm

        return norm.logpdf(self.scale.forward(data), statistics, self.spread)

    def residuals(self, statistics: Array, data: Array, dispersions: Dispersions) -> Array:
        """Gap over standard deviation."""
        return np.asarray((statistics - self.scale.forward(data)) / self.spread)

    def simulate(self, statistics: Array, dispersions: Dispersions, rng: Any) -> Array:
        """Normal numbers on the scale."""
        return self.scale.back(statistics + self.spread * rng.standard_normal(statistics.shape))


@final
@dataclass(frozen=True)
class Normal(OnScale):
    """Normal in the unit of the row."""

    spread: float
    shared: float | None = None
    name = "normal"
    scale = IDENTITY

    def in_unit(self, unit: str) -> Self:
        """The standard deviation of a percentage is stated in percent."""
        return replace(self, spread=self.spread / 100) if unit == "percent" else self


@final
@dataclass(frozen=True)
class Lognormal(OnScale):
    """The logarithm of the number is normal."""

    spread: float
    shared: float | None = None
    name = "lognormal"
    scale = LOG
    finite = True
    of_shares = False


@final
@dataclass(frozen=True)
class LogitNormal(OnScale):
    """The logit of the share is normal."""

    spread: float
    shared: float | None = None
    name = "logit_normal"
    scale = LOGIT
    finite = True
    of_shares = True


@final
@dataclass(frozen=True)
class SharedNormal(ErrorModel):
    """Rows of a normal, lognormal or logit_normal whose errors have a common part.

    Covariance shared x s_i x s_j off the diagonal and s_i^2 on it. Residuals are whitened with its Cholesky factor:
    each is what is left of a row's gap once the rows before it are known.
    """

    scale: Scale
    spreads: tuple[float, ...]
    shared: float

    @cached_property
    def root(self) -> Array:
        """Cholesky factor of the covariance, (k, k), lower."""
        spread = np.array(self.spreads)
        correlation = self.shared + (1 - self.shared) * np.eye(len(spread))
        return np.asarray(np.linalg.cholesky(correlation * np.outer(spread, spread)), dtype=float)

    def score(self, statistics: Any, data: Any, dispersions: Dispersions) -> Any:
        """Multivariate normal log density on the scale."""
        import jax.numpy as jnp
        from jax.scipy.linalg import solve_triangular

        white = solve_triangular(self.root, statistics - self.scale.forward(data), lower=True)
        norming = np.log(np.diag(self.root)).sum() + 0.5 * len(self.spreads) * np.log(2 * np.pi)
        return jnp.stack([-0.5 * (white**2).sum() - norming])

    def residuals(self, statistics: Array, data: Array, dispersions: Dispersions) -> Array:
        """Whitened gaps."""
        return np.asarray(scipy.linalg.solve_triangular(self.root, statistics - self.scale.forward(data), lower=True))

    def simulate(self, statistics: Array, dispersions: Dispersions, rng: Any) -> Array:
        """Jointly normal numbers on the scale."""
        return self.scale.back(statistics + rng.standard_normal(statistics.shape) @ self.root.T)

    def among(self, inside: tuple[int, ...]) -> ErrorModel | None:
        """The marginal distribution of some of the rows."""
        return replace(self, spreads=tuple(self.spreads[i] for i in inside))


class Bound(ErrorModel):
    """A bound, give or take a softness on the log scale or, of shares, the logit scale.

    The likelihood is Phi(side x (model - bound) / softness): one half at the bound, one well beyond it.
    """

    numbers = ("spread",)
    finite = True
    side: ClassVar[int]
    spread: float
    scale: Scale

    def in_unit(self, unit: str) -> Self:
        """The scale follows the unit."""
        return replace(self, scale=LOGIT if unit in SHARE_UNITS else LOG)  # type: ignore[type-var]

    def saturated(self, data: Array) -> Array:
        """Well on the allowed side."""
        return np.asarray(self.scale.forward(data) + self.side * CLEAR * self.spread)

    def score(self, statistics: Any, data: Any, dispersions: Dispersions) -> Any:
        """log Phi of the signed distance from the bound."""
        from jax.scipy.special import log_ndtr

        return log_ndtr(self.side * (statistics - self.scale.forward(data)) / self.spread)

    def residuals(self, statistics: Array, data: Array, dispersions: Dispersions) -> Array:
        """The signed root of -2 x score: it vanishes smoothly on the allowed side."""
        inside = self.side * (statistics - self.scale.forward(data)) / self.spread
        return np.asarray(-self.side * np.sqrt(-2 * scipy.special.log_ndtr(inside)))

    def simulate(self, statistics: Array, dispersions: Dispersions, rng: Any) -> Array:
        """Replicate bounds: the model's number stated with the softness as its error."""
        return self.scale.back(statistics + self.spread * rng.standard_normal(statistics.shape))


@final
@dataclass(frozen=True)
class AtLeast(Bound):
    """The model's number lies above the bound."""

    spread: float
    scale: Scale = LOG
    name = "at_least"
    side = 1


@final
@dataclass(frozen=True)
class AtMost(Bound):
    """The model's number lies below the bound."""

    spread: float
    scale: Scale = LOG
    name = "at_most"
    side = -1

"""Error models that are normal on some scale, of a row alone or of rows with a shared error, and bounds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import solve_triangular
from jax.scipy.special import log_ndtr
from jax.scipy.stats import norm
from scipy import linalg, special

from tumen.infer.observation.scales import Scale
from tumen.infer.observation.target import Noise
from tumen.model.compiled import Floats

#: A saturated model keeps this many times the softness away from a bound: what a bound then costs is below 1e-6.
CLEAR = 5.0


@dataclass(frozen=True)
class Normal:
    """normal, lognormal, logit_normal: normal on a scale around the model, with a stated standard deviation there."""

    scale: Scale
    spread: float

    def saturated(self, data: Floats) -> Floats:
        """The number on the scale."""
        return self.scale.forward(data)

    def natural(self, statistics: Floats) -> Floats:
        """Back from the scale."""
        return self.scale.back(statistics)

    def score(self, statistics: Any, data: Any, noise: Noise) -> Any:
        """Normal log density on the scale."""
        return norm.logpdf(self.scale.forward(data), statistics, self.spread)

    def residuals(self, statistics: Floats, data: Floats, noise: Noise) -> Floats:
        """Gap over standard deviation."""
        return np.asarray((statistics - self.scale.forward(data)) / self.spread)

    def simulate(self, statistics: Floats, noise: Noise, rng: Any) -> Floats:
        """Replicate numbers."""
        return self.scale.back(statistics + self.spread * rng.standard_normal(statistics.shape))

    def among(self, inside: tuple[int, ...]) -> Normal | None:
        """One row has no parts."""
        return None


@dataclass(frozen=True)
class Bound:
    """at_least (side 1) or at_most (side -1), give or take a softness on the scale.

    The likelihood is Phi(side x (model - bound) / softness): one half at the bound, one well beyond it.
    """

    scale: Scale
    softness: float
    side: int

    def saturated(self, data: Floats) -> Floats:
        """Well on the allowed side."""
        return np.asarray(self.scale.forward(data) + self.side * CLEAR * self.softness)

    def natural(self, statistics: Floats) -> Floats:
        """Back from the scale."""
        return self.scale.back(statistics)

    def score(self, statistics: Any, data: Any, noise: Noise) -> Any:
        """log Phi of the signed distance from the bound."""
        return log_ndtr(self.side * (statistics - self.scale.forward(data)) / self.softness)

    def residuals(self, statistics: Floats, data: Floats, noise: Noise) -> Floats:
        """The signed root of -2 x score: it vanishes smoothly on the allowed side."""
        inside = self.side * (statistics - self.scale.forward(data)) / self.softness
        return np.asarray(-self.side * np.sqrt(-2 * special.log_ndtr(inside)))

    def simulate(self, statistics: Floats, noise: Noise, rng: Any) -> Floats:
        """Replicate bounds: the model's number stated with the softness as its error."""
        return self.scale.back(statistics + self.softness * rng.standard_normal(statistics.shape))

    def among(self, inside: tuple[int, ...]) -> Bound | None:
        """One row has no parts."""
        return None


@dataclass(frozen=True)
class SharedNormal:
    """normal, lognormal or logit_normal rows whose errors have a common part.

    Covariance shared x s_i x s_j off the diagonal and s_i^2 on it. Residuals are whitened with its Cholesky factor:
    each is what is left of a row's gap once the rows before it are known.
    """

    scale: Scale
    spreads: tuple[float, ...]
    shared: float

    @cached_property
    def root(self) -> Floats:
        """Cholesky factor of the covariance, (k, k), lower."""
        spread = np.array(self.spreads)
        correlation = self.shared + (1 - self.shared) * np.eye(len(spread))
        return np.asarray(np.linalg.cholesky(correlation * np.outer(spread, spread)), dtype=float)

    def saturated(self, data: Floats) -> Floats:
        """The numbers on the scale."""
        return self.scale.forward(data)

    def natural(self, statistics: Floats) -> Floats:
        """Back from the scale."""
        return self.scale.back(statistics)

    def score(self, statistics: Any, data: Any, noise: Noise) -> Any:
        """Multivariate normal log density on the scale."""
        white = solve_triangular(self.root, statistics - self.scale.forward(data), lower=True)
        norming = np.log(np.diag(self.root)).sum() + 0.5 * len(self.spreads) * np.log(2 * np.pi)
        return jnp.stack([-0.5 * (white**2).sum() - norming])

    def residuals(self, statistics: Floats, data: Floats, noise: Noise) -> Floats:
        """Whitened gaps."""
        return np.asarray(linalg.solve_triangular(self.root, statistics - self.scale.forward(data), lower=True))

    def simulate(self, statistics: Floats, noise: Noise, rng: Any) -> Floats:
        """Replicate numbers."""
        return self.scale.back(statistics + rng.standard_normal(statistics.shape) @ self.root.T)

    def among(self, inside: tuple[int, ...]) -> SharedNormal | None:
        """The marginal law of some of the rows."""
        return SharedNormal(self.scale, tuple(self.spreads[i] for i in inside), self.shared)

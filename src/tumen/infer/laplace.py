"""The Laplace approximation at a best fit, or draws, and the coordinates in which they are standard normal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tumen.infer.fit_file import Fit
from tumen.model.compiled import Floats


@dataclass(frozen=True, eq=False)
class Frame:
    """Coordinates x of standardised coordinates z = middle + root x. Shapes: (D,), (D, D)."""

    middle: Floats
    root: Floats

    @classmethod
    def plain(cls, size: int) -> Frame:
        """The coordinates as they are."""
        return cls(np.zeros(size), np.eye(size))

    @classmethod
    def at(cls, fit: Fit) -> Frame:
        """Middle and root of the covariance of the Laplace approximation: the inverse of the curvature, prior included.

        Gauss-Newton curvature J'J + I is positive definite whatever the Jacobian.
        """
        values, vectors = np.linalg.eigh(fit.curvature)
        # The prior alone has curvature one.
        return cls(np.array(fit.z), vectors / np.sqrt(np.maximum(values, 1.0)))

    @classmethod
    def of(cls, draws: Floats) -> Frame:
        """Mean and root of the covariance of draws (n, D), n > D. Raises ValueError where they are fewer."""
        if len(draws) <= draws.shape[1]:
            raise ValueError(f"{len(draws)} draws of {draws.shape[1]} coordinates span no covariance")
        # A little of the prior's variance, which is one, keeps the root of chains that are stuck.
        covariance = np.atleast_2d(np.cov(draws.T)) + 1e-6 * np.eye(draws.shape[1])
        return cls(draws.mean(axis=0), np.asarray(np.linalg.cholesky(covariance), dtype=float))

    def drawn(self, size: int, spread: float, rng: np.random.Generator) -> Floats:
        """Coordinates z (size, D) from the approximation, its standard deviations times `spread`."""
        return np.asarray(self.middle + spread * rng.standard_normal((size, self.middle.size)) @ self.root.T)

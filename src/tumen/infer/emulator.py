"""An emulator of the signals: a Gaussian process over the coordinates of the parameters, shared by all signals.

Runs cost half a second, a sampler asks half a million times. Between runs that were done the process says what a run
would say. Its kernel adds a plane, a bowl and what is left (squared exponential), each with its own relevance of every
parameter; histories shift all of it by a share that is learned. What it gets wrong is measured on real runs, never
taken from its own variance (docs/inference.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import minimize

from tumen.infer.precision import in_double
from tumen.mechanism.program import Floats

#: Runs from which the kernel's numbers are learned, and steps of the search.
LEARNED_FROM, STEPS = 700, 60
#: Principal directions of the signals that the kernel's numbers are learned on.
DIRECTIONS = 12
#: Bounds of the search, in logs.
_RELEVANCE, _SCALE, _NOISE = (-9.0, 3.0), (-6.0, 4.0), (-11.0, -1.0)


@dataclass(frozen=True, eq=False)
class Emulator:
    """Predicts signals from coordinates, for every history at once."""

    points: Any  # (n, D)
    weights: Any  # (H, n, F)
    shift: Any  # (H, F) mean of each history
    kernel: Any  # log numbers of the kernel

    @in_double
    def __call__(self, z: Any) -> Any:
        """Signals at coordinates z (D,), shape (histories, signals)."""
        near = _kernel(z[None, :], self.points, self.kernel)[0]
        return self.shift + jnp.einsum("n,hnf->hf", near, self.weights)


@in_double
def fit(z: Floats, history: Any, signals: Floats, histories: int, importance: Floats | None = None) -> Emulator:
    """Fit to runs: coordinates (n, D), history (n,), signals (n, F).

    importance: (n,) how much each run's signals bear on the posterior; the kernel is learned from the foremost.
    """
    n = len(z)
    centre, scale = signals.mean(axis=0), signals.std(axis=0) + 1e-9
    standard = (signals - centre) / scale
    kernel = _learn(z, history, standard, importance)
    near = np.array(_covariance(z, history, kernel))
    near[np.diag_indices(n)] += float(np.exp(kernel[-1]))
    solved = np.linalg.solve(near, standard)
    alike = float(np.exp(kernel[-2]))
    masks = np.stack([1 + alike * (history == h) for h in range(histories)])
    weights = masks[:, :, None] * solved[None] * scale
    return Emulator(jnp.asarray(z), jnp.asarray(weights), jnp.asarray(np.tile(centre, (histories, 1))), kernel)


def _kernel(a: Any, b: Any, logs: Any) -> Any:
    """Kernel between coordinates (n, D) and (m, D): plane + bowl + squared exponential."""
    size = a.shape[1]
    plane, curved = jnp.exp(logs[:size]), jnp.exp(logs[size : 2 * size])
    flat, bowl, bend = jnp.exp(logs[2 * size : 2 * size + 3])
    along = (a * plane) @ b.T
    scaled_a, scaled_b = a * jnp.sqrt(curved), b * jnp.sqrt(curved)
    both = scaled_a @ scaled_b.T
    apart = (scaled_a**2).sum(axis=1)[:, None] + (scaled_b**2).sum(axis=1)[None, :] - 2 * both
    return flat * (1 + along) + bowl * (1 + both) ** 2 + bend * jnp.exp(-0.5 * jnp.maximum(apart, 0.0))


@jax.jit
def _covariance(z: Any, history: Any, logs: Any) -> Any:
    same = history[:, None] == history[None, :]
    return _kernel(z, z, logs) * (1 + jnp.exp(logs[-2]) * same)


def _learn(z: Floats, history: Any, standard: Floats, importance: Floats | None) -> Any:
    """The kernel's numbers by maximum marginal likelihood on the foremost runs."""
    n, size = z.shape
    order = np.argsort(-importance)[:LEARNED_FROM] if importance is not None else np.arange(min(n, LEARNED_FROM))
    some = jnp.asarray(z[order]), jnp.asarray(np.asarray(history)[order])
    left, strength, _ = np.linalg.svd(standard[order] - standard[order].mean(axis=0), full_matrices=False)
    main = jnp.asarray((left * strength)[:, :DIRECTIONS])
    share = jnp.asarray(strength[:DIRECTIONS] ** 2 / (strength[:DIRECTIONS] ** 2).sum())

    def cost(logs: Any) -> Any:
        near = _covariance(*some, logs) + jnp.exp(logs[-1]) * jnp.eye(len(order))
        lower = jnp.linalg.cholesky(near)
        solved = jax.scipy.linalg.solve_triangular(lower, main, lower=True)
        fitted = (solved**2).sum(axis=0) / len(order)
        spread = jnp.log(jnp.diag(lower)).sum()
        weight = share * len(share)
        return (weight * (spread + 0.5 * len(order) * jnp.log(fitted))).sum() / len(order)

    value = jax.jit(jax.value_and_grad(cost))

    def asked(logs: Floats) -> tuple[float, Floats]:
        found, slope = value(jnp.asarray(logs))
        if not np.isfinite(found):
            return 1e9, np.zeros_like(logs)
        return float(found), np.nan_to_num(np.asarray(slope))

    start = np.concatenate([np.full(size, -4.0), np.full(size, -5.0), [0.0, -1.0, 0.0, -3.0, -6.0]])
    bounds = [_RELEVANCE] * (2 * size) + [_SCALE] * 3 + [(-8.0, 2.0), _NOISE]
    return jnp.asarray(minimize(asked, start, jac=True, bounds=bounds, options={"maxiter": STEPS}).x)

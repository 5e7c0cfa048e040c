"""An emulator of the summary statistics: a Gaussian process over the parameters, one kernel for statistics of a kind.

A run costs a third of a second, and a sampler asks half a million times. The process says what a run would say between
runs that were done, and how much it doubts it. Its kernel adds a plane, a bowl and what is left (squared exponential),
each with its own relevance of every coordinate; histories share part of it. Every statistic has its own signal and
noise: each run has its own random seed, so that the noise of runs is averaged out and not taken for the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import minimize
from tinygp import GaussianProcess
from tinygp.kernels import DotProduct, ExpSquared, Kernel, Polynomial
from tinygp.transforms import Linear

from tumen.infer.precision import in_double
from tumen.model.compiled import Floats

#: The kernel's numbers are learned from so many runs, evenly spaced, in so many steps, on so many principal directions
#: of the statistics.
LEARNED_FROM, STEPS, DIRECTIONS = 400, 40, 10
#: Directions of the runs, those of which most is known, that lessen what the emulator doubts: with fewer than there
#: are, it doubts a little more.
WELL_KNOWN = 300
#: Bounds of the search, in logs: relevances, scales, the share that histories have in common, noise.
_RELEVANCE, _SCALE, _ALIKE, _NOISE = (-12.0, 2.0), (-6.0, 4.0), (-8.0, 2.0), (-11.0, 1.0)
#: Ratios of noise to signal variance that are tried for each statistic.
_RATIOS = np.logspace(-6, 2, 49)


class ByHistory(Kernel):
    """A kernel of coordinates, stronger between runs of one history: points are pairs (coordinates, history)."""

    kernel: Kernel
    alike: Any

    def evaluate(self, X1: Any, X2: Any) -> Any:
        """Covariance of two points."""
        (x, h), (y, g) = X1, X2
        return self.kernel.evaluate(x, y) * (1 + self.alike * (h == g))


@dataclass(frozen=True, eq=False)
class Emulator:
    """What runs would say at any coordinates. Shapes: D coordinates, F statistics, H histories of m runs each.

    Histories with fewer than m runs are filled up with runs of no weight. All fields but `signal` and `noise` are
    arrays of jax: an emulator can be an argument of a compiled function, and those of the same shapes share the
    compilation.
    """

    kernel: Kernel
    alike: Any
    points: Any  # (H m, D): history after history
    weights: Any  # (H, m, F)
    centre: Any  # (F,)
    doubted: Any  # (H, m, WELL_KNOWN): what is known in some directions of the runs
    most: Any
    signal: Any  # (F,) variance of the process, in units of the kernel
    noise: Any  # (F,) standard deviation of a run about what is emulated

    @in_double
    def __call__(self, z: Any) -> Any:
        """Statistics at standardised coordinates z (D,) under every history, (H, F)."""
        return self.with_doubt(z)[0]

    @in_double
    def with_doubt(self, z: Any) -> tuple[Any, Any]:
        """Statistics (H, F), and half their variance weighted by `curvature` (see `fit`), (H,).

        The latter is the loss in expected log likelihood that not knowing the statistics better brings.
        """
        near, own = self.kernel(z[None], self.points)[0], self.kernel(z[None])[0]
        near = near.reshape(self.weights.shape[:2])
        known = (self._under_each(near, self.doubted) ** 2).sum(axis=1)
        unknown = jnp.maximum(self.most * own * (1 + self.alike) - known, 0.0)
        return self.centre + self._under_each(near, self.weights), 0.5 * unknown

    def _under_each(self, near: Any, held: Any) -> Any:
        """Kernel (H, m) times what is held of the runs (H, m, k), (H, k): those of the history itself count for more.

        Every run is multiplied once and not once for each history: this is most of the work of sampling.
        """
        own = jnp.einsum("hm,hmk->hk", near, held)
        return own.sum(axis=0) + self.alike * own


jax.tree_util.register_dataclass(Emulator)


@dataclass(frozen=True, eq=False)
class Emulators:
    """Emulators of statistics of several kinds, a kernel for each kind, which answer as one.

    order: (F,) where each statistic stands when those of the parts follow each other.
    """

    parts: tuple[Emulator, ...]
    order: Any

    @in_double
    def __call__(self, z: Any) -> Any:
        """Statistics at standardised coordinates z (D,) under every history, (H, F)."""
        return self.with_doubt(z)[0]

    @in_double
    def with_doubt(self, z: Any) -> tuple[Any, Any]:
        """Statistics (H, F), and half their weighted variance, (H,): see `Emulator.with_doubt`."""
        each = [part.with_doubt(z) for part in self.parts]
        said = jnp.concatenate([statistics for statistics, _ in each], axis=1)
        return said[:, self.order], sum(doubt for _, doubt in each)


jax.tree_util.register_dataclass(Emulators)


@in_double
@jax.jit
def at_runs(emulator: Emulator | Emulators, z: Any, history: Any) -> Any:
    """What an emulator says of runs at coordinates (n, D) under histories (n,), (n, F)."""
    each = jax.lax.map(emulator, z, batch_size=50)
    return each[jnp.arange(len(z)), history]


def under(emulator: Emulator | Emulators, z: Floats, history: int = 0) -> Floats:
    """What an emulator says at coordinates z (n, D), all under one history by number; (n, F)."""
    return np.asarray(at_runs(emulator, jnp.asarray(z), jnp.full(len(z), history)), dtype=float)


@in_double
def fit(
    z: Floats,
    history: Any,
    statistics: Floats,
    histories: int,
    *,
    curvature: Floats | None = None,
    floor: Floats | None = None,
    room: int = 1,
) -> Emulator:
    """Fit to runs: standardised coordinates (n, D), history (n,), statistics (n, F).

    curvature: (F,) how fast the log likelihood falls with the square of each statistic's error (its negative second
    derivative). floor: (F,) standard deviation of each statistic over random seeds, the least noise that is assumed.
    room: the runs of every history are filled up to a multiple of so many, so that a later emulator of some more runs
    has the same shapes.
    """
    history = np.asarray(history)
    centre, scale = statistics.mean(axis=0), statistics.std(axis=0) + 1e-9
    standard = (statistics - centre) / scale
    kernel, alike = _kernel(jnp.asarray(_learn(z, history, standard)), z.shape[1])
    values, vectors = np.linalg.eigh(np.asarray(_covariance(kernel, alike, z, history)))
    values = np.maximum(values, 0.0)
    along = vectors.T @ standard
    least = np.zeros(scale.size) if floor is None else floor / scale
    signal, noise = _strengths(values, along, least)
    over = signal / (signal * values[:, None] + noise)  # (n, F)
    weights = vectors @ (over * along) * scale
    charged = (np.ones(scale.size) if curvature is None else curvature) * scale**2
    sure = (over * signal) @ charged  # (n,)
    most_known = np.argsort(-sure * values)[:WELL_KNOWN]
    doubted = vectors[:, most_known] * np.sqrt(sure[most_known])
    doubted = np.pad(doubted, ((0, 0), (0, WELL_KNOWN - most_known.size)))
    place = _places(history, histories, room)
    return Emulator(
        kernel=kernel,
        alike=alike,
        points=jnp.asarray(_put(z, place).reshape(-1, z.shape[1])),
        weights=jnp.asarray(_put(weights, place)),
        centre=jnp.asarray(centre),
        doubted=jnp.asarray(_put(doubted, place)),
        most=jnp.asarray(signal @ charged),
        signal=jnp.asarray(signal * scale**2),
        noise=jnp.asarray(np.sqrt(noise) * scale),
    )


def _places(history: Any, histories: int, room: int) -> np.ndarray:
    """Which run stands where, history after history, (H, m); -1 where none does."""
    most = max(np.bincount(history, minlength=histories).max(), 1)
    place = np.full((histories, -(-most // room) * room), -1)
    for h in range(histories):
        runs = np.flatnonzero(history == h)
        place[h, : runs.size] = runs
    return place


def _put(of_runs: Floats, place: np.ndarray) -> Floats:
    """Rows of runs (n, k) where they stand, (H, m, k); zero where none does."""
    return np.where((place >= 0)[..., None], of_runs[place], 0.0)


def fit_by_kind(
    kind: Any,
    z: Floats,
    history: Any,
    statistics: Floats,
    histories: int,
    *,
    curvature: Floats,
    floor: Floats,
    room: int = 1,
) -> Emulators:
    """Fit an emulator to the statistics of each kind, by number (F,): what bends one kind may be flat for another."""
    kind = np.asarray(kind)
    places = [np.flatnonzero(kind == one) for one in np.unique(kind)]
    parts = tuple(
        fit(z, history, statistics[:, at], histories, curvature=curvature[at], floor=floor[at], room=room)
        for at in places
    )
    return Emulators(parts, jnp.asarray(np.argsort(np.concatenate(places))))


@in_double
@jax.jit
def _covariance(kernel: Kernel, alike: Any, points: Any, history: Any) -> Any:
    at: Any = (points, history)
    return ByHistory(kernel, alike)(at, at)


def _kernel(logs: Any, size: int) -> tuple[Kernel, Any]:
    """Plane + bowl + squared exponential from log numbers, and how much stronger it is within a history."""
    plane, curved = jnp.exp(0.5 * logs[:size]), jnp.exp(0.5 * logs[size : 2 * size])
    flat, bowl, bend, alike = jnp.exp(logs[2 * size : 2 * size + 4])
    kernel = (
        flat * (1.0 + Linear(plane, DotProduct()))
        + bowl * Linear(curved, Polynomial(order=2.0, sigma=1.0))
        + bend * Linear(curved, ExpSquared())
    )
    return kernel, alike


def _learn(points: Floats, history: Any, standard: Floats) -> Floats:
    """The kernel's numbers by maximum marginal likelihood, on some of the runs and the statistics' main directions."""
    size = points.shape[1]
    some = np.linspace(0, len(points) - 1, min(len(points), LEARNED_FROM)).round().astype(int)
    left, strength, _ = np.linalg.svd(standard[some] - standard[some].mean(axis=0), full_matrices=False)
    main = jnp.asarray(left[:, :DIRECTIONS] * np.sqrt(len(left)))
    share = jnp.asarray(strength[:DIRECTIONS] ** 2 / (strength[:DIRECTIONS] ** 2).sum())
    at = jnp.asarray(points[some]), jnp.asarray(history[some]), main, share

    def asked(logs: Floats) -> tuple[float, Floats]:
        found, slope = _surprise(jnp.asarray(logs), *at)
        if not np.isfinite(found):
            return 1e9, np.zeros_like(logs)
        return float(found), np.nan_to_num(np.asarray(slope, dtype=float))

    start = np.concatenate([np.full(size, -4.0), np.full(size, -6.0), [0.0, -1.0, -1.0, -3.0, -3.0]])
    bounds = [_RELEVANCE] * (2 * size) + [_SCALE] * 3 + [_ALIKE, _NOISE]
    found = minimize(asked, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": STEPS})
    return np.asarray(found.x, dtype=float)


@in_double
@jax.jit
@jax.value_and_grad
def _surprise(logs: Any, points: Any, history: Any, main: Any, share: Any) -> Any:
    """Negative log marginal likelihood of the statistics' main directions (n, k), weighted, a run; and its slope."""
    kernel, alike = _kernel(logs, points.shape[1])
    at: Any = (points, history)
    process = GaussianProcess(ByHistory(kernel, alike), at, diag=jnp.exp(logs[-1]))
    score = jax.vmap(process.log_probability)(main.T)
    return -(share * score).sum() * len(share) / len(points)


def _strengths(values: Floats, along: Floats, least: Floats) -> tuple[Floats, Floats]:
    """Variance of signal and of noise of each statistic, (F,) both, by marginal likelihood in the eigenbasis (n, F).

    least: (F,) the smallest noise allowed, a standard deviation.
    """
    unit = values.mean()
    scores, signals = [], []
    for ratio in _RATIOS * unit:
        spread = values + ratio
        signal = (along**2 / spread[:, None]).mean(axis=0)
        scores.append(-0.5 * (values.size * np.log(np.maximum(signal, 1e-300)) + np.log(spread).sum()))
        signals.append(signal)
    scored, signal = np.array(scores), np.array(signals)
    noise = signal * (_RATIOS * unit)[:, None]
    scored = np.where(noise >= least**2, scored, -np.inf)
    best = np.where(np.isfinite(scored).any(axis=0), scored.argmax(axis=0), len(_RATIOS) - 1)
    every = np.arange(along.shape[1])
    return signal[best, every], np.maximum(noise[best, every], 1e-12)  # a statistic that never moves has neither

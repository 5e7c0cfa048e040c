"""Nonlinear least squares on an expensive, slightly rough model that may refuse a point.

Levenberg-Marquardt in standardised coordinates z, with a standard normal prior: the cost is the sum of squared
residuals plus the sum of squared coordinates. Every column of the Jacobian is one run of the model, a one-sided
difference, so that all of them can be done side by side. Several damping factors are tried at once, and a step is taken
only where the cost of the run itself, not of its linearisation, is lower. `docs/decisions/010-best-fit.md` says why
this loop and not `scipy.optimize.least_squares`.

More, J. J. (1978). The Levenberg-Marquardt algorithm: implementation and theory. Lecture Notes in Mathematics 630.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tumen.model.compiled import Floats

#: Step of the differences, in standard deviations of the prior: large enough to rise above the noise of a run.
STEP = 0.2
#: Farthest that one coordinate moves in one iteration.
LONGEST = 1.5
#: A gain in cost below this ends the search: it is less than what another seed changes.
ENOUGH = 1.5
#: Points around the start that are tried where the start itself is refused, and their spread.
AROUND, SPREAD = 12, 0.5
_FIRST_DAMPING, _LEAST_DAMPING = 0.3, 1e-3
#: Damping factors tried together, relative to the last one that worked, until one of them lowers the cost.
_TRIES = ((0.1, 1.0), (10.0, 100.0), (1e3, 1e4))

#: Residuals at points; None where the model refuses one. Given: what they are for, points (n, D), lowest cost so far.
Answers = Callable[[str, Floats, float], Sequence["Floats | None"]]


class StartRefusedError(ValueError):
    """Neither the start nor any point tried around it can be run."""


class BudgetError(ValueError):
    """The runs allowed do not suffice for one Jacobian and one step."""


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where the search ended. Shapes: z (D,), residuals (n,), jacobian (n, D)."""

    z: Floats
    residuals: Floats
    jacobian: Floats
    runs: int
    refused: int  # runs that the model refused
    fixed: int  # columns of the last Jacobian that are zero, because both sides were refused
    iterations: int
    converged: bool  # False: the runs were used up first
    local: bool  # whether the Jacobian was taken at z itself, and not one step before

    @property
    def cost(self) -> float:
        """Sum of squared residuals and squared coordinates."""
        return _cost(self.z, self.residuals)

    @property
    def curvature(self) -> Floats:
        """Gauss-Newton curvature J'J + I of half the cost, (D, D)."""
        return np.asarray(self.jacobian.T @ self.jacobian + np.eye(self.z.size))


def minimise(answers: Answers, start: Floats, *, seed: int = 1, most: int = 400) -> Optimum:
    """Search for the point of least cost from `start` (D,), with at most `most` runs.

    seed: for the points tried where the start is refused. Raises StartRefusedError and BudgetError.
    """
    search = _Search(answers, most)
    least = 1 + start.size + len(_TRIES[0])
    if most < least:
        raise BudgetError(f"{most} runs are too few: {least} are needed for one step")
    z, residuals = _begin(search, start, seed)
    damping, iterations, converged, central = _FIRST_DAMPING, 0, False, False
    jacobian, fixed = _jacobian(search, z, residuals)
    local = True
    while search.left >= len(_TRIES[0]):
        step = _step(search, z, residuals, jacobian, damping)
        gain = _cost(z, residuals) - _cost(step.z, step.residuals) if step is not None else 0.0
        if gain < ENOUGH and central:
            converged = True  # the last small step is not taken, so that the curvature belongs to the point
            break
        if step is not None:
            iterations += 1
            z, residuals, damping, local = step.z, step.residuals, max(step.damping / 2, _LEAST_DAMPING), False
        # One-sided slopes of a rough function mislead near its bottom: the end is believed of central ones only.
        central = gain < ENOUGH
        needed = start.size * (int(not local) + int(central))
        if search.left < needed:
            break
        if not local:
            jacobian, fixed = _jacobian(search, z, residuals)
            local = True
        if central:
            jacobian, damping = _both_sides(search, z, residuals, jacobian), min(damping, _FIRST_DAMPING)
    return Optimum(z, residuals, jacobian, search.runs, search.refused, fixed, iterations, converged, local)


class _Search:
    """Runs asked for so far and the lowest cost, told to whoever waits."""

    def __init__(self, answers: Answers, most: int) -> None:
        self._answers, self.most = answers, most
        self.runs, self.refused, self.cost = 0, 0, float("inf")

    @property
    def left(self) -> int:
        return self.most - self.runs

    def ask(self, stage: str, points: Floats) -> list[Floats | None]:
        """Residuals at points (n, D); as many of them as there are runs left."""
        points = points[: self.left]
        if not len(points):
            return []
        found = [r if r is not None and np.isfinite(r).all() else None for r in self._answers(stage, points, self.cost)]
        self.runs += len(points)
        self.refused += sum(r is None for r in found)
        return found


@dataclass(frozen=True, eq=False)
class _Step:
    z: Floats
    residuals: Floats
    damping: float


def _cost(z: Floats, residuals: Floats) -> float:
    return float(residuals @ residuals + z @ z)


def _begin(search: _Search, start: Floats, seed: int) -> tuple[Floats, Floats]:
    """The start, or the best point around it where it is refused."""
    z = start.astype(float)
    found = search.ask("start", z[None])[0]
    if found is None:
        around = start + SPREAD * np.random.default_rng(seed).standard_normal((AROUND, start.size))
        held = [(p, r) for p, r in zip(around, search.ask("around the start", around), strict=False) if r is not None]
        if not held:
            raise StartRefusedError(f"all of {search.runs} points at and around the start are refused")
        z, found = min(held, key=lambda pair: _cost(*pair))
    search.cost = _cost(z, found)
    return z, found


def _jacobian(search: _Search, z: Floats, residuals: Floats) -> tuple[Floats, int]:
    """One-sided differences towards the prior's middle, on the other side where refused; and how many stay zero."""
    steps = np.where(z > 0, -STEP, STEP)
    columns = np.zeros((residuals.size, z.size))
    waiting = np.arange(z.size)
    for stage in ("slopes", "slopes, other side"):
        refused = []
        moved = z + np.diag(steps)[waiting]
        for i, found in zip(waiting, search.ask(stage, moved), strict=False):
            if found is None:
                refused.append(i)
            else:
                columns[:, i] = (found - residuals) / steps[i]
        waiting = np.array(refused, dtype=int)
        steps = -steps
        if not waiting.size:
            break
    return columns, int(waiting.size)


def _both_sides(search: _Search, z: Floats, residuals: Floats, jacobian: Floats) -> Floats:
    """Slopes averaged with those towards the other side of each coordinate, where that is not refused."""
    steps = np.where(z > 0, STEP, -STEP)
    both = jacobian.copy()
    for i, found in enumerate(search.ask("slopes, both sides", z + np.diag(steps))):
        if found is not None:
            both[:, i] = (jacobian[:, i] + (found - residuals) / steps[i]) / 2
    return both


def _step(search: _Search, z: Floats, residuals: Floats, jacobian: Floats, damping: float) -> _Step | None:
    """The best of several damped steps that lowers the cost; None where none does."""
    curvature = jacobian.T @ jacobian + np.eye(z.size)
    slope = jacobian.T @ residuals + z
    for factors in _TRIES:
        dampings = [damping * factor for factor in factors]
        points = np.array(list(_damped(z, curvature, slope, dampings)))
        held = [
            _Step(point, found, tried)
            for point, found, tried in zip(points, search.ask("step", points), dampings, strict=False)
            if found is not None and _cost(point, found) < search.cost
        ]
        if held:
            best = min(held, key=lambda step: _cost(step.z, step.residuals))
            search.cost = _cost(best.z, best.residuals)
            return best
    return None


def _damped(z: Floats, curvature: Floats, slope: Floats, dampings: Sequence[float]) -> Iterator[Floats]:
    for damping in dampings:
        held = curvature + damping * np.diag(np.diag(curvature))
        yield z - np.clip(np.linalg.solve(held, slope), -LONGEST, LONGEST)

"""Shares of an outcome's variance over the box (Sobol' 1993; Saltelli et al. 2010), on an emulator of real runs.

The box is uniform in its coordinates and its factors are independent there, which they are not in the posterior. An
emulator is believed only where it foretells trajectories of runs that it has not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from tumen.model.compiled import Floats

#: The least share of the variance of runs not seen that an emulator has to tell, and into how many folds they are put.
LEAST_Q2, FOLDS = 0.8, 5
#: Base points of the quasi-random designs, of all factors and of pairs; a power of two.
POINTS, PAIR_POINTS = 1_024, 2_048
#: The factors with the largest total indices, whose interactions are told pair by pair.
PAIRED = 8
_LOWEST_VARIANCE = 1e-18


@dataclass(frozen=True, eq=False)
class Sobol:
    """First-order and total indices (D,) with half-widths of their 95 % intervals, and those of pairs.

    paired: the places of the factors with the largest total indices; pairs (k, k): second-order indices of these, above
    the diagonal, others NaN. q2: what the emulator foretells of runs it has not seen.
    """

    names: tuple[str, ...]
    first: Floats = field(repr=False)
    first_width: Floats = field(repr=False)
    total: Floats = field(repr=False)
    total_width: Floats = field(repr=False)
    paired: tuple[int, ...]
    pairs: Floats = field(repr=False)
    pairs_width: Floats = field(repr=False)
    q2: float


@dataclass(frozen=True)
class Refused:
    """An outcome for which no indices are given, and why."""

    said: str
    q2: float


@dataclass(frozen=True, eq=False)
class Runs:
    """What an emulator learns from: coordinates (n, D), histories (n,) by number, outcomes (n, F).

    fold: the trajectory of a run of the design, which is held out as a whole, or -1 for a draw, which never is.
    histories: how many there are; 0 is the base, in which indices are worked out.
    """

    u: Floats
    history: np.ndarray
    y: Floats
    fold: np.ndarray
    histories: int

    def only(self, kept: np.ndarray) -> Runs:
        """Some of the runs."""
        return Runs(self.u[kept], self.history[kept], self.y[kept], self.fold[kept], self.histories)


def indices_of(
    names: Sequence[str], outcomes: Sequence[str], runs: Runs, seed: int, progress: Callable[[int, int], None]
) -> dict[str, Sobol | Refused]:
    """Indices of every outcome (F) that an emulator of the runs foretells well enough; the others are refused.

    progress is told how many emulators are fitted, of how many.
    """
    foretold = held_out(runs, seed, progress)
    good = [f for f in range(len(outcomes)) if foretold[f] >= LEAST_Q2]
    found: dict[str, Sobol | Refused] = {
        outcome: Refused(
            f"no Sobol indices: the emulator tells {max(q2, 0):.2f} of the variance of runs it has not seen, and at "
            f"least {LEAST_Q2} is wanted; more runs of the design may help",
            q2,
        )
        for outcome, q2 in zip(outcomes, foretold.tolist(), strict=True)
    }
    if good:
        guess = _learned(runs)
        for f in good:
            found[outcomes[f]] = indices(names, lambda u, f=f: guess(u)[:, f], float(foretold[f]), seed)  # type: ignore[misc]
    progress(FOLDS + 1, FOLDS + 1)
    return {outcome: found[outcome] for outcome in outcomes}


def held_out(runs: Runs, seed: int, progress: Callable[[int, int], None]) -> Floats:
    """Q2 of each outcome (F,): 1 - squared error over variance, of trajectories that the emulator has not seen."""
    trajectories = np.unique(runs.fold[runs.fold >= 0])
    order = np.random.default_rng(seed).permutation(trajectories)
    said = np.full(runs.y.shape, np.nan)
    folds = np.array_split(order, min(FOLDS, len(order)))
    for number, some in enumerate(folds):
        progress(number, FOLDS + 1)
        out = np.isin(runs.fold, some)
        said[out] = _learned(runs.only(~out))(runs.u[out])
    design = runs.fold >= 0
    error, variance = ((said - runs.y)[design] ** 2).mean(axis=0), runs.y[design].var(axis=0)
    return np.asarray(np.where(variance > _LOWEST_VARIANCE, 1 - error / np.maximum(variance, _LOWEST_VARIANCE), 0.0))


def _learned(runs: Runs) -> Callable[[Floats], Floats]:
    """An emulator of the runs as a function of coordinates (n, D), in the base history; (n, F)."""
    from tumen.infer.emulator import fit, under

    made = fit(2 * runs.u - 1, runs.history, runs.y, runs.histories)
    return lambda u: under(made, 2 * u - 1)


def indices(names: Sequence[str], outcome: Callable[[Floats], Floats], q2: float, seed: int) -> Sobol:
    """Indices of a function of coordinates (n, D) with values (n,), by SALib."""
    size = len(names)
    labels = [str(i) for i in range(size)]
    single = _analyse(labels, outcome, POINTS, seed, False)
    top = [int(i) for i in np.argsort(-single["ST"], kind="stable")[: min(PAIRED, size)]]
    groups = [str(i) if i in top else "rest" for i in range(size)]
    paired = _analyse(groups, outcome, PAIR_POINTS, seed, True)
    at = [list(dict.fromkeys(groups)).index(str(i)) for i in top]
    tables = (paired[name] for name in ("S2", "S2_conf"))  # known above the diagonal
    pairs, widths = (np.where(np.isnan(table), table.T, table)[np.ix_(at, at)] for table in tables)
    return Sobol(
        tuple(names), single["S1"], single["S1_conf"], single["ST"], single["ST_conf"], tuple(top), pairs, widths, q2
    )


def _analyse(
    groups: list[str], outcome: Callable[[Floats], Floats], points: int, seed: int, second: bool
) -> dict[str, Floats]:
    from SALib.analyze.sobol import analyze
    from SALib.sample.sobol import sample

    size = len(groups)
    problem = {"num_vars": size, "names": [str(i) for i in range(size)], "bounds": [[0.0, 1.0]] * size}
    if len(set(groups)) < size:
        problem["groups"] = groups
    y = outcome(sample(problem, points, calc_second_order=second, seed=seed))
    found = analyze(problem, y, calc_second_order=second, seed=seed)
    return {name: np.asarray(found[name], dtype=float) for name in found}

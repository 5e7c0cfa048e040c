"""What moves an outcome among draws of the posterior, from runs that exist: regression, ranks and PAWN, beside chance.

A draw has a random seed of its own, so that part of an outcome is the simulator's luck. Chance is what the same
measures give after the outcome is shuffled over the draws: the 95th percentile of the largest over all parameters, so
that of parameters that do nothing none passes it in 19 of 20 analyses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from scipy.stats import rankdata

from tumen.model.compiled import Floats

#: Measures draws (n, D), outcomes (n,) and indicators of groups (n, G): (D,).
Measure = Callable[[Floats, Floats, Floats], Floats]
#: Resamples of draws, and shuffles of the outcome; PAWN, which is slower, takes fewer.
RESAMPLES, SHUFFLES, PAWN_RESAMPLES = 500, 500, 200
#: Draws that are needed at all, and for each coefficient of a regression.
LEAST, PER_COEFFICIENT = 20, 3
#: Slices of a parameter that PAWN compares with all draws.
SLICES = 8
#: Measures: standardised regression coefficient, rank correlation, PAWN's median distance.
SRC, RANKS, PAWN = MEASURES = ("src", "spearman", "pawn")


@dataclass(frozen=True, eq=False)
class GivenData:
    """Measures by name, each (D,) with the ends of its 95 % bootstrap interval (D, 2) and the level of chance.

    r2: share of the outcome's variance that the regression on all parameters and histories tells, adjusted for their
    number (NaN where draws are too few for a regression). history: share of variance between histories, and its level
    of chance (NaN with one history). n: draws.
    """

    names: tuple[str, ...]
    values: dict[str, Floats] = field(repr=False)
    ends: dict[str, Floats] = field(repr=False)
    chance: dict[str, float]
    r2: float
    history: tuple[float, float]
    n: int

    def beyond_chance(self, measure: str) -> list[str]:
        """The parameters that the measure tells from chance, the strongest first."""
        size = np.abs(self.values[measure])
        return [self.names[i] for i in np.argsort(-size) if size[i] > self.chance[measure]]


def given_data(names: Sequence[str], x: Floats, history: Sequence[str], y: Floats, seed: int = 1) -> GivenData:
    """Measure draws x (n, D), histories (n,) and an outcome y (n,); draws whose outcome is NaN are left out.

    SRC: coefficient of each parameter in a linear regression on all of them and on histories, everything in standard
    deviations; NaN where draws are fewer than three for each coefficient, for then resamples are singular. Spearman:
    correlation of ranks. PAWN: median Kolmogorov-Smirnov distance between the outcome in a slice of the parameter and
    at large (Pianosi & Wagener 2018). Raises ValueError for fewer than LEAST draws.
    """
    kept = np.isfinite(y)
    x, y, of = x[kept], y[kept], np.unique(np.asarray(history)[kept], return_inverse=True)[1]
    if len(y) < LEAST:
        raise ValueError(f"{len(y)} draws")
    groups = np.eye(of.max() + 1)[of][:, 1:]
    rng = np.random.default_rng([seed, len(y)])
    values, ends, chance = dict[str, Floats](), dict[str, Floats](), dict[str, float]()
    ways: dict[str, tuple[Measure, int]] = {
        SRC: (lambda x, y, groups: regression(x, y, groups)[0], RESAMPLES),
        RANKS: (lambda x, y, groups: ranks(x, y), RESAMPLES),
        PAWN: (lambda x, y, groups: pawn(x, y), PAWN_RESAMPLES),
    }
    r2 = regression(x, y, groups)[1]
    if len(y) < PER_COEFFICIENT * (x.shape[1] + groups.shape[1]):
        nothing = np.full(x.shape[1], np.nan)
        values[SRC], ends[SRC], chance[SRC], r2 = nothing, np.stack([nothing, nothing], axis=1), np.nan, np.nan
        del ways[SRC]
    for name, (measure, times) in ways.items():
        values[name] = measure(x, y, groups)
        again = (rng.integers(0, len(y), len(y)) for _ in range(times))
        resampled = np.array([measure(x[i], y[i], groups[i]) for i in again])
        # Draws that are taken twice make distances larger; the interval is set about the measure itself.
        ends[name] = np.percentile(resampled - resampled.mean(axis=0), [2.5, 97.5], axis=0).T + values[name][:, None]
        shuffled = (rng.permutation(y) for _ in range(min(times, SHUFFLES)))
        chance[name] = float(np.percentile([np.abs(measure(x, one, groups)).max() for one in shuffled], 95))
    return GivenData(tuple(names), values, ends, chance, r2, _history(y, of, rng), len(y))


def _history(y: Floats, of: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Share of the variance of y between histories, and its level of chance; NaN with one history."""
    if not of.any():
        return float("nan"), float("nan")
    by_chance = [_between(rng.permutation(y), of) for _ in range(SHUFFLES)]
    return _between(y, of), float(np.percentile(by_chance, 95))


def regression(x: Floats, y: Floats, groups: Floats) -> tuple[Floats, float]:
    """Standardised coefficients (D,) of x (n, D), with indicators of groups (n, G) beside, and the adjusted R2."""
    table = np.column_stack([_standard(x), groups - groups.mean(axis=0)])
    wanted = _standard(y[:, None])[:, 0]
    found = np.linalg.lstsq(table, wanted, rcond=None)[0]
    left = float(((wanted - table @ found) ** 2).mean())
    n, k = table.shape
    return found[: x.shape[1]], 1 - left * (n - 1) / max(n - 1 - k, 1)


def ranks(x: Floats, y: Floats) -> Floats:
    """Spearman's correlation of each column of x (n, D) with y (n,)."""
    return np.asarray(_standard(rankdata(x, axis=0)).T @ _standard(rankdata(y)[:, None])[:, 0] / len(y))


def pawn(x: Floats, y: Floats) -> Floats:
    """PAWN's median distance of each column of x (n, D), that of SALib.analyze.pawn without its tests.

    A slice holds the draws between two quantiles of the parameter, its lower end included.
    """
    n, edges = len(y), np.quantile(x, np.linspace(0, 1, SLICES + 1), axis=0)
    order = np.argsort(y, kind="stable")
    # Where several draws have one outcome, distributions are compared after the last of them.
    last = np.append(np.diff(y[order]) > 0, True)
    whole = (np.arange(1, n + 1) / n)[last, None]
    distances = []
    for low, high in pairwise(edges):
        inside = ((x >= low) & (x < high))[order]
        part = inside.cumsum(axis=0)[last] / np.maximum(inside.sum(axis=0), 1)
        distances.append(np.abs(part - whole).max(axis=0))
    return np.asarray(np.median(distances, axis=0))


def _standard(x: Floats) -> Floats:
    """Columns with mean 0 and standard deviation 1; one that does not vary is 0."""
    spread = x.std(axis=0)
    return np.asarray((x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def _between(y: Floats, of: np.ndarray) -> float:
    """Share of the variance of y that lies between groups."""
    count = np.bincount(of)
    means = np.bincount(of, y) / count
    return float((count * (means - y.mean()) ** 2).sum() / max(((y - y.mean()) ** 2).sum(), 1e-300))

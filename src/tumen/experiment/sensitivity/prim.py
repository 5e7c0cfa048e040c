"""Patient rule induction (Friedman & Fisher 1999): a box of parameters in which something holds more often.

The box is peeled from all draws, a few draws at a time from one side of one parameter, whichever leaves the densest
box. What is found among so many parameters may be chance: the search is repeated with the answers shuffled over the
draws, and a box is believed only where few of these find one as good.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import binom

from tumen.model.compiled import Floats

Yes = np.ndarray
#: Share of the draws in the box that a step peels, and the share of all draws that a box holds at least.
PEEL, LEAST = 0.06, 0.1
SHUFFLES = 200
#: A box is by chance where this share of shuffles, or more, finds one as good; so is a side, judged by itself.
CHANCE = 0.05


@dataclass(frozen=True)
class Side:
    """The part of a parameter that a box holds; p: how likely the gain of its worse end is by chance."""

    name: str
    low: float
    high: float
    p: float


@dataclass(frozen=True, eq=False)
class Box:
    """What was found. coverage: share of the draws where it holds that lie in the box; density: share of the draws in
    the box where it holds; at_large: that of all draws; p: share of shuffles that find a box as good; n: draws.
    """

    sides: tuple[Side, ...]
    coverage: float
    density: float
    at_large: float
    p: float
    n: int
    inside: Yes = field(repr=False)

    @property
    def by_chance(self) -> bool:
        """Whether the box must be taken for chance."""
        return self.p >= CHANCE or not self.sides


def prim(names: Sequence[str], x: Floats, holds: Yes, seed: int = 1) -> Box:
    """The box of draws x (n, D) in which `holds` (n,) is densest for what it covers.

    The quality of a box is the harmonic mean of coverage and density less what all draws together have. Raises
    ValueError where `holds` is the same in all draws.
    """
    if holds.all() or not holds.any():
        raise ValueError("it holds in all draws or in none, so that there is nothing to tell apart")
    rng = np.random.default_rng([seed, len(holds)])
    inside, quality = _best(x, holds)
    by_luck = [_best(x, rng.permutation(holds))[1] for _ in range(SHUFFLES)]
    p = (1 + sum(one >= quality for one in by_luck)) / (1 + SHUFFLES)
    low, high = x[inside].min(axis=0), x[inside].max(axis=0)
    low = np.where(low <= x.min(axis=0), -np.inf, low)
    high = np.where(high >= x.max(axis=0), np.inf, high)
    sides, inside = _sides(names, x, holds, low, high)
    hits = holds & inside
    return Box(
        sides,
        float(hits.sum() / holds.sum()),
        float(hits.sum() / max(inside.sum(), 1)),
        float(holds.mean()),
        float(p),
        len(holds),
        inside,
    )


def _best(x: Floats, holds: Yes) -> tuple[Yes, float]:
    """The best box on the way of peeling, as the draws inside it, and its quality."""
    inside = np.ones(len(holds), dtype=bool)
    best, quality = inside, _quality(inside, holds)
    whole = quality
    while True:
        peeled = _peeled(x, holds, inside)
        if peeled is None:
            return best, quality - whole
        inside = peeled
        found = _quality(inside, holds)
        if found > quality:
            best, quality = inside, found


def _peeled(x: Floats, holds: Yes, inside: Yes) -> Yes | None:
    """The box after the step that leaves it densest; None where it would hold too few draws."""
    here = x[inside]
    low, high = np.quantile(here, [PEEL, 1 - PEEL], axis=0)
    kept = np.concatenate([here > low, here < high], axis=1)  # (m, 2 D)
    count = kept.sum(axis=0)
    allowed = (count >= max(LEAST * len(holds), 1)) & (count < len(here))
    if not allowed.any():
        return None
    density = np.where(allowed, holds[inside].astype(float) @ kept / np.maximum(count, 1), -1.0)
    # Among sides that leave the box equally dense the smallest step is the most patient one.
    step = int(np.lexsort((-count, -density))[0])
    left = inside.copy()
    left[inside] = kept[:, step]
    return left


def _quality(inside: Yes, holds: Yes) -> float:
    """Harmonic mean of coverage and density."""
    return float(2 * (holds & inside).sum() / (holds.sum() + inside.sum()))


def _sides(names: Sequence[str], x: Floats, holds: Yes, low: Floats, high: Floats) -> tuple[tuple[Side, ...], Yes]:
    """The limits of a box that matter, and the draws inside these: the least telling one is dropped until all tell.

    A limit tells where the hits inside are more than a binomial sample at the density without it would have (Bryant &
    Lempert 2010, section 4).
    """
    within = {(i, False): x[:, i] >= low[i] for i in np.flatnonzero(np.isfinite(low)).tolist()}
    within |= {(i, True): x[:, i] <= high[i] for i in np.flatnonzero(np.isfinite(high)).tolist()}
    while True:
        inside = _all_of(within.values(), len(x))
        p = dict[tuple[int, bool], float]()
        for limit in within:
            without = _all_of((one for other, one in within.items() if other != limit), len(x))
            p[limit] = float(binom.sf((holds & inside).sum() - 1, inside.sum(), holds[without].mean()))
        worst = max(p, key=lambda limit: p[limit], default=None)
        if worst is None or p[worst] < CHANCE:
            break
        del within[worst]
    sides = [
        Side(
            names[i],
            float(low[i]) if (i, False) in within else -np.inf,
            float(high[i]) if (i, True) in within else np.inf,
            max(p.get((i, False), 0.0), p.get((i, True), 0.0)),
        )
        for i in dict.fromkeys(i for i, _ in within)
    ]
    return tuple(sorted(sides, key=lambda side: side.p)), inside


def _all_of(some: Iterable[Yes], n: int) -> Yes:
    """The draws for which all of some conditions hold; all n where there is none."""
    return np.asarray(np.logical_and.reduce([np.ones(n, dtype=bool), *some]))

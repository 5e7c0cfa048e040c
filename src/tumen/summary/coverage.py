"""Whether what was counted lies where the posterior predicts it: how many numbers fall into its central intervals.

Of numbers that a right model predicts, half lie inside the 50 % intervals. Years of one flow move together, so the
range that binomial sampling would give is narrower than it should be: what lies inside it is as expected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tumen.summary.draws import (
    LEVELS,
    Floats,
    central,
    counted,
    median,
    over_blocks,
    pooled,
    sexes_of,
    share_of_women,
    years_of,
)

if TYPE_CHECKING:
    from tumen.infer.posterior import Posterior


@dataclass(frozen=True)
class Coverage:
    """Of `rows` numbers called `what`, how many lie inside the central interval of each level."""

    what: str
    rows: int
    inside: Mapping[float, int]

    def expected(self, level: float) -> tuple[int, int]:
        """The numbers inside that chance gives 19 times in 20 if each lies inside with probability `level`."""
        from scipy import stats  # takes longer to load than all else that figures need

        low, high = stats.binom.interval(0.95, self.rows, level)
        return int(low), int(high)

    @property
    def verdict(self) -> str:
        """How the intervals compare with what was counted, in a few words."""
        if self.rows == 0:
            return "nothing to compare"
        few = [level for level in LEVELS if self.inside[level] < self.expected(level)[0]]
        many = [level for level in LEVELS if self.inside[level] > self.expected(level)[1]]
        if few:
            return f"too few inside {levels_said(few)}: the model misses them or is too sure of them"
        if many:
            return f"more than expected inside {levels_said(many)}: the model is less sure than it could be"
        return "as many as expected"


def levels_said(levels: list[float]) -> str:
    """Levels as text: `50 % and 80 %`."""
    return " and ".join(f"{100 * level:.0f} %" for level in levels)


def covered(what: str, draws: Floats, observed: Floats) -> Coverage:
    """Count the observed numbers (k,) inside the central intervals of their draws (n, k), ends included.

    >>> draws = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0], [4.0, 4.0]])
    >>> dict(covered("two", draws, np.array([2.0, 3.5])).inside)
    {0.5: 1, 0.8: 2, 0.95: 2}
    """
    inside = {}
    for level in LEVELS:
        low, high = central(draws, level)
        inside[level] = int(((low <= observed) & (observed <= high)).sum())
    return Coverage(what, len(observed), inside)


def of_arrivals(found: Posterior, group: str = "posterior_predictive") -> tuple[Coverage, ...]:
    """Coverage of yearly totals, of women's share in the same years, and of totals counted over several years."""
    held = found.groups[group]
    name = "arrivals_replicated" if "arrivals_replicated" in held else "arrivals"
    years, blocks = years_of(held), counted(found)
    draws = over_blocks(pooled(held, name, "year", "sex"), years, blocks)
    total, share = draws.sum(axis=-1), share_of_women(draws, sexes_of(held))
    single = (blocks["first"] == blocks["last"]).to_numpy()
    years_counted = blocks[single]
    span = f"{years_counted['first'].min()}-{years_counted['last'].max()}" if single.any() else ""
    rows = [
        covered(f"yearly totals {span}", total[:, single], blocks["total"].to_numpy()[single]),
        covered(f"yearly women's shares {span}", share[:, single], blocks["share"].to_numpy()[single]),
    ]
    if not single.all():
        together = blocks["total"].to_numpy()[~single]
        rows.append(covered("counts over several years", total[:, ~single], together))
    return tuple(rows)


def targets(found: Posterior) -> pd.DataFrame:
    """Every target the model has a counterpart of, with what it predicts.

    Columns key, population, category, unit, error, role, as_of (empty where the file does not say), observed, median,
    within (the narrowest level that holds the observed number, 1.0 beyond all) and lowNN, highNN for each level NN in
    percent.
    """
    constant, held = found.groups["constant_data"], found.groups["posterior_predictive"]
    compared = constant["compared"].values.astype(bool)
    frame = pd.DataFrame({name: constant[name].values.astype(str)[compared] for name in _NAMED})
    frame["as_of"] = constant["as_of"].values.astype(str)[compared] if "as_of" in constant else ""
    draws = np.asarray(pooled(held, "targets_replicated", "target")[:, compared], dtype=float)
    frame["observed"] = found.groups["observed_data"]["targets"].values[compared].astype(float)
    frame["median"] = median(draws)
    frame["within"] = 1.0
    for level in sorted(LEVELS, reverse=True):
        low, high = central(draws, level)
        frame[f"low{100 * level:.0f}"], frame[f"high{100 * level:.0f}"] = low, high
        frame.loc[(low <= frame["observed"]) & (frame["observed"] <= high), "within"] = level
    return frame


_NAMED = ("key", "population", "category", "unit", "error", "role")


def of_targets(found: Posterior) -> tuple[Coverage, ...]:
    """Coverage of the target rows that were fitted, and of those that were only looked at afterwards."""
    frame = targets(found)
    return tuple(
        Coverage(what, len(rows), {level: int((rows["within"] <= level).sum()) for level in LEVELS})
        for role, what in (("fit", "targets that were fitted"), ("check", "targets that were not fitted"))
        if len(rows := frame[frame["role"] == role])
    )


def as_json(coverage: Coverage) -> dict[str, Any]:
    """For machines."""
    return {
        "what": coverage.what,
        "rows": coverage.rows,
        "inside": {f"{level:g}": coverage.inside[level] for level in LEVELS},
        "expected": {f"{level:g}": coverage.expected(level) for level in LEVELS},
        "verdict": coverage.verdict,
    }

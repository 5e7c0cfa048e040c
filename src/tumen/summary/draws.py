"""Draws as tables: chains pooled, central intervals, and what was counted beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    import xarray as xr

    from tumen.infer.posterior import Posterior

Floats = npt.NDArray[np.float64]

#: The shares of draws that the central intervals of every figure and table hold.
LEVELS = (0.5, 0.8, 0.95)
#: Arrivals in a year; a share among fewer is mostly chance, and the scale of the figure would be lost.
FEWEST = 20
#: The interval of a single number in tables.
TABLED = 0.9


def pooled(group: xr.Dataset, name: str, *dims: str) -> npt.NDArray[Any]:
    """A variable with all its draws on the first axis, whether they come in chains or not, and `dims` after it."""
    first = ("chain", "draw") if "chain" in group[name].dims else ("sample",)
    values = group[name].transpose(*first, *dims).values
    return np.asarray(values.reshape(-1, *values.shape[len(first) :]))


def central(draws: Floats, level: float) -> tuple[Floats, Floats]:
    """The ends of the central interval that holds a share of the draws (first axis); NaN where there are none."""
    tail = 100 * (1 - level) / 2
    known = ~np.isnan(draws).all(axis=0)
    low, high = (np.full(draws.shape[1:], np.nan) for _ in range(2))
    if known.any():
        low[known], high[known] = np.nanpercentile(draws[:, known], [tail, 100 - tail], axis=0)
    return low, high


def median(draws: Floats) -> Floats:
    """The median over the draws (first axis); NaN where there are none."""
    return central(draws, 0.0)[0]


def interval(draws: Floats, level: float = TABLED) -> dict[str, float]:
    """Low end, median and high end of the draws of one number."""
    column = np.asarray(draws, dtype=float).reshape(-1, 1)
    low, high = central(column, level)
    return {"low": float(low[0]), "median": float(median(column)[0]), "high": float(high[0])}


def bands(draws: Floats, x: Floats, sex: str) -> pd.DataFrame:
    """Central intervals by place on the axis: columns x, low, high, level, sex; the widest first, to be drawn below."""
    frames = []
    for level in sorted(LEVELS, reverse=True):
        low, high = central(draws, level)
        frames.append(pd.DataFrame({"x": x, "low": low, "high": high, "level": level, "sex": sex}))
    return pd.concat(frames, ignore_index=True).dropna()


def share_of_women(arrivals: Floats, sexes: tuple[str, ...]) -> Floats:
    """Women among all, of a table with the sexes on its last axis; NaN below one person."""
    total = arrivals.sum(axis=-1)
    return np.asarray(arrivals[..., sexes.index("female")] / np.where(total >= 1, total, np.nan))


def sexes_of(group: xr.Dataset) -> tuple[str, ...]:
    """The sexes in the order of the arrays."""
    return tuple(str(sex) for sex in group["sex"].values)


def years_of(group: xr.Dataset) -> Floats:
    """The years in the order of the arrays."""
    return np.asarray(group["year"].values, dtype=float)


def counted(found: Posterior) -> pd.DataFrame:
    """The counts of arrivals, one row a block of years: columns first, last, female, male, total, share (of women)."""
    data = found.groups["observed_data"]
    sexes = sexes_of(data)
    persons = np.asarray(data["arrivals"].transpose("block", "sex").values, dtype=float)
    frame = pd.DataFrame(persons, columns=list(sexes)).assign(
        first=data["first_year"].values.astype(int), last=data["last_year"].values.astype(int)
    )
    frame["total"] = data["arrivals_total"].values if "arrivals_total" in data else persons.sum(axis=1)
    frame["share"] = share_of_women(persons, sexes)
    return frame.sort_values(["first", "last"], ignore_index=True)


def over_blocks(draws: Floats, years: Floats, blocks: pd.DataFrame) -> Floats:
    """Draws of yearly numbers (n, year, ...) added up over each block of years: (n, block, ...)."""
    inside = [(years >= first) & (years <= last) for first, last in zip(blocks["first"], blocks["last"], strict=True)]
    return np.stack([draws[:, years_in].sum(axis=1) for years_in in inside], axis=1)


def where_many(persons: Floats, sexes: tuple[str, ...]) -> Floats:
    """Draws of women's share (n, year); NaN in years whose median has few people."""
    share = share_of_women(persons, sexes)
    share[:, np.median(persons.sum(axis=-1), axis=0) < FEWEST] = np.nan
    return share


def error_of_share(women: Any, men: Any, of_women: Any, of_men: Any) -> Any:
    """The standard error of women's share from those of both counts, taken as independent; NaN below one person."""
    both = np.asarray(women + men, dtype=float)
    return np.hypot(men * of_women, women * of_men) / np.where(both >= 1, both, np.nan) ** 2

"""Draws as tables: chains pooled, central intervals, and what was counted beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tumen.result.tables import SEXES, with_total

if TYPE_CHECKING:
    import xarray as xr

    from tumen.infer.posterior import Posterior

Floats = npt.NDArray[np.float64]

#: The flows that results are compared by; how women's share of a flow is called beside the persons.
FLOWS, SHARE = ("arrivals", "departures"), "female_share"
#: The shares of draws that the central intervals of every figure and table hold.
LEVELS = (0.5, 0.8, 0.95)
#: Arrivals in a year; a share among fewer is mostly chance, and the scale of the figure would be lost.
FEWEST = 20
#: The intervals of a single number in tables and titles: of a parameter, and of what might be counted.
TABLED, COUNTED = 0.9, 0.8


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


def bands(draws: Floats, x: Floats, sex: str, levels: tuple[float, ...] = LEVELS) -> pd.DataFrame:
    """Central intervals by place on the axis: columns x, low, high, level, sex; the widest first, to be drawn below."""
    frames = []
    for level in sorted(levels, reverse=True):
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


# What the draws of a run say of its arrivals. Counts scatter around expected arrivals, so what a count is compared with
# has that noise, too. The sexes stand in the order female, male, total on the last axis of every table.


def medians(draws: xr.Dataset) -> pd.DataFrame:
    """Median of the arrivals expected: columns year, sex (with `total`), value (persons)."""
    wide = pd.DataFrame(median(with_total(draws["arrivals"])), columns=list(SEXES)).assign(year=draws["year"].values)
    return wide.melt("year", list(SEXES), "sex", "value").sort_values(["year", "sex"], ignore_index=True)


def women(draws: xr.Dataset) -> pd.DataFrame:
    """Median share of women among the arrivals expected: columns x (year), y, sex; of years with enough of them."""
    share = where_many(with_total(draws["arrivals"])[..., :2], SEXES[:2])
    return pd.DataFrame({"x": years_of(draws), "y": median(share), "sex": "female"}).dropna()


def arrival_bands(draws: xr.Dataset, sexes: tuple[str, ...]) -> pd.DataFrame:
    """Central intervals of possible counts, as `bands` has them, of each of `sexes`."""
    possible = with_total(draws["arrivals_observed"])
    return pd.concat([bands(possible[..., SEXES.index(sex)], years_of(draws), sex) for sex in sexes])


def share_bands(draws: xr.Dataset) -> pd.DataFrame:
    """The same of women's share in the counts, in the years that `women` has."""
    share = where_many(with_total(draws["arrivals_observed"])[..., :2], SEXES[:2])
    known = set(women(draws)["x"])
    shown = bands(share, years_of(draws), "female")
    return shown[shown["x"].isin(known)]


def over(draws: xr.Dataset, years: list[int]) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Arrivals of several years together: medians of those expected, low and high ends of the 80 % interval of counts.

    Each by female, male, total, and female_share (NaN below one person).
    """
    inside = np.isin(draws["year"].values, years)
    expected, possible = (_with_share(with_total(draws[name])[:, inside]) for name in ("arrivals", "arrivals_observed"))
    low, high = central(possible, COUNTED)
    return _named(median(expected)), _named(low), _named(high)


def _with_share(persons: Floats) -> Floats:
    """Draws (n, years, sex) added up over years, and women's share: (n, 4)."""
    summed = persons.sum(axis=1)
    return np.column_stack([summed, share_of_women(summed[:, :2], SEXES[:2])])


def _named(row: Floats) -> dict[str, float]:
    return dict(zip((*SEXES, SHARE), row.tolist(), strict=True))

"""What the draws of a run say of its arrivals: medians of what is expected, intervals of what might be counted.

Counts scatter around expected arrivals, so what a count is compared with has that noise, too. The sexes stand in the
order female, male, total on the last axis of every table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tumen.result.tables import SEXES, with_total
from tumen.summary.draws import LEVELS, Floats, bands, central, median, share_of_women, where_many

if TYPE_CHECKING:
    import xarray as xr

#: The interval of a number in tables and titles.
TABLED = 0.8
_NONE = pd.DataFrame({"x": [], "low": [], "high": [], "level": [], "sex": []})


def medians(draws: xr.Dataset) -> pd.DataFrame:
    """Median of the arrivals expected: columns year, sex (with `total`), value (persons)."""
    return _tidy(draws, median(with_total(draws["arrivals"])))


def women(draws: xr.Dataset) -> pd.DataFrame:
    """Median share of women among the arrivals expected: columns x (year), y, sex; of years with enough of them."""
    share = where_many(with_total(draws["arrivals"])[..., :2], SEXES[:2])
    return pd.DataFrame({"x": _years(draws), "y": median(share), "sex": "female"}).dropna()


def arrival_bands(draws: xr.Dataset | None, sexes: tuple[str, ...]) -> pd.DataFrame:
    """Central intervals of possible counts, as `bands` has them, of each of `sexes`; none without draws."""
    if draws is None:
        return _NONE
    counted = with_total(draws["arrivals_observed"])
    return _widest_first([bands(counted[..., SEXES.index(sex)], _years(draws), sex) for sex in sexes])


def share_bands(draws: xr.Dataset | None) -> pd.DataFrame:
    """The same of women's share in the counts, in the years that `women` has."""
    if draws is None:
        return _NONE
    share = where_many(with_total(draws["arrivals_observed"])[..., :2], SEXES[:2])
    known = set(women(draws)["x"])
    shown = bands(share, _years(draws), "female")
    return shown[shown["x"].isin(known)]


def over(draws: xr.Dataset, years: list[int]) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Arrivals of several years together: medians of those expected, low and high ends of the 80 % interval of counts.

    Each by female, male, total, and female_share (NaN below one person).
    """
    inside = np.isin(draws["year"].values, years)
    expected, counted = (_with_share(with_total(draws[name])[:, inside]) for name in ("arrivals", "arrivals_observed"))
    low, high = central(counted, TABLED)
    return _named(median(expected)), _named(low), _named(high)


def _with_share(persons: Floats) -> Floats:
    """Draws (n, years, sex) added up over years, and women's share: (n, 4)."""
    summed = persons.sum(axis=1)
    return np.column_stack([summed, share_of_women(summed[:, :2], SEXES[:2])])


def _named(row: Floats) -> dict[str, float]:
    return dict(zip((*SEXES, "female_share"), row.tolist(), strict=True))


def _years(draws: xr.Dataset) -> Floats:
    return np.asarray(draws["year"].values, dtype=float)


def _tidy(draws: xr.Dataset, table: Floats) -> pd.DataFrame:
    wide = pd.DataFrame(table, columns=list(SEXES)).assign(year=draws["year"].values)
    return wide.melt("year", list(SEXES), "sex", "value").sort_values(["year", "sex"], ignore_index=True)


def _widest_first(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Frames of several sexes, the widest intervals of all of them first, to be drawn below the others."""
    joined = pd.concat(frames, ignore_index=True)
    return pd.concat([joined[joined["level"] == level] for level in sorted(LEVELS, reverse=True)], ignore_index=True)

"""What is compared between worlds: flows by sex over some years, women's share, log odds of women; and its intervals.

Every draw is worked out by itself and only then summarised: the difference of two medians is no median difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import xarray as xr

from tumen.case import SEXES, Case, CaseError
from tumen.errors import listing, shown, unknown
from tumen.model.compiled import Floats

Drawn = TypeVar("Drawn", xr.Dataset, xr.DataArray)

#: The flows that a table of worlds holds.
FLOWS = ("arrivals", "departures")
#: Every measure and the scale that its differences are on.
SCALES = {"female": "count", "male": "count", "total": "count", "female_share": "share", "log_odds": "log ratio"}
#: What a difference on each scale is counted in.
UNITS = {"count": "persons", "share": "points", "log ratio": "log odds of women, log(women / men)"}
#: The summary of draws: name and percentile.
STATISTICS = {"lo95": 2.5, "lo80": 10.0, "median": 50.0, "hi80": 90.0, "hi95": 97.5}


def measures(table: xr.Dataset, years: tuple[int, int], flow: str = "arrivals") -> xr.Dataset:
    """The flow of some years by world and draw: female, male, total (persons), female_share, log_odds = log(F / M).

    table: a factorial as read back (dims world, draw, seed, year, sex, age); years: first and last, both included.
    Seeds of a draw are averaged, so that a draw is an expectation and intervals are those of what is uncertain. A seed
    that was set aside in one world is left out in all, and so is a draw without a seed: `draw` then is shorter, and
    attrs `left_out` says by how many draws. Shares are NaN where a world has less than one person, log odds where a sex
    has none. Raises CaseError for a flow or years that the table lacks, and where no draw is whole in all worlds.
    """
    persons = yearly(table, flow)
    return _with_shares(persons.sel(year=_inside(persons, years)).sum("year"), persons.attrs)


def yearly(table: xr.Dataset, flow: str = "arrivals") -> xr.Dataset:
    """Women and men by world, draw and year: `female`, `male`, persons a year; see `measures` for runs set aside."""
    if flow not in FLOWS:
        raise unknown("flow", flow, "measures", FLOWS)
    by_sex = table[flow].astype(float).sum("age", skipna=False)
    whole = by_sex.notnull().all([dim for dim in by_sex.dims if dim not in ("draw", "seed")])
    kept = whole.any("seed")
    if not bool(kept.any()):
        raise CaseError.single(
            "no draw was simulated in every world", "table", "a draw without failed runs", "resume the experiment"
        )
    mean = by_sex.where(whole).sel(draw=kept.values).mean("seed")
    attrs = {"flow": flow, "left_out": int((~kept).sum())}
    return mean.to_dataset("sex")[["female", "male"]].assign_attrs(attrs)


def alike_at(table: xr.Dataset, ages: Sequence[str], flow: str = "arrivals") -> xr.Dataset:
    """The table in which as many men as women of some age groups leave or arrive, in every world.

    With the ages of service it tells the most that holding men back at these ages can do by itself: the arithmetic
    ceiling of a draft. Raises CaseError for age groups that the table lacks.
    """
    known = table["age"].values.astype(str).tolist()
    for age in ages:
        if age not in known:
            raise CaseError.single(f"unknown age group {shown(age)}", "measures", listing(known), "name some of these")
    women = table[flow].sel(sex="female", drop=True)
    some = (table["sex"] == "male") & table["age"].isin(list(ages))
    return table.assign({flow: table[flow].where(~some, women).transpose(*table[flow].dims)})


def summary(draws: Drawn) -> Drawn:
    """Median and central 80 and 95 % intervals over the draws, on a new last dimension `statistic`.

    Draws that are NaN are left out; where all are, so are the statistics.
    """
    parts = [percent / 100 for percent in STATISTICS.values()]
    found = draws.quantile(parts, "draw", skipna=True).rename(quantile="statistic")
    return found.assign_coords(statistic=list(STATISTICS)).transpose(..., "statistic")


def refuse_measure(name: str) -> None:
    """Raise CaseError for a measure that there is not."""
    if name not in SCALES:
        raise unknown("measure", name, "attribution", SCALES)


def _with_shares(persons: xr.Dataset, attrs: dict[str, object]) -> xr.Dataset:
    women, men = persons["female"], persons["male"]
    total = women + men
    share = (women / total).where(total >= 1)
    ratio = np.log((women / men).where((women > 0) & (men > 0)))
    return persons.assign(total=total, female_share=share, log_odds=ratio).assign_attrs(attrs)


def _inside(persons: xr.Dataset, years: tuple[int, int]) -> list[int]:
    known = persons["year"].values.tolist()
    first, last = years
    missing = [year for year in range(first, last + 1) if year not in known]
    if missing or first > last:
        raise CaseError.single(
            f"the years {first} to {last} are asked for",
            "years",
            f"years within {known[0]} to {known[-1]}",
            "choose years that the experiment has simulated",
        )
    return list(range(first, last + 1))


@dataclass(frozen=True)
class Span:
    """The years an outcome is of, first and last, and the year in which the case begins."""

    opening: int
    first: int
    last: int

    def of(self, yearly: Floats) -> Floats:
        """A flow (..., years, sexes) added up over the span, (..., sexes)."""
        kept = yearly[..., self.first - self.opening : self.last - self.opening + 1, :]
        return np.asarray(kept.sum(axis=-2), dtype=float)


def span(case: Case, years: tuple[int, int] | None) -> Span:
    """The years asked for, else those that were counted one by one and by sex, else all of the case.

    Raises CaseError for years that the case does not simulate.
    """
    opening, end = case.start // 12, case.end // 12
    if years is None:
        table = case.arrivals
        single = table[(table["year_start"] == table["year_end"]) & table["sex"].isin(SEXES)]
        counted = single[(single["year_start"] >= opening) & (single["year_end"] <= end)]["year_start"]
        years = (opening, end) if counted.empty else (int(counted.min()), int(counted.max()))
    if not opening <= years[0] <= years[1] <= end:
        raise CaseError.single(
            f"the years {years[0]} to {years[1]} are asked for",
            f"case {case.name}",
            f"years within {opening} to {end}",
            "choose years that the case simulates",
        )
    return Span(opening, *years)

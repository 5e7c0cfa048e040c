"""Two results beside each other: what the change of a world does to the flow and to women's share of it.

Two worlds of one case with the same agents and random seed have the same people and random numbers, so the noise of
their difference is that of the differences of the random groups of the rows, mostly far smaller than that of either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tumen.result import Result, ResultError, read, yearly
from tumen.result.tables import SEXES, with_total
from tumen.summary.difference_changes import OF_CENTRAL_RUNS, Changed, apart, changes
from tumen.summary.difference_words import headline, names
from tumen.summary.draws import COUNTED, FLOWS, SHARE, central, error_of_share, median

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd
    import xarray as xr

    from tumen.case import Case

Floats = npt.NDArray[np.float64]
MEASURES = (*SEXES, SHARE)
#: What is said of the noise, by how it was found.
PAIRED = "one standard error of the paired difference, from the scatter of {} random groups of the same people"
APART = "one standard error of two separate samples: the root of the sum of squares of the errors of either"
STATED = (
    "one standard error as of two separate samples, too large where the people are the same: the results keep no "
    "random groups (an earlier tumen wrote them); that of all years together is at most this"
)
DRAWN = (
    "80 % interval of the paired differences of {} draws, each with the same parameters, people and random numbers in "
    "both; base and new are medians, whose difference is not the median of the differences"
)


@dataclass(frozen=True, eq=False, repr=False)
class Difference:
    """Two results, the second less the first.

    table: columns flow (arrivals, departures), first and last year (the last rows: all of them together), measure
    (female, male, total: persons; female_share: a share), base, changed, difference; and `se`, the standard error of
    the difference, or with draws on both sides `lo80` and `hi80`, base and changed then being medians and `difference`
    the median of the paired differences. apart: why the two do not have the same people (none: they are paired);
    notes: what else a reader has to know; noise: what the errors are.
    """

    base: Result
    changed: Result
    table: pd.DataFrame
    changes: tuple[Changed, ...]
    apart: tuple[str, ...]
    notes: tuple[str, ...]
    noise: str
    case: Case | None = field(default=None)

    @property
    def paired(self) -> bool:
        """Whether both have the same people and random numbers."""
        return not self.apart

    @property
    def drawn(self) -> bool:
        """Whether the figures are those of draws."""
        return "lo80" in self.table

    def of(self, flow: str = "arrivals", measure: str = SHARE) -> pd.Series[Any]:
        """The row of all years together."""
        rows = self.table[(self.table["flow"] == flow) & (self.table["measure"] == measure)]
        return rows.iloc[-1]

    def plot(self) -> alt.VConcatChart:
        """Arrivals in both, women's share of them, and the difference of the share with its noise."""
        from tumen.plots.difference import figure

        return figure(self)

    def __repr__(self) -> str:
        how = "paired" if self.paired else "not paired"
        return f"<Difference, {how}: {' -> '.join(names(self))}>\n  {headline(self)}"


def difference(a: Result | str | Path, b: Result | str | Path, *, case: Case | None = None) -> Difference:
    """Compare two results, `a` the base and `b` the changed one: year by year, by sex, arrivals and departures.

    a, b: results, or result folders. case: that of both, for titles and citations. Results with the same case, theory,
    agents, seed and simulated window are paired; others are compared as separate samples, which `apart` says. Only
    whole years that both hold are compared. Raises ResultError where there is none, and for results of different cases
    (another version of one case is compared, unpaired).

    >>> import tumen as tm
    >>> land = tm.load("toyland")
    >>> base, dear = land.world(), land.world(land.scenario("dear_river"))
    >>> a, b = (tm.run(world, "interplay", people=2000) for world in (base, dear))  # doctest: +SKIP
    >>> tm.difference(a, b).table  # doctest: +SKIP
    """
    base, changed = (one if isinstance(one, Result) else read(one) for one in (a, b))
    _refuse_other_country(base, changed)
    separate = apart(base.record, changed.record)
    years, notes = _years(base, changed)
    pairs, why = _draws(base, changed, years, separate)
    if pairs is not None:
        table, noise = _of_draws(*pairs, years), DRAWN.format(pairs[0].sizes["draw"])
        separate = {}  # the central runs may have other people, and are not shown
    else:
        table, noise = _of_runs(base, changed, years, not separate)
    told = tuple(note for note in (notes, why) if note)
    if case is not None and case.hash != (base.record.get("case") or {}).get("hash"):
        case = None  # titles of another version might say something else
    found = changes(base.record, changed.record, case)
    return Difference(base, changed, table, found, tuple(separate.values()), told, noise, case)


def _refuse_other_country(base: Result, changed: Result) -> None:
    """Raise ResultError for results of cases with different names: nothing in one stands for anything in the other."""
    one, other = ((result.record.get("case") or {}).get("name") for result in (base, changed))
    if one != other:
        raise ResultError(
            f"the two results are of different cases, {one} and {other}",
            "the case of their records",
            "two results of one case",
            f"give a second result of {one}",
        )


def _years(base: Result, changed: Result) -> tuple[list[int], str]:
    """The whole years that both hold, and a sentence where one has more of them."""
    first, second = (set(map(int, yearly(one.flows, "arrivals")["year"])) for one in (base, changed))
    common = sorted(first & second)
    if not common:
        spans = [f"{min(some)}-{max(some)}" if some else "none" for some in (first, second)]
        raise ResultError(
            f"the two results have no whole year in common ({spans[0]} and {spans[1]})",
            "the windows of their records",
            "results of the same years",
            "run one of them again with the years of the other",
        )
    if first == second:
        return common, ""
    return common, f"only the years {common[0]}-{common[-1]} are in both results, and only they are compared"


def _draws(
    base: Result, changed: Result, years: list[int], separate: Mapping[str, str]
) -> tuple[tuple[xr.Dataset, xr.Dataset] | None, str]:
    """The draws that both results have, with the same parameters and seed; None, and why, where there are none.

    How many people the central runs have, and their seed, does not matter: draws have agents and seeds of their own.
    """
    one, other = base.draws, changed.draws
    if one is None and other is None:
        return None, ""
    if one is None or other is None:
        side = "changed" if one is None else "base"
        return None, f"only the {side} result has draws of a posterior: central runs are compared"
    kept = np.intersect1d(one["draw"].values, other["draw"].values)
    if len(kept) < 2:
        return None, "the two results have fewer than two draws in common: central runs are compared"
    one, other = one.sel(draw=kept), other.sel(draw=kept)
    elsewhere = set(separate) - set(OF_CENTRAL_RUNS)
    whole = all(set(years) <= set(side["year"].values.tolist()) for side in (one, other))
    told = [name for name in ("seed", "dated") if name in one or name in other]
    alike = all(name in one and name in other and bool(one[name].equals(other[name])) for name in told)
    if elsewhere or not whole or one.attrs.get("agents") != other.attrs.get("agents") or not alike:
        return None, "the draws of both do not have the same parameters and people: central runs are compared"
    return (one, other), ""


def _of_draws(one: xr.Dataset, other: xr.Dataset, years: list[int]) -> pd.DataFrame:
    """The table of paired draws: medians, and the median and interval of the differences."""
    drawn = {flow: [with_total(side[flow].sel(year=years)) for side in (one, other)] for flow in FLOWS}

    def row(flow: str, span: list[int]) -> tuple[Floats, ...]:
        inside = np.isin(years, span)
        before, after = (_measures(side[:, inside].sum(axis=1)) for side in drawn[flow])
        away = after - before
        return median(before), median(after), median(away), *central(away, COUNTED)

    return _table(years, ("lo80", "hi80"), row)


def _of_runs(base: Result, changed: Result, years: list[int], paired: bool) -> tuple[pd.DataFrame, str]:
    """The table of two runs with the standard error of each difference, and what that is."""
    grouped = all(f"{flow}_by_group" in one.flows for flow in FLOWS for one in (base, changed))
    groups = base.flows.sizes.get("group", 0)
    if grouped and paired:
        grouped = changed.flows.sizes["group"] == groups
    tables = {flow: [yearly(one.flows, flow) for one in (base, changed)] for flow in FLOWS}

    def row(flow: str, span: list[int]) -> tuple[Floats, ...]:
        before, after = (_measures(_sums(table, span)) for table in tables[flow])
        if not grouped:
            return before, after, after - before, np.hypot(*(_stated(table, span) for table in tables[flow]))
        parts = [_parts(one, flow, span) for one in (base, changed)]
        error = _scatter(parts[1] - parts[0]) if paired else np.hypot(*map(_scatter, parts))
        return before, after, after - before, error

    return _table(years, ("se",), row), (PAIRED.format(groups) if paired else APART) if grouped else STATED


def _table(
    years: list[int], noise: tuple[str, ...], row: Callable[[str, list[int]], tuple[Floats, ...]]
) -> pd.DataFrame:
    """A row for each flow, year (and all of them together) and measure; `row` has an array of measures a column."""
    import pandas as pd

    spans = [[year] for year in years] + ([years] if len(years) > 1 else [])
    rows = [
        (flow, span[0], span[-1], name, *numbers)
        for flow in FLOWS
        for span in spans
        for name, *numbers in zip(MEASURES, *row(flow, span), strict=True)
    ]
    return pd.DataFrame(rows, columns=["flow", "first", "last", "measure", "base", "changed", "difference", *noise])


def _measures(persons: Floats) -> Floats:
    """Women, men, both (last axis) and women's share of them; the share is NaN below one person."""
    total = persons[..., 2]
    share = persons[..., 0] / np.where(total >= 1, total, np.nan)
    return np.concatenate([persons, share[..., None]], axis=-1)


def _sums(table: pd.DataFrame, years: list[int]) -> Floats:
    inside = table[table["year"].isin(years)]
    return np.array([float(inside.loc[inside["sex"] == sex, "value"].sum()) for sex in SEXES])


def _parts(result: Result, flow: str, years: list[int]) -> Floats:
    """What each random group of rows adds to every measure, (4, groups); of the share to first order."""
    groups = result.flows[f"{flow}_by_group"].sel(year=years).sum("year").transpose("sex", "group")
    women, men = (groups.sel(sex=sex).values for sex in SEXES[:2])
    both = women + men
    total = both.sum()
    share = (women - women.sum() / total * both) / total if total >= 1 else np.full(both.shape, np.nan)
    return np.stack([women, men, both, share])


def _scatter(parts: Floats) -> Floats:
    """The standard error of sums over groups, from the scatter between them."""
    return np.asarray(parts.std(axis=-1, ddof=1) * parts.shape[-1] ** 0.5)


def _stated(table: pd.DataFrame, years: list[int]) -> Floats:
    """The errors of every measure from those of yearly figures: of several years at most their sum."""
    inside = table[table["year"].isin(years)]
    women, men = (float(inside.loc[inside["sex"] == sex, "se"].sum(skipna=False)) for sex in SEXES[:2])
    persons = _sums(table, years)
    return np.array([women, men, np.hypot(women, men), error_of_share(persons[0], persons[1], women, men)])

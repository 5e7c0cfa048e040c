"""The few numbers a figure shows, taken from a result: per year and sex, never more than a hundred or so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from tumen.result import yearly_arrivals
from tumen.result.tables import SHOWN, with_totals
from tumen.summary.draws import medians

if TYPE_CHECKING:
    import xarray as xr

    from tumen.case import Case
    from tumen.result import Result


def arrivals(result: Result) -> pd.DataFrame:
    """Arrivals by year and sex, of the years of the run: columns year, sex, model, data (missing where unknown).

    The model's number is that of the run, or the median of its draws where it has draws.
    """
    found = yearly_arrivals(result.flows) if result.draws is None else medians(result.draws)
    model = found.rename(columns={"value": "model"})
    within = result.observed["year"].between(*years_run(result))
    data = result.observed[within].rename(columns={"persons": "data"})
    both = model.merge(data, on=["year", "sex"], how="outer").astype({"model": float, "data": float})
    return both.sort_values(["year", "sex"], ignore_index=True)


def years_run(result: Result) -> tuple[int, int]:
    """The first and the last calendar year of a run."""
    run = result.flows["month"].dt.year.values
    return int(run.min()), int(run.max())


def women(table: pd.DataFrame) -> pd.DataFrame:
    """Share of women among arrivals: columns year, model, data; from a table of `arrivals`. None below one person."""
    female = table[table["sex"] == "female"].set_index("year")[["model", "data"]]
    total = table[table["sex"] == "total"].set_index("year")[["model", "data"]]
    share = female / total.where(total >= 1)
    return share.reset_index()


def years_of(table: pd.DataFrame, columns: list[str], sex: str) -> list[int]:
    """The years for which a table of `arrivals` has a number in every column for that sex."""
    known = table[(table["sex"] == sex) & table[columns].notna().all(axis=1)]
    return [int(year) for year in known["year"]]


def share_of_women(table: pd.DataFrame, column: str, years: list[int]) -> float:
    """Women among all arrivals of the given years, for all of which both are known."""
    sums = table[table["year"].isin(years)].groupby("sex")[column].sum()
    total = float(sums.get("total", 0.0))
    return float(sums.get("female", 0.0)) / total if total > 0 else float("nan")


def blocks(case: Case | None, first: int, last: int) -> pd.DataFrame:
    """Counts of the case for several years together, within the years from `first` to `last`.

    Columns start, end (years, included), sex (with `total`), persons.
    """
    columns = ["start", "end", "sex", "persons"]
    if case is None:
        return pd.DataFrame(columns=columns)
    table = case.arrivals
    rows = table[
        (table["year_start"] < table["year_end"])
        & (table["year_start"] >= first)
        & (table["year_end"] <= last)
        & table["role"].isin(SHOWN)
    ]
    rows = rows.rename(columns={"year_start": "start", "year_end": "end"})[columns]
    return with_totals(rows.drop_duplicates(["start", "end", "sex"]), ["start", "end"])


def share_of_adults(result: Result, names: tuple[str, ...]) -> pd.DataFrame:
    """Yearly mean share of adults of each sex who are in the named states: columns x (year), y, sex."""
    flows = result.flows
    among: xr.DataArray = sum(_by_sex(flows[name]) for name in names)  # type: ignore[assignment]
    return _tidy((among / flows["adults"].where(flows["adults"] > 0)).groupby("month.year").mean())


def stock_abroad(result: Result) -> pd.DataFrame:
    """People abroad at the end of each year by sex and together: columns x (year), y (persons), sex."""
    stock = _by_sex(result.flows["abroad"])
    at_end = stock.isel(month=stock["month"].dt.month.values == 12)
    table = _tidy(at_end.groupby("month.year").last())
    both = table.groupby("x", as_index=False)["y"].sum().assign(sex="total")
    return pd.concat([table, both], ignore_index=True)


def time_abroad(result: Result) -> pd.DataFrame:
    """Mean years abroad of those who arrive in a year, by sex: columns x (year), y (years), sex.

    Each month counts by its arrivals; a year in which fewer than one person of a sex arrives has no mean.
    """
    each = _by_sex(result.flows["arrivals"])
    mean = result.flows["transit_years"]
    known = mean.notnull() & (each > 0)
    weight = each.where(known, 0.0)
    summed = (mean.fillna(0.0) * weight).groupby("month.year").sum()
    arrived = weight.groupby("month.year").sum()
    return _tidy(summed / arrived.where(arrived >= 1))


def pyramid(result: Result, population: pd.DataFrame, years: tuple[int, ...]) -> pd.DataFrame:
    """People at mid-year by age group and sex: columns year, age, sex, model, data (persons).

    The model's is the stock at the end of June. The oldest groups of the estimate are joined as the model has them.
    """
    flows = result.flows
    groups = [str(age) for age in flows["age"].values]
    stock = flows["population"].sum("province")
    june = stock.sel(month=stock["month"].dt.month == 6).groupby("month.year").first().sel(year=list(years))
    model = june.to_series().rename("model").reset_index()
    data = population[population["year"].isin(years) & population["sex"].isin(["female", "male"])]
    data = data.assign(age=[group_of(age, groups) for age in data["age_group"]])
    sums = data.groupby(["year", "sex", "age"])["persons"].sum().rename("data").reset_index()
    return model.merge(sums, on=["year", "sex", "age"], how="left")


def pyramid_years(result: Result, population: pd.DataFrame) -> tuple[int, ...]:
    """The first, the middle and the last year for which both the model's end of June and an estimate exist."""
    months = pd.DatetimeIndex(result.flows["month"].values)
    run = {int(year) for year in months[months.month == 6].year}
    common = sorted(run & {int(year) for year in population["year"]})
    if len(common) <= 3:
        return tuple(common)
    middle = min(common, key=lambda year: abs(year - (common[0] + common[-1]) / 2))
    return (common[0], middle, common[-1])


def group_of(age: str, groups: list[str]) -> str:
    """The model's group an age group of another table falls into: `85-89` is part of `80+`.

    >>> group_of("85-89", ["75-79", "80+"]), group_of("75-79", ["75-79", "80+"])
    ('80+', '75-79')
    """
    first = int(age.rstrip("+").split("-")[0])
    return max((group for group in groups if _starts(group) <= first), key=_starts)


def _starts(group: str) -> int:
    return int(group.rstrip("+").split("-")[0])


def _by_sex(cube: xr.DataArray) -> xr.DataArray:
    return cube.sum([dim for dim in cube.dims if dim not in ("month", "sex")])


def _tidy(table: xr.DataArray) -> pd.DataFrame:
    frame = table.rename({"year": "x"}).to_dataframe("y").reset_index()[["x", "sex", "y"]]
    return frame.dropna(subset=["y"]).reset_index(drop=True)

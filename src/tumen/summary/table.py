"""Arrivals by year for the terminal: men, women and women's share, model beside data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from tumen.summary import draws
from tumen.summary.formatting import count, destination, percent, year_table
from tumen.summary.series import arrivals, blocks, years_of

if TYPE_CHECKING:
    from rich.table import Table

    from tumen.case import Case
    from tumen.result import Result

_NONE = float("nan")
_OF_DRAWS = ": median and 80 % interval of the draws"


@dataclass(frozen=True)
class Line:
    """One line of the table: a year or several, with model and data by sex and women's share (NaN for none).

    With draws the model's numbers are medians, and `low` and `high` the ends of the 80 % interval of what would be
    counted.
    """

    years: str
    model: dict[str, float]
    data: dict[str, float]
    low: dict[str, float] | None = None
    high: dict[str, float] | None = None


def rows(result: Result, case: Case | None = None) -> list[Line]:
    """A line for each year; then the sums over the years with data, and over blocks of years counted together."""
    table = arrivals(result)
    lines = [
        _line(result, str(year), [int(part["year"].iloc[0])], _by_sex(part, "model"), _by_sex(part, "data"))
        for year, part in table.groupby("year")
    ]
    known = years_of(table, ["model", "data"], "female") or years_of(table, ["model", "data"], "total")
    if len(known) > 1:
        model, data = (_sum(table, known, column) for column in ("model", "data"))
        lines.append(_line(result, f"{min(known)}-{max(known)}", known, model, data))
    return [*lines, *_blocks(result, table, case)]


def _blocks(result: Result, table: pd.DataFrame, case: Case | None) -> Iterator[Line]:
    """Blocks of years for which the data have one count, where the model has all the years."""
    run = years_of(table, ["model"], "total")
    for _, part in blocks(case, min(run, default=0), max(run, default=0)).groupby(["start", "end"]):
        start, end = int(part["start"].iloc[0]), int(part["end"].iloc[0])
        years = list(range(start, end + 1))
        yield _line(result, f"{start}-{end}", years, _sum(table, years, "model"), _by_sex(part, "persons"))


def _line(result: Result, said: str, years: list[int], model: dict[str, float], data: dict[str, float]) -> Line:
    """A line with women's shares, and with what the draws say of the years together where there are draws."""
    data = {**data, "female_share": share(data)}
    if result.draws is None or not set(years) <= set(result.draws["year"].values.tolist()):
        return Line(said, {**model, "female_share": share(model)}, data)
    middle, low, high = draws.over(result.draws, years)
    return Line(said, middle, data, low, high)


def _sum(table: pd.DataFrame, years: list[int], column: str) -> dict[str, float]:
    sums = table[table["year"].isin(years)].groupby("sex")[column].sum(min_count=1)
    return {str(sex): float(value) for sex, value in sums.items()}


def _by_sex(part: pd.DataFrame, column: str) -> dict[str, float]:
    given = {str(sex): float(value) for sex, value in zip(part["sex"], part[column], strict=True)}
    return {sex: given.get(sex, _NONE) for sex in ("female", "male", "total")}


def share(numbers: dict[str, float]) -> float:
    """Women among all; NaN where a count is missing or fewer than one person arrives."""
    total = numbers.get("total", _NONE)
    return numbers["female"] / total if total >= 1 else _NONE


def table(result: Result, case: Case | None = None) -> Table:
    """The table for a terminal of 80 columns."""
    drawn = result.draws is not None
    title = f"Arrivals in {destination(case)}{_OF_DRAWS if drawn else ''}"
    shown = year_table(title, _HEADINGS_OF_DRAWS if drawn else _HEADINGS, wide=not drawn)
    single = True
    for line in rows(result, case):
        if single and "-" in line.years:
            shown.add_section()
            single = False
        shown.add_row(line.years, *_cells(line, drawn))
    return shown


_COLUMNS = (
    ("men", "male", count),
    ("women", "female", count),
    ("both", "total", count),
    ("% women", "female_share", percent),
)
_HEADINGS = tuple(f"{side if name == 'men' else ''}\n{name}" for side in ("model", "data") for name, _, _ in _COLUMNS)
#: Both sexes together and women's share have an interval, from which those of women and men follow; more is too wide.
_WITH_INTERVAL = ("both", "% women")
_HEADINGS_OF_DRAWS = (
    *("men\nmodel", "\ndata", "women\nmodel", "\ndata"),
    *("both\nmodel", "\n80 %", "\ndata", "%\nmodel", "women\n80 %", "\ndata"),
)


def _cells(line: Line, drawn: bool) -> list[str]:
    """Model and data; with draws the median, for some columns the 80 % interval, and the data, without the unit."""
    if not drawn:
        return [_blank(numbers[key], said) for numbers in (line.model, line.data) for _, key, said in _COLUMNS]
    cells = []
    for name, key, said in _COLUMNS:
        ends = [end[key] for end in (line.low, line.high) if end is not None]
        values = (line.model[key], line.data[key], *ends)
        model, data, *held = (_blank(value, said).removesuffix(" %") for value in values)
        cells += [model, "-".join(filter(None, held)), data] if name in _WITH_INTERVAL else [model, data]
    return cells


def _blank(value: float, said: Callable[[float], str]) -> str:
    return "" if value != value else said(value)


def as_json(result: Result, case: Case | None = None) -> list[dict[str, Any]]:
    """The same lines for machines; null where there is no number."""

    def plain(numbers: dict[str, float] | None) -> dict[str, float | None]:
        return {key: None if value != value else value for key, value in (numbers or {}).items()}

    return [
        {"years": line.years, "model": plain(line.model), "data": plain(line.data)}
        | ({} if line.low is None else {"lo80": plain(line.low), "hi80": plain(line.high)})
        for line in rows(result, case)
    ]

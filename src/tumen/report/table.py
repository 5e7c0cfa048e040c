"""Arrivals by year for the terminal: men, women and women's share, model beside data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from tumen.report.series import arrivals, blocks, years_of
from tumen.report.wording import count, percent

if TYPE_CHECKING:
    from rich.table import Table

    from tumen.case import Case
    from tumen.result import Result

_NONE = float("nan")


@dataclass(frozen=True)
class Line:
    """One line of the table: a year or several, with model and data by sex (NaN where there is none)."""

    years: str
    model: dict[str, float]
    data: dict[str, float]


def rows(result: Result, case: Case | None = None) -> list[Line]:
    """A line for each year; then the sums over the years with data, and over blocks of years counted together."""
    table = arrivals(result)
    lines = [Line(str(year), _by_sex(part, "model"), _by_sex(part, "data")) for year, part in table.groupby("year")]
    known = years_of(table, ["model", "data"], "female") or years_of(table, ["model", "data"], "total")
    if len(known) > 1:
        lines.append(_sum(table, known, f"{min(known)}-{max(known)}"))
    return [*lines, *_blocks(table, case)]


def _blocks(table: pd.DataFrame, case: Case | None) -> Iterator[Line]:
    """Blocks of years for which the data have one count, where the model has all the years."""
    run = years_of(table, ["model"], "total")
    for _, part in blocks(case, min(run, default=0), max(run, default=0)).groupby(["start", "end"]):
        start, end = int(part["start"].iloc[0]), int(part["end"].iloc[0])
        model = _sum(table, list(range(start, end + 1)), "").model
        yield Line(f"{start}-{end}", model, _by_sex(part, "persons"))


def _sum(table: pd.DataFrame, years: list[int], name: str) -> Line:
    part = table[table["year"].isin(years)]
    sums = part.groupby("sex")[["model", "data"]].sum(min_count=1)
    model, data = ({str(sex): float(value) for sex, value in sums[column].items()} for column in ("model", "data"))
    return Line(name, model, data)


def _by_sex(part: pd.DataFrame, column: str) -> dict[str, float]:
    given = {str(sex): float(value) for sex, value in zip(part["sex"], part[column], strict=True)}
    return {sex: given.get(sex, _NONE) for sex in ("female", "male", "total")}


def share(numbers: dict[str, float]) -> float:
    """Women among all; NaN where a count is missing or fewer than one person arrives."""
    total = numbers["total"]
    return numbers["female"] / total if total >= 1 else _NONE


def table(result: Result, case: Case | None = None) -> Table:
    """The table for a terminal of 80 columns."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    where = case.destination if case else "the country of destination"
    shown = Table(
        box=box.SIMPLE_HEAD,
        title=Text(f"Arrivals in {where}"),
        title_justify="left",
        collapse_padding=True,
        pad_edge=False,
    )
    shown.add_column("\nyear", no_wrap=True)
    for side in ("model", "data"):
        for column in ("men", "women", "both", "% women"):
            shown.add_column(f"{side}\n{column}" if column == "men" else f"\n{column}", justify="right", no_wrap=True)
    single = True
    for line in rows(result, case):
        if single and "-" in line.years:
            shown.add_section()
            single = False
        shown.add_row(line.years, *_cells(line.model), *_cells(line.data))
    return shown


def _cells(numbers: dict[str, float]) -> list[str]:
    said = [_blank(numbers[sex], count) for sex in ("male", "female", "total")]
    return [*said, _blank(share(numbers), percent)]


def _blank(value: float, said: Any) -> str:
    return "" if value != value else str(said(value))


def as_json(result: Result, case: Case | None = None) -> list[dict[str, Any]]:
    """The same lines for machines; null where there is no number."""

    def plain(numbers: dict[str, float]) -> dict[str, float | None]:
        named = {**numbers, "female_share": share(numbers)}
        return {key: None if value != value else value for key, value in named.items()}

    return [{"years": line.years, "model": plain(line.model), "data": plain(line.data)} for line in rows(result, case)]

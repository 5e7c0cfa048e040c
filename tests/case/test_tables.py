"""Tables as spreadsheets write them are read; what no rule can decide is refused in its cell."""

from __future__ import annotations

import pytest

from tumen.case.population import POPULATION_COLUMNS
from tumen.case.tables import Row, read_table
from tumen.case.targets import ARRIVALS_COLUMNS
from tumen.errors import CaseError, Issues

ARRIVALS = ("year_start,year_end,sex,persons,vintage,source,status,role", "2002,2002,female,1142,2020-09,A;B,seen,fit")
STOCKS = ("year,sex,age_group,persons,source,status", "1990,female,0-4,7833.5,A,seen")


def said(issues: Issues) -> list[str]:
    """Every problem as one line."""
    try:
        issues.raise_if_any()
    except CaseError as error:
        return [str(problem) for problem in error.problems]
    return []


def rows_of(text: str, columns: object = ARRIVALS_COLUMNS) -> tuple[Row, ...]:
    """The rows of a table that has no faults."""
    issues = Issues()
    rows = read_table("x.csv", text.encode(), columns, issues)  # type: ignore[arg-type]
    assert said(issues) == []
    return rows


def plain(lines: tuple[str, ...], columns: object) -> dict[str, object]:
    return dict(rows_of("\n".join(lines), columns)[0].cells)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters(delimiter: str) -> None:
    header, row = (line.replace(",", delimiter) for line in ARRIVALS)
    quoted = row.replace("A;B", '"A;B"')
    assert dict(rows_of(f"\r\n{header}\r\n{quoted}\r\n")[0].cells) == plain(ARRIVALS, ARRIVALS_COLUMNS)


def test_blank_rows_and_last_columns() -> None:
    header, row = ARRIVALS
    (only,) = rows_of(f"{header},,\n\n,,,,,,,,,\n{row},,\n , ,,,,,,,,\n")
    assert dict(only.cells) == plain(ARRIVALS, ARRIVALS_COLUMNS)
    assert only.line == 4


def test_grouped_counts_and_blanks() -> None:
    header, row = ARRIVALS
    grouped = row.replace("1142", '"1,142 "')
    assert rows_of(f"{header}\n{grouped}")[0]["persons"] == 1142


def test_decimal_commas_among_semicolons() -> None:
    header, row = (line.replace(",", ";") for line in STOCKS)
    assert rows_of(f"{header}\n{row.replace('.', ',')}", POPULATION_COLUMNS)[0]["persons"] == 7833.5


@pytest.mark.parametrize(
    ("old", "new", "column", "says"),
    [
        ("1142", "*", "persons", "'*' is a censored count"),
        ("1142", "<5", "persons", "'<5' is a censored count"),
        ("1142", '"1,14"', "persons", "'1,14' is not a count"),
        ("1142", '"0,142"', "persons", "'0,142' is not a count"),
        ("2002,2002", "2002-01,2002", "year_start", "'2002-01' is no whole year"),
        ("2002,2002", "2002-09-30,2002", "year_start", "'2002-09-30' is no whole year"),
        ("2002,2002", "1999-2002,2002", "year_start", "'1999-2002' is not a count"),
        ("2020-09", " ", "vintage", "an empty cell"),
        ("fit", "", "role", "'' is not known here"),
        ("fit", "fit,x", "", "9 cells in a table of 8 columns"),
    ],
)
def test_cells_that_no_rule_can_decide(old: str, new: str, column: str, says: str) -> None:
    issues = Issues()
    header, row = ARRIVALS
    read_table("x.csv", f"{header}\n{row.replace(old, new, 1)}".encode(), ARRIVALS_COLUMNS, issues)
    (only,) = said(issues)
    assert only.startswith(f"{says} - x.csv:2{', ' if column else ''}{column} - ")


def test_a_comma_among_tabs_is_not_guessed() -> None:
    issues = Issues()
    header, row = (line.replace(",", "\t") for line in STOCKS)
    read_table("x.csv", f"{header}\n{row.replace('7833.5', '7,833')}".encode(), POPULATION_COLUMNS, issues)
    assert [one.partition(" - ")[0] for one in said(issues)] == ["'7,833' is not a number"]

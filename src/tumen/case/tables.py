"""CSV tables read strictly: known columns, as many cells as columns, each cell of its kind, each row with its line.

Commas, semicolons or tabs divide cells, as spreadsheets write them. Among commas a number may be grouped (`"1,142"`);
among semicolons a comma is the decimal sign. Rows and last columns without any text are skipped.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tumen.case.bibliography import ASSUMED
from tumen.case.documents import decode
from tumen.case.models import STATUSES_OF_VALUES
from tumen.errors import CaseError, Issues, RefusedError, listing, place, shown, suggestion

_WHOLE = re.compile(r"[0-9]{1,15}\Z", re.ASCII)
_DECIMAL = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?\Z", re.ASCII)
_GROUPED = re.compile(r"[-+]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?\Z", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+\Z", re.ASCII)
_CENSORED = re.compile(r"(\*+|[<≤].*)\Z")
_PART_OF_A_YEAR = re.compile(r"[0-9]{4}[-/.](0?[1-9]|1[0-2])([-/.][0-9]{1,2})?\Z", re.ASCII)

#: Reads one cell; raises RefusedError when it is not of its kind.
Kind = Callable[[str], Any]


@dataclass(frozen=True)
class Row:
    """One row of a table: its cells by column, and its place."""

    cells: Mapping[str, Any]
    file: str
    line: int

    def __getitem__(self, column: str) -> Any:
        return self.cells[column]

    @property
    def sources(self) -> tuple[str, ...]:
        """The keys of its sources; `A;B` cites two."""
        return tuple(key.strip() for key in self["source"].split(";"))

    def place(self, column: str = "") -> str:
        """`file:line, column`."""
        return place(self.file, self.line, column)


def read_table(name: str, raw: bytes, columns: Mapping[str, Kind], issues: Issues) -> tuple[Row, ...]:
    """The rows of a CSV file with exactly these columns, in any order; what is wrong goes to `issues`."""
    text = decode(name, raw)
    delimiter = max(",;\t", key=text.lstrip("\r\n").partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    try:
        read = ((reader.line_num, [_one_notation(cell.strip(), delimiter) for cell in record]) for record in reader)
        records = [(line, cells) for line, cells in read if any(cells)]
    except csv.Error as error:
        what = f"the file is not valid CSV: {error}"
        raise CaseError.single(what, place(name, reader.line_num), "CSV", "check the quotes of this line") from None
    if not records:
        raise CaseError.single("the file is empty", place(name, 1), ",".join(columns), "write the header and rows")
    header = records[0][1][: 1 + max(i for i, column in enumerate(records[0][1]) if column)]
    if not _header_fits(name, header, columns, issues):
        return ()
    rows: list[Row | None] = []
    for line, record in records[1:]:
        if not issues.full(name):
            blank = not any(record[len(header) :])
            rows.append(_row(name, line, header, record[: len(header)] if blank else record, columns, issues))
    if not rows:
        issues.note("the table has no rows", place(name, 1), "rows below the header", "add the rows")
    return tuple(row for row in rows if row is not None)


def _one_notation(cell: str, delimiter: str) -> str:
    if delimiter == "," and _GROUPED.match(cell):
        return cell.replace(",", "")
    if delimiter == ";" and _DECIMAL_COMMA.match(cell):
        return cell.replace(",", ".")
    return cell


def _header_fits(name: str, header: Sequence[str], columns: Mapping[str, Kind], issues: Issues) -> bool:
    before = len(issues)
    for number, column in enumerate(header):
        if column not in columns:
            remedy = suggestion(column, columns, "delete the column")
            issues.note(f"unknown column {shown(column)}", place(name, 1), listing(columns), remedy)
        elif column in header[:number]:
            issues.note(f"column {column} appears twice", place(name, 1), "each column once", "delete one of them")
    meant = {suggestion(column, columns, "") for column in header if column not in columns}
    for column in columns:
        if column not in header and f"did you mean {column}?" not in meant:
            issues.note(f"column {column} is missing", place(name, 1), ",".join(columns), "add the column")
    return len(issues) == before


def _row(
    name: str, line: int, header: Sequence[str], record: Sequence[str], columns: Mapping[str, Kind], issues: Issues
) -> Row | None:
    if len(record) != len(header):
        what = f"{len(record)} cells in a table of {len(header)} columns"
        remedy = "check the commas; put text with commas in quotes"
        issues.note(what, place(name, line), f"{len(header)} cells", remedy)
        return None
    cells: dict[str, Any] = {}
    for column, cell in zip(header, record, strict=True):
        try:
            cells[column] = columns[column](cell)
        except RefusedError as refusal:
            issues.add(refusal.at(place(name, line, column)))
    return Row(cells, name, line) if len(cells) == len(header) else None


def text(cell: str) -> str:
    """Any text, not empty."""
    if not cell.strip() or "\n" in cell or "\r" in cell:
        raise RefusedError("an empty cell" if not cell.strip() else "a cell of two lines", "text", "fill in the cell")
    return cell


def whole(cell: str) -> int:
    """A count: a whole number, not negative."""
    if _CENSORED.match(cell):
        remedy = "leave the row out: a year's total can stand alone, its sexes are then not fitted"
        raise RefusedError(f"{shown(cell)} is a censored count", "a whole number, 0 or more", remedy)
    if not _WHOLE.match(cell):
        raise RefusedError(f"{shown(cell)} is not a count", "a whole number, 0 or more", "write digits only")
    return int(cell)


def year(cell: str) -> int:
    """A calendar year."""
    if _PART_OF_A_YEAR.match(cell):
        remedy = "leave out what was counted over part of a year"
        raise RefusedError(f"{shown(cell)} is no whole year", "a year from 1800 to 2200", remedy)
    number = whole(cell)
    if not 1800 <= number <= 2200:
        raise RefusedError(f"{shown(cell)} is not a year", "a year from 1800 to 2200", "write four digits")
    return number


def number(cell: str) -> float:
    """A finite number."""
    value = float(cell) if _DECIMAL.match(cell) else math.nan
    if not math.isfinite(value):
        raise RefusedError(f"{shown(cell)} is not a number", "a finite number", "write digits and a decimal point")
    return value


def not_negative(cell: str) -> float:
    """A finite number of 0 or more."""
    value = number(cell)
    if value < 0:
        raise RefusedError(f"{shown(cell)} is negative", "0 or more", "correct the number")
    return value


def one_of(*words: str) -> Kind:
    """One of the words."""

    def read(cell: str) -> str:
        if cell not in words:
            remedy = suggestion(cell, words, "write one of these")
            raise RefusedError(f"{shown(cell)} is not known here", listing(words), remedy)
        return cell

    return read


status = one_of(*STATUSES_OF_VALUES)


def check_row_sources(rows: Sequence[Row], sources: Mapping[str, object] | None, issues: Issues) -> None:
    """Every row cites known sources (`A;B` cites two), or is assumed and says so."""
    for row in rows:
        if issues.full(row.file):
            return
        keys = row.sources
        if (ASSUMED in keys) != (row["status"] == ASSUMED) or (ASSUMED in keys and len(keys) > 1):
            what = f"source {shown(row['source'])} with status {row['status']}"
            expected = "source assumed together with status assumed, or neither"
            issues.note(what, row.place("source"), expected, "correct the source or the status")
        for key in keys:
            if key != ASSUMED and sources is not None and key not in sources:
                remedy = suggestion(key, sources, "add the entry to sources.bib or correct the key")
                issues.note(f"unknown source {shown(key)}", row.place("source"), "a key of sources.bib", remedy)


def grouped(rows: Iterable[Row], *columns: str) -> dict[tuple[Any, ...], list[Row]]:
    """The rows that agree in all of these columns, by what they agree in, in the order of the table."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[column] for column in columns), []).append(row)
    return found


def check_unique(rows: Sequence[Row], columns: Sequence[str], issues: Issues) -> None:
    """No two rows agree in all of these columns."""
    for key, (first, *others) in grouped(rows, *columns).items():
        for row in others:
            what = f"a second row for {', '.join(str(cell) for cell in key)}"
            issues.note(what, row.place(), f"one row (the first is on line {first.line})", "delete one of them")

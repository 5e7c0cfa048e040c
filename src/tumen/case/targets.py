"""targets.yaml and its tables: what the model is compared with, with vintages and error models."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tumen.case import tables
from tumen.case.dates import month_index
from tumen.case.errors import Findings, RefusedError, shown
from tumen.case.tables import Row

#: The last year of which arrivals are used; a case must ask before later ones are read as targets.
LAST_TARGET_YEAR = 2016

_ERROR = re.compile(r"([a-z][a-z_]*)(?:\((?:(n)\s*=\s*)?([0-9.eE+-]+)\))?\Z", re.ASCII)
_WITH_SIZE = ("binomial", "beta_binomial", "multinomial")
_WITH_SPREAD = ("normal", "lognormal", "logit_normal", "at_least", "at_most")
_BARE = ("poisson", "negative_binomial")


@dataclass(frozen=True)
class ErrorModel:
    """How a target scatters around the model: a name and its one number (sample size n, or spread), if it has one."""

    name: str
    number: float | None = None


def error_model(cell: str) -> ErrorModel:
    """An error model: `binomial(n=3000)`, `logit_normal(0.4)`, `poisson`.

    >>> error_model("binomial(n=3000)")
    ErrorModel(name='binomial', number=3000.0)
    """
    match = _ERROR.match(cell)
    name = match[1] if match else ""
    wants_size, wants_spread = name in _WITH_SIZE, name in _WITH_SPREAD
    number = _finite(match[3]) if match and match[3] else None
    sized = bool(match and match[2])
    if name in _BARE and match and match[3] is None:
        return ErrorModel(name)
    if wants_spread and not sized and number is not None and number > 0:
        return ErrorModel(name, number)
    if wants_size and sized and number is not None and number >= 1:
        return ErrorModel(name, number)
    raise RefusedError(
        f"{shown(cell)} is no error model",
        f"NAME(n=SIZE) for {', '.join(_WITH_SIZE)}; NAME(SPREAD) for {', '.join(_WITH_SPREAD)}; or {', '.join(_BARE)}",
        "write for example binomial(n=3000) or logit_normal(0.4)",
    )


def _finite(digits: str) -> float | None:
    try:
        value = float(digits)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _date(cell: str) -> str:
    """A year, month or day."""
    month_index(cell if len(cell) != 4 else f"{cell}-01")
    return cell


ROLE = tables.one_of("fit", "check", "vintage")
ARRIVALS_COLUMNS: Mapping[str, tables.Kind] = {
    "year_start": tables.year,
    "year_end": tables.year,
    "sex": tables.one_of("female", "male", "total"),
    "persons": tables.whole,
    "vintage": tables.text,
    "source": tables.text,
    "status": tables.status,
    "role": ROLE,
}
PROFILES_COLUMNS: Mapping[str, tables.Kind] = {
    "key": tables.text,
    "as_of": _date,
    "population": tables.text,
    "sex": tables.one_of("female", "male", "total"),
    "category": tables.text,
    "value": tables.not_negative,
    "unit": tables.text,
    "source": tables.text,
    "status": tables.status,
    "error": error_model,
    "role": ROLE,
}


def check_arrivals(
    rows: Sequence[Row], start: int | None, end: int | None, later_allowed: bool, findings: Findings
) -> None:
    """Rows lie in order, in the window and not after 2016, count no one twice, and add up over the sexes."""
    tables.check_unique(rows, ("year_start", "year_end", "sex", "vintage", "role"), findings)
    _refuse_hearsay(rows, findings)
    for row in rows:
        if row["year_end"] < row["year_start"]:
            what = f"the years run from {row['year_start']} to {row['year_end']}"
            findings.note(what, row.place("year_end"), "an end not before the start", "correct the years")
        if row["year_end"] > LAST_TARGET_YEAR and not later_allowed:
            _refuse_late(row, "year_end", str(row["year_end"]), findings)
        elif row["role"] == "fit" and start is not None and end is not None:
            if row["year_start"] < start // 12 or row["year_end"] > end // 12:
                findings.note(
                    f"arrivals of {row['year_start']}-{row['year_end']} are to be fitted outside the window",
                    row.place("year_start"),
                    f"years from {start // 12} to {end // 12}",
                    "give the row the role check, or widen the window",
                )
    _check_sums(rows, findings)
    _check_overlaps([row for row in rows if row["role"] == "fit"], findings)


def check_profiles(rows: Sequence[Row], later_allowed: bool, findings: Findings) -> None:
    """Shares are shares, and no row describes people later than 2016."""
    tables.check_unique(rows, ("key", "as_of", "population", "sex", "category", "role", "source"), findings)
    _refuse_hearsay(rows, findings)
    for row in rows:
        if row["unit"] in ("share", "percent") and row["value"] > (1 if row["unit"] == "share" else 100):
            what = f"a {row['unit']} of {row['value']:g}"
            findings.note(what, row.place("value"), "at most 1 (share) or 100 (percent)", "correct the number or unit")
        if int(row["as_of"][:4]) > LAST_TARGET_YEAR and row["role"] != "vintage" and not later_allowed:
            _refuse_late(row, "as_of", row["as_of"], findings)


def _refuse_hearsay(rows: Sequence[Row], findings: Findings) -> None:
    for row in rows:
        if row["role"] == "fit" and row["status"] in ("recalled_unconfirmed", "assumed"):
            findings.note(
                f"a target to fit that is {row['status']}",
                row.place("status"),
                "a number that was seen or derived from one",
                "give the row the role check, or find its source",
            )


def _refuse_late(row: Row, column: str, given: str, findings: Findings) -> None:
    findings.note(
        f"a target after {LAST_TARGET_YEAR}: {given}",
        row.place(column),
        f"years up to {LAST_TARGET_YEAR}",
        "delete the row, or write targets_after_2016: allowed in case.yaml",
    )


def _check_sums(rows: Sequence[Row], findings: Findings) -> None:
    groups: dict[tuple[object, ...], dict[str, Row]] = defaultdict(dict)
    for row in rows:
        groups[row["year_start"], row["year_end"], row["vintage"], row["role"]][row["sex"]] = row
    for found in groups.values():
        if len(found) == 3 and found["female"]["persons"] + found["male"]["persons"] != found["total"]["persons"]:
            both = found["female"]["persons"] + found["male"]["persons"]
            findings.note(
                f"women and men add up to {both}, the total is {found['total']['persons']}",
                found["total"].place("persons"),
                str(both),
                "correct one of the three rows",
            )


def _check_overlaps(rows: Sequence[Row], findings: Findings) -> None:
    for sex in ("female", "male", "total"):
        ordered = sorted((row for row in rows if row["sex"] == sex), key=lambda row: (row["year_start"], row.line))
        for before, after in pairwise(ordered):
            if after["year_start"] <= before["year_end"]:
                findings.note(
                    f"arrivals of {after['year_start']} are counted twice",
                    after.place("year_start"),
                    f"rows to fit that do not overlap (line {before.line} holds the same year)",
                    "give one of them the role check or vintage",
                )

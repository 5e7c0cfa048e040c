"""targets.yaml and its tables: what the model is compared with, with vintages and error models."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel

from tumen.case import tables
from tumen.case.bibliography import Source
from tumen.case.dates import month_index
from tumen.case.error_models import error_model
from tumen.case.error_models.checks import check_error_models
from tumen.case.models import STRICT, Sources, Text
from tumen.case.profile_rows import check_profile_rows
from tumen.case.tables import Row
from tumen.errors import Issues

#: The last year of which arrivals are used; a case must ask before later ones are read as targets.
LAST_TARGET_YEAR = 2016
#: The sex of arrivals that were counted without it; they belong to the total alone.
UNKNOWN = "unknown"


def _date(cell: str) -> str:
    """A year, month or day; a year alone is read as its end, `2000` as `2000-12`."""
    date = f"{cell}-12" if len(cell) == 4 else cell
    month_index(date)
    return date


ROLE = tables.one_of("fit", "check", "vintage")
#: A vintage that is a month or a day; a year alone may mean its end.
_DATED = re.compile(r"\d{4}-(0[1-9]|1[0-2])(-\d{2})?")
ARRIVALS_COLUMNS: Mapping[str, tables.Kind] = {
    "year_start": tables.year,
    "year_end": tables.year,
    "sex": tables.one_of("female", "male", "total", UNKNOWN),
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


class ArrivalsError(BaseModel):
    """Error models of the yearly total and of women among it: how counts scatter around the model."""

    model_config = STRICT
    total: Literal["negative_binomial", "poisson", "lognormal"] = "negative_binomial"
    women: Literal["beta_binomial", "binomial"] = "beta_binomial"


class Table(BaseModel):
    """A table of targets; every row of profiles names its own error model."""

    model_config = STRICT
    file: Text
    title: Text
    source: Sources
    about: Text | None = None


class Arrivals(Table):
    """The main target: yearly arrivals by sex, and how counts scatter around the model."""

    error: ArrivalsError = ArrivalsError()


class Targets(BaseModel):
    """targets.yaml: the tables the model is compared with."""

    model_config = STRICT
    arrivals: Arrivals
    profiles: Table | None = None


def check_arrivals(
    rows: Sequence[Row], start: int | None, end: int | None, later_allowed: bool, issues: Issues
) -> None:
    """Rows lie in order, in the window and not after 2016, count no one twice, and add up over the sexes."""
    tables.check_unique(rows, ("year_start", "year_end", "sex", "vintage", "role"), issues)
    _refuse_hearsay(rows, issues)
    for row in rows:
        if row["year_end"] < row["year_start"]:
            what = f"the years run from {row['year_start']} to {row['year_end']}"
            issues.note(what, row.place("year_end"), "an end not before the start", "correct the years")
        vintage, over = row["vintage"], f"{row['year_end']}-12"
        if row["role"] != "vintage" and _DATED.fullmatch(vintage) and vintage[:7] < over:
            what = f"arrivals of {row['year_end']} as they were known in {vintage}, before the year was over"
            remedy = "correct the vintage, or give the row the role vintage until the whole year is counted"
            issues.note(what, row.place("vintage"), f"{over} or later", remedy)
        if row["year_end"] > LAST_TARGET_YEAR and not later_allowed:
            _refuse_late(row, "year_end", str(row["year_end"]), issues)
        elif row["role"] == "fit" and start is not None and end is not None:
            if row["year_start"] < start // 12 or row["year_end"] > end // 12:
                what = f"arrivals of {row['year_start']}-{row['year_end']} are to be fitted outside the window"
                expected = f"years from {start // 12} to {end // 12}"
                issues.note(what, row.place("year_start"), expected, "give the row the role check, or widen the window")
    _check_sums(rows, issues)
    fitted = [row for row in rows if row["role"] == "fit" and (later_allowed or row["year_end"] <= LAST_TARGET_YEAR)]
    _check_overlaps(fitted, issues)
    # A row refused for another reason leaves a gap; it is reported once, as what it is.
    if rows and not issues.touches(rows[0].file):
        _check_sexes(fitted, issues)


def check_profiles(
    rows: Sequence[Row],
    sources: Mapping[str, Source] | None,
    later_allowed: bool,
    window: tuple[int | None, int | None],
    provinces: Sequence[str] | None,
    issues: Issues,
) -> None:
    """Shares are shares, error models suit them, fitted rows are dated, and no row describes people later than 2016."""
    tables.check_unique(rows, ("key", "as_of", "population", "sex", "category", "role", "source"), issues)
    _refuse_hearsay(rows, issues)
    for row in rows:
        if row["unit"] in ("share", "percent") and row["value"] > (1 if row["unit"] == "share" else 100):
            what = f"a {row['unit']} of {row['value']:g}"
            issues.note(what, row.place("value"), "at most 1 (share) or 100 (percent)", "correct the number or unit")
        if int(row["as_of"][:4]) > LAST_TARGET_YEAR and row["role"] != "vintage" and not later_allowed:
            _refuse_late(row, "as_of", row["as_of"], issues)
        if row["role"] == "fit" and sources is not None:
            _refuse_undated(row, sources, issues)
    check_error_models(rows, issues)
    check_profile_rows(rows, window, provinces, issues)


def published(row: Row, sources: Mapping[str, Source]) -> int | None:
    """The latest year among the sources of a row: from then on it was known. None where no source states a year."""
    return max(
        (year for key in row.sources if key in sources and (year := sources[key].year) is not None), default=None
    )


def _refuse_undated(row: Row, sources: Mapping[str, Source], issues: Issues) -> None:
    if all(key in sources for key in row.sources) and published(row, sources) is None:
        what = f"a target to fit whose source states no year: {row['source']}"
        expected = "a source with a field year in sources.bib, because a row is known from its publication on"
        remedy = "add year = {YYYY} to the entry, or give the row the role check"
        issues.note(what, row.place("source"), expected, remedy)


def _refuse_hearsay(rows: Sequence[Row], issues: Issues) -> None:
    for row in rows:
        if row["role"] == "fit" and row["status"] in ("recalled_unconfirmed", "assumed"):
            what, expected = f"a target to fit that is {row['status']}", "a number that was seen or derived from one"
            issues.note(what, row.place("status"), expected, "give the row the role check, or find its source")


def _refuse_late(row: Row, column: str, given: str, issues: Issues) -> None:
    what, expected = f"a target after {LAST_TARGET_YEAR}: {given}", f"years up to {LAST_TARGET_YEAR}"
    issues.note(what, row.place(column), expected, "delete the row, or write targets_after_2016: allowed in case.yaml")


def _check_sums(rows: Sequence[Row], issues: Issues) -> None:
    """Women, men and those of unknown sex add up to the total where all are given; without the total, to itself."""
    for group in tables.grouped(rows, "year_start", "year_end", "vintage", "role").values():
        found = {row["sex"]: row for row in group}
        if not {"female", "male", "total"} <= set(found):
            continue
        parts = sum(row["persons"] for sex, row in found.items() if sex != "total")
        total = found["total"]["persons"]
        if parts == total:
            continue
        said = "women, men and those of unknown sex" if UNKNOWN in found else "women and men"
        remedy = "correct one of the rows"
        if parts < total and UNKNOWN not in found:
            remedy += f", or add a row of sex unknown with {total - parts}"
        what = f"{said} add up to {parts}, the total is {total}"
        issues.note(what, found["total"].place("persons"), str(parts), remedy)


def _check_sexes(rows: Sequence[Row], issues: Issues) -> None:
    """A span of years to fit has both sexes, with or without their total, or a total alone."""
    for (first, last), found in tables.grouped(rows, "year_start", "year_end").items():
        sexes = {row["sex"] for row in found}
        if len(sexes & {"female", "male"}) == 1:
            only = next(row for row in found if row["sex"] in ("female", "male"))
            what = f"arrivals of {first}-{last} are to be fitted for one sex only"
            expected = "a row for each sex, or a row of the total alone"
            issues.note(what, only.place("sex"), expected, "add the other sex, or give the row the role check")
        elif UNKNOWN in sexes and "female" not in sexes:
            only = next(row for row in found if row["sex"] == UNKNOWN)
            what = f"arrivals of unknown sex of {first}-{last} without those of either sex"
            expected = "rows of women and of men beside it, or a row of the total alone"
            issues.note(what, only.place("sex"), expected, "add them, or delete the row")


def gaps(rows: Sequence[Row]) -> list[int]:
    """Calendar years between the first and the last that is fitted of which nothing is fitted."""
    fitted = {year for row in rows if row["role"] == "fit" for year in range(row["year_start"], row["year_end"] + 1)}
    return sorted(set(range(min(fitted), max(fitted))) - fitted) if fitted else []


def _check_overlaps(rows: Sequence[Row], issues: Issues) -> None:
    """Nobody is counted twice: neither within a sex, nor in a total that overlaps the sexes of other years."""
    sexed = {(row["year_start"], row["year_end"]) for row in rows if row["sex"] != "total"}
    alone = [row for row in rows if (row["year_start"], row["year_end"]) not in sexed]
    for sex in ("female", "male", "total", UNKNOWN):
        among = [row for row in rows if row["sex"] == sex] + (alone if sex in ("female", "male") else [])
        ordered = sorted(among, key=lambda row: (row["year_start"], row.line))
        for before, after in pairwise(ordered):
            if after["year_start"] <= before["year_end"]:
                what = f"arrivals of {after['year_start']} are counted twice"
                expected = f"rows to fit that do not overlap (line {before.line} holds the same year)"
                issues.note(what, after.place("year_start"), expected, "give one of them the role check or vintage")

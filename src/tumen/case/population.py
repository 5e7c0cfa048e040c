"""population.csv and vital_rates.csv: stocks by age and sex, births and deaths, checked for gaps."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from tumen.case import tables
from tumen.case.tables import Row
from tumen.errors import Issues, RefusedError, place, shown

#: Age at which each abridged group of death rates begins; the last is open.
DEATH_AGES = ("0", "1", *(str(age) for age in range(5, 100, 5)), "100+")
#: Spellings of the unit of each rate; the first is the one to write.
UNITS = {
    "births": ("person", "persons"),
    "sex_ratio_at_birth": ("male per female", "males per female", "males_per_female"),
    "death_rate": ("per year", "per person-year", "per_person_year"),
    "deaths": ("person", "persons"),
}
_SEXES_OF = {"death_rate": ("female", "male"), "deaths": ("female", "male", "total")}
_GROUP = re.compile(r"(\d{1,3})-(\d{1,3})\Z", re.ASCII)
_OPEN = re.compile(r"(\d{1,3})\+\Z", re.ASCII)


def age_group(cell: str) -> str:
    """A five-year group as `0-4`, or an open one as `80+`."""
    if match := _GROUP.match(cell):
        low, high = int(match[1]), int(match[2])
        if low % 5 == 0 and high == low + 4 and cell == f"{low}-{high}":
            return cell
    elif (match := _OPEN.match(cell)) and int(match[1]) % 5 == 0 and cell == f"{int(match[1])}+":
        return cell
    what = f"{shown(cell)} is not an age group"
    raise RefusedError(what, "a five-year group as 20-24, the last one open as 80+", "rename it")


POPULATION_COLUMNS: Mapping[str, tables.Kind] = {
    "year": tables.year,
    "sex": tables.one_of("female", "male"),
    "age_group": age_group,
    "persons": tables.not_negative,
    "source": tables.text,
    "status": tables.status,
}
VITAL_COLUMNS: Mapping[str, tables.Kind] = {
    "rate": tables.one_of(*UNITS),
    "year_start": tables.year,
    "year_end": tables.year,
    "sex": tables.one_of("female", "male", "total"),
    "age": tables.one_of("all", *DEATH_AGES),
    "value": tables.not_negative,
    "unit": tables.text,
    "source": tables.text,
    "status": tables.status,
}


def check_population(rows: Sequence[Row], start: int | None, issues: Issues) -> None:
    """Every year has both sexes and the same gapless groups from 0-4 to the open one; the first covers the start."""
    tables.check_unique(rows, ("year", "sex", "age_group"), issues)
    groups: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["year"], row["sex"]].append(row)
    years = sorted({year for year, _ in groups})
    widest = max((found for found in groups.values()), key=len)
    due = _gapless(widest)
    for year in years:
        for sex in ("female", "male"):
            found = groups.get((year, sex), [])
            present = {row["age_group"] for row in found}
            missing = [group for group in due if group not in present]
            surplus = [row for row in found if row["age_group"] not in due]
            if missing:
                more = f" (and {len(missing) - 1} more)" if missing[1:] else ""
                what = f"{year} has no {sex} group {missing[0]}{more}"
                expected, remedy = f"groups from 0-4 to {due[-1]} for both sexes in every year", "add the row"
                issues.note(what, found[-1].place("age_group") if found else place(rows[0].file), expected, remedy)
            for row in surplus:
                what = f"{year} has a group {row['age_group']} above the open one"
                issues.note(what, row.place("age_group"), f"groups up to {due[-1]}", "delete the row")
    if start is not None and years and years[0] > start // 12:
        what = f"the first stock is of {years[0]}"
        issues.note(what, rows[0].place("year"), f"a stock of {start // 12} or earlier", "add it")


def _gapless(rows: Sequence[Row]) -> list[str]:
    """All groups from 0-4 up to the open group of a year's rows (or to its highest group, then open)."""
    opens = [int(row["age_group"][:-1]) for row in rows if row["age_group"].endswith("+")]
    top = opens[0] if opens else max(int(row["age_group"].split("-")[1]) + 1 for row in rows)
    return [f"{age}-{age + 4}" for age in range(0, top, 5)] + [f"{top}+"]


def check_vital_rates(rows: Sequence[Row], start: int | None, end: int | None, issues: Issues) -> None:
    """Births and sex ratio for every year, death rates without gaps in age or time over the window."""
    tables.check_unique(rows, ("rate", "year_start", "year_end", "sex", "age"), issues)
    for row in rows:
        _check_vital_row(row, issues)
    if start is None or end is None or not rows:
        return
    file = rows[0].file
    for rate in ("births", "sex_ratio_at_birth"):
        given = {row["year_start"] for row in rows if row["rate"] == rate}
        missing = [year for year in range(start // 12, end // 12 + 1) if year not in given]
        if missing:
            what = f"no {rate} for {missing[0]}" + (f" (and {len(missing) - 1} more years)" if missing[1:] else "")
            issues.note(what, place(file), f"{rate} for every year of the window", "add the rows")
    _check_death_rates([row for row in rows if row["rate"] == "death_rate"], file, start, end, issues)


def _check_vital_row(row: Row, issues: Issues) -> None:
    rate = row["rate"]
    if row["unit"] not in UNITS[rate]:
        what = f"{rate} is given in {shown(row['unit'])}"
        issues.note(what, row.place("unit"), UNITS[rate][0], f"write {UNITS[rate][0]}")
    period = row["year_end"] - row["year_start"]
    if (period <= 0) if rate == "death_rate" else (period != 0):
        wanted = "a period from one mid-year to a later one" if rate == "death_rate" else "one calendar year"
        what = f"{rate} from {row['year_start']} to {row['year_end']}"
        issues.note(what, row.place("year_end"), wanted, "correct the years")
    sexes = _SEXES_OF.get(rate, ("total",))
    if row["sex"] not in sexes:
        issues.note(f"{rate} of sex {row['sex']}", row.place("sex"), " or ".join(sexes), "correct the sex")
    if rate == "death_rate" and row["age"] == "all":
        issues.note("a death rate of all ages", row.place("age"), "an age: 0, 1, 5, 10, ... 100+", "give it by age")
    if rate == "death_rate" and row["value"] > 10:
        issues.note(f"a death rate of {row['value']:g}", row.place("value"), "at most 10 per year", "check the unit")
    if rate == "sex_ratio_at_birth" and not 0.5 <= row["value"] <= 2:
        what = f"{row['value']:g} males per female"
        issues.note(what, row.place("value"), "0.5 to 2", "write males per female birth")


def _check_death_rates(rows: Sequence[Row], file: str, start: int, end: int, issues: Issues) -> None:
    periods = sorted({(row["year_start"], row["year_end"]) for row in rows})
    present = {(row["year_start"], row["year_end"], row["sex"], row["age"]): row for row in rows}
    for first, last in periods:
        if issues.full(file):
            return
        lines = [row.line for row in rows if (row["year_start"], row["year_end"]) == (first, last)]
        for sex in ("female", "male"):
            missing = [age for age in DEATH_AGES if (first, last, sex, age) not in present]
            if missing:
                what = f"no {sex} death rate at age {missing[0]} in {first}-{last}"
                expected = "a rate for each of the ages " + ", ".join(DEATH_AGES[:4]) + ", ... 100+"
                issues.note(what, place(file, lines[-1]), expected, "add the row")
    needed_end = end // 12 + (1 if end % 12 >= 6 else 0)
    covered = start // 12
    for first, last in periods:
        if first > covered:
            break
        covered = max(covered, last)
    if covered < needed_end:
        what = f"no death rates from the middle of {covered}"
        issues.note(what, place(file), f"periods without gaps from {start // 12} to {needed_end}", "add the period")

"""Checks of the error models that rows of profiles.csv state: units, values, whole tables and shared errors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tumen.case.error_models import ERROR_MODELS
from tumen.case.error_models.base import SHARE_UNITS
from tumen.case.error_models.scales import LOGIT
from tumen.case.tables import Row
from tumen.errors import Issues, listing, shown

#: How far the shares of a table may be from adding up to one: rounding of published shares.
_ROUNDING = 0.02


def check_error_models(rows: Sequence[Row], issues: Issues) -> None:
    """Every row's error model suits its unit and value, tables are whole, and rows with a shared error agree on it."""
    for row in rows:
        _check_unit(row, issues)
        _check_value(row, issues)
    _check_tables([row for row in rows if row["error"].table], issues)
    _check_shared([row for row in rows if row["error"].shared is not None], issues)


def _check_unit(row: Row, issues: Issues) -> None:
    if not row["error"].suits(row["unit"]):
        what = f"{row['error'].name} as the error model of a number in the unit {shown(row['unit'])}"
        expected = listing(name for name, kind in ERROR_MODELS.items() if kind.suits(row["unit"]) and not kind.table)
        issues.note(what, row.place("error"), expected, "write one of these, or correct the unit")


def _check_value(row: Row, issues: Issues) -> None:
    """Models on a log or logit scale need a value that is finite there."""
    model, value = row["error"].in_unit(row["unit"]), row["value"]
    whole = {"share": 1, "percent": 100}.get(row["unit"]) if model.scale is LOGIT else None
    if model.finite and value in (0, whole):
        issues.note(
            f"a value of {value:g} with the error model {model.name}",
            row.place("value"),
            "a value above 0" + (f" and below {whole}" if whole else ""),
            "join the category with another" if model.table else "write another error model, such as normal(SPREAD)",
        )


def _check_tables(rows: Sequence[Row], issues: Issues) -> None:
    tables: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        tables[table_of(row)].append(row)
    for found in tables.values():
        first = found[0]
        if len(found) == 1:
            what = f"{first['error'].name} for a row that stands alone"
            expected = "two rows or more of one key, date, population, sex and role"
            issues.note(what, first.place("error"), expected, "add the other categories, or write binomial(n=SIZE)")
            continue
        for row in found[1:]:
            if (row["error"], row["unit"]) != (first["error"], first["unit"]):
                what = f"{row['error']} ({row['unit']}) in a table that began with {first['error']} ({first['unit']})"
                expected = f"the error model and unit of line {first.line}"
                issues.note(what, row.place("error"), expected, "write the same in every row of a table")
        whole = sum(row["value"] for row in found) / (100 if first["unit"] == "percent" else 1)
        if first["unit"] in SHARE_UNITS and abs(whole - 1) > _ROUNDING:
            what = f"the shares of the table add up to {whole:.3g}"
            remedy = "add the missing categories (`other`), or give each row binomial(n=SIZE)"
            issues.note(what, first.place("value"), "1, for a table divides a whole", remedy)


def _check_shared(rows: Sequence[Row], issues: Issues) -> None:
    keys: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        keys[row["key"], row["role"]].append(row)
    for found in keys.values():
        first = found[0]
        for row in found[1:]:
            if (row["error"].name, row["error"].shared) != (first["error"].name, first["error"].shared):
                what = f"{row['error']} beside {first['error']} for the same key"
                expected = f"the error model and the shared part of line {first.line}"
                remedy = "write the same name and shared=SHARE in every row that shares its error"
                issues.note(what, row.place("error"), expected, remedy)


def table_of(row: Row) -> tuple[object, ...]:
    """What the rows of one table have in common."""
    return tuple(row[column] for column in ("key", "as_of", "population", "sex", "role"))

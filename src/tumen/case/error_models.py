"""Error models of profile rows: how a published number scatters around the model's, and which units each suits."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tumen.case.tables import Row
from tumen.errors import Issues, RefusedError, listing, shown

_NUMBER = r"[0-9.eE+-]+"
_ERROR = re.compile(
    rf"([a-z][a-z_]*)(?:\((?:(n)\s*=\s*)?({_NUMBER})(?:\s*,\s*shared\s*=\s*({_NUMBER}))?\))?\Z", re.ASCII
)
TABLES = ("multinomial", "dirichlet_multinomial")
_WITH_SIZE = ("binomial", "beta_binomial", *TABLES)
_NORMALS = ("normal", "lognormal", "logit_normal")
_BOUNDS = ("at_least", "at_most")
_BARE = ("poisson",)
#: Units of shares; `person` counts people, every other unit is a measured number.
SHARE_UNITS = ("share", "percent")
_OF_SHARES = ("logit_normal", *_WITH_SIZE)
#: How far the shares of a table may be from adding up to one: rounding of published shares.
_ROUNDING = 0.02


@dataclass(frozen=True)
class ErrorModel:
    """How a target scatters around the model.

    number: the sample size n, or the standard deviation (softness of a bound) on the scale of the model, or None.
    shared: the share of the variance that all rows of one key have in common, in (0, 1), or None for independent rows.
    """

    name: str
    number: float | None = None
    shared: float | None = None

    def __str__(self) -> str:
        if self.number is None:
            return self.name
        size = "n=" if self.name in _WITH_SIZE else ""
        return f"{self.name}({size}{self.number:g}{'' if self.shared is None else f', shared={self.shared:g}'})"


def error_model(cell: str) -> ErrorModel:
    """An error model: `binomial(n=3000)`, `logit_normal(0.4)`, `lognormal(0.6, shared=0.8)`, `poisson`.

    >>> error_model("binomial(n=3000)")
    ErrorModel(name='binomial', number=3000.0, shared=None)
    """
    match = _ERROR.match(cell)
    name = match[1] if match else ""
    number, shared = (_finite(match[i]) if match and match[i] else None for i in (3, 4))
    sized, sharing = bool(match and match[2]), bool(match and match[4])
    if name in _BARE and match and match[3] is None:
        return ErrorModel(name)
    if name in _WITH_SIZE and sized and not sharing and number is not None and number >= (2 if name in TABLES else 1):
        return ErrorModel(name, number)
    if name in (*_NORMALS, *_BOUNDS) and not sized and number is not None and number > 0:
        if not sharing:
            return ErrorModel(name, number)
        if name in _NORMALS and shared is not None and 0 < shared < 1:
            return ErrorModel(name, number, shared)
    raise RefusedError(
        f"{shown(cell)} is not an error model",
        f"NAME(n=SIZE) for {', '.join(_WITH_SIZE)}; NAME(SPREAD) for {', '.join((*_NORMALS, *_BOUNDS))}; "
        f"NAME(SPREAD, shared=SHARE) for {', '.join(_NORMALS)}; or {', '.join(_BARE)}",
        "write for example binomial(n=3000) or logit_normal(0.4)",
    )


def _finite(digits: str) -> float | None:
    try:
        value = float(digits)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def check_error_models(rows: Sequence[Row], issues: Issues) -> None:
    """Every row's error model suits its unit and value, tables are whole, and rows with a shared error agree on it."""
    for row in rows:
        _check_unit(row, issues)
        _check_value(row, issues)
    _check_tables([row for row in rows if row["error"].name in TABLES], issues)
    _check_shared([row for row in rows if row["error"].shared is not None], issues)


def _check_unit(row: Row, issues: Issues) -> None:
    name, share = row["error"].name, row["unit"] in SHARE_UNITS
    fits = {"lognormal": not share, "poisson": row["unit"] == "person"}.get(name, share or name not in _OF_SHARES)
    if not fits:
        instead = [*_NORMALS[::2], "binomial", *_BOUNDS] if share else ["normal", "lognormal", *_BOUNDS]
        issues.note(
            f"{name} as the error model of a number in the unit {shown(row['unit'])}",
            row.place("error"),
            listing(instead + (["poisson"] if row["unit"] == "person" else [])),
            "write one of these, or correct the unit",
        )


def _check_value(row: Row, issues: Issues) -> None:
    """Models on a log or logit scale need a value that is finite there."""
    name, value = row["error"].name, row["value"]
    whole = {"share": 1, "percent": 100}.get(row["unit"])
    on_logit = name == "logit_normal" or (name in _BOUNDS and whole is not None)
    on_log = name in ("lognormal", "dirichlet_multinomial") or (name in _BOUNDS and whole is None)
    if ((on_log or on_logit) and value == 0) or (on_logit and value == whole):
        issues.note(
            f"a value of {value:g} with the error model {name}",
            row.place("value"),
            "a value above 0" + (f" and below {whole}" if on_logit else ""),
            "join the category with another" if name in TABLES else "write another error model, such as normal(SPREAD)",
        )


def _check_tables(rows: Sequence[Row], issues: Issues) -> None:
    tables: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        tables[table_of(row)].append(row)
    for found in tables.values():
        first = found[0]
        if len(found) == 1:
            issues.note(
                f"{first['error'].name} for a row that stands alone",
                first.place("error"),
                "two rows or more of one key, date, population, sex and role",
                "add the other categories, or write binomial(n=SIZE)",
            )
            continue
        for row in found[1:]:
            if (row["error"], row["unit"]) != (first["error"], first["unit"]):
                issues.note(
                    f"{row['error']} ({row['unit']}) in a table that began with {first['error']} ({first['unit']})",
                    row.place("error"),
                    f"the error model and unit of line {first.line}",
                    "write the same in every row of a table",
                )
        whole = sum(row["value"] for row in found) / (100 if first["unit"] == "percent" else 1)
        if first["unit"] in SHARE_UNITS and abs(whole - 1) > _ROUNDING:
            issues.note(
                f"the shares of the table add up to {whole:.3g}",
                first.place("value"),
                "1, for a table divides a whole",
                "add the missing categories (`other`), or give each row binomial(n=SIZE)",
            )


def _check_shared(rows: Sequence[Row], issues: Issues) -> None:
    keys: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        keys[row["key"], row["role"]].append(row)
    for found in keys.values():
        first = found[0]
        for row in found[1:]:
            if (row["error"].name, row["error"].shared) != (first["error"].name, first["error"].shared):
                issues.note(
                    f"{row['error']} beside {first['error']} for the same key",
                    row.place("error"),
                    f"the error model and the shared part of line {first.line}",
                    "write the same name and shared=SHARE in every row that shares its error",
                )


def table_of(row: Row) -> tuple[object, ...]:
    """What the rows of one table have in common."""
    return tuple(row[column] for column in ("key", "as_of", "population", "sex", "role"))

"""Promise 14: the policies of North Korea have the values their sources give, from the month the sources give.

`policies.csv` and `steps.csv` were written by hand from the source files, not from the case: what a source says, from
when, and the value that follows; where only the date has a source, which way the step goes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tumen.case import Case, Input, load, shipped
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED

ID = 14
SMALL = FULL = Size(tries=1)
_FOLDER = Path(__file__).resolve().parents[1]
#: How values run between their dates, where they do not hold.
BETWEEN = {
    "strength": "linear",
    "fee": "log",
    "stalls": "log",
    "repatriation_first": "log",
    "repatriation_later": "log",
}
Line = dict[str, str]


def table(name: str) -> list[Line]:
    """The rows of a hand-made table."""
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def value(case: Case, line: Line, month: int) -> float:
    """What the case has in a month for the input, member and variant of a row."""
    given = case.inputs[line["key"]]
    values = given.series(line.get("variant") or "base").one(month)
    return float(values[given.members.index(line["part"]) if line["part"] else 0])


def month_before(between: str, before: float, after: float, months: int) -> float:
    """The value one month before a date, `months` after the date before it."""
    share = (months - 1) / months
    if between == "linear":
        return before + (after - before) * share
    return before * (after / before) ** share if between == "log" else before


def wrong_values(case: Case) -> Iterator[str]:
    """Rows of the hand table that the case contradicts: on the date, in the month before, or in the source."""
    lines = table("policies.csv")
    for place, line in enumerate(lines):
        name = f"{line['key']}.{line['part']} {line['date']}"
        given = case.inputs[line["key"]]
        rows = {row.month: row for row in given.rows(line["variant"] or "base")}
        month, wanted = case.month(line["date"]), float(line["value"])
        if month not in rows or line["source"] not in rows[month].source or rows[month].status == "assumed":
            yield f"{name} is not in the case, or not from {line['source']}"
            continue
        if value(case, line, month) != wanted:
            yield f"{name} is {value(case, line, month)}, not {wanted}"
        last = lines[place - 1]
        if place and all(last[k] == line[k] for k in ("key", "part", "variant")):
            then = case.month(last["date"])
            expected = month_before(BETWEEN.get(line["key"], "hold"), float(last["value"]), wanted, month - then)
            follows = max(m for m in rows if m < month) == then
            if follows and not np.isclose(value(case, line, month - 1), expected, rtol=1e-12, atol=0):
                yield f"{name}: the month before has {value(case, line, month - 1)}, not {expected}"


def wrong_steps(case: Case) -> Iterator[str]:
    """Dated steps of assumed size that do not go the way their source says, or do not name it."""
    for line in table("steps.csv"):
        month = case.month(line["date"])
        row = {row.month: row for row in case.inputs[line["key"]].rows()}.get(month)
        if row is None or line["source"] not in (*row.source, *_words(row.because)):
            yield f"{line['key']} {line['date']} is not in the case, or does not name {line['source']}"
            continue
        step = value(case, line, month) - value(case, line, month - 1)
        if not (step > 0 if line["way"] == "up" else step < 0):
            yield f"{line['key']} {line['date']} goes by {step}, not {line['way']}"


def _words(text: str | None) -> list[str]:
    return (
        (text or "").replace("(", " ").replace(")", " ").replace(",", " ").replace(";", " ").replace(".", " ").split()
    )


def missing(case: Case) -> Iterator[str]:
    """Sourced values of the inputs in the hand table, in the base history, that have no row there."""
    lines = table("policies.csv") + table("steps.csv")
    known = {(line["key"], line["part"], case.month(line["date"])) for line in lines if not line.get("variant")}
    for key in sorted({line["key"] for line in lines}):
        parts = sorted({part for k, part, _ in known if k == key})
        for row in case.inputs[key].values:
            for part in parts:
                if row.status != "assumed" and (key, part, row.month) not in known:
                    yield f"{key}.{part} {row.date} has no row in policies.csv"


def wrong_months(given: Input, variant: str) -> Iterator[str]:
    """Dates of an input at which the monthly values before and after are not those its rows give."""
    rows, series = given.rows(variant), given.series(variant)
    for place, row in enumerate(rows):
        if not np.array_equal(series.one(row.month), row.value):
            yield f"{given.key} {variant} {row.date}"
        if place and row.month - 1 >= rows[0].month:
            last = rows[place - 1]
            pairs = zip(last.value, row.value, strict=True)
            expected = [month_before(given.between, a, b, row.month - last.month) for a, b in pairs]
            if not np.allclose(series.one(row.month - 1), expected, rtol=1e-12, atol=0):
                yield f"{given.key} {variant} before {row.date}"
    if not np.array_equal(series.one(rows[-1].month + 600), rows[-1].value):
        yield f"{given.key} {variant} long after {rows[-1].date}"


def check(size: Size) -> Row:
    """The hand tables against North Korea; every date of every input of every shipped case against its own rows."""
    watch = Watch(ID, "policy values are the sourced ones", SEED)
    case = load("north_korea")
    faults = [*wrong_values(case), *wrong_steps(case), *missing(case)]
    by_hand = len(table("policies.csv")) + len(table("steps.csv"))
    dates = 0
    for name, _ in shipped():
        for given in load(name).inputs.values():
            for variant in ("base", *given.variants):
                dates += len(given.rows(variant))
                faults += wrong_months(given, variant)
    figure = f"{by_hand} rows by hand, {dates} dated values a month either side, {len(faults)} wrong"
    return watch.row(by_hand + dates, len(faults), figure + "".join(f"; {fault}" for fault in faults[:5]))

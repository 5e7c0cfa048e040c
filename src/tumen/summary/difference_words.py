"""A difference of two results as a headline, tables for a terminal, and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from tumen.case.inputs import BASE
from tumen.summary.draws import FEWEST, FLOWS, SHARE
from tumen.summary.formatting import count, theory, year_table

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from tumen.case import Case
    from tumen.result import Result
    from tumen.summary.difference import Difference

#: Standard errors beyond which a difference is told as one; with draws zero must be outside their interval.
SURE = 2.0
#: Traits of a result that are told only where they differ.
_HOW = ("theory ", "case ")


def names(found: Difference) -> tuple[str, str]:
    """The two results in words: what either has that the other has not, else what both have, else `base`."""
    one, other, shared = _own(found)
    return ", ".join(one or shared) or "base", ", ".join(other or shared) or "base"


def _own(found: Difference) -> tuple[list[str], list[str], list[str]]:
    """Traits of the base alone, of the changed one alone, and of both."""
    one, other = (_traits(result, found.case) for result in (found.base, found.changed))
    shared = [trait for trait in one if trait in other and not trait.startswith(_HOW)]
    return [t for t in one if t not in other], [t for t in other if t not in one], shared


def _traits(result: Result, case: Case | None) -> list[str]:
    """What makes a world: its scenarios by title, settings, variants and history; then theory and case."""
    record = result.record
    asked = record.get("request") or {}
    known = case.scenarios if case is not None else {}
    scenarios = [str(name) for name in record.get("scenario") or ()]
    found = [known[name].title if name in known else name.replace("_", " ") for name in scenarios]
    found += [str(setting) for setting in asked.get("settings", ())]
    found += [f"{key} after {name}" for key, name in asked.get("variants", {}).items()]
    if not found and record.get("diff"):
        found = [f"{len(record['diff'])} changes"]
    history = record.get("history") or BASE
    found += [] if history == BASE else [f"history {history}"]
    return [*found, f"theory {theory(record)}", f"case {(record.get('case') or {}).get('name')}"]


def title(found: Difference) -> str:
    """The finding in a sentence: what is changed, and by how much women's share of arrivals differs."""
    (before, after), (alone, _, _) = names(found), _own(found)
    name = f"{after} instead of {before}" if alone else after
    if before == after:
        name = "Two runs of one world" if found.changes or not found.paired else "The same world twice"
    row, apart = found.of(), "" if found.paired else ", not paired"
    points = 100 * float(row["difference"])
    if not np.isfinite(points):
        return f"{name}: too few arrivals to tell a share"
    if not sure(row):
        return f"{name}: women's share differs by no more than its noise{apart}"
    return f"{name}: {abs(points):.1f} points {'more' if points > 0 else 'fewer'} women{apart}"


def headline(found: Difference) -> str:
    """Women, men and women's share of arrivals over all years together, with noise."""
    row = found.of()
    years = f"{row['first']}-{row['last']}" if row["last"] > row["first"] else f"{row['first']}"
    parts = []
    for measure, word in (("female", "women"), ("male", "men"), (SHARE, "women's share")):
        one = found.of(measure=measure)
        before, after = (_value(float(one[side]), measure) for side in ("base", "changed"))
        unit = " %" if measure == SHARE else ""
        parts.append(f"{word} {before} -> {after}{unit} ({_away(one)}{' points' if measure == SHARE else ''})")
    return f"arrivals {years}: {', '.join(parts)}"


def sure(row: pd.Series[Any]) -> bool:
    """Whether a difference is beyond its noise."""
    if "lo80" in row:
        return bool(row["lo80"] > 0 or row["hi80"] < 0)
    return bool(abs(row["difference"]) > SURE * row["se"])


def table(found: Difference, flow: str) -> Table:
    """Women, men and women's share by year: base, changed, and the difference with its noise."""
    away = "\ndiff. (80 %)" if found.drawn else "\ndiff."
    persons = ("women\nbase", "\nnew", "\ndiff.", "men\nbase", "\nnew", "\ndiff.")
    shown = year_table(flow.capitalize(), (*persons, "%\nbase", "women\nnew", away))
    rows = found.table[found.table["flow"] == flow]
    for first, last, some in _by_years(rows):
        if last > first:
            shown.add_section()
        by = {row["measure"]: row for _, row in some.iterrows()}
        few = min(by["total"]["base"], by["total"]["changed"]) < FEWEST
        cells = [cell for name in ("female", "male", SHARE) for cell in _cells(by[name], few and name == SHARE)]
        shown.add_row("all" if last > first else str(first), *cells)
    return shown


def _by_years(rows: pd.DataFrame) -> Iterator[tuple[int, int, pd.DataFrame]]:
    """First and last year, and the rows of all measures: the years one by one, then all of them together."""
    for _, some in rows.groupby(["first", "last"], sort=False):
        yield int(some["first"].iloc[0]), int(some["last"].iloc[0]), some


def _cells(row: pd.Series[Any], blank: bool) -> list[str]:
    if blank:
        return ["", "", ""]
    before, after = (_value(float(row[side]), row["measure"]) for side in ("base", "changed"))
    if "lo80" not in row:
        return [before, after, _away(row)]
    middle = _signed(row, "difference")  # of persons alone: with all intervals a line would not fit a terminal
    return [before, after, f"{middle} ({_interval(row)})" if middle and row["measure"] == SHARE else middle]


def _value(value: float, measure: str) -> str:
    if not np.isfinite(value):
        return ""
    return f"{100 * value:.1f}" if measure == SHARE else count(value)


def _away(row: pd.Series[Any]) -> str:
    """A difference with its noise; persons, or points."""
    value = _signed(row, "difference")
    if not value or "lo80" in row:
        return value and f"{value}, 80 % {_interval(row)}"
    noise = _signed(row, "se").lstrip("+")
    return f"{value} ± {noise}" if noise else value


def _interval(row: pd.Series[Any]) -> str:
    return f"{_signed(row, 'lo80')} to {_signed(row, 'hi80')}"


def _signed(row: pd.Series[Any], column: str) -> str:
    """A number of persons, or points, with its sign; empty where there is none. What rounds to zero is not negative."""
    times, decimals = (100.0, 1) if row["measure"] == SHARE else (1.0, 0)
    value = times * float(row[column])
    return f"{round(value, decimals) + 0.0:+,.{decimals}f}" if np.isfinite(value) else ""


def as_json(found: Difference) -> dict[str, Any]:
    """The whole difference for machines; shares and their differences as shares, null where there is no number."""
    base, changed = names(found)
    content: dict[str, Any] = {
        "title": title(found),
        "base": base,
        "changed": changed,
        "paired": found.paired,
        "not_paired_because": list(found.apart),
        "notes": list(found.notes),
        "noise": found.noise,
        "changes": [asdict(one) for one in found.changes],
    }
    columns = [name for name in found.table.columns if name not in ("flow", "measure", "first", "last")]
    for flow in FLOWS:
        some = found.table[found.table["flow"] == flow]
        content[flow] = [
            {"from": first, "to": last}
            | {str(row["measure"]): {name: float(row[name]) for name in columns} for _, row in part.iterrows()}
            for first, last, part in _by_years(some)
        ]
    return content


def as_csv(found: Difference) -> bytes:
    """The table as a file: one row a flow, years and measure."""
    text: str = found.table.to_csv(index=False, lineterminator="\n")
    return text.encode()

"""Reading the files under inputs/: every input with its place, and every problem found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tumen.case.dates import month_text
from tumen.case.documents import Document
from tumen.case.inputs import BASE, Dated, Input, Members, interval, members_of, spread
from tumen.case.reading import LOOK, OF_VOCABULARY, Reading
from tumen.case.vocabulary import SEXES, VOCABULARY, ParameterSpec
from tumen.errors import Issues, place, shown, suggestion


@dataclass(frozen=True)
class Context:
    """What an input is checked against: the other files of its case. None where that file could not be read."""

    start: int | None
    provinces: tuple[str, ...] | None
    classes: tuple[str, ...] | None
    sources: Mapping[str, object] | None


def read_inputs(documents: Sequence[Document], context: Context, whole: bool, issues: Issues) -> dict[str, Input]:
    """The inputs of all files under inputs/, in the vocabulary's order; what is wrong goes to `issues`.

    Only when the documents are `whole` (every file could be read) are inputs called missing.
    """
    found: dict[str, Input] = {}
    stands: dict[str, str] = {}
    unknown: list[str] = []
    for document in documents:
        reading = Reading(document, issues, context.sources)
        if not isinstance(document.data, dict):
            issues.note("no inputs", place(document.name, 1), "KEY: {unit, values}", "add inputs or delete the file")
            continue
        for key, data in document.data.items():
            if issues.full(document.name):
                break
            if key not in VOCABULARY:
                unknown.append(key)
                what = f"unknown input {shown(key)}"
                reading.unknown([key], what, key, VOCABULARY, f"delete it, or {LOOK}", OF_VOCABULARY)
            elif key in stands:
                expected = f"each input once (it is at {stands[key]})"
                reading.note([key], f"input {key} appears twice", expected, "delete one of them")
            else:
                stands[key] = document.place(key)
                if (read := _read_input(key, data, context, reading)) is not None:
                    found[key] = read
    if whole:
        _report_missing(stands, unknown, issues)
    return {key: found[key] for key in VOCABULARY if key in found}


def _report_missing(stands: Mapping[str, str], unknown: Sequence[str], issues: Issues) -> None:
    # A misspelt key is one mistake, not two: the input it was meant for is not reported as missing as well.
    meant = {suggestion(key, VOCABULARY, "") for key in unknown}
    for key, spec in VOCABULARY.items():
        if key not in stands and f"did you mean {key}?" not in meant:
            remedy = f"add {key}: {{unit: {spec.unit}, values: ...}} to a file in inputs/"
            issues.note(f"input {key} is missing", place("inputs"), f"every input once: {spec.title}", remedy)


def _read_input(key: str, data: Any, context: Context, reading: Reading) -> Input | None:
    spec, before = VOCABULARY[key], len(reading.issues)
    names = _members(spec, context)
    given = reading.model(Input, key, data=data, context=Members(spec, names))
    if given is None:
        return None
    if given.unit != spec.unit:
        reading.note([key, "unit"], f"{key} is given in {shown(given.unit)}", spec.unit, f"write unit: {spec.unit}")
    if given.range is not None and not spec.low <= given.low < given.high <= spec.high:
        what, within = f"range {given.low:g} to {given.high:g}", f"{interval(spec.low, spec.high)} {spec.unit}"
        reading.note([key, "range"], what, f"a range within {within}", "narrow the range, or leave it out")
        given = given.model_copy(update={"range": None})
    if names is None:
        return None
    _check_neutral(given, reading)
    _check_rows(given, given.dated, (key, "values"), context.start, reading)
    for name, variant in given.variants.items():
        if name == BASE:
            reading.note([key, "variants", name], "a variant called base", "another name", "rename the variant")
        _check_rows(given, variant.dated, (key, "variants", name, "values"), context.start, reading)
    total = sum(variant.weight for variant in given.variants.values())
    if total > 1 + 1e-9:
        what = f"the weights of the variants of {key} add up to {total:g}"
        reading.note([key, "variants"], what, "at most 1, the base has what is left", "lower a weight")
    return given if len(reading.issues) == before else None


def _members(spec: ParameterSpec, context: Context) -> tuple[str, ...] | None:
    if (spec.by == "province" and context.provinces is None) or (spec.by == "class" and context.classes is None):
        return None
    return members_of(spec.by, context.provinces or (), context.classes or ())


def _check_neutral(given: Input, reading: Reading) -> None:
    path = (given.key, "neutral")
    if given.neutral_ is None:
        return
    if given.by != "sex":
        what = f"{given.key} has a neutral value but does not differ by sex"
        reading.note(path, what, "none", "delete neutral")
        return
    with reading.placed(*path):
        if len(set(spread(given.neutral_, SEXES, given.spec))) > 1:
            what = "the neutral values of the sexes differ"
            reading.note(path, what, "one number for both", "correct one of them")


def _check_rows(
    given: Input, dated: Mapping[str, Dated], path: tuple[str, ...], start: int | None, reading: Reading
) -> None:
    """Check dated values; start: the month in which the window opens, None where it could not be read."""
    rows: dict[int, Dated] = {}
    for date, row in dated.items():
        if row.month in rows:
            once = "one value a month, the time step (a day after the 15th acts from the next month)"
            reading.note([*path, date], f"two values in {month_text(row.month)}", once, "delete one")
        with reading.placed(*path, date, "value"):
            given.admit(np.array(row.value))
            reading.cites(row, *path, date)
            rows[row.month] = row
    first = rows[min(rows)] if len(rows) == len(dated) else None
    if first is not None and start is not None and first.month > start:
        what = f"{given.key} has no value before {first.date}"
        expected = f"a value from {month_text(start)}, where the window opens, or earlier"
        reading.note([*path, first.date], what, expected, "add an earlier value")

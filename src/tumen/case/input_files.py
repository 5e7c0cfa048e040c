"""Reading the files under inputs/: every input with its place, and every problem found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tumen.case.bibliography import check_source
from tumen.case.dates import month_text
from tumen.case.documents import Document
from tumen.case.inputs import BASE, Dated, Input, Members, interval, members_of, spread
from tumen.case.validation_errors import validated
from tumen.case.vocabulary import SEXES, VOCABULARY, ParameterSpec
from tumen.errors import Issues, RefusedError, place, shown, suggestion


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
        if not isinstance(document.data, dict):
            issues.note("no inputs", place(document.name, 1), "KEY: {unit, values}", "add inputs or delete the file")
            continue
        for key, data in document.data.items():
            if issues.full(document.name):
                break
            where = document.place(key)
            if key not in VOCABULARY:
                unknown.append(key)
                remedy = suggestion(key, VOCABULARY, "delete it, or look for the key in the vocabulary of inputs")
                issues.note(f"unknown input {shown(key)}", where, "a key of the vocabulary of inputs", remedy)
            elif key in stands:
                expected = f"each input once (it is at {stands[key]})"
                issues.note(f"input {key} appears twice", where, expected, "delete one of them")
            else:
                stands[key] = where
                if (read := _read_input(key, data, document, context, issues)) is not None:
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


def _read_input(key: str, data: Any, document: Document, context: Context, issues: Issues) -> Input | None:
    spec = VOCABULARY[key]
    names = _members(spec, context)
    given = validated(Input, data, document, (key,), issues, Members(spec, names))
    if given is None:
        return None
    before = len(issues)
    if given.unit != spec.unit:
        what, where = f"{key} is given in {shown(given.unit)}", document.place(key, "unit")
        issues.note(what, where, spec.unit, f"write unit: {spec.unit}")
    if given.range is not None and not spec.low <= given.low < given.high <= spec.high:
        issues.note(
            f"range {given.low:g} to {given.high:g}",
            document.place(key, "range"),
            f"a range within {interval(spec.low, spec.high)} {spec.unit}",
            "narrow the range, or leave it out",
        )
        given = given.model_copy(update={"range": None})
    if names is None:
        return None
    _check_neutral(given, document, issues)
    _check_rows(given, given.dated, (key, "values"), document, context, issues)
    _check_variants(given, document, context, issues)
    return given if len(issues) == before else None


def _members(spec: ParameterSpec, context: Context) -> tuple[str, ...] | None:
    if (spec.by == "province" and context.provinces is None) or (spec.by == "class" and context.classes is None):
        return None
    return members_of(spec.by, context.provinces or (), context.classes or ())


def _check_neutral(given: Input, document: Document, issues: Issues) -> None:
    if given.neutral_ is None:
        return
    where = document.place(given.key, "neutral")
    if given.by != "sex":
        issues.note(f"{given.key} has a neutral value but does not differ by sex", where, "none", "delete neutral")
        return
    try:
        values = set(spread(given.neutral_, SEXES, given.spec))
    except RefusedError as refusal:
        issues.add(refusal.at(where))
        return
    if len(values) > 1:
        issues.note("the neutral values of the sexes differ", where, "one number for both", "correct one of them")


def _check_rows(
    given: Input,
    dated: Mapping[str, Dated],
    path: tuple[str, ...],
    document: Document,
    context: Context,
    issues: Issues,
) -> None:
    rows: dict[int, Dated] = {}
    for date, row in dated.items():
        if row.month in rows:
            issues.note(
                f"two values in {month_text(row.month)}",
                row.where,
                "one value a month, the time step (a day after the 15th acts from the next month)",
                "delete one",
            )
        try:
            given.admit(np.array(row.value))
        except RefusedError as refusal:
            issues.add(refusal.at(document.place(*path, date, "value")))
            continue
        check_source(row, document.place(*path, date, "source"), context.sources, issues)
        rows[row.month] = row
    first = rows[min(rows)] if len(rows) == len(dated) else None
    if first is not None and context.start is not None and first.month > context.start:
        issues.note(
            f"{given.key} has no value before {first.date}",
            first.where,
            f"a value from {month_text(context.start)}, where the window opens, or earlier",
            "add an earlier value",
        )


def _check_variants(given: Input, document: Document, context: Context, issues: Issues) -> None:
    for name, variant in given.variants.items():
        if name == BASE:
            issues.note("a variant called base", variant.where, "another name", "rename the variant")
        _check_rows(given, variant.dated, (given.key, "variants", name, "values"), document, context, issues)
    total = sum(variant.weight for variant in given.variants.values())
    if total > 1 + 1e-9:
        issues.note(
            f"the weights of the variants of {given.key} add up to {total:g}",
            document.place(given.key, "variants"),
            "at most 1, the base has what is left",
            "lower a weight",
        )

"""The inputs of a case: dated, sourced values of every key of the vocabulary, read and checked against their limits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from tumen.case.bibliography import ASSUMED
from tumen.case.dates import effect_month, month_text
from tumen.case.documents import Document
from tumen.case.models import InputModel, ValueModel
from tumen.case.series import Array, Provenance, Series
from tumen.case.validation_errors import validated
from tumen.case.vocabulary import SEXES, STATUSES, VOCABULARY, ParameterSpec
from tumen.errors import Issues, RefusedError, listing, place, shown, suggestion

#: The name of the history without variants, and of an input's own values among its variants.
BASE = "base"
#: The unit of a yes (1) or no (0), between which there is nothing.
FLAG = "flag"


@dataclass(frozen=True)
class Dated:
    """A value with its date, source and status; `value` has one entry for each member of the input's dimension.

    date: as written; month: the month index from which the value acts (the next month for a day after the 15th).
    """

    date: str
    month: int
    value: tuple[float, ...]
    source: tuple[str, ...]
    status: str
    because: str | None
    note: str | None
    where: str

    @property
    def origin(self) -> Provenance:
        """Place, source and status."""
        return Provenance(self.where, self.source, self.status)


@dataclass(frozen=True)
class Variant:
    """A contested history of an input, with the weight given to it."""

    key: str
    title: str
    weight: float
    because: str | None
    values: tuple[Dated, ...]


@dataclass(frozen=True)
class Input:
    """One input of a case; `values` are the base values, `variants` replace them whole."""

    vocable: ParameterSpec
    title: str
    between: str
    low: float
    high: float
    policy: str | None
    neutral: float | None
    values: tuple[Dated, ...]
    variants: Mapping[str, Variant] = field(hash=False)
    members: tuple[str, ...]
    where: str

    @property
    def key(self) -> str:
        """The key of the vocabulary."""
        return self.vocable.key

    @property
    def unit(self) -> str:
        """The unit of the values."""
        return self.vocable.unit

    @property
    def by(self) -> str | None:
        """The dimension over which one value may differ."""
        return self.vocable.by

    @property
    def base_weight(self) -> float:
        """The weight the variants leave to the base values."""
        return max(0.0, 1.0 - sum(variant.weight for variant in self.variants.values()))

    @property
    def neutral_text(self) -> str:
        """What both sexes get when the input is neutralised and no number is given for it."""
        return "the larger of the two" if self.unit == FLAG else "the mean of the two"

    def rows(self, variant: str = BASE) -> tuple[Dated, ...]:
        """The dated values of the base or of a variant."""
        return self.values if variant == BASE else self.variants[variant].values

    def base(self, date: str, part: str | None) -> float:
        """The base value of a member (None: the only one) at one of the dates as they are written."""
        row = next(row for row in self.values if row.date == date)
        return row.value[self.members.index(part) if part is not None else 0]

    def series(self, variant: str = BASE) -> Series:
        """The base or a variant as it runs in time."""
        return self._series[variant]

    @cached_property
    def _series(self) -> dict[str, Series]:
        names = (BASE, *self.variants)
        return {
            name: Series.through(
                [(row.month, np.array(row.value), row.origin) for row in self.rows(name)], self.between
            )
            for name in names
        }

    def amount(self, given: object) -> Array:
        """A number or mapping as one entry for each member; raises RefusedError when it does not fit the input."""
        return np.array(spread(given, self.members, self.vocable))

    def admit(self, values: Array, held: bool = False) -> None:
        """Raise RefusedError when a value lies outside the input's range, or cannot run in logarithms.

        `held`: the values stand still, so they run to no others.
        """
        for value in values.ravel():
            if not math.isfinite(value) or not self.low <= value <= self.high:
                raise RefusedError(
                    f"{self.key} is {value:.10g}",
                    f"{_interval(self.low, self.high)} {self.unit}",
                    "correct the number",
                )
        if self.unit == FLAG and not np.isin(values, (0, 1)).all():
            raise RefusedError(f"{self.key} is a flag and neither 0 nor 1", "0 or 1", "write 0 for no or 1 for yes")
        if self.between == "log" and not held and not (values > 0).all():
            raise RefusedError(
                f"{self.key} runs in logarithms and is 0", "numbers above 0", "write between: linear or hold"
            )


def members_of(by: str | None, provinces: Sequence[str], classes: Sequence[str]) -> tuple[str, ...]:
    """The members of a dimension, in the order of every array; none for an input without a dimension."""
    return {
        None: (),
        "sex": SEXES,
        "status": STATUSES,
        "province": tuple(provinces),
        "class": tuple(classes),
    }[by]


def spread(given: object, members: Sequence[str], vocable: ParameterSpec) -> list[float]:
    """A number or mapping from a file as a list of numbers, one for each member (one when there are none)."""
    if not isinstance(given, dict):
        return [_number(given)] * max(1, len(members))
    if vocable.by is None:
        raise RefusedError(f"{vocable.key} differs by nothing", "one number", "write the number instead of the mapping")
    for name in given:
        if name not in members and name != "default":
            remedy = suggestion(name, members, "delete it")
            raise RefusedError(f"{shown(name)} is no {vocable.by}", listing(members), remedy)
    missing = [name for name in members if name not in given]
    if missing and "default" not in given:
        raise RefusedError(
            f"{vocable.key} has no number for {', '.join(missing[:5])}",
            f"a number for each {vocable.by}: {', '.join(members[:12])}",
            "add the member, or default: NUMBER",
        )
    return [_number(given.get(name, given.get("default"))) for name in members]


def _number(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not math.isfinite(given):
        raise RefusedError(f"{shown(given)} is no number", "a finite number", "write the number")
    return float(given)


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
                issues.note(f"input {key} stands twice", where, expected, "delete one of them")
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
    for key, vocable in VOCABULARY.items():
        if key not in stands and f"did you mean {key}?" not in meant:
            remedy = f"add {key}: {{unit: {vocable.unit}, values: ...}} to a file in inputs/"
            issues.note(f"input {key} is missing", place("inputs"), f"every input once: {vocable.title}", remedy)


def _read_input(key: str, data: Any, document: Document, context: Context, issues: Issues) -> Input | None:
    model = validated(InputModel, data, document, (key,), issues)
    if model is None:
        return None
    before = len(issues)
    vocable = VOCABULARY[key]
    if model.unit != vocable.unit:
        what, where = f"{key} is given in {shown(model.unit)}", document.place(key, "unit")
        issues.note(what, where, vocable.unit, f"write unit: {vocable.unit}")
    low, high = _limits(vocable, model, document, issues)
    members = _members(vocable, context)
    if members is None:
        return None
    neutral = _neutral(vocable, model, document, issues)
    shell = Input(
        vocable,
        model.title or vocable.title,
        model.between,
        low,
        high,
        model.policy,
        neutral,
        (),
        {},
        members,
        document.place(key),
    )
    values = _rows(shell, model.values, (key, "values"), document, context, issues)
    variants = _variants(shell, model, document, context, issues)
    if len(issues) > before:
        return None
    return _with(shell, values, variants)


def _with(shell: Input, values: tuple[Dated, ...], variants: dict[str, Variant]) -> Input:
    fields = {name: getattr(shell, name) for name in shell.__dataclass_fields__}
    return Input(**(fields | {"values": values, "variants": variants}))


def _members(vocable: ParameterSpec, context: Context) -> tuple[str, ...] | None:
    if (vocable.by == "province" and context.provinces is None) or (vocable.by == "class" and context.classes is None):
        return None
    return members_of(vocable.by, context.provinces or (), context.classes or ())


def _limits(vocable: ParameterSpec, model: InputModel, document: Document, issues: Issues) -> tuple[float, float]:
    if model.range is None:
        return vocable.low, vocable.high
    low, high = model.range
    if not vocable.low <= low < high <= vocable.high:
        issues.note(
            f"range {low:g} to {high:g}",
            document.place(vocable.key, "range"),
            f"a range within {_interval(vocable.low, vocable.high)} {vocable.unit}",
            "narrow the range, or leave it out",
        )
        return vocable.low, vocable.high
    return low, high


def _neutral(vocable: ParameterSpec, model: InputModel, document: Document, issues: Issues) -> float | None:
    if model.neutral is None:
        return None
    where = document.place(vocable.key, "neutral")
    if vocable.by != "sex":
        issues.note(f"{vocable.key} has a neutral value but does not differ by sex", where, "none", "delete neutral")
        return None
    try:
        values = set(spread(model.neutral, SEXES, vocable))
    except RefusedError as refusal:
        issues.add(refusal.at(where))
        return None
    if len(values) > 1:
        issues.note("the neutral values of the sexes differ", where, "one number for both", "correct one of them")
    return values.pop()


def _rows(
    shell: Input,
    given: Mapping[str, ValueModel],
    path: tuple[str, ...],
    document: Document,
    context: Context,
    issues: Issues,
) -> tuple[Dated, ...]:
    rows: dict[int, Dated] = {}
    for date, entry in given.items():
        where = document.place(*path, date)
        month = effect_month(date)
        if month in rows:
            issues.note(
                f"two values in {month_text(month)}",
                where,
                "one value a month, for months are the steps (a day after the 15th acts from the next month)",
                "delete one",
            )
        try:
            value = shell.amount(entry.value)
            shell.admit(value)
        except RefusedError as refusal:
            issues.add(refusal.at(document.place(*path, date, "value")))
            continue
        source = check_source(entry, document.place(*path, date, "source"), context.sources, issues)
        rows[month] = Dated(date, month, tuple(value.tolist()), source, entry.status, entry.because, entry.note, where)
    ordered = tuple(rows[month] for month in sorted(rows))
    if ordered and len(ordered) == len(given) and context.start is not None and ordered[0].month > context.start:
        issues.note(
            f"{shell.key} has no value before {ordered[0].date}",
            document.place(*path, ordered[0].date),
            f"a value from {month_text(context.start)}, where the window opens, or earlier",
            "add an earlier value",
        )
    return ordered


def _variants(
    shell: Input, model: InputModel, document: Document, context: Context, issues: Issues
) -> dict[str, Variant]:
    found: dict[str, Variant] = {}
    for name, entry in model.variants.items():
        path = (shell.key, "variants", name)
        if name == BASE:
            issues.note("a variant called base", document.place(*path), "another name", "rename the variant")
        rows = _rows(shell, entry.values, (*path, "values"), document, context, issues)
        found[name] = Variant(name, entry.title or name, entry.weight, entry.because, rows)
    total = sum(variant.weight for variant in found.values())
    if total > 1 + 1e-9:
        issues.note(
            f"the weights of the variants of {shell.key} add up to {total:g}",
            document.place(shell.key, "variants"),
            "at most 1, the base has what is left",
            "lower a weight",
        )
    return found


def check_source(entry: Any, where: str, sources: Mapping[str, object] | None, issues: Issues) -> tuple[str, ...]:
    """The source keys of an entry; unknown keys and assumptions without a reason go to `issues`."""
    keys = tuple(entry.source) if isinstance(entry.source, list) else (entry.source,)
    status = getattr(entry, "status", None)
    if ASSUMED in keys:
        if len(keys) > 1:
            issues.note("assumed stands beside a source", where, "assumed alone or sources", "delete one of them")
        if status not in (None, ASSUMED):
            issues.note(f"an assumed value with status {status}", where, "status: assumed", "write status: assumed")
        if not entry.because:
            issues.note("an assumed value without a reason", where, "because: ...", "add because: WHY THIS NUMBER")
    elif status == ASSUMED:
        issues.note("status assumed beside a source", where, "source: assumed", "correct the status or the source")
    for key in keys:
        if key != ASSUMED and sources is not None and key not in sources:
            remedy = suggestion(key, sources, "add the entry to sources.bib or correct the key")
            issues.note(f"unknown source {shown(key)}", where, "a key of sources.bib", remedy)
    return keys


def _interval(low: float, high: float) -> str:
    return f"at least {low:g}" if math.isinf(high) else f"{low:g} to {high:g}"

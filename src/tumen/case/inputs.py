"""The inputs of a case: dated, sourced values of every key of the vocabulary, read and checked against their limits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import Field, PrivateAttr

from tumen.case.bibliography import ASSUMED
from tumen.case.dates import effect_month, month_text
from tumen.case.documents import Document
from tumen.case.models import (
    Amount,
    Between,
    DateText,
    Entry,
    Name,
    Policy,
    Sources,
    Status,
    Text,
)
from tumen.case.series import Array, Provenance, Series
from tumen.case.validation_errors import validated
from tumen.case.vocabulary import SEXES, STATUSES, VOCABULARY, ParameterSpec
from tumen.errors import Issues, RefusedError, listing, place, shown, suggestion

#: The name of the history without variants, and of an input's own values among its variants.
BASE = "base"
#: The unit of a yes (1) or no (0), between which there is nothing.
FLAG = "flag"


class Members(NamedTuple):
    """What the values of an input are read against: its specification and the members of its dimension.

    names: None where the file that lists the members could not be read.
    """

    spec: ParameterSpec
    names: tuple[str, ...] | None


class Dated(Entry):
    """A value with its date, source and status."""

    stated: Annotated[Amount, Field(alias="value")]
    source: Sources
    status: Status
    because: Text | None = None
    note: Text | None = None
    _of: Members = PrivateAttr()

    @cached_property
    def value(self) -> tuple[float, ...]:
        """One entry for each member of the input's dimension. Raises RefusedError where what is stated does not fit."""
        return tuple(spread(self.stated, self._of.names or (), self._of.spec))

    @property
    def date(self) -> str:
        """The date as written."""
        return self.key

    @cached_property
    def month(self) -> int:
        """The month index from which the value acts (the next month for a day after the 15th)."""
        return effect_month(self.key)

    @property
    def provenance(self) -> Provenance:
        """Place, source and status."""
        return Provenance(self.where, self.source, self.status)


def _in_order(values: Mapping[str, Dated]) -> tuple[Dated, ...]:
    return tuple(sorted(values.values(), key=lambda row: row.month))


class Variant(Entry):
    """A contested history of an input, with the weight given to it: it replaces the base values whole."""

    title_: Annotated[Text | None, Field(alias="title")] = None
    weight: Annotated[float, Field(ge=0, le=1)]
    because: Text | None = None
    dated: Annotated[dict[DateText, Dated], Field(min_length=1, alias="values")]

    @property
    def title(self) -> str:
        """The title, or the key where none is given."""
        return self.title_ or self.key

    @cached_property
    def values(self) -> tuple[Dated, ...]:
        """The dated values in order of time."""
        return _in_order(self.dated)


class Input(Entry):
    """One input of a case: its dated, sourced values; `variants` replace them whole."""

    title_: Annotated[Text | None, Field(alias="title")] = None
    unit: Text
    between: Between = "hold"
    range: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    policy: Policy | None = None
    neutral_: Annotated[Amount | None, Field(alias="neutral")] = None
    note: Text | None = None
    dated: Annotated[dict[DateText, Dated], Field(min_length=1, alias="values")]
    variants: Annotated[dict[Name, Variant], Field(default_factory=dict)]
    _members: tuple[str, ...] = PrivateAttr(())

    def model_post_init(self, context: Members) -> None:
        """Keep the members of the dimension, which the files beside this one name, and hand them to the values."""
        self._members = context.names or ()
        for history in (self.dated, *(variant.dated for variant in self.variants.values())):
            for row in history.values():
                row._of = context

    @property
    def spec(self) -> ParameterSpec:
        """What the vocabulary says of the input."""
        return VOCABULARY[self.key]

    @property
    def title(self) -> str:
        """The title, that of the vocabulary where none is given."""
        return self.title_ or self.spec.title

    @property
    def by(self) -> str | None:
        """The dimension over which one value may differ."""
        return self.spec.by

    @property
    def members(self) -> tuple[str, ...]:
        """The members of the dimension in the order of every array; none for an input without a dimension."""
        return self._members

    @property
    def low(self) -> float:
        """The smallest value the input may have."""
        return self.range[0] if self.range else self.spec.low

    @property
    def high(self) -> float:
        """The largest value the input may have."""
        return self.range[1] if self.range else self.spec.high

    @property
    def neutral(self) -> float | None:
        """The value of both sexes when the input is neutralised; None where the file gives none."""
        return None if self.neutral_ is None else spread(self.neutral_, SEXES, self.spec)[0]

    @cached_property
    def values(self) -> tuple[Dated, ...]:
        """The base values in order of time."""
        return _in_order(self.dated)

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
                [(row.month, np.array(row.value), row.provenance) for row in self.rows(name)], self.between
            )
            for name in names
        }

    def amount(self, given: object) -> Array:
        """A number or mapping as one entry for each member; raises RefusedError when it does not fit the input."""
        return np.array(spread(given, self.members, self.spec))

    def words(self, value: Sequence[float] | Array) -> str:
        """A value in words: one number where all members have the same, else one beside each member's name."""
        return worded(value, self.members)

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


def worded(value: Sequence[float] | Array, members: Sequence[str]) -> str:
    """One number where all members have the same value, else one beside each member's name."""
    numbers = [float(number) for number in value]
    if len(set(numbers)) == 1:
        return f"{numbers[0]:g}"
    return ", ".join(f"{member} {number:g}" for member, number in zip(members, numbers, strict=True))


def members_of(by: str | None, provinces: Sequence[str], classes: Sequence[str]) -> tuple[str, ...]:
    """The members of a dimension, in the order of every array; none for an input without a dimension."""
    return {
        None: (),
        "sex": SEXES,
        "status": STATUSES,
        "province": tuple(provinces),
        "class": tuple(classes),
    }[by]


def spread(given: object, members: Sequence[str], spec: ParameterSpec) -> list[float]:
    """A number or mapping from a file as a list of numbers, one for each member (one when there are none)."""
    if not isinstance(given, dict):
        return [_number(given)] * max(1, len(members))
    if spec.by is None:
        raise RefusedError(f"{spec.key} differs by nothing", "one number", "write the number instead of the mapping")
    for name in given:
        if name not in members and name != "default":
            remedy = suggestion(name, members, "delete it")
            raise RefusedError(f"{shown(name)} is no {spec.by}", listing(members), remedy)
    missing = [name for name in members if name not in given]
    if missing and "default" not in given:
        raise RefusedError(
            f"{spec.key} has no number for {', '.join(missing[:5])}",
            f"a number for each {spec.by}: {', '.join(members[:12])}",
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
            f"a range within {_interval(spec.low, spec.high)} {spec.unit}",
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
                "one value a month, for months are the steps (a day after the 15th acts from the next month)",
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


def check_source(entry: Any, where: str, sources: Mapping[str, object] | None, issues: Issues) -> None:
    """Note unknown sources of an entry, and assumptions without a reason."""
    keys = entry.source
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


def _interval(low: float, high: float) -> str:
    return f"at least {low:g}" if math.isinf(high) else f"{low:g} to {high:g}"

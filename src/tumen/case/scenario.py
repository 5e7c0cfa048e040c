"""Scenarios: named amendments to the dated inputs of a case, read from a file that holds only what it changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from tumen.case.dates import effect_month, month_text
from tumen.case.documents import Document
from tumen.case.inputs import BASE, Input, check_source
from tumen.case.models import ChangeModel, ScenarioModel
from tumen.case.series import Provenance, Series
from tumen.case.validation_errors import validated
from tumen.errors import Issues, RefusedError, listing, shown, suggestion

Verb = Literal["values", "value", "freeze", "drop", "variant", "multiply", "shift"]
#: Source and status of a value that a scenario supposes.
SUPPOSED = "supposed"
VERBS: tuple[Verb, ...] = ("values", "value", "freeze", "drop", "variant", "multiply", "shift")


@dataclass(frozen=True)
class Change:
    """What a scenario does to one input. `rows` belongs to values, `amount` to value and multiply, `months` to freeze
    and drop, `by` to shift; `start` and `end` bound value and multiply (end not included), `start` shift."""

    key: str
    verb: Verb
    rows: tuple[tuple[int, tuple[float, ...]], ...] = ()
    amount: tuple[float, ...] = ()
    months: tuple[int, ...] = ()
    start: int | None = None
    end: int | None = None
    by: int = 0
    variant: str | None = None
    source: tuple[str, ...] = ()
    because: str | None = None
    where: str = ""
    members: tuple[str, ...] = ()

    @property
    def origin(self) -> Provenance:
        """Place and source of the changed values; without a source they are what the scenario supposes."""
        return Provenance(self.where, self.source or (SUPPOSED,), SUPPOSED)

    def applied(self, series: Series, given: Input) -> Series:
        """The series after the change; raises RefusedError when the change does not fit it."""
        match self.verb:
            case "values":
                rows = [(month, np.array(value), self.origin) for month, value in self.rows]
                result = series.followed_by(rows, given.between)
            case "value" if self.start is not None:
                self._require_resumption(series)
                result = series.held_within(self.start, self.end, np.array(self.amount), self.origin)
            case "multiply":
                result = series.multiplied(np.array(self.amount), self.start, self.end)
            case "freeze":
                self._require_start(series)
                result = series.frozen(self.months[0])
            case "drop":
                result = self._dropped(series)
            case "shift" if self.start is not None:
                result = self._shifted(series, self.start)
            case _:
                result = series
        if given.between == "log":
            given.admit(result.running)  # first, for a series that runs from zero in logarithms has no values
        given.admit(result.extremes, held=True)
        return result

    def _require_start(self, series: Series) -> None:
        if self.months[0] < series.start:
            raise RefusedError(
                f"{self.key} has no value in {month_text(self.months[0])}",
                f"a date from {series.dates[0]} on",
                "freeze it at a later date",
            )

    def _require_resumption(self, series: Series) -> None:
        if self.end is not None and self.end < series.start:
            raise RefusedError(
                f"{self.key} has no value in {month_text(self.end)} to go back to",
                f"an end from {series.dates[0]} on",
                "leave to out, or move it",
            )

    def _shifted(self, series: Series, start: int) -> Series:
        first = start + min(self.by, 0)
        if first <= series.start:
            raise RefusedError(
                f"{self.key} has no value before {month_text(first)} that could hold until it is shifted to",
                f"a shift to a date after {series.dates[0]}",
                "shift it less, or later",
            )
        if all(piece.month < start for piece in series.pieces):
            raise RefusedError(
                f"{self.key} has no value dated {month_text(start)} or later, so nothing is shifted",
                f"from: at the latest {series.dates[-1]}",
                "correct the date",
            )
        return series.shifted(start, self.by)

    def _dropped(self, series: Series) -> Series:
        for month in self.months:
            if month_text(month) not in series.dates:
                raise RefusedError(
                    f"{self.key} has no value dated {month_text(month)} to drop",
                    listing(series.dates),
                    "correct the date",
                )
            if len(series.pieces) == 1:
                raise RefusedError(
                    f"every value of {self.key} is dropped", "one value left", "leave one date out of drop"
                )
            series = series.without(month)
        return series

    def texts(self) -> tuple[str, ...]:
        """What the change does, in words, one text for each dated value or span."""
        span = _span(self.start, self.end)
        match self.verb:
            case "values":
                return tuple(f"{self._amount(value)} from {month_text(month)}" for month, value in self.rows)
            case "value":
                return (f"{self._amount(self.amount)} {span}",)
            case "multiply":
                return (f"times {self._amount(self.amount)} {span}",)
            case "freeze":
                return (f"kept as in {month_text(self.months[0])} from then on",)
            case "shift":
                when = "later" if self.by > 0 else "earlier"
                return (f"as {span} on, but {abs(self.by)} months {when}",)
            case "drop":
                return tuple(f"the value of {month_text(month)} dropped" for month in self.months)
            case _:
                return (f"variant {self.variant}",)

    def _amount(self, value: tuple[float, ...]) -> str:
        if len(set(value)) == 1:
            return f"{value[0]:g}"
        return ", ".join(f"{member} {number:g}" for member, number in zip(self.members, value, strict=True))


@dataclass(frozen=True)
class Scenario:
    """A named list of changes; `neutralise` names sexed inputs whose difference is taken away.

    closure: the closures from their months on, in order of time; combined: for another scenario's name, the changes
    that replace those of both where the two are chosen together.
    """

    name: str
    title: str
    because: str
    policy: str | None
    history: str | None
    closure: tuple[tuple[int, str], ...]
    neutralise: tuple[str, ...] | Literal["unsourced", "all"]
    changes: tuple[Change, ...]
    combined: Mapping[str, tuple[Change, ...]] = field(hash=False)
    file: str


def read_scenario(
    name: str,
    document: Document,
    inputs: Mapping[str, Input],
    histories: Mapping[str, Any],
    sources: Mapping[str, object] | None,
    others: Collection[str],
    issues: Issues,
) -> Scenario | None:
    """The scenario in a document; None, with the reasons in `issues`, when something in it is wrong.

    others: the names of the case's scenarios, with which it may be combined.
    """
    model = validated(ScenarioModel, document.data, document, (), issues)
    if model is None:
        return None
    before = len(issues)
    if model.history not in (None, BASE) and model.history not in histories:
        remedy = suggestion(str(model.history), histories, "add the history to case.yaml or delete the line")
        what = f"unknown history {shown(model.history)}"
        issues.note(what, document.place("history"), listing([BASE, *histories]), remedy)
    neutralise = _neutralise(model, document, inputs, issues)
    changes = _changes(model.changes, ("changes",), document, inputs, sources, issues)
    combined = {}
    for other, block in model.combined.items():
        if other == name or other not in others:
            known = [each for each in others if each != name]
            remedy = suggestion(other, known, "write one of these")
            what = f"{shown(other)} is no other scenario"
            issues.note(what, document.place("combined", other), listing(known), remedy)
        path = ("combined", other, "changes")
        combined[other] = _changes(block.changes, path, document, inputs, sources, issues)
    if not (changes or neutralise or model.closure or model.history):
        issues.note("the scenario changes nothing", document.place(), "changes", "add changes: {KEY: ...}")
    closure = tuple(sorted((effect_month(date), kind) for date, kind in (model.closure or {}).items()))
    if len({month for month, _ in closure}) < len(closure):
        issues.note("two closures in one month", document.place("closure"), "one closure a month", "delete one")
    if len(issues) > before:
        return None
    return Scenario(
        name,
        model.title,
        model.because,
        model.policy,
        model.history,
        closure,
        neutralise,
        changes,
        combined,
        document.name,
    )


def _changes(
    given: Mapping[str, ChangeModel],
    path: tuple[str, ...],
    document: Document,
    inputs: Mapping[str, Input],
    sources: Mapping[str, object] | None,
    issues: Issues,
) -> tuple[Change, ...]:
    found = [
        _change(key, entry, (*path, key), document, inputs, sources, issues)
        for key, entry in given.items()
        if not issues.full(document.name)
    ]
    return tuple(change for change in found if change is not None)


def _neutralise(
    model: ScenarioModel, document: Document, inputs: Mapping[str, Input], issues: Issues
) -> tuple[str, ...] | Literal["unsourced", "all"]:
    if model.neutralise is None:
        return ()
    if not isinstance(model.neutralise, list):
        return model.neutralise
    sexed = [key for key, given in inputs.items() if given.by == "sex"]
    for number, key in enumerate(model.neutralise):
        if key not in sexed:
            what = f"{shown(key)} does not differ by sex" if key in inputs else f"unknown input {shown(key)}"
            remedy = suggestion(key, [known for known in sexed if known != key], "delete it")
            issues.note(what, document.place("neutralise", number), "an input that differs by sex", remedy)
    return tuple(model.neutralise)


def _change(
    key: str,
    entry: ChangeModel,
    path: tuple[str, ...],
    document: Document,
    inputs: Mapping[str, Input],
    sources: Mapping[str, object] | None,
    issues: Issues,
) -> Change | None:
    where = document.place(*path)
    if key not in inputs:
        remedy = suggestion(key, inputs, "delete it, or look for the key in the vocabulary of inputs")
        issues.note(f"unknown input {shown(key)}", where, "a key of the vocabulary of inputs", remedy)
        return None
    before = len(issues)
    verb = _verb(entry, path, document, issues)
    source: tuple[str, ...] = ()
    if entry.source is not None:
        source = check_source(entry, document.place(*path, "source"), sources, issues)
    if verb is None:
        return None
    given = inputs[key]
    if verb == "variant" and entry.variant != BASE and entry.variant not in given.variants:
        remedy = suggestion(str(entry.variant), [BASE, *given.variants], "correct the name")
        what = f"{key} has no variant {shown(entry.variant)}"
        issues.note(what, document.place(*path, "variant"), listing([BASE, *given.variants]), remedy)
    start, end = _bound(entry.from_), _bound(entry.to)
    if start is not None and end is not None and end <= start:
        what = f"the change of {key} ends before it begins"
        issues.note(what, document.place(*path, "to"), "a later date", "correct it")
    rows = _rows(given, entry, path, document, issues)
    amount = _amount(given, verb, entry, path, document, issues)
    if len(issues) > before:
        return None
    dates = entry.drop if entry.drop is not None else [entry.freeze] if entry.freeze is not None else []
    months = tuple(effect_month(date) for date in dates)
    return Change(
        key,
        verb,
        rows,
        amount,
        months,
        start,
        end,
        entry.shift or 0,
        entry.variant,
        source,
        entry.because,
        where,
        given.members,
    )


def _verb(entry: ChangeModel, path: tuple[str, ...], document: Document, issues: Issues) -> Verb | None:
    key = path[-1]
    given = [verb for verb in VERBS if getattr(entry, verb) is not None]
    where = document.place(*path)
    if len(given) != 1:
        what = f"{key} is changed by {' and '.join(given)}" if given else f"{key} is named but not changed"
        issues.note(what, where, f"exactly one of {', '.join(VERBS)}", "keep one, or write a second scenario")
        return None
    if given[0] == "shift" and (entry.from_ is None or entry.to is not None or not entry.shift):
        issues.note(
            f"{key} is shifted without saying from when, or until when, or by nothing",
            where,
            "shift: MONTHS, from: DATE, and no to",
            "write shift: 36, from: DATE",
        )
        return None
    if given[0] not in ("value", "multiply", "shift") and (entry.from_ is not None or entry.to is not None):
        issues.note(f"from or to beside {given[0]}", where, "from and to with value or multiply", "delete them")
        return None
    if given[0] == "value" and entry.from_ is None:
        issues.note("a value without its first date", where, "from: DATE", "add from: DATE")
        return None
    return given[0]


def _rows(
    given: Input, entry: ChangeModel, path: tuple[str, ...], document: Document, issues: Issues
) -> tuple[tuple[int, tuple[float, ...]], ...]:
    rows: dict[int, tuple[float, ...]] = {}
    for date, value in (entry.values or {}).items():
        where = document.place(*path, "values", date)
        month = effect_month(date)
        if month in rows:
            issues.note(f"two values in {month_text(month)}", where, "one value a month", "delete one")
        try:
            amount = given.amount(value)
            given.admit(amount)
        except RefusedError as refusal:
            issues.add(refusal.at(where))
            continue
        rows[month] = tuple(amount.tolist())
    return tuple(sorted(rows.items()))


def _amount(
    given: Input, verb: Verb, entry: ChangeModel, path: tuple[str, ...], document: Document, issues: Issues
) -> tuple[float, ...]:
    if verb not in ("value", "multiply"):
        return ()
    try:
        amount = given.amount(getattr(entry, verb))
        if verb == "value":
            given.admit(amount, held=True)
    except RefusedError as refusal:
        issues.add(refusal.at(document.place(*path, verb)))
        return ()
    return tuple(amount.tolist())


def _bound(date: str | None) -> int | None:
    return None if date is None else effect_month(date)


def _span(start: int | None, end: int | None) -> str:
    if start is None and end is None:
        return "throughout"
    return " ".join(
        ([f"from {month_text(start)}"] if start is not None else [])
        + ([f"until {month_text(end)}"] if end is not None else [])
    )

"""Scenarios: named amendments to the dated inputs of a case, read from a file that holds only what it changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, Field, PrivateAttr

from tumen.case.dates import effect_month, month_text
from tumen.case.inputs import BASE, Input
from tumen.case.models import STRICT, Amount, ClosureByDate, DateText, Entry, Neutralise, Policy, Sources, Text
from tumen.case.reading import LOOK, OF_VOCABULARY, Reading
from tumen.case.series import Array, Provenance, Series
from tumen.errors import Issues, RefusedError, listing, shown

Verb = Literal["values", "value", "freeze", "drop", "variant", "multiply", "shift"]
#: Source and status of a value that a scenario supposes.
SUPPOSED = "supposed"
#: Most months by which a scenario may shift a policy.
MOST_SHIFT = 240
VERBS: tuple[Verb, ...] = ("values", "value", "freeze", "drop", "variant", "multiply", "shift")


class Change(Entry):
    """What a scenario does to one input: exactly one of values, value, freeze, drop, variant, multiply, shift.

    `from` and `to` (not included) bound value and multiply, `from` bounds shift, which is a number of months.
    """

    values: Annotated[dict[DateText, Amount], Field(min_length=1)] | None = None
    value: Amount | None = None
    freeze: DateText | None = None
    drop: Annotated[list[DateText], Field(min_length=1)] | None = None
    variant: Text | None = None
    multiply: Amount | None = None
    shift: Annotated[int, Field(ge=-MOST_SHIFT, le=MOST_SHIFT, strict=True)] | None = None
    from_: Annotated[DateText | None, Field(alias="from")] = None
    to: DateText | None = None
    source: Sources | None = None
    because: Text | None = None

    @property
    def verbs(self) -> list[Verb]:
        """What is done; a change that was read does one thing."""
        return [verb for verb in VERBS if getattr(self, verb) is not None]

    @property
    def verb(self) -> Verb:
        """What is done."""
        return self.verbs[0]

    @property
    def start(self) -> int | None:
        """The first month; None where it has none."""
        return _bound(self.from_)

    @property
    def end(self) -> int | None:
        """The month after the last; None where it has none."""
        return _bound(self.to)

    @property
    def months(self) -> tuple[int, ...]:
        """The months of values that are frozen, dropped or put, in order of time where they are put."""
        if self.freeze is not None:
            return (effect_month(self.freeze),)
        return tuple(map(effect_month, self.drop or ())) or tuple(sorted(map(effect_month, self.values or ())))

    @property
    def provenance(self) -> Provenance:
        """Place and source of the changed values; without a source they are what the scenario supposes."""
        return Provenance(self.where, self.source or (SUPPOSED,), SUPPOSED)

    def rows(self, given: Input) -> list[tuple[int, Array]]:
        """The dated values that are put, in order of time."""
        found = {effect_month(date): given.amount(value) for date, value in (self.values or {}).items()}
        return [(month, found[month]) for month in sorted(found)]

    def applied(self, series: Series, given: Input) -> Series:
        """The series after the change; raises RefusedError when the change does not fit it."""
        match self.verb:
            case "values":
                rows = [(month, value, self.provenance) for month, value in self.rows(given)]
                result = series.followed_by(rows, given.between)
            case "value" if self.start is not None:
                self._require_resumption(series)
                result = series.held_within(self.start, self.end, given.amount(self.value), self.provenance)
            case "multiply":
                result = series.multiplied(given.amount(self.multiply), self.start, self.end)
            case "freeze":
                result = self._frozen(series)
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

    def _frozen(self, series: Series) -> Series:
        if self.months[0] < series.start:
            what = f"{self.key} has no value in {month_text(self.months[0])}"
            raise RefusedError(what, f"a date from {series.dates[0]} on", "freeze it at a later date")
        return series.frozen(self.months[0])

    def _require_resumption(self, series: Series) -> None:
        if self.end is not None and self.end < series.start:
            what = f"{self.key} has no value in {month_text(self.end)} to go back to"
            raise RefusedError(what, f"an end from {series.dates[0]} on", "leave to out, or move it")

    def _shifted(self, series: Series, start: int) -> Series:
        by = self.shift or 0
        first = start + min(by, 0)
        if first <= series.start:
            what = f"{self.key} has no value before {month_text(first)} that could hold until it is shifted to"
            raise RefusedError(what, f"a shift to a date after {series.dates[0]}", "shift it less, or later")
        if all(segment.month < start for segment in series.segments):
            what = f"{self.key} has no value dated {month_text(start)} or later, so nothing is shifted"
            raise RefusedError(what, f"from: at the latest {series.dates[-1]}", "correct the date")
        return series.shifted(start, by)

    def _dropped(self, series: Series) -> Series:
        for month in self.months:
            if month_text(month) not in series.dates:
                what = f"{self.key} has no value dated {month_text(month)} to drop"
                raise RefusedError(what, listing(series.dates), "correct the date")
            if len(series.segments) == 1:
                what = f"every value of {self.key} is dropped"
                raise RefusedError(what, "one value left", "leave one date out of drop")
            series = series.without(month)
        return series

    def texts(self, given: Input) -> tuple[str, ...]:
        """What the change does, in words, one text for each dated value or span."""
        span = _span(self.start, self.end)
        match self.verb:
            case "values":
                return tuple(f"{given.words(value)} from {month_text(month)}" for month, value in self.rows(given))
            case "value":
                return (f"{given.words(given.amount(self.value))} {span}",)
            case "multiply":
                return (f"times {given.words(given.amount(self.multiply))} {span}",)
            case "freeze":
                return (f"kept as in {month_text(self.months[0])} from then on",)
            case "shift":
                by = self.shift or 0
                return (f"as {span} on, but {abs(by)} months {'later' if by > 0 else 'earlier'}",)
            case "drop":
                return tuple(f"the value of {month_text(month)} dropped" for month in self.months)
            case _:
                return (f"variant {self.variant}",)


class Combined(BaseModel):
    """What holds where a scenario is chosen together with another: it replaces both scenarios' changes of its keys."""

    model_config = STRICT
    because: Text | None = None
    changes: Annotated[dict[str, Change], Field(min_length=1)]


class Scenario(BaseModel):
    """A named list of changes; `neutralise` names sexed inputs whose difference is taken away."""

    model_config = STRICT
    title: Text
    because: Text
    policy: Policy | None = None
    history: Text | None = None
    closures: Annotated[ClosureByDate | None, Field(alias="closure")] = None
    neutralise: Neutralise | None = None
    by_key: Annotated[dict[str, Change], Field(alias="changes")] = {}
    blocks: Annotated[dict[Text, Combined], Field(alias="combined")] = {}
    _name: str = PrivateAttr("")
    _file: str = PrivateAttr("")

    def called(self, name: str, file: str) -> Scenario:
        """The scenario under a name, from a file."""
        self._name, self._file = name, file
        return self

    @property
    def name(self) -> str:
        """The name, which is that of its file."""
        return self._name

    @property
    def file(self) -> str:
        """The name of its file."""
        return self._file

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes in the order of the file."""
        return tuple(self.by_key.values())

    @property
    def combined(self) -> dict[str, tuple[Change, ...]]:
        """For another scenario's name, the changes that replace those of both where the two are chosen together."""
        return {other: tuple(block.changes.values()) for other, block in self.blocks.items()}

    @property
    def closure(self) -> tuple[tuple[int, str], ...]:
        """The closures from their months on, in order of time."""
        return tuple(sorted((effect_month(date), name) for date, name in (self.closures or {}).items()))


def read_scenario(
    name: str, reading: Reading, histories: Mapping[str, object], others: Collection[str]
) -> Scenario | None:
    """The scenario in a document; None, with the reasons in its issues, when something in it is wrong.

    others: the names of the case's scenarios, with which it may be combined.
    """
    scenario = reading.model(Scenario)
    if scenario is None:
        return None
    before = len(reading.issues)
    if scenario.history not in (None, BASE, *histories):
        what, given = f"unknown history {shown(scenario.history)}", str(scenario.history)
        remedy = "add the history to case.yaml or delete the line"
        reading.unknown(["history"], what, given, histories, remedy, listing([BASE, *histories]))
    _check_neutralise(scenario, reading)
    _check_changes(scenario.by_key, ("changes",), reading)
    for other, block in scenario.blocks.items():
        if other == name or other not in others:
            what, known = f"{shown(other)} is not another scenario", [each for each in others if each != name]
            reading.unknown(["combined", other], what, other, known, "write one of these")
        _check_changes(block.changes, ("combined", other, "changes"), reading)
    says = scenario.by_key or scenario.neutralise or scenario.closures or scenario.history
    if not says and len(reading.issues) == before:
        reading.note([], "the scenario changes nothing", "changes", "add changes: {KEY: ...}")
    if len({month for month, _ in scenario.closure}) < len(scenario.closure):
        reading.note(["closure"], "two closures in one month", "one closure a month", "delete one")
    return scenario.called(name, reading.document.name) if len(reading.issues) == before else None


def _check_neutralise(scenario: Scenario, reading: Reading) -> None:
    sexed = [key for key, given in reading.inputs.items() if given.by == "sex"]
    for number, key in enumerate(scenario.neutralise if isinstance(scenario.neutralise, tuple) else ()):
        if key not in sexed:
            what = f"{shown(key)} does not differ by sex" if key in reading.inputs else f"unknown input {shown(key)}"
            reading.unknown(["neutralise", number], what, key, sexed, "delete it", "an input that differs by sex")


def _check_changes(given: Mapping[str, Change], path: tuple[str, ...], reading: Reading) -> None:
    for key, change in given.items():
        if not reading.issues.full(reading.document.name):
            _check_change(change, (*path, key), reading)


def _check_change(change: Change, path: tuple[str, ...], reading: Reading) -> None:
    if change.key not in reading.inputs:
        what = f"unknown input {shown(change.key)}"
        reading.unknown(path, what, change.key, reading.inputs, f"delete it, or {LOOK}", OF_VOCABULARY)
        return
    possible = _check_verb(change, reading.issues)
    if change.source is not None:
        reading.cites(change, *path)
    if not possible:
        return
    given = reading.inputs[change.key]
    if change.verb == "variant" and change.variant not in (BASE, *given.variants):
        what, known = f"{change.key} has no variant {shown(change.variant)}", [BASE, *given.variants]
        reading.unknown([*path, "variant"], what, str(change.variant), known, listing(known))
    if change.start is not None and change.end is not None and change.end <= change.start:
        reading.note([*path, "to"], f"the change of {change.key} ends before it begins", "a later date", "correct it")
    _check_amounts(given, change, path, reading)


def _check_verb(change: Change, issues: Issues) -> bool:
    """Whether the change does one thing, and says what belongs to it; otherwise the reason goes to `issues`."""
    key, given, start, end = change.key, change.verbs, change.from_, change.to
    if len(given) != 1:
        what = f"{key} is changed by {' and '.join(given)}" if given else f"{key} is named but not changed"
        expected, remedy = f"exactly one of {', '.join(VERBS)}", "keep one, or write a second scenario"
    elif given[0] == "shift" and (start is None or end is not None or not change.shift):
        what = f"{key} is shifted without saying from when, or until when, or by nothing"
        expected, remedy = "shift: MONTHS, from: DATE, and no to", "write shift: 36, from: DATE"
    elif given[0] not in ("value", "multiply", "shift") and (start is not None or end is not None):
        what, expected, remedy = f"from or to beside {given[0]}", "from and to with value or multiply", "delete them"
    elif given[0] == "value" and start is None:
        what, expected, remedy = "a value without its first date", "from: DATE", "add from: DATE"
    else:
        return True
    issues.note(what, change.where, expected, remedy)
    return False


def _check_amounts(given: Input, change: Change, path: tuple[str, ...], reading: Reading) -> None:
    """Note what does not fit the input among the values of a change."""
    seen: set[int] = set()
    for date, value in (change.values or {}).items():
        month = effect_month(date)
        if month in seen:
            what = f"two values in {month_text(month)}"
            reading.note([*path, "values", date], what, "one value a month", "delete one")
        seen.add(month)
        with reading.placed(*path, "values", date):
            given.admit(given.amount(value))
    if change.verb in ("value", "multiply"):
        with reading.placed(*path, change.verb):
            amount = given.amount(getattr(change, change.verb))
            if change.verb == "value":
                given.admit(amount, held=True)


def _bound(date: str | None) -> int | None:
    return None if date is None else effect_month(date)


def _span(start: int | None, end: int | None) -> str:
    if start is None and end is None:
        return "throughout"
    return " ".join(
        ([f"from {month_text(start)}"] if start is not None else [])
        + ([f"until {month_text(end)}"] if end is not None else [])
    )

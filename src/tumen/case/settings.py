"""Single values given by name: settings typed by hand (`KEY[.PART]=VALUE[@FROM[..TO]]`) and sets of parameters.

A dated setting holds from its month to the end, or to the next month that is set for the same members by hand; a span
`FROM..TO` holds in both months and in those between, and what was there before goes on after it. Settings that give one
member two values in one month are refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from tumen.case.closure import CLOSURE, CLOSURES, checked, coded
from tumen.case.dates import effect_month, month_text
from tumen.case.inputs import Input
from tumen.case.series import Provenance, Series
from tumen.errors import CaseError, RefusedError, listing, placed, shown, suggestion

_SETTING = re.compile(r"([^=@.\s]+)(?:\.([^=@.\s]+))?=([^=@]+)(?:@([^=@]+))?\Z")
_PARAMETER = re.compile(r"([^=@.\s]+)(?:\.([^=@.\s]+))?@([^=@\s]+)\Z")
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?\Z", re.ASCII)
_YEAR = re.compile(r"[0-9]{4}\Z", re.ASCII)

#: Source and status of a value set by hand.
SET = "set"


@dataclass(frozen=True)
class Amendment:
    """One difference from the base history: of which input (or `closure`, `history`) and member, and from where."""

    key: str
    part: str | None
    text: str
    source: str


@dataclass(frozen=True)
class Setting:
    """One value of an input, of one of its members (part), or of the closure (its code).

    `start` is its first month, None for throughout; `end` the month after its last, None where it has no end itself.
    """

    key: str
    part: str | None
    value: float
    start: int | None
    end: int | None
    text: str

    @property
    def where(self) -> str:
        """The place a message names."""
        return f"setting {shown(self.text)}"

    @property
    def amount(self) -> str:
        """The value as text, of a closure its name."""
        return CLOSURES[int(self.value)] if self.key == CLOSURE else f"{self.value:g}"

    def covers(self, month: int) -> bool:
        """Whether the month lies in its span, as far as it has bounds of its own."""
        return (self.start is None or self.start <= month) and (self.end is None or month < self.end)


@dataclass(frozen=True)
class ParameterSet:
    """Values of uncertain inputs by name, `KEY[.PART]@DATE`: for example one draw of a posterior."""

    name: str
    values: Mapping[str, float] = field(hash=False)
    about: str = ""


def parse_setting(text: str, inputs: Mapping[str, Input], window: tuple[int, int]) -> Setting:
    """Read one setting; raises CaseError when key, part, number or date is wrong, or outside the window (months)."""
    with placed(f"setting {shown(text)}"):
        match = _SETTING.match(text)
        if match is None:
            example = "write for example fee=500@2000-01 or fee=500@2000-01..2002-12"
            raise RefusedError("a setting that cannot be read", "KEY[.PART]=VALUE[@FROM[..TO]]", example)
        key, part, given, date = match.groups()
        if key == CLOSURE:
            value = _closure(part, given.strip())
        else:
            _check_name(key, part, inputs)
            value = float(given) if _NUMBER.match(given.strip()) else math.nan
            if not math.isfinite(value):
                raise RefusedError(f"{shown(given)} is not a number", "a finite number", "write digits")
        start, end = _span(date.strip(), window) if date else (None, None)
    return Setting(key, part, value, start, end, text)


def parse_parameter(name: str, value: float, inputs: Mapping[str, Input], where: str) -> Setting:
    """Read the name of a parameter; raises CaseError unless the input has a base value at that date."""
    with placed(where):
        match = _PARAMETER.match(name)
        if match is None:
            example = "write for example fee@2000-01-01"
            raise RefusedError(f"{shown(name)} is not a parameter", "KEY[.PART]@DATE", example)
        key, part, date = match.groups()
        _check_name(key, part, inputs)
        month = effect_month(date)
        check_date(inputs[key], month, date)
        if not math.isfinite(value):
            raise RefusedError(f"{shown(name)} is {value}", "a finite number", "correct the number")
    return Setting(key, part, float(value), month, None, name)


def check_date(given: Input, month: int, date: str) -> None:
    """Raise RefusedError unless the input's base values have one in this month."""
    if all(row.month != month for row in given.values):
        known = listing(row.date for row in given.values)
        remedy = f"add the value at {given.where}, or correct the date"
        raise RefusedError(f"{given.key} has no value dated {shown(date)}", known, remedy)


def check_part(given: Input, part: str | None) -> None:
    """Raise RefusedError when the part is not a member of the dimension over which the input differs."""
    if part is None or part in given.members:
        return
    if given.by is None:
        raise RefusedError(f"{given.key} has no parts", "no part", f"write {given.key} alone")
    remedy = suggestion(part, given.members, "correct the part")
    raise RefusedError(f"{shown(part)} is not a {given.by}", listing(given.members), remedy)


def _check_name(key: str, part: str | None, inputs: Mapping[str, Input]) -> None:
    if key not in inputs:
        remedy = suggestion(key, inputs, "look for the key in the vocabulary of inputs")
        raise RefusedError(f"unknown input {shown(key)}", "a key of the vocabulary of inputs", remedy)
    check_part(inputs[key], part)


def _closure(part: str | None, name: str) -> float:
    if part is not None:
        raise RefusedError("the closure has no parts", "no part", f"write {CLOSURE}={name}")
    return float(coded(checked(name))[0])


def _span(date: str, window: tuple[int, int]) -> tuple[int, int | None]:
    """First month, and the month after the last where there is one. A year alone is its January, or as TO its December;
    a day counts as it does in a case file."""
    first, dots, last = (part.strip() for part in date.partition(".."))
    start = effect_month(f"{first}-01" if _YEAR.match(first) else first)
    end = None
    if dots:
        day = effect_month(f"{last}-12" if _YEAR.match(last) else last)
        # A month or year is included; so is the month of a day after the 15th, which begins to act in the next.
        end = day if last.count("-") == 2 else day + 1
    low, high = window
    for month, remedy in ((start, "move the date"), (None if end is None else end - 1, "leave out ..TO, or move it")):
        if month is not None and not low <= month <= high:
            known = f"{month_text(low)} to {month_text(high)}, the window of the case"
            raise RefusedError(f"{month_text(month)} lies outside the window", known, remedy)
    if end is not None and end <= start:
        what = f"the span ends in {month_text(end - 1)}, before it begins"
        raise RefusedError(what, f"{month_text(start)} or later", "correct the dates")
    return start, end


def parameter_name(key: str, part: str | None, date: str) -> str:
    """The name of a parameter.

    >>> parameter_name("onward_later", "female", "2002-01-01")
    'onward_later.female@2002-01-01'
    """
    return f"{key}.{part}@{date}" if part else f"{key}@{date}"


def put_settings(
    inputs: Mapping[str, Input], series: dict[str, Series], settings: Sequence[str], window: tuple[int, int]
) -> list[Amendment]:
    """Put settings on series of inputs and of the closure; returns what they change, in the order given.

    Raises CaseError for a setting that does not fit, and for two that do not fit together.
    """
    read = [parse_setting(text, inputs, window) for text in settings]
    for one, other in combinations(read, 2):
        _refuse_contradiction(one, other, inputs)
    diff = []
    for setting in read:
        for members, end in _spans(setting, read, inputs):
            given = inputs.get(setting.key)
            series[setting.key] = _held(given, series[setting.key], setting, members, end)
            whole = len(members) == len(_members(setting, inputs))
            parts = [setting.part] if whole or given is None else [given.members[member] for member in members]
            text = f"{setting.amount} {_when(setting.start, end)}"
            diff += [Amendment(setting.key, part, text, setting.where) for part in parts]
    return diff


def _refuse_contradiction(one: Setting, other: Setting, inputs: Mapping[str, Input]) -> None:
    """Two settings may meet only where the later begins what the earlier, which has no end of its own, leaves open."""
    if one.key != other.key or not set(_members(one, inputs)) & set(_members(other, inputs)):
        return
    part = one.part or other.part
    name = f"{one.key}.{part}" if part else one.key
    dates = [setting.start for setting in (one, other) if setting.start is not None]
    if len(dates) < 2:
        what = f"{name} is set throughout and again from {month_text(dates[0])}" if dates else f"{name} is set twice"
        remedy = "leave one out, or give both a date"
    elif dates[0] == dates[1]:
        what, remedy = f"{name} is set twice from {month_text(dates[0])}", "leave one out"
    else:
        first, second = sorted((one, other), key=lambda setting: setting.start or 0)
        assert second.start is not None
        if first.end is None or not first.covers(second.start) or first.value == second.value:
            return
        what = f"{name} is set to {first.amount} and to {second.amount} in {month_text(second.start)}"
        remedy = "let one end before the other begins"
    where = f"settings {shown(one.text)} and {shown(other.text)}"
    raise CaseError.single(what, where, "one value in a month", remedy)


def _spans(
    setting: Setting, settings: Sequence[Setting], inputs: Mapping[str, Input]
) -> Iterator[tuple[list[int], int | None]]:
    """The members a setting fills, by the month after their last: its own, or the next set for the member by hand."""
    ends: dict[int | None, list[int]] = {}
    for member in _members(setting, inputs):
        later = [
            other.start
            for other in settings
            if other.key == setting.key and member in _members(other, inputs) and other.start is not None
        ]
        following = [month for month in later if setting.start is not None and month > setting.start]
        end = setting.end if setting.end is not None else min(following, default=None)
        ends.setdefault(end, []).append(member)
    for end, members in ends.items():
        yield members, end


def _held(given: Input | None, series: Series, setting: Setting, members: list[int], end: int | None) -> Series:
    """A series with a setting put on it; raises CaseError when the value leaves the input's range."""
    provenance = Provenance(setting.where, (SET,), SET)
    width = len(series.segments[0].first)
    if given is not None:
        with placed(provenance.where):
            given.admit(np.array([setting.value]), held=len(members) == width)
    if len(members) < width:
        return series.mapped(np.full(len(members), setting.value), members, provenance, setting.start, end)
    start = series.start if setting.start is None else setting.start
    return series.held_within(start, end, np.full(width, setting.value), provenance)


def with_parameter(given: Input, series: Series, setting: Setting, provenance: Provenance) -> Series:
    """A series with another number for one of its dated values, which its neighbours run to and from."""
    with placed(provenance.where):
        given.admit(np.array([setting.value]))
    assert setting.start is not None  # a parameter names the date of a value
    values = series.one(setting.start)
    values[_members(setting, {given.key: given})] = setting.value
    return series.with_value(setting.start, values, provenance)


def _members(setting: Setting, inputs: Mapping[str, Input]) -> list[int]:
    """The places a setting fills: one member, or all."""
    members = inputs[setting.key].members if setting.key in inputs else ()
    if setting.part is not None:
        return [members.index(setting.part)]
    return list(range(max(1, len(members))))


def _when(start: int | None, end: int | None) -> str:
    if start is None:
        return "throughout"
    return f"from {month_text(start)} to {'the end' if end is None else month_text(end - 1)}"

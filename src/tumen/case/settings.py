"""Single values given by name: settings typed by hand (`KEY[.PART]=VALUE[@DATE]`) and sets of parameters."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tumen.case.dates import month_index, month_text
from tumen.case.errors import CaseError, RefusedError, listing, shown, suggestion
from tumen.case.inputs import Input
from tumen.case.series import Origin, Series

_SETTING = re.compile(r"([^=@.\s]+)(?:\.([^=@.\s]+))?=([^=@]+)(?:@([^=@]+))?\Z")
_PARAMETER = re.compile(r"([^=@.\s]+)(?:\.([^=@.\s]+))?@([^=@\s]+)\Z")
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?\Z", re.ASCII)

#: Source and status of a value set by hand.
SET = "set"
#: How a setting of the closure begins; all others begin with the key of an input.
CLOSURE = "closure="


@dataclass(frozen=True)
class Amendment:
    """One difference from the base history: of which input (or `closure`, `history`) and member, and from where."""

    key: str
    part: str | None
    text: str
    source: str


@dataclass(frozen=True)
class Setting:
    """One value: of an input or one of its members, from a date on or (date None) throughout."""

    key: str
    part: str | None
    value: float
    month: int | None
    text: str

    @property
    def where(self) -> str:
        """The place a message names."""
        return f"setting {shown(self.text)}"


@dataclass(frozen=True)
class ParameterSet:
    """Values of uncertain inputs by name, `KEY[.PART]@DATE`: for example one draw of a posterior."""

    name: str
    values: Mapping[str, float] = field(hash=False)
    about: str = ""


def parse_setting(text: str, inputs: Mapping[str, Input]) -> Setting:
    """Read one setting; raises CaseError when key, part, number or date is wrong."""
    where = f"setting {shown(text)}"
    match = _SETTING.match(text)
    if match is None:
        raise CaseError.single(
            "a setting that cannot be read", where, "KEY[.PART]=VALUE[@DATE]", "write for example fee=500@2000-01"
        )
    key, part, digits, date = match.groups()
    _check_name(key, part, inputs, where)
    value = float(digits) if _NUMBER.match(digits.strip()) else math.nan
    if not math.isfinite(value):
        raise CaseError.single(f"{shown(digits)} is no number", where, "a finite number", "write digits")
    return Setting(key, part, value, _month(date, where) if date else None, text)


def parse_parameter(name: str, value: float, inputs: Mapping[str, Input], where: str) -> Setting:
    """Read the name of a parameter; raises CaseError unless the input has a base value at that date."""
    match = _PARAMETER.match(name)
    if match is None:
        raise CaseError.single(
            f"{shown(name)} is no parameter", where, "KEY[.PART]@DATE", "write for example fee@2000-01-01"
        )
    key, part, date = match.groups()
    _check_name(key, part, inputs, where)
    month = _month(date, where)
    check_date(inputs[key], month, date, where)
    if not math.isfinite(value):
        raise CaseError.single(f"{shown(name)} is {value}", where, "a finite number", "correct the number")
    return Setting(key, part, float(value), month, name)


def closure_of(settings: Sequence[str]) -> str | None:
    """The closure that settings ask for (the last one counts), None when they ask for none."""
    asked = [text.removeprefix(CLOSURE) for text in settings if text.startswith(CLOSURE)]
    for name in asked:
        if name not in ("A", "B"):
            where = f"setting {shown(CLOSURE + name)}"
            raise CaseError.single(f"unknown closure {shown(name)}", where, "A or B", "write closure=A or closure=B")
    return asked[-1] if asked else None


def check_date(given: Input, month: int, date: str, where: str) -> None:
    """Raise CaseError unless the input's base values have one in this month."""
    if all(row.month != month for row in given.values):
        known = listing(row.date for row in given.values)
        remedy = f"add the value at {given.where}, or correct the date"
        raise CaseError.single(f"{given.key} has no value dated {shown(date)}", where, known, remedy)


def check_part(given: Input, part: str | None, where: str) -> None:
    """Raise CaseError when the part is no member of the dimension over which the input differs."""
    if part is None or part in given.members:
        return
    if given.by is None:
        raise CaseError.single(f"{given.key} has no parts", where, "no part", f"write {given.key} alone")
    remedy = suggestion(part, given.members, "correct the part")
    raise CaseError.single(f"{shown(part)} is no {given.by}", where, listing(given.members), remedy)


def _check_name(key: str, part: str | None, inputs: Mapping[str, Input], where: str) -> None:
    if key not in inputs:
        remedy = suggestion(key, inputs, "look for the key in the vocabulary of inputs")
        raise CaseError.single(f"unknown input {shown(key)}", where, "a key of the vocabulary of inputs", remedy)
    check_part(inputs[key], part, where)


def _month(date: str, where: str) -> int:
    try:
        return month_index(date.strip())
    except RefusedError as refusal:
        raise CaseError([refusal.at(where)]) from None


def parameter_name(key: str, part: str | None, date: str) -> str:
    """The name of a parameter.

    >>> parameter_name("onward_later", "female", "2002-01-01")
    'onward_later.female@2002-01-01'
    """
    return f"{key}.{part}@{date}" if part else f"{key}@{date}"


def setting_text(setting: Setting) -> str:
    """What a setting does, in words."""
    when = f"from {month_text(setting.month)}" if setting.month is not None else "throughout"
    return f"{setting.value:g} {when}"


def put_settings(inputs: Mapping[str, Input], series: dict[str, Series], settings: Sequence[str]) -> list[Amendment]:
    """Put settings on series of inputs, in their order; returns what they change."""
    diff = []
    for text in settings:
        if text.startswith(CLOSURE):
            continue
        setting = parse_setting(text, inputs)
        given = inputs[setting.key]
        origin = Origin(setting.where, (SET,), SET)
        series[setting.key] = with_setting(given, series[setting.key], setting, origin)
        diff.append(Amendment(setting.key, setting.part, setting_text(setting), setting.where))
    return diff


def with_setting(given: Input, series: Series, setting: Setting, origin: Origin) -> Series:
    """A series with a setting put on it; raises CaseError when the value leaves the input's range.

    A dated setting changes nothing before its month. One dated before the series begins is refused: it would be over
    when the first value comes.
    """
    _admit(given, setting, origin)
    value, members = np.array([setting.value]), _members(given, setting)
    if setting.month is None and setting.part is None:
        return Series.through([(series.start, np.repeat(value, len(members)), origin)], "hold")
    if setting.month is None:
        return series.mapped(value, members, origin)
    if setting.month < series.start:
        raise CaseError.single(
            f"{given.key} has no value before {series.dates[0]}",
            origin.where,
            f"a date from {series.dates[0]} on",
            "leave the date out to set the value throughout",
        )
    values = series.one(setting.month)
    values[members] = setting.value
    return series.stepped_to(setting.month, values, origin)


def with_parameter(given: Input, series: Series, setting: Setting, origin: Origin) -> Series:
    """A series with another number for one of its dated values, which its neighbours run to and from."""
    _admit(given, setting, origin)
    assert setting.month is not None  # a parameter names the date of a value
    values = series.one(setting.month)
    values[_members(given, setting)] = setting.value
    return series.with_value(setting.month, values, origin)


def _admit(given: Input, setting: Setting, origin: Origin) -> None:
    try:
        given.admit(np.array([setting.value]), held=setting.month is None and setting.part is None)
    except RefusedError as refusal:
        raise CaseError([refusal.at(origin.where)]) from None


def _members(given: Input, setting: Setting) -> list[int]:
    """The places a setting fills: one member, or all."""
    if setting.part is not None:
        return [given.members.index(setting.part)]
    return list(range(max(1, len(given.members))))

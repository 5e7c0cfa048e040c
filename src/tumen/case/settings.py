"""Single values given by name: settings typed by hand (`KEY[.PART]=VALUE[@DATE]`) and sets of parameters."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tumen.case.dates import month_index, month_text
from tumen.case.errors import CaseError, RefusedError, listing, shown, suggestion
from tumen.case.inputs import Input

_SETTING = re.compile(r"([^=@.\s]+)(?:\.([^=@.\s]+))?=([^=@]+)(?:@([^=@]+))?\Z")
_PARAMETER = re.compile(r"([^=@.\s]+)(?:\.([^=@.\s]+))?@([^=@\s]+)\Z")
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?\Z", re.ASCII)


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
    """Values of uncertain inputs by name, `KEY[.PART]@DATE`: a hand-made set or one draw of a posterior."""

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

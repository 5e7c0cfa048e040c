"""The inputs of a case: dated, sourced values of every key of the vocabulary, and their limits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import Field, PrivateAttr

from tumen.case.dates import effect_month
from tumen.case.models import Amount, Between, DateText, Entry, Name, Policy, Sources, Status, Text
from tumen.case.series import Array, Provenance, Series
from tumen.case.vocabulary import SEXES, STATUSES, VOCABULARY, ParameterSpec
from tumen.errors import RefusedError, listing, shown, suggestion

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

        held: the values are constant, so they need no logarithm.
        """
        for value in values.ravel():
            if not math.isfinite(value) or not self.low <= value <= self.high:
                what = f"{self.key} is {value:.10g}"
                raise RefusedError(what, f"{interval(self.low, self.high)} {self.unit}", "correct the number")
        if self.unit == FLAG and not np.isin(values, (0, 1)).all():
            raise RefusedError(f"{self.key} is a flag and neither 0 nor 1", "0 or 1", "write 0 for no or 1 for yes")
        if self.between == "log" and not held and not (values > 0).all():
            what = f"{self.key} runs in logarithms and is 0"
            raise RefusedError(what, "numbers above 0", "write between: linear or hold")


def worded(value: Sequence[float] | Array, members: Sequence[str]) -> str:
    """One number where all members have the same value, else one beside each member's name."""
    numbers = [float(number) for number in value]
    if len(set(numbers)) == 1:
        return f"{numbers[0]:g}"
    return ", ".join(f"{member} {number:g}" for member, number in zip(members, numbers, strict=True))


def members_of(by: str | None, provinces: Sequence[str] = (), classes: Sequence[str] = ()) -> tuple[str, ...]:
    """The members of a dimension, in the order of every array; none for an input without a dimension."""
    members = {None: (), "sex": SEXES, "status": STATUSES, "province": tuple(provinces), "class": tuple(classes)}
    return members[by]


def spread(given: object, members: Sequence[str], spec: ParameterSpec) -> list[float]:
    """A number or mapping from a file as a list of numbers, one for each member (one when there are none)."""
    if not isinstance(given, dict):
        return [_number(given)] * max(1, len(members))
    if spec.by is None:
        raise RefusedError(f"{spec.key} differs by nothing", "one number", "write the number instead of the mapping")
    for name in given:
        if name not in members and name != "default":
            remedy = suggestion(name, members, "delete it")
            raise RefusedError(f"{shown(name)} is not a {spec.by}", listing(members), remedy)
    missing = [name for name in members if name not in given]
    if missing and "default" not in given:
        what, remedy = f"{spec.key} has no number for {', '.join(missing[:5])}", "add the member, or default: NUMBER"
        raise RefusedError(what, f"a number for each {spec.by}: {', '.join(members[:12])}", remedy)
    return [_number(given.get(name, given.get("default"))) for name in members]


def _number(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not math.isfinite(given):
        raise RefusedError(f"{shown(given)} is not a number", "a finite number", "write the number")
    return float(given)


def interval(low: float, high: float) -> str:
    """A range in words: `0 to 1`, or `at least 0`."""
    return f"at least {low:g}" if math.isinf(high) else f"{low:g} to {high:g}"

"""A dated number as it runs month by month, and the amendments that can be made to it.

A series is a row of segments. A segment covers the months from its own to that of the next; the last one has no end.
Over the months from `begin` to `goal` its value goes from `first` to `last`: it holds, or changes linearly in itself
(linear) or in its logarithm (log). A segment may cover less than it runs over, so cutting a series leaves every
remaining bit as it was. Before the first segment there is no value. Values are arrays with one entry for each member
of the input's dimension (one entry when it has none).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tumen.case.dates import month_text

Array = npt.NDArray[np.float64]
Months = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Provenance:
    """Where a value comes from: its place, its source keys and its status."""

    where: str
    source: tuple[str, ...]
    status: str


@dataclass(frozen=True)
class Segment:
    """A part of a series and the provenance of its value."""

    month: int
    between: str
    begin: int
    first: Array
    goal: int
    last: Array
    provenance: Provenance

    @classmethod
    def held(cls, month: int, value: Array, provenance: Provenance) -> Segment:
        """A segment with one value."""
        return cls(month, "hold", month, value, month, value, provenance)

    @classmethod
    def towards(cls, month: int, value: Array, goal: int, last: Array, between: str, provenance: Provenance) -> Segment:
        """A segment that begins with a value and, unless it holds, runs to the value of a later month."""
        if between == "hold" or goal <= month:
            return replace(cls.held(month, value, provenance), between=between)
        return cls(month, between, month, value, goal, last, provenance)

    def at(self, months: Months) -> Array:
        """Values at months, shape (months, members)."""
        if self.goal == self.begin:
            return np.repeat(self.first[np.newaxis], len(months), axis=0)
        share = ((months - self.begin) / (self.goal - self.begin))[:, np.newaxis]
        if self.between == "linear":
            return self.first + share * (self.last - self.first)
        ratio: Array = self.last / self.first
        return self.first * ratio**share

    @property
    def value(self) -> Array:
        """The value in the segment's first month."""
        return self.at(np.array([self.month]))[0]


@dataclass(frozen=True)
class Series:
    """The values of one input over time (see the module's text)."""

    segments: tuple[Segment, ...]

    @classmethod
    def through(cls, rows: Sequence[tuple[int, Array, Provenance]], between: str) -> Series:
        """The series through dated values (month, value, provenance), given in order of time."""
        running = [Segment.towards(*row[:2], *after[:2], between, row[2]) for row, after in pairwise(rows)]
        month, value, provenance = rows[-1]
        return cls((*running, Segment.towards(month, value, month, value, between, provenance)))

    @property
    def start(self) -> int:
        """The first month with a value."""
        return self.segments[0].month

    @property
    def dates(self) -> tuple[str, ...]:
        """The months in which a segment begins, as text."""
        return tuple(month_text(segment.month) for segment in self.segments)

    @property
    def values(self) -> Array:
        """The value at each of `dates`, shape (segments, members)."""
        return np.array([segment.value for segment in self.segments])

    @property
    def extremes(self) -> Array:
        """Values between which all others lie: those at which segments begin and those to which they run."""
        return np.concatenate(
            [self.values, [segment.first for segment in self.segments], [p.last for p in self.segments]]
        )

    @property
    def running(self) -> Array:
        """The values from and to which segments run, none when all hold; shape (values, members)."""
        ends = [
            value
            for segment in self.segments
            if segment.goal != segment.begin
            for value in (segment.first, segment.last)
        ]
        return np.array(ends).reshape(-1, len(self.segments[0].first))

    @property
    def where(self) -> tuple[str, ...]:
        """The place of each segment's value."""
        return tuple(segment.provenance.where for segment in self.segments)

    def at(self, months: Months) -> Array:
        """Values at months in order of time, none before `start`; shape (months, members)."""
        result = np.empty((len(months), len(self.segments[0].first)))
        edges = [0, *np.searchsorted(months, [segment.month for segment in self.segments[1:]]).tolist(), len(months)]
        for segment, (left, right) in zip(self.segments, pairwise(edges), strict=True):
            if left < right:
                result[left:right] = segment.at(months[left:right])
        return result

    def one(self, month: int) -> Array:
        """The value at one month."""
        return self.segments[self._segment_at(month)].at(np.array([month]))[0]

    def split(self, month: int) -> Series:
        """The same series with a segment that begins at `month` (after `start`)."""
        number = self._segment_at(month)
        segment = self.segments[number]
        if segment.month == month:
            return self
        return Series((*self.segments[: number + 1], replace(segment, month=month), *self.segments[number + 1 :]))

    def until(self, month: int) -> tuple[Segment, ...]:
        """The segments before `month`; none when the series begins later."""
        return tuple(segment for segment in self.segments if segment.month < month)

    def since(self, month: int) -> tuple[Segment, ...]:
        """The segments from `month` on."""
        cut = self if month <= self.start else self.split(month)
        return tuple(segment for segment in cut.segments if segment.month >= month)

    def followed_by(self, rows: Sequence[tuple[int, Array, Provenance]], between: str) -> Series:
        """This series up to the first row, and the rows from there on."""
        return Series(self.until(rows[0][0]) + Series.through(rows, between).segments)

    def held_within(self, start: int, end: int | None, value: Array, provenance: Provenance) -> Series:
        """This series with one value inside [start, end) (for good when there is no end)."""
        after = self.since(end) if end is not None else ()
        return Series((*self.until(start), Segment.held(start, value, provenance), *after))

    def frozen(self, month: int) -> Series:
        """This series with the value of `month` (not before `start`) held from there on; its provenance stays."""
        return self.held_within(month, None, self.one(month), self.segments[self._segment_at(month)].provenance)

    def shifted(self, start: int, by: int) -> Series:
        """This series with all that it does from `start` on done `by` months later (earlier where negative).

        Where it comes later, the value of the month before `start` is held meanwhile (`start` not before the second
        month of the series); where it comes earlier, it takes the place of what was then. What runs on runs as long.
        """
        moved = [
            replace(segment, month=segment.month + by, begin=segment.begin + by, goal=segment.goal + by)
            for segment in self.since(start)
        ]
        kept = self.frozen(start - 1) if by > 0 else self
        return Series((*kept.until(start + by), *moved))

    def without(self, month: int) -> Series:
        """This series with the dated value at `month`, where a segment begins, taken out; the one before runs on."""
        number = self._segment_at(month)
        segments = [*self.segments[:number], *self.segments[number + 1 :]]
        if number:
            before = segments[number - 1]
            after = segments[number] if number < len(segments) else before
            segments[number - 1] = Segment.towards(
                before.month, before.value, after.month, after.value, before.between, before.provenance
            )
        return Series(tuple(segments))

    def multiplied(self, factor: Array, start: int | None, end: int | None) -> Series:
        """This series times a factor inside [start, end), open where None; provenances stay."""
        return self._within(
            start, end, lambda segment: replace(segment, first=segment.first * factor, last=segment.last * factor)
        )

    def with_value(self, month: int, value: Array, provenance: Provenance) -> Series:
        """This series with a dated value put in, or in place of the one at `month`; neighbours run to and from it."""
        if month < self.start:
            after = self.segments[0]
            return Series(
                (Segment.towards(month, value, after.month, after.value, after.between, provenance), *self.segments)
            )
        segments = list(self.split(month).segments)
        number = next(number for number, segment in enumerate(segments) if segment.month == month)
        old = segments[number]
        segments[number] = Segment.towards(month, value, old.goal, old.last, old.between, provenance)
        if number:
            before = segments[number - 1]
            segments[number - 1] = Segment.towards(
                before.month, before.value, month, value, before.between, before.provenance
            )
        return Series(tuple(segments))

    def mapped(
        self,
        change: Array,
        members: Sequence[int],
        provenance: Provenance,
        start: int | None = None,
        end: int | None = None,
    ) -> Series:
        """This series with the given members at one value inside [start, end), or throughout without bounds.

        `change` holds a value for each of `members`; the others, and all months outside, keep every bit.
        """

        def put(values: Array) -> Array:
            result = values.copy()
            result[list(members)] = change
            return result

        return self._within(
            start,
            end,
            lambda segment: replace(segment, first=put(segment.first), last=put(segment.last), provenance=provenance),
        )

    def levelled(self, level: Callable[[Array], float]) -> Series:
        """This series with every member at one level of all (as their mean), taken where segments run from and to."""

        def at_level(values: Array) -> Array:
            return np.full_like(values, level(values))

        return Series(tuple(replace(p, first=at_level(p.first), last=at_level(p.last)) for p in self.segments))

    def _within(self, start: int | None, end: int | None, change: Callable[[Segment], Segment]) -> Series:
        """This series with its segments inside [start, end) changed (cut at the bounds, which changes no bit)."""
        begin = self.start if start is None else max(start, self.start)
        if end is not None and end <= begin:
            return self
        inside = Series(self.since(begin)).until(end) if end is not None else self.since(begin)
        after = self.since(end) if end is not None else ()
        return Series((*self.until(begin), *map(change, inside), *after))

    def _segment_at(self, month: int) -> int:
        return bisect_right([segment.month for segment in self.segments], month) - 1

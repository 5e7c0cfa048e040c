"""A dated number as it runs month by month, and the amendments that can be made to it.

A series is a row of pieces. A piece covers the months from its own to that of the next; the last one has no end. Over
the months from `begin` to `goal` its value goes from `first` to `last`: it holds, or moves evenly in itself (linear)
or in its logarithm (log). A piece may cover less than it runs over, so that cutting a series changes no bit of what is
left. Before the first piece there is no value. Values are arrays with one entry for each member of the input's
dimension (one entry when it has none).
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
    """Where a value comes from: the place it stands at, its source keys and its status."""

    where: str
    source: tuple[str, ...]
    status: str


@dataclass(frozen=True)
class Segment:
    """A part of a series in time, with the provenance of its value."""

    month: int
    between: str
    begin: int
    first: Array
    goal: int
    last: Array
    origin: Provenance

    @classmethod
    def held(cls, month: int, value: Array, origin: Provenance) -> Segment:
        """A piece with one value."""
        return cls(month, "hold", month, value, month, value, origin)

    @classmethod
    def towards(cls, month: int, value: Array, goal: int, last: Array, between: str, origin: Provenance) -> Segment:
        """A piece that begins with a value and, unless it holds, runs to the value of a later month."""
        if between == "hold" or goal <= month:
            return replace(cls.held(month, value, origin), between=between)
        return cls(month, between, month, value, goal, last, origin)

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
        """The value in the piece's first month."""
        return self.at(np.array([self.month]))[0]


@dataclass(frozen=True)
class Series:
    """The values of one input over time (see the module's text)."""

    pieces: tuple[Segment, ...]

    @classmethod
    def through(cls, rows: Sequence[tuple[int, Array, Provenance]], between: str) -> Series:
        """The series through dated values (month, value, origin), given in order of time."""
        running = [Segment.towards(*row[:2], *after[:2], between, row[2]) for row, after in pairwise(rows)]
        month, value, origin = rows[-1]
        return cls((*running, Segment.towards(month, value, month, value, between, origin)))

    @property
    def start(self) -> int:
        """The first month with a value."""
        return self.pieces[0].month

    @property
    def dates(self) -> tuple[str, ...]:
        """The months in which a piece begins, as text."""
        return tuple(month_text(piece.month) for piece in self.pieces)

    @property
    def values(self) -> Array:
        """The value at each of `dates`, shape (pieces, members)."""
        return np.array([piece.value for piece in self.pieces])

    @property
    def extremes(self) -> Array:
        """Values between which all others lie: those at which pieces begin and those to which they run."""
        return np.concatenate([self.values, [piece.first for piece in self.pieces], [p.last for p in self.pieces]])

    @property
    def running(self) -> Array:
        """The values from and to which pieces run, none when all hold; shape (values, members)."""
        ends = [value for piece in self.pieces if piece.goal != piece.begin for value in (piece.first, piece.last)]
        return np.array(ends).reshape(-1, len(self.pieces[0].first))

    @property
    def where(self) -> tuple[str, ...]:
        """Where each piece's value stands."""
        return tuple(piece.origin.where for piece in self.pieces)

    def at(self, months: Months) -> Array:
        """Values at months in order of time, none before `start`; shape (months, members)."""
        result = np.empty((len(months), len(self.pieces[0].first)))
        edges = [0, *np.searchsorted(months, [piece.month for piece in self.pieces[1:]]).tolist(), len(months)]
        for piece, (left, right) in zip(self.pieces, pairwise(edges), strict=True):
            if left < right:
                result[left:right] = piece.at(months[left:right])
        return result

    def one(self, month: int) -> Array:
        """The value at one month."""
        return self.pieces[self._piece_at(month)].at(np.array([month]))[0]

    def split(self, month: int) -> Series:
        """The same series with a piece that begins at `month` (after `start`)."""
        number = self._piece_at(month)
        piece = self.pieces[number]
        if piece.month == month:
            return self
        return Series((*self.pieces[: number + 1], replace(piece, month=month), *self.pieces[number + 1 :]))

    def until(self, month: int) -> tuple[Segment, ...]:
        """The pieces before `month`; none when the series begins later."""
        return tuple(piece for piece in self.pieces if piece.month < month)

    def since(self, month: int) -> tuple[Segment, ...]:
        """The pieces from `month` on."""
        cut = self if month <= self.start else self.split(month)
        return tuple(piece for piece in cut.pieces if piece.month >= month)

    def followed_by(self, rows: Sequence[tuple[int, Array, Provenance]], between: str) -> Series:
        """This series up to the first row, and the rows from there on."""
        return Series(self.until(rows[0][0]) + Series.through(rows, between).pieces)

    def held_within(self, start: int, end: int | None, value: Array, origin: Provenance) -> Series:
        """This series with one value inside [start, end) (for good when there is no end)."""
        after = self.since(end) if end is not None else ()
        return Series((*self.until(start), Segment.held(start, value, origin), *after))

    def frozen(self, month: int) -> Series:
        """This series with the value of `month` (not before `start`) held from there on; its origin stays."""
        return self.held_within(month, None, self.one(month), self.pieces[self._piece_at(month)].origin)

    def shifted(self, start: int, by: int) -> Series:
        """This series with all that it does from `start` on done `by` months later (earlier where negative).

        Where it comes later, the value of the month before `start` is held meanwhile (`start` not before the second
        month of the series); where it comes earlier, it takes the place of what was then. What runs on runs as long.
        """
        moved = [
            replace(piece, month=piece.month + by, begin=piece.begin + by, goal=piece.goal + by)
            for piece in self.since(start)
        ]
        kept = self.frozen(start - 1) if by > 0 else self
        return Series((*kept.until(start + by), *moved))

    def without(self, month: int) -> Series:
        """This series with the dated value at `month`, where a piece begins, taken out; the one before runs on."""
        number = self._piece_at(month)
        pieces = [*self.pieces[:number], *self.pieces[number + 1 :]]
        if number:
            before = pieces[number - 1]
            after = pieces[number] if number < len(pieces) else before
            pieces[number - 1] = Segment.towards(
                before.month, before.value, after.month, after.value, before.between, before.origin
            )
        return Series(tuple(pieces))

    def multiplied(self, factor: Array, start: int | None, end: int | None) -> Series:
        """This series times a factor inside [start, end), open where None; origins stay."""
        return self._within(
            start, end, lambda piece: replace(piece, first=piece.first * factor, last=piece.last * factor)
        )

    def with_value(self, month: int, value: Array, origin: Provenance) -> Series:
        """This series with a dated value put in, or in place of the one at `month`; neighbours run to and from it."""
        if month < self.start:
            after = self.pieces[0]
            return Series(
                (Segment.towards(month, value, after.month, after.value, after.between, origin), *self.pieces)
            )
        pieces = list(self.split(month).pieces)
        number = next(number for number, piece in enumerate(pieces) if piece.month == month)
        old = pieces[number]
        pieces[number] = Segment.towards(month, value, old.goal, old.last, old.between, origin)
        if number:
            before = pieces[number - 1]
            pieces[number - 1] = Segment.towards(
                before.month, before.value, month, value, before.between, before.origin
            )
        return Series(tuple(pieces))

    def mapped(
        self,
        change: Array,
        members: Sequence[int],
        origin: Provenance,
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
            start, end, lambda piece: replace(piece, first=put(piece.first), last=put(piece.last), origin=origin)
        )

    def levelled(self, level: Callable[[Array], float]) -> Series:
        """This series with every member at one level of all (as their mean), taken where pieces run from and to."""

        def at_level(values: Array) -> Array:
            return np.full_like(values, level(values))

        return Series(tuple(replace(p, first=at_level(p.first), last=at_level(p.last)) for p in self.pieces))

    def _within(self, start: int | None, end: int | None, change: Callable[[Segment], Segment]) -> Series:
        """This series with its pieces inside [start, end) changed (cut at the bounds, which changes no bit)."""
        begin = self.start if start is None else max(start, self.start)
        if end is not None and end <= begin:
            return self
        inside = Series(self.since(begin)).until(end) if end is not None else self.since(begin)
        after = self.since(end) if end is not None else ()
        return Series((*self.until(begin), *map(change, inside), *after))

    def _piece_at(self, month: int) -> int:
        return bisect_right([piece.month for piece in self.pieces], month) - 1

"""A dated number as it runs month by month, and the amendments that can be made to it.

A series is a row of pieces. A piece begins in a month and runs to the beginning of the next; inside it the value goes
from `first` to `last` (the value that would be reached when the next piece begins) and holds, or moves evenly in the
number (linear) or in its logarithm (log). The final piece holds for good. Before the first piece there is no value.
Values are arrays with one entry for each member of the input's dimension (one entry when it has none).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from tumen.case.dates import month_text

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Piece:
    """A stretch of a series; `where` says in which file and line (or in which setting) its value stands."""

    month: int
    first: Array
    last: Array
    between: str
    where: str


@dataclass(frozen=True)
class Series:
    """The values of one input over time (see the module's text)."""

    pieces: tuple[Piece, ...]

    @classmethod
    def through(cls, rows: Sequence[tuple[int, Array, str]], between: str) -> Series:
        """The series through dated values (month, value, where), given in order of time."""
        following = [*rows[1:], rows[-1]]
        return cls(
            tuple(
                Piece(month, value, value if between == "hold" else after[1], between, where)
                for (month, value, where), after in zip(rows, following, strict=True)
            )
        )

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
        return np.array([piece.first for piece in self.pieces])

    @property
    def where(self) -> tuple[str, ...]:
        """Where each piece's value stands."""
        return tuple(piece.where for piece in self.pieces)

    def at(self, months: npt.NDArray[np.int64]) -> Array:
        """Values at months, none before `start`; shape (months, members)."""
        starts = np.array([piece.month for piece in self.pieces])
        which = np.searchsorted(starts, months, side="right") - 1
        result = self.values[which]
        for number, piece in enumerate(self.pieces[:-1]):
            if piece.between != "hold":
                inside = which == number
                result[inside] = _along(piece, self.pieces[number + 1].month, months[inside])
        return result

    def one(self, month: int) -> Array:
        """The value at one month."""
        return self.at(np.array([month]))[0]

    def split(self, month: int) -> Series:
        """The same series with a piece that begins at `month` (after `start`)."""
        number = self._piece_at(month)
        piece = self.pieces[number]
        if piece.month == month:
            return self
        middle = self.one(month)
        held = piece.between == "hold" or number == len(self.pieces) - 1
        before = replace(piece, last=piece.last if held else middle)
        after = replace(piece, month=month, first=middle)
        return Series((*self.pieces[:number], before, after, *self.pieces[number + 1 :]))

    def until(self, month: int) -> tuple[Piece, ...]:
        """The pieces before `month`, cut there; none when the series begins later."""
        if month <= self.start:
            return ()
        cut = self.split(month)
        return tuple(piece for piece in cut.pieces if piece.month < month)

    def since(self, month: int) -> tuple[Piece, ...]:
        """The pieces from `month` on."""
        cut = self if month <= self.start else self.split(month)
        return tuple(piece for piece in cut.pieces if piece.month >= month)

    def followed_by(self, rows: Sequence[tuple[int, Array, str]], between: str) -> Series:
        """This series up to the first row, and the rows from there on."""
        return Series(self.until(rows[0][0]) + Series.through(rows, between).pieces)

    def held_within(self, start: int, end: int | None, value: Array, where: str) -> Series:
        """This series with one value inside [start, end) (for good when there is no end)."""
        held = Piece(start, value, value, "hold", where)
        return Series((*self.until(start), held, *(self.since(end) if end is not None else ())))

    def frozen(self, month: int, where: str) -> Series:
        """This series with the value of `month` (not before `start`) held from there on."""
        return self.held_within(month, None, self.one(month), where)

    def without(self, month: int) -> Series:
        """This series with the dated value at `month`, where a piece begins, taken out."""
        number = self._piece_at(month)
        pieces = list(self.pieces)
        del pieces[number]
        if number and pieces[number - 1].between != "hold":
            before = pieces[number - 1]
            target = pieces[number].first if number < len(pieces) else before.first
            pieces[number - 1] = replace(before, last=target)
        return Series(tuple(pieces))

    def multiplied(self, factor: Array, start: int | None, end: int | None, where: str) -> Series:
        """This series times a factor inside [start, end); an open end reaches as far as the series."""
        begin = self.start if start is None else max(start, self.start)
        if end is not None and end <= begin:
            return self
        inside = Series(self.since(begin)).until(end) if end is not None else self.since(begin)
        scaled = tuple(replace(p, first=p.first * factor, last=p.last * factor, where=where) for p in inside)
        return Series((*self.until(begin), *scaled, *(self.since(end) if end is not None else ())))

    def with_value(self, month: int, value: Array, where: str) -> Series:
        """This series with a dated value put in, or in place of the one at `month`; neighbours run to and from it."""
        if month < self.start:
            after = self.pieces[0]
            between = after.between
            first = Piece(month, value, value if between == "hold" else after.first, between, where)
            return Series((first, *self.pieces))
        pieces = list(self.split(month).pieces)
        number = next(i for i, piece in enumerate(pieces) if piece.month == month)
        piece = pieces[number]
        is_end = piece.between == "hold" or number == len(pieces) - 1
        pieces[number] = replace(piece, first=value, last=value if is_end else piece.last, where=where)
        if number and pieces[number - 1].between != "hold":
            pieces[number - 1] = replace(pieces[number - 1], last=value)
        return Series(tuple(pieces))

    def mapped(self, change: npt.NDArray[np.float64], members: Sequence[int], where: str) -> Series:
        """This series with the given members at one value throughout (`change` holds a value for each of them)."""
        return Series(
            tuple(
                replace(p, first=_put(p.first, members, change), last=_put(p.last, members, change), where=where)
                for p in self.pieces
            )
        )

    def levelled(self, level: Callable[[Array], float], where: str) -> Series:
        """This series with every member at one level of all (as their mean), taken where pieces begin and end."""

        def at_level(values: Array) -> Array:
            return np.full_like(values, level(values))

        return Series(
            tuple(replace(p, first=at_level(p.first), last=at_level(p.last), where=where) for p in self.pieces)
        )

    def _piece_at(self, month: int) -> int:
        return bisect_right([piece.month for piece in self.pieces], month) - 1


def _along(piece: Piece, end: int, months: npt.NDArray[np.int64]) -> Array:
    share = ((months - piece.month) / (end - piece.month))[:, np.newaxis]
    if piece.between == "linear":
        return piece.first + share * (piece.last - piece.first)
    logs = np.log(piece.first) + share * (np.log(piece.last) - np.log(piece.first))
    return np.exp(logs)


def _put(values: Array, members: Sequence[int], change: Array) -> Array:
    result = values.copy()
    result[list(members)] = change
    return result

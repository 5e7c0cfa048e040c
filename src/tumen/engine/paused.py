"""A run as it stands at the start of a month, from which it, or another that is the same until then, can go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tumen.engine.feedback import Feedback
from tumen.engine.population import Population
from tumen.engine.state import Accumulator, Rows

#: The first column of `Rows` that changes; those before it are shared by all runs of the same people.
_CHANGING = Rows._fields.index("shocks")


@dataclass(frozen=True)
class Paused:
    """What a run carries from the months before `month`.

    rows: the people, a copy; accumulator: the counts of the months before, which nobody writes to again; feedback: that
    of each of those months; log: what was logged of sampled lives.
    """

    month: int
    rows: Rows
    accumulator: Accumulator
    feedback: tuple[Feedback, ...]
    log: tuple[np.ndarray, ...]

    def put_back(self, whole: Accumulator, met: list[Feedback], log: list[np.ndarray]) -> None:
        """Begin the counts, feedback and log of another run with those of this one."""
        for field, before in zip(whole, self.accumulator, strict=True):
            field[: self.month] = before
        met.extend(self.feedback)
        log.extend(self.log)


def paused(month: int, people: Rows, whole: Accumulator, met: list[Feedback], log: list[np.ndarray]) -> Paused:
    """The run at the start of a month; what the months to come will change is copied."""
    return Paused(month, _copied(people), Accumulator(*(field[:month] for field in whole)), tuple(met), tuple(log))


def resumed(run: Paused, population: Population, real: Any) -> Rows:
    """The people of a paused run, to go on with. Raises ValueError where they are others, or of another float type."""
    if run.rows.home.dtype != np.dtype(real) or not np.array_equal(run.rows.weight, population.weight):
        raise ValueError("a paused run goes on with its own people and float type")
    return _copied(run.rows)


def _copied(people: Rows) -> Rows:
    return Rows(*people[:_CHANGING], *(column.copy() for column in people[_CHANGING:]))

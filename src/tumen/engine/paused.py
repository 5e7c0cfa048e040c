"""A run paused at the start of a month; it, or another run that is equal until then, can continue from there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tumen.engine.feedback import Feedback
from tumen.engine.population import Population
from tumen.engine.state import Accumulator, Agents

#: The first column of `Agents` that changes; those before it are shared by all runs of the same population.
_CHANGING = Agents._fields.index("shocks")


@dataclass(frozen=True)
class Paused:
    """What a run carries over from the months before `month`.

    agents: a copy; accumulator: counts of the months before, which are not written to again; feedback: of each of those
    months; log: events of the sampled histories.
    """

    month: int
    agents: Agents
    accumulator: Accumulator
    feedback: tuple[Feedback, ...]
    log: tuple[np.ndarray, ...]

    def put_back(self, counts: Accumulator, feedbacks: list[Feedback], log: list[np.ndarray]) -> None:
        """Start the counts, feedback and log of another run with those of this one."""
        for field, before in zip(counts, self.accumulator, strict=True):
            field[: self.month] = before
        feedbacks.extend(self.feedback)
        log.extend(self.log)


def paused(month: int, people: Agents, counts: Accumulator, feedbacks: list[Feedback], log: list[np.ndarray]) -> Paused:
    """Return the run paused at the start of a month; everything later months change is copied."""
    return Paused(
        month, _copied(people), Accumulator(*(field[:month] for field in counts)), tuple(feedbacks), tuple(log)
    )


def resumed(run: Paused, population: Population, real: Any) -> Agents:
    """Return a copy of a paused run's agents. Raises ValueError for another population or float type."""
    if run.agents.home.dtype != np.dtype(real) or not np.array_equal(run.agents.weight, population.weight):
        raise ValueError("a paused run goes on with its own people and float type")
    return _copied(run.agents)


def _copied(people: Agents) -> Agents:
    return Agents(*people[:_CHANGING], *(column.copy() for column in people[_CHANGING:]))

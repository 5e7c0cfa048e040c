"""What a run counted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tumen.engine.feedback import Feedback
from tumen.engine.state import RANDOM_GROUPS, SCALE, Accumulator, Rows
from tumen.model.compiled import AGES, CompiledModel, Floats


@dataclass(frozen=True)
class Counts:
    """The counts of every month, the feedback met, the log of sampled lives (events, 5) and the people at the end.

    `accumulator` holds the fields of engine.state.Accumulator with a first axis over months, in fixed point; the
    properties are in persons.
    """

    model: CompiledModel
    accumulator: Accumulator
    feedback: tuple[Feedback, ...]
    log: NDArray[np.int32]
    rows: Rows

    def _cells(self, table: NDArray[np.int64]) -> Floats:
        cells = (len(self.model.groups), AGES, len(self.model.places))
        return np.asarray(table / SCALE).reshape(*table.shape[:2], *(cells if table.size else (0,)))

    @cached_property
    def stock(self) -> Floats:
        """People at home, (months, S, X, A, P)."""
        return self._cells(self.accumulator.stock)

    @cached_property
    def flow(self) -> Floats:
        """Expected flows, (months, FLOWS, X, A, P)."""
        return self._cells(self.accumulator.flow)

    @cached_property
    def sampled(self) -> Floats:
        """Flows of the sampled lives, (months, FLOWS, X, A, P), or empty."""
        return self._cells(self.accumulator.sampled)

    @cached_property
    def by_state(self) -> Floats:
        """Departures, (months, S, X)."""
        return self.accumulator.by_state / SCALE

    @cached_property
    def by_channel(self) -> Floats:
        """Departures, (months, channels, X)."""
        return self.accumulator.by_channel / SCALE

    @cached_property
    def stage(self) -> Floats:
        """Stock abroad, arrivals and shifts, (months, 3, R, X)."""
        return self.accumulator.stage / SCALE

    @cached_property
    def mean(self) -> Floats:
        """Sums over adults at home, (months, MEANS, X)."""
        return self.accumulator.mean / SCALE

    @cached_property
    def auxiliary(self) -> Floats:
        """Arrivals with kin there, and crossings of adults with savings below the line, (months, AUXILIARY, X)."""
        return self.accumulator.auxiliary / SCALE

    @cached_property
    def kin_effect(self) -> Floats:
        """Departures that kin add, and people with kin, (months, 2); nought but in December."""
        return self.accumulator.kin_effect / SCALE

    @cached_property
    def years(self) -> NDArray[np.int64]:
        """The calendar years of the window, first and last perhaps in part."""
        first, last = self.model.start, self.model.start + self.model.months - 1
        return np.arange(first // 12, last // 12 + 1)

    def yearly(self) -> tuple[Floats, Floats]:
        """Arrivals and departures of each calendar year by group, (years, 2, X), and their standard errors.

        The error is that of sampling people and what befalls them, from the scatter between random groups of
        agents: each group is a sample of its own, but all share one feedback. Groups are joined in pairs of neighbours,
        whose first draws are quasi-random together; alone, they would scatter more than their sum does.
        """
        year = (self.model.start + np.arange(self.model.months)) // 12
        first = np.flatnonzero(np.diff(year, prepend=-1))
        random_group = (
            np.add.reduceat(self.accumulator.random_group, first, axis=0) / SCALE
        )  # (years, 2, X, RANDOM_GROUPS)
        pair = random_group.reshape(*random_group.shape[:3], RANDOM_GROUPS // 2, 2).sum(axis=4)
        return random_group.sum(axis=3), pair.std(axis=3, ddof=1) * np.sqrt(RANDOM_GROUPS // 2)

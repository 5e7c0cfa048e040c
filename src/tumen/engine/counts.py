"""The counts of a run, in persons."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tumen.engine.feedback import Feedback
from tumen.engine.state import GROUP_PAIRS, SCALE, Accumulator, Agents
from tumen.model.compiled import AGES, CompiledModel, Floats


@dataclass(frozen=True)
class Counts:
    """The counts of every month, the feedback used, the event log and the agents in their final state.

    accumulator: the fields of `engine.state.Accumulator` with a first axis over months, in fixed point; the properties
    convert them to persons. log: (events, 5) month, agent, event, from, to of the sampled histories.
    """

    model: CompiledModel
    accumulator: Accumulator
    feedback: tuple[Feedback, ...]
    log: NDArray[np.int32]
    agents: Agents

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
        """Flows of the sampled histories, (months, FLOWS, X, A, P), or empty."""
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
    def adult_sums(self) -> Floats:
        """Sums over adults at home, (months, ADULT_SUMS, X)."""
        return self.accumulator.adult_sums / SCALE

    @cached_property
    def auxiliary(self) -> Floats:
        """Arrivals with kin there, and crossings of adults with savings below the line, (months, AUXILIARY, X)."""
        return self.accumulator.auxiliary / SCALE

    @cached_property
    def kin_effect(self) -> Floats:
        """Departures that kin add, and people with kin, (months, 2); zero except in December."""
        return self.accumulator.kin_effect / SCALE

    @cached_property
    def years(self) -> NDArray[np.int64]:
        """The calendar years of the window; the first and last may be incomplete."""
        first, last = self.model.start, self.model.start + self.model.months - 1
        return np.arange(first // 12, last // 12 + 1)

    @cached_property
    def by_group(self) -> Floats:
        """Arrivals and departures by calendar year, group and random group, (years, 2, X, GROUP_PAIRS).

        Each random group of agents is a sample of its own, but all share one feedback. Groups are joined in pairs of
        neighbours, whose first draws are quasi-random together; alone, they would scatter more than their sum does.
        """
        year = (self.model.start + np.arange(self.model.months)) // 12
        first = np.flatnonzero(np.diff(year, prepend=-1))
        groups = np.add.reduceat(self.accumulator.random_group, first, axis=0) / SCALE
        return np.asarray(groups.reshape(*groups.shape[:3], GROUP_PAIRS, 2).sum(axis=4))

    def yearly(self) -> tuple[Floats, Floats]:
        """Return arrivals and departures by calendar year and group, (years, 2, X), and their standard errors.

        The error is the Monte Carlo error of sampling agents and their draws, from the scatter between random groups.
        """
        return self.by_group.sum(axis=3), self.by_group.std(axis=3, ddof=1) * np.sqrt(GROUP_PAIRS)

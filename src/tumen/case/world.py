"""A world: one history of a case with scenarios, parameters and settings applied, ready as monthly arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tumen.case.closure import CLOSURE, words
from tumen.case.dates import month_index, month_text
from tumen.case.horizon import refuse_beyond
from tumen.case.inputs import Input
from tumen.case.register import SexedInput, demographic_lines, sexed_inputs
from tumen.case.series import Array, Series
from tumen.case.settings import Amendment, ParameterSet, put_settings
from tumen.errors import CaseError, placed, shown, suggestion

if TYPE_CHECKING:
    from tumen.case.country import Case
    from tumen.case.manifest import Province, SocialClass
    from tumen.case.scenario import Scenario


@dataclass(frozen=True)
class Asked:
    """What a world was made from besides its parameters, so that it can be made again with others."""

    scenarios: tuple[Scenario, ...]
    history: str | None  # None: not chosen
    variants: Mapping[str, str]
    settings: tuple[str, ...]


@dataclass(frozen=True, eq=False, repr=False)
class World:
    """The inputs of a case as they run in one world; month 0 is `start`, a month index.

    series: every input by key, and under `closure` whether strength is fixed (1) or intake (0).
    """

    case: Case
    start: int
    months: int
    history: str
    series: Mapping[str, Series]
    diff: tuple[Amendment, ...]
    used_variants: Mapping[str, str]
    scenario_names: tuple[str, ...]
    parameters: ParameterSet | None
    baseline_series: Mapping[str, Series]
    asked: Asked
    _monthly: dict[str, Array] = field(default_factory=dict)

    def __repr__(self) -> str:
        last = month_text(self.start + self.months - 1)
        scenarios = ", ".join(self.scenario_names) or "none"
        parameters = self.parameters.name if self.parameters else "the case's own values"
        return (
            f"<World of case {self.case.name}, {month_text(self.start)} to {last}>\n"
            f"  history: {self.history}; scenarios: {scenarios}; parameters: {parameters}; "
            f"changes: {len(self.diff)}"
        )

    def monthly(self, key: str) -> Array:
        """The values of an input in every month of the window, shape (months,) or (months, members); read-only."""
        if key not in self._monthly:
            values = self._values(key, np.arange(self.start, self.start + self.months))
            values = values if self._input(key).members else values[:, 0]
            values.setflags(write=False)
            self._monthly[key] = values
        return self._monthly[key]

    def at(self, key: str, date: str | int) -> float | Array:
        """The value of an input at a date (text or month index): a number, or one number for each member."""
        with placed(key):
            month = date if isinstance(date, int) else month_index(date)
        values = self._values(key, np.array([month]))[0]
        return values if self._input(key).members else float(values[0])

    @property
    def fixed_strength(self) -> npt.NDArray[np.bool_]:
        """In which months strength is given and intake solved; in the others intake is given. Shape (months,)."""
        months = np.arange(self.start, self.start + self.months)
        return np.asarray(self.series[CLOSURE].at(months)[:, 0] > 0)

    @property
    def closure(self) -> str:
        """The closure in words, with the months in which it changes within the window."""
        return words(self.series[CLOSURE], self.start, self.months)

    def yearly_means(self) -> dict[str, dict[str, float | dict[str, float]]]:
        """Every input that `diff` names, by year: the mean of its months in the window, by member where it has members.

        A first or last year of which the window has a part is the mean of that part.
        """
        years = np.arange(self.start, self.start + self.months) // 12
        means: dict[str, dict[str, float | dict[str, float]]] = {}
        for key in sorted({amendment.key for amendment in self.diff} & set(self.case.inputs)):
            members, values = self._input(key).members, self.monthly(key)
            found = {str(year): values[years == year].mean(axis=0) for year in np.unique(years).tolist()}
            means[key] = {
                year: dict(zip(members, mean.tolist(), strict=True)) if members else float(mean)
                for year, mean in found.items()
            }
        return means

    @property
    def provinces(self) -> tuple[Province, ...]:
        """The provinces, in the order of every array."""
        return self.case.provinces

    @property
    def classes(self) -> tuple[SocialClass, ...]:
        """The classes, in the order of every array."""
        return self.case.classes

    @property
    def baseline(self) -> World:
        """The same history and parameters without what scenarios and settings change."""
        return replace(self, series=self.baseline_series, _monthly={})

    def constant(self, key: str) -> float | Array:
        """The value of an input that may not change within the window: a number, or one for each member."""
        values = self.monthly(key)
        changes = np.flatnonzero((values != values[0]).reshape(self.months, -1).any(axis=1))
        if changes.size:
            what = f"{key} changes in {month_text(self.start + int(changes[0]))}"
            expected = "one value for the whole window, because the model reads only one"
            remedy = f"give {key} one value, or choose a window in which it does not change"
            raise CaseError.single(what, self.series[key].where[0], expected, remedy)
        return values[0] if self._input(key).members else float(values[0])

    def within(self, start: int, months: int) -> World:
        """The same world seen through another window: from month index `start`, `months` long.

        It may end after the case's own window. Raises CaseError where people cannot be carried so far
        (`tumen.case.horizon`).
        """
        refuse_beyond(self.case, start + months - 1)
        return replace(self, start=start, months=months, _monthly={})

    def amend(self, settings: Sequence[str]) -> World:
        """The same world with further settings `KEY[.PART]=VALUE[@FROM[..TO]]` put on it, in place of earlier ones."""
        series = dict(self.series)
        diff = put_settings(self.case.inputs, series, settings, (self.case.start, self.case.end))
        asked = replace(self.asked, settings=(*self.asked.settings, *settings))
        return replace(self, series=series, diff=(*self.diff, *diff), asked=asked, _monthly={})

    def with_parameters(self, parameters: ParameterSet | None, history: str | None = None) -> World:
        """The same world under other parameters, with the same scenarios, variants, settings and window.

        history: that of the parameters, used where the world was made without choosing one.
        """
        asked = self.asked
        chosen = asked.history is not None or any(scenario.history is not None for scenario in asked.scenarios)
        made = self.case.world(
            asked.scenarios, asked.history if chosen else history, asked.variants, asked.settings, parameters
        )
        return made.within(self.start, self.months)

    def under(self, restrictions: Sequence[str]) -> World:
        """The same world under a theory's restrictions (settings), which hold for its baseline too."""
        baseline_series = dict(self.baseline_series)
        put_settings(self.case.inputs, baseline_series, restrictions, (self.case.start, self.case.end))
        return replace(self.amend(restrictions), baseline_series=baseline_series)

    @cached_property
    def register(self) -> tuple[SexedInput, ...]:
        """Every input whose values differ between the sexes in this world, and the tables that do."""
        return sexed_inputs(self.case.inputs, self.series, self.start, self.months) + demographic_lines(
            self.case.population_rows, self.case.vital_rows
        )

    def _input(self, key: str) -> Input:
        if key not in self.case.inputs:
            remedy = suggestion(key, self.case.inputs, "look for the key in the vocabulary of inputs")
            raise CaseError.single(f"unknown input {shown(key)}", "world", "a key of the vocabulary of inputs", remedy)
        return self.case.inputs[key]

    def _values(self, key: str, months: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Array:
        self._input(key)
        series = self.series[key]
        if months[0] < series.start:
            what = f"{key} is asked for {month_text(int(months[0]))}"
            expected = f"{series.dates[0]}, its first date, or later"
            raise CaseError.single(what, series.where[0], expected, f"add an earlier value of {key}, or ask later")
        return series.at(months)

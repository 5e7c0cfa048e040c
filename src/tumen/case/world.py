"""A world: one history of a case with scenarios, parameters and settings applied, ready as monthly arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tumen.case.dates import month_index, month_text
from tumen.case.errors import CaseError, RefusedError, listing, shown, suggestion
from tumen.case.inputs import BASE, FLAG, Input
from tumen.case.register import SexedInput, demographic_lines, sexed_inputs
from tumen.case.scenario import Scenario
from tumen.case.series import Array, Series
from tumen.case.settings import ParameterSet, Setting, parse_parameter, parse_setting, setting_text

if TYPE_CHECKING:
    from tumen.case.country import Case
    from tumen.case.manifest import Klass, Province


@dataclass(frozen=True)
class Amendment:
    """One difference from the base history: of which input (or `closure`, `history`) and member, and from where."""

    key: str
    part: str | None
    text: str
    source: str


@dataclass(frozen=True, eq=False)
class World:
    """The inputs of a case as they run in one world; month 0 is `start`, a month index."""

    case: Case
    start: int
    months: int
    closure: str
    history: str
    series: Mapping[str, Series]
    diff: tuple[Amendment, ...]
    used_variants: Mapping[str, str]
    scenario_names: tuple[str, ...]
    parameters: ParameterSet | None
    _monthly: dict[str, Array] = field(default_factory=dict, repr=False)

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
        try:
            month = date if isinstance(date, int) else month_index(date)
        except RefusedError as refusal:
            raise CaseError([refusal.at(key)]) from None
        values = self._values(key, np.array([month]))[0]
        return values if self._input(key).members else float(values[0])

    @property
    def provinces(self) -> tuple[Province, ...]:
        """The provinces, in the order of every array."""
        return self.case.provinces

    @property
    def classes(self) -> tuple[Klass, ...]:
        """The classes, in the order of every array."""
        return self.case.classes

    def within(self, start: int, months: int) -> World:
        """The same world seen through another window: from month index `start`, `months` long."""
        return replace(self, start=start, months=months, _monthly={})

    def amend(self, settings: Sequence[str]) -> World:
        """The same world with further settings `KEY[.PART]=VALUE[@DATE]` put on it."""
        series = dict(self.series)
        diff = _put_settings(self.case, series, settings)
        return replace(self, series=series, diff=(*self.diff, *diff), _monthly={})

    @cached_property
    def register(self) -> tuple[SexedInput, ...]:
        """Every input whose values differ between the sexes in this world, and the tables that do."""
        return sexed_inputs(
            self.case.inputs, self.series, self.used_variants, self.start, self.months
        ) + demographic_lines(self.case.population_rows, self.case.vital_rows)

    def _input(self, key: str) -> Input:
        if key not in self.case.inputs:
            remedy = suggestion(key, self.case.inputs, "look for the key in the vocabulary of inputs")
            raise CaseError.single(f"unknown input {shown(key)}", "world", "a key of the vocabulary of inputs", remedy)
        return self.case.inputs[key]

    def _values(self, key: str, months: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Array:
        self._input(key)
        series = self.series[key]
        if months[0] < series.start:
            raise CaseError.single(
                f"{key} is asked for {month_text(int(months[0]))}",
                series.pieces[0].where,
                f"{series.dates[0]}, its first date, or later",
                f"add an earlier value of {key}, or ask later",
            )
        return series.at(months)


def resolve(
    case: Case,
    scenarios: Sequence[Scenario],
    history: str | None,
    variants: Mapping[str, str],
    settings: Sequence[str],
    parameters: ParameterSet | None,
) -> World:
    """The world of a case. Order: history and variants, parameters, the scenarios' changes, what they neutralise,
    settings; the later wins. Raises CaseError when something named does not exist or leaves an input's range."""
    chosen = _history(case, scenarios, history)
    used = _variants(case, scenarios, chosen, variants)
    series = {key: given.series(used.get(key, BASE)) for key, given in case.inputs.items()}
    diff = [Amendment("history", None, chosen, "")] if chosen != BASE else []
    diff += [Amendment(key, None, f"variant {name}", _variant_source(case, key, name)) for key, name in used.items()]
    diff = [entry for entry in diff if entry.text != f"variant {BASE}"]
    if parameters is not None:
        diff += _put_parameters(case, series, used, parameters)
    for scenario in scenarios:
        diff += _change(case, series, scenario)
    for scenario in scenarios:
        diff += _neutralise(case, series, used, scenario)
    closure, closure_diff = _closure(case, scenarios, settings)
    diff += closure_diff + _put_settings(case, series, settings)
    return World(
        case,
        case.start,
        case.months,
        closure,
        chosen,
        series,
        tuple(diff),
        used,
        tuple(scenario.name for scenario in scenarios),
        parameters,
    )


def _history(case: Case, scenarios: Sequence[Scenario], history: str | None) -> str:
    asked = (history, *(scenario.history for scenario in scenarios))
    named = list(dict.fromkeys(name for name in asked if name is not None))
    for name in named:
        if name != BASE and name not in case.histories:
            known = [BASE, *case.histories]
            remedy = suggestion(name, known, "write one of these")
            raise CaseError.single(f"unknown history {shown(name)}", f"case {case.name}", listing(known), remedy)
    if len(named) > 1:
        raise CaseError.single(
            f"histories {' and '.join(named)} at once",
            ", ".join(scenario.file for scenario in scenarios) or f"case {case.name}",
            "one history",
            "leave one of them out",
        )
    return named[0] if named else BASE


def _variants(case: Case, scenarios: Sequence[Scenario], history: str, variants: Mapping[str, str]) -> dict[str, str]:
    """The variant in use of every contested input: history's, then the scenarios', then those asked for by hand."""
    used = {key: BASE for key, given in case.inputs.items() if given.variants}
    if history != BASE:
        used.update(case.histories[history].variants)
    for scenario in scenarios:
        used.update({change.key: change.variant for change in scenario.changes if change.variant is not None})
    for name, variant in variants.items():
        used.update(dict.fromkeys(_contested(case, name, variant), variant))
    return used


def _contested(case: Case, name: str, variant: str) -> list[str]:
    """The inputs meant by `name`, an input or a policy, that have the variant."""
    where = f"variant {shown(f'{name}={variant}')}"
    named = [key for key, given in case.inputs.items() if name in (key, given.policy)]
    if not named:
        known = [*case.inputs, *(given.policy for given in case.inputs.values() if given.policy)]
        remedy = suggestion(name, known, "write the key of an input")
        raise CaseError.single(f"unknown input {shown(name)}", where, "a key of the vocabulary or a policy", remedy)
    having = [key for key in named if case.inputs[key].variants and variant in (BASE, *case.inputs[key].variants)]
    if not having:
        known = list(dict.fromkeys(known for key in named for known in case.inputs[key].variants))
        remedy = suggestion(variant, known, f"add the variant at {case.inputs[named[0]].where}")
        raise CaseError.single(f"{name} has no variant {shown(variant)}", where, listing([BASE, *known]), remedy)
    return having


def _variant_source(case: Case, key: str, name: str) -> str:
    return ", ".join(dict.fromkeys(source for row in case.inputs[key].rows(name) for source in row.source))


def _put_parameters(
    case: Case, series: dict[str, Series], used: Mapping[str, str], parameters: ParameterSet
) -> list[Amendment]:
    """Put parameters in place of the base values they stand for; returns those a variant leaves without use."""
    unused = []
    for name, value in parameters.values.items():
        where = f"parameters {parameters.name}, {name}"
        setting = parse_parameter(name, value, case.inputs, where)
        if used.get(setting.key, BASE) != BASE:
            text = f"parameter {name} is not used, for variant {used[setting.key]} replaces the base values"
            unused.append(Amendment(setting.key, setting.part, text, parameters.name))
            continue
        series[setting.key] = _with_setting(case.inputs[setting.key], series[setting.key], setting, where)
    return unused


def _change(case: Case, series: dict[str, Series], scenario: Scenario) -> list[Amendment]:
    diff = []
    for change in scenario.changes:
        if change.verb == "variant":
            continue
        try:
            series[change.key] = change.applied(series[change.key], case.inputs[change.key])
        except RefusedError as refusal:
            raise CaseError([refusal.at(change.where)]) from None
        source = ", ".join(change.source) or scenario.name
        diff += [Amendment(change.key, None, text, source) for text in change.texts()]
    return diff


def _neutralise(case: Case, series: dict[str, Series], used: Mapping[str, str], scenario: Scenario) -> list[Amendment]:
    if not scenario.neutralise:
        return []
    keys = scenario.neutralise
    if isinstance(keys, str):
        lines = sexed_inputs(case.inputs, series, used, case.start, case.months)
        keys = tuple(line.key for line in lines if keys == "all" or line.unsourced)
    diff = []
    for key in keys:
        given, old = case.inputs[key], series[key]
        where = f"{scenario.file}, neutralise"
        if given.neutral is None:
            series[key] = old.levelled(np.max if given.unit == FLAG else np.mean, where)
            text = f"both sexes at {given.neutral_text}"
        else:
            series[key] = Series.through([(old.start, np.full(2, given.neutral), where)], "hold")
            text = f"both sexes at {given.neutral:g}"
        diff.append(Amendment(key, None, text, scenario.name))
    return diff


def _closure(case: Case, scenarios: Sequence[Scenario], settings: Sequence[str]) -> tuple[str, list[Amendment]]:
    closure, source = case.closure, ""
    for scenario in scenarios:
        if scenario.closure is not None:
            closure, source = scenario.closure, scenario.name
    for setting in settings:
        if setting.startswith("closure="):
            closure, source = setting.removeprefix("closure="), f"setting {setting}"
            if closure not in ("A", "B"):
                where = f"setting {shown(setting)}"
                raise CaseError.single(f"unknown closure {shown(closure)}", where, "A or B", "write closure=A")
    return closure, [Amendment("closure", None, closure, source)] if closure != case.closure else []


def _put_settings(case: Case, series: dict[str, Series], settings: Sequence[str]) -> list[Amendment]:
    diff = []
    for text in settings:
        if text.startswith("closure="):
            continue
        setting = parse_setting(text, case.inputs)
        given = case.inputs[setting.key]
        series[setting.key] = _with_setting(given, series[setting.key], setting, setting.where)
        diff.append(Amendment(setting.key, setting.part, setting_text(setting), setting.where))
    return diff


def _with_setting(given: Input, series: Series, setting: Setting, where: str) -> Series:
    value = np.array([setting.value])
    try:
        given.admit(value)
    except RefusedError as refusal:
        raise CaseError([refusal.at(where)]) from None
    members = list(range(max(1, len(given.members))))
    if setting.part is not None:
        members = [given.members.index(setting.part)]
    if setting.month is None and setting.part is None:
        everyone = np.full(len(members), setting.value)
        return Series.through([(series.start, everyone, where)], "hold")
    if setting.month is None:
        return series.mapped(value, members, where)
    if setting.month < series.start and setting.part is not None:
        raise CaseError.single(
            f"the other members of {given.key} have no value in {month_text(setting.month)}",
            where,
            f"a date from {series.dates[0]} on",
            f"write {given.key}=VALUE@DATE for all of them",
        )
    values = series.one(setting.month) if setting.part is not None else np.empty(len(members))
    values[members] = setting.value
    return series.with_value(setting.month, values, where)

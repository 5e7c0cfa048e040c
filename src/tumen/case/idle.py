"""What scenarios and settings say without effect: dates that no window reaches, and values that hold already."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from tumen.case.closure import CLOSURE
from tumen.case.dates import effect_month, month_text
from tumen.case.horizon import last_year
from tumen.case.scenario import Change, Scenario
from tumen.case.series import Series

if TYPE_CHECKING:
    from tumen.case.country import Case
    from tumen.case.world import World


def idle_changes(case: Case) -> Iterator[str]:
    """Changes of the case's scenarios that alter nothing in the longest window it allows, a line each."""
    for scenario in case.scenarios.values():
        yield from _idle(case, scenario)


def idle_settings(world: World) -> Iterator[str]:
    """Settings of a world that alter nothing in its window, a line each."""
    asked = world.asked
    months = np.arange(world.start, world.start + world.months)
    for number, text in enumerate(asked.settings):
        others = (*asked.settings[:number], *asked.settings[number + 1 :])
        without = world.case.world(asked.scenarios, asked.history, asked.variants, others, world.parameters)
        if all(_same(series, world.series[key], months) for key, series in without.series.items()):
            yield f"setting '{text}' changes nothing: what it says holds already from {month_text(world.start)} on"


def _idle(case: Case, scenario: Scenario) -> Iterator[str]:
    world = case.world(scenario)
    months = np.arange(case.start, 12 * last_year(case) + 12)
    reach = f"{month_text(case.start)} to {month_text(int(months[-1]))}"
    drawn = {key for prior in case.priors for key in prior.inputs}
    for change in scenario.changes:
        # What holds already in one history, or for one draw, may change another.
        given = case.inputs[change.key]
        before = world.baseline_series[change.key]
        either = [before] if change.verb == "variant" else [before, *map(given.series, given.variants)]
        if change.key in drawn and _begins(change, case.start) <= months[-1]:
            continue
        if all(_same(one, _changed(case, change, one), months) for one in either):
            yield f"{change.where}: changes nothing from {reach}: it lies outside, or what it says holds already"
            continue
        for date, month in sorted(((date, effect_month(date)) for date in change.values or {}), key=itemgetter(1)):
            rest = {other: value for other, value in (change.values or {}).items() if other != date}
            fewer = change.model_copy(update={"values": rest})
            left = [_changed(case, fewer, one) if rest else one for one in either]
            if all(_same(one, _changed(case, change, old), months) for one, old in zip(left, either, strict=True)):
                yield f"{change.where}: its value from {month_text(month)} on changes nothing from {reach}"
    for key in scenario.neutralise if isinstance(scenario.neutralise, tuple) else ():
        if _same(world.baseline_series[key], world.series[key], months):
            yield f"{scenario.file}, neutralise: {key} is the same for both sexes already"
    if scenario.closure and _same(world.baseline_series[CLOSURE], world.series[CLOSURE], months):
        yield f"{scenario.file}, closure: changes nothing from {reach}: it lies outside, or holds already"


def _begins(change: Change, otherwise: int) -> int:
    """The first month that a change names."""
    return min((*change.months, *([] if change.start is None else [change.start])), default=otherwise)


def _changed(case: Case, change: Change, series: Series) -> Series:
    given = case.inputs[change.key]
    return given.series(change.variant) if change.variant is not None else change.applied(series, given)


def _same(one: Series, other: Series, months: np.ndarray[tuple[int], np.dtype[np.int64]]) -> bool:
    return one is other or np.array_equal(one.at(months), other.at(months))

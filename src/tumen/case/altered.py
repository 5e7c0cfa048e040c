"""What a world changes of its case, input by input: what was stated, what is instead, and who says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tumen.case.closure import CLOSURE, CLOSURES
from tumen.case.country import Case
from tumen.case.dates import month_text
from tumen.case.inputs import worded
from tumen.case.scenario import Scenario
from tumen.case.series import Segment, Series


@dataclass(frozen=True)
class Stated:
    """A value from a month on, in words, with its source keys and status; runs: whether it moves to the next one."""

    date: str
    value: str
    runs: bool
    sources: tuple[str, ...]
    status: str


@dataclass(frozen=True)
class Altered:
    """One input that differs: what is done to it, why, and its values before and after, from the first difference on.

    since: the month of the first difference; None where what is done changes no value. Values are in `unit`.
    """

    key: str
    unit: str
    done: tuple[str, ...]
    because: str | None
    since: str | None
    before: tuple[Stated, ...]
    after: tuple[Stated, ...]


@dataclass(frozen=True)
class Alterations:
    """All that scenarios chosen together change of a case, with the titles of the sources that are named."""

    case: str
    scenarios: tuple[str, ...]
    titles: tuple[str, ...]
    because: tuple[str, ...]
    history: str
    inputs: tuple[Altered, ...]
    sources: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """The same in plain mappings and lists."""
        return asdict(self)


def alterations(case: Case, scenarios: Sequence[Scenario]) -> Alterations:
    """What scenarios change of a case as it stands, within its window. Raises CaseError where they contradict."""
    base, world = case.world(), case.world(scenarios)
    done: dict[str, list[str]] = {}
    for amendment in world.diff:
        done.setdefault(amendment.key, []).append(amendment.text)
    months = np.arange(case.start, case.end + 1)
    reasons = {one.key: one.because for scenario in scenarios for one in scenario.changes if one.because}
    reasons |= {
        one.key: one.because
        for scenario in scenarios
        for other, changes in scenario.combined.items()
        for one in changes
        if one.because and other in world.scenario_names
    }
    found = []
    for key, series in world.series.items():
        differs = (base.series[key].at(months) != series.at(months)).any(axis=1)
        if not differs.any() and key not in done:
            continue
        since = int(months[differs.argmax()]) if differs.any() else None
        members = () if key == CLOSURE else case.inputs[key].members
        unit = "" if key == CLOSURE else case.inputs[key].unit
        texts = tuple(done.get(key, [f"by the history {world.history}"]))
        both = [() if since is None else _stated(key, of.series[key], since, case.end, members) for of in (base, world)]
        found.append(
            Altered(key, unit, texts, reasons.get(key), None if since is None else month_text(since), both[0], both[1])
        )
    cited = {source for one in found for row in (*one.before, *one.after) for source in row.sources}
    return Alterations(
        case.name,
        world.scenario_names,
        tuple(one.title for one in scenarios),
        tuple(one.because for one in scenarios),
        world.history,
        tuple(found),
        {source: case.sources[source].title for source in sorted(cited) if source in case.sources},
    )


def _stated(key: str, series: Series, since: int, end: int, members: tuple[str, ...]) -> tuple[Stated, ...]:
    """The values in force from a month on."""
    until = [*(after.month for after in series.segments[1:]), np.inf]
    held = [one for one, over in zip(series.segments, until, strict=True) if over > since and one.month <= end]
    return tuple(
        Stated(
            month_text(segment.month),
            _words(key, segment, members),
            segment.goal > segment.begin,
            segment.provenance.source,
            segment.provenance.status,
        )
        for segment in held
    )


def _words(key: str, segment: Segment, members: tuple[str, ...]) -> str:
    if key == CLOSURE:
        return CLOSURES[int(segment.value[0])]
    return worded(segment.value, members)

"""Scenarios chosen together: which changes hold, and which scenarios would contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from tumen.case.scenario import Change, Scenario
from tumen.errors import CaseError


@dataclass(frozen=True)
class Credited:
    """A change that holds, and the scenario, or the pair of them, that makes it."""

    change: Change
    by: tuple[str, ...]

    @property
    def source(self) -> str:
        """What the record names: the change's sources, or the scenario; a pair is named in any case."""
        pair = [f"{self.by[0]} combined with {self.by[1]}"] if len(self.by) > 1 else []
        return ", ".join([*(self.change.source or ()), *pair]) or self.by[0]


def together(scenarios: Sequence[Scenario]) -> list[Credited]:
    """The changes that hold where these scenarios are chosen: their own, in their order, then the combined ones.

    A combined block replaces what both of its scenarios say of the inputs it names. Raises CaseError for a scenario
    named twice and for scenarios that change one input, or the closure, without such a block: the world would depend on
    the order in which they are named.
    """
    _refuse_twice(scenarios)
    combined: dict[str, Credited] = {}
    for found in _combined(scenarios):
        other = combined.setdefault(found.change.key, found)
        if other is not found:
            _refuse(found.change.key, other, found)
    own: dict[str, Credited] = {}
    closing: Scenario | None = None
    for scenario in scenarios:
        for change in scenario.changes:
            found = Credited(change, (scenario.name,))
            block = combined.get(change.key)
            if block is not None:
                if scenario.name not in block.by:
                    _refuse(change.key, block, found)
                continue
            other = own.setdefault(change.key, found)
            if other is not found:
                _refuse(change.key, other, found)
        if scenario.closure:
            if closing is not None and closing.closure != scenario.closure:
                what = f"{closing.name} and {scenario.name} give different closures"
                raise CaseError.single(what, scenario.file, "one closure in a month", "leave one out")
            closing = scenario
    return [*own.values(), *combined.values()]


def _combined(scenarios: Sequence[Scenario]) -> Iterator[Credited]:
    for one, other in combinations(scenarios, 2):
        for first, second in ((one, other), (other, one)):
            for change in first.combined.get(second.name, ()):
                yield Credited(change, (first.name, second.name))


def _refuse_twice(scenarios: Sequence[Scenario]) -> None:
    names = [scenario.name for scenario in scenarios]
    for scenario in scenarios:
        if names.count(scenario.name) > 1:
            what = f"the scenario {scenario.name} is given twice"
            raise CaseError.single(what, scenario.file, "each scenario once", "leave one out")


def _refuse(key: str, one: Credited, other: Credited) -> None:
    names = [" combined with ".join(found.by) for found in (one, other)]
    first, second = one.by[0], other.by[0]
    expected = "scenarios that change different inputs, or a block that says what holds under both"
    remedy = f"leave one out, or add combined: {{{first}: {{changes: {{{key}: ...}}}}}} to {second}"
    raise CaseError.single(f"{names[0]} and {names[1]} both change {key}", other.change.where, expected, remedy)

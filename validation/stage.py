"""What the checks put on stage: a world under a theory with its people, and worlds amended in ways a user could."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any
from unittest import mock

import numpy as np

from tumen.case import Case, Scenario, World, load
from tumen.case.dates import month_text
from tumen.case.documents import read_yaml
from tumen.case.reading import Reading
from tumen.case.scenario import read_scenario
from tumen.engine import loop
from tumen.engine.counts import Counts
from tumen.engine.loop import simulate
from tumen.engine.population import Population
from tumen.errors import Issues
from tumen.model.compiled import CompiledModel
from tumen.model.compiler import compile_model
from tumen.model.theories import Theory, get
from tumen.simulate.session import sample

SEED = 20260


@dataclass(frozen=True)
class Stage:
    """A model and the people who live under it."""

    model: CompiledModel
    population: Population
    theory: Theory

    def run(self, seed: int = SEED, **how: Any) -> Counts:
        """Simulate; `how` as in `tumen.engine.loop.simulate`."""
        return simulate(self.model, self.population, self.theory, seed=seed, **how)


def stage(world: World, people: int | None, theory: str | Theory = "interplay", seed: int = SEED) -> Stage:
    """The stage of a world; people None: an agent for each person."""
    chosen = get(theory) if isinstance(theory, str) else theory
    return Stage(compile_model(world, chosen), sample(world, people, seed), chosen)


def toyland(months: int = 180, offset: int = 0, **how: Any) -> World:
    """A window of toyland, `months` long, `offset` months after its own; `how` as in `Case.world`."""
    world = load("toyland").world(**how)
    return world.within(world.start + offset, months)


def from_month(case: Case, key: str, month: int, values: Sequence[float]) -> Scenario:
    """The scenario that puts an input at one value from a month (index) on and leaves what was before."""
    return scenario_of(case, f"{key} amended", {key: {"value": amount(case, key, values), "from": month_text(month)}})


def amount(case: Case, key: str, values: Sequence[float]) -> float | dict[str, float]:
    """A value of an input as a file states it: a number, or one for each member."""
    members = case.inputs[key].members
    return dict(zip(members, map(float, values), strict=True)) if members else float(values[0])


def scenario_of(case: Case, name: str, changes: Mapping[str, Any]) -> Scenario:
    """The scenario with these changes, read as from a file. Raises CaseError."""
    text = json.dumps({"title": name, "because": "a check", "changes": changes}, indent=0)
    issues = Issues()
    document = read_yaml("validation", text.encode())
    found = read_scenario(name, Reading(document, issues, case.sources, case.inputs), case.histories, ())
    issues.raise_if_any()
    assert found is not None
    return found


def random_value(case: Case, key: str, now: np.ndarray, rng: np.random.Generator) -> tuple[float, ...]:
    """Another admissible value of an input, near what it is now."""
    given = case.inputs[key]
    if given.unit == "flag":
        return tuple(1.0 - now)
    step = np.where(now != 0, np.abs(now), min(1.0, given.high)) * rng.uniform(0.1, 0.5, now.size)
    step *= np.where(now <= given.low, 1, np.where(now >= given.high, -1, rng.choice([-1, 1])))
    return tuple(np.clip(now + step, given.low, given.high))


def arrays(thing: Any, name: str = "") -> Iterator[tuple[str, np.ndarray]]:
    """Every array within a (possibly nested) dataclass or tuple, with its name."""
    if isinstance(thing, np.ndarray):
        yield name, thing
    elif isinstance(thing, tuple) and hasattr(thing, "_fields"):
        for field in thing._fields:
            yield from arrays(getattr(thing, field), f"{name}.{field}")
    elif isinstance(thing, tuple):
        for number, part in enumerate(thing):
            yield from arrays(part, f"{name}[{number}]")
    elif hasattr(thing, "__dataclass_fields__"):
        given = ("model",) if isinstance(thing, Counts) else ()  # what was run, not what was found
        for field in (field for field in fields(thing) if field.name not in given):
            yield from arrays(getattr(thing, field.name), f"{name}.{field.name}")


def digest(thing: Any) -> str:
    """A hash of every bit of every array within."""
    total = hashlib.sha256()
    for name, array in arrays(thing):
        total.update(f"{name}{array.dtype}{array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


def differing(one: Any, other: Any) -> list[str]:
    """The names of the arrays that differ in some bit (all NaN alike)."""
    pairs = zip(arrays(one), arrays(other), strict=True)
    return [
        name
        for (name, a), (_, b) in pairs
        if a.dtype != b.dtype or not np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    ]


@contextmanager
def each_month(look: Any) -> Iterator[None]:
    """Call look(agents, month, count) on all people after each month; for runs in one range and one thread."""
    original = loop._range

    def looking(part: Any, people: Any, params: Any, count: Any, *rest: Any) -> Any:
        found = original(part, people, params, count, *rest)
        look(people, params.t, count)
        return found

    with mock.patch.object(loop, "_range", looking):
        yield

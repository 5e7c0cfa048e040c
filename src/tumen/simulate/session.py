"""From a world and a theory to a result: compile, sample the people, run, label, and record how it was made."""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np

from tumen.case import SEXES, World
from tumen.case.horizon import carried
from tumen.engine.counts import Counts
from tumen.engine.loop import simulate
from tumen.engine.population import Density, Population, draw
from tumen.engine.sampled_histories import EVENTS
from tumen.model.compiled import STAGES, CompiledModel
from tumen.model.compiler import compile_model
from tumen.model.demography import Cohorts, cohorts
from tumen.model.theories import Theory
from tumen.result import Coded, Result, observed_arrivals
from tumen.simulate import DEFAULT_PEOPLE
from tumen.simulate.assemble import dataset, refuse_runaway
from tumen.simulate.memory import refuse_too_large, refuse_too_many

#: Extra sampling density of a place with access 1 over one with access 0; and density of births that are never of
#: working age in the window, relative to those that always are.
TILT, FLOOR = 60.0, 0.2
WORKING_AGES = 17, 60
#: Places of a sampled history beyond home, after the statuses, unborn and dead.
_BEYOND = ("in detention", "arrived", "settled", "lost", *STAGES)


def run(
    world: World,
    theory: Theory,
    *,
    people: int | None = DEFAULT_PEOPLE,
    seed: int = 1,
    threads: int = 2,
    events: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Simulate a world under a theory, month by month, and return its labelled flows.

    people: sample size; None for one agent a person. seed: random seed; it does not affect parameters. threads: used at
    most. events: keep a sampled history of each agent beside the expected flows. progress is told months done and
    months in all. Raises CaseError for what the world cannot answer.
    """
    began = time.perf_counter()
    compiled = compile_model(world, theory)
    population = sample(world, people, seed, events)
    ready = time.perf_counter()
    counts = simulate(compiled, population, theory, seed=seed, threads=threads, histories=events, progress=progress)
    refuse_runaway(compiled, counts)
    spent = time.perf_counter() - ready
    flows, memory = dataset(compiled, counts), peak_memory_mb()
    return Result(
        flows=flows,
        record=record(world, theory, population, seed),
        observed=observed_arrivals(world.case.arrivals),
        timings={
            "seconds": round(time.perf_counter() - began, 3),
            "months_per_second": round(world.months / spent, 1),
            "peak_memory_mb": None if memory is None else round(memory, 1),
            "threads": threads,
        },
        events=log(compiled, population, counts, world) if events else None,
    )


def sample(world: World, people: int | None, seed: int, histories: bool = False) -> Population:
    """Return the agents of a run: about `people` of them, or one per person if None.

    A window that ends before its case has the same agents as one that ends with it, some of them born too late.
    histories: whether sampled histories are kept. Raises CaseError where the country or the memory is too small.
    """
    months = max(world.months, world.case.end + 1 - world.start)
    cohort = cohorts(world.case, world.start, months)
    persons = float(cohort.people.sum())
    refuse_too_many(people or round(persons), persons, people is None)
    refuse_too_large(people or round(persons), world.months, histories)
    share = np.array([p.population for p in world.provinces], dtype=float)
    share /= share.sum()
    classes = np.array([c.share for c in world.classes])
    if people is None:
        even = Density(np.ones(share.size), np.ones(len(SEXES)), np.ones(cohort.people.shape[0]))
        return draw(cohort, share, even, classes, round(cohort.people.sum()), months, seed)
    return draw(cohort, share, density(world, cohort, months), classes, people, months, seed)


def density(world: World, cohort: Cohorts, months: int) -> Density:
    """Return a sampling density that is higher where leaving is likelier, so that fewer agents give the same noise.

    It varies over places by access to the border and over births by the part of `months` in which they are of working
    age; sexes are alike (docs/sampling.md). It depends only on the inputs and people of the case, so that every world,
    theory and draw of the parameters has the same agents, and no target changes them.
    """
    near = world.case.world().within(world.start, 1).monthly("access")[0]
    born = cohort.first + np.arange(cohort.people.shape[0])
    low, high = (12 * age for age in WORKING_AGES)
    exposed = np.clip(np.minimum(born + high, months) - np.maximum(born + low, 0), 0, None)
    return Density(1 + TILT * near, np.ones(len(SEXES)), FLOOR + exposed / months)


def record(world: World, theory: Theory, population: Population, seed: int) -> dict[str, Any]:
    """Return the record: everything needed to reproduce the result."""
    case, end = world.case, world.start + world.months - 1
    beyond = {"assumed_past_the_case": list(carried(case, end))} if end > case.end else {}
    return beyond | {
        "case": {"name": case.name, "hash": case.hash, "folder": str(case.folder.name)},
        "scenario": list(world.scenario_names),
        "diff": [f"{a.key}{f'.{a.part}' if a.part else ''}: {a.text} ({a.source})" for a in world.diff],
        "history": world.history,
        "variants": dict(world.used_variants),
        "closure": world.closure,
        "yearly_means": world.yearly_means(),
        "theory": {"name": theory.name, "restrictions": list(theory.restrictions)},
        "parameters": {
            "name": world.parameters.name if world.parameters else "case",
            "values": dict(world.parameters.values) if world.parameters else {},
        },
        "seed": seed,
        "people": population.size,
        "weights": {"min": float(population.weight.min()), "max": float(population.weight.max())},
        "window": {"start": _month(world.start), "end": _month(end)},
        "versions": {name: version(name) for name in ("tumen", "numpy", "numba", "scipy", "xarray")}
        | {"python": platform.python_version()},
    }


def _month(index: int) -> str:
    return f"{index // 12}-{index % 12 + 1:02d}"


def peak_memory_mb() -> float | None:
    """Return the peak memory of this process in megabytes; None where the system does not report it (Windows)."""
    try:
        import resource
    except ImportError:  # a module of Unix
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def log(compiled: CompiledModel, population: Population, counts: Counts, world: World) -> dict[str, Any]:
    """Return the event log of the sampled histories as columns: person, month, event, from, to, and their traits."""
    month, row, event, origin, target = counts.log.T
    places = (*compiled.states, "unborn", "dead", *_BEYOND)  # the order of engine.sampled_histories.place_code
    age = ((month - population.birth[row]) // 12).astype(np.int16)
    return {
        "person": population.person[row],
        "month": (np.datetime64("1970-01", "M") + (world.start - 12 * 1970) + month).astype("datetime64[D]"),
        "event": Coded(event, EVENTS),
        "from": Coded(origin, places),
        "to": Coded(target, places),
        "sex": Coded(population.group[row], compiled.groups),
        "age": age,
        "province": Coded(population.place[row], compiled.places),
        "scenario": "+".join(world.scenario_names) or "base",
        "draw": 0,
    }

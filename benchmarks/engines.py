"""The engines that are set beside each other: each runs the same small frozen world in a process of its own.

To add one: write `prepare(stage)`, which does whatever is done once (compiling, building its tables from
`stage.model` and `stage.population`, a run to warm up) and returns the run itself, a function without arguments that
returns the flows in persons, shaped (months, flow, group, age, place) as `tumen.engine.loop.Counts.flow`; then put an
`Engine` into `ENGINES`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.frozen import SEED, person_months, small_world
from benchmarks.gauges import cpu_seconds, peak_mb
from benchmarks.progress import say
from benchmarks.sizes import SIZES, Size
from validation.stage import Stage

Run = Callable[[], np.ndarray]
#: Where a cell holds fewer persons than this, a difference is told relative to this.
FEW = 1.0
#: Processor seconds after which a run is not repeated any more.
ENOUGH = 1.0


@dataclass(frozen=True)
class Engine:
    """An engine by name. against: the engine its flows are compared with; tolerance: the largest relative gap."""

    name: str
    prepare: Callable[[Stage], Run]
    against: str = "tumen"
    tolerance: float = 1e-6


def prepare_tumen(stage: Stage) -> Run:
    """This package's engine in double precision on one thread."""
    stage.run(seed=SEED)
    return lambda: stage.run(seed=SEED).flow


def prepare_single(stage: Stage) -> Run:
    """This package's engine in single precision on one thread."""
    stage.run(seed=SEED, real=np.float32)
    return lambda: stage.run(seed=SEED, real=np.float32).flow


def prepare_reference(stage: Stage) -> Run:
    """The independent engine in plain Python, without sampled histories, as the others run."""
    from tests.reference_engine import reference

    return lambda: reference(stage.model, stage.population, seed=SEED, histories=False).flow


ENGINES = (
    Engine("tumen", prepare_tumen, against="reference"),
    Engine("tumen-float32", prepare_single, tolerance=1e-4),
    Engine("reference", prepare_reference),
)
BY_NAME = {engine.name: engine for engine in ENGINES}


def measure(names: Sequence[str], size: Size) -> list[dict[str, Any]]:
    """One row an engine: CPU nanoseconds a person-month alive, that over tumen's, peak memory, and whether flows agree.

    An engine that others are compared with is run though it was not asked for.
    """
    needed = {*names, *(BY_NAME[name].against for name in names), "tumen"} if names else set()
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in (engine.name for engine in ENGINES if engine.name in needed):
            say(f"engine {name}")
            flows = str(Path(folder) / f"{name}.npy")
            found[name] = size.ask("benchmarks.engines", name=name, size=size.name, flows=flows)
            found[name]["flow"] = np.load(flows)
    return [row(BY_NAME[name], found) for name in names]


def row(engine: Engine, found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What is told of one engine, given what all of them found."""
    mine, other = found[engine.name], found[engine.against]
    apart = gap(mine["flow"], other["flow"])
    return {
        "engine": engine.name,
        "cpu_ns_per_person_month": 1e9 * mine["cpu_seconds"] / mine["person_months"],
        "times_tumen": mine["cpu_seconds"] / found["tumen"]["cpu_seconds"],
        "peak_mb": mine["peak_mb"],
        "flows_agree": apart <= engine.tolerance,
        "largest_gap": apart,
        "tolerance": engine.tolerance,
        "against": engine.against,
        "rows": mine["rows"],
        "months": mine["months"],
    }


def gap(one: np.ndarray, other: np.ndarray) -> float:
    """The largest difference, relative to the second where that exceeds FEW. Raises ValueError on unlike shapes."""
    if one.shape != other.shape:
        raise ValueError(f"flows of shape {one.shape} cannot be compared with flows of shape {other.shape}")
    return float(np.max(np.abs(one - other) / np.maximum(np.abs(other), FEW), initial=0.0))


def answer(name: str, size: str, flows: str) -> dict[str, Any]:
    """In a fresh process: run one engine, save its flows in a file, and return its median CPU seconds and its peak."""
    stage = small_world(SIZES[size].persons, SIZES[size].window)
    run = BY_NAME[name].prepare(stage)
    spent: list[float] = []
    while len(spent) < SIZES[size].repeats and sum(spent) < ENOUGH:
        began = cpu_seconds()
        flow = run()
        spent.append(cpu_seconds() - began)
    np.save(flows, flow)
    return {
        "cpu_seconds": median(spent),
        "peak_mb": peak_mb(),
        "person_months": person_months(stage.population, stage.model.months),
        "rows": stage.population.size,
        "months": stage.model.months,
    }

"""What one run of a calibration costs, and how noisy its yearly figures by sex are.

A run is: new parameter values on a case that is loaded and people who are drawn -> model -> simulation -> yearly
arrivals by sex. It takes one thread, the whole window and single precision.
"""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import numpy as np

from benchmarks.frozen import SEED, THEORY, country
from benchmarks.gauges import peak_mb
from benchmarks.progress import say
from benchmarks.sizes import Size
from tumen.case import World
from tumen.engine.loop import simulate
from tumen.engine.population import Population
from tumen.model.compiler import compile_model
from tumen.model.theories import get
from tumen.simulate.session import sample

#: Years whose arrivals are set beside the counts by sex.
FIRST_YEAR, LAST_YEAR = 2002, 2016
#: Where `Counts.yearly` has arrivals.
ARRIVED = 0
#: Inputs that get new values from run to run, and by how much of their own value at most.
MOVED, BY = ("reference_rate", "fee_spread"), 0.1


def measure(size: Size) -> dict[str, Any]:
    """Median seconds of a run with its parts, and the relative noise of yearly arrivals by sex."""
    say(f"calibration, {size.calibration_people} rows")
    return size.ask(
        "benchmarks.limits.calibration",
        people=size.calibration_people,
        runs=size.calibration_runs,
        seeds=size.calibration_seeds,
    )


def answer(people: int, runs: int, seeds: int) -> dict[str, Any]:
    """In a fresh process: time the runs, then let the seeds redraw people and chance."""
    world = country()
    drawn = sample(world, people, SEED)
    one_run(world, sample(world, 1, SEED), np.random.default_rng(SEED))  # loads the compiled code
    rng = np.random.default_rng(SEED)
    parts = np.array([one_run(world, drawn, rng) for _ in range(runs)])
    tables, simulated, counted = np.median(parts, axis=0).tolist()
    return {
        "rows": drawn.size,
        "months": world.months,
        "threads": 1,
        "runs": runs,
        "median_seconds": median(parts.sum(axis=1).tolist()),
        "program_seconds": tables,
        "simulate_seconds": simulated,
        "counting_seconds": counted,
        "peak_mb": peak_mb(),
        "seeds": seeds,
        "noise": noise(world, people, seeds),
    }


def one_run(world: World, people: Population, rng: np.random.Generator) -> tuple[float, float, float]:
    """Seconds of the three parts of a run under new values: model (with the world itself), simulation, counting."""
    began = time.perf_counter()
    theory = get(THEORY)
    compiled = compile_model(world.case.world(settings=moved(world, rng)), theory)
    built = time.perf_counter()
    counts = simulate(compiled, people, theory, seed=SEED, real=np.float32)
    simulated = time.perf_counter()
    counts.yearly()
    return built - began, simulated - built, time.perf_counter() - simulated


def moved(world: World, rng: np.random.Generator) -> list[str]:
    """Settings that move some inputs away from their opening values."""
    factors = rng.uniform(1 - BY, 1 + BY, len(MOVED)).tolist()
    return [f"{key}={float(world.monthly(key)[0]) * f:.6g}" for key, f in zip(MOVED, factors, strict=True)]


def noise(world: World, people: int, seeds: int) -> dict[str, dict[str, float]]:
    """Standard deviation over mean of each year's arrivals, by sex: the largest, median and root mean square year."""
    theory = get(THEORY)
    compiled = compile_model(world, theory)
    found = []
    for seed in range(SEED, SEED + seeds):
        counts = simulate(compiled, sample(world, people, seed), theory, seed=seed, real=np.float32)
        found.append(counts.yearly()[0][:, ARRIVED])
    first = FIRST_YEAR - compiled.start // 12
    told = np.array(found)[:, first : LAST_YEAR - FIRST_YEAR + first + 1]
    relative = told.std(axis=0, ddof=1) / told.mean(axis=0)
    return {
        sex: {
            "max": float(relative[:, x].max()),
            "median": float(np.median(relative[:, x])),
            "rms": float(np.sqrt((relative[:, x] ** 2).mean())),
        }
        for x, sex in enumerate(compiled.groups)
    }

"""The run loop: people x months -> counts.

Months follow each other; within a month, ranges of people run side by side.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numba
import numpy as np

from tumen.engine import kernel
from tumen.engine.cache import handed_in
from tumen.engine.feedback import Feedback, feedback, none
from tumen.engine.month import law
from tumen.engine.opening import open_window
from tumen.engine.population import Population
from tumen.engine.state import SCALE, Rows, Tally, rows, tally
from tumen.mechanism.program import AGES, Program

Progress = Callable[[int, int], None]
#: Columns of the log: month, row, event, from, to.
LOG_COLUMNS = 5


@dataclass(frozen=True)
class Counts:
    """What a run counted: arrays over month of the counts of engine.state.Tally, in persons, and the feedback met.

    stock: (months, S, X, A, P); flow, sampled: (months, FLOWS, X, A, P); by_state: (months, S, X); by_channel:
    (months, 4, X); stage: (months, 3, R, X); mean: (months, 4, X); kin_effect: (months, 2); log: (events, 5).
    """

    stock: np.ndarray
    flow: np.ndarray
    sampled: np.ndarray
    by_state: np.ndarray
    by_channel: np.ndarray
    stage: np.ndarray
    mean: np.ndarray
    kin_effect: np.ndarray
    feedback: tuple[Feedback, ...]
    log: np.ndarray
    rows: Rows


def functions(theory: Any, real: type) -> tuple[Any, Any]:
    """The theory's attempt_hazard and capital_step, compiled to the engine's signatures."""
    vector, scalar = numba.types.Array(numba.from_dtype(np.dtype(real)), 1, "C"), numba.float64
    theta = numba.types.Array(scalar, 1, "C")
    attempt = numba.void(vector, vector, vector, vector, vector, vector, vector, theta)
    step = numba.void(vector, vector, vector, vector, vector, scalar)
    return handed_in(theory.attempt_hazard, attempt), handed_in(theory.capital_step, step)


def simulate(
    program: Program,
    population: Population,
    theory: Any,
    *,
    seed: int,
    real: type = np.float64,
    threads: int = 1,
    ranges: Sequence[tuple[int, int]] | None = None,
    lives: bool = False,
    replay: Sequence[Feedback] | None = None,
    progress: Progress | None = None,
) -> Counts:
    """Run every month of the program.

    ranges: how to split the people (default: four per thread); the counts do not depend on it. replay: the feedback of
    another run, taken instead of this run's own. Raises CaseError where the network would feed itself without end.
    """
    people = rows(population, seed, real, lives, len(program.states))
    open_window(program, people)
    split = list(ranges) if ranges is not None else _even(population.size, 4 * threads)
    attempt, save = functions(theory, real)
    met: list[Feedback] = []
    months: list[Tally] = []
    log: list[np.ndarray] = []
    now = none(program)
    with _workers(threads) as each:
        for t in range(program.months):
            if replay is not None:
                now = replay[t]
            else:
                now = feedback(program, t, months[-1] if months else _at_opening(program, people), now)
            met.append(now)
            this = law(program, t, now)

            def work(part: tuple[int, int], this: Any = this) -> tuple[Tally, np.ndarray]:
                return _range(part, program, people, this, lives, attempt, save)

            counted = list(each(work, split))
            months.append(Tally(*(sum(field) for field in zip(*(c for c, _ in counted), strict=True))))
            log.append(_dated(t, np.concatenate([events for _, events in counted])))
            if progress is not None:
                progress(t + 1, program.months)
    return _collect(program, months, met, log, people)


def _range(
    part: tuple[int, int], program: Program, people: Rows, this: Any, lives: bool, attempt: Any, save: Any
) -> tuple[Tally, np.ndarray]:
    """One month of one range of people: its own counts, its own log."""
    count = tally(program, lives)
    log = np.empty((3 * (part[1] - part[0]) if lives else 0, LOG_COLUMNS - 1), np.int32)
    filled = np.zeros(1, np.int64)
    space = kernel.desk(people.home.dtype.type, people.home.shape[0], this.exits.shape[0], count.flow.shape[0])
    kernel.month(part[0], part[1], people, this, count, space, log, filled, attempt, save)
    return count, log[: filled[0]].copy()


def _dated(t: int, events: np.ndarray) -> np.ndarray:
    ordered = events[np.argsort(events[:, 0], kind="stable")]
    return np.concatenate([np.full((ordered.shape[0], 1), t, np.int32), ordered], axis=1)


def _even(size: int, parts: int) -> list[tuple[int, int]]:
    edges = np.linspace(0, size, parts + 1).astype(int)
    return [(int(a), int(b)) for a, b in pairwise(edges) if b > a]


@contextmanager
def _workers(threads: int) -> Iterator[Callable[..., Any]]:
    """A map over ranges: plain for one thread, else a pool. An interrupt ends the run at the edge of a month."""
    if threads == 1:
        yield map
        return
    with ThreadPoolExecutor(min(threads, os.cpu_count() or 1)) as pool:
        yield pool.map


def _at_opening(program: Program, people: Rows) -> Tally:
    """Count the opening, as the first month's feedback reads it."""
    count = tally(program, False)
    alive = np.flatnonzero(people.birth < 0)
    age = np.minimum(-people.birth[alive] // 12, AGES - 1)
    cell = (people.group[alive].astype(np.int64) * AGES + age) * len(program.places) + people.place[alive]
    mass = np.rint(people.weight[alive] * SCALE).astype(np.int64)
    np.add.at(count.stock, (people.status[alive], cell), mass)
    gate = program.gate
    coming = (people.birth[alive] == -gate.adult_months) & (people.physique[alive] >= gate.bar[0, people.group[alive]])
    liable = np.rint(people.weight[alive] * gate.liable[0, people.klass[alive]] * SCALE).astype(np.int64)
    np.add.at(count.coming[0], people.group[alive][coming], liable[coming])
    leaving = (people.status[alive] == gate.into) & (people.due[alive] == 0)
    np.add.at(count.coming[1], people.group[alive][leaving], mass[leaving])
    return count


def _collect(program: Program, months: list[Tally], met: list[Feedback], log: list[np.ndarray], people: Rows) -> Counts:
    cells = (len(program.groups), AGES, len(program.places))

    def persons(name: str) -> np.ndarray:
        return np.stack([getattr(m, name) for m in months]) / SCALE

    stock, flow, sampled = persons("stock"), persons("flow"), persons("sampled")
    return Counts(
        stock=stock.reshape(*stock.shape[:2], *cells),
        flow=flow.reshape(*flow.shape[:2], *cells),
        sampled=sampled.reshape(*sampled.shape[:2], *cells) if sampled.size else sampled,
        by_state=persons("by_state"),
        by_channel=persons("by_channel"),
        stage=persons("stage"),
        mean=persons("mean"),
        kin_effect=persons("kin_effect"),
        feedback=tuple(met),
        log=np.concatenate(log) if log else np.empty((0, LOG_COLUMNS), np.int32),
        rows=people,
    )

"""The run loop: months in sequence; within a month, chunks of agents in parallel threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import pairwise
from queue import SimpleQueue
from typing import Any

import numba
import numpy as np

from tumen.case import CaseError
from tumen.engine import kernel
from tumen.engine.cache import handed_in
from tumen.engine.counts import Counts
from tumen.engine.feedback import Feedback, airlift, feedback, initial_feedback
from tumen.engine.initial_state import cohort_before, set_initial_state
from tumen.engine.month import MonthlyParameters, MonthlyTables
from tumen.engine.paused import Paused, paused, resumed
from tumen.engine.population import Population
from tumen.engine.state import SCALE, Accumulator, Agents, accumulator, new_agents
from tumen.model.compiled import AGES, CompiledModel

Progress = Callable[[int, int], None]
#: Columns of the log: month, row, event, from, to.
LOG_COLUMNS = 5
_NOTHING = np.empty((0, LOG_COLUMNS - 1), np.int32)
#: Agents of a chunk at most; `cancel` is asked between chunks.
CHUNK = 2**16
#: Agents of a chunk at least, where there are several threads.
SMALLEST_CHUNK = 2**12


class CancelledError(Exception):
    """The run was cancelled; nothing of it is kept."""


def functions(theory: Any, real: type) -> tuple[Any, Any]:
    """Return the theory's attempt_hazard and capital_step, compiled to the engine's signatures."""
    scalar = numba.from_dtype(np.dtype(real))
    vector = numba.types.Array(scalar, 1, "C")
    attempt = numba.void(vector, vector, vector, vector, vector, vector, vector, vector, vector)
    step = numba.void(vector, vector, vector, vector, vector, scalar)
    return handed_in(theory.attempt_hazard, attempt), handed_in(theory.capital_step, step)


def simulate(
    model: CompiledModel,
    population: Population,
    theory: Any,
    *,
    seed: int,
    real: type = np.float64,
    threads: int = 1,
    ranges: Sequence[tuple[int, int]] | None = None,
    histories: bool = False,
    replay: Sequence[Feedback] | None = None,
    every: int = 1,
    pauses: Collection[int] = (),
    hand_out: Callable[[Paused], None] | None = None,
    resume: Paused | None = None,
    progress: Progress | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Counts:
    """Run every month of the model and return the counts. Thread-safe.

    theory: an object with `attempt_hazard` and `capital_step`, such as `tumen.model.theories.Theory`. seed: random
    seed, a non-negative integer. real: float type of mass and savings. threads: used at most, up to the number of
    processors. ranges: how to split the agents; the counts do not depend on it. histories: keep a sampled history of
    each agent and the event log. replay: feedback of another run, used instead of this run's own. every: months between
    updates of the feedback. pauses: months (from 1) at whose start `hand_out` receives the paused run. resume: a paused
    run to continue from, with its agents, seed and float type; the models must agree up to the end of that month.
    progress: called with months done and months in all. cancel: asked before each chunk. Raises CaseError for too few
    agents or rates that are not finite, CancelledError when `cancel` returns True, and ValueError for an impossible
    `every`, `replay` or `resume`.
    """
    _check_cadence(model.months, every, replay)
    people = _people(model, population, seed, real, histories) if resume is None else resumed(resume, population, real)
    split = list(ranges) if ranges is not None else _even(population.size, threads)
    workers, hazard_functions = min(threads, os.cpu_count() or 1, len(split)), functions(theory, real)
    most = 2.0 * float(people.weight.sum()) * SCALE  # twice: a NaN counts as far more, rounding never does
    counts, feedbacks, log = accumulator(model, histories, model.months), list[Feedback](), list[np.ndarray]()
    if resume is not None:
        resume.put_back(counts, feedbacks, log)
    per_worker = [accumulator(model, histories) for _ in range(workers)] if workers > 1 else []
    workspaces = [kernel.workspace(people) for _ in range(workers)]
    now = feedbacks[-1] if feedbacks else initial_feedback(model, cohort_before(model, people))
    tables = MonthlyTables(model, real)
    with _workers(workers) as each:
        for t in range(len(feedbacks), model.months):
            if t in pauses and hand_out is not None:
                hand_out(paused(t, people, counts, feedbacks, log))
            now = _feedback(model, t, every, counts, people, now) if replay is None else replay[t]
            feedbacks.append(now)
            params, month = tables.at(t, now), Accumulator(*(field[t] for field in counts))
            free = _free(per_worker or [month], workspaces)
            work = partial(_chunk, people=people, params=params, free=free, functions=hazard_functions, cancel=cancel)
            events = list(each(work, split))
            _add_up(month, per_worker)
            _refuse_nonsense(month, most, theory)
            log += [_dated(t, np.concatenate(events))] if histories else []
            if progress is not None:
                progress(t + 1, model.months)
    whole_log = np.concatenate(log or [np.empty((0, LOG_COLUMNS), np.int32)])
    return Counts(model, counts, tuple(feedbacks), whole_log, people)


def _people(model: CompiledModel, population: Population, seed: int, real: type, histories: bool) -> Agents:
    """Return the agents in their initial state."""
    people = new_agents(population, seed, real, histories, len(model.states), model.savings.power)
    set_initial_state(model, people)
    return people


def _check_cadence(months: int, every: int, replay: Sequence[Feedback] | None) -> None:
    if every < 1 or (replay is not None and len(replay) < months):
        raise ValueError(f"feedback every {every} months, or {len(replay or ())} of {months} months replayed")


def _feedback(
    model: CompiledModel, t: int, every: int, counts: Accumulator, people: Agents, before: Feedback
) -> Feedback:
    """Return the feedback of month t; between updates every `every` months only the airlift changes."""
    last = Accumulator(*(field[t - 1] for field in counts)) if t else _initial_counts(model, people)
    if t % every:
        return replace(before, airlift=airlift(model, t, last))
    flow = last.flow if every == 1 or t == 0 else counts.flow[t - every : t].sum(axis=0)
    return feedback(model, t, last, flow, every, before)


def _free(
    counts: Sequence[Accumulator], workspaces: Sequence[kernel.Workspace]
) -> SimpleQueue[tuple[Accumulator, kernel.Workspace]]:
    """Return a queue with an accumulator and a workspace for each worker, taken for a chunk and put back."""
    free: SimpleQueue[tuple[Accumulator, kernel.Workspace]] = SimpleQueue()
    for own in zip(counts, workspaces, strict=True):
        free.put(own)
    return free


def _add_up(month: Accumulator, per_worker: Sequence[Accumulator]) -> None:
    """Add the workers' accumulators to the month's and reset them."""
    for part in per_worker:
        for total, some in zip(month, part, strict=True):
            total += some
            some[...] = 0


def _refuse_nonsense(month: Accumulator, most: float, theory: Any) -> None:
    """Raise CaseError where more people are counted than exist, or fewer than zero: a rate was not a finite number."""
    for table in (month.flow, month.stock):
        if table.min() < 0 or table.max() > most:
            raise CaseError.single(
                what="a rate of trying or somebody's savings is no number",
                where=f"the theory {getattr(theory, 'name', 'given')}",
                expected="attempt_hazard and capital_step to write finite numbers, zero or more",
                remedy="look for a logarithm or a root of a negative number, a division by zero, or an overflow",
            )


def _chunk(
    part: tuple[int, int],
    *,
    people: Agents,
    params: MonthlyParameters,
    free: SimpleQueue[Any],
    functions: tuple[Any, Any],
    cancel: Callable[[], bool] | None,
) -> np.ndarray:
    """Run one month of one range of agents with a free accumulator and workspace; return the events to log."""
    if cancel is not None and cancel():
        raise CancelledError
    count, workspace = free.get()
    events = _range(part, people, params, count, workspace, functions)
    free.put((count, workspace))
    return events


def _range(
    part: tuple[int, int],
    people: Agents,
    params: MonthlyParameters,
    count: Accumulator,
    workspace: kernel.Workspace,
    functions: tuple[Any, Any],
) -> np.ndarray:
    """Run one month of one range of agents, adding to `count`; return the events of their sampled histories."""
    filled = np.zeros(1, np.int64)
    if not people.where.size:
        kernel.month(*part, people, params, count, workspace, *functions, None, filled)
        return _NOTHING
    log = np.empty((3 * (part[1] - part[0]), LOG_COLUMNS - 1), np.int32)
    kernel.month(*part, people, params, count, workspace, *functions, log, filled)
    return log[: filled[0]].copy()


def _dated(t: int, events: np.ndarray) -> np.ndarray:
    ordered = events[np.argsort(events[:, 0], kind="stable")]
    return np.concatenate([np.full((ordered.shape[0], 1), t, np.int32), ordered], axis=1)


def _even(size: int, threads: int) -> list[tuple[int, int]]:
    parts = max(-(-size // CHUNK), min(4 * threads, size // SMALLEST_CHUNK) if threads > 1 else 1, 1)
    edges = np.linspace(0, size, parts + 1).astype(int)
    return [(int(a), int(b)) for a, b in pairwise(edges) if b > a]


@contextmanager
def _workers(threads: int) -> Iterator[Callable[..., Any]]:
    """Yield a map over chunks: the built-in, or a thread pool's. An interrupt ends it between two chunks."""
    if threads == 1:
        yield map
        return
    pool = ThreadPoolExecutor(threads)
    try:
        yield pool.map
    finally:
        pool.shutdown(cancel_futures=True)


def _initial_counts(model: CompiledModel, people: Agents) -> Accumulator:
    """Count the initial state, as the first month's feedback reads it."""
    count = accumulator(model, False)
    alive = np.flatnonzero(people.birth < 0)
    age = np.minimum(-people.birth[alive] // 12, AGES - 1)
    cell = (people.group[alive].astype(np.int64) * AGES + age) * len(model.places) + people.place[alive]
    mass = np.rint(people.weight[alive] * SCALE).astype(np.int64)
    np.add.at(count.stock, (people.status[alive], cell), mass)
    entry = model.entry
    coming = (people.birth[alive] == -entry.adult_months) & (
        people.physique[alive] >= entry.bar[0, people.group[alive]]
    )
    liable = np.rint(people.weight[alive] * entry.liable[0, people.social_class[alive]] * SCALE).astype(np.int64)
    np.add.at(count.coming, people.group[alive][coming], liable[coming])
    inside = people.status[alive] == entry.into
    someone = alive[inside]
    ahead = entry.term[0, people.group[someone]] + people.begun[someone] + entry.leeway
    np.add.at(count.service, (people.group[someone], np.clip(ahead, 0, 2 * entry.leeway + 1)), mass[inside])
    return count

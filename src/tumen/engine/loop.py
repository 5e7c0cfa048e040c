"""The run loop: people x months -> counts.

Months follow each other; within a month, chunks of people run side by side.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from queue import SimpleQueue
from typing import Any

import numba
import numpy as np

from tumen.case import CaseError
from tumen.engine import kernel
from tumen.engine.cache import handed_in
from tumen.engine.counts import Counts
from tumen.engine.feedback import Feedback, airlift, feedback, none
from tumen.engine.initial_state import at_entry, open_window
from tumen.engine.month import MonthlyParameters, MonthlyTables
from tumen.engine.paused import Paused, paused, resumed
from tumen.engine.population import Population
from tumen.engine.state import SCALE, Accumulator, Rows, accumulator, rows
from tumen.model.compiled import AGES, CompiledModel

Progress = Callable[[int, int], None]
#: Columns of the log: month, row, event, from, to.
LOG_COLUMNS = 5
_NOTHING = np.empty((0, LOG_COLUMNS - 1), np.int32)
#: Rows carried through a month before the next look at `cancel`.
CHUNK = 2**16
#: Fewer rows a chunk than this are not worth the handing out.
WORTH = 2**12


class CancelledError(Exception):
    """The run was called off; nothing of it is kept."""


def functions(theory: Any, real: type) -> tuple[Any, Any]:
    """The theory's attempt_hazard and capital_step, compiled to the engine's signatures."""
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
    lives: bool = False,
    replay: Sequence[Feedback] | None = None,
    every: int = 1,
    pauses: Collection[int] = (),
    hand_out: Callable[[Paused], None] | None = None,
    resume: Paused | None = None,
    progress: Progress | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Counts:
    """Run every month of the model.

    ranges: how to split the people; the counts do not depend on it. replay: another run's feedback, met instead of this
    one's own. every: months between workings-out of the feedback. pauses: months from 1 on at whose start `hand_out` is
    given the run as it stands. resume: a run to go on from, with its people, seed and float type; the model must be
    the same to the end of that month. cancel: asked before each chunk. May be called from several threads. Raises
    CaseError for too few rows or a theory without rates, CancelledError when told to.
    """
    _refuse_gaps(model.months, every, replay)
    people = _people(model, population, seed, real, lives) if resume is None else resumed(resume, population, real)
    split = list(ranges) if ranges is not None else _even(population.size, threads)
    workers, (attempt, save) = min(threads, os.cpu_count() or 1, len(split)), functions(theory, real)
    most = 2.0 * float(people.weight.sum()) * SCALE  # twice: what is no number counts as far more, rounding never
    whole, met, log = _counted(model, lives, resume)
    apart = [accumulator(model, lives) for _ in range(workers)] if workers > 1 else []
    desks = [kernel.workspace(people) for _ in range(workers)]
    now, book = met[-1] if met else none(model, at_entry(model, people)), MonthlyTables(model, real)
    with _workers(workers) as each:
        for t in range(len(met), model.months):
            _pause(t, pauses, hand_out, people, whole, met, log)
            now = _meet(model, t, every, whole, people, now) if replay is None else replay[t]
            met.append(now)
            this, month = book.at(t, now), Accumulator(*(field[t] for field in whole))
            free = _to_take(apart or [month], desks)

            def work(
                part: tuple[int, int], this: MonthlyParameters = this, free: SimpleQueue[Any] = free
            ) -> np.ndarray:
                if cancel is not None and cancel():
                    raise CancelledError
                count, workspace = free.get()
                events = _range(part, people, this, count, workspace, attempt, save)
                free.put((count, workspace))
                return events

            events = list(each(work, split))
            _add_up(month, apart)
            _refuse_nonsense(month, most, theory)
            if lives:
                log.append(_dated(t, np.concatenate(events)))
            if progress is not None:
                progress(t + 1, model.months)
    return Counts(model, whole, tuple(met), np.concatenate(log or [np.empty((0, LOG_COLUMNS), np.int32)]), people)


def _people(model: CompiledModel, population: Population, seed: int, real: type, lives: bool) -> Rows:
    """The people as the window opens."""
    people = rows(population, seed, real, lives, len(model.states), model.savings.power)
    open_window(model, people)
    return people


def _counted(
    model: CompiledModel, lives: bool, resume: Paused | None
) -> tuple[Accumulator, list[Feedback], list[np.ndarray]]:
    """Counts, feedback and log so far: nothing, or those of the run that is gone on with."""
    whole, met, log = accumulator(model, lives, model.months), list[Feedback](), list[np.ndarray]()
    if resume is not None:
        resume.put_back(whole, met, log)
    return whole, met, log


def _pause(t: int, pauses: Collection[int], hand_out: Callable[[Paused], None] | None, *state: Any) -> None:
    """Hand out the run at the start of month t where that is asked for."""
    if t in pauses and hand_out is not None:
        hand_out(paused(t, *state))


def _refuse_gaps(months: int, every: int, replay: Sequence[Feedback] | None) -> None:
    if every < 1 or (replay is not None and len(replay) < months):
        raise ValueError(f"feedback every {every} months, or {len(replay or ())} of {months} months replayed")


def _meet(model: CompiledModel, t: int, every: int, whole: Accumulator, people: Rows, before: Feedback) -> Feedback:
    """The feedback of month t from what has been counted since it was last worked out; between, only the airlift."""
    last = Accumulator(*(field[t - 1] for field in whole)) if t else _at_opening(model, people)
    if t % every:
        return replace(before, airlift=airlift(model, t, last))
    flow = last.flow if every == 1 or t == 0 else whole.flow[t - every : t].sum(axis=0)
    return feedback(model, t, last, flow, every, before)


def _to_take(
    counts: Sequence[Accumulator], desks: Sequence[kernel.Workspace]
) -> SimpleQueue[tuple[Accumulator, kernel.Workspace]]:
    """A count and a workspace for each worker, to be taken for a chunk and put back."""
    free: SimpleQueue[tuple[Accumulator, kernel.Workspace]] = SimpleQueue()
    for own in zip(counts, desks, strict=True):
        free.put(own)
    return free


def _add_up(month: Accumulator, apart: Sequence[Accumulator]) -> None:
    """Add what the workers counted to the month's count, and begin theirs anew."""
    for part in apart:
        for total, some in zip(month, part, strict=True):
            total += some
            some[...] = 0


def _refuse_nonsense(month: Accumulator, most: float, theory: Any) -> None:
    """Raise CaseError where more people are counted than there are, or fewer than none: a rate was no number."""
    for table in (month.flow, month.stock):
        if table.min() < 0 or table.max() > most:
            raise CaseError.single(
                what="a rate of trying or somebody's savings is no number",
                where=f"the theory {getattr(theory, 'name', 'given')}",
                expected="attempt_hazard and capital_step to write finite numbers, nought or more",
                remedy="look for a logarithm or a root of a negative number, a division by nought, or an overflow",
            )


def _range(
    part: tuple[int, int],
    people: Rows,
    this: MonthlyParameters,
    count: Accumulator,
    workspace: kernel.Workspace,
    attempt: Any,
    save: Any,
) -> np.ndarray:
    """One month of one range of people, added to the count; returns what is to be logged of the sampled lives."""
    filled = np.zeros(1, np.int64)
    if not people.where.size:
        kernel.month(*part, people, this, count, workspace, attempt, save, None, filled)
        return _NOTHING
    log = np.empty((3 * (part[1] - part[0]), LOG_COLUMNS - 1), np.int32)
    kernel.month(*part, people, this, count, workspace, attempt, save, log, filled)
    return log[: filled[0]].copy()


def _dated(t: int, events: np.ndarray) -> np.ndarray:
    ordered = events[np.argsort(events[:, 0], kind="stable")]
    return np.concatenate([np.full((ordered.shape[0], 1), t, np.int32), ordered], axis=1)


def _even(size: int, threads: int) -> list[tuple[int, int]]:
    parts = max(-(-size // CHUNK), min(4 * threads, size // WORTH) if threads > 1 else 1, 1)
    edges = np.linspace(0, size, parts + 1).astype(int)
    return [(int(a), int(b)) for a, b in pairwise(edges) if b > a]


@contextmanager
def _workers(threads: int) -> Iterator[Callable[..., Any]]:
    """A map over chunks: plain for one thread, else a pool. An interrupt ends the run at the edge of a chunk."""
    if threads == 1:
        yield map
        return
    pool = ThreadPoolExecutor(threads)
    try:
        yield pool.map
    finally:
        pool.shutdown(cancel_futures=True)


def _at_opening(model: CompiledModel, people: Rows) -> Accumulator:
    """Count the opening, as the first month's feedback reads it."""
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

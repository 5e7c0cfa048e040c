"""Runs do not disturb each other: in threads, in processes, called off or interrupted half-way."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tumen.engine.loop import CancelledError
from validation.stage import Stage, digest, stage, toyland


@dataclass(frozen=True)
class Way:
    """One of the runs: all differ in seed, world, theory, sampled histories or threads."""

    seed: int
    settings: tuple[str, ...]
    theory: str
    histories: bool
    threads: int

    def staged(self) -> Stage:
        return stage(toyland(30, offset=100, settings=list(self.settings)), 500, self.theory, self.seed)

    def run(self) -> str:
        """The hash of all that the run found."""
        return digest(self.staged().run(seed=self.seed, histories=self.histories, threads=self.threads))


WAYS = (
    Way(1, (), "interplay", True, 1),
    Way(2, ("fee=5000", "kin_per_arrival=1"), "interplay", False, 2),
    Way(3, ("crossing_success=0.2",), "push_pull", True, 2),
    Way(4, ("reference_rate=1",), "no_theory", False, 1),
)


@pytest.fixture(scope="module")
def one_after_another() -> list[str]:
    return [way.run() for way in WAYS]


def test_the_runs_differ(one_after_another: list[str]) -> None:
    """Otherwise one could be given for another unnoticed."""
    assert len(set(one_after_another)) == len(WAYS)


def test_side_by_side_in_threads_they_are_the_same(one_after_another: list[str]) -> None:
    """All begin at the same moment, twice over."""
    start = threading.Barrier(len(WAYS))

    def run(way: Way) -> list[str]:
        start.wait()
        return [way.run() for _ in range(2)]

    with ThreadPoolExecutor(len(WAYS)) as pool:
        found = list(pool.map(run, WAYS))
    assert found == [[alone] * 2 for alone in one_after_another]


@pytest.mark.slow
def test_from_spawned_processes_they_are_the_same(one_after_another: list[str]) -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(Way.run, WAYS)) == one_after_another


class Asked:
    """A `cancel` that says yes from the `limit`-th time it is asked; how often it was is kept."""

    def __init__(self, limit: int) -> None:
        self.limit, self.count, self._lock = limit, 0, threading.Lock()

    def __call__(self) -> bool:
        with self._lock:
            self.count += 1
            return self.count >= self.limit


def in_chunks(staged: Stage) -> list[tuple[int, int]]:
    """The people in five chunks."""
    size = staged.population.size
    return [(size * i // 5, size * (i + 1) // 5) for i in range(5)]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("limit", [1, 13, 5 * 36])
def test_a_run_is_called_off_at_the_edge_of_a_chunk(small: Stage, threads: int, limit: int) -> None:
    """At the first chunk, in the third month, at the last chunk of all: the months before are done, that one is not."""
    months: list[int] = []
    ask, before = Asked(limit), threading.active_count()
    with pytest.raises(CancelledError):
        small.run(
            threads=threads, ranges=in_chunks(small), cancel=ask, progress=lambda done, total: months.append(done)
        )
    assert months == list(range(1, (limit - 1) // 5 + 1))
    assert limit <= ask.count <= limit + (0 if threads == 1 else 4)  # chunks of the month that had been begun
    assert threading.active_count() == before


def test_who_never_says_so_calls_nothing_off(small: Stage) -> None:
    ask = Asked(10**9)
    counts = small.run(ranges=in_chunks(small), cancel=ask)
    assert ask.count == 5 * small.model.months
    assert digest(counts) == digest(small.run())


def interrupting(month: int) -> Callable[[int, int], None]:
    """A `progress` that raises KeyboardInterrupt after a month."""

    def progress(done: int, total: int) -> None:
        if done == month:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("histories", [False, True])
def test_a_run_after_an_interrupt_is_unharmed(small: Stage, threads: int, histories: bool) -> None:
    usual, before = digest(small.run(histories=histories)), threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        small.run(threads=threads, histories=histories, progress=interrupting(7))
    assert threading.active_count() == before
    assert digest(small.run(threads=threads, histories=histories)) == usual


def test_calling_one_run_off_leaves_another_alone(small: Stage) -> None:
    usual = digest(small.run(histories=True))

    def stopped() -> None:
        with pytest.raises(CancelledError):
            small.run(threads=2, ranges=in_chunks(small), cancel=Asked(40))

    with ThreadPoolExecutor(2) as pool:
        other, ended = pool.submit(lambda: digest(small.run(histories=True, threads=2))), pool.submit(stopped)
        ended.result()
        assert other.result() == usual

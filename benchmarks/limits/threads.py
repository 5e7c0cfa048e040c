"""The same job on one thread and on two: wall time, and how many times faster two are."""

from __future__ import annotations

import os
import time
from statistics import median
from typing import Any

from benchmarks.frozen import SEED, ready
from benchmarks.progress import say
from benchmarks.sizes import Size
from validation.stage import Stage


def measure(size: Size) -> dict[str, Any]:
    """Median wall seconds on one thread and on two, of runs that take turns."""
    say(f"threads, {size.share_rows} rows, {size.share_window} months")
    runs = min(size.repeats, 3)
    return size.ask("benchmarks.limits.threads", people=size.share_rows, months=size.share_window, runs=runs)


def answer(people: int, months: int, runs: int) -> dict[str, Any]:
    """In a fresh process: the country on one thread and on two in turn."""
    staged = ready(people, months)
    taken = [(wall(staged, 1), wall(staged, 2)) for _ in range(runs)]
    one, two = (median(column) for column in zip(*taken, strict=True))
    return {
        "rows": staged.population.size,
        "months": months,
        "processors": processors(),
        "one_thread_seconds": one,
        "two_threads_seconds": two,
        "speedup": one / two,
    }


def wall(staged: Stage, threads: int) -> float:
    """Wall seconds of one run on so many threads."""
    began = time.perf_counter()
    staged.run(seed=SEED, threads=threads)
    return time.perf_counter() - began


def processors() -> int:
    """The processors this process may use: with fewer than two, two threads cannot be faster than one."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

"""How large the measurements are: full for figures to keep, quick for a look, tiny for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from benchmarks.fresh import ask

#: Rows of a calibration run unless told otherwise: meant to leave 2 % noise in a yearly figure by sex.
CALIBRATION_PEOPLE = 10_000


@dataclass(frozen=True)
class Size:
    """The size of every measurement; people are rows asked for, months run from the opening of the case's window.

    persons, window: of the frozen world that every engine runs; repeats: how often a short run or a start is repeated
    for its median; calibration_runs, calibration_seeds: runs timed, and seeds over which noise is measured; grow_people
    at grow_window and grow_months at grow_rows: where time is seen to grow, run grow_runs times for the least;
    hold_people at hold_window: where memory is, with so many rows that they outweigh all else; share_rows,
    share_window: the job shared by threads; start_rows: of `tumen run`; empty_cache: whether its first run has to
    compile; ask: how an answer is got, in a fresh process or, quicker and blurred, in this one.
    """

    name: str
    persons: int
    window: int
    repeats: int
    calibration_people: int
    calibration_runs: int
    calibration_seeds: int
    grow_people: tuple[int, ...]
    grow_window: int
    grow_months: tuple[int, ...]
    grow_rows: int
    grow_runs: int
    hold_people: tuple[int, ...]
    hold_window: int
    share_rows: int
    share_window: int
    start_rows: int
    empty_cache: bool
    ask: Callable[..., dict[str, Any]] = ask


def here(module: str, **question: Any) -> dict[str, Any]:
    """The answer of a module given in this process."""
    return import_module(module).answer(**question)


FULL = Size(
    name="full",
    persons=400,
    window=60,
    repeats=5,
    calibration_people=CALIBRATION_PEOPLE,
    calibration_runs=7,
    calibration_seeds=20,
    grow_people=(25_000, 50_000, 100_000, 200_000),
    grow_window=324,
    grow_months=(81, 162, 243, 324),
    grow_rows=50_000,
    grow_runs=2,
    hold_people=(200_000, 400_000, 800_000, 1_600_000),
    hold_window=12,
    share_rows=50_000,
    share_window=324,
    start_rows=2000,
    empty_cache=True,
)
QUICK = Size(
    name="quick",
    persons=300,
    window=60,
    repeats=5,
    calibration_people=CALIBRATION_PEOPLE,
    calibration_runs=3,
    calibration_seeds=4,
    grow_people=(20_000, 40_000, 80_000),
    grow_window=24,
    grow_months=(12, 24, 48),
    grow_rows=40_000,
    grow_runs=2,
    hold_people=(20_000, 40_000, 80_000),
    hold_window=24,
    share_rows=20_000,
    share_window=60,
    start_rows=2000,
    empty_cache=True,
)
TINY = Size(
    name="tiny",
    persons=40,
    window=24,
    repeats=1,
    calibration_people=500,
    calibration_runs=1,
    calibration_seeds=2,
    grow_people=(4000, 16_000),
    grow_window=12,
    grow_months=(6, 12),
    grow_rows=16_000,
    grow_runs=2,
    hold_people=(4000, 16_000),
    hold_window=12,
    share_rows=4000,
    share_window=12,
    start_rows=100,
    empty_cache=False,
    ask=here,
)
SIZES = {size.name: size for size in (FULL, QUICK, TINY)}

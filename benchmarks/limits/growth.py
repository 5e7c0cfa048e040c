"""How time and memory grow with people and with months: exponents (1 is linear, 0 is no growth) and constants.

Every point is a fresh process. What an almost empty job takes - one row a province, or one month - is the overhead: it
is told, and subtracted before the logs are taken. Memory is the peak while the engine runs, people and tables held.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.frozen import SEED, person_months, ready
from benchmarks.gauges import cpu_seconds, exponent, forget_peak, peak_mb, per_unit
from benchmarks.progress import say
from benchmarks.sizes import Size

Point = dict[str, Any]


def measure(size: Size) -> dict[str, Any]:
    """CPU seconds and peak megabytes, each against people at fixed months and against months at fixed people."""
    known: dict[tuple[int, int], Point] = {}

    def at(people: int, months: int, runs: int = size.grow_runs) -> Point:
        if (people, months) not in known:
            say(f"growth, {people} rows, {months} months")
            known[people, months] = size.ask("benchmarks.limits.growth", people=people, months=months, runs=runs)
        return known[people, months]

    by_people = [at(people, size.grow_window) for people in size.grow_people]
    by_months = [at(size.grow_rows, months) for months in size.grow_months]
    holding = [at(people, size.hold_window, runs=1) for people in size.hold_people]
    nobody, instant, held = at(1, size.grow_window), at(size.grow_rows, 1), at(1, size.hold_window, runs=1)
    return {
        "cpu_ns_per_person_month": marginal(by_people[-1], nobody),
        "cpu_by_people": time_by_people(by_people, nobody),
        "cpu_by_months": time_by_months(by_months, instant),
        "memory_by_people": memory_by_people(holding, held),
        "memory_by_months": memory_by_months(by_months, held),
    }


def marginal(many: Point, few: Point) -> float:
    """CPU nanoseconds that a person-month alive takes beyond the run of almost nobody."""
    return 1e9 * (many["cpu_seconds"] - few["cpu_seconds"]) / (many["person_months"] - few["person_months"])


def time_by_people(points: Sequence[Point], nobody: Point) -> dict[str, Any]:
    """CPU seconds against rows, beyond those of the run of almost nobody."""
    rows, seconds = column(points, "rows"), column(points, "cpu_seconds")
    return {
        "months": nobody["months"],
        "rows": rows,
        "seconds": seconds,
        "overhead_seconds": nobody["cpu_seconds"],
        "exponent": exponent(rows, seconds, nobody["cpu_seconds"]),
    }


def time_by_months(points: Sequence[Point], instant: Point) -> dict[str, Any]:
    """CPU seconds against months, both beyond those of the run of one month.

    The same number of rows lives more person-months in a longer window, but not in proportion, since some are born
    later; so the growth is told against person-months as well.
    """
    months, lived, seconds = (column(points, key) for key in ("months", "person_months", "cpu_seconds"))
    overhead = instant["cpu_seconds"]
    return {
        "rows": instant["rows"],
        "months": months,
        "seconds": seconds,
        "overhead_seconds": overhead,
        "exponent": exponent([m - instant["months"] for m in months], seconds, overhead),
        "exponent_by_person_months": exponent([m - instant["person_months"] for m in lived], seconds, overhead),
    }


def memory_by_people(points: Sequence[Point], nobody: Point) -> dict[str, Any]:
    """Peak megabytes against rows, beyond those of the run of almost nobody."""
    rows, memory = column(points, "rows"), column(points, "peak_mb")
    return {
        "months": nobody["months"],
        "rows": rows,
        "mb": memory,
        "overhead_mb": nobody["peak_mb"],
        "exponent": exponent(rows, memory, nobody["peak_mb"]),
        "bytes_per_row": 2**20 * per_unit(rows, memory),
    }


def memory_by_months(points: Sequence[Point], nobody: Point) -> dict[str, Any]:
    """Peak megabytes against months, beyond those of the run of almost nobody; exponent 0 would be no growth at all."""
    months, memory = column(points, "months"), column(points, "peak_mb")
    return {
        "rows": points[0]["rows"],
        "months": months,
        "mb": memory,
        "overhead_mb": nobody["peak_mb"],
        "exponent": exponent(months, memory, nobody["peak_mb"]),
        "mb_per_month": per_unit(months, memory),
    }


def column(points: Sequence[Point], key: str) -> list[Any]:
    """One figure of every point."""
    return [point[key] for point in points]


def answer(people: int, months: int, runs: int) -> dict[str, Any]:
    """In a fresh process: the least CPU seconds of some runs of the country on one thread, and their peak."""
    staged = ready(people, months)
    forget_peak()
    spent = []
    for _ in range(runs):
        began = cpu_seconds()
        staged.run(seed=SEED)
        spent.append(cpu_seconds() - began)
    return {
        "rows": staged.population.size,
        "months": months,
        "person_months": person_months(staged.population, months),
        "cpu_seconds": min(spent),
        "peak_mb": peak_mb(),
    }

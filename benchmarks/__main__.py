"""Measure what tumen costs, beside other engines and against its own limits. Nothing is judged here.

usage: python -m benchmarks [--quick] [--json] [--people N] [NAME...]

NAME is `engines`, one engine, or one limit; without any, all are measured. --quick: smaller jobs; --tiny: the sizes of
the tests, from which nothing can be learned; --json: one JSON document on stdout instead of a table; --people: rows of
a calibration run. A run of everything at full size writes benchmarks/figures.json. Exit codes: 0 measured, 1 a
measured process failed, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from typing import Any

from benchmarks.engines import ENGINES
from benchmarks.engines import measure as measure_engines
from benchmarks.fresh import MeasureError
from benchmarks.gauges import short
from benchmarks.limits import LIMITS
from benchmarks.progress import say
from benchmarks.report import FIGURES, text, write
from benchmarks.sizes import FULL, QUICK, TINY, Size

ALL = "engines"
NAMES = (ALL, *(engine.name for engine in ENGINES), *LIMITS)


def measure(names: list[str], size: Size) -> dict[str, Any]:
    """Measure what is named and return `{"engines": [...], "limits": {...}}`."""
    some = [engine.name for engine in ENGINES if engine.name in names or ALL in names]
    rows = measure_engines(some, size)
    limits = {name: limit(size) for name, limit in LIMITS.items() if name in names}
    return short({"engines": rows, "limits": limits})


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    sizes = found.add_mutually_exclusive_group()
    sizes.add_argument("--quick", action="store_const", dest="size", const=QUICK, default=FULL, help="smaller jobs")
    sizes.add_argument("--tiny", action="store_const", dest="size", const=TINY, help="the sizes of the tests")
    found.add_argument("--json", action="store_true", help="print one JSON document")
    found.add_argument("--people", type=int, metavar="N", help="rows of a calibration run")
    found.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(NAMES)}")
    return found


def main(arguments: list[str]) -> int:
    """Measure what the command line asks for and print it; returns the exit code."""
    asked = parser().parse_args(arguments)
    unknown = [name for name in asked.names if name not in NAMES]
    if unknown:
        return refuse(f"nothing to measure is called {unknown[0]!r}", f"one of {', '.join(NAMES)}", "type one of these")
    if asked.people is not None and asked.people < 1:
        return refuse(f"--people {asked.people} is no number of rows", "1 or more", "type a larger number")
    size = replace(asked.size, calibration_people=asked.people) if asked.people else asked.size
    try:
        found = measure(asked.names or list(NAMES), size)
    except MeasureError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    print(json.dumps(found, indent=1, allow_nan=False) if asked.json else text(found))
    if asked.size is FULL and not asked.names and asked.people is None:
        write(found)
        say(f"written to {FIGURES}")
    return 0


def refuse(problem: str, expected: str, remedy: str) -> int:
    """Say what was wrong with the command line."""
    say(f"{problem} - python -m benchmarks - expected {expected} - {remedy}")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

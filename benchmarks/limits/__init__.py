"""The limits, one file each: `measure(size)` returns figures by name, in seconds, megabytes or as the name says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.limits import calibration, growth, start, threads
from benchmarks.sizes import Size

LIMITS: dict[str, Callable[[Size], dict[str, Any]]] = {
    "calibration": calibration.measure,
    "growth": growth.measure,
    "start": start.measure,
    "threads": threads.measure,
}

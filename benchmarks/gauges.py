"""What is read off a process or a row of measurements: processor time, peak memory, slopes, short figures."""

from __future__ import annotations

import ctypes
import gc
import math
import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def cpu_seconds() -> float:
    """Processor time, user and system, of this process with all its threads and of its children that have ended."""
    each = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in each)


def peak_mb() -> float:
    """The most memory this model has held, in megabytes of 2**20 bytes.

    Linux hands the peak in `getrusage` on from the process that started this one, so it is read from /proc there.
    """
    if _STATUS.exists():
        for line in _STATUS.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def forget_peak() -> None:
    """Give back what is no longer used and let the peak begin anew; off Linux the peak stands as it was."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # the C library keeps freed memory for later use
    if trim is not None:
        trim(0)
    if os.access(_RESET, os.W_OK):
        _RESET.write_text("5", encoding="ascii")


def exponent(sizes: Sequence[float], costs: Sequence[float], overhead: float = 0.0) -> float | None:
    """The b of costs - overhead = a x sizes**b, by least squares of the logs; 1 is linear growth, 0 none.

    None where some cost does not stand above the overhead, for then there is no growth to be seen.
    """
    above = np.asarray(costs, dtype=float) - overhead
    if (above <= 0).any():
        return None
    return float(np.polyfit(np.log(np.asarray(sizes, dtype=float)), np.log(above), 1)[0])


def per_unit(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """What one more unit of size costs: the slope of the straight line through the costs."""
    return float(np.polyfit(np.asarray(sizes, dtype=float), np.asarray(costs, dtype=float), 1)[0])


def short(thing: Any, digits: int = 4) -> Any:
    """The same figures, however nested, to so many significant digits. Raises ValueError where one is not finite."""
    if isinstance(thing, dict):
        return {key: short(value, digits) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [short(value, digits) for value in thing]
    if not isinstance(thing, float):
        return thing
    if not math.isfinite(thing):
        raise ValueError(f"a measured figure is {thing}, expected a finite number")
    return float(f"{thing:.{digits}g}")

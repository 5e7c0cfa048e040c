"""How long it takes to begin: the help, the import, the first run with nothing compiled yet, and a later run."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.fresh import timed
from benchmarks.progress import say
from benchmarks.sizes import Size


def measure(size: Size) -> dict[str, Any]:
    """Wall seconds of fresh processes; medians where they are repeated.

    overhead: what a later run takes beyond the seconds it says it simulated.
    """
    say("start, help and import")
    few = min(size.repeats, 3)
    found: dict[str, Any] = {
        "python_seconds": typical(["-c", ""], size.repeats),
        "import_tumen_seconds": typical(["-c", "import tumen"], size.repeats),
        "import_engine_seconds": typical(["-c", "import tumen.simulate.session"], few),
        "help_seconds": typical(["-m", "tumen", "--help"], size.repeats),
    }
    with tempfile.TemporaryDirectory() as folder:
        cache = {"TUMEN_CACHE": str(Path(folder) / "cache")} if size.empty_cache else {}
        say(f"start, first run with {'an empty cache' if size.empty_cache else 'the cache at hand'}")
        first, _ = run(Path(folder), "first", size.start_rows, cache)
        say("start, later runs")
        later = [run(Path(folder), "later", size.start_rows, cache) for _ in range(few)]
    return found | {
        "first_run_seconds": first,
        "first_run_compiles": size.empty_cache,
        "later_run_seconds": median(wall for wall, _ in later),
        "later_run_simulate_seconds": median(simulated for _, simulated in later),
        "later_run_overhead_seconds": median(wall - simulated for wall, simulated in later),
        "rows": size.start_rows,
    }


def typical(words: Sequence[str], repeats: int) -> float:
    """The median wall time of so many fresh processes; the first may have to read files from disk."""
    return median(timed(words)[0] for _ in range(repeats))


def run(folder: Path, name: str, people: int, cache: dict[str, str]) -> tuple[float, float]:
    """Wall seconds of one `tumen run toyland` on one thread, and the seconds of them that it says it simulated."""
    output = folder / name
    words = ["-m", "tumen", "run", "toyland", "--people", str(people), "--threads", "1", "--no-figures", "-q"]
    words += ["--set", "kin_per_arrival=1"]  # a hundred agents are too few to tell that the network stays bounded
    wall, _ = timed([*words, "-o", str(output)], cache)
    window = json.loads((output / "run.json").read_text(encoding="utf-8"))["window"]
    timings = json.loads((output / "timings.json").read_text(encoding="utf-8"))
    return wall, months_of(window) / timings["months_per_second"]


def months_of(window: dict[str, str]) -> int:
    """The number of months in a record's window, both ends included."""
    first, last = (12 * int(window[end][:4]) + int(window[end][5:7]) for end in ("start", "end"))
    return last - first + 1

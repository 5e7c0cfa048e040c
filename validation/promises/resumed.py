"""Promise 24: whatever moment a sweep is killed at, the same command goes on, repeats no run and ends the same."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tumen.experiment.store import Store
from tumen.experiment.sweep import sweep
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED
from validation.sweeps import WORLDS, planned, wrong

ID = 24
#: `tries` counts kills of a sweep.
SMALL, FULL = Size(tries=3), Size(tries=50)
UNITS = 12
_ROOT = Path(__file__).resolve().parents[2]


class Victim:
    """A process that does a sweep in a folder."""

    def __init__(self, folder: Path) -> None:
        words = [sys.executable, "-m", "validation.interrupted", str(folder), str(UNITS)]
        self._process = subprocess.Popen(words, cwd=_ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def killed(self, seconds: float, folder: Path, more: int) -> bool:
        """Kill it so many seconds after it has written `more` further files; False where it came to its end before."""
        enough = len(written(folder)) + more
        while len(written(folder)) < enough and self._process.poll() is None:
            time.sleep(0.01)
        time.sleep(seconds)
        self._process.kill()
        return self._process.wait() != 0

    def ended(self) -> int:
        """Wait for its end; the exit code."""
        return self._process.wait()


def written(folder: Path) -> dict[Path, int]:
    """Every finished file of results, and when it was written."""
    return {one: one.stat().st_mtime_ns for one in folder.rglob("*.parquet") if not one.name.startswith(".")}


def tried(folder: Path, kills: int, rng: np.random.Generator) -> tuple[int, int]:
    """Kill the process so often, a moment after some files each, then let it end: kills that hit, files rewritten."""
    hits, again = 0, 0
    held: dict[Path, int] = {}
    for _ in range(kills):
        hits += Victim(folder).killed(rng.exponential(0.3), folder, int(rng.integers(0, 3)))
        again += _rewritten(held, folder)
        held = written(folder)
    if Victim(folder).ended():
        raise RuntimeError("the process that was to end its work failed")
    return hits, again + _rewritten(held, folder)


def _rewritten(held: dict[Path, int], folder: Path) -> int:
    now = written(folder)
    return sum(now.get(path) != when for path, when in held.items())


def check(size: Size) -> Row:
    """Kills in rounds of one sweep each; every round ends with the table of the sweep that nobody killed."""
    watch, rng, asked = Watch(ID, "what is killed goes on", SEED), np.random.default_rng(SEED), planned(UNITS)
    rounds = max(1, size.tries // 10)
    hits = again = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        calm = Store(Path(folder) / "calm")
        sweep(asked, calm)
        right = calm.hash()
        for number in range(rounds):
            place = Path(folder) / f"killed {number}"
            count, repeated = tried(place, size.tries // rounds, rng)
            hits, again = hits + count, again + repeated
            failed += any(wrong(Store(place), asked, right))
    figure = (
        f"a sweep of {UNITS * WORLDS} runs killed {hits} times at random moments, {rounds} times over: {again} "
        f"finished units done again, {failed} of {rounds} tables differ"
    )
    return watch.row(size.tries, again + failed + (hits == 0), figure)

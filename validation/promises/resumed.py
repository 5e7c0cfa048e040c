"""Promise 24: whatever moment a sweep or a calibration is killed at, the same command goes on and ends the same.

Nothing that was finished is done again: every file of results is that which was first written.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
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
#: Kills of a calibration.
CALIBRATION = {SMALL: 1, FULL: 4}
UNITS = 12
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Work:
    """What is killed: words of `validation.interrupted`, the folder it works in, the kind of file it leaves there."""

    kind: str
    folder: Path
    files: str
    more: tuple[str, ...] = ()

    def started(self) -> subprocess.Popen[bytes]:
        """A process that does it, or what is left of it."""
        words = [sys.executable, "-m", "validation.interrupted", self.kind, str(self.folder), *self.more]
        return subprocess.Popen(words, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def written(self) -> dict[Path, int]:
        """Every finished file, and when it was written."""
        found = (one for one in self.folder.rglob(self.files) if not one.name.startswith("."))
        return {one: one.stat().st_mtime_ns for one in found}

    def killed(self, enough: int, seconds: float) -> bool:
        """Kill it so many seconds after there are `enough` files; False where it came to its end before."""
        process = self.started()
        while len(self.written()) < enough and process.poll() is None:
            time.sleep(0.01)
        time.sleep(seconds)
        process.kill()
        process.communicate()
        return process.returncode != 0

    def ended(self) -> str:
        """Let it come to its end; what it prints."""
        process = self.started()
        said, _ = process.communicate()
        if process.returncode:
            raise RuntimeError(f"the {self.kind} that was to end its work failed (exit code {process.returncode})")
        return said.decode().strip()


def tried(work: Work, moments: Sequence[int], rng: np.random.Generator) -> tuple[int, int, str]:
    """Kill it a moment after so many more files each, then let it end: kills that hit, files rewritten, its words."""
    hits, again = 0, 0
    held: dict[Path, int] = {}
    for more in moments:
        hits += work.killed(len(held) + more, rng.exponential(0.3))
        again += _rewritten(held, work)
        held = work.written()
    said = work.ended()
    return hits, again + _rewritten(held, work), said


def _rewritten(held: dict[Path, int], work: Work) -> int:
    now = work.written()
    return sum(now.get(path) != when for path, when in held.items())


def check(size: Size) -> Row:
    """Sweeps killed in rounds, and a calibration: each ends as the one that nobody killed."""
    watch, rng = Watch(ID, "what is killed goes on", SEED), np.random.default_rng(SEED)
    with tempfile.TemporaryDirectory() as folder:
        sweeps = _sweeps(Path(folder), size.tries, rng)
        calibration = _calibration(Path(folder), CALIBRATION.get(size, 1), rng)
    failed = sum(sweeps[1:3]) + (sweeps[0] == 0) + sum(calibration[1:3]) + (calibration[0] == 0)
    figure = (
        f"a sweep of {UNITS * WORLDS} runs killed {sweeps[0]} times at random moments, {sweeps[3]} times over: "
        f"{sweeps[1]} finished units done again, {sweeps[2]} of {sweeps[3]} tables differ; a calibration of "
        f"{calibration[3]} kept runs and stages killed {calibration[0]} times: {calibration[1]} done again, its draws "
        f"{'differ from' if calibration[2] else 'are'} those of the undisturbed one, bit for bit"
    )
    return watch.row(size.tries + CALIBRATION.get(size, 1), failed, figure)


def _sweeps(folder: Path, tries: int, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Kills that hit, units done again, tables that differ, and of how many sweeps."""
    asked, calm = planned(UNITS), Store(folder / "calm")
    sweep(asked, calm)
    rounds = max(1, tries // 10)
    hits = again = failed = 0
    for number in range(rounds):
        place = folder / f"killed {number}"
        work = Work("sweep", place, "*.parquet", (str(UNITS),))
        count, repeated, _ = tried(work, rng.integers(0, 3, tries // rounds).tolist(), rng)
        hits, again = hits + count, again + repeated
        failed += any(wrong(Store(place), asked, calm.hash()))
    return hits, again, failed, rounds


def _calibration(folder: Path, kills: int, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Kills that hit, files written again, whether the posterior differs or runs are more, and the files there are."""
    calm, stormy = (Work("calibration", folder / name, "*.npz") for name in ("fitted", "killed fit"))
    right, whole = calm.ended(), len(calm.written())
    moments = rng.multinomial(int(0.9 * whole), [1 / (kills + 1)] * (kills + 1))[:kills].tolist()
    hits, again, found = tried(stormy, moments, rng)
    return hits, again, int(found != right or len(stormy.written()) != whole), whole

"""Promise 1: the same inputs give the same bytes, in any process, on any threads, however people are split."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED

ID = 1
#: `tries` counts combinations of hash seed, threads and split; a process tries several.
SMALL, FULL = Size(tries=6, people=600, months=60), Size(tries=200, people=20_000, months=324)
CASE_SMALL, CASE_FULL = "toyland", "north_korea"
WAYS = 2
_ROOT = Path(__file__).resolve().parents[2]


def hashes(case: str, size: Size, process: int) -> list[dict[str, str]]:
    """What one fresh process with its own hash seed finds."""
    words = [case, str(size.people), str(size.months), str(process), str(WAYS)]
    env = os.environ | {"PYTHONHASHSEED": str(process * 7919 % 4096)}
    done = subprocess.run(
        [sys.executable, "-m", "validation.fresh", *words],
        cwd=_ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def check(size: Size) -> Row:
    """Compare counts, feedback, rows, event log and every file of the saved result, bit by bit."""
    watch = Watch(ID, "same inputs, same bytes", SEED)
    case = CASE_SMALL if size == SMALL else CASE_FULL
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda process: hashes(case, size, process), range(-(-size.tries // WAYS))))
    each = [way for ways in found for way in ways]
    failed = sum(way != each[0] for way in each)
    return watch.row(len(each), failed, f"{len(each)} combinations in {len(found)} fresh processes, {failed} differ")

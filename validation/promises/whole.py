"""Promise 26: a result is whole or absent, wherever its writing is broken off (a kill, an interrupt, a full disk)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED

ID = 26
#: tries: ways of breaking off, each at every file operation of a write in an empty place and over an earlier result.
WAYS = ("kill", "interrupt", "full", "kill-renames")
SMALL, FULL = Size(tries=1), Size(tries=len(WAYS))
ROOT = Path(__file__).parents[2]
#: Exit status of a child that wrote to the end, and of one whose disk was full.
_DONE, _FULL = 0, 1 << 8


def check(size: Size) -> Row:
    """Break writes off at every operation; count those that left something torn, or no sentence for a full disk."""
    watch = Watch(ID, "a result is whole or absent", SEED)
    tried = torn = silent = 0
    for how in WAYS[: size.tries]:
        for line in broken(how):
            allowed = {line["before"], "new"} | ({"absent"} if how == "kill-renames" else set())
            tried += 1
            torn += line["after"] not in allowed or "run" not in line["next"]
            silent += how == "full" and line["after"] != "new" and line["status"] not in (_DONE, _FULL)
    figure = f"{tried} writes broken off ({', '.join(WAYS[: size.tries])}), {torn} torn, {silent} without a sentence"
    return watch.row(tried, torn + silent, figure)


def broken(how: str) -> list[dict]:  # type: ignore[type-arg]
    """What became of a write broken off at each of its operations."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "tests.result.fault_driver", place, how]
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True
        )
    return [json.loads(line) for line in done.stdout.splitlines()]

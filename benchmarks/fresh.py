"""A fresh process for each measurement, so that none inherits another's memory, threads or compiled code.

usage: python -m benchmarks.fresh MODULE QUESTION      MODULE's answer(**QUESTION), QUESTION being a JSON object
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import tumen

ROOT = Path(__file__).resolve().parent.parent


class MeasureError(Exception):
    """A process that was to be measured ended badly; the message says which and how."""


def ask(module: str, **question: Any) -> dict[str, Any]:
    """What `answer(**question)` of one of this room's modules finds in a fresh process."""
    _, out = timed(["-m", "benchmarks.fresh", module, json.dumps(question)])
    return json.loads(out)


def timed(words: Sequence[str], extra: Mapping[str, str] | None = None) -> tuple[float, str]:
    """Wall seconds of one fresh Python given these words, and what it printed. Raises MeasureError if it failed."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment() | dict(extra or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    spent = time.perf_counter() - began
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise MeasureError(f"python {' '.join(words)} ended with exit code {done.returncode}: {last}")
    return spent, done.stdout


def environment() -> dict[str, str]:
    """This process's environment, with the same tumen found first and one thread for linear algebra.

    Python may keep what it has read, as it does for users unless told otherwise.
    """
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    found = [str(ROOT), str(Path(tumen.__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
    return inherited | {"PYTHONPATH": os.pathsep.join(part for part in found if part), "OMP_NUM_THREADS": "1"}


def main(words: list[str]) -> None:
    """Answer one question and print the answer as JSON."""
    module, question = words
    print(json.dumps(import_module(module).answer(**json.loads(question)), allow_nan=False))


if __name__ == "__main__":
    main(sys.argv[1:])

"""Breaks the writing of a result at every file operation in turn, each time in a process of its own.

Run as `python -m tests.result.fault_driver PLACE HOW`; prints one JSON line for each operation that was broken. HOW is
`kill` (SIGKILL before the operation), `interrupt` (Ctrl-C at it) or `full` (it reports a full disk); `kill-renames` is
`kill` on a system that cannot swap two folders in one step.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from tests.result.synthetic import flows, observed, record
from tumen.result import Result, ResultError, atomic, netcdf, tables, verify

_SURVIVED = 3
_OPERATIONS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree", "ctypes.dlsym"}
_FLOWS, _OBSERVED = flows("2001-01", 24), observed()
_BYTES, _TABLE = netcdf.to_bytes(_FLOWS), tables.arrivals_csv(_FLOWS, _OBSERVED)


def small(seed: int) -> Result:
    return Result(_FLOWS, record(seed=seed), _OBSERVED)


def break_at(number: int, place: Path, how: str) -> list[str]:
    """Install a hook that fails at the numbered operation below `place`; it stays for the life of the process.

    Returns a list that gets the operation's name when it fails.
    """
    count = 0
    fired: list[str] = []

    def hook(event: str, details: tuple[Any, ...]) -> None:
        nonlocal count
        if (
            event not in _OPERATIONS
            or (event == "shutil.rmtree" and how == "full")
            or (event == "open" and details[1] == "r" and how == "full")  # reading needs no room
            or (event != "ctypes.dlsym" and not str(details[0]).startswith(str(place)))
        ):
            return
        count += 1
        if count != number:
            return
        fired.append(event)
        if how.startswith("kill"):
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "interrupt":
            raise KeyboardInterrupt
        raise OSError(errno.ENOSPC, "No space left on device")

    sys.addaudithook(hook)
    return fired


def attempt(number: int, place: Path, how: str) -> int:
    """Save in a child that breaks at the numbered operation; returns what became of the child."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    code = 70
    if how == "kill-renames":
        atomic._exchange = lambda one, other: False
    fired = break_at(number, place, how)
    with contextlib.suppress(KeyboardInterrupt, ResultError):
        try:
            small(2).save(place / "run")
            code = _SURVIVED if fired else 0
        except KeyboardInterrupt:
            code = 130
            raise
        except ResultError as error:
            code = error.code
            raise
    os._exit(code)


def state(folder: Path) -> str:
    if not folder.exists():
        return "absent"
    if not verify(folder).sound:
        return "torn"
    return {1: "old", 2: "new"}[json.loads((folder / "run.json").read_bytes())["seed"]]


def main(root: str, how: str) -> None:
    netcdf.to_bytes, tables.arrivals_csv = (
        lambda flows: _BYTES,
        lambda flows, observed, draws: _TABLE,
    )  # slow: made once
    for first in ("absent", "old"):
        number = 0
        while True:
            number += 1
            place = Path(root) / f"{first}{number}"
            place.mkdir()
            if first == "old":
                small(1).save(place / "run")
            status = attempt(number, place, how)
            left = sorted(path.name for path in place.iterdir() if path.name != "run")
            line = {"before": first, "at": number, "status": status, "after": state(place / "run"), "left": left}
            os.utime(place / left[0], (0, 0)) if left else None
            small(2).save(place / "run")  # the next run works and clears what was left
            line["next"] = sorted(path.name for path in place.iterdir())
            sys.stdout.write(json.dumps(line) + "\n")
            if status == 0:
                break


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

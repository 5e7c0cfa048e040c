"""A command that is killed leaves no cluster behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

#: Starts a cluster, says that it is there, and waits to be killed.
WAITS = """
import time
from tumen.experiment.workers import dask
with dask(None, 1):
    print("there", flush=True)
    time.sleep(600)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up by their group under /proc")
def test_a_killed_command_takes_its_cluster_along() -> None:
    with subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE, start_new_session=True) as started:
        assert started.stdout is not None and started.stdout.readline() == b"there\n"
        assert len(alive(started.pid)) > 2, "itself, a scheduler and a worker at least"
        os.kill(started.pid, signal.SIGKILL)
    latest = time.monotonic() + 60
    while alive(started.pid) and time.monotonic() < latest:
        time.sleep(0.5)
    assert alive(started.pid) == []


def alive(session: int) -> list[str]:
    """The processes of a session that have not ended."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            state, _, _, of = (process / "stat").read_text().rpartition(")")[2].split()[:4]
        except OSError:  # it has just ended
            continue
        if int(of) == session and state != "Z":
            found.append(process.name)
    return found

"""Promise 23: workers that are killed lose no run, double none, and change no number."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import psutil  # type: ignore[import-untyped]

from tumen.experiment import workers
from tumen.experiment.store import Store
from tumen.experiment.sweep import sweep
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED
from validation.sweeps import WORLDS, planned, wrong

ID = 23
#: `tries` counts runs: worlds of units.
SMALL, FULL = Size(tries=24), Size(tries=500)
#: Seconds between two kills, at least.
BETWEEN = {SMALL: 0.5, FULL: 3.0}


@contextmanager
def attacked(seconds: float, killed: list[int]) -> Iterator[Callable[[int, int], None]]:
    """While the block lasts, a random worker is killed every so many seconds, at work or still starting.

    A unit is done between two kills, or a slow machine would never come to an end: what is given back is to be told of
    each.
    """
    rng, stop, real = random.Random(SEED), threading.Event(), workers.dask
    moved = threading.Event()

    def attack() -> None:
        while not stop.wait(seconds):
            if not moved.is_set():
                continue
            moved.clear()
            alive = sorted(one.pid for one in psutil.Process().children(recursive=True) if _is_worker(one))
            if alive:
                chosen = rng.choice(alive)
                with suppress(ProcessLookupError):
                    os.kill(chosen, signal.SIGKILL)
                    killed.append(chosen)

    @contextmanager
    def watched(cluster: str | None, processes: int) -> Iterator[Any]:
        with real(cluster, processes) as client:
            thread = threading.Thread(target=attack)
            thread.start()
            try:
                yield client
            finally:
                stop.set()
                thread.join()

    with mock.patch.object(workers, "dask", watched):
        yield lambda done, whole: moved.set()


def _is_worker(process: Any) -> bool:
    with suppress(psutil.Error):  # it has just ended
        return "spawn_main" in " ".join(process.cmdline())
    return False


def check(size: Size) -> Row:
    """The same sweep undisturbed in this process alone, and on two workers that are killed all along.

    Compared is the hash of all rows as they are read back, in order.
    """
    watch, asked, killed = Watch(ID, "killed workers lose nothing", SEED), planned(size.tries // WORLDS), list[int]()
    with tempfile.TemporaryDirectory() as folder:
        calm, stormy = Store(Path(folder) / "calm"), Store(Path(folder) / "stormy")
        sweep(asked, calm)
        with attacked(BETWEEN.get(size, 3.0), killed) as told:
            sweep(asked, stormy, told, processes=2)
        lost, twice, other = wrong(stormy, asked, calm.hash())
        aside = len(stormy.aside())
    runs = len(asked.units) * WORLDS
    figure = (
        f"{runs} runs, {len(killed)} workers killed: {lost * WORLDS} runs lost, {twice} rows twice, {aside} set aside, "
        f"the table {'differs from' if other else 'is'} that of the undisturbed sweep"
    )
    return watch.row(runs, lost * WORLDS + twice + aside + other + (not killed), figure)

"""Units of a sweep on a Dask cluster: one that already runs, by its address, or one on this machine for the while.

Dask schedules, tries a unit anew that raised, and gives those of a lost worker to another. Each unit is done in a
process beside its worker (`tumen.experiment.limits`), so that a worker is lost through no unit's fault.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from numba import cloudpickle

from tumen.case import Case, CaseError
from tumen.experiment.limits import Limits, within
from tumen.experiment.orphans import PARENT
from tumen.experiment.store import Unit
from tumen.infer.beside import CallFailedError
from tumen.infer.branching import Answers, family
from tumen.infer.cluster import client, completed
from tumen.infer.run_cache import RunSpec
from tumen.infer.runs import TRIES, failure
from tumen.infer.shipment import Shipment, opened, packed, shipment
from tumen.model.theories import Theory

#: How often a unit is asked for again that Dask gave up. It does so after four lost workers and blames whatever they
#: did or had waiting; here the unit is blameless, but a machine that loses every worker must come to an end.
LOST = 25
#: Memory that a run has freed stays with its process for the next one: to ask the system for it anew takes a fifth of
#: the time. Dask would by default give back what is above 64 kB.
KEEP_MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TOP_PAD_": str(1 << 26),
}
#: What each of Dask's processes on this machine loads.
_ORPHANS = ["tumen.experiment.orphans"]
#: Where a process that Dask starts finds the settings of the one that started it.
_SETTINGS = "DASK_INTERNAL_INHERIT_CONFIG"
#: Seconds between two looks at the keepers of workers, and until a first worker has to have joined.
_LOOK, _JOINED = 0.5, 120.0
#: Units handed out at once to each worker: one is done, one waits.
AHEAD = 2


@contextmanager
def dask(cluster: str | None, processes: int) -> Iterator[Any]:
    """A Dask client for as long as the block lasts. Raises CaseError where there is none."""
    if cluster is not None:
        with client(cluster) as found:
            yield found
        return
    try:
        import dask.config
        from distributed import Client
        from distributed.deploy.subprocess import SubprocessCluster
    except ImportError:
        raise CaseError.single(
            "worlds side by side need a package that is not installed: distributed",
            f"{processes} processes",
            "the extra 'experiment'",
            "pip install 'tumen[experiment]', or do them in one process: processes=1",
        ) from None
    one_thread = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    how = {
        "distributed.scheduler.preload": _ORPHANS,
        "distributed.nanny.preload": _ORPHANS,
        "distributed.nanny.pre-spawn-environ": KEEP_MEMORY | one_thread,
        "distributed.logging.distributed": "critical",
    }
    # Processes of their own, so that whoever asks from a script need not keep it from being run again by each worker.
    with dask.config.set(how), _inherited(dask.config.serialize(dask.config.global_config)):
        started = SubprocessCluster(
            n_workers=processes, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL
        )
        with started as own, _kept_up(own, processes), Client(own) as found:
            _wait_for_one(found)
            yield found


@contextmanager
def _kept_up(own: Any, processes: int) -> Iterator[None]:
    """A cluster of this machine that has all its workers again, whenever one is lost with its keeper.

    A keeper starts its worker anew, but for the first time: where that one is killed before it has joined, the keeper
    ends with "Nanny failed to start worker process", and Dask does not look after keepers that are processes. Here
    those that have ended are taken off its list, and it is asked for as many as there were: it starts what is missing.
    """
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK):
            keepers = {name: keeper.process for name, keeper in list(own.workers.items())}
            ended = [name for name, one in keepers.items() if one is not None and one.returncode is not None]
            for name in ended:
                del own.workers[name]
            if ended:
                own.scale(processes)

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()


def _wait_for_one(client: Any) -> None:
    """Wait until a worker has joined. Raises CaseError where none does."""
    try:
        client.wait_for_workers(1, timeout=_JOINED)
    except TimeoutError:
        raise CaseError.single(
            f"no process has started to work within {_JOINED:.0f} s",
            "the processes of this machine",
            "one at least, side by side with this one",
            "see what keeps Python from starting processes here, or do without: processes=1",
        ) from None


@contextmanager
def _inherited(settings: str) -> Iterator[None]:
    """Dask's settings for the processes that it starts, and who starts them."""
    told = {_SETTINGS: settings, PARENT: str(os.getpid())}
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def answered(
    by: Any, case: Case, theory: Theory, todo: Sequence[tuple[Unit, Sequence[RunSpec]]], limits: Limits
) -> Iterator[tuple[Unit, Answers | str]]:
    """The units through a Dask client, as they are done: the answers by world, or why there are none."""
    sent, waiting, lost = shipment(case, theory), deque(todo), Counter[Unit]()

    def ask(one: tuple[Unit, Sequence[RunSpec]]) -> Any:
        return by.submit(within, limits, packed((answers, sent, one[1])), pure=False, retries=TRIES - 1)

    for one, future in completed(by, ask, waiting, AHEAD):
        unit = one[0]
        try:  # of a worker that is lost with what it has found, Dask asks another
            found = future.result()
        except CallFailedError as error:
            yield unit, str(error)
        except Exception as error:  # noqa: BLE001 - Dask's own, told as the unit's where it does not pass
            if type(error).__name__ == "KilledWorker" and lost[unit] < LOST:
                lost[unit] += 1
                waiting.append(one)
            else:
                yield unit, failure(error).reason
        else:
            yield unit, cloudpickle.loads(found)


def answers(sent: Shipment, specs: Sequence[RunSpec]) -> Answers:
    """What the process beside a worker does: a unit of what was sent."""
    case, theory = opened(sent)
    return family(case, theory, specs).answers

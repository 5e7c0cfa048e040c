"""Where runs are done: here, in processes beside this one (`tumen.infer.beside`), or on a Dask cluster."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

from numba import cloudpickle

from tumen.case import Case
from tumen.infer.beside import Beside, CallFailedError
from tumen.infer.cluster import connected
from tumen.infer.run_cache import RunSpec
from tumen.infer.runs import Failure, Outcome, Runner, ToDo, Workers
from tumen.infer.shipment import Shipment, answer, packed, shipment
from tumen.model.theories import Theory

#: One thread for each process: the runs themselves are side by side.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@contextmanager
def workers(cluster: str | None = None, processes: int = 2) -> Iterator[Workers]:
    """Workers for as long as the block lasts: processes on this machine, or those of a Dask cluster by address.

    processes = 1 does the runs in this process. Raises CaseError where the cluster cannot be reached.
    """
    if cluster is not None:
        with connected(cluster) as runner:
            yield Workers(runner)
    elif processes == 1:
        yield Workers()
    else:
        with _local(processes) as runner:
            yield Workers(runner)


@contextmanager
def _local(processes: int) -> Iterator[Runner]:
    """A Runner on processes of this machine, which are started when first needed and ended with the block."""
    pool = _Pool(processes)
    try:
        yield pool
    finally:
        pool.close()


class _Pool:
    """A Runner over processes, with a thread for each that hands it runs and waits."""

    def __init__(self, processes: int) -> None:
        self._processes: list[Beside | None] = [None] * processes
        self._stopped = False

    def __call__(self, case: Case, theory: Theory, todo: ToDo) -> Generator[tuple[int, Outcome], None, None]:
        sent = shipment(case, theory)
        tasks: queue.SimpleQueue[tuple[int, RunSpec] | None] = queue.SimpleQueue()
        found: queue.SimpleQueue[tuple[int, Outcome]] = queue.SimpleQueue()
        size, under_way = min(len(self._processes), len(todo)), 0
        threads = [threading.Thread(target=self._serve, args=(i, sent, tasks, found), daemon=True) for i in range(size)]
        for thread in threads:
            thread.start()
        try:
            while todo or under_way:
                while todo and under_way < 2 * size:  # one is done, one waits
                    tasks.put(todo.popleft())
                    under_way += 1
                one = found.get()
                under_way -= 1
                yield one
        finally:
            if under_way:
                self.close()
            for _ in threads:
                tasks.put(None)
            for thread in threads:
                thread.join()
            if self._stopped:  # a thread may have started a process meanwhile
                self.close()
            self._stopped = False

    def _serve(self, i: int, sent: Shipment, tasks: Any, found: Any) -> None:
        """Hand runs to process i, which is started anew when it is lost."""
        while (task := tasks.get()) is not None:
            place, spec = task
            if self._stopped:
                continue
            try:
                process = self._processes[i] or Beside(os.environ | dict.fromkeys(_THREADS, "1"))
                self._processes[i] = process
                found.put((place, cloudpickle.loads(process.do(packed((answer, sent, spec))))))
            except OSError as error:
                found.put((place, Failure(f"no process can be started: {error}", True)))
            except CallFailedError as error:
                self._processes[i] = None
                found.put((place, Failure(str(error), True)))

    def close(self) -> None:
        """End all processes, in the middle of a run if need be."""
        self._stopped = True
        for i, process in enumerate(self._processes):
            if process is not None:
                self._processes[i] = None
                process.end()

"""Runs side by side on this machine, in processes that end with this one, however it ends.

Each process reads runs from its standard input and writes how they went. It ends when its input does, so none outlives
a killed parent. Nothing of the caller's script is imported there: it needs no `if __name__ == "__main__"`.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tumen.case import Case
from tumen.infer.messages import read, started, write
from tumen.infer.run_cache import RunSpec
from tumen.infer.runs import Failure, Outcome, Runner, ToDo
from tumen.infer.shipment import Shipment, answer, shipment
from tumen.model.theories import Theory

#: One thread for each process: the runs themselves are side by side.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@contextmanager
def local(processes: int) -> Iterator[Runner]:
    """A Runner on processes of this machine, which are started when first needed and ended with the block."""
    pool = _Pool(processes)
    try:
        yield pool
    finally:
        pool.close()


class _Process:
    """One process that does runs. What it was sent last, it need not be sent again."""

    def __init__(self) -> None:
        self._process, self._in, self._out = started(f"{__name__}:serve", os.environ | dict.fromkeys(_THREADS, "1"))
        self._has: Shipment | None = None

    def run(self, sent: Shipment, spec: RunSpec) -> Outcome:
        """Have a run done. Raises OSError or EOFError where the process is lost."""
        write(self._in, (sent if sent is not self._has else None, spec))
        self._has = sent
        found: Outcome = read(self._out)
        return found

    def kill(self) -> int:
        """End the process now and return how it ended."""
        self._process.kill()
        ended = self._process.wait()
        for pipe in (self._in, self._out):
            with suppress(OSError):  # what was not written yet has no reader
                pipe.close()
        return ended


class _Pool:
    """A Runner over processes, with a thread for each that hands it runs and waits."""

    def __init__(self, processes: int) -> None:
        self._processes: list[_Process | None] = [None] * processes
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
                process = self._processes[i] or _Process()
                self._processes[i] = process
            except OSError as error:
                found.put((place, Failure(f"no process can be started: {error}", True)))
                continue
            try:
                found.put((place, process.run(sent, spec)))
            except (OSError, EOFError, ValueError):  # ValueError: its pipe was closed under us
                self._processes[i] = None
                found.put((place, Failure(lost(process.kill()), True)))

    def close(self) -> None:
        """End all processes, in the middle of a run if need be."""
        self._stopped = True
        for i, process in enumerate(self._processes):
            if process is not None:
                self._processes[i] = None
                process.kill()


def lost(code: int) -> str:
    """How a process ended, in words."""
    if code < 0:
        name = signal.Signals(-code).name
        memory = ", as when the memory is full" if name == "SIGKILL" else ""
        return f"a process was lost ({name}{memory})"
    return f"a process was lost (exit code {code})"


def serve() -> None:
    """What the process does: a run for each message, until there are no more."""
    messages, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a theory prints goes to the terminal and not among the answers
    sent: Shipment | None = None
    while True:
        try:
            new, spec = read(messages)
            sent = new or sent
            assert sent is not None
            write(answers, answer(sent, spec))
        except (EOFError, BrokenPipeError):
            return

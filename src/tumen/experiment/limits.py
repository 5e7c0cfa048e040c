"""How long a unit may take and how much memory it may need; and the process of its own in which that is seen to.

A unit is done in a process beside its worker, which watches it: compiled code hears no signal, and a worker that ended
itself would take units along that are blameless. So a unit that hangs, swells or crashes is an error of that unit and
of no other, and a lost worker is an error of none.
"""

from __future__ import annotations

import math
import os
import queue
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from numba import cloudpickle

from tumen.case import CaseError
from tumen.infer.local import lost
from tumen.infer.messages import read, started, write
from tumen.infer.runs import failure

#: Seconds that every unit has, and what one has that is large: about twenty times what it takes, by agents and months.
LEAST_SECONDS, PER_AGENT_MONTH = 900.0, 5e-6
#: Part of a worker's memory, which Dask shares out evenly, that its unit may hold.
SHARE = 0.8
GB = 1e9
#: Seconds between two looks at a unit, and what its process may take to begin: to import what it was sent.
_LOOK, _START = 0.05, 120.0


@dataclass(frozen=True)
class Limits:
    """Seconds that a unit may take, and GB (10**9 bytes) that its process may hold; None: the usual ones.

    Usually a unit has 900 s, or 20 times what its agents and months take, if that is more; and 80 % of its worker's
    memory, which is an even part of the machine's, or what the worker of a running cluster was started with.
    """

    seconds: float | None = None
    memory: float | None = None

    def of(self, agent_months: float) -> Limits:
        """The limits of a unit of so many agents times months, over all worlds."""
        usual = max(LEAST_SECONDS, PER_AGENT_MONTH * agent_months)
        return Limits(usual if self.seconds is None else self.seconds, self.memory)


def limits_of(seconds: float | None, memory: float | None) -> Limits | None:
    """The limits that a caller gives; None where it gives neither. Raises CaseError for what is not above zero."""
    for name, value, unit in (("seconds", seconds, "seconds"), ("memory", memory, "GB")):
        if value is not None and not value > 0:
            raise CaseError.single(
                f"a limit of {value:g} {unit} is given", name, "a number above zero", "give more, or leave it out"
            )
    return None if seconds is None and memory is None else Limits(seconds, memory)


class UnitFailedError(RuntimeError):
    """A unit came to no answer; the words are what is told of it."""


def within(limits: Limits, asked: bytes) -> bytes:
    """What a worker does: have a function called in a process beside it, and give back what it returned, packed.

    asked: the function and its arguments, packed by cloudpickle. Raises UnitFailedError for what the call raises, and
    where it goes beyond its limits or takes its process down.
    """
    beside = getattr(_beside, "process", None)
    if beside is None or not beside.alive:
        beside = _beside.process = _Beside()
    return beside.do(asked, limits)


class _Beside:
    """A process that does one unit after another, as long as none goes beyond its limits."""

    def __init__(self) -> None:
        self._process, self._in, out = started(f"{__name__}:serve", os.environ)
        self._heard: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        threading.Thread(target=_hear, args=(out, self._heard), daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether it can be given a unit."""
        return self._process.poll() is None

    def do(self, asked: bytes, limits: Limits) -> bytes:
        """Have a unit done."""
        seconds = math.inf if limits.seconds is None else limits.seconds
        memory = _share() if limits.memory is None else limits.memory * GB
        with suppress(OSError):  # where it is lost already, that is heard
            write(self._in, asked)
        latest = time.monotonic() + seconds + _START
        try:
            while True:
                try:
                    said, content = self._heard.get(timeout=_LOOK)
                except queue.Empty:
                    if time.monotonic() > latest:
                        raise UnitFailedError(f"took longer than {seconds:g} s") from None
                    if self._held() > memory:
                        raise UnitFailedError(f"needed more than {memory / GB:.1f} GB of memory") from None
                    continue
                if said == "begun":
                    latest = time.monotonic() + seconds
                elif said == "lost":
                    raise UnitFailedError(lost(self._process.wait()))
                else:
                    break
        except BaseException:
            self.end()
            raise
        if said == "failed":
            raise UnitFailedError(content)
        return bytes(content)

    def _held(self) -> int:
        """Bytes of memory that the process holds, with what it has kept of units before."""
        import psutil  # type: ignore[import-untyped]

        with suppress(psutil.Error):  # it has just ended, which is heard
            return int(psutil.Process(self._process.pid).memory_info().rss)
        return 0

    def end(self) -> None:
        """End it now, in the middle of a unit if need be."""
        self._process.kill()
        self._process.wait()
        with suppress(OSError):  # what was not written yet has no reader
            self._in.close()


#: The process beside each thread of a worker.
_beside = threading.local()


def _share() -> float:
    """Bytes that a unit may hold on the worker that does it."""
    from distributed import get_worker
    from distributed.system import MEMORY_LIMIT

    return SHARE * float(get_worker().memory_manager.memory_limit or MEMORY_LIMIT)


def _hear(pipe: IO[bytes], heard: Any) -> None:
    """Pass on what the process says, and that it has ended."""
    with pipe:
        try:
            while True:
                heard.put(read(pipe))
        except (EOFError, OSError):
            heard.put(("lost", None))


def serve() -> None:
    """What the process does: a unit for each message. It ends at once when its worker does, also within a unit."""
    messages, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a theory prints goes to the terminal and not among the answers
    asked: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(messages, asked), daemon=True).start()
    while True:
        content = asked.get()
        try:
            function, *given = cloudpickle.loads(content)
            write(answers, ("begun", None))
            write(answers, ("done", cloudpickle.dumps(function(*given))))
        except Exception as error:  # noqa: BLE001 - told to the worker, which raises it
            write(answers, ("failed", failure(error).reason))


def _listen(messages: IO[bytes], asked: Any) -> None:
    """Pass on units; end this process when no more can come."""
    try:
        while True:
            asked.put(read(messages))
    except EOFError:
        os._exit(0)

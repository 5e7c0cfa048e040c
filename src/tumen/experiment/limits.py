"""How long a unit may take and how much memory it may need; and the process of its own in which that is seen to.

A unit is done in a process beside its worker, which watches it: a worker that ended itself would take units along that
are blameless. So a unit that hangs, swells or crashes is an error of that unit and of no other, and a lost worker is an
error of none.
"""

from __future__ import annotations

import math
import os
import threading
from dataclasses import dataclass

from tumen.case import CaseError
from tumen.infer.beside import GB, Beside

#: Seconds that every unit has, and what one has that is large: about twenty times what it takes, by agents and months.
LEAST_SECONDS, PER_AGENT_MONTH = 900.0, 5e-6
#: Part of a worker's memory, which Dask shares out evenly, that its unit may hold.
SHARE = 0.8


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


#: The process beside each thread of a worker.
_beside = threading.local()


def within(limits: Limits, asked: bytes) -> bytes:
    """What a worker does: have a function called in a process beside it, and give back what it returned, packed.

    asked: the function and its arguments, packed by cloudpickle. Raises CallFailedError for what the call raises, and
    where it goes beyond its limits or takes its process down.
    """
    beside = getattr(_beside, "process", None)
    if beside is None or not beside.alive:
        beside = _beside.process = Beside(os.environ)
    seconds = math.inf if limits.seconds is None else limits.seconds
    return beside.do(asked, seconds, _share() if limits.memory is None else limits.memory * GB)


def _share() -> float:
    """Bytes that a unit may hold on the worker that does it."""
    from distributed import get_worker
    from distributed.system import MEMORY_LIMIT

    return SHARE * float(get_worker().memory_manager.memory_limit or MEMORY_LIMIT)

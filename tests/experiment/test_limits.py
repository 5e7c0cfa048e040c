"""A call that hangs, swells or crashes is ended by itself, and the next one is done."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest
from numba import cloudpickle

from tests.experiment.synthetic_sweep import DESIGN, planned
from tumen.experiment import limits
from tumen.experiment.limits import LEAST_SECONDS, Limits, within
from tumen.experiment.store import Unit
from tumen.experiment.units import agent_months
from tumen.infer.beside import CallFailedError
from tumen.infer.shipment import packed

ROOMY = Limits(60, 4)


def _calls() -> dict[str, Callable[[], object]]:
    """Calls that go wrong; made within a function, they are sent by their code."""

    def hang() -> None:
        while True:
            pass

    def swell() -> int:
        held = list[bytes]()
        while len(held) < 400:
            held.append(b"x" * 10_000_000)
        return len(held)

    def crash() -> None:
        os._exit(7)

    return {"hang": hang, "swell": swell, "crash": crash}


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # that a killed process's pipe is closed by its reader is nothing to say
def test_a_call_says_how_it_failed_and_the_next_one_is_done() -> None:
    calls = _calls()
    assert cloudpickle.loads(within(ROOMY, packed((len, "three")))) == 5
    with pytest.raises(CallFailedError, match=r"took longer than 0.5 s"):
        within(Limits(0.5, 4), packed((calls["hang"],)))
    with pytest.raises(CallFailedError, match=r"needed more than 0.6 GB of memory"):
        within(Limits(60, 0.6), packed((calls["swell"],)))
    with pytest.raises(CallFailedError, match=r"a process was lost \(exit code 7\)"):
        within(ROOMY, packed((calls["crash"],)))
    with pytest.raises(CallFailedError, match="ValueError: invalid literal"):
        within(ROOMY, packed((int, "three")))
    assert cloudpickle.loads(within(ROOMY, packed((int, "3")))) == 3
    limits._beside.process.end()


def test_large_units_usually_have_more_time_and_what_is_asked_for_holds() -> None:
    small, large = (
        agent_months(what.case, what.specs(Unit(0, 0))) for what in (planned(), planned(replace(DESIGN, agents=10**6)))
    )
    assert small == 400 * 180 * 2
    assert Limits().of(small).seconds == LEAST_SECONDS
    assert Limits().of(large).seconds == pytest.approx(1800)
    assert Limits(70, 2).of(large) == Limits(70, 2)

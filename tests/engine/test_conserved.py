"""Promise 5: people are conserved; a balance that leaks is noticed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from validation.promises import conserved
from validation.stage import Stage, each_month


def test_people_are_conserved() -> None:
    row = conserved.check(conserved.SMALL)
    assert row.failed == 0, row.line
    assert row.tried > 500_000


def _leak(agents: Any) -> None:
    agents.home[0, 5] *= 1 - 1e-7


def _resurrect(agents: Any) -> None:
    agents.status[np.flatnonzero(agents.status == 8)[0]] = 2


def _gain(agents: Any) -> None:
    agents.held[1, 5] += 1e-7


def _no_number(agents: Any) -> None:
    agents.away[0, 0, 5] = np.nan


def _debt(agents: Any) -> None:
    agents.capital[0, 5] = -1e-9


class LookedError(Exception):
    """Ends a run once the faulty month has been looked at."""


@pytest.mark.parametrize("fault", [_leak, _resurrect, _gain, _no_number, _debt])
def test_a_fault_is_noticed(small: Stage, fault: Any) -> None:
    balance = conserved.Balance(small)

    def look(agents: Any, month: int, count: Any) -> None:
        if month < 20:
            return
        balance.look(agents, month, count)
        assert not balance.violations
        fault(agents)
        balance.look(agents, month, count)
        raise LookedError

    with each_month(look), pytest.raises(LookedError):
        small.run(histories=True, ranges=[(0, small.population.size)])
    assert balance.violations

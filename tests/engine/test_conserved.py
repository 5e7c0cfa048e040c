"""Promise 5: people are conserved; a ledger that leaks is noticed."""

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


def _leak(rows: Any) -> None:
    rows.home[0, 5] *= 1 - 1e-7


def _resurrect(rows: Any) -> None:
    rows.status[np.flatnonzero(rows.status == 8)[0]] = 2


def _gain(rows: Any) -> None:
    rows.held[1, 5] += 1e-7


def _no_number(rows: Any) -> None:
    rows.away[0, 0, 5] = np.nan


def _debt(rows: Any) -> None:
    rows.capital[0, 5] = -1e-9


class LookedError(Exception):
    """Ends a run once the faulty month has been looked at."""


@pytest.mark.parametrize("fault", [_leak, _resurrect, _gain, _no_number, _debt])
def test_a_fault_is_noticed(small: Stage, fault: Any) -> None:
    ledger = conserved.Ledger(small)

    def look(rows: Any, month: int, count: Any) -> None:
        if month < 20:
            return
        ledger.look(rows, month, count)
        assert not ledger.violations
        fault(rows)
        ledger.look(rows, month, count)
        raise LookedError

    with each_month(look), pytest.raises(LookedError):
        small.run(lives=True, ranges=[(0, small.population.size)])
    assert ledger.violations

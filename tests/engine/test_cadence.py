"""Promise 8: feedback held for months stays sound; every month is the default, and holding it changes something."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from validation.promises import cadence
from validation.stage import Stage, digest


def test_no_cadence_runs_away() -> None:
    row = cadence.check(cadence.SMALL)
    assert row.failed == 0, row.line
    assert row.tried == 8


def test_every_month_is_the_default(small: Stage) -> None:
    assert digest(small.run()) == digest(small.run(every=1))


@pytest.mark.parametrize("every", [3, 6, 12])
def test_feedback_is_held_between_two_workings_out(small: Stage, every: int) -> None:
    """The same tables for `every` months, then others; the airlift, which has one month, is worked out in each."""
    met = [month.entry_intensity for month in small.run(every=every).feedback]
    assert [a is b for a, b in zip(met[1:], met[:-1], strict=True)] == [t % every != 0 for t in range(1, len(met))]


def test_strong_feedback_held_for_a_year_is_told_apart() -> None:
    """Otherwise nothing that the figure says could be trusted: here a year without news is seen in every figure."""
    gaps, faults = cadence.differences(cadence.SMALL, cadence.WORLDS["strong"], 1)
    assert faults == 0
    assert (gaps[-1, 0] > gaps[-1, 1]).all()
    assert (gaps[-1, 0, :3] > 1e-3).all()


def test_a_faulty_run_is_noticed(small: Stage) -> None:
    counts = small.run()
    assert cadence.faulty(counts) == 0
    month = counts.feedback[5]
    for fault in (
        replace(month, entry_intensity=month.entry_intensity - 1e9),
        replace(month, reach=month.reach * np.nan),
        replace(month, share=month.share + 1.0),
    ):
        assert cadence.faulty(replace(counts, feedback=(*counts.feedback[:5], fault, *counts.feedback[6:])))
    flow = counts.accumulator.flow.copy()
    flow[3, 0, 7] = -1
    assert cadence.faulty(replace(counts, accumulator=counts.accumulator._replace(flow=flow)))

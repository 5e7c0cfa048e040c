"""What a calibration has done is read again without doing anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from tumen.case import CaseError, load
from tumen.infer.calibration import Calibration, Plan, jobs
from tumen.infer.run_cache import RunCache
from tumen.infer.runs import Workers
from tumen.theories import get
from validation.promises import refused


def test_the_runs_in_the_cache_are_found_and_none_is_done(tmp_path: Path) -> None:
    case, theory = load("toyland"), get("interplay")
    plan = Plan(start=4, rounds=((0.1, 2),), check=2, rows=400)
    made = Calibration(case, theory, plan, RunCache(tmp_path), tmp_path, Workers(None), lambda *said: None)
    with pytest.raises(CaseError, match="no run of a calibration under interplay is in the run cache"):
        made.finished()
    z, history = made._space_filling()
    Workers(None).do(
        made.cache, case, theory, jobs(made.space, made.space.values(z[:3]), history[:3], plan.rows, plan.seed)
    )
    found = made.finished()
    assert (found.z == z[:3]).all()
    assert found.signals.shape == (3, made.targets.size)


def test_planted_failures_are_refused() -> None:
    row = refused.check(refused.SMALL)
    assert row.failed == 0, row.line

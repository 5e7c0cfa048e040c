"""A calibration from beginning to end, on toyland with few runs: interrupted and resumed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tumen.case import load
from tumen.infer import diagnose
from tumen.infer.calibration import CHECKED, Calibration, Plan, Runs
from tumen.infer.estimation import calibrate
from tumen.infer.precision import in_double
from tumen.infer.run_cache import RunCache
from tumen.infer.runs import Progress, Workers
from tumen.model import theories

TINY = Plan(
    laplace=40, rounds=20, check=24, most=180, scatter=4, prior=24, without_key=4,
    warm=60, kept=60, chains=2, learned=100, agents=600,
)  # fmt: skip


@pytest.mark.parametrize("most", [100, 130, 240, 500, 560, 700, 1000, 1500, 2000])
def test_a_scaled_plan_keeps_to_its_runs_whatever_the_fit_takes(most: int) -> None:
    """A fit of all its runs, what precedes the rounds, one check and, where it can pass, the worlds without a key."""
    plan = Plan().within(most)
    before = plan.fit + plan.scatter + plan.prior + plan.laplace
    can_pass = plan.check >= diagnose.ENOUGH
    assert can_pass == (most >= CHECKED)
    assert before + plan.check + can_pass * (plan.most - plan.until_checked) <= most == plan.most
    assert min(plan.laplace, plan.check, plan.without_key) >= 1
    assert Plan().within(Plan().most) == Plan()


@in_double
def test_runs_are_learned_from_whether_they_fit_or_not(tmp_path: Path) -> None:
    """The latest are, not the likeliest: a choice by the fit is a choice of the runs' noise."""
    toyland, theory = load("toyland"), theories.open_keys
    plan = replace(TINY, learned=30)
    asked = Calibration(toyland, theory, plan, RunCache(tmp_path), tmp_path, Workers(None), lambda said: None)
    rng = np.random.default_rng(1)
    z = rng.standard_normal((40, asked.space.size))
    statistics = asked.targets.saturated + rng.standard_normal((40, asked.targets.size))
    found = asked.emulator(Runs(z, np.zeros(40, dtype=int), statistics, (), ()), np.full(asked.targets.size, 0.1))
    for part in found.parts:
        points = np.asarray(part.points)
        assert (points[:30] == z[-30:]).all()
        assert not points[30:].any(), "filled up"


@pytest.mark.slow
def test_an_interrupted_calibration_continues_and_ends_the_same(tmp_path: Path) -> None:
    toyland, theory = load("toyland"), theories.open_keys
    told = list[Progress]()

    def stop(said: Progress) -> None:
        told.append(said)
        if said.stage == "check" and said.done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        calibrate(toyland, theory, plan=TINY, processes=1, folder=tmp_path / "a", progress=stop)
    assert [one.runs for one in told] == sorted(one.runs for one in told), "runs are counted, never twice"
    assert all(one.runs <= one.most and one.seconds_left >= 0 for one in told)
    kept = [*(tmp_path / "a" / "runs").rglob("*.npz"), *(tmp_path / "a" / "calibrations").rglob("*.npz")]
    done = {path: path.stat().st_mtime_ns for path in kept}
    assert any("check" in path.name for path in done), "the draws of the check are kept before they are run"
    resumed = calibrate(toyland, theory, plan=TINY, processes=1, folder=tmp_path / "a")
    assert all(path.stat().st_mtime_ns == when for path, when in done.items())
    shutil.rmtree(tmp_path / "a" / "calibrations")
    whole = calibrate(toyland, theory, plan=TINY, processes=1, folder=tmp_path / "a")
    assert whole.provenance["runs"] == resumed.provenance["runs"]
    for name in ("theta", "phi", "seed"):
        np.testing.assert_allclose(
            resumed.groups["posterior"][name].values, whole.groups["posterior"][name].values, rtol=1e-6
        )
    assert len(np.unique(whole.groups["posterior"]["seed"])) == whole.size, "every run has a seed of its own"
    # What it learned is nearer the counts than the prior was.
    counted = whole.groups["observed_data"]["arrivals"].sum("sex").values[1:]
    years = whole.groups["observed_data"]["first_year"].values[1:]

    def miss(group: str) -> float:
        came = whole.groups[group]["arrivals"].sum("sex").sel(year=years).values.reshape(-1, len(years))
        return float(np.median(np.abs(np.log(np.maximum(came, 1) / counted))))

    assert miss("posterior_predictive") < miss("prior_predictive")

"""A calibration from beginning to end, and what is written down about it."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from tumen.case import Case
from tumen.infer.calibration import Calibration, Estimate, Plan, jobs
from tumen.infer.diagnose import diagnose
from tumen.infer.necessity import necessity
from tumen.infer.posterior import Posterior
from tumen.infer.predictive import groups
from tumen.infer.run_cache import RunCache, code, home
from tumen.infer.runs import Workers, workers
from tumen.theories import Theory

#: Draws of posterior and of prior whose worlds without a key are run.
NECESSITY_DRAWS = 60
_LIBRARIES = ("tumen", "numpy", "scipy", "numba", "jax", "numpyro", "arviz-stats")


def perform(
    case: Case,
    theory: Theory,
    plan: Plan | None,
    cluster: str | None,
    processes: int,
    folder: Path | None,
    progress: Callable[[str, int, int], None] | None,
) -> Posterior:
    """Do what `tumen.infer.calibrate` says."""
    plan, began = plan or Plan(), time.monotonic()
    at = folder or home()
    cache = RunCache(at / "runs" / case.name)
    tell = progress or (lambda stage, done, whole: None)
    # More threads than this only hinder each other on matrices of this size.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with workers(cluster, processes) as some:
        asked = Calibration(case, theory, plan, cache, at / "calibrations" / case.name, some, tell)
        estimate = asked.run()
        made = groups(estimate, case, plan.seed)
        _add_necessity(made, estimate, cache, case, theory, plan, some, tell)
    provenance = {
        "case": case.name,
        "ground": case.ground,
        "hash": case.hash,
        "code": code(),
        "theory": theory.name,
        "priors": {axis.prior.name: str(axis.distribution) for axis in estimate.space.axes},
        "histories": {name or "base": odds for name, odds in zip(*_odds(estimate), strict=True)},
        "plan": {**vars(plan), "rounds": [list(one) for one in plan.rounds]},
        "calibration": asked.fingerprint,
        "runs": estimate.runs,
        "failed": estimate.failed,
        "rows": plan.rows,
        "seed": plan.seed,
        "seconds": round(time.monotonic() - began),
        "central": central(made["posterior_predictive"]["arrivals"].values),
        "versions": {name: version(name) for name in _LIBRARIES} | {"python": platform.python_version()},
    }
    return Posterior(made, provenance, diagnose(estimate))


def central(arrivals: Any) -> int:
    """The draw whose yearly arrivals by sex lie nearest their medians, in logs."""
    logs = np.log(np.maximum(arrivals.reshape(-1, *arrivals.shape[2:]), 1.0))
    spread = np.maximum(logs.std(axis=0), 1e-9)
    return int(np.argmin((((logs - np.median(logs, axis=0)) / spread) ** 2).sum(axis=(1, 2))))


def _odds(estimate: Estimate) -> tuple[tuple[str | None, ...], tuple[float, ...]]:
    return estimate.space.histories, estimate.space.odds


def _add_necessity(
    made: dict[str, Any],
    estimate: Estimate,
    cache: RunCache,
    case: Case,
    theory: Theory,
    plan: Plan,
    some: Workers,
    tell: Callable[[str, int, int], None],
) -> None:
    """Put NI_m and NI_c of some draws of posterior and prior into the groups; the other draws have NaN."""
    histories = {name or "base": i for i, name in enumerate(estimate.space.histories)}
    held = made["posterior"]
    shape = held["history"].shape
    z = held["z"].values.reshape(-1, estimate.space.size)
    history = np.array([histories[name] for name in held["history"].values.ravel()])
    start = estimate.start_runs
    for group, points, at, dims in (
        ("posterior_predictive", z, history, ("chain", "draw")),
        ("prior_predictive", start.z, start.history, ("sample",)),
    ):
        chosen = np.unique(np.linspace(0, len(points) - 1, min(NECESSITY_DRAWS, len(points))).round().astype(int))
        asked = jobs(estimate.space, estimate.space.values(points[chosen]), at[chosen], plan.rows, plan.seed)
        for key, found in necessity(cache, case, theory, asked, some, tell).items():
            whole = np.full(len(points), np.nan)
            whole[chosen] = found
            made[group][f"{key}_necessity"] = (dims, whole.reshape(shape) if len(dims) == 2 else whole)

"""A calibration from beginning to end, and what is written down about it."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from tumen.case import Case
from tumen.infer.calibration import Calibration, CalibrationProgress, Estimate, Plan, Runs
from tumen.infer.diagnose import diagnose
from tumen.infer.necessity import necessity
from tumen.infer.posterior import Posterior
from tumen.infer.predictive import groups
from tumen.infer.run_cache import RunCache, code, home
from tumen.infer.runs import workers
from tumen.model.theories import Theory

_LIBRARIES = ("tumen", "numpy", "scipy", "numba", "jax", "numpyro", "tinygp", "arviz-stats")


def perform(
    case: Case,
    theory: Theory,
    plan: Plan | None,
    cluster: str | None,
    processes: int,
    folder: Path | None,
    progress: Callable[[CalibrationProgress], None] | None,
) -> Posterior:
    """Do what `tumen.infer.calibrate` says."""
    plan, began = plan or Plan(), time.monotonic()
    at = folder or home()
    cache = RunCache(at / "runs" / case.name)
    tell = progress or (lambda said: None)
    # More threads than this only hinder each other on matrices of this size.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with workers(cluster, processes) as some:
        asked = Calibration(case, theory, plan, cache, at / "calibrations" / case.name, some, tell)
        estimate = asked.run()
        made = groups(estimate, case, plan.seed)
        _add_necessity(made, estimate, plan.without_key, lambda runs, chosen: necessity(runs, chosen, asked.do))
    provenance = {
        "case": case.name,
        "simulation_hash": case.simulation_hash,
        "hash": case.hash,
        "code": code(),
        "theory": theory.name,
        "priors": {axis.prior.name: str(axis.distribution) for axis in estimate.space.axes},
        "histories": {
            name or "base": probability
            for name, probability in zip(estimate.space.histories, estimate.space.probabilities, strict=True)
        },
        "plan": asdict(plan),
        "rounds": [asdict(one) for one in estimate.rounds],
        "all_draws": _moments(estimate),
        "scatter": dict(zip((one.name for one in estimate.targets.labels), estimate.scatter.tolist(), strict=True)),
        "fit": {"cost": estimate.fit.cost, "runs": estimate.fit.runs, "z": list(estimate.fit.z)},
        "calibration": asked.fingerprint,
        "runs": asked.runs,
        "refused": asked.refused,
        "agents": plan.agents,
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


def _moments(estimate: Estimate) -> dict[str, Any]:
    """Mean and standard deviation of every coordinate over all draws, of which only those that were run are kept."""
    z = estimate.sample.flat["z"]
    means, spreads = z.mean(axis=0).tolist(), z.std(axis=0).tolist()
    return {
        "draws": len(z),
        "mean_z": dict(zip(estimate.space.names, means, strict=True)),
        "sd_z": dict(zip(estimate.space.names, spreads, strict=True)),
    }


def _add_necessity(
    made: dict[str, Any],
    estimate: Estimate,
    most: int,
    necessary: Callable[[Runs, np.ndarray], dict[str, np.ndarray]],
) -> None:
    """Put NI_m and NI_c of some draws of posterior and prior into the groups; the other draws have NaN."""
    shape = made["posterior"]["history"].shape
    for group, runs, size, dims in (
        ("posterior_predictive", estimate.drawn, int(np.prod(shape)), ("chain", "draw")),
        ("prior_predictive", estimate.prior, len(estimate.prior.z), ("sample",)),
    ):
        chosen = np.unique(np.linspace(0, size - 1, min(most, size)).round().astype(int))
        for key, found in necessary(runs, chosen).items():
            whole = np.full(size, np.nan)
            whole[chosen] = found
            made[group][f"{key}_necessity"] = (dims, whole.reshape(shape) if len(dims) == 2 else whole)

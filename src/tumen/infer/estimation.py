"""A calibration from beginning to end, and what is written down about it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from tumen.case import Case, case_of
from tumen.infer.calibration import WITHOUT, Calibration, Estimate, Plan, Runs
from tumen.infer.diagnose import diagnose
from tumen.infer.observables import Observables
from tumen.infer.posterior import Posterior
from tumen.infer.predictive import groups
from tumen.infer.run_cache import Refusal, RunCache, RunSpec, code, home, versions
from tumen.infer.runs import Progress
from tumen.infer.workers import workers
from tumen.model.compiled import Floats
from tumen.model.theories import Theory, theory_of


def calibrate(
    case: Case,
    theory: Theory | str = "interplay",
    *,
    plan: Plan | None = None,
    cluster: str | None = None,
    processes: int = 2,
    folder: Path | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Posterior:
    """Estimate the parameters of a case under a theory from its counts: what these leave of the priors.

    `.write(FILE)` of the posterior keeps it. cluster: the address of a Dask scheduler; without one, `processes` run on
    this machine. folder: where runs and the points of each round are kept (default: the user's data folder); asked
    again after an interruption, it goes on where it was. progress is told what is being done, how much of it, of how
    much. Raises CaseError.
    """
    case, theory = case_of(case), theory_of(theory)
    plan, began, at = plan or Plan(), time.monotonic(), folder or home()
    cache = RunCache(at / "runs" / case.name)
    # More threads than this only hinder each other on matrices of this size.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with workers(cluster, processes) as some:
        asked = Calibration(case, theory, plan, cache, at / "calibrations" / case.name, some, progress)
        estimate = asked.run()
        made = groups(estimate, case, plan.seed)
        _add_necessity(made, estimate, asked)
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
        "versions": versions("jax", "numpyro", "tinygp", "arviz-stats"),
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


def necessity(
    runs: Runs, chosen: np.ndarray, do: Callable[[str, Sequence[RunSpec]], list[Observables | Refusal]]
) -> dict[str, Floats]:
    """NI of mobility, of payment and of capital for the chosen runs, (n,); NaN where a world without is refused.

    How necessary each key is, free of the scale of r: the share of attempts that vanish when a key is taken from all,
    NI = 1 - D(key := 0) / D, where D are the intercepted attempts of the whole window, a part of all attempts that is
    the same in both worlds. For r <= 0 mobility and capital as whole keys score one; a key that the other can stand in
    for scores less. Capital is taken away in two ways: nobody can pay, while crossings without payment stay (is
    *payment* necessary?), and the whole key, crossings without payment too.
    """
    base = np.array([runs.seen[i].intercepted.sum() for i in chosen])
    found = {}
    for key, settings in WITHOUT.items():
        bare = do(f"worlds without {key}", [replace(runs.specs[i], settings=settings) for i in chosen])
        left = [one.intercepted.sum() if isinstance(one, Observables) else np.nan for one in bare]
        found[key] = 1 - np.array(left) / base
    return found


def _add_necessity(made: dict[str, Any], estimate: Estimate, asked: Calibration) -> None:
    """Put NI of some draws of posterior and prior into the groups; the other draws have NaN."""
    shape = made["posterior"]["history"].shape
    for group, runs, size, dims in (
        ("posterior_predictive", estimate.drawn, int(np.prod(shape)), ("chain", "draw")),
        ("prior_predictive", estimate.prior, len(estimate.prior.z), ("sample",)),
    ):
        chosen = np.unique(np.linspace(0, size - 1, min(asked.plan.without_key, size)).round().astype(int))
        for key, found in necessity(runs, chosen, asked.do).items():
            whole = np.full(size, np.nan)
            whole[chosen] = found
            made[group][f"{key}_necessity"] = (dims, whole.reshape(shape) if len(dims) == 2 else whole)

"""The best fit of a case under a theory: the parameters whose run lies nearest the counts, the prior kept in view.

Least squares on real runs, all with the same people and the same seed. The cost is the sum of squared residuals of what
is fitted, plus the squared standardised coordinates (the prior), plus a penalty where the network of kin nearly feeds
itself. One point, without uncertainty: the curvature at it is kept for a Laplace approximation.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tumen.case import Case, CaseError, ParameterSet, case_of
from tumen.case.inputs import BASE
from tumen.infer.fit_file import Fit, Residual
from tumen.infer.least_squares import BudgetError, Optimum, StartRefusedError, minimise
from tumen.infer.observables import Observables
from tumen.infer.parameter_space import ParameterSpace, parameter_space
from tumen.infer.run_cache import Refusal, RunCache, RunSpec, code, home, mechanism, versions
from tumen.infer.runs import OnDone, Progress, Told, Workers
from tumen.infer.targets import Targets, refuse_unmatched, targets
from tumen.infer.workers import workers
from tumen.model.compiled import Floats
from tumen.model.theories import Theory, theory_of

#: Agents of a run, and the most runs of a fit.
AGENTS, MOST_RUNS = 4_000, 400


def fit(
    case: Case,
    theory: Theory | str,
    *,
    seed: int = 1,
    agents: int = AGENTS,
    history: str | None = None,
    start: Fit | Floats | None = None,
    processes: int = 2,
    folder: Path | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Fit:
    """Find the parameters of a case whose run lies nearest the counts, within the priors: one point, no uncertainty.

    seed: random seed of every run. agents: of a run. history: a history of the case by name (None: the base).
    start: standardised coordinates or another fit to begin at (None: the middle of the priors). processes: runs side by
    side; 1 does them in this process, more need the extra `calibrate`. folder: where runs are kept (default: the user's
    data folder); asked again after an interruption, no run is repeated. At most 400 runs. Raises CaseError.

    >>> import tumen as tm
    >>> found = tm.fit(tm.load("toyland"), "interplay")  # doctest: +SKIP
    >>> found.cost, found.parameters  # doctest: +SKIP
    """
    case, theory, held = case_of(case), theory_of(theory), None if history == BASE else history
    case.world(history=held)
    asked, cache = targets(case), RunCache((folder or home()) / "runs" / case.name)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with workers(None, processes) as some:
        runs = PointRuns(case, theory, asked, cache, some, held, seed, agents)
        return search(runs, start, Told(progress, MOST_RUNS))


@dataclass
class PointRuns:
    """The model as a search asks it: points of the parameters to residuals, with every run kept.

    said: why the model refused the last run that it refused.
    """

    case: Case
    theory: Theory
    asked: Targets
    cache: RunCache
    workers: Workers
    history: str | None
    seed: int
    agents: int
    said: str = ""

    def __post_init__(self) -> None:
        self.space: ParameterSpace = parameter_space(self.case, self.theory)

    def do(self, points: Floats, progress: OnDone | None = None) -> list[Observables | Refusal]:
        """The runs at standardised coordinates (n, D)."""
        values = self.space.values(points)
        specs = [RunSpec(self.space.named(row).values, self.history, (), self.seed, self.agents) for row in values]
        return self.workers.do(self.cache, self.case, self.theory, specs, progress)

    def residuals(self, seen: Observables | Refusal) -> Floats | None:
        """Residuals of a run, with the network's penalty last; None where the model refuses it."""
        if isinstance(seen, Refusal):
            self.said = seen.said
            return None
        refuse_unmatched(self.case, self.asked, seen)
        return self.asked.residuals(self.asked.statistics(seen))


def search(runs: PointRuns, start: Fit | Floats | None, told: Told) -> Fit:
    """The best fit to any targets in at most `told.most` runs."""
    began, done, case = time.monotonic(), 0, runs.case
    if not (runs.asked.arrivals or runs.asked.rows):
        raise CaseError.single(
            "nothing is to be fitted: no target has the role fit",
            f"case {case.name}",
            "counts or profiles with the role fit",
            "give some rows of the targets the role fit",
        )

    def answers(stage: str, points: Floats, cost: float) -> list[Floats | None]:
        nonlocal done
        before = done
        found = runs.do(points, lambda ended, whole: told(stage, before + ended, cost, ended, whole))
        done += len(points)
        return [runs.residuals(seen) for seen in found]

    try:
        found = minimise(answers, _start(runs.space, start), seed=runs.seed, most=told.most)
    except StartRefusedError as error:
        raise CaseError.single(
            f"the fit cannot begin: {error}; the model says: {runs.said}",
            f"case {case.name}, theory {runs.theory.name}",
            "priors whose middle can be run",
            "correct the priors, or begin elsewhere",
        ) from None
    except BudgetError as error:
        what = f"{error}, for {runs.space.size} parameters"
        remedy = "allow more runs, or take rows out of priors.yaml"
        raise CaseError.single(what, f"case {case.name}", "a run for every parameter", remedy) from None
    return _fit(runs, found, time.monotonic() - began)


def _start(over: ParameterSpace, start: Fit | Floats | None) -> Floats:
    """Coordinates to begin at: the priors' middle, those given, or those of another fit where it has the same rows."""
    if start is None:
        return np.zeros(over.size)
    if isinstance(start, Fit):
        known = dict(zip(start.names, start.z, strict=True))
        return np.array([known.get(name, 0.0) for name in over.names])
    given = np.asarray(start, dtype=float)
    if given.shape != (over.size,) or not np.isfinite(given).all():
        raise CaseError.single(
            f"the start has shape {given.shape} or is not finite",
            "start",
            f"{over.size} finite coordinates",
            "give one standardised coordinate for each row of the priors",
        )
    return given


def _fit(runs: PointRuns, found: Optimum, seconds: float) -> Fit:
    """The fit at an optimum, whose run is kept by now."""
    case, theory, over, asked = runs.case, runs.theory, runs.space, runs.asked
    (seen,) = runs.do(found.z[None])
    assert isinstance(seen, Observables)
    values = over.values(found.z[None])[0]
    *data, network = found.residuals
    compared = zip(asked.labels, asked.values(asked.statistics(seen)), data, strict=False)  # the network stands last
    return Fit(
        case=case.name,
        theory=theory.name,
        history=runs.history,
        names=over.names,
        values=tuple(map(float, values)),
        z=tuple(map(float, found.z)),
        parameters=ParameterSet(f"best fit of {theory.name}", dict(over.named(values).values)),
        data_cost=float(np.square(data).sum()),
        prior_cost=float(found.z @ found.z),
        network_cost=float(network**2),
        residuals=tuple(Residual(o.name, o.data, float(value), o.unit, float(gap)) for o, value, gap in compared),
        curvature=found.curvature,
        runs=found.runs,
        refused=found.refused,
        seconds=round(seconds, 1),
        seed=runs.seed,
        agents=runs.agents,
        converged=found.converged,
        provenance={
            "simulation_hash": case.simulation_hash,
            "hash": case.hash,
            "code": code(),
            "mechanism": theory_key(theory),
            "iterations": found.iterations,
            "zero_columns": found.fixed,
            "curvature_at_the_fit": found.local,
            "versions": versions(),
        },
    )


def theory_key(theory: Theory) -> str:
    """A hash of what a theory does to a run and of the priors it changes."""
    priors = {name: str(distribution) for name, distribution in sorted(theory.priors.items())}
    said = json.dumps({"mechanism": mechanism(theory), "priors": priors}, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]

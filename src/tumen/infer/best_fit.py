"""The best fit of a case under a theory: the parameters whose run lies nearest the counts, the prior kept in view.

Least squares on real runs, all with the same people and the same seed. The cost is the sum of squared residuals of what
is fitted, plus the squared standardised coordinates (the prior), plus a penalty where the network of kin nearly feeds
itself. One point, without uncertainty: the curvature at it is kept for a Laplace approximation.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from tumen.case import Case, CaseError, ParameterSet
from tumen.case.inputs import BASE
from tumen.infer.fit_file import Fit, Residual
from tumen.infer.least_squares import BudgetError, Optimum, StartRefusedError, minimise
from tumen.infer.observables import Observables
from tumen.infer.parameter_space import ParameterSpace, parameter_space
from tumen.infer.run_cache import Refusal, RunCache, RunSpec, code, home, mechanism
from tumen.infer.runs import Workers, workers
from tumen.infer.targets import Targets, refuse_unmatched, targets
from tumen.model.compiled import Floats
from tumen.model.theories import Theory

#: Agents of a run, and the most runs of a fit.
AGENTS, MOST_RUNS = 4_000, 400
_LIBRARIES = ("tumen", "numpy", "scipy", "numba")


@dataclass(frozen=True)
class FitProgress:
    """How far a fit is: what is run now, runs done and at most, the lowest cost so far, seconds left at most."""

    stage: str
    runs: int
    most: int
    cost: float
    seconds_left: float


def perform(
    case: Case,
    theory: Theory,
    seed: int,
    agents: int,
    history: str | None,
    start: Fit | Floats | None,
    processes: int,
    folder: Path | None,
    progress: Callable[[FitProgress], None] | None,
) -> Fit:
    """Do what `tumen.infer.fit` says."""
    held = None if history == BASE else history
    case.world(history=held)
    over, asked = parameter_space(case, theory), targets(case)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    cache = RunCache((folder or home()) / "runs" / case.name)
    with workers(None, processes) as some:
        return search(case, theory, over, asked, (held, seed, agents), (cache, some), start, progress)


def search(
    case: Case,
    theory: Theory,
    over: ParameterSpace,
    asked: Targets,
    how: tuple[str | None, int, int],
    where: tuple[RunCache, Workers],
    start: Fit | Floats | None = None,
    progress: Callable[[FitProgress], None] | None = None,
    most: int = MOST_RUNS,
) -> Fit:
    """The best fit to any targets in at most so many runs.

    how: history, random seed and agents of a run; where: run cache and workers.
    """
    began = time.monotonic()
    _refuse_nothing_fitted(case, asked)
    runs = _Runs(case, theory, over, asked, *how, *where, progress, most)
    try:
        found = minimise(runs.residuals, _start(over, start), seed=how[1], most=most)
    except StartRefusedError as error:
        raise CaseError.single(
            f"the fit cannot begin: {error}; the model says: {runs.said}",
            f"case {case.name}, theory {theory.name}",
            "priors whose middle can be run",
            "correct the priors, or begin elsewhere",
        ) from None
    except BudgetError as error:
        raise CaseError.single(
            f"{error}, for {over.size} parameters",
            f"case {case.name}",
            "fewer rows in priors.yaml",
            "take some out",
        ) from None
    statistics = runs.statistics(found.z)
    return _fit(case, theory, over, asked, statistics, found, how, time.monotonic() - began)


class _Runs:
    """The model as `minimise` asks it: points to residuals, with every run kept."""

    def __init__(
        self,
        case: Case,
        theory: Theory,
        over: ParameterSpace,
        asked: Targets,
        history: str | None,
        seed: int,
        agents: int,
        cache: RunCache,
        some: Workers,
        progress: Callable[[FitProgress], None] | None,
        most: int,
    ) -> None:
        self._case, self._theory, self._space, self._asked = case, theory, over, asked
        self._history, self._seed, self._agents, self._cache, self._workers = history, seed, agents, cache, some
        self._tell = progress or (lambda said: None)
        self._done, self._most, self._began, self.said = 0, most, time.monotonic(), ""

    def residuals(self, stage: str, points: Floats, cost: float) -> list[Floats | None]:
        """Residuals at points, with the network's penalty last."""
        pace = _Pace(stage, self._done, self._most, self._began, cost, self._tell)
        answers = self._do(points, pace)
        self._done += len(points)
        return [self._compare(seen) for seen in answers]

    def statistics(self, z: Floats) -> Floats:
        """The summary statistics of the run at a point, which is kept by now."""
        (seen,) = self._do(z[None], lambda done, whole: None)
        assert isinstance(seen, Observables)
        return self._asked.statistics(seen)

    def _do(self, points: Floats, tell: Callable[[int, int], None]) -> list[Observables | Refusal]:
        values = self._space.values(points)
        asked = [RunSpec(self._space.named(row).values, self._history, (), self._seed, self._agents) for row in values]
        return self._workers.do(self._cache, self._case, self._theory, asked, tell)

    def _compare(self, seen: Observables | Refusal) -> Floats | None:
        if isinstance(seen, Refusal):
            self.said = seen.said
            return None
        refuse_unmatched(self._case, self._asked, seen)
        return self._asked.residuals(self._asked.statistics(seen))


@dataclass(frozen=True)
class _Pace:
    """Turns the runs done in a batch into how far the fit is."""

    stage: str
    before: int
    most: int
    began: float
    cost: float
    tell: Callable[[FitProgress], None]

    def __call__(self, done: int, whole: int) -> None:
        runs = self.before + done
        left = (self.most - runs) * (time.monotonic() - self.began) / max(runs, 1)
        self.tell(FitProgress(self.stage, runs, self.most, self.cost, left))


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


def _refuse_nothing_fitted(case: Case, asked: Targets) -> None:
    if not (asked.arrivals or asked.rows):
        raise CaseError.single(
            "nothing is to be fitted: no target has the role fit",
            f"case {case.name}",
            "counts or profiles with the role fit",
            "give some rows of the targets the role fit",
        )


def _fit(
    case: Case,
    theory: Theory,
    over: ParameterSpace,
    asked: Targets,
    statistics: Floats,
    found: Optimum,
    how: tuple[str | None, int, int],
    seconds: float,
) -> Fit:
    values = over.values(found.z[None])[0]
    *data, network = found.residuals
    return Fit(
        case.name,
        theory.name,
        how[0],
        over.names,
        tuple(map(float, values)),
        tuple(map(float, found.z)),
        ParameterSet(f"best fit of {theory.name}", dict(over.named(values).values)),
        float(np.square(data).sum()),
        float(found.z @ found.z),
        float(network**2),
        table(asked, statistics, data),
        found.curvature,
        found.runs,
        found.refused,
        round(seconds, 1),
        how[1],
        how[2],
        found.converged,
        {
            "simulation_hash": case.simulation_hash,
            "hash": case.hash,
            "code": code(),
            "mechanism": theory_key(theory),
            "iterations": found.iterations,
            "zero_columns": found.fixed,
            "curvature_at_the_fit": found.local,
            "versions": {name: version(name) for name in _LIBRARIES} | {"python": platform.python_version()},
        },
    )


def table(asked: Targets, statistics: Floats, residuals: Sequence[float]) -> tuple[Residual, ...]:
    """The comparisons in their order, in the units a reader knows; without the network's penalty, which is last."""
    values = asked.values(statistics)[: len(residuals)]
    return tuple(
        Residual(label.name, label.data, float(value), label.unit, float(residual))
        for label, value, residual in zip(asked.labels, values, residuals, strict=False)
    )


def theory_key(theory: Theory) -> str:
    """A hash of what a theory does to a run and of the priors it changes."""
    priors = {name: str(distribution) for name, distribution in sorted(theory.priors.items())}
    said = json.dumps({"mechanism": mechanism(theory), "priors": priors}, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]

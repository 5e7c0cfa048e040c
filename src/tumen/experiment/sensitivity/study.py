"""A sensitivity analysis: what is run, what is taken from the posterior, and the methods that tell what moves what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from tumen.api import posterior
from tumen.case import Case, CaseError, Scenario, case_of
from tumen.case.inputs import BASE
from tumen.errors import unknown
from tumen.experiment.measures import Span, span
from tumen.experiment.sensitivity.given_data import LEAST, GivenData, given_data
from tumen.experiment.sensitivity.morris import Morris, design, morris
from tumen.experiment.sensitivity.outcomes import BASE_OUTCOMES, base_of_draws, effect_of, of_runs
from tumen.experiment.sensitivity.prim import Box, prim
from tumen.experiment.sensitivity.region import Region, region, theta_of
from tumen.experiment.sensitivity.sobol import Refused, Runs, Sobol, indices_of
from tumen.experiment.sweep import in_any_number
from tumen.experiment.units import families
from tumen.infer.branching import Answers
from tumen.infer.posterior import Posterior
from tumen.infer.run_cache import Refusal, RunCache, RunSpec, own
from tumen.infer.runs import OnDone
from tumen.model.compiled import Floats
from tumen.model.theories import Theory, theory_of

DRAWS, MORRIS, SOBOL, PRIM = METHODS = ("draws", "morris", "sobol", "prim")
#: Trajectories of the design of elementary effects, and draws that are simulated in every world, unless told otherwise.
TRAJECTORIES, DRAWS_IN_WORLDS = 10, 200
#: Runs at the middle of the box that differ by their random seed alone.
SEEDS = 12
#: Is told what is done, how much of it, of how much.
StageProgress = Callable[[str, int, int], None]
Told = TypeVar("Told")


@dataclass(frozen=True)
class Asked:
    """What is asked. methods: of METHODS; worlds: scenarios of the case; runs: of the design of elementary effects in
    each world (None: ten trajectories); draws: simulated in worlds; fall: points by which women's share may fall in a
    world (None: whether it falls at all); years: of the outcomes; seed: of designs and runs.
    """

    methods: tuple[str, ...] = METHODS
    worlds: tuple[str, ...] = ()
    runs: int | None = None
    draws: int = DRAWS_IN_WORLDS
    fall: float | None = None
    years: tuple[int, int] | None = None
    seed: int = 1


@dataclass(frozen=True)
class Verdict:
    """On one world: in how many of the draws the share does not fall by more than asked, what is asked in words, and
    the box in which it does so (None where draws all agree).
    """

    question: str
    holds: int
    n: int
    box: Box | None


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """What was found, by outcome. asked: with the number of runs of the design.

    scatter: standard deviation of each outcome over random seeds, at the middle of the box. runs: how many runs the
    answers rest on, beside those of the posterior itself; refused: how many of them the model refused.
    """

    case: str
    theory: str
    agents: int
    asked: Asked
    span: Span
    region: Region = field(repr=False)
    outcomes: tuple[str, ...]
    draws: Mapping[str, GivenData] = field(repr=False)
    morris: Mapping[str, Morris] = field(repr=False)
    sobol: Mapping[str, Sobol | Refused] = field(repr=False)
    prim: Mapping[str, Verdict] = field(repr=False)
    scatter: Mapping[str, float]
    runs: int
    refused: int


def sensitivity(
    case: Case,
    theory: Theory | str,
    *,
    methods: Sequence[str] = ("draws", "morris", "sobol", "prim"),
    worlds: Sequence[str] = (),
    runs: int | None = None,
    draws: int = 200,
    fall: float | None = None,
    years: tuple[int, int] | None = None,
    seed: int = 1,
    parameters: Path | str | None = None,
    allow_failed_diagnostics: bool = False,
    cluster: str | None = None,
    processes: int = 2,
    progress: StageProgress | None = None,
) -> Sensitivity:
    """Tell which parameters of the posterior, and which fixed inputs, move women's share, the flow and what worlds do.

    methods: draws (what is told by draws of the posterior), morris (elementary effects on real runs), sobol (indices on
    an emulator of these), prim (the box in which women's share does not fall in a world). worlds: scenarios of the case
    whose effect is an outcome, too. runs: of the design of elementary effects (None: ten trajectories); draws: those
    simulated in worlds; fall: points by which the share may fall there (None: none); years: first and last of the
    outcomes (None: those that were counted one by one). parameters: the file of a posterior (None: that of the theory);
    allow_failed_diagnostics: use one that failed a check. cluster: the address of a Dask scheduler; without one,
    `processes` work here. Runs are kept in the user's data folder. progress is told the stage, what is done, and of how
    many. Raises CaseError.
    """
    case, theory = case_of(case), theory_of(theory)
    asked = Asked(tuple(methods), tuple(worlds), runs, draws, fall, years, seed)
    held = posterior(case, theory, file=parameters, allow_failed_diagnostics=allow_failed_diagnostics)
    return analyse(case, theory, asked, given=held, cluster=cluster, processes=processes, progress=progress)


def analyse(
    case: Case,
    theory: Theory,
    asked: Asked | None = None,
    *,
    given: Posterior | None = None,
    processes: int = 1,
    cluster: str | None = None,
    cache: RunCache | None = None,
    progress: StageProgress | None = None,
) -> Sensitivity:
    """Tell what moves women's share of arrivals, arrivals, women's share of departures, and the effects of worlds.

    Runs are kept in the cache (None: the user's): interrupted, the same call goes on. given: the posterior
    (None: that of the theory). cluster: the address of a Dask scheduler; without one, `processes` work here. Raises
    CaseError.
    """
    wanted = asked or Asked()
    _refuse(wanted, case)
    found = given or posterior(case, theory)
    work = _Work(
        case,
        theory,
        found,
        wanted,
        [case.scenario(name) for name in wanted.worlds],
        span(case, wanted.years),
        region(case, theory, found),
        lambda specs, tell: families(cache or own(case), case, theory, specs, processes, cluster, tell),
        progress or (lambda stage, done, whole: None),
    )
    return work.done()


def _refuse(asked: Asked, case: Case) -> None:
    for name in asked.methods:
        if name not in METHODS:
            raise unknown("method", name, "sensitivity", METHODS)
    if asked.methods == (PRIM,) and not asked.worlds:
        raise CaseError.single(
            "the method prim is asked for, and no world", "sensitivity", "a world whose effect is judged", "name one"
        )
    if asked.fall is not None and not 0 <= asked.fall <= 100:
        raise CaseError.single(
            f"a fall of {asked.fall:g} points is asked for", "sensitivity", "0 to 100 points", "correct the number"
        )
    for name in asked.worlds:
        if name not in case.scenarios:
            raise unknown("scenario", name, f"case {case.name}", case.scenarios)


def _trajectories(asked: Asked, size: int) -> int:
    """Whole trajectories of size + 1 runs each."""
    if asked.runs is None:
        return TRAJECTORIES
    if asked.runs < 2 * (size + 1):
        raise CaseError.single(
            f"{asked.runs} runs are asked for, and {size} factors are moved one by one",
            "sensitivity",
            f"at least {2 * (size + 1)} runs: two trajectories of {size + 1}",
            "ask for more",
        )
    return asked.runs // (size + 1)


def _number_of_draws(asked: Asked, found: Posterior) -> int:
    """How many draws are simulated in the worlds; as many as there are where no number that differs was asked."""
    if not asked.worlds:
        return 0
    if asked.draws > found.size and asked.draws != DRAWS_IN_WORLDS:
        found.refuse_more(asked.draws, "sensitivity")
    return min(asked.draws, found.size)


@dataclass
class _Work:
    """The analysis as it goes on. simulate: does families of runs; is told whom to tell of its progress."""

    case: Case
    theory: Theory
    found: Posterior
    asked: Asked
    worlds: Sequence[Scenario]
    span: Span
    region: Region
    simulate: Callable[[Sequence[Sequence[RunSpec]], OnDone], list[Answers]]
    progress: StageProgress
    runs: int = 0
    refused: int = 0

    def __post_init__(self) -> None:
        trajectories = _trajectories(self.asked, self.region.size)
        self.which = in_any_number(self.found.size)[: _number_of_draws(self.asked, self.found)]
        self.u = design(self.region.size, trajectories, self.asked.seed)
        self.outcomes = (*BASE_OUTCOMES, *(effect_of(one.name) for one in self.worlds))
        self.of_draws = base_of_draws(self.found, self.span)
        self.at_design, self.scatter = dict[str, Floats](), dict[str, float]()
        self.theta = theta_of(self.region.space, self.found)
        self.histories = [str(name) for name in self.found.flat("history")]

    def done(self) -> Sensitivity:
        """All that is asked."""
        methods = set(self.asked.methods)
        if self.which and methods != {MORRIS}:
            for name, values in self._simulated("draws in worlds", self._draw_specs()).items():
                if name not in BASE_OUTCOMES:  # NaN where a draw was not simulated
                    self.of_draws[name] = np.full(self.found.size, np.nan)
                    self.of_draws[name][self.which] = values
        if {MORRIS, SOBOL} & methods:
            middle = self._simulated("random seeds", self._seed_specs())
            self.scatter = {name: float(np.nanstd(values, ddof=1)) for name, values in middle.items()}
            seeds = [self.asked.seed] * len(self.u)
            self.at_design = self._simulated("elementary effects", self._specs(self.u, seeds))
        return Sensitivity(
            self.case.name,
            self.theory.name,
            self.found.agents,
            replace(self.asked, runs=len(self.u)),
            self.span,
            self.region,
            self.outcomes,
            self._given() if DRAWS in methods else {},
            self._morris() if MORRIS in methods else {},
            self._sobol() if SOBOL in methods else {},
            self._prim() if PRIM in methods else {},
            self.scatter,
            self.runs,
            self.refused,
        )

    def _simulated(self, stage: str, specs: Sequence[Sequence[RunSpec]]) -> dict[str, Floats]:
        """The outcomes of families of runs."""
        answers = self.simulate(specs, partial(self.progress, stage))
        self.runs += sum(map(len, answers))
        self.refused += sum(isinstance(one, Refusal) for family in answers for one in family)
        return of_runs(answers, [one.name for one in self.worlds], self.span)

    def _family(self, parameters: Mapping[str, float], history: str | None, seed: int) -> list[RunSpec]:
        """A run of the base and of each world. A world's own history goes before that of the draw."""
        base = RunSpec(parameters, history, (), seed, self.found.agents)
        others = [replace(base, scenarios=(w,), history=None if w.history else history) for w in self.worlds]
        return [base, *others]

    def _specs(self, u: Floats, seeds: Sequence[int]) -> list[list[RunSpec]]:
        return [self._family(p, None, seed) for p, seed in zip(self.region.parameters(u), seeds, strict=True)]

    def _seed_specs(self) -> list[list[RunSpec]]:
        seeds = np.random.SeedSequence([self.asked.seed, SEEDS]).generate_state(SEEDS) >> 1
        return self._specs(np.full((SEEDS, self.region.size), 0.5), seeds.tolist())

    def _draw_specs(self) -> list[list[RunSpec]]:
        return [self._family(one.parameters.values, one.history, one.seed) for one in map(self.found.draw, self.which)]

    def _given(self) -> dict[str, GivenData]:
        names, z = self.region.space.names, self.region.coordinates(self.theta)[:, : self.region.space.size]
        return self._of_each(
            lambda name: given_data(names, z, self.histories, self.of_draws[name], self.asked.seed),
            ("too few draws", f"at least {LEAST} draws", "simulate more draws, or leave the method out"),
        )

    def _morris(self) -> dict[str, Morris]:
        names = self.region.names
        return self._of_each(
            lambda name: morris(names, self.u, self.at_design[name], self.scatter[name], self.asked.seed),
            ("the model refuses too many runs", "two trajectories without a refused run", "ask for more runs"),
        )

    def _of_each(self, tell: Callable[[str], Told], refusal: tuple[str, str, str]) -> dict[str, Told]:
        """What a method tells of each outcome; refusal: why it may tell nothing, what was expected, and the remedy."""
        what, expected, remedy = refusal
        found = {}
        for name in self.outcomes:
            try:
                found[name] = tell(name)
            except ValueError as error:
                said = f"{what} to tell what moves {name}: {error}"
                raise CaseError.single(said, "sensitivity", expected, remedy) from None
        return found

    def _sobol(self) -> dict[str, Sobol | Refused]:
        numbers = {name or BASE: i for i, name in enumerate(self.region.space.histories)}
        history = np.array([0] * len(self.u) + [numbers[name] for name in self.histories])
        points = np.concatenate([self.u, self.region.coordinates(self.theta)])
        fold = np.concatenate([np.arange(len(self.u)) // (self.region.size + 1), np.full(self.found.size, -1)])
        y = np.stack([np.concatenate([self.at_design[name], self.of_draws[name]]) for name in self.outcomes], axis=1)
        found: dict[str, Sobol | Refused] = {}
        all_of_them = list(range(len(self.outcomes)))
        for some in (all_of_them[: len(BASE_OUTCOMES)], all_of_them[len(BASE_OUTCOMES) :]):
            kept = np.isfinite(y[:, some]).all(axis=1)
            if some:
                runs = Runs(points[kept], history[kept], y[kept][:, some], fold[kept], len(numbers))
                names, tell = [self.outcomes[i] for i in some], partial(self.progress, "emulators")
                found |= indices_of(self.region.names, names, runs, self.asked.seed, tell)
        return found

    def _prim(self) -> dict[str, Verdict]:
        names, found = self.region.space.names, {}
        for one in self.worlds:
            effect = self.of_draws[effect_of(one.name)]
            kept = np.isfinite(effect)
            found[one.name] = judged(one.name, names, self.theta[kept], effect[kept], self.asked)
        return found


def judged(world: str, names: Sequence[str], x: Floats, effect: Floats, asked: Asked) -> Verdict:
    """Where in parameters x (n, D) women's share does not fall by more than asked in a world; effect (n,), a share."""
    said = world.replace("_", " ")
    holds: Any = effect >= -(asked.fall or 0.0) / 100
    by = "does not fall" if not asked.fall else f"falls by at most {asked.fall:g} points"
    agree = bool(holds.all() or not holds.any())
    box = None if agree else prim(names, x, holds, asked.seed)
    return Verdict(f"women's share of arrivals {by} with {said}", int(holds.sum()), len(effect), box)

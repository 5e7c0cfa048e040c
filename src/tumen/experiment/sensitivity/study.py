"""A sensitivity analysis: what is run, what is taken from the posterior, and the methods that tell what moves what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tumen.case import Case, CaseError, Scenario
from tumen.case.inputs import BASE
from tumen.errors import listing, shown, suggestion
from tumen.experiment.sensitivity.families import families
from tumen.experiment.sensitivity.given_data import LEAST, GivenData, given_data
from tumen.experiment.sensitivity.morris import Morris, design, morris
from tumen.experiment.sensitivity.outcomes import BASE_OUTCOMES, base_of_draws, effect_of, of_runs, told
from tumen.experiment.sensitivity.prim import Box, prim
from tumen.experiment.sensitivity.region import Region, region
from tumen.experiment.sensitivity.sobol import Refused, Runs, Sobol, indices_of
from tumen.experiment.span import Span, span
from tumen.experiment.sweep import in_any_number
from tumen.experiment.units import Answers
from tumen.infer.posterior import Posterior, posterior
from tumen.infer.run_cache import Refusal, RunCache, RunSpec, own
from tumen.model.compiled import Floats

if TYPE_CHECKING:
    from tumen.model.theories import Theory

DRAWS, MORRIS, SOBOL, PRIM = METHODS = ("draws", "morris", "sobol", "prim")
#: Trajectories of the design of elementary effects, and draws that are simulated in every world, unless told otherwise.
TRAJECTORIES, DRAWS_IN_WORLDS = 10, 200
#: Runs at the middle of the box that differ by their random seed alone.
SEEDS = 12
#: Is told what is done, how much of it, of how much.
StageProgress = Callable[[str, int, int], None]


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
    _refuse(wanted)
    worlds = [_scenario(case, name) for name in wanted.worlds]
    found = given or posterior(case, theory.name)
    over = span(case, wanted.years)
    of = region(case, theory, found)
    trajectories = _trajectories(wanted, of.size)
    number = _number_of_draws(wanted, found)
    work = _Work(case, theory, found, of, worlds, over, wanted, number, trajectories)
    return work.done(
        lambda specs, tell: families(cache or own(case), case, theory, specs, processes, cluster, tell),
        progress or (lambda stage, done, whole: None),
    )


def _refuse(asked: Asked) -> None:
    for name in asked.methods:
        if name not in METHODS:
            remedy = suggestion(name, METHODS, "name one of these")
            raise CaseError.single(f"unknown method {shown(name)}", "sensitivity", listing(METHODS), remedy)
    if asked.methods == (PRIM,) and not asked.worlds:
        raise CaseError.single(
            "the method prim is asked for, and no world", "sensitivity", "a world whose effect is judged", "name one"
        )
    if asked.fall is not None and not 0 <= asked.fall <= 100:
        raise CaseError.single(
            f"a fall of {asked.fall:g} points is asked for", "sensitivity", "0 to 100 points", "correct the number"
        )


def _scenario(case: Case, name: str) -> Scenario:
    if name not in case.scenarios:
        remedy = suggestion(name, case.scenarios, "name one of these")
        raise CaseError.single(f"unknown scenario {shown(name)}", f"case {case.name}", listing(case.scenarios), remedy)
    return case.scenario(name)


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
        raise CaseError.single(
            f"{asked.draws} draws are asked for, and the posterior of {found.theory} has {found.size}",
            "sensitivity",
            f"1 to {found.size}",
            "ask for fewer, or calibrate with more",
        )
    return min(asked.draws, found.size)


@dataclass
class _Work:
    """The analysis as it goes on."""

    case: Case
    theory: Theory
    found: Posterior
    region: Region
    worlds: Sequence[Scenario]
    span: Span
    asked: Asked
    draws: int
    trajectories: int
    runs: int = 0
    refused: int = 0

    def done(self, simulate: Callable[..., list[Answers]], progress: StageProgress) -> Sensitivity:
        """All that is asked. simulate: does families of runs; is told whom to tell of its progress."""
        methods, names = self.asked.methods, [one.name for one in self.worlds]
        of_draws = base_of_draws(self.found, self.span)
        if self.draws and set(methods) != {MORRIS}:
            tell = _stage(progress, "draws in worlds")
            of_draws |= self._in_worlds(self._outcomes(simulate(self._draw_specs(), tell)))
        outcomes = told(dict.fromkeys([*BASE_OUTCOMES, *map(effect_of, names)], np.empty(0)), names)
        u = design(self.region.size, self.trajectories, self.asked.seed)
        scatter, at_design = dict[str, float](), dict[str, Floats]()
        if {MORRIS, SOBOL} & set(methods):
            middle = self._outcomes(simulate(self._seed_specs(), _stage(progress, "random seeds")))
            scatter = {name: float(np.nanstd(values, ddof=1)) for name, values in middle.items()}
            tell = _stage(progress, "elementary effects")
            at_design = self._outcomes(simulate(self._specs(u, [self.asked.seed] * len(u)), tell))
        return Sensitivity(
            self.case.name,
            self.theory.name,
            self._agents,
            replace(self.asked, runs=self.trajectories * (self.region.size + 1)),
            self.span,
            self.region,
            tuple(outcomes),
            self._given(outcomes, of_draws) if DRAWS in methods else {},
            self._morris(u, outcomes, at_design, scatter) if MORRIS in methods else {},
            self._sobol(u, outcomes, at_design, of_draws, progress) if SOBOL in methods else {},
            self._prim(of_draws) if PRIM in methods else {},
            scatter,
            self.runs,
            self.refused,
        )

    @property
    def _agents(self) -> int:
        return int(self.found.provenance["agents"])

    def _family(self, parameters: Mapping[str, float], history: str | None, seed: int) -> list[RunSpec]:
        """A run of the base and of each world. A world's own history goes before that of the draw."""
        base = RunSpec(parameters, history, (), seed, self._agents)
        others = [replace(base, scenarios=(w,), history=None if w.history else history) for w in self.worlds]
        return [base, *others]

    def _specs(self, u: Floats, seeds: Sequence[int]) -> list[list[RunSpec]]:
        return [self._family(p, None, seed) for p, seed in zip(self.region.parameters(u), seeds, strict=True)]

    def _seed_specs(self) -> list[list[RunSpec]]:
        seeds = np.random.SeedSequence([self.asked.seed, SEEDS]).generate_state(SEEDS) >> 1
        return self._specs(np.full((SEEDS, self.region.size), 0.5), seeds.tolist())

    @property
    def _which(self) -> list[int]:
        return in_any_number(self.found.size)[: self.draws]

    def _draw_specs(self) -> list[list[RunSpec]]:
        seeds = self.found.groups["posterior"]["seed"].values.reshape(-1)
        drawn = [(self.found.draw(i), int(seeds[i])) for i in self._which]
        return [self._family(draw.parameters.values, draw.history, seed) for draw, seed in drawn]

    def _outcomes(self, answers: list[Answers]) -> dict[str, Floats]:
        self.runs += sum(map(len, answers))
        self.refused += sum(isinstance(one, Refusal) for family in answers for one in family)
        return of_runs(answers, [one.name for one in self.worlds], self.span)

    def _in_worlds(self, some: Mapping[str, Floats]) -> dict[str, Floats]:
        """The effects of worlds over all draws, NaN where a draw was not simulated."""
        made = {}
        for one in self.worlds:
            held = np.full(self.found.size, np.nan)
            held[self._which] = some[effect_of(one.name)]
            made[effect_of(one.name)] = held
        return made

    def _theta(self) -> Floats:
        held = self.found.groups["posterior"]["theta"].values.reshape(self.found.size, -1)
        return np.asarray(held[:, [self.found.parameters.index(name) for name in self.region.space.names]])

    def _histories(self) -> list[str]:
        return [str(name) for name in self.found.groups["posterior"]["history"].values.reshape(-1)]

    def _given(self, outcomes: Sequence[str], of_draws: Mapping[str, Floats]) -> dict[str, GivenData]:
        names, z = self.region.space.names, self.region.coordinates(self._theta())[:, : self.region.space.size]
        found = {}
        for name in outcomes:
            try:
                found[name] = given_data(names, z, self._histories(), of_draws[name], self.asked.seed)
            except ValueError as error:
                raise CaseError.single(
                    f"too few draws to tell what moves {name}: {error}",
                    "sensitivity",
                    f"at least {LEAST} draws",
                    "simulate more draws, or leave the method out",
                ) from None
        return found

    def _morris(
        self, u: Floats, outcomes: Sequence[str], at: Mapping[str, Floats], scatter: Mapping[str, float]
    ) -> dict[str, Morris]:
        found = {}
        for name in outcomes:
            try:
                found[name] = morris(self.region.names, u, at[name], scatter[name], self.asked.seed)
            except ValueError as error:
                raise CaseError.single(
                    f"the model refuses too many runs to tell what moves {name}: {error}",
                    "sensitivity",
                    "two trajectories without a refused run",
                    "ask for more runs",
                ) from None
        return found

    def _sobol(
        self,
        u: Floats,
        outcomes: Sequence[str],
        at: Mapping[str, Floats],
        of_draws: Mapping[str, Floats],
        progress: StageProgress,
    ) -> dict[str, Sobol | Refused]:
        numbers = {name or BASE: i for i, name in enumerate(self.region.space.histories)}
        history = np.array([0] * len(u) + [numbers[name] for name in self._histories()])
        points = np.concatenate([u, self.region.coordinates(self._theta())])
        fold = np.concatenate([np.arange(len(u)) // (self.region.size + 1), np.full(self.found.size, -1)])
        y = np.stack([np.concatenate([at[name], of_draws[name]]) for name in outcomes], axis=1)
        found: dict[str, Sobol | Refused] = {}
        base = [i for i, name in enumerate(outcomes) if name in BASE_OUTCOMES]
        for some in (base, [i for i in range(len(outcomes)) if i not in base]):
            kept = np.isfinite(y[:, some]).all(axis=1)
            if some:
                runs = Runs(points[kept], history[kept], y[kept][:, some], fold[kept], len(numbers))
                tell = _stage(progress, "emulators")
                found |= indices_of(self.region.names, [outcomes[i] for i in some], runs, self.asked.seed, tell)
        return found

    def _prim(self, of_draws: Mapping[str, Floats]) -> dict[str, Verdict]:
        names, theta, found = self.region.space.names, self._theta(), {}
        for one in self.worlds:
            effect = of_draws[effect_of(one.name)]
            kept = np.isfinite(effect)
            found[one.name] = judged(one.name, names, theta[kept], effect[kept], self.asked)
        return found


def judged(world: str, names: Sequence[str], x: Floats, effect: Floats, asked: Asked) -> Verdict:
    """Where in parameters x (n, D) women's share does not fall by more than asked in a world; effect (n,), a share."""
    said = world.replace("_", " ")
    holds: Any = effect >= -(asked.fall or 0.0) / 100
    by = "does not fall" if not asked.fall else f"falls by at most {asked.fall:g} points"
    agree = bool(holds.all() or not holds.any())
    box = None if agree else prim(names, x, holds, asked.seed)
    return Verdict(f"women's share of arrivals {by} with {said}", int(holds.sum()), len(effect), box)


def _stage(progress: StageProgress, name: str) -> Callable[[int, int], None]:
    return lambda done, whole: progress(name, done, whole)

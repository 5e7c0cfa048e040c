"""From priors and counts to a posterior in at most two thousand runs (docs/inference.md tells the way).

The best fit; its Laplace approximation, in whose coordinates the posterior is nearly round; runs drawn from it; rounds
of an emulator of all runs so far, NUTS on it and real runs of its draws; and a check: real runs of a last set of draws,
which are what is kept. Every run but those of the fit has a random seed of its own.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from zipfile import BadZipFile

import jax
import numpy as np

from tumen.case import Case
from tumen.case.error_models.arrivals import TYPICAL_DISPERSIONS
from tumen.infer import best_fit, emulator
from tumen.infer.best_fit import PointRuns
from tumen.infer.diagnose import Round, ready
from tumen.infer.emulator import Emulators
from tumen.infer.fit_file import Fit
from tumen.infer.likelihood import Likelihood
from tumen.infer.observables import Observables
from tumen.infer.parameter_space import ParameterSpace, parameter_space
from tumen.infer.precision import in_double
from tumen.infer.run_cache import Refusal, RunCache, RunSpec
from tumen.infer.runs import Progress, Told, Workers, refuse_if_none_done
from tumen.infer.sampler import Frame, Sample, Sampler
from tumen.infer.targets import Targets, refuse_unmatched, targets
from tumen.model.compiled import Floats
from tumen.model.theories import Theory
from tumen.result.atomic import replace_file

#: Seeds of the runs of one stage begin at multiples of this.
_SEEDS = 100_000
#: Emulators are filled up to a multiple of so many runs of each history: compiling a sampler takes half a minute.
_ROOM = 192
#: With so many runs or more, a scaled plan keeps its whole check; below, the check is too small to be passed.
CHECKED = 1000
#: What a scaled plan scales, and the fewest runs of each.
_SCALED = {"laplace": 20, "rounds": 15, "check": 20, "scatter": 4, "prior": 4, "without_key": 1}

_NO_PAYMENT = ("credit_share=0", "sponsor_probability=0", "fee=1e7")
#: Worlds without a key: nobody can be away unseen; nobody can pay or be paid for; nor cross without paying either.
WITHOUT = {"mobility": ("mobility=0",), "payment": _NO_PAYMENT, "capital": (*_NO_PAYMENT, "free_crossing=0")}


@dataclass(frozen=True)
class Plan:
    """How many runs go where; `most` bounds all of them, those of the fit and of the worlds without a key included."""

    fit: int = 240  # at most: more would lower the cost by less than draws of the posterior differ in it
    laplace: int = 230
    rounds: int = 140  # runs of each round
    check: int = 420
    most: int = 2000
    #: Runs of one point with different seeds, and runs of the prior for comparison.
    scatter: int = 24
    prior: int = 40
    #: Draws of posterior and of prior whose worlds without a key are run, once the gate is passed.
    without_key: int = 30
    #: Standard deviations of the first runs, relative to those of the Laplace approximation.
    spread: float = 1.1
    #: Most runs that an emulator is fitted to, the latest.
    learned: int = 1100
    warm: int = 200
    #: Draws of each chain, in a round and in the check.
    tried: int = 200
    kept: int = 600
    chains: int = 4
    agents: int = best_fit.AGENTS
    seed: int = 1

    @property
    def until_checked(self) -> int:
        """Runs at most until the gate: what is left for the worlds without a key is taken off."""
        return self.most - 2 * len(WITHOUT) * self.without_key

    def within(self, most: int) -> Plan:
        """The plan scaled to at most so many runs, 100 or more; with fewer than CHECKED it cannot pass its check."""
        fit = min(self.fit, most // 2)
        share = (most - fit) / (self.most - self.fit)
        few = {name: max(int(getattr(self, name) * share), least) for name, least in _SCALED.items()}
        return replace(self, most=most, fit=fit, **few | ({"check": self.check} if most >= CHECKED else {}))


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs that the model did not refuse: coordinates (n, D), histories (n,), statistics (n, F); asked, and said."""

    z: Floats
    history: np.ndarray
    statistics: Floats
    specs: tuple[RunSpec, ...] = field(repr=False)
    seen: tuple[Observables, ...] = field(repr=False)

    def __add__(self, other: Runs) -> Runs:
        return Runs(
            np.concatenate([self.z, other.z]),
            np.concatenate([self.history, other.history]),
            np.concatenate([self.statistics, other.statistics]),
            self.specs + other.specs,
            self.seen + other.seen,
        )

    def under(self, asked: Targets) -> Runs:
        """The same runs with the statistics of other targets."""
        return replace(self, statistics=np.array([asked.statistics(one) for one in self.seen]))


@dataclass(frozen=True, eq=False)
class Estimate:
    """What a calibration ends with: draws on emulated statistics, and the real runs of some of them.

    known: the runs that the emulator was fitted to; checked: which draws (chain after chain) were run; drawn: those
    runs, and emulated: what was expected of them, (n, F); prior: runs of the prior; scatter: (F,) standard deviation of
    each statistic over random seeds; rounds: how each round went.
    """

    space: ParameterSpace
    targets: Targets
    likelihood: Likelihood
    fit: Fit
    known: Runs
    emulator: Emulators
    sample: Sample
    checked: np.ndarray
    drawn: Runs
    emulated: Floats
    prior: Runs
    scatter: Floats
    rounds: tuple[Round, ...]
    runs: int
    refused: int


class Calibration:
    """One calibration of a case under a theory. What was done is kept in `folder` and found again.

    asked: targets other than the case's own, as for a cut in time or replicate data. fit: a best fit to these targets
    that was found before; its runs are not counted again. learned: runs that were done before, whatever targets they
    were done for, from which the emulator learns too. sampler: that of another calibration of the same plan and
    targets, but for their numbers, which saves compiling one.
    """

    @in_double
    def __init__(
        self,
        case: Case,
        theory: Theory,
        plan: Plan,
        cache: RunCache,
        folder: Path,
        workers: Workers,
        progress: Callable[[Progress], None] | None,
        *,
        asked: Targets | None = None,
        fit: Fit | None = None,
        learned: Runs | None = None,
        sampler: Sampler | None = None,
    ) -> None:
        self.case, self.theory, self.plan, self.cache = case, theory, plan, cache
        self.folder, self.workers, self._told = folder, workers, Told(progress, plan.most)
        self.space, self.targets, self.fit = parameter_space(case, theory), asked or targets(case), fit
        self.likelihood, self._learned = Likelihood(self.targets), learned and learned.under(self.targets)
        self.runs = self.refused = 0
        of_one = partial(self.likelihood.total, dispersions=TYPICAL_DISPERSIONS)
        self._score, self._hessian = jax.jit(jax.vmap(of_one)), jax.jit(jax.hessian(of_one))
        how = {"chains": plan.chains, "warm": plan.warm, "kept": plan.kept}
        self.sampler = sampler or Sampler(self.targets, self.space.log_probabilities, self.space.size, **how)

    @in_double
    def run(self) -> Estimate:
        """Do all of it, or what is left of it."""
        plan = self.plan
        fit = self._fit()
        laplace, scatter, prior = Frame.at(fit), self._scatter(fit), self._prior()
        known = self._learned or self._around(laplace)
        rounds, approximation = list[Round](), laplace
        while True:
            last = self._is_last(rounds)
            name = "check" if last else f"round {len(rounds) + 1}"
            self._say(f"{name}: emulator", 0, 1)
            fitted = self.emulator(known, scatter)
            drawn = self._drawn(name, len(rounds), fitted, approximation, plan.kept if last else plan.tried)
            approximation = Frame.of(drawn.flat["z"])
            checked, done = self._checked(name, drawn, plan.check if last else plan.rounds, 4 + len(rounds))
            emulated = np.asarray(emulator.at_runs(fitted, done.z, done.history))
            rounds.append(Round.of(len(known.z), drawn, emulated, done.statistics, scatter))
            if last and (ready(rounds[-1]) or self.runs + plan.check > plan.until_checked):
                break
            known = known + done
        return Estimate(
            self.space,
            self.targets,
            self.likelihood,
            fit,
            known,
            fitted,
            drawn,
            checked,
            done,
            emulated,
            prior,
            scatter,
            tuple(rounds),
            self.runs,
            self.refused,
        )

    def _is_last(self, rounds: Sequence[Round]) -> bool:
        """Whether the next draws are the check: the round before was good, or a second check could not be afforded."""
        plan = self.plan
        return bool(rounds and ready(rounds[-1])) or self.runs + plan.rounds + 2 * plan.check > plan.until_checked

    def _fit(self) -> Fit:
        if self.fit is not None:
            return self.fit
        plan = self.plan
        runs = PointRuns(
            self.case, self.theory, self.targets, self.cache, self.workers, None, plan.seed, plan.agents
        )  # fmt: skip
        told = Told(lambda said: self._say(f"best fit, {said.stage}", said.runs, said.most, said.runs), plan.fit)
        found = best_fit.search(runs, None, told)
        self.runs, self.refused = found.runs, found.refused
        return found

    def _around(self, laplace: Frame) -> Runs:
        """Runs around the best fit."""
        plan, rng = self.plan, np.random.default_rng([self.plan.seed, 1])
        first = laplace.drawn(plan.laplace, plan.spread, rng), self._histories(rng, plan.laplace)
        return self.done("Laplace approximation", *first, 3)[1]

    def _scatter(self, fit: Fit) -> Floats:
        """Standard deviation of each statistic over random seeds, at the best fit."""
        z = np.tile(np.array(fit.z), (self.plan.scatter, 1))
        found = self.done("scatter of the simulator", z, np.zeros(len(z), dtype=int), 1)[1]
        return np.asarray(found.statistics.std(axis=0, ddof=1))

    def _prior(self) -> Runs:
        rng = np.random.default_rng([self.plan.seed, 2])
        z = rng.standard_normal((self.plan.prior, self.space.size))
        found = self.done("prior", z, self._histories(rng, len(z)), 2)[1]
        refuse_unmatched(self.case, self.targets, found.seen[0])
        return found

    def _histories(self, rng: np.random.Generator, size: int) -> np.ndarray:
        return rng.choice(len(self.space.probabilities), size=size, p=self.space.probabilities)

    def _drawn(self, name: str, number: int, fitted: Emulators, approximation: Frame, kept: int) -> Sample:
        """NUTS on an emulator; draws of an interrupted calibration are found again."""
        place = f"{name}, {number}"
        drawn = self._recall(place)
        if drawn is None:
            self._say(f"{name}: sampling", 0, 1)
            how = {"seed": 1000 * self.plan.seed + number, "kept": kept}
            drawn = self.sampler(fitted, numbers=self.targets.numbers, frame=approximation, **how)
            self._keep(place, drawn)
        return drawn

    def _checked(self, name: str, drawn: Sample, size: int, stage: int) -> tuple[np.ndarray, Runs]:
        """Which draws were run, spread evenly over the chains, and their runs."""
        flat = drawn.flat
        wanted = np.unique(np.linspace(0, len(flat["z"]) - 1, size).round().astype(int))
        which, done = self.done(name, flat["z"][wanted], flat["history"][wanted], stage)
        return wanted[which], done

    @in_double
    def emulator(self, known: Runs, scatter: Floats) -> Emulators:
        """An emulator of the latest runs.

        Runs are not chosen by how well they fit: that would choose them by their noise, which the emulator would then
        take for the model.
        """
        late = slice(-self.plan.learned, None)
        density = np.asarray(self._score(known.statistics)) - 0.5 * (known.z**2).sum(axis=1)
        best = np.argsort(-np.nan_to_num(density, nan=-1e12))[: max(len(density) // 10, 1)]
        curvature = -np.diag(np.asarray(self._hessian(known.statistics[best].mean(axis=0))))
        return emulator.fit_by_kind(
            self.targets.kinds,
            known.z[late],
            known.history[late],
            known.statistics[late],
            len(self.space.probabilities),
            curvature=np.maximum(curvature, 0.0),
            floor=scatter,
            room=_ROOM,
        )

    def do(self, name: str, specs: Sequence[RunSpec]) -> list[Observables | Refusal]:
        """Have runs done and count them."""
        before = self.runs
        found = self.workers.do(
            self.cache, self.case, self.theory, specs, lambda done, whole: self._say(name, done, whole, before + done)
        )
        self.runs += len(found)
        self.refused += sum(isinstance(one, Refusal) for one in found)
        return found

    def done(self, name: str, z: Floats, history: np.ndarray, stage: int) -> tuple[np.ndarray, Runs]:
        """Which coordinates could be run, and the runs."""
        seeds = (100 * self.plan.seed + stage) * _SEEDS + np.arange(len(z))
        asked = run_specifications(self.space, self.space.values(z), history, self.plan.agents, seeds)
        found = self.do(name, asked)
        refuse_if_none_done(found, f"{name}, of a calibration under {self.theory.name}")
        which = np.array([i for i, one in enumerate(found) if not isinstance(one, Refusal)], dtype=int)
        seen = tuple(one for one in found if isinstance(one, Observables))
        statistics = np.array([self.targets.statistics(one) for one in seen])
        return which, Runs(z[which], history[which], statistics, tuple(asked[i] for i in which), seen)

    def _say(self, stage: str, done: int, whole: int, runs: int | None = None) -> None:
        self._told(stage, self.runs if runs is None else runs, done=done, whole=whole)

    # --- what an interrupted calibration finds again: the draws of each round; their runs are in the run cache

    def _recall(self, name: str) -> Sample | None:
        try:
            with np.load(io.BytesIO(self._place(name).read_bytes()), allow_pickle=False) as held:
                return Sample(**{key: held[key] for key in held.files})
        except (OSError, ValueError, KeyError, EOFError, BadZipFile, TypeError):
            return None

    def _keep(self, name: str, drawn: Sample) -> None:
        held = io.BytesIO()
        np.savez(held, **vars(drawn))
        replace_file(self._place(name), held.getvalue())

    def _place(self, name: str) -> Path:
        return self.folder / self.fingerprint / f"{name.replace(' ', '_')}.npz"

    @property
    def fingerprint(self) -> str:
        """A name for all that this calibration follows from, but for what the keys of the run cache hold."""
        axes = [(axis.prior.name, str(axis.distribution), axis.prior.scale) for axis in self.space.axes]
        asked = [(label.name, label.data) for label in self.targets.labels]
        begun: list[list[object]] = [] if self.fit is None else [list(self.fit.z)]
        if self._learned is not None:
            begun.append([len(self._learned.z), hashlib.sha256(self._learned.z.tobytes()).hexdigest()])
        said = json.dumps(
            [self.theory.name, axes, list(self.space.probabilities), self.case.hash, asked, asdict(self.plan), *begun]
        )
        return hashlib.sha256(said.encode()).hexdigest()[:20]


def run_specifications(
    space: ParameterSpace, values: Floats, history: Sequence[int] | np.ndarray, agents: int, seed: int | np.ndarray
) -> list[RunSpec]:
    """The runs at values of the parameters (n, parameters), with one random seed for all or one each (n,)."""
    names, seeds = space.dated_names, np.broadcast_to(seed, len(values))
    return [
        RunSpec(dict(zip(names, row, strict=True)), space.histories[int(h)], (), int(one), agents)
        for row, h, one in zip(space.dated(values).tolist(), history, seeds, strict=True)
    ]

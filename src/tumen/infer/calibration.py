"""From priors and counts to a posterior in at most some four thousand runs (docs/inference.md tells the way).

A space-filling start over the priors; rounds in which an emulator of the signals is fitted to all runs so far and new
runs are drawn where it puts a tempered posterior; NUTS on the last emulator; and a check by real runs of its draws,
which are what is kept.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import jax
import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from tumen.case import Case, CaseError
from tumen.infer import emulator
from tumen.infer.emulator import Emulator
from tumen.infer.likelihood import Likelihood, Noise
from tumen.infer.observables import Observables
from tumen.infer.precision import in_double
from tumen.infer.run_cache import ROWS, Refusal, RunCache, RunSpec, mechanism
from tumen.infer.runs import Workers, refuse_if_none_done
from tumen.infer.sampler import Sample, bulk, sample
from tumen.infer.space import Space, space
from tumen.infer.targets import Targets, refuse_unmatched, targets
from tumen.mechanism.program import Floats
from tumen.result.atomic import replace_file
from tumen.theories import Theory, get

#: Called with what is done now, how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Plan:
    """How many runs go where. A round: the power of the likelihood, and its runs."""

    start: int = 1024
    rounds: tuple[tuple[float, int], ...] = ((0.02, 250), (0.1, 250), (0.4, 300), (1.0, 300), (1.0, 300), (1.0, 300))
    check: int = 500
    #: How often the check's runs may be learned from, and the check made anew, where it is not passed.
    again: int = 1
    warm: int = 300
    kept: int = 500
    chains: int = 4
    #: Most runs that an emulator is fitted to, those of the highest likelihood: in the rounds, and for the check.
    learned: int = 2500
    learned_last: int = 1400
    rows: int = ROWS
    seed: int = 1
    #: A theory of the same mechanism whose calibration this one begins with, instead of runs all over the prior.
    heir_of: str = ""

    @property
    def most(self) -> int:
        """The most runs the plan can take."""
        return self.start + sum(n for _, n in self.rounds) + (1 + self.again) * self.check


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs done: coordinates (n, D), histories (n,), signals (n, F)."""

    z: Floats
    history: np.ndarray
    signals: Floats

    def __add__(self, other: Runs) -> Runs:
        return Runs(
            np.concatenate([self.z, other.z]),
            np.concatenate([self.history, other.history]),
            np.concatenate([self.signals, other.signals]),
        )

    def only(self, which: np.ndarray) -> Runs:
        """Some of the runs."""
        return Runs(self.z[which], self.history[which], self.signals[which])


@dataclass(frozen=True, eq=False)
class Estimate:
    """What calibration ends with: draws on emulated signals, and the real runs of some of them.

    checked: which draws (chain after chain) were run; seen: what those runs said; start: the runs of the prior.
    """

    space: Space
    targets: Targets
    likelihood: Likelihood
    emulator: Emulator
    sample: Sample
    checked: np.ndarray
    seen: tuple[Observables, ...]
    signals: Floats
    start: tuple[Observables, ...]
    start_runs: Runs
    runs: int
    failed: int


class Calibration:
    """One calibration of a case under a theory. What was done is kept in `folder` and found again."""

    @in_double
    def __init__(
        self,
        case: Case,
        theory: Theory,
        plan: Plan,
        cache: RunCache,
        folder: Path,
        workers: Workers,
        progress: Progress,
    ) -> None:
        self.case, self.theory, self.plan, self.cache = case, theory, plan, cache
        self.folder, self.workers, self.progress = folder, workers, progress
        self.space, self.targets = space(case, theory), targets(case)
        self.likelihood = Likelihood(self.targets)
        self.runs = self.failed = 0
        middling = Noise(0.15, 0.005)
        self._worth = jax.jit(jax.vmap(lambda signals: self.likelihood.total(signals, middling)))

    @in_double
    def run(self) -> Estimate:
        """Do all of it, or what is left of it."""
        plan = self.plan
        points = self._beginning()
        begun, start = self._done("start", *points[0])
        refuse_unmatched(self.case, self.targets, start[0])
        done = begun
        for more in points[1:]:
            done = done + self._done(f"runs under {plan.heir_of}", *more)[0]
        for number, (temper, size) in enumerate(plan.rounds):
            done = done + self._round(number, temper, size, done)
        for turn in range(1 + plan.again):
            estimate = self._checked(turn, done, start, begun)
            if turn == plan.again or faithful(estimate):
                break
            done = done + Runs(
                estimate.sample.flat["z"][estimate.checked],
                estimate.sample.flat["history"][estimate.checked],
                estimate.signals,
            )
        return estimate

    def finished(self) -> Runs:
        """All its runs that are in the run cache, without doing any. Raises CaseError where there are none."""
        names = [self.round_name(number) for number in range(len(self.plan.rounds))]
        names += [self.check_name(turn) for turn in range(1 + self.plan.again)]
        held_points = [found for name in names if (found := self._recall(name)) is not None]
        points = self._beginning() + [(z, history, self.space.values(z)) for z, history in held_points]
        z, history, values = (np.concatenate(parts) for parts in zip(*points, strict=True))
        asked = jobs(self.space, values, history, self.plan.rows, self.plan.seed)
        held = [self.cache.get(key) for key in self.cache.keys(self.case, self.theory, asked)]
        which = [i for i, one in enumerate(held) if isinstance(one, Observables)]
        if not which:
            raise CaseError.single(
                f"no run of a calibration under {self.theory.name} is in the run cache",
                str(self.cache.folder),
                "a calibration of the case as it is now",
                f"tumen calibrate {self.case.name} --theory {self.theory.name}",
            )
        signals = [self.targets.statistics(one) for one in held if isinstance(one, Observables)]
        return Runs(z[which], history[which], np.array(signals))

    def _round(self, number: int, temper: float, size: int, done: Runs) -> Runs:
        """Runs drawn from the bulk of the tempered posterior on an emulator of all runs so far."""
        name = self.round_name(number)
        kept = self._recall(name)
        if kept is not None:
            z, history = kept
        else:
            self.progress(f"{name}: emulator", 0, size)
            fitted, seed = self._fit(done, self.plan.learned), self.plan.seed + 100 + number
            middle, spread = bulk(fitted, self.likelihood, self.space.log_odds, self.space.size, temper)
            rng = np.random.default_rng(seed)
            z = np.asarray(middle + rng.standard_normal((size, self.space.size)) @ np.asarray(spread).T)
            history = rng.choice(len(self.space.odds), size=size, p=self.space.odds)
            self._keep(name, z, history)
        return self._done(name, z, history)[0]

    def round_name(self, number: int) -> str:
        """What a round is called."""
        return f"round {number + 1} of {len(self.plan.rounds)}"

    def check_name(self, turn: int) -> str:
        """What a check is called."""
        return f"check {turn + 1}"

    def _checked(self, turn: int, done: Runs, start: tuple[Observables, ...], begun: Runs) -> Estimate:
        """NUTS on an emulator of all runs, and real runs of some of its draws."""
        plan, name = self.plan, self.check_name(turn)
        self.progress(f"{name}: sampling", 0, plan.check)
        fitted = self._fit(done, plan.learned_last)
        drawn = sample(
            fitted,
            self.likelihood,
            self.space.log_odds,
            self.space.size,
            seed=plan.seed + 1000 + turn,
            chains=plan.chains,
            warm=plan.warm,
            kept=plan.kept,
        )
        flat = drawn.flat
        wanted = np.linspace(0, len(flat["z"]) - 1, plan.check).round().astype(int)
        self._keep(name, flat["z"][wanted], flat["history"][wanted])
        which, seen = self._run(name, flat["z"][wanted], flat["history"][wanted])
        signals = np.array([self.targets.statistics(one) for one in seen])
        return Estimate(
            self.space,
            self.targets,
            self.likelihood,
            fitted,
            drawn,
            wanted[which],
            seen,
            signals,
            start,
            begun,
            self.runs,
            self.failed,
        )

    def _beginning(self) -> list[tuple[Floats, np.ndarray, Floats]]:
        """The points that a calibration begins with: coordinates, histories, values."""
        if self.plan.heir_of:
            return self._inherited()
        z, history = self._space_filling()
        return [(z, history, self.space.values(z))]

    def _inherited(self) -> list[tuple[Floats, np.ndarray, Floats]]:
        """The points of another theory's calibration that this one admits: the prior's, then those of each round."""
        plan = replace(Plan(seed=self.plan.seed, rows=self.plan.rows), start=self.plan.start)
        other = Calibration(
            self.case, get(self.plan.heir_of), plan, self.cache, self.folder, self.workers, self.progress
        )
        names = [other.round_name(number) for number in range(len(plan.rounds))]
        checks = [other.check_name(turn) for turn in range(1 + plan.again)]
        held = [found for name in [*names, *checks] if (found := other._recall(name)) is not None]
        if len(held) <= len(names) or mechanism(other.theory) != mechanism(self.theory):
            raise CaseError.single(
                f"there is no finished calibration under {self.plan.heir_of} to begin with",
                "--heir-of",
                "a theory of the same mechanism, calibrated with the same seed and rows",
                f"tumen calibrate {self.case.name} --theory {self.plan.heir_of}",
            )
        points = []
        for z, history in (other._space_filling(), *held):
            values = other.space.values(z)
            own = self.space.coordinates(values)
            admitted = np.isfinite(own).all(axis=1)
            # The values go along: on the way to coordinates and back they would change in the last bit.
            if admitted.any():
                points.append((own[admitted], history[admitted], values[admitted]))
        return points

    def _fit(self, done: Runs, most: int) -> Emulator:
        worth = np.nan_to_num(np.asarray(self._worth(done.signals)), nan=-1e12)
        best = np.argsort(-worth)[:most]
        some = done.only(best)
        return emulator.fit(some.z, some.history, some.signals, len(self.space.odds), worth[best])

    def _space_filling(self) -> tuple[Floats, np.ndarray]:
        """Coordinates and histories spread evenly over the prior (a scrambled Sobol sequence)."""
        full = int(np.ceil(np.log2(self.plan.start)))  # a Sobol sequence is even at powers of two
        even = qmc.Sobol(self.space.size + 1, seed=self.plan.seed).random_base2(full)[: self.plan.start]
        history = np.searchsorted(np.cumsum(self.space.odds), even[:, -1])
        return ndtri(even[:, :-1]), np.minimum(history, len(self.space.odds) - 1)

    def _done(
        self, name: str, z: Floats, history: np.ndarray, values: Floats | None = None
    ) -> tuple[Runs, tuple[Observables, ...]]:
        which, seen = self._run(name, z, history, values)
        return Runs(z[which], history[which], np.array([self.targets.statistics(one) for one in seen])), seen

    def _run(
        self, name: str, z: Floats, history: np.ndarray, values: Floats | None = None
    ) -> tuple[np.ndarray, tuple[Observables, ...]]:
        """Which of the coordinates could be run, and what the runs said."""
        values = self.space.values(z) if values is None else values
        asked = jobs(self.space, values, history, self.plan.rows, self.plan.seed)
        found = self.workers.do(
            self.cache, self.case, self.theory, asked, lambda done, whole: self.progress(name, done, whole)
        )
        refuse_if_none_done(found, f"{name} of a calibration under {self.theory.name}")
        which = np.array([i for i, one in enumerate(found) if not isinstance(one, Refusal)], dtype=int)
        self.runs += len(found)
        self.failed += len(found) - len(which)
        return which, tuple(one for one in found if isinstance(one, Observables))

    # --- what an interrupted calibration finds again: the points of each round; their runs are in the run cache

    def _recall(self, name: str) -> tuple[Floats, np.ndarray] | None:
        try:
            with np.load(io.BytesIO(self._place(name).read_bytes()), allow_pickle=False) as held:
                return held["z"], held["history"]
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None

    def _keep(self, name: str, z: Floats, history: np.ndarray) -> None:
        held = io.BytesIO()
        np.savez(held, z=z, history=history)
        replace_file(self._place(name), held.getvalue())

    def _place(self, name: str) -> Path:
        return self.folder / self.fingerprint / f"{name.replace(' ', '_')}.npz"

    @property
    def fingerprint(self) -> str:
        """A name for all that this calibration follows from, but for what the keys of the run cache hold."""
        axes = [(axis.prior.name, str(axis.distribution), axis.prior.scale) for axis in self.space.axes]
        said = json.dumps([self.theory.name, axes, list(self.space.odds), self.case.hash, repr(self.plan)])
        return hashlib.sha256(said.encode()).hexdigest()[:20]


def jobs(space: Space, values: Floats, history: Sequence[int] | np.ndarray, rows: int, seed: int) -> list[RunSpec]:
    """The runs at values of the parameters (n, parameters)."""
    names = space.dated_names
    return [
        RunSpec(dict(zip(names, row, strict=True)), space.histories[int(h)], (), seed, rows)
        for row, h in zip(space.dated(values).tolist(), history, strict=True)
    ]


def heir(plan: Plan, of: str) -> Plan:
    """The plan of a calibration that begins where another theory's ended."""
    return replace(plan, heir_of=of, rounds=((0.1, 200), (0.4, 250), (1.0, 250), (1.0, 250)))


def faithful(estimate: Estimate) -> bool:
    """Whether the check was passed: see `diagnose.emulation`."""
    from tumen.infer.diagnose import emulation

    return all(check.passed for check in emulation(estimate))


def quick(plan: Plan, runs: int) -> Plan:
    """The plan scaled to at most so many runs."""
    share = runs / plan.most
    return replace(
        plan,
        start=max(int(plan.start * share), 8),
        rounds=tuple((temper, max(int(n * share), 8)) for temper, n in plan.rounds),
        check=max(int(plan.check * share), 8),
    )

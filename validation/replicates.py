"""Replicates of toyland: truths drawn from its priors, data made of each, and what a posterior says of them.

Toyland gets a prior on r of its own (its priors leave r alone), under the theory that lets r be anything. One emulator
of real runs all over the prior serves all replicates. A replicate's truth is a draw from the prior; what is expected
under it is the mean of real runs with several seeds, and chance is added as the likelihood has it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from tumen.case import Case, load
from tumen.case.error_models.arrivals import CountModels
from tumen.infer import emulator
from tumen.infer.calibration import run_specifications
from tumen.infer.emulator import Emulator
from tumen.infer.likelihood import DISPERSION_PRIORS
from tumen.infer.parameter_space import ParameterSpace, parameter_space
from tumen.infer.run_cache import Refusal, RunCache, home
from tumen.infer.runs import Workers, refuse_if_none_done
from tumen.infer.sampler import Frame, Sample, Sampler
from tumen.infer.targets import Targets, targets
from tumen.infer.workers import workers
from tumen.model.compiled import Floats
from tumen.model.theories import Theory, get
from validation.stage import SEED

#: Standard deviations of the priors beside that of r, relative to toyland's. A calibration refines its emulator where
#: the posterior is; here one emulator serves all replicates. Over the whole prior it errs by 7 % in the total of a year
#: (256 runs of 1,500 agents), nearly as much as counts scatter; over the narrowed one by 1 to 2 % (512 of 6,000).
NARROWED = 0.5
#: Runs of the emulator, a power of two as its sequence wants; runs of a truth, each with a seed of its own.
RUNS, SEEDS = 512, 4
#: Directions in which the emulator knows something, of so many runs: a quarter, as in a calibration.
KNOWN = RUNS // 4
THEORY, KEY = "open_keys", "complementarity"
PRIOR = (
    f"- {{input: {KEY}, date: 1980-01-01, distribution: {{elasticity: {{median: 1, sigma: 1}}}},\n"
    "   why: whether the keys may replace each other is asked, source: assumed}\n"
)
#: Chains, steps of adaptation and draws kept of each.
USUAL = {"chains": 2, "warm": 150, "kept": 250}
#: Draws of each chain that the coordinates of the second sample are taken from.
FIRST = 100


class Data(NamedTuple):
    """A replicate: the coordinates of the truth, and the numbers counted under it."""

    z: Floats
    numbers: Floats


@dataclass(frozen=True, eq=False)
class Toyland:
    """What all replicates share."""

    case: Case
    theory: Theory
    space: ParameterSpace
    targets: Targets
    emulated: Emulator
    cache: RunCache
    agents: int

    @classmethod
    def made(cls, folder: Path, agents: int) -> Toyland:
        """Toyland with a prior on r, copied to a folder, and the emulator; runs done before are found again."""
        copied = folder / "toyland"
        shutil.copytree(load("toyland").folder, copied)
        priors = copied / "priors.yaml"
        priors.write_text(priors.read_text(encoding="utf-8") + PRIOR, encoding="utf-8")
        case, theory = load(copied), get(THEORY)
        wanted, asked, cache = (
            parameter_space(case, theory),
            targets(case),
            RunCache(home() / "runs" / "toyland_recovery"),
        )
        even = qmc.Sobol(wanted.size + 1, seed=SEED).random(RUNS)
        z = np.asarray(ndtri(even[:, :-1]))
        history = np.minimum(
            np.searchsorted(np.cumsum(wanted.probabilities), even[:, -1]), len(wanted.probabilities) - 1
        )
        specs = run_specifications(wanted, _values(wanted, z), history, agents, np.arange(RUNS))
        with workers() as some:
            found = some.do(cache, case, theory, specs)
        refuse_if_none_done(found, "the runs of the emulator")
        done = [i for i, one in enumerate(found) if not isinstance(one, Refusal)]
        statistics = np.array([asked.statistics(one) for one in found if not isinstance(one, Refusal)])
        fitted = emulator.fit(z[done], history[done], statistics, len(wanted.probabilities))
        # Directions stand in the order of what is known in them; multiplying by them is most of the work of sampling.
        fitted = replace(fitted, doubted=fitted.doubted[..., :KNOWN])
        return cls(case, theory, wanted, asked, fitted, cache, agents)

    @cached_property
    def place(self) -> int:
        """Where r stands among the coordinates."""
        return _place(self.space)

    def replicate(self, rng: np.random.Generator, r: float | None = None) -> Data:
        """Data of a truth from the prior, with r as given if it is; truths that cannot be run are drawn again."""
        while True:
            z = rng.standard_normal(self.space.size)
            if r is not None:
                z[self.place] = self.space.axes[self.place].distribution.coordinate(np.array(r))
            history = rng.choice(len(self.space.probabilities), p=self.space.probabilities)
            seeds = rng.integers(1_000_000, 2**31, SEEDS)
            many = np.tile(z, (SEEDS, 1))
            asked = run_specifications(
                self.space, _values(self.space, many), np.full(SEEDS, history), self.agents, seeds
            )
            seen = Workers().do(self.cache, self.case, self.theory, asked)
            ran = [self.targets.statistics(one) for one in seen if not isinstance(one, Refusal)]
            if len(ran) < SEEDS:
                continue
            expected = np.mean(ran, axis=0)
            if expected[-1] <= 0:  # a network that feeds itself is ruled out by the prior
                phi, rho = np.abs(rng.standard_normal(2)) * (
                    DISPERSION_PRIORS["phi"].scale,
                    DISPERSION_PRIORS["rho"].scale,
                )
                return Data(z, self.targets.replicate(expected, float(phi), float(rho), rng).numbers)

    def sampler(self, errors: CountModels | None = None, **how: int) -> Sampler:
        """A sampler given data of this kind; errors: error models of arrivals in place of the case's."""
        asked = self.targets if errors is None else _under(self.targets, errors)
        return Sampler(asked, self.space.log_probabilities, self.space.size, **{**USUAL, **how})

    def drawn(self, sampler: Sampler, data: Data, seed: int) -> Sample:
        """Draws given the data, in the coordinates of a first sample."""
        first = sampler(self.emulated, numbers=data.numbers, seed=seed, kept=FIRST)
        return sampler(self.emulated, numbers=data.numbers, frame=Frame.of(first.flat["z"]), seed=seed + 1_000_000)


def _place(space: ParameterSpace) -> int:
    return [name.partition("@")[0] for name in space.names].index(KEY)


def _values(space: ParameterSpace, z: Floats) -> Floats:
    """Values at coordinates (n, D) that are standard normal under the narrowed priors."""
    spread = np.full(space.size, NARROWED)
    spread[_place(space)] = 1.0
    return space.values(z * spread)


def _under(asked: Targets, errors: CountModels) -> Targets:
    """The targets with other error models of arrivals."""
    return replace(asked, errors=errors, arrivals=tuple(replace(one, errors=errors) for one in asked.arrivals))

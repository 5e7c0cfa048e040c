"""Refits of North Korea: does the whole way give truths back that it drew itself?

Posterior simulation-based calibration (Säilynoja, Schmitt, Bürkner & Vehtari 2025, arXiv 2502.03279): truths are draws
of the posterior, data are made of each by real runs, and the posterior given the counts *and* those data must rank the
truths evenly. So the way is tested where it is used; over the prior it would take 1,500 runs a replicate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import jax.numpy as jnp
import numpy as np

from tumen.case import load
from tumen.infer import emulator
from tumen.infer.calibration import Calibration, Estimate, Plan, Runs
from tumen.infer.diagnose import biases
from tumen.infer.emulator import Emulators
from tumen.infer.observables import Observables
from tumen.infer.precision import in_double
from tumen.infer.run_cache import RunCache, home
from tumen.infer.sampler import Frame, Sampler
from tumen.infer.workers import workers
from tumen.model.compiled import Floats
from tumen.model.theories import get
from validation.kept import kept
from validation.ranks import rank
from validation.stage import SEED

CASE, THEORY = "north_korea", "interplay"
#: Runs of a truth beside that of the posterior, each with a seed of its own; runs of draws that each refit learns from.
SEEDS, LEARNS = 3, 80
#: Draws of each chain given counts and data.
KEPT = 500
#: Numbers of the stages of runs, after those of the calibration.
_TRUTHS, _REFITS = 60, 61


@dataclass(frozen=True)
class Refit:
    """Ranks of a truth's coordinates and of its log density, (D + 1,), and the emulator's bias where it was first."""

    ranks: Floats
    bias: float


def refits(tries: int) -> Iterator[Refit]:
    """Refit data of draws spread evenly over the posterior; refits done before are found again."""
    case, theory, plan = load(CASE), get(THEORY), Plan()
    with workers(None, 2) as some:
        cache, folder = RunCache(home() / "runs" / case.name), home() / "calibrations" / case.name
        made = Calibration(case, theory, plan, cache, folder, some, lambda said: None)
        estimate = made.run()
        known = estimate.known + estimate.drawn
        both = Sampler(
            made.targets, made.space.log_probabilities, made.space.size, chains=plan.chains, warm=plan.warm, kept=KEPT
        )
        first = _twice(made.emulator(known, estimate.scatter))
        for number, i in enumerate(np.linspace(0, len(estimate.drawn.z) - 1, tries).round().astype(int)):
            asked = made, estimate, both, first, known, int(i), number
            found = kept(f"refit of North Korea, {number} of {tries}", partial(_refit, *asked))
            yield Refit(found[:-1], float(found[-1]))


@in_double
def _refit(
    made: Calibration, estimate: Estimate, both: Sampler, first: Emulators, known: Runs, i: int, number: int
) -> Floats:
    """The ranks, then the bias."""
    rng = np.random.default_rng([SEED, number])
    flat, truth = estimate.sample.flat, estimate.drawn.z[i]
    approximation = Frame.of(flat["z"])
    spec = estimate.drawn.specs[i]
    others = [replace(spec, seed=_TRUTHS * 1_000_000 + number * SEEDS + k) for k in range(SEEDS)]
    seen = [one for one in made.do("truth", others) if isinstance(one, Observables)]
    expected = np.mean([estimate.drawn.statistics[i], *(made.targets.statistics(one) for one in seen)], axis=0)
    phi, rho = (float(flat[name][estimate.checked[i]]) for name in ("phi", "rho"))
    numbers = np.stack([made.targets.numbers, made.targets.replicate(expected, phi, rho, rng).numbers])
    sample = both(first, numbers=numbers, frame=approximation, seed=SEED + number).flat
    chosen = np.linspace(0, len(sample["z"]) - 1, LEARNS).round().astype(int)
    z, history = sample["z"][chosen], sample["history"][chosen]
    _, done = made.done("refit", z, history, _REFITS + number)
    emulated = np.asarray(emulator.at_runs(first, done.z, done.history))
    bias = float(biases(emulated, done.statistics, estimate.scatter).max())
    second = _twice(made.emulator(known + done, estimate.scatter))
    draws = both(second, numbers=numbers, frame=Frame.of(sample["z"]), seed=SEED + 1000 + number).flat["z"]
    whole = np.vstack([truth, draws])
    told = np.column_stack([whole, both.surprise(whole, second, numbers)])
    return np.append(rank(told[0], told[1:]), bias)


@in_double
def _twice(given: Emulators) -> Emulators:
    """The emulators whose doubt is charged for two sets of counts; what is known enters it squared."""
    parts = [replace(part, doubted=jnp.sqrt(2.0) * part.doubted, most=2 * part.most) for part in given.parts]
    return replace(given, parts=tuple(parts))

"""Promise 17: parameters come back from data made of them, and r comes back or is declared unidentified.

Toyland with a prior on r of its own (its priors leave r alone), under the theory that lets r be anything. One emulator
of real runs all over the prior serves all replicates; each replicate's truth is a draw from the prior, its expected
data are a real run of it, and chance is added as the likelihood has it.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from tumen.case import Case, load
from tumen.infer import emulator
from tumen.infer.calibration import jobs
from tumen.infer.emulator import Emulator
from tumen.infer.likelihood import Likelihood
from tumen.infer.run_cache import Refusal, RunCache, home
from tumen.infer.runs import Workers, refuse_if_none_done
from tumen.infer.sampler import sample
from tumen.infer.space import Space, space
from tumen.infer.targets import Targets, targets
from tumen.theories import Theory, get
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED

ID = 17
SMALL, FULL = Size(tries=8, people=1500), Size(tries=50, people=1500)
#: Runs of the emulator, a power of two as its sequence wants.
RUNS = 512
THEORY, KEY = "open_keys", "complementarity"
PRIOR = (
    f"- {{input: {KEY}, date: 1980-01-01, distribution: {{elasticity: {{median: 1, sigma: 1}}}},\n"
    "   why: whether the keys may replace each other is asked, source: assumed}\n"
)
#: The r that are looked for, and the share of the prior's sd below which it counts as found.
TRUE_R, FOUND = (-2.0, 0.0, 0.8), 0.5
INSIDE, LOW, HIGH = 0.9, 0.85, 0.95
#: A quantity found must be within this interval: three r give a false alarm in three of a hundred.
SURE = 0.99
SEED_MOVES = 0.1
#: Chains, steps of adaptation and draws kept of each, for a replicate and where two seeds are compared.
USUAL, LONG = (2, 300, 500), (4, 300, 1500)


class Ground(NamedTuple):
    """What all replicates share."""

    case: Case
    theory: Theory
    space: Space
    targets: Targets
    emulated: Emulator
    cache: RunCache
    rows: int


class Data(NamedTuple):
    """A replicate: the coordinates of the truth, and targets made of it."""

    z: np.ndarray
    targets: Targets


def ground(folder: Path, rows: int) -> Ground:
    """Toyland with a prior on r, copied to a folder, and the emulator of its runs; runs done before are found again."""
    copied = folder / "toyland"
    shutil.copytree(load("toyland").folder, copied)
    priors = copied / "priors.yaml"
    priors.write_text(priors.read_text(encoding="utf-8") + PRIOR, encoding="utf-8")
    case, theory = load(copied), get(THEORY)
    wanted, asked, cache = space(case, theory), targets(case), RunCache(home() / "runs" / "toyland_recovery")
    even = qmc.Sobol(wanted.size + 1, seed=SEED).random(RUNS)
    z = ndtri(even[:, :-1])
    history = np.minimum(np.searchsorted(np.cumsum(wanted.odds), even[:, -1]), len(wanted.odds) - 1)
    found = Workers(None).do(cache, case, theory, jobs(wanted, wanted.values(z), history, rows, 1))
    refuse_if_none_done(found, "the runs of the emulator")
    done = [i for i, one in enumerate(found) if not isinstance(one, Refusal)]
    signals = np.array([asked.statistics(one) for one in found if not isinstance(one, Refusal)])
    fitted = emulator.fit(z[done], history[done], signals, len(wanted.odds))
    return Ground(case, theory, wanted, asked, fitted, cache, rows)


def made(held: Ground, rng: np.random.Generator, r: float | None = None) -> Data:
    """Data of a truth from the prior, with r as given if it is; truths that cannot be run are drawn again."""
    place = [name.partition("@")[0] for name in held.space.names].index(KEY)
    while True:
        z = rng.standard_normal(held.space.size)
        if r is not None:
            z[place] = held.space.axes[place].distribution.coordinate(np.array(r))
        history = rng.choice(len(held.space.odds), size=1, p=held.space.odds)
        asked = jobs(held.space, held.space.values(z[None]), history, held.rows, 1)
        seen = Workers(None).do(held.cache, held.case, held.theory, asked)[0]
        if isinstance(seen, Refusal):
            continue
        signals = held.targets.statistics(seen)
        if signals[-1] <= 0:  # a network that feeds itself is ruled out by the prior
            return Data(z, counted(held.targets, signals, rng))


def counted(asked: Targets, statistics: np.ndarray, rng: np.random.Generator) -> Targets:
    """Targets with values drawn as the likelihood says, its dispersions from their priors."""
    phi, rho = np.abs(rng.standard_normal(2)) * (0.1, 0.005)
    return asked.replicate(statistics, float(phi), float(rho), rng)


def drawn(held: Ground, data: Data, seed: int, how: tuple[int, int, int]) -> np.ndarray:
    """Draws of the coordinates given the data, (draw, parameter)."""
    chains, warm, kept = how
    likelihood = Likelihood(data.targets)
    odds, size = held.space.log_odds, held.space.size
    found = sample(held.emulated, likelihood, odds, size, seed=seed, chains=chains, warm=warm, kept=kept)
    return np.asarray(found.flat["z"])


def held_by(z: np.ndarray, truth: np.ndarray, share: float) -> np.ndarray:
    """Whether the middle `share` of draws holds the truth, by parameter."""
    low, high = np.quantile(z, [(1 - share) / 2, (1 + share) / 2], axis=0)
    return (low <= truth) & (truth <= high)


def found_r(held: Ground, rng: np.random.Generator) -> tuple[list[str], int]:
    """What is said of each r looked for, and how often it was said wrongly: narrow, and not where the truth is."""
    place = [name.partition("@")[0] for name in held.space.names].index(KEY)
    said, wrong = [], 0
    for r in TRUE_R:
        data = made(held, rng, r)
        z = drawn(held, data, SEED, USUAL)
        spread, inside = float(z[:, place].std()), bool(held_by(z, data.z, SURE)[place])
        verdict = "recovered" if spread < FOUND else "unidentified"
        wrong += not inside
        said.append(f"r = {r:g} {verdict} (sd {spread:.2f} of the prior's{'' if inside else ', truth outside'})")
    return said, wrong


def seed_moves(held: Ground, data: Data) -> float:
    """The most by which another seed moves a posterior mean, in posterior standard deviations."""
    one, other = (drawn(held, data, seed, LONG) for seed in (SEED, SEED + 1000))
    return float((np.abs(one.mean(axis=0) - other.mean(axis=0)) / one.std(axis=0)).max())


def replicates(held: Ground, tries: int, rng: np.random.Generator) -> tuple[np.ndarray, Any]:
    """Whether each interval held its truth, (replicate, parameter), and the last replicate's data."""
    inside = []
    for number in range(tries):
        data = made(held, rng)
        inside.append(held_by(drawn(held, data, SEED + number, USUAL), data.z, INSIDE))
    return np.array(inside), data


def check(size: Size) -> Row:
    """Coverage over replicates, r, and the seed. A coverage within two standard errors of the band is no failure."""
    watch, rng = Watch(ID, "parameters come back", SEED), np.random.default_rng(SEED)
    with tempfile.TemporaryDirectory() as folder:
        held = ground(Path(folder), size.people)
        inside, data = replicates(held, size.tries, rng)
        said, wrong = found_r(held, rng)
        moved = seed_moves(held, data)
    share = inside.mean()
    # Parameters of one replicate are not independent: replicates are what is counted.
    error = max(inside.mean(axis=1).std(ddof=1), np.sqrt(share * (1 - share) / inside.shape[1])) / np.sqrt(len(inside))
    missed = not LOW - 2 * error <= share <= HIGH + 2 * error
    figure = (
        f"{INSIDE:.0%} intervals hold {share:.1%} +- {error:.1%} of {inside.size} truths ({len(inside)} replicates of "
        f"{inside.shape[1]} parameters; wanted {LOW:.0%}-{HIGH:.0%}, missed beyond two standard errors); "
        f"{'; '.join(said)}; another seed moves means by at most {moved:.3f} sd (wanted below {SEED_MOVES})"
    )
    return watch.row(1 + len(TRUE_R) + 1, missed + wrong + (moved >= SEED_MOVES), figure)

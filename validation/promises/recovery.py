"""Promise 17: parameters come back from data made of them, and r comes back or is declared unidentified."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from tumen.infer.sampler import Sampler
from tumen.model.compiled import Floats
from validation.promises.calibrated import ranks, replicates
from validation.ranks import AMONG
from validation.replicates import Data, Toyland
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED

ID = 17
SMALL, FULL = Size(tries=12, people=1500), Size(tries=300, people=6000)
#: The r that are looked for, and the share of the prior's sd below which it counts as found.
TRUE_R, FOUND = (-2.0, 0.0, 0.8), 0.5
INSIDE, LOW, HIGH = 0.9, 0.85, 0.95
#: A quantity found must be within this interval: three r give a false alarm in three of a hundred.
SURE = 0.99
SEED_MOVES = 0.1
#: How two seeds are compared.
LONG = {"chains": 4, "kept": 1500}


def inside(found: Floats, share: float) -> np.ndarray:
    """Whether the middle `share` of draws holds the truth, from its rank among them."""
    return np.asarray(np.abs(found - 0.5) <= share / 2)


def found_r(held: Toyland, sampler: Sampler, rng: np.random.Generator) -> tuple[list[str], int]:
    """What is said of each r looked for, and how often it was said wrongly: narrow, and not where the truth is."""
    said, wrong = [], 0
    for r in TRUE_R:
        data = held.replicate(rng, r)
        z = held.drawn(sampler, data, SEED).flat["z"]
        drawn = z[:, held.place]
        spread, below = float(drawn.std()), float((drawn < data.z[held.place]).mean())
        verdict = "recovered" if spread < FOUND else "unidentified"
        missed = not inside(np.array(below), SURE)
        wrong += missed
        said.append(f"r = {r:g} {verdict} (sd {spread:.2f} of the prior's{', truth outside' if missed else ''})")
    return said, wrong


def seed_moves(held: Toyland, data: Data) -> float:
    """The most by which another seed moves a posterior mean, in posterior standard deviations."""
    sampler = held.sampler(**LONG)
    one, other = (held.drawn(sampler, data, seed).flat["z"] for seed in (SEED, SEED + 1000))
    return float((np.abs(one.mean(axis=0) - other.mean(axis=0)) / one.std(axis=0)).max())


def check(size: Size) -> Row:
    """Coverage over replicates, r, and the seed. A coverage within two standard errors of the band is no failure."""
    watch, rng = Watch(ID, "parameters come back", SEED), np.random.default_rng(SEED)
    with tempfile.TemporaryDirectory() as folder:
        held = Toyland.made(Path(folder), size.people)
        data = replicates(size.tries, size.people)
        middle = ranks(data, size.people).table[:, :-1] + 0.5 / (AMONG + 1)  # a rank is the lower end of a class
        found = inside(middle, INSIDE)
        said, wrong = found_r(held, held.sampler(), rng)
        moved = seed_moves(held, data[-1])
    share = found.mean()
    # Parameters of one replicate are not independent: replicates are what is counted.
    error = max(found.mean(axis=1).std(ddof=1), np.sqrt(share * (1 - share) / found.shape[1])) / np.sqrt(len(found))
    missed = not LOW - 2 * error <= share <= HIGH + 2 * error
    figure = (
        f"{INSIDE:.0%} intervals hold {share:.1%} +- {error:.1%} of {found.size} truths ({len(found)} replicates of "
        f"{found.shape[1]} parameters; wanted {LOW:.0%}-{HIGH:.0%}, missed beyond two standard errors); "
        f"{'; '.join(said)}; another seed moves means by at most {moved:.3f} sd (wanted below {SEED_MOVES})"
    )
    return watch.row(1 + len(TRUE_R) + 1, missed + wrong + (moved >= SEED_MOVES), figure)

"""Promise 16: posteriors are calibrated. Truths rank evenly among the draws given the data made of them.

Simulation-based calibration (Talts et al. 2018) of sampler and emulator on toyland; the log density of the truth is
ranked too, since a sampler that ignores its data passes otherwise (Modrak et al. 2023). The same ranks must be uneven
under a planted wrong likelihood: yearly totals that are taken for Poisson though they scatter more. At the long
size the whole way is tried on North Korea too, in refits (`validation.refits`).
"""

from __future__ import annotations

import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from tumen.case import load
from tumen.case.error_models.arrivals import TOTAL_MODELS, WOMEN_MODELS, CountModels
from tumen.infer.parameter_space import parameter_space
from tumen.infer.sampler import Sampler
from tumen.model.compiled import Floats
from tumen.model.theories import get
from validation.kept import kept
from validation.ranks import chance, rank
from validation.refits import CASE, LEARNS, THEORY, refits
from validation.replicates import Data, Toyland
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED

ID = 16
SMALL, FULL = Size(tries=60, people=1500), Size(tries=300, people=6000)
#: With refits of North Korea: each takes three minutes after a calibration.
LONG = replace(FULL, refits=10)
#: All ranks of a calibrated posterior are even with this probability, and those of the planted one uneven.
SURE = 0.99
PLANTED = CountModels(TOTAL_MODELS["poisson"], WOMEN_MODELS["binomial"])


@dataclass(frozen=True)
class Ranks:
    """Ranks (replicate, quantity) of the truth: each coordinate, then the log density."""

    names: tuple[str, ...]
    table: Floats

    def uneven(self, rng: np.random.Generator) -> list[str]:
        """The quantities whose ranks are uneven, with the chance of it, at SURE for all together."""
        found = chance(self.table, rng)
        least = (1 - SURE) / len(self.names)
        return [f"{name} (p = {p:.1g})" for name, p in zip(self.names, found, strict=True) if p < least]


def replicates(tries: int, people: int) -> list[Data]:
    """Data of truths from the prior, made in two processes."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        return list(pool.map(_replicate, range(tries), [people] * tries))


def _replicate(number: int, people: int) -> Data:
    return _stage(people, False)[0].replicate(np.random.default_rng([SEED, number]))


def ranks(data: list[Data], people: int, planted: bool = False) -> Ranks:
    """Rank each truth among its draws, in two processes; planted: under the wrong likelihood."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        many = len(data)
        table = list(pool.map(_ranked, range(many), data, [people] * many, [planted] * many))
    return Ranks((*_stage(people, planted)[0].space.names, "log density"), np.array(table))


def _ranked(number: int, one: Data, people: int, planted: bool) -> Floats:
    held, sampler = _stage(people, planted)

    def found() -> Floats:
        z = held.drawn(sampler, one, SEED + number).flat["z"]
        surprise = sampler.surprise(np.vstack([one.z, z]), held.emulated, one.numbers)
        both = np.column_stack([np.vstack([one.z, z]), surprise])
        return rank(both[0], both[1:])

    return kept(f"ranks of toyland, {people}, {'planted' if planted else 'right'}, {number}", found)


@cache
def _stage(people: int, planted: bool) -> tuple[Toyland, Sampler]:
    with tempfile.TemporaryDirectory() as folder:
        held = Toyland.made(Path(folder), people)
    return held, held.sampler(PLANTED if planted else None)


def toyland(size: Size, rng: np.random.Generator) -> tuple[str, int]:
    """What replicates under the right and under the planted likelihood say, and how many of the two say it wrongly."""
    with tempfile.TemporaryDirectory() as folder:
        held = Toyland.made(Path(folder), size.people)
    data = replicates(size.tries, size.people)
    right = ranks(data, size.people).uneven(rng)
    wrong = ranks(data[: max(size.tries // 3, 40)], size.people, planted=True).uneven(rng)
    said = (
        f"{size.tries} replicates of toyland, {held.space.size + 1} quantities: "
        f"{', '.join(right) + ' uneven' if right else 'ranks even'}; a planted wrong likelihood is "
        f"{'seen in ' + str(len(wrong)) + ' quantities' if wrong else 'not seen'}"
    )
    return said, bool(right) + (not wrong)


def north_korea(tries: int, rng: np.random.Generator) -> tuple[str, int]:
    """What the refits say, and 1 if their ranks are uneven."""
    names = (*parameter_space(load(CASE), get(THEORY)).names, "log density")
    found = list(refits(tries))
    uneven = Ranks(names, np.array([one.ranks for one in found])).uneven(rng)
    said = (
        f"; {len(found)} refits of North Korea, {len(names)} quantities: "
        f"{', '.join(uneven) + ' uneven' if uneven else 'ranks even'} (largest bias of the emulator before it learned "
        f"from a refit: {max(one.bias for one in found):.2f} sd over {LEARNS} runs)"
    )
    return said, bool(uneven)


def check(size: Size) -> Row:
    """Toyland, and at the long size North Korea."""
    watch, rng = Watch(ID, "the posterior is calibrated", SEED), np.random.default_rng(SEED)
    figure, wrong = toyland(size, rng)
    tried = 2
    if size.refits:
        said, uneven = north_korea(size.refits, rng)
        figure, wrong, tried = figure + said, wrong + uneven, 3
    else:
        figure += "; North Korea is refitted with --long only"
    return watch.row(tried, wrong, f"{figure}; false alarm {1 - SURE:.0%} over all quantities of each")

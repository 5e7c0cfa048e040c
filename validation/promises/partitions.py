"""Promise 2: splitting people over ranges, and the order in which the ranges are run, changes no bit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np

from tumen.engine.counts import Counts
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED, Stage, differing, stage, toyland

ID = 2
SMALL, FULL = Size(tries=20, people=400, months=24), Size(tries=2000, people=3000, months=60)
#: Opens when the flows are at their largest and the sampled histories make many transitions.
OPENING = 100


@cache
def whole(people: int, months: int) -> tuple[Stage, Counts]:
    """A world with sampled histories, run in one range."""
    staged = stage(toyland(months, OPENING), people)
    return staged, staged.run(histories=True, ranges=[(0, staged.population.size)])


def differences(size: Size, ranges: Sequence[tuple[int, int]], threads: int) -> list[str]:
    """The names of the arrays that differ from the whole when the people are split so."""
    staged, base = whole(size.people, size.months)
    return differing(base, staged.run(histories=True, ranges=ranges, threads=threads))


def partition(cuts: Sequence[float], order: Sequence[float], people: int) -> list[tuple[int, int]]:
    """Ranges cut at shares of the people and put in the order of sorting keys (one more key than cuts)."""
    edges = [0, *sorted({round(cut * people) for cut in cuts} - {0, people}), people]
    ranges = list(pairwise(edges))
    return [ranges[i] for i in np.argsort(order[: len(ranges)], kind="stable")]


def check(size: Size) -> Row:
    """Random partitions in random orders on one or two threads."""
    watch = Watch(ID, "splitting people over workers or blocks changes nothing", SEED)
    rng = np.random.default_rng(SEED)
    people = whole(size.people, size.months)[0].population.size
    failed = 0
    for _ in range(size.tries):
        cuts = rng.random(rng.integers(0, 30))
        ranges = partition(cuts, rng.random(cuts.size + 1), people)
        failed += bool(differences(size, ranges, int(rng.integers(1, 3))))
    return watch.row(size.tries, failed, f"{size.tries} partitions in random order, {failed} differ in any bit")

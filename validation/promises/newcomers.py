"""Promise 4: with the feedback of the base run replayed, people who are added or taken away change nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np

from tumen.engine import initial_state
from tumen.engine.counts import Counts
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED, Stage, arrays, stage, toyland

ID = 4
SMALL, FULL = Size(tries=12, people=400, months=60), Size(tries=200, people=3000, months=180)
OPENING = 90


def changed(staged: Stage, base: Counts, kept: np.ndarray) -> int:
    """How many of the people kept (rows of the base, in any order) live otherwise than among all."""
    alone = Stage(staged.model, staged.population.take(kept), staged.theory)
    counts = alone.run(histories=True, replay=base.feedback)
    other = np.zeros(kept.size, bool)
    for (_, then), (_, now) in zip(arrays(base.agents), arrays(counts.agents), strict=True):
        differs = then[..., kept] != now
        other |= differs.reshape(-1, kept.size).any(axis=0)
    place = np.full(staged.population.size, -1)
    place[kept] = np.arange(kept.size)
    log = base.log[place[base.log[:, 1]] >= 0].copy()
    log[:, 1] = place[log[:, 1]]
    for event in set(map(tuple, log.tolist())) ^ set(map(tuple, counts.log.tolist())):
        other[event[1]] = True
    return int(other.sum())


@contextmanager
def opening_of(staged: Stage) -> Iterator[None]:
    """Take, at the opening, the share of this stage's people: an aggregate which `replay` does not carry."""
    shares: list[np.ndarray] = []
    original = initial_state._share

    def kept(*given: Any) -> np.ndarray:
        shares.append(original(*given))
        return shares[0]

    with mock.patch.object(initial_state, "_share", kept):
        staged.run()
        yield


def check(size: Size) -> Row:
    """Random groups of people, in random order, live among all and alone; with the rest they add up to all."""
    watch = Watch(ID, "one more person changes nobody else", SEED)
    staged = stage(toyland(min(size.months, 90), OPENING), size.people)
    base = staged.run(histories=True)
    rng = np.random.default_rng(SEED)
    everyone = np.arange(staged.population.size)
    tried = failed = 0
    with opening_of(staged):
        for number in range(size.tries):
            count = 1 if number == 0 else int(rng.integers(1, everyone.size))
            kept = rng.permutation(everyone)[:count]
            failed += changed(staged, base, kept)
            tried += count
    halves = [
        Stage(staged.model, staged.population.take(np.flatnonzero(everyone % 2 == i)), staged.theory) for i in (0, 1)
    ]
    with opening_of(staged):
        one, other = (half.run(replay=base.feedback).accumulator for half in halves)
    apart = sum(int((a + b != both).sum()) for a, b, both in zip(one, other, base.accumulator, strict=True) if a.size)
    figure = f"{size.tries} groups, {tried} people, {failed} changed; two halves add up to all but in {apart} cells"
    return watch.row(tried + 1, failed + (apart > 0), figure)

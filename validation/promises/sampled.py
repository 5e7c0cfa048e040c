"""Promise 7: expected flows are the mean of sampled ones, up to the closure of the layers of past attempts."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student

from tumen.engine.state import FLOWS
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED, Stage, stage, toyland

ID = 7
SMALL, FULL = Size(tries=16, people=4000, months=36), Size(tries=200, people=20_000, months=120)
OPENING = 84
#: Two-sided chance that a mean of normal differences lies beyond four standard errors.
FALSE_ALARM = 2 * norm.sf(4)
#: Closure error allowed to the layers: those once caught share one stock of savings.
CLOSURE = 0.01
_NAMES = ("arrivals", "departures", "attempts", "interceptions", "repatriations", "abroad", "held")


def differences(staged: Stage, seeds: int) -> tuple[np.ndarray, np.ndarray]:
    """Sampled minus expected totals, and expected totals, by seed, flow and sex, under one shared feedback."""
    shared = staged.run().feedback
    sampled, expected = [], []
    for seed in range(seeds):
        counts = staged.run(seed=seed, histories=True, replay=shared)
        sampled.append(counts.sampled.sum(axis=(0, 3, 4)))
        expected.append(counts.flow.sum(axis=(0, 3, 4)))
    return np.array(sampled) - np.array(expected), np.array(expected)


def beyond(difference: np.ndarray, expected: np.ndarray, closure: float) -> np.ndarray:
    """Which mean differences exceed the closure error by more than chance.

    The bound on the studentised mean is the quantile that a normal mean exceeds at four standard errors.
    """
    seeds = difference.shape[0]
    mean, level = difference.mean(axis=0), expected.mean(axis=0)
    error = difference.std(axis=0, ddof=1) / np.sqrt(seeds)
    bound = student.isf(FALSE_ALARM / 2, seeds - 1)
    return np.abs(mean) > bound * error + closure * level


def check(size: Size) -> Row:
    """Two worlds: in the first savings do not matter and the layers close exactly; the second is toyland as it is."""
    watch = Watch(ID, "expected = sampled", SEED)
    tried = failed = 0
    text = []
    worlds = {"layers exact": (["mobility_weight=1"], 0.0), "as it is": ([], CLOSURE)}
    for name, (settings, closure) in worlds.items():
        busy = ["reference_rate=1", "kin_per_arrival=1", *settings]
        staged = stage(toyland(size.months, OPENING, settings=busy), size.people)
        difference, expected = differences(staged, size.tries)
        some = expected.mean(axis=0) > 1
        wrong = beyond(difference, expected, closure)
        tried += int(some.sum())
        failed += int((wrong & some).sum())
        by_flow = difference.sum(axis=2).mean(axis=0) / np.maximum(expected.sum(axis=2).mean(axis=0), 1e-300)
        spread = difference.sum(axis=2).std(axis=0, ddof=1) / np.sqrt(size.tries) / expected.sum(axis=2).mean(axis=0)
        shown = ", ".join(
            f"{n} {100 * by_flow[FLOWS.index(n)]:+.2f} ({100 * spread[FLOWS.index(n)]:.2f})" for n in _NAMES
        )
        text.append(f"{name}: closure error % (SE) {shown}")
    figure = f"{size.tries} seeds; {'; '.join(text)}; false alarm {tried * FALSE_ALARM:.1e} at most"
    return watch.row(tried, failed, figure)

"""Promise 8: how much it matters how often the feedback is worked out, under weak and strong feedback.

The differences are printed, and the default - every month - is the reference. A run fails if a count or a feedback is
not finite or lies below zero, or a share above one: a feedback that is held too long must not run away.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from tumen.engine.counts import Counts
from tumen.engine.feedback import Feedback
from tumen.engine.state import ARRIVALS
from tumen.model.work import SERVING, STALL
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED, stage, toyland

ID = 8
SMALL, FULL = Size(tries=1, people=400, months=60), Size(tries=3, people=20_000, months=180)
#: The window of the small size lies where the flows are at their largest.
OPENING = 96
#: Months between two workings-out; the first is the engine's default.
CADENCES = (1, 3, 6, 12)
#: Weak: half of what the case says of kin and followers. Strong: every arrival tells many, who heed it; markets open at
#: once to four times the stalls that the case has in 1995; the young follow as soon as they can.
WORLDS = {
    "weak": ("kin_per_arrival=1", "companion_ratio=0.04"),
    "strong": ("kin_per_arrival=8", "will_kin=2.5", "companion_ratio=0.5", "openness=1", "stalls=12000"),
}
FIGURES = ("women arriving", "men arriving", "in stalls", "under arms")
#: Fewer persons than this are told apart relative to this.
FEW = 1.0


def yearly(counts: Counts) -> np.ndarray:
    """Arrivals of women and men in each year, and the year's mean number in stalls and under arms; (figures, years)."""
    arrivals = counts.flow[:, ARRIVALS].sum(axis=(2, 3))
    inside = counts.stock[:, [STALL, SERVING]].sum(axis=(2, 3, 4)) / 12
    monthly = np.concatenate([arrivals, inside], axis=1)
    return monthly.reshape(-1, 12, len(FIGURES)).sum(axis=1).T


def faulty(counts: Counts) -> bool:
    """Whether any count, or feedback met, is not finite, below zero, or - shares - above one."""
    parts = [f.name for f in fields(Feedback) if f.name != "off_term"]  # terms are cut as well as prolonged
    met = [np.array([getattr(month, part) for month in counts.feedback]) for part in parts]
    share = np.array([month.share for month in counts.feedback])
    rows = counts.agents
    signed = counts.accumulator._replace(kin_effect=np.zeros(1))  # kin may keep people at home
    amounts = [*signed, *met, rows.capital, rows.home, rows.held, rows.away, rows.arrived]
    return bool((share > 1).any()) or not all(np.isfinite(a).all() and (a >= 0).all() for a in amounts)


def apart(now: np.ndarray, usual: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The largest and the root-mean-square relative difference of each figure over the years."""
    gap = (now - usual) / np.maximum(usual, FEW)
    return np.abs(gap).max(axis=1), np.sqrt((gap**2).mean(axis=1))


def differences(size: Size, settings: tuple[str, ...], seed: int) -> tuple[np.ndarray, int]:
    """Largest and root-mean-square difference by cadence past the first, (cadences, 2, figures); faulty counts."""
    opening = OPENING if size == SMALL else 0
    staged = stage(toyland(size.months, opening, settings=settings), size.people, seed=seed)
    runs = [staged.run(seed=seed, threads=2, every=every) for every in CADENCES]
    usual = yearly(runs[0])
    return np.array([apart(yearly(run), usual) for run in runs[1:]]), sum(faulty(run) for run in runs)


def told(found: np.ndarray) -> str:
    """The differences of one cadence in words: largest (root mean square) in percent, by figure."""
    largest, typical = 100 * found
    return ", ".join(f"{n} {a:.2g} ({b:.2g})" for n, a, b in zip(FIGURES, largest, typical, strict=True))


def check(size: Size) -> Row:
    """Each world under each cadence over several seeds; the figure gives the worst of the seeds."""
    watch = Watch(ID, "feedback cadence: differences from every month", SEED)
    failed, text = 0, []
    for name, settings in WORLDS.items():
        found = []
        for number in range(size.tries):
            gaps, faults = differences(size, settings, SEED + number)
            found.append(gaps)
            failed += faults
        worst = np.max(found, axis=0)
        text += [f"{name}, every {every}: {told(w)}" for every, w in zip(CADENCES[1:], worst, strict=True)]
    tried = size.tries * len(WORLDS) * len(CADENCES)
    broken = f"{failed} runs with a count or feedback not finite, negative, or a share above one"
    return watch.row(tried, failed, f"yearly, % largest (rms): {'; '.join(text)}; {broken}")

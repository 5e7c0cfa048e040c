"""Whether the strength that a case asks for can be met by those it makes eligible.

An approximation without a run: whole cohorts of the published stocks come of age, as many of them are taken as are
missing and eligible, and they stay until their term, or up to the leeway beyond it while people are missing. Nobody
leaves the country, physique is normal, and all places are alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from tumen.case import SEXES, World
from tumen.case.dates import month_text
from tumen.model.compiled import EntrySelection, Floats
from tumen.model.conscription import entry
from tumen.model.demography import cohorts

#: A strength that is met by this share counts as met, for the reckoning is rough.
MET = 0.95


@dataclass(frozen=True)
class Shortfall:
    """Months in which the strength cannot be met: the worst, and which years have one."""

    month: int
    wanted: float
    found: float
    years: tuple[int, ...]
    where: str

    @property
    def text(self) -> str:
        """The shortfall as a warning with its place."""
        years = str(self.years[0]) if len(self.years) == 1 else f"{len(self.years)} years from {self.years[0]}"
        return (
            f"{self.where}: the strength of {month_text(self.month)} is {self.wanted:,.0f}, those who are eligible "
            f"make about {self.found:,.0f} ({self.found / self.wanted:.0%}); it cannot be met in {years} "
            "(reckoned from the stocks, the ages, heights and classes called up, and the years of service)"
        )


def shortfall(world: World) -> Shortfall | None:
    """Where the strength of a world cannot be met; None where it can, or is not given."""
    law = entry(world)
    serving = attainable(world, law)
    short = np.flatnonzero(serving < MET * np.where(np.isnan(law.goal), 0.0, law.goal))
    if not short.size:
        return None
    worst = int(short[np.argmin(serving[short] / law.goal[short])])
    series = world.series["strength"]
    month = world.start + worst
    place = max(i for i, segment in enumerate(series.segments) if segment.month <= month)
    years = tuple(sorted({int(year) for year in (world.start + short) // 12}))
    return Shortfall(month, float(law.goal[worst]), float(serving[worst]), years, series.where[place])


def attainable(world: World, law: EntrySelection) -> Floats:
    """People under arms by month, (months,), where as many are taken and kept as the goal needs and the law allows."""
    alive, begun = _alive(world, law)
    share = np.array([social_class.share for social_class in world.classes])
    at = np.clip(begun, 0, world.months - 1)
    # Of each cohort (by sex) that comes of age: those of a liable class who are tall enough.
    fit = (law.liable[at] @ share)[:, None] * (1 - ndtr(law.bar[at]))
    held = np.zeros((begun.size, len(SEXES)))  # the share of each cohort that is serving
    opening = (begun < 0)[:, None] & (begun[:, None] >= -law.term[0])
    taken = np.broadcast_to(law.share[0], held.shape).copy()
    taken[:, law.solved] = _opening(law, np.where(opening, fit, 0.0) * alive[0])
    held[opening] = (taken * fit)[opening]
    found = np.empty(world.months)
    for t in range(world.months):
        served = t - begun[:, None]
        leeway = np.where(law.solved, law.leeway, 0)
        held[served >= law.term[t] + leeway] = 0.0
        late = (served >= law.term[t]) & (held > 0)
        new = begun == t
        held[new] = law.share[t] * fit[new]
        people = alive[t]
        solved = np.flatnonzero(law.solved)
        if not np.isnan(law.goal[t]) and solved.size:
            _meet(held, people, late, np.flatnonzero(new), fit, solved, float(law.goal[t]), float(law.floor[t]))
        elif late.any():
            held[late] = 0.0
        found[t] = (held * people).sum()
    return found


def _meet(
    held: Floats,
    people: Floats,
    late: np.ndarray,
    new: np.ndarray,
    fit: Floats,
    solved: np.ndarray,
    goal: float,
    floor: float,
) -> None:
    """Take as many newcomers as are missing, in place, and keep those past their term only where some still are."""
    held[np.ix_(new, solved)] = 0.0
    beyond = float((held * people)[late].sum())
    missing = goal - (float((held * people).sum()) - beyond)
    coming = float((fit * people)[np.ix_(new, solved)].sum())
    taken = min(max(missing / coming, floor), 1.0) if coming > 0 else 0.0
    held[np.ix_(new, solved)] = taken * fit[np.ix_(new, solved)]
    held[late] *= min(max((missing - taken * coming) / beyond, 0.0), 1.0) if beyond > 0 else 0.0


def _opening(law: EntrySelection, eligible: Floats) -> Floats:
    """The share taken of the solved sexes' eligible people, (cohorts, sex), when the window opens at its goal."""
    if np.isnan(law.goal[0]) or not law.solved.any():
        return law.share[0][law.solved]
    by_sex = eligible.sum(axis=0)
    others, here = (law.share[0] * by_sex)[~law.solved].sum(), by_sex[law.solved].sum()
    share = min(max((law.goal[0] - others) / here, float(law.floor[0])), 1.0) if here > 0 else 0.0
    return np.full(int(law.solved.sum()), share)


def _alive(world: World, law: EntrySelection) -> tuple[Floats, np.ndarray]:
    """Cohorts who come of age before the end: people alive by month, (months, cohorts, sex), and when they do."""
    table = cohorts(world.case, world.start, world.months)
    begun = table.first + np.arange(table.people.shape[0]) + law.adult_months
    longest = int(law.term.max()) + law.leeway
    chosen = (begun < world.months) & (begun >= -longest)
    alive = table.people[chosen, :, None] * np.exp(-table.hazard[chosen][:, :, : world.months])
    return np.moveaxis(alive, 2, 0), begun[chosen]

"""Whether the army strength given in a case is met by those eligible: in a run, or reckoned without one.

Without a run it is an approximation: cohorts of the published stocks come of age, as many are taken as are missing and
eligible, and they serve until their term, or up to the leeway beyond it while people are missing. Nobody leaves the
country, physique is normal, and all places are alike.
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

#: Share of the strength that counts as met, since the approximation is rough.
MET = 0.95


@dataclass(frozen=True)
class Shortfall:
    """Months in which the strength cannot be met: the worst month, and the years concerned."""

    month: int
    wanted: float
    found: float
    years: tuple[int, ...]
    where: str

    @property
    def text(self) -> str:
        """The shortfall as a warning with its location."""
        years = str(self.years[0]) if len(self.years) == 1 else f"{len(self.years)} years from {self.years[0]}"
        return (
            f"{self.where}: the strength of {month_text(self.month)} is {self.wanted:,.0f}, those who are eligible "
            f"make about {self.found:,.0f} ({self.found / self.wanted:.0%}); it cannot be met in {years} "
            "(reckoned from the stocks, the ages, heights and classes called up, and the years of service)"
        )


def shortfall(world: World) -> Shortfall | None:
    """Return where the strength of a world cannot be met; None if it can, or is not given."""
    selection = entry(world)
    serving = attainable(world, selection)
    short = np.flatnonzero(serving < MET * np.where(np.isnan(selection.goal), 0.0, selection.goal))
    if not short.size:
        return None
    worst = int(short[np.argmin(serving[short] / selection.goal[short])])
    series = world.series["strength"]
    month = world.start + worst
    place = max(i for i, segment in enumerate(series.segments) if segment.month <= month)
    years = tuple(sorted({int(year) for year in (world.start + short) // 12}))
    return Shortfall(month, float(selection.goal[worst]), float(serving[worst]), years, series.where[place])


def unmet(world: World, first: int, serving: Floats) -> str | None:
    """Say where a run's people under arms fall short of the strength given; None if they do not.

    serving: people under arms by month, (months,), from month index `first` of the window on. Years are compared by
    their means.
    """
    goal = entry(world).goal[first - world.start :][: len(serving)]
    years = (first + np.arange(len(goal))) // 12
    given = ~np.isnan(goal)
    met = {
        int(y): float(serving[at].mean() / goal[at].mean())
        for y in np.unique(years)
        if (at := given & (years == y)).any()
    }
    short = sorted(year for year, share in met.items() if share < MET)
    if not short:
        return None
    worst = min(short, key=met.__getitem__)
    more = "" if len(short) == 1 else f" ({len(short)} years are under {100 * MET:.0f} %)"
    return f"the army has {100 * met[worst]:.0f} % of the strength given in {worst}{more}: too few agents are eligible"


def attainable(world: World, selection: EntrySelection) -> Floats:
    """Return people under arms, (months,), where as many are taken and kept as needed and allowed."""
    alive, begun = _alive(world, selection)
    share = np.array([social_class.share for social_class in world.classes])
    at = np.clip(begun, 0, world.months - 1)
    # Of each cohort (by sex) that comes of age: those of a liable class who are tall enough.
    fit = (selection.liable[at] @ share)[:, None] * (1 - ndtr(selection.bar[at]))
    held = np.zeros((begun.size, len(SEXES)))  # the share of each cohort that is serving
    initial = (begun < 0)[:, None] & (begun[:, None] >= -selection.term[0])
    taken = np.broadcast_to(selection.share[0], held.shape).copy()
    taken[:, selection.solved] = _initial_share(selection, np.where(initial, fit, 0.0) * alive[0])
    held[initial] = (taken * fit)[initial]
    found = np.empty(world.months)
    for t in range(world.months):
        served = t - begun[:, None]
        leeway = np.where(selection.solved, selection.leeway, 0)
        held[served >= selection.term[t] + leeway] = 0.0
        late = (served >= selection.term[t]) & (held > 0)
        new = begun == t
        held[new] = selection.share[t] * fit[new]
        people = alive[t]
        solved = np.flatnonzero(selection.solved)
        if not np.isnan(selection.goal[t]) and solved.size:
            _meet(
                held,
                people,
                late,
                np.flatnonzero(new),
                fit,
                solved,
                float(selection.goal[t]),
                float(selection.floor[t]),
            )
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
    """Take as many newcomers as are missing, in place; keep those past their term only while some are missing."""
    held[np.ix_(new, solved)] = 0.0
    beyond = float((held * people)[late].sum())
    missing = goal - (float((held * people).sum()) - beyond)
    coming = float((fit * people)[np.ix_(new, solved)].sum())
    taken = min(max(missing / coming, floor), 1.0) if coming > 0 else 0.0
    held[np.ix_(new, solved)] = taken * fit[np.ix_(new, solved)]
    held[late] *= min(max((missing - taken * coming) / beyond, 0.0), 1.0) if beyond > 0 else 0.0


def _initial_share(selection: EntrySelection, eligible: Floats) -> Floats:
    """Return the initial share of the solved sexes that meets the goal; eligible: (cohorts, sex)."""
    if np.isnan(selection.goal[0]) or not selection.solved.any():
        return selection.share[0][selection.solved]
    by_sex = eligible.sum(axis=0)
    others, here = (selection.share[0] * by_sex)[~selection.solved].sum(), by_sex[selection.solved].sum()
    share = min(max((selection.goal[0] - others) / here, float(selection.floor[0])), 1.0) if here > 0 else 0.0
    return np.full(int(selection.solved.sum()), share)


def _alive(world: World, selection: EntrySelection) -> tuple[Floats, np.ndarray]:
    """Return the cohorts who come of age before the end: people alive, (months, cohorts, sex), and their months."""
    table = cohorts(world.case, world.start, world.months)
    begun = table.first + np.arange(table.people.shape[0]) + selection.adult_months
    longest = int(selection.term.max()) + selection.leeway
    chosen = (begun < world.months) & (begun >= -longest)
    alive = table.people[chosen, :, None] * np.exp(-table.hazard[chosen][:, :, : world.months])
    return np.moveaxis(alive, 2, 0), begun[chosen]

"""Feedback: the few numbers through which last month's counts affect this month. Agents interact only through them.

Therefore any split of the agents over threads or machines gives the same result, and a run can be replayed with the
feedback of another run, so that a change affects only the agents it concerns.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tumen.engine.cache import compiled, inner
from tumen.engine.state import ARRIVALS, ATTEMPTS, FLOWS, INTERCEPTIONS, SCALE, Accumulator
from tumen.model.compiled import AGES, AT_ONCE, BAND, CapacityLimitedState, CompiledModel, Floats, Ints

Ints64 = NDArray[np.int64]

_TOLERANCE = 1e-12
_ROUNDS = 60
#: Months of the moving average of the cohort.
_COHORT_MONTHS = 60.0
#: Relative miss of the goal above which the share taken is adjusted.
_STRENGTH_TOLERANCE = 0.01
#: Largest share of those waiting that an airlift can take in a month.
_MOST_LIFTED = 0.9


@dataclass(frozen=True)
class Feedback:
    """The feedback of one month.

    entry_intensity: (capacity-limited states, places) hazard per unit of weight; share: (groups,) taken at entry;
    off_term: (groups,) months after the end of a term at which people are released, negative when early; cohort:
    (groups,) mean number a month of those who come of age fit and liable; reach: (groups, places) cumulated network
    hazard; follow: (2, places) monthly hazard of the young, below and from the age of `older`; spouse: (groups,
    places) monthly hazard of going with one of another group; earned: (places, ages) mean earnings of those who
    pool their earnings; airlift: monthly hazard.
    """

    entry_intensity: Floats
    share: Floats
    off_term: Ints
    cohort: Floats
    reach: Floats
    follow: Floats
    spouse: Floats
    earned: Floats
    airlift: float


def initial_feedback(model: CompiledModel, cohort: Floats) -> Feedback:
    """Return the feedback before anything is counted. cohort: (groups,) fit and liable who come of age in a month."""
    places, groups = len(model.places), len(model.groups)
    return Feedback(
        entry_intensity=np.zeros((len(model.capacity_limited), places)),
        share=model.entry.share[0].copy(),
        off_term=np.zeros(groups, np.int32),
        cohort=cohort,
        reach=np.zeros((groups, places)),
        follow=np.zeros((2, places)),
        spouse=np.zeros((groups, places)),
        earned=np.zeros((places, AGES)),
        airlift=0.0,
    )


def feedback(model: CompiledModel, t: int, count: Accumulator, flow: Ints64, months: int, before: Feedback) -> Feedback:
    """Return the feedback of month t.

    count: counts at the end of month t - 1; flow: (FLOWS, cells), in fixed point, summed over the `months` since the
    feedback was last computed; before: that previous feedback.
    """
    links, shape = model.links, (len(model.groups), AGES, len(model.places))
    stock = count.stock.reshape(len(model.states), *shape)
    flows = flow.reshape(len(FLOWS), *shape)
    held, arrivals, leaders = totals(stock, flows[ARRIVALS], flows[ATTEMPTS] - flows[INTERCEPTIONS], *links.leaders)
    own = links.homophily[t]
    met = own * arrivals + (1 - own) * (arrivals.sum(axis=0) - arrivals)
    share, off_term, cohort = at_entry(model, t, held[model.entry.into].sum(), count, before.cohort, months)
    return Feedback(
        entry_intensity=np.stack(
            [
                entry_intensity(p, t, stock, held, before.entry_intensity[i])
                for i, p in enumerate(model.capacity_limited)
            ]
        ),
        share=share,
        off_term=off_term,
        cohort=cohort,
        reach=before.reach + links.reach[t] * 2 * _each(met, held.sum(axis=0)),
        follow=links.followers[t][:, None] / months * _each(leaders.sum(axis=0), _young(model, stock)),
        spouse=links.spouses[t] / months * _each(leaders.sum(axis=0) - leaders, _partners(model, stock)),
        earned=earned(model, t, stock),
        airlift=airlift(model, t, count),
    )


def _young(model: CompiledModel, stock: Ints64) -> Floats:
    """Return the young at home, below and from the age of `older`; (2, places), persons."""
    young, older = stock[model.young], model.links.older
    return np.stack([young[:, :older].sum(axis=(0, 1)), young[:, older:].sum(axis=(0, 1))]) / SCALE


def _partners(model: CompiledModel, stock: Ints64) -> Floats:
    """Return adults at home of the leaders' ages in states from which the border can be tried; (groups, places)."""
    first, last = model.links.leaders
    return np.asarray(stock[model.hazard_inputs.able, :, first : last + 1].sum(axis=(0, 2)) / SCALE)


def earned(model: CompiledModel, t: int, stock: Ints64) -> Floats:
    """Return mean earnings of those who pool them, equal within an age band; (places, ages), US dollars a month."""
    savings, places = model.savings, len(model.places)
    if savings.pooling[t] == 0.0:
        return np.zeros((places, AGES))
    people = stock[savings.shares].sum(axis=1) / SCALE  # (states, ages, places)
    money = (people * savings.earnings.at(t)[savings.shares][:, None, :]).sum(axis=0)
    bands = np.arange(0, AGES, BAND)
    mean = _each(np.add.reduceat(money, bands, axis=0), np.add.reduceat(people.sum(axis=0), bands, axis=0))
    return np.ascontiguousarray(np.repeat(mean, BAND, axis=0)[:AGES].T)


def airlift(model: CompiledModel, t: int, count: Accumulator) -> float:
    """Return the monthly hazard that brings the month's airlifted persons from the lifted stages."""
    journey = model.journey
    if journey.airlift[t] == 0.0:
        return 0.0
    waiting = float(count.stage[0, journey.lifted].sum()) / SCALE
    return float(-np.log1p(-min(journey.airlift[t] / max(waiting, 1.0), _MOST_LIFTED)))


def _each(counted: Floats, people: Floats) -> Floats:
    """Return what is counted per person; zero where there is less than one person."""
    return np.where(people >= 1.0, counted / np.maximum(people, 1.0), 0.0)


def totals(stock: Ints64, arrived: Ints64, crossed: Ints64, low: int, high: int) -> tuple[Floats, Floats, Floats]:
    """Return people at home (states, places), arrivals and crossers aged low..high (groups, places), in persons."""
    states, groups, _, places = stock.shape
    held, arrivals, leaders = (np.zeros((rows, places), np.int64) for rows in (states, groups, groups))
    add_totals(stock, arrived, crossed, low, high, held, arrivals, leaders)
    return held / SCALE, arrivals / SCALE, leaders / SCALE


@partial(compiled, allocates=False)
def add_totals(stock, arrived, crossed, low, high, held, arrivals, leaders):  # type: ignore[no-untyped-def]
    """Add people at home, arrivals and crossers aged low..high to `held`, `arrivals` and `leaders`, in fixed point."""
    states, groups, ages, places = stock.shape
    for x in range(groups):
        for a in range(ages):
            for p in range(places):
                for s in range(states):
                    held[s, p] += stock[s, x, a, p]
                arrivals[x, p] += arrived[x, a, p]
                if low <= a <= high:
                    leaders[x, p] += crossed[x, a, p]


def entry_intensity(limited: CapacityLimitedState, t: int, stock: Ints64, held: Floats, guess: Floats) -> Floats:
    """Return the hazard per unit of weight that fills the vacancies; (places,).

    stock: (states, groups, ages, places), fixed point; held: (states, places) persons; guess: (places,) initial values.
    """
    inside = held[limited.to].sum(keepdims=True) if limited.shared else held[limited.to]
    vacancies = np.maximum(limited.goal[t] - limited.keep[t] * inside, 0.0)
    root, sums = np.zeros(stock.shape[3]), np.empty((3, stock.shape[1]))
    liking, mass, group = np.empty(stock.size), np.empty(stock.size), np.empty(stock.size, np.int64)
    solve_entry_intensity(
        limited.weight.at(t), stock, vacancies, guess, limited.shared, root, liking, mass, group, sums
    )  # fmt: skip
    return root


@partial(compiled, allocates=False)
def solve_entry_intensity(weight, stock, vacancies, guess, shared, root, liking, mass, group, sums):  # type: ignore[no-untyped-def]
    """Solve sum of mass x (1 - exp(-k w)) = V for k, by place, or for the whole country where `shared`; into `root`.

    The left side is concave in k, so a Newton step from any point ends below the root, and later steps increase to it.
    Where the eligible are fewer than the vacancies, all of them enter at once. Neighbouring ages of equal weight are
    merged first. Sums over groups are kept apart and added last, because a + b = b + a to the bit: exchanging the two
    groups exchanges their results.
    """
    places = root.size
    for p in range(1 if shared else places):
        n = 0
        for q in range(places if shared else 1):
            n = bundle(weight, stock, q if shared else p, liking, mass, group, n)
        root[p] = climb(liking[:n], mass[:n], group[:n], sums, vacancies[p], guess[p])
    if shared:
        root[:] = root[0]


@inner
def bundle(weight, stock, p, liking, mass, group, n):  # type: ignore[no-untyped-def]
    """Append the eligible of place p, with neighbouring ages of equal weight merged; return the new length."""
    states, groups, ages, _ = stock.shape
    for s in range(states):
        for x in range(groups):
            last, people = 0.0, 0
            for a in range(ages + 1):
                w = weight[s, x, a, p] if a < ages else 0.0
                if w != last:
                    if last > 0.0 and people > 0:
                        liking[n], mass[n], group[n] = last, people / SCALE, x
                        n += 1
                    last, people = w, 0
                if a < ages:
                    people += stock[s, x, a, p]
    return n


@inner
def climb(liking, mass, group, sums, vacancies, guess):  # type: ignore[no-untyped-def]
    """Run Newton's iteration for one place; see `solve_entry_intensity`. sums: (3, groups), scratch space."""
    eligible, entering, slope = sums[0], sums[1], sums[2]
    eligible[:] = 0.0
    for j in range(mass.size):
        eligible[group[j]] += mass[j]
    if vacancies <= 0.0:
        return 0.0
    if vacancies >= eligible.sum() * (1 - 1e-9):
        return AT_ONCE
    root = guess if guess < AT_ONCE else 0.0
    for _ in range(_ROUNDS):
        entering[:] = 0.0
        slope[:] = 0.0
        for j in range(mass.size):
            stay = np.exp(-root * liking[j])
            entering[group[j]] += mass[j] * (1.0 - stay)
            slope[group[j]] += mass[j] * liking[j] * stay
        step = (vacancies - entering.sum()) / max(slope.sum(), 1e-300)
        root = max(root + step, 0.0)
        if abs(step) <= _TOLERANCE * max(root, _TOLERANCE):
            break
    return root


def at_entry(
    model: CompiledModel, t: int, inside: float, count: Accumulator, cohort: Floats, months: int
) -> tuple[Floats, Ints, Floats]:
    """Return the shares taken this month, the months off term at release, and the mean cohort; each (groups,).

    Without a goal, shares are as given and terms are kept. With a goal, the solved groups are taken at the share that
    keeps it in the long run (goal / (term x mean cohort)), and terms are shortened or extended by as few months as
    bring the persons `inside` closest to the goal. If they still miss it, the share is solved from the difference.
    """
    entry, solved = model.entry, model.entry.solved
    coming = count.coming / SCALE
    cohort = cohort + (coming - cohort) * min(months / _COHORT_MONTHS, 1.0)
    share, off_term = entry.share[t].copy(), np.zeros(solved.size, np.int32)
    if np.isnan(entry.goal[t]):
        return share, off_term, cohort
    # Released s months off term: everyone whose term ends in -s months at the latest.
    ending = np.cumsum(count.service, axis=1) / SCALE
    others = (share * coming)[~solved].sum() - ending[~solved, entry.leeway].sum()
    leaving = ending[solved].sum(axis=0)[2 * entry.leeway :: -1]  # by s = -leeway ... leeway
    wanted = entry.goal[t] - (inside + others - leaving)
    usual = _usual_share(model, t, float(cohort[solved].sum()), _inside(count, ~solved))
    usual = min(max(usual, float(entry.floor[t])), 1.0)
    available = float(coming[solved].sum())
    missing = wanted - usual * available
    months_off = np.arange(-entry.leeway, entry.leeway + 1)
    best = int(np.lexsort((np.abs(months_off), np.abs(missing)))[0])
    off_term[solved] = months_off[best]
    if abs(missing[best]) > _STRENGTH_TOLERANCE * entry.goal[t] and available > 0:
        usual = min(max(float(wanted[best]) / available, float(entry.floor[t])), 1.0)
    share[solved] = usual
    return share, off_term, cohort


def _inside(count: Accumulator, groups: NDArray[np.bool_]) -> float:
    """Return the persons of some groups in the state entered."""
    return float(count.service[groups].sum()) / SCALE


def _usual_share(model: CompiledModel, t: int, cohort: float, others: float) -> float:
    """Return the share of the solved groups' cohorts that keeps the goal over a whole term, given the other groups."""
    entry = model.entry
    term = float(entry.term[t, entry.solved].mean())
    return max(entry.goal[t] - others, 0.0) / (term * cohort) if cohort * term > 0 else 0.0

"""What last month's counts do to this month: people meet only through these few numbers.

So any split of the people over threads or machines gives the same result, and a run can be replayed with the feedback
of another to see what a change does to the lives it touches and to no others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumen.engine.cache import compiled, inner
from tumen.engine.state import ARRIVALS, DEPARTURES, FLOWS, SCALE, Tally
from tumen.mechanism.program import AGES, AT_ONCE, Floats, Pool, Program

Ints64 = NDArray[np.int64]

_TOLERANCE = 1e-12
_ROUNDS = 60


@dataclass(frozen=True)
class Feedback:
    """The feedback of one month.

    pressure: (pools, places) hazard per unit of weight; share: (groups,) taken at the gate; reach: (groups, places)
    cumulated network hazard; follow: (places,) monthly hazard of the young.
    """

    pressure: Floats
    share: Floats
    reach: Floats
    follow: Floats


def none(program: Program) -> Feedback:
    """Before anything has been counted."""
    places, groups = len(program.places), len(program.groups)
    return Feedback(
        np.zeros((len(program.pools), places)),
        program.gate.share[0].copy(),
        np.zeros((groups, places)),
        np.zeros(places),
    )


def feedback(program: Program, t: int, count: Tally, flow: Ints64, months: int, before: Feedback) -> Feedback:
    """The feedback of month t.

    count: the counts at the end of month t - 1; flow: (FLOWS, cells), in fixed point, added up over the `months` since
    the feedback was last worked out; before: the feedback then.
    """
    links, shape = program.links, (len(program.groups), AGES, len(program.places))
    stock = count.stock.reshape(len(program.states), *shape)
    flows = flow.reshape(len(FLOWS), *shape)
    held, arrivals, leaving = totals(stock, flows[ARRIVALS], flows[DEPARTURES], *links.leaders)
    own = links.homophily[t]
    met = own * arrivals + (1 - own) * (arrivals.sum(axis=0) - arrivals)
    return Feedback(
        pressure=np.stack([pressure(p, t, stock, held, before.pressure[i]) for i, p in enumerate(program.pools)]),
        share=gate_share(program, t, float(held[program.gate.into].sum()), count),
        reach=before.reach + links.reach[t] * 2 * _each(met, held.sum(axis=0)),
        follow=links.followers[t] / months * _each(leaving, held[program.young]),
    )


def _each(counted: Floats, people: Floats) -> Floats:
    """What is counted in a place, per person there; nought where there is less than one person."""
    return np.where(people >= 1.0, counted / np.maximum(people, 1.0), 0.0)


@compiled
def totals(stock, arrived, departed, low, high):  # type: ignore[no-untyped-def]
    """People at home by state and place, arrivals by group and place, departures aged low..high by place."""
    states, groups, ages, places = stock.shape
    held, arrivals = np.zeros((states, places), np.int64), np.zeros((groups, places), np.int64)
    leaving = np.zeros(places, np.int64)
    for x in range(groups):
        for a in range(ages):
            for p in range(places):
                for s in range(states):
                    held[s, p] += stock[s, x, a, p]
                arrivals[x, p] += arrived[x, a, p]
                if low <= a <= high:
                    leaving[p] += departed[x, a, p]
    return held / SCALE, arrivals / SCALE, leaving / SCALE


def pressure(pool: Pool, t: int, stock: Ints64, held: Floats, guess: Floats) -> Floats:
    """Hazard per unit of weight that fills the vacancies, by place.

    stock: (states, groups, ages, places), fixed point; held: (states, places) people; guess: where to begin.
    """
    inside = held[pool.to].sum(keepdims=True) if pool.shared else held[pool.to]
    vacancies = np.maximum(pool.goal[t] - pool.keep[t] * inside, 0.0)
    return np.asarray(solve_pressure(pool.weight.at(t), stock, vacancies, guess, pool.shared))


@compiled
def solve_pressure(weight, stock, vacancies, guess, shared):  # type: ignore[no-untyped-def]
    """Solve sum of mass x (1 - exp(-k w)) = V for k, by place, or for the whole country where `shared`.

    The left side is concave in k, so that Newton's step from anywhere ends below the root and those from there climb to
    it. Where the eligible fall short of the vacancies all of them enter at once. Neighbouring ages of one weight are
    put together first. Sums over groups are kept apart and added last, for a + b = b + a to the bit: exchanging the
    two groups exchanges their results.
    """
    states, groups, ages, places = stock.shape
    root = np.zeros(places)
    liking = np.empty(states * groups * ages * places)
    mass = np.empty(liking.size)
    group = np.empty(liking.size, np.int64)
    for p in range(1 if shared else places):
        n = 0
        for q in range(places if shared else 1):
            n = bundle(weight, stock, q if shared else p, liking, mass, group, n)
        root[p] = climb(liking[:n], mass[:n], group[:n], groups, vacancies[p], guess[p])
    if shared:
        root[:] = root[0]
    return root


@inner
def bundle(weight, stock, p, liking, mass, group, n):  # type: ignore[no-untyped-def]
    """Append the people of place p who may enter, by state and group, neighbouring ages of one weight together."""
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
def climb(liking, mass, group, groups, vacancies, guess):  # type: ignore[no-untyped-def]
    """Newton's iteration for one place; see `solve_pressure`."""
    eligible = np.zeros(groups)
    for j in range(mass.size):
        eligible[group[j]] += mass[j]
    if vacancies <= 0.0:
        return 0.0
    if vacancies >= eligible.sum() * (1 - 1e-9):
        return AT_ONCE
    root = guess if guess < AT_ONCE else 0.0
    entering, slope = np.empty(groups), np.empty(groups)
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


def gate_share(program: Program, t: int, inside: float, count: Tally) -> Floats:
    """Shares taken this month: as given, or for the solved groups what brings those `inside` to the goal."""
    gate = program.gate
    share = gate.share[t].copy()
    if np.isnan(gate.goal[t]):
        return share
    coming, leaving = count.coming[0] / SCALE, count.coming[1].sum() / SCALE
    wanted = gate.goal[t] - (inside - leaving) - (share * coming)[~gate.solved].sum()
    available = coming[gate.solved].sum()
    solved = min(max(wanted / available, 0.0), 1.0) if available > 0 else 0.0
    share[gate.solved] = max(float(solved), float(gate.floor[t]))
    return share

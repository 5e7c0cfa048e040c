"""What last month's counts do to this month: people meet only through these few numbers.

So any split of the people over threads or machines gives the same result, and a run can be replayed with the feedback
of another to see what a change does to the lives it touches and to no others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tumen.engine.state import FLOWS, SCALE, Tally
from tumen.mechanism.program import AGES, AT_ONCE, Floats, Pool, Program

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


def feedback(program: Program, t: int, count: Tally, before: Feedback) -> Feedback:
    """The feedback of month t from the counts at the end of month t - 1 and the feedback then."""
    shape = (len(program.groups), AGES, len(program.places))
    stock = count.stock.reshape(len(program.states), *shape) / SCALE
    flow = count.flow.reshape(len(FLOWS), *shape) / SCALE
    return Feedback(
        pressure=np.stack([pressure(pool, t, stock) for pool in program.pools]),
        share=gate_share(program, t, stock, count),
        reach=before.reach + _network(program, t, stock, flow),
        follow=_follow(program, t, stock, flow),
    )


def pressure(pool: Pool, t: int, stock: Floats) -> Floats:
    """Solve for the hazard per unit of weight that fills the vacancies: sum of mass x (1 - exp(-k w)) = V, by place.

    The left side is concave in k, so Newton's steps from below never overshoot. Where those eligible fall short of the
    vacancies all of them enter at once. stock: (states, groups, ages, places) people.
    """
    weight = pool.weight.at(t)
    some = weight.max(axis=(1, 2, 3)) > 0
    mass, liking = np.where(weight > 0, stock, 0.0)[some], weight[some]
    vacancies = np.clip(pool.goal[t] - pool.keep[t] * _sum(stock[pool.to][None], pool.shared), 0.0, None)
    eligible = _sum(mass, pool.shared)
    short = vacancies >= eligible * (1 - 1e-9)
    root = np.where(short, 0.0, vacancies / np.maximum(_sum(mass * liking, pool.shared), 1e-300))
    for _ in range(_ROUNDS):
        enter = -np.expm1(-root * liking)
        gap = vacancies - _sum(mass * enter, pool.shared)
        slope = np.maximum(_sum(mass * liking * (1 - enter), pool.shared), 1e-300)
        step = np.where(short, 0.0, gap / slope)
        root = root + np.maximum(step, 0.0)
        if np.all(np.abs(step) <= _TOLERANCE * np.maximum(root, _TOLERANCE)):
            break
    root = np.where(short & (vacancies > 0), AT_ONCE, root)
    return np.broadcast_to(root, stock.shape[-1:]).copy()


def _sum(table: Floats, shared: bool) -> Floats:
    """Sum over states, groups and ages, by place or (in one entry) for the whole country.

    Groups are added last, for a + b = b + a to the bit: exchanging two groups exchanges their results.
    """
    by_group = table.sum(axis=(0, 2))
    return np.asarray(by_group.sum(axis=1, keepdims=True).sum(axis=0) if shared else by_group.sum(axis=0))


def gate_share(program: Program, t: int, stock: Floats, count: Tally) -> Floats:
    """Shares taken this month: as given, or for the solved groups what brings the state to its goal."""
    gate = program.gate
    share = gate.share[t].copy()
    if np.isnan(gate.goal[t]):
        return share
    coming, leaving = count.coming[0] / SCALE, count.coming[1].sum() / SCALE
    wanted = gate.goal[t] - (stock[gate.into].sum() - leaving) - (share * coming)[~gate.solved].sum()
    available = coming[gate.solved].sum()
    solved = np.clip(wanted / available, 0.0, 1.0) if available > 0 else 0.0
    share[gate.solved] = max(float(solved), float(gate.floor[t]))
    return share


def _network(program: Program, t: int, stock: Floats, flow: Floats) -> Floats:
    arrivals = flow[0].sum(axis=1)  # (groups, places)
    people = np.maximum(stock.sum(axis=(0, 1, 2)), 1.0)
    own = program.links.homophily[t]
    other = arrivals.sum(axis=0, keepdims=True) - arrivals
    return np.asarray(program.links.reach[t] * 2 * (own * arrivals + (1 - own) * other) / people)


def _follow(program: Program, t: int, stock: Floats, flow: Floats) -> Floats:
    low, high = program.links.leaders
    leaving = flow[1][:, low : high + 1].sum(axis=(0, 1))
    children = stock[program.young].sum(axis=(0, 1))
    return np.asarray(program.links.followers[t] * leaving / np.maximum(children, 1.0))

"""What people are to each other: the counts of a month, and what the next month meets of them (docs/engine.md)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tumen.engine.reference.person import Person, Table
from tumen.engine.reference.rules import share_of_time
from tumen.mechanism.program import Pool, Program

UNIT = 2**28
_MOST = 1e9


@dataclass
class Feedback:
    """What people meet of one another in a month: pressure[pool][place], share[group], reach[group][place],
    follow[place].
    """

    pressure: Table
    share: Table
    reach: Table
    follow: Table


@dataclass
class Count:
    """The counts of a month, in whole multiples of 2^-28 persons."""

    stock: Counter[tuple[int, int, int, int]] = field(default_factory=Counter)  # state, group, age, place
    flow: Counter[tuple[int, int, int, int]] = field(default_factory=Counter)  # flow, group, age, place
    sampled: Counter[tuple[int, int, int, int]] = field(default_factory=Counter)
    by_state: Counter[tuple[int, int]] = field(default_factory=Counter)
    by_channel: Counter[tuple[int, int]] = field(default_factory=Counter)
    stage: Counter[tuple[int, int, int]] = field(default_factory=Counter)  # stock, arrivals, shifts; stage, group
    mean: Counter[tuple[int, int]] = field(default_factory=Counter)
    noted: Counter[tuple[int, int]] = field(default_factory=Counter)
    kin_effect: Counter[tuple[int]] = field(default_factory=Counter)


def units(persons: float) -> int:
    """A number of persons in whole multiples of 2^-28."""
    return round(persons * UNIT)


def given(other: Any) -> Feedback:
    """The feedback of another run, of whichever engine."""

    def plain(table: Any) -> Table:
        return np.asarray(table, dtype=float).tolist()

    return Feedback(plain(other.pressure), plain(other.share), plain(other.reach), plain(other.follow))


def feedback(program: Program, t: int, people: list[Person], count: Count, before: Feedback) -> Feedback:
    """What month t meets, from the counts at the end of month t - 1."""
    return Feedback(
        pressure=[pool_pressure(program, pool, t, count) for pool in program.pools],
        share=gate_share(program, t, people, count),
        reach=reach(program, t, count, before),
        follow=follow(program, t, count),
    )


def pool_pressure(program: Program, pool: Pool, t: int, count: Count) -> list[float]:
    """By place, the factor k on the weights that fills the vacancies."""
    weight = pool.weight.at(t)
    everywhere = range(len(program.places))
    answer = []
    for places in [everywhere] if pool.shared else [[place] for place in everywhere]:
        some = {cell: mass / UNIT for cell, mass in count.stock.items() if cell[3] in places}
        holders = sum(mass for cell, mass in some.items() if cell[0] == pool.to)
        vacancies = max(0.0, float(pool.goal[t, places[0]]) - float(pool.keep[t]) * holders)
        eligible: Counter[float] = Counter()
        for cell, mass in some.items():
            eligible[float(weight[cell])] += mass  # type: ignore[assignment]
        answer += [pressure(eligible, vacancies)] * len(places)
    return answer


def pressure(eligible: Mapping[float, float], vacancies: float) -> float:
    """Solve sum of mass x (1 - exp(-k weight)) = vacancies for k by halving; `eligible`: mass by weight."""
    if vacancies <= 0.0:
        return 0.0

    def taken(k: float) -> float:
        return sum(mass * share_of_time(k * weight) for weight, mass in eligible.items())

    if sum(mass for weight, mass in eligible.items() if weight > 0.0) <= vacancies:
        return _MOST
    low, high = 0.0, 1.0
    while taken(high) < vacancies:
        low, high = high, 2.0 * high
        if high > _MOST:
            return _MOST
    while high - low > 1e-13 * high:
        middle = 0.5 * (low + high)
        if taken(middle) < vacancies:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def gate_share(program: Program, t: int, people: list[Person], count: Count) -> list[float]:
    """The share of the fit and liable taken on coming of age this month."""
    gate = program.gate
    goal = float(gate.goal[t])
    if math.isnan(goal):
        return [float(share) for share in gate.share[t]]
    inside = sum(mass for cell, mass in count.stock.items() if cell[0] == gate.into) / UNIT
    leaving, coming = 0, [0] * len(program.groups)
    for p in people:
        mass = p.weight * sum(p.home)
        if p.state == gate.into and p.due <= t:
            leaving += units(mass)
        if t - p.birth == gate.adult_months and p.physique >= gate.bar[t, p.group]:
            coming[p.group] += units(mass * float(gate.liable[t, p.klass]))
    return solved_share(program, t, goal - (inside - leaving / UNIT), [size / UNIT for size in coming])


def reach(program: Program, t: int, count: Count, before: Feedback) -> Table:
    """The cumulated hazard of gaining kin abroad, by group and place."""
    links, groups = program.links, range(len(program.groups))
    h = float(links.homophily[t])
    table = [[0.0] * len(program.places) for _ in groups]
    for place in range(len(program.places)):
        home = total(count.stock, lambda cell, place=place: cell[3] == place)
        came = [
            total(count.flow, lambda cell, x=x, place=place: cell[0] == 0 and cell[1] == x and cell[3] == place)
            for x in groups
        ]
        for x in groups:
            met = h * came[x] + (1.0 - h) * (sum(came) - came[x])
            grown = float(links.reach[t]) * 2.0 * met / home if home >= 1.0 else 0.0
            table[x][place] = before.reach[x][place] + grown
    return table


def follow(program: Program, t: int, count: Count) -> list[float]:
    """The monthly hazard of the young of going with adults, by place."""
    links = program.links
    oldest = range(links.leaders[0], links.leaders[1] + 1)
    answer = []
    for place in range(len(program.places)):
        left = total(count.flow, lambda cell, place=place: cell[0] == 1 and cell[2] in oldest and cell[3] == place)
        young = total(count.stock, lambda cell, place=place: cell[0] == program.young and cell[3] == place)
        answer.append(float(links.followers[t]) * left / young if young >= 1.0 else 0.0)
    return answer


def total(counted: Counter[tuple[int, int, int, int]], chosen: Any) -> float:
    """Persons in the chosen cells."""
    return sum(mass for cell, mass in counted.items() if chosen(cell)) / UNIT


def solved_share(program: Program, t: int, goal: float, size: list[float]) -> list[float]:
    """The share taken of each group so that `goal` are taken; `size` are the fit and liable of each group."""
    gate = program.gate
    given_share = gate.share[t].tolist()
    groups = range(len(size))
    wanted = goal - sum(given_share[x] * size[x] for x in groups if not gate.solved[x])
    eligible = sum(size[x] for x in groups if gate.solved[x])
    solved = min(max(wanted / eligible, 0.0), 1.0) if eligible > 0.0 else 0.0
    solved = max(solved, float(gate.floor[t]))
    return [solved if gate.solved[x] else given_share[x] for x in groups]

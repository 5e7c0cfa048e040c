"""What people are to each other: the counts of a month, and what the next month meets of them (docs/engine.md)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from tests.reference_engine.entry import cohort_before, weigh
from tests.reference_engine.person import Person, Table
from tests.reference_engine.rules import UNIT, share_of_time
from tumen.model.compiled import AGES, CapacityLimitedState, CompiledModel

_MOST = 1e9
_BAND = 10
_ATTEMPTS, _INTERCEPTIONS = 2, 3


@dataclass
class Feedback:
    """What people meet of one another in a month: entry_intensity[state][place]; share, off_term and cohort by
    [group]; reach[group][place]; follow[younger, older][place]; spouse[group][place]; earned[place][age]; airlift.
    """

    entry_intensity: Table
    share: list[float]
    off_term: list[int]
    cohort: list[float]
    reach: Table
    follow: Table
    spouse: Table
    earned: Table
    airlift: float


@dataclass
class Count:
    """The counts of a month, in whole multiples of 2^-28 persons."""

    stock: Counter[tuple[int, int, int, int]] = field(default_factory=Counter)  # state, group, age, place
    flow: Counter[tuple[int, int, int, int]] = field(default_factory=Counter)  # flow, group, age, place
    sampled: Counter[tuple[int, int, int, int]] = field(default_factory=Counter)
    by_state: Counter[tuple[int, int]] = field(default_factory=Counter)
    by_channel: Counter[tuple[int, int]] = field(default_factory=Counter)
    stage: Counter[tuple[int, int, int]] = field(default_factory=Counter)  # stock, arrivals, shifts; stage, group
    adult_sums: Counter[tuple[int, int]] = field(default_factory=Counter)
    auxiliary: Counter[tuple[int, int]] = field(default_factory=Counter)
    kin_effect: Counter[tuple[int]] = field(default_factory=Counter)


def given(other: Any) -> Feedback:
    """The feedback of another run, of whichever engine."""
    return Feedback(**{f.name: np.asarray(getattr(other, f.name)).tolist() for f in fields(Feedback)})


def before_all(model: CompiledModel, people: list[Person]) -> Feedback:
    """What the feedback of month 0 starts from: nobody has arrived, and the usual number comes of age."""
    nobody = [[0.0] * len(model.places) for _ in model.groups]
    return Feedback([], [], [], cohort_before(model, people), nobody, [], [], [], 0.0)


def feedback(model: CompiledModel, t: int, people: list[Person], count: Count, before: Feedback) -> Feedback:
    """What month t meets, from the counts at the end of month t - 1."""
    into, groups = model.entry.into, range(len(model.groups))
    inside = [total(count.stock, lambda cell, x=x: cell[:2] == (into, x)) for x in groups]
    at_entry = weigh(model, t, people, inside, before.cohort)
    leaders = crossed(model, count)
    return Feedback(
        entry_intensity=[entry_intensities(model, limited, t, count) for limited in model.capacity_limited],
        share=at_entry.share,
        off_term=at_entry.off_term,
        cohort=at_entry.cohort,
        reach=reach(model, t, count, before),
        follow=follow(model, t, count, leaders),
        spouse=spouse(model, t, count, leaders),
        earned=earned(model, t, count),
        airlift=airlift(model, t, count),
    )


def entry_intensities(model: CompiledModel, limited: CapacityLimitedState, t: int, count: Count) -> list[float]:
    """By place, the factor k on the weights that fills the vacancies."""
    weight = limited.weight.at(t)
    everywhere = range(len(model.places))
    answer = []
    for places in [everywhere] if limited.shared else [[place] for place in everywhere]:
        some = {cell: mass / UNIT for cell, mass in count.stock.items() if cell[3] in places}
        holders = sum(mass for cell, mass in some.items() if cell[0] == limited.to)
        vacancies = max(0.0, float(limited.goal[t, places[0]]) - float(limited.keep[t]) * holders)
        eligible: Counter[float] = Counter()
        for cell, mass in some.items():
            eligible[float(weight[cell])] += mass  # type: ignore[assignment]
        answer += [entry_intensity(eligible, vacancies)] * len(places)
    return answer


def entry_intensity(eligible: Mapping[float, float], vacancies: float) -> float:
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


def reach(model: CompiledModel, t: int, count: Count, before: Feedback) -> Table:
    """The cumulated hazard of gaining kin abroad, by group and place."""
    links, groups = model.links, range(len(model.groups))
    h = float(links.homophily[t])
    table = [[0.0] * len(model.places) for _ in groups]
    for place in range(len(model.places)):
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


def crossed(model: CompiledModel, count: Count) -> Table:
    """Leaders, by group and place: those of the leading ages who crossed the border last month."""
    low, high = model.links.leaders
    table = [[0.0] * len(model.places) for _ in model.groups]
    for (which, x, age, place), mass in count.flow.items():
        if which in (_ATTEMPTS, _INTERCEPTIONS) and low <= age <= high:
            table[x][place] += (mass if which == _ATTEMPTS else -mass) / UNIT
    return table


def follow(model: CompiledModel, t: int, count: Count, leaders: Table) -> Table:
    """The monthly hazard of the young of going with adults: below and from the age `older`, by place."""
    links = model.links
    table = []
    for b, ages in enumerate((range(links.older), range(links.older, AGES))):
        row = []
        for place in range(len(model.places)):
            young = total(
                count.stock,
                lambda cell, ages=ages, place=place: cell[0] == model.young and cell[2] in ages and cell[3] == place,
            )
            log_rate_offset = sum(by_place[place] for by_place in leaders)
            row.append(per_head(float(links.followers[t, b]) * log_rate_offset, young))
        table.append(row)
    return table


def spouse(model: CompiledModel, t: int, count: Count, leaders: Table) -> Table:
    """The monthly hazard of adults of the leading ages of going with one of another group, by group and place."""
    low, high = model.links.leaders
    able = model.hazard_inputs.able.tolist()
    table = []
    for x in range(len(model.groups)):
        row = []
        for place in range(len(model.places)):
            partners = total(
                count.stock,
                lambda cell, x=x, place=place: (
                    able[cell[0]] and cell[1] == x and low <= cell[2] <= high and cell[3] == place
                ),
            )
            log_rate_offset = sum(by_place[place] for y, by_place in enumerate(leaders) if y != x)
            row.append(per_head(float(model.links.spouses[t]) * log_rate_offset, partners))
        table.append(row)
    return table


def per_head(persons: float, people: float) -> float:
    """Persons for each of the people; zero where fewer than one is at home."""
    return persons / people if people >= 1.0 else 0.0


def earned(model: CompiledModel, t: int, count: Count) -> Table:
    """Mean earnings of those who pool their earnings, by place and single year of age."""
    savings = model.savings
    table = [[0.0] * AGES for _ in model.places]
    if float(savings.pooling[t]) <= 0.0:
        return table
    earnings, shares = savings.earnings.at(t).tolist(), savings.shares.tolist()
    people: Counter[tuple[int, int]] = Counter()
    money: Counter[tuple[int, int]] = Counter()
    for (state, _, age, place), mass in count.stock.items():
        if shares[state]:
            people[place, age // _BAND] += mass / UNIT  # type: ignore[assignment]
            money[place, age // _BAND] += mass / UNIT * earnings[state][place]
    for place in range(len(model.places)):
        for age in range(AGES):
            table[place][age] = per_head(money[place, age // _BAND], people[place, age // _BAND])
    return table


def airlift(model: CompiledModel, t: int, count: Count) -> float:
    """The monthly hazard of being brought to the destination, in the stages from which people are taken."""
    journey = model.journey
    brought = float(journey.airlift[t])
    if brought <= 0.0:
        return 0.0
    there = sum(mass for (which, r, _), mass in count.stage.items() if which == 0 and journey.lifted[r]) / UNIT
    return -math.log(1.0 - min(brought / max(there, 1.0), 0.9))


def total(counted: Counter[tuple[int, int, int, int]], chosen: Any) -> float:
    """Persons in the chosen cells."""
    return sum(mass for cell, mass in counted.items() if chosen(cell)) / UNIT

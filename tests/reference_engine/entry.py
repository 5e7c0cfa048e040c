"""Who is taken on coming of age, and who is held or let go so that the state keeps its goal (docs/engine.md, Entry)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tests.reference_engine.person import Person
from tests.reference_engine.rules import UNIT, units
from tumen.model.compiled import CompiledModel

#: Months before the window whose newcomers tell the usual number, and months over which that number is averaged.
_BEFORE, _MEMORY = 120, 60
#: Miss of the goal, as a share of it, up to which the leeway suffices.
_SUFFICES = 0.01


@dataclass(frozen=True)
class AtEntry:
    """What the feedback says of the entry, by group: the share taken, months off term, the usual number who come."""

    share: list[float]
    off_term: list[int]
    cohort: list[float]


def share_at_start(model: CompiledModel, goal: float, size: list[float]) -> list[float]:
    """The share taken when the window opens so that `goal` are taken; `size`: the candidates of each group."""
    entry, groups = model.entry, range(len(size))
    given = entry.share[0].tolist()
    wanted = goal - sum(given[x] * size[x] for x in groups if not entry.solved[x])
    eligible = sum(size[x] for x in groups if entry.solved[x])
    solved = max(clip(wanted / eligible, 0.0, 1.0) if eligible > 0.0 else 0.0, float(entry.floor[0]))
    return [solved if entry.solved[x] else given[x] for x in groups]


def cohort_before(model: CompiledModel, people: list[Person]) -> list[float]:
    """The number who came of age in a month before the window, by group, fit and liable by the rules of month 0."""
    entry, came = model.entry, [0.0] * len(model.groups)
    for p in people:
        if -_BEFORE <= p.birth + entry.adult_months < 0 and p.physique >= entry.bar[0, p.group]:
            came[p.group] += p.weight * float(entry.liable[0, p.social_class])
    return [persons / _BEFORE for persons in came]


def weigh(model: CompiledModel, t: int, people: list[Person], inside: list[float], cohort: list[float]) -> AtEntry:
    """What month t meets at entry; inside: people in the state by group, cohort: as it was last month."""
    entry, groups = model.entry, range(len(model.groups))
    came = coming(model, t, people)
    cohort = [before + (now - before) / _MEMORY for before, now in zip(cohort, came, strict=True)]
    share, goal = entry.share[t].tolist(), float(entry.goal[t])
    if math.isnan(goal):
        return AtEntry(share, [0] * len(share), cohort)
    solved = [x for x in groups if entry.solved[x]]
    others = [x for x in groups if not entry.solved[x]]
    usual = usual_share(model, t, goal - sum(inside[x] for x in others), sum(cohort[x] for x in solved))
    here = sum(came[x] for x in solved)
    leave_anyway = served(model, t, people, others, 0)
    taken_anyway = sum(share[x] * came[x] for x in others)

    def wanted(s: int) -> float:
        stay = sum(inside) - served(model, t, people, solved, s) - leave_anyway
        return goal - stay - taken_anyway

    best = min(range(-entry.leeway, entry.leeway + 1), key=lambda s: (abs(wanted(s) - usual * here), abs(s), s))
    part = usual
    if abs(wanted(best) - usual * here) > _SUFFICES * goal and here > 0.0:
        part = clip(wanted(best) / here, float(entry.floor[t]), 1.0)
    return AtEntry(
        share=[part if entry.solved[x] else share[x] for x in groups],
        off_term=[best if entry.solved[x] else 0 for x in groups],
        cohort=cohort,
    )


def coming(model: CompiledModel, t: int, people: list[Person]) -> list[float]:
    """Those who come of age this month, fit for its bar and liable, by group."""
    entry, size = model.entry, [0] * len(model.groups)
    for p in people:
        if t - p.birth == entry.adult_months and p.physique >= entry.bar[t, p.group]:
            size[p.group] += units(p.weight * sum(p.home) * float(entry.liable[t, p.social_class]))
    return [persons / UNIT for persons in size]


def served(model: CompiledModel, t: int, people: list[Person], groups: list[int], s: int) -> float:
    """People of these groups in the state who in month t have served s months more than their term, or longer."""
    entry = model.entry
    some = (
        p
        for p in people
        if p.state == entry.into and p.group in groups and t - p.begun >= int(entry.term[t, p.group]) + s
    )
    return sum(units(p.weight * sum(p.home)) for p in some) / UNIT


def usual_share(model: CompiledModel, t: int, goal: float, cohort: float) -> float:
    """The share of the usual number who come that keeps the goal if each serves the term of today."""
    entry = model.entry
    terms = [float(term) for term, solved in zip(entry.term[t], entry.solved, strict=True) if solved]
    posts = sum(terms) / len(terms) * cohort if terms else 0.0
    return clip(goal / posts if posts > 0.0 else 0.0, float(entry.floor[t]), 1.0)


def clip(value: float, low: float, high: float) -> float:
    """The nearest value within the bounds."""
    return min(max(value, low), high)

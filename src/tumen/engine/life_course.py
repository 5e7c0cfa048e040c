"""Life at home, sampled: birth, coming of age, dated stays, moves at a rate, death. It goes on as if nobody left.

Mass that leaves is taken from this trunk; those who come back rejoin it (docs/engine.md says what that assumes).
"""

from __future__ import annotations

import numpy as np

from tumen.engine.cache import inner
from tumen.engine.draws import GATE, KIN, MOVE, MOVE_TO, exponential, first, first_budget, uniform


@inner
def advance(lo, hi, rows, law, workspace):  # type: ignore[no-untyped-def]
    """Carry people lo..hi through the month's births, deaths, dated ends and moves, in that order; note their ages.

    Returns the range outside which nobody is alive.
    """
    states, top = law.opens.size, law.will_age.size - 1
    group, place = rows.group[lo], rows.place[lo]
    reach, rates, factor = law.reach[group, place], law.rates[group, place], law.factor[place]
    alive, end = hi, lo
    for i in range(lo, hi):
        status, t = rows.status[i], law.t - rows.birth[i]
        workspace.before[i - lo], workspace.age[i - lo] = status, 0
        if t < 0 or status == states + 1:
            continue
        if t == 0:  # born: a child, at home, with budgets for moving and for gaining kin abroad
            status = law.young
            rows.status[i] = status
            rows.home[0, i] = 1.0
            rows.left[i] = first_budget(rows.key[i], MOVE)
            rows.kin_hazard[i] = reach + first_budget(rows.key[i], KIN)
        if law.t >= rows.death[i]:
            rows.status[i] = states + 1
            for k in range(
                rows.capital.shape[0]
            ):  # so that dead rows between living ones do not depend on how people are split
                rows.capital[k, i] = 0.0
            lose(i, rows.home, rows.held, rows.away, rows.arrived, rows.settled, rows.lost)
            continue
        alive, end = min(alive, i), i + 1
        if rows.kin[i] == 0 and reach >= rows.kin_hazard[i]:
            rows.kin[i] = 1
        age = min(np.int64(np.uint32(t) // np.uint32(12)), top)
        workspace.age[i - lo] = age
        to = -1
        if t == law.age_of_majority:
            chance = law.share[group] * law.liable[0, rows.social_class[i]]
            taken = rows.physique[i] >= law.bar[0, group] and first(rows.key[i], GATE) < chance
            to = law.entry_into if taken else law.grown
            for k in range(rows.capital.shape[0]):
                rows.capital[k, i] = law.opening
        elif status == law.entry_into and law.t - rows.begun[i] >= law.term[0, group] + law.off_term[group]:
            to = law.grown
        elif status != law.young:
            each, rate = rates[status, age], 0.0
            for d in range(factor.size):
                rate += each[d] * factor[d]
            left = rows.left[i] - rate
            if rate > 0.0 and left <= 0.0:
                to = law.to[choose(uniform(rows.key[i], MOVE_TO, rows.spell[i]) * rate, each, factor)]
                rows.spell[i] += 1
                left = exponential(rows.key[i], MOVE, rows.spell[i])
            rows.left[i] = left
        if to >= 0:
            rows.status[i] = to
            rows.begun[i] = law.t
    if alive > lo:
        for j in range(end - alive):
            workspace.age[j] = workspace.age[j + alive - lo]
    return alive, end


@inner
def lose(i, home, held, away, arrived, settled, lost):  # type: ignore[no-untyped-def]
    """All mass of a person who dies, wherever it is, is lost."""
    for k in range(home.shape[0]):
        home[k, i] = 0.0
        held[k, i] = 0.0
        for r in range(away.shape[1]):
            away[k, r, i] = 0.0
    arrived[i] = 0.0
    settled[i] = 0.0
    lost[i] = 1.0


@inner
def choose(pick, each, factor):  # type: ignore[no-untyped-def]
    """Which move: the first at which the hazards, added up, pass `pick`; the last that is possible if none does."""
    choice = 0
    for d in range(factor.size):
        part = each[d] * factor[d]
        if part > 0.0:
            choice = d
            pick -= part
            if pick < 0.0:
                break
    return choice

"""Life at home, sampled: birth, coming of age, dated stays, moves at a rate, death. It goes on as if nobody left.

Mass that leaves is taken from this trunk; those who come back rejoin it (docs/engine.md says what that assumes).
"""

from __future__ import annotations

import numpy as np

from tumen.engine.cache import inner
from tumen.engine.draws import GATE, KIN, MOVE, MOVE_TO, exponential, first, first_budget, uniform


@inner
def advance(lo, hi, rows, law, desk):  # type: ignore[no-untyped-def]
    """Carry people lo..hi through the month's births, deaths, dated ends and moves, in that order.

    Returns the range outside which nobody is alive, and notes the age of everybody within.
    """
    states, top = law.able.size, law.will_age.size - 1
    group, place = rows.group[lo], rows.place[lo]
    reach, rates, factor = law.reach[group, place], law.rates[group, place], law.factor[place]
    alive, end = hi, lo
    for i in range(lo, hi):
        desk.before[i - lo] = rows.status[i]
        t = law.t - rows.birth[i]
        desk.age[i - lo] = 0
        if t < 0 or rows.status[i] == states + 1:
            continue
        if t == 0:
            be_born(i, rows, law)
        if law.t >= rows.death[i]:
            die(i, rows, states + 1)
            continue
        alive, end = min(alive, i), i + 1
        if rows.kin[i] == 0 and reach >= rows.kin_at[i]:
            rows.kin[i] = 1
        age = min(np.int64(np.uint32(t) // np.uint32(12)), top)
        desk.age[i - lo] = age
        if t == law.age_of_majority:
            come_of_age(i, rows, law)
        elif law.t >= rows.due[i]:
            enter(i, law.grown, rows, law)
        elif rows.status[i] != law.young:
            each = rates[rows.status[i], age]
            rate = 0.0
            for d in range(factor.size):
                rate += each[d] * factor[d]
            rows.left[i] -= rate
            if rate > 0.0 and rows.left[i] <= 0.0:
                move(i, rows, law, each, factor, rate)
    if alive > lo:
        for j in range(end - alive):
            desk.age[j] = desk.age[j + alive - lo]
    return alive, end


@inner
def be_born(i, rows, law):  # type: ignore[no-untyped-def]
    """A person enters as a child, at home, with budgets for moving and for gaining kin abroad."""
    rows.status[i] = law.young
    rows.home[0, i] = 1.0
    rows.left[i] = first_budget(rows.key[i], MOVE)
    rows.kin_at[i] = law.reach[rows.group[i], rows.place[i]] + first_budget(rows.key[i], KIN)


@inner
def die(i, rows, dead):  # type: ignore[no-untyped-def]
    """All mass of the person, wherever it is, is lost."""
    rows.status[i] = dead
    rows.home[:, i] = 0.0
    rows.held[:, i] = 0.0
    rows.away[:, :, i] = 0.0
    rows.arrived[i] = 0.0
    rows.settled[i] = 0.0
    rows.lost[i] = 1.0


@inner
def enter(i, state, rows, law):  # type: ignore[no-untyped-def]
    """Be in a state from this month on."""
    rows.status[i] = state
    rows.due[i] = law.due[state, law.t + law.offset, rows.group[i]]


@inner
def come_of_age(i, rows, law):  # type: ignore[no-untyped-def]
    """Those fit and liable are taken through the gate with the month's share, the others go where the grown go."""
    group = rows.group[i]
    chance = law.share[group] * law.liable[0, rows.klass[i]]
    taken = rows.physique[i] >= law.bar[0, group] and first(rows.key[i], GATE) < chance
    enter(i, law.gate_into if taken else law.grown, rows, law)
    rows.capital[:, i] = law.opening


@inner
def move(i, rows, law, each, factor, rate):  # type: ignore[no-untyped-def]
    """The budget for the next move is spent: choose where to in proportion to the hazards, which sum to `rate`."""
    pick = uniform(rows.key[i], MOVE_TO, rows.spell[i]) * rate
    choice = -1
    for d in range(factor.size):
        part = each[d] * factor[d]
        if part > 0.0:
            choice = d
            pick -= part
            if pick < 0.0:
                break
    enter(i, law.to[choice], rows, law)
    rows.spell[i] += 1
    rows.left[i] = exponential(rows.key[i], MOVE, rows.spell[i])

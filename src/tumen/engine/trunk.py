"""Life at home, sampled: birth, coming of age, dated stays, moves at a rate, death. It goes on as if nobody left.

Mass that leaves is taken from this trunk; those who come back rejoin it (docs/engine.md says what that assumes).
"""

from __future__ import annotations

from tumen.engine.cache import inner
from tumen.engine.draws import GATE, KIN, MOVE, MOVE_TO, exponential, first, first_budget, uniform


@inner
def look_up(law, desk, group, place):  # type: ignore[no-untyped-def]
    """This month's hazards of moving and mobility, by state and age, for the group and place of a stretch."""
    states, ages = desk.go.shape
    for s in range(states):
        for a in range(ages):
            desk.go[s, a] = 0.0
            desk.ease[s, a] = law.mobility[s, group, a, place] * law.ease
    for d in range(law.to.size):
        table, factor = law.tables[d], law.factor[d, place]
        if factor > 0.0:
            for s in range(states):
                for a in range(ages):
                    desk.go[s, a] += table[s, group, a, place] * factor


@inner
def advance(lo, hi, rows, law, desk):  # type: ignore[no-untyped-def]
    """Carry people lo..hi through the month's births, deaths, dated ends and moves, in that order.

    Returns the range outside which nobody is alive.
    """
    unborn, ages, places = desk.go.shape[0], desk.go.shape[1], law.price.size
    top = (rows.group[lo] * ages) * places + rows.place[lo]
    alive, end = hi, lo
    for i in range(lo, hi):
        desk.before[i - lo] = rows.status[i]
        t = law.t - rows.birth[i]
        if t < 0 or rows.status[i] == unborn + 1:
            continue
        if t == 0:
            be_born(i, rows, law)
        if law.t >= rows.death[i]:
            die(i, rows, unborn + 1)
            continue
        alive, end = min(alive, i), i + 1
        if rows.kin[i] == 0 and law.reach[rows.group[i], rows.place[i]] >= rows.kin_at[i]:
            rows.kin[i] = 1
        age = min(t // 12, ages - 1)
        desk.cell[i - lo] = top + age * places
        if t == law.age_of_majority:
            come_of_age(i, rows, law)
        elif law.t >= rows.due[i]:
            enter(i, law.grown, rows, law)
        elif rows.status[i] != law.young:
            rate = desk.go[rows.status[i], age]
            rows.left[i] -= rate
            if rate > 0.0 and rows.left[i] <= 0.0:
                move(i, rows, law, age, rate)
    for j in range(alive - lo, end - lo):
        desk.cell[j - (alive - lo)] = desk.cell[j]
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
def move(i, rows, law, age, rate):  # type: ignore[no-untyped-def]
    """The budget for the next move is spent: choose where to in proportion to the hazards, which sum to `rate`."""
    state, group, place = rows.status[i], rows.group[i], rows.place[i]
    pick = uniform(rows.key[i], MOVE_TO, rows.spell[i]) * rate
    choice = -1
    for d in range(law.to.size):
        part = law.tables[d][state, group, age, place] * law.factor[d, place]
        if part > 0.0:
            choice = d
            pick -= part
            if pick < 0.0:
                break
    enter(i, law.to[choice], rows, law)
    rows.spell[i] += 1
    rows.left[i] = exponential(rows.key[i], MOVE, rows.spell[i])

"""Life at home, sampled: birth, coming of age, dated stays, moves at a rate, death. It goes on as if nobody left.

Mass that leaves is taken from this trunk; those who come back rejoin it (docs/engine.md says what that assumes).
"""

from __future__ import annotations

from numba import njit

from tumen.engine.draws import GATE, KIN, MOVE, MOVE_TO, exponential, uniform


@njit(nogil=True)
def advance(lo, hi, rows, law):  # type: ignore[no-untyped-def]
    """Carry people lo..hi through the month's births, deaths, dated ends and moves, in that order."""
    unborn = law.rate.shape[0]
    for i in range(lo, hi):
        t = law.t - rows.birth[i]
        if t < 0 or rows.status[i] == unborn + 1:
            continue
        if t == 0:
            be_born(i, rows, law)
        if law.t >= rows.death[i]:
            die(i, rows, unborn + 1)
            continue
        if rows.kin[i] == 0 and law.reach[rows.group[i], rows.place[i]] >= rows.kin_at[i]:
            rows.kin[i] = 1
        dated = False
        if t == law.age_of_majority:
            come_of_age(i, rows, law)
            dated = True
        elif law.t >= rows.due[i]:
            rows.status[i] = law.grown
            rows.due[i] = law.due[law.grown, law.t + law.offset, rows.group[i]]
            dated = True
        if not dated and rows.status[i] != law.young:
            age = min(t // 12, law.rate.shape[2] - 1)
            rate = law.rate[rows.status[i], rows.group[i], age, rows.place[i]]
            rows.left[i] -= rate
            if rate > 0.0 and rows.left[i] <= 0.0:
                move(i, rows, law, age, rate)


@njit(nogil=True)
def be_born(i, rows, law):  # type: ignore[no-untyped-def]
    """A person enters as a child, at home, with budgets for moving and for gaining kin abroad."""
    rows.status[i] = law.young
    rows.home[0, i] = 1.0
    rows.left[i] = exponential(rows.key[i], MOVE, 0)
    rows.kin_at[i] = law.reach[rows.group[i], rows.place[i]] + exponential(rows.key[i], KIN, 0)


@njit(nogil=True)
def die(i, rows, dead):  # type: ignore[no-untyped-def]
    """All mass of the person, wherever it is, is lost."""
    rows.status[i] = dead
    rows.home[:, i] = 0.0
    rows.held[:, i] = 0.0
    rows.away[:, :, i] = 0.0
    rows.arrived[i] = 0.0
    rows.settled[i] = 0.0
    rows.lost[i] = 1.0


@njit(nogil=True)
def come_of_age(i, rows, law):  # type: ignore[no-untyped-def]
    """Those fit and liable are taken through the gate with the month's share, the others go where the grown go."""
    group = rows.group[i]
    to = law.grown
    chance = law.share[group] * law.liable[0, rows.klass[i]]
    if rows.physique[i] >= law.bar[0, group] and uniform(rows.key[i], GATE, 0) < chance:
        to = law.gate_into
    rows.status[i] = to
    rows.due[i] = law.due[to, law.t + law.offset, group]
    rows.capital[:, i] = law.opening


@njit(nogil=True)
def move(i, rows, law, age, rate):  # type: ignore[no-untyped-def]
    """The budget for the next move is spent: choose where to in proportion to the hazards, which sum to `rate`."""
    state, group, place = rows.status[i], rows.group[i], rows.place[i]
    pick = uniform(rows.key[i], MOVE_TO, rows.spell[i]) * rate
    choice = law.to.size - 1
    while choice > 0 and law.part[choice, state, group, age, place] == 0.0:
        choice -= 1
    for d in range(choice):
        pick -= law.part[d, state, group, age, place]
        if pick < 0.0:
            choice = d
            break
    rows.status[i] = law.to[choice]
    rows.due[i] = law.due[rows.status[i], law.t + law.offset, group]
    rows.spell[i] += 1
    rows.left[i] = exponential(rows.key[i], MOVE, rows.spell[i])

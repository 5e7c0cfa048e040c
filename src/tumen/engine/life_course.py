"""The home life course, sampled as if nobody left: birth, coming of age, fixed terms, moves at a rate, death.

Mass that leaves is taken from it, and those who come back rejoin it (docs/engine.md says what that assumes).
"""

from __future__ import annotations

import numpy as np

from tumen.engine.cache import inner
from tumen.engine.draws import ENTRY, KIN, MOVE, MOVE_TO, exponential, quasi_exponential, quasi_uniform, uniform


@inner
def advance(lo, hi, agents, params, workspace):  # type: ignore[no-untyped-def]
    """Advance agents lo..hi through the month's births, deaths, dated events and moves; write their ages.

    Returns the range outside which nobody is alive.
    """
    states, top = params.opens.size, params.will_age.size - 1
    group, place = agents.group[lo], agents.place[lo]
    reach, rates, factor = params.reach[group, place], params.rates[group, place], params.factor[place]
    alive, end = hi, lo
    for i in range(lo, hi):
        status, t = agents.status[i], params.t - agents.birth[i]
        workspace.before[i - lo], workspace.age[i - lo] = status, 0
        if t < 0 or status == states + 1:
            continue
        if t == 0:  # born: a child at home, with residual hazards of moving and of gaining kin abroad
            status = params.young
            agents.status[i] = status
            agents.home[0, i] = 1.0
            agents.move_residual[i] = quasi_exponential(agents.key[i], MOVE)
            agents.kin_hazard[i] = reach + quasi_exponential(agents.key[i], KIN)
        if params.t >= agents.death[i]:
            agents.status[i] = states + 1
            for k in range(agents.capital.shape[0]):  # so that the dead do not depend on how agents are split
                agents.capital[k, i] = 0.0
            lose(i, agents.home, agents.held, agents.away, agents.arrived, agents.settled, agents.lost)
            continue
        alive, end = min(alive, i), i + 1
        if agents.kin[i] == 0 and reach >= agents.kin_hazard[i]:
            agents.kin[i] = 1
        age = min(np.int64(np.uint32(t) // np.uint32(12)), top)
        workspace.age[i - lo] = age
        to = -1
        if t == params.age_of_majority:
            chance = params.share[group] * params.liable[0, agents.social_class[i]]
            taken = agents.physique[i] >= params.bar[0, group] and quasi_uniform(agents.key[i], ENTRY) < chance
            to = params.entry_into if taken else params.grown
            for k in range(agents.capital.shape[0]):
                agents.capital[k, i] = params.starting_capital
        elif (
            status == params.entry_into and params.t - agents.begun[i] >= params.term[0, group] + params.off_term[group]
        ):
            to = params.grown
        elif status != params.young:
            each, rate = rates[status, age], 0.0
            for d in range(factor.size):
                rate += each[d] * factor[d]
            residual = agents.move_residual[i] - rate
            if rate > 0.0 and residual <= 0.0:
                to = params.to[choose(uniform(agents.key[i], MOVE_TO, agents.n_moves[i]) * rate, each, factor)]
                agents.n_moves[i] += 1
                residual = exponential(agents.key[i], MOVE, agents.n_moves[i])
            agents.move_residual[i] = residual
        if to >= 0:
            agents.status[i] = to
            agents.begun[i] = params.t
    if alive > lo:
        for j in range(end - alive):
            workspace.age[j] = workspace.age[j + alive - lo]
    return alive, end


@inner
def lose(i, home, held, away, arrived, settled, lost):  # type: ignore[no-untyped-def]
    """Move all mass of an agent who dies to `lost`."""
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
    """Return the first move at which the cumulated hazards exceed `pick`, or the last possible one."""
    choice = 0
    for d in range(factor.size):
        part = each[d] * factor[d]
        if part > 0.0:
            choice = d
            pick -= part
            if pick < 0.0:
                break
    return choice

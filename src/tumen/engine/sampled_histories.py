"""Sampled histories: one history per agent, drawn from the same hazards that the expected flows integrate.

A history makes at most one transition a month (an attempt, a release, a stage abroad), each with new draws. While at
home it follows the home life course. It is counted like the expected flows, so the two agree on average over seeds.
"""

from __future__ import annotations

import numpy as np

from tumen.engine.cache import inner
from tumen.engine.draws import FATE, PASS, STAY, WAY, exponential, uniform
from tumen.engine.expected_flows import companion_and_other
from tumen.engine.state import (
    ABROAD,
    ARRIVALS,
    ARRIVED,
    AT_HOME,
    ATTEMPTS,
    AWAY,
    DEPARTURES,
    HELD,
    IN_DETENTION,
    INTERCEPTIONS,
    LOST,
    REPATRIATIONS,
    SETTLED,
    fixed,
)
from tumen.model.journey import ARRIVE, DIE, DIRECT, HOME, RETURN, SETTLE

#: Events of a sampled history; the log holds their codes.
EVENTS = (
    "birth", "status", "interception", "departure", "release", "arrival", "return", "settling", "stage", "death",
    "homecoming",
)  # fmt: skip
BIRTH, STATUS, CAUGHT, LEFT, FREED, CAME, SENT_BACK, STAYED, WENT_ON, DIED, WENT_HOME = range(len(EVENTS))


@inner
def place_code(i, agents, states):  # type: ignore[no-untyped-def]
    """Return the place of a sampled history as a code: a status at home (or unborn, dead), or a place of `where`."""
    where = agents.where[i]
    return np.int64(agents.status[i]) if where == AT_HOME else np.int64(states + 1 + where)


@inner
def record(log, filled, i, event, origin, target):  # type: ignore[no-untyped-def]
    """Append one event to the log: agent, event, from, to."""
    n = filled[0]
    log[n, 0], log[n, 1], log[n, 2], log[n, 3] = i, event, origin, target
    filled[0] = n + 1


@inner
def follow_life_course(lo, hi, agents, params, before, log, filled):  # type: ignore[no-untyped-def]
    """Start the histories of the newborn, end those of the dead, and log changes of status of those at home."""
    states = params.opens.size
    for i in range(lo, hi):
        was, now = np.int64(before[i - lo]), np.int64(agents.status[i])
        if was == now:
            continue
        if was == states:
            agents.transition_residual[i] = exponential(agents.key[i], STAY, 0)
            record(log, filled, i, BIRTH, was, params.young)
            was = params.young
        if now == states + 1:
            if agents.where[i] != LOST:
                record(log, filled, i, DIED, was if agents.where[i] == AT_HOME else states + 1 + agents.where[i], now)
            agents.where[i] = LOST
            agents.own_capital[i] = 0.0
            continue
        if was == params.young and now != params.young:
            agents.own_capital[i] = params.starting_capital
        if agents.where[i] == AT_HOME and was != now:
            record(log, filled, i, STATUS, was, now)


@inner
def transition(lo, hi, agents, params, count, workspace, log, filled):  # type: ignore[no-untyped-def]
    """Advance the sampled histories of a block by one month."""
    states = params.opens.size
    own = workspace.border[workspace.border.shape[0] - 1]
    places = params.price.size
    top = agents.group[lo] * params.will_age.size * places + agents.place[lo]
    for i in range(lo, hi):
        where = agents.where[i]
        if agents.status[i] >= states or where in (ARRIVED, SETTLED, LOST):
            continue
        cell = top + workspace.age[i - lo] * places
        origin = place_code(i, agents, states)
        if where == AT_HOME:
            event = at_home(i, cell, workspace.age[i - lo], np.float64(own[i - lo]), agents, params, count)
        elif where == IN_DETENTION:
            event = in_detention(i, agents, params)
        else:
            event = abroad(i, cell, agents, params, count)
        if event >= 0:
            record(log, filled, i, event, origin, place_code(i, agents, states))
        if agents.where[i] >= AWAY:
            count.sampled[ABROAD, cell] += fixed(agents.weight[i])
        elif agents.where[i] == IN_DETENTION:
            count.sampled[HELD, cell] += fixed(agents.weight[i])


@inner
def exhausted(i, hazard, agents):  # type: ignore[no-untyped-def]
    """Subtract a month's hazard from the residual; when it is used up, draw the next one and return True."""
    if hazard <= 0.0:
        return False
    agents.transition_residual[i] -= hazard
    if agents.transition_residual[i] > 0.0:
        return False
    agents.n_transitions[i] += 1
    agents.transition_residual[i] = exponential(agents.key[i], STAY, agents.n_transitions[i])
    return True


@inner
def at_home(i, cell, age, border, agents, params, count):  # type: ignore[no-untyped-def]
    """Try the border, go along with others, or leave by another channel; return the event, or -1."""
    group, place = agents.group[i], agents.place[i]
    along, alone = companion_and_other(
        agents.status[i], age, params.young, params.older, params.follow[:, place], params.leaders,
        params.spouse[:, group, place], params.other_channels[:, place],
    )  # fmt: skip
    total = border + along + alone
    if not exhausted(i, total, agents):
        return -1
    key, ordinal, weight = agents.key[i], agents.n_transitions[i], fixed(agents.weight[i])
    pick = uniform(key, FATE, ordinal) * total
    if pick < border:
        count.sampled[ATTEMPTS, cell] += weight
        if uniform(key, PASS, ordinal) >= params.success:
            count.sampled[INTERCEPTIONS, cell] += weight
            agents.where[i] = IN_DETENTION
            agents.tries[i] += 1
            return CAUGHT
    count.sampled[DEPARTURES, cell] += weight
    stage = DIRECT
    if pick < border + along:
        pick = uniform(key, WAY, ordinal)
        entry = params.entry[agents.group[i]]
        while stage < entry.size - 1 and pick >= entry[stage]:
            pick -= entry[stage]
            stage += 1
    agents.where[i] = AWAY + stage
    return LEFT


@inner
def in_detention(i, agents, params):  # type: ignore[no-untyped-def]
    """Be released without savings, or die; return the event, or -1."""
    total = params.release_hazard + params.loss_hazard
    if not exhausted(i, total, agents):
        return -1
    if uniform(agents.key[i], FATE, agents.n_transitions[i]) * total < params.release_hazard:
        agents.where[i] = AT_HOME
        agents.own_capital[i] = 0.0
        return FREED
    agents.where[i] = LOST
    return DIED


@inner
def abroad(i, cell, agents, params, count):  # type: ignore[no-untyped-def]
    """Arrive, be returned, settle, die, go on or go home; return the event, or -1."""
    stage = agents.where[i] - AWAY
    hazard = params.hazard[stage, agents.group[i], agents.kin[i]]
    total = hazard.sum()
    if not exhausted(i, total, agents):
        return -1
    pick = uniform(agents.key[i], FATE, agents.n_transitions[i]) * total
    way = 0
    for each in range(hazard.size):  # the last possible one if rounding leaves the pick beyond all
        if hazard[each] > 0.0:
            way = each
            pick -= hazard[each]
            if pick < 0.0:
                break
    if way == ARRIVE:
        agents.where[i] = ARRIVED
        count.sampled[ARRIVALS, cell] += fixed(agents.weight[i])
        return CAME
    if way == RETURN:
        agents.where[i] = IN_DETENTION
        agents.tries[i] += 1
        count.sampled[REPATRIATIONS, cell] += fixed(agents.weight[i])
        return SENT_BACK
    if way == SETTLE:
        agents.where[i] = SETTLED
        return STAYED
    if way == DIE:
        agents.where[i] = LOST
        return DIED
    if way == HOME:
        agents.where[i] = AT_HOME
        return WENT_HOME
    agents.where[i] = AWAY + params.shift[stage]
    return WENT_ON

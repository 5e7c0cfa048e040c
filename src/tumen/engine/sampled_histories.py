"""Leaving, sampled: one whole life for each row, drawn from the same hazards that the ledger integrates.

A sampled life makes at most one turn a month (an attempt, a release, a stage abroad), each with fresh draws. While at
home it follows the trunk; it is counted like the ledger, so that over many seeds the two agree.
"""

from __future__ import annotations

import numpy as np

from tumen.engine.cache import inner
from tumen.engine.draws import FATE, PASS, STAY, WAY, exponential, uniform
from tumen.engine.expected_flows import apart
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

#: What may happen to a sampled life; the log holds these codes.
EVENTS = (
    "birth", "status", "interception", "departure", "release", "arrival", "return", "settling", "stage", "death",
    "homecoming",
)  # fmt: skip
BIRTH, STATUS, CAUGHT, LEFT, FREED, CAME, SENT_BACK, STAYED, WENT_ON, DIED, WENT_HOME = range(len(EVENTS))


@inner
def place_code(i, rows, states):  # type: ignore[no-untyped-def]
    """Where a sampled life is, as one number: a status at home (or unborn, dead), or past those a place of `where`."""
    where = rows.where[i]
    return np.int64(rows.status[i]) if where == AT_HOME else np.int64(states + 1 + where)


@inner
def record(log, filled, i, event, origin, target):  # type: ignore[no-untyped-def]
    """Add one row to the log: person, event, from, to."""
    n = filled[0]
    log[n, 0], log[n, 1], log[n, 2], log[n, 3] = i, event, origin, target
    filled[0] = n + 1


@inner
def follow_trunk(lo, hi, rows, law, before, log, filled):  # type: ignore[no-untyped-def]
    """Start the lives of the newly born, end those of the dead, and log what the trunk did to those at home."""
    states = law.opens.size
    for i in range(lo, hi):
        was, now = np.int64(before[i - lo]), np.int64(rows.status[i])
        if was == now:
            continue
        if was == states:
            rows.budget[i] = exponential(rows.key[i], STAY, 0)
            record(log, filled, i, BIRTH, was, law.young)
            was = law.young
        if now == states + 1:
            if rows.where[i] != LOST:
                record(log, filled, i, DIED, was if rows.where[i] == AT_HOME else states + 1 + rows.where[i], now)
            rows.where[i] = LOST
            rows.own[i] = 0.0
            continue
        if was == law.young and now != law.young:
            rows.own[i] = law.opening
        if rows.where[i] == AT_HOME and was != now:
            record(log, filled, i, STATUS, was, now)


@inner
def turn(lo, hi, rows, law, count, workspace, log, filled):  # type: ignore[no-untyped-def]
    """Carry the sampled lives of a block through one month."""
    states = law.opens.size
    own = workspace.border[workspace.border.shape[0] - 1]
    places = law.price.size
    top = rows.group[lo] * law.will_age.size * places + rows.place[lo]
    for i in range(lo, hi):
        where = rows.where[i]
        if rows.status[i] >= states or where in (ARRIVED, SETTLED, LOST):
            continue
        cell = top + workspace.age[i - lo] * places
        origin = place_code(i, rows, states)
        if where == AT_HOME:
            event = at_home(i, cell, workspace.age[i - lo], np.float64(own[i - lo]), rows, law, count)
        elif where == IN_DETENTION:
            event = in_detention(i, rows, law)
        else:
            event = abroad(i, cell, rows, law, count)
        if event >= 0:
            record(log, filled, i, event, origin, place_code(i, rows, states))
        if rows.where[i] >= AWAY:
            count.sampled[ABROAD, cell] += fixed(rows.weight[i])
        elif rows.where[i] == IN_DETENTION:
            count.sampled[HELD, cell] += fixed(rows.weight[i])


@inner
def spent(i, hazard, rows):  # type: ignore[no-untyped-def]
    """Spend a month's hazard; whether the budget is gone. A new budget is drawn for the next turn when it is."""
    if hazard <= 0.0:
        return False
    rows.budget[i] -= hazard
    if rows.budget[i] > 0.0:
        return False
    rows.turn[i] += 1
    rows.budget[i] = exponential(rows.key[i], STAY, rows.turn[i])
    return True


@inner
def at_home(i, cell, age, border, rows, law, count):  # type: ignore[no-untyped-def]
    """Try the border, go along with others, or leave another way."""
    group, place = rows.group[i], rows.place[i]
    along, alone = apart(
        rows.status[i], age, law.young, law.older, law.follow[:, place], law.leaders, law.spouse[:, group, place],
        law.other_channels[:, place],
    )  # fmt: skip
    total = border + along + alone
    if not spent(i, total, rows):
        return -1
    key, turn, weight = rows.key[i], rows.turn[i], fixed(rows.weight[i])
    pick = uniform(key, FATE, turn) * total
    if pick < border:
        count.sampled[ATTEMPTS, cell] += weight
        if uniform(key, PASS, turn) >= law.success:
            count.sampled[INTERCEPTIONS, cell] += weight
            rows.where[i] = IN_DETENTION
            rows.tries[i] += 1
            return CAUGHT
    count.sampled[DEPARTURES, cell] += weight
    stage = DIRECT
    if pick < border + along:
        pick = uniform(key, WAY, turn)
        entry = law.entry[rows.group[i]]
        while stage < entry.size - 1 and pick >= entry[stage]:
            pick -= entry[stage]
            stage += 1
    rows.where[i] = AWAY + stage
    return LEFT


@inner
def in_detention(i, rows, law):  # type: ignore[no-untyped-def]
    """Be set free with nothing, or die."""
    total = law.release_hazard + law.loss_hazard
    if not spent(i, total, rows):
        return -1
    if uniform(rows.key[i], FATE, rows.turn[i]) * total < law.release_hazard:
        rows.where[i] = AT_HOME
        rows.own[i] = 0.0
        return FREED
    rows.where[i] = LOST
    return DIED


@inner
def abroad(i, cell, rows, law, count):  # type: ignore[no-untyped-def]
    """Arrive, be returned, settle, die, go on or go home."""
    stage = rows.where[i] - AWAY
    hazard = law.hazard[stage, rows.group[i], rows.kin[i]]
    total = hazard.sum()
    if not spent(i, total, rows):
        return -1
    pick = uniform(rows.key[i], FATE, rows.turn[i]) * total
    way = 0
    for each in range(hazard.size):  # the last that is possible where rounding leaves the pick beyond all of them
        if hazard[each] > 0.0:
            way = each
            pick -= hazard[each]
            if pick < 0.0:
                break
    if way == ARRIVE:
        rows.where[i] = ARRIVED
        count.sampled[ARRIVALS, cell] += fixed(rows.weight[i])
        return CAME
    if way == RETURN:
        rows.where[i] = IN_DETENTION
        rows.tries[i] += 1
        count.sampled[REPATRIATIONS, cell] += fixed(rows.weight[i])
        return SENT_BACK
    if way == SETTLE:
        rows.where[i] = SETTLED
        return STAYED
    if way == DIE:
        rows.where[i] = LOST
        return DIED
    if way == HOME:
        rows.where[i] = AT_HOME
        return WENT_HOME
    rows.where[i] = AWAY + law.shift[stage]
    return WENT_ON

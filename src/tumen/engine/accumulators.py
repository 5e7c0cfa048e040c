"""Add a block to the month's counts: each agent's figure is rounded to fixed point before it is added."""

from __future__ import annotations

import numpy as np

from tumen.engine.cache import inner
from tumen.engine.expected_flows import add, clear
from tumen.engine.hazard_inputs import (
    AID,
    GROWN,
    LOG_RATE_OFFSET,
    MOBILE,
    NEAR,
    NOTHING,
    OPEN,
    PRICE,
    RATE,
    SPONSOR,
    WILL,
    WITHOUT,
)
from tumen.engine.state import ABROAD, ADULTS, ARRIVALS, CAN_PAY, DEPARTURES, HELD, KIN, MOBILITY, fixed
from tumen.model.elementary import exp


@inner
def adult_sums(lo, hi, agents, params, count, workspace):  # type: ignore[no-untyped-def]
    """Add sums over adults at home: persons, those who can pay the fee, mobility, and those with kin abroad."""
    n, group = hi - lo, agents.group[lo]
    work, weight = workspace.work, agents.weight[lo:hi]
    fee = exp(params.price[agents.place[lo]])
    home, able = workspace.mass[0, :n], workspace.mass[1, :n]
    clear(home)
    clear(able)
    for k in range(agents.home.shape[0]):
        add_able(agents.home[k, lo:hi], agents.capital[k, lo:hi], work[AID, :n], work[SPONSOR, :n], fee, home, able)
    count.adult_sums[ADULTS, group] += sum_product(weight, home, work[GROWN, :n])
    count.adult_sums[CAN_PAY, group] += sum_product(weight, able, work[GROWN, :n])
    count.adult_sums[MOBILITY, group] += sum_product(weight, home, work[MOBILE, :n])
    for j in range(n):
        able[j] = agents.kin[lo + j] * work[GROWN, j]
    count.adult_sums[KIN, group] += sum_product(weight, home, able)


@inner
def add_able(mass, capital, aid, sponsor, fee, home, able):  # type: ignore[no-untyped-def]
    """Add the mass of a layer to `home`, and to `able` the mass whose means reach the fee or whose sponsor pays it."""
    for j in range(mass.size):
        home[j] += mass[j]
        able[j] += mass[j] * (1.0 if capital[j] + aid[j] >= fee else sponsor[j])


@inner
def sum_product(weight, mass, factor):  # type: ignore[no-untyped-def]
    """Sum of weight x mass x factor, in fixed point; each agent is rounded by itself."""
    total = 0
    for j in range(mass.size):
        total += fixed(weight[j] * mass[j] * factor[j])
    return total


@inner
def kin_effect(lo, hi, agents, params, count, workspace, attempt_hazard):  # type: ignore[no-untyped-def]
    """Add the departures that kin abroad cause this month, and the persons at home with kin (first layer)."""
    work, n = workspace.work, hi - lo
    without, nothing = workspace.work[WITHOUT, :n], workspace.work[NOTHING, :n]
    for j in range(n):
        without[j] = work[WILL, j] - params.will_kin * agents.kin[lo + j]
        nothing[j] = 0.0
        work[NEAR, j] = work[MOBILE, j] * params.watched[0]
    attempt_hazard(
        work[RATE, :n], without, work[NEAR, :n], agents.capital[0, lo:hi], nothing, nothing, work[PRICE, :n],
        work[LOG_RATE_OFFSET, :n], params.hazard_parameters,
    )  # fmt: skip
    for j in range(n):
        i = lo + j
        if agents.kin[i] == 0 or work[GROWN, j] == 0.0:
            continue
        mass = agents.weight[i] * agents.home[0, i]
        count.kin_effect[1] += fixed(mass)
        count.kin_effect[0] += fixed(mass * params.success * (workspace.border[0, j] - work[RATE, j] * work[OPEN, j]))


@inner
def stocks(lo, hi, agents, params, count, workspace):  # type: ignore[no-untyped-def]
    """Add the mass at home by state, in detention and abroad; who comes of age next month; and when terms end."""
    states, group = params.opens.size, agents.group[lo]
    layers, stages = agents.away.shape[0], agents.away.shape[1]
    n = hi - lo
    clear(workspace.flow[HELD, :n])
    clear(workspace.flow[ABROAD, :n])
    for k in range(1, layers):
        add(workspace.flow[HELD, :n], agents.held[k, lo:hi])
    whole = workspace.mass[0, :n]
    for r in range(stages):
        clear(whole)
        for k in range(layers):
            add(whole, agents.away[k, r, lo:hi])
        add(workspace.flow[ABROAD, :n], whole)
        count.stage[0, r, group] += people(agents.weight[lo:hi], whole)
    clear(whole)
    for k in range(layers):
        add(whole, agents.home[k, lo:hi])
    places = params.price.size
    top = group * params.will_age.size * places + agents.place[lo]
    for j in range(n):
        i = lo + j
        state = agents.status[i]
        workspace.cell[j] = top + workspace.age[j] * places
        if state >= states:
            continue
        at_home = fixed(agents.weight[i] * whole[j])
        count.stock[state, workspace.cell[j]] += at_home
        if state == params.young and params.t + 1 - agents.birth[i] == params.age_of_majority:
            if agents.physique[i] >= params.bar[1, group]:
                count.coming[group] += fixed(agents.weight[i] * whole[j] * params.liable[1, agents.social_class[i]])
        elif state == params.entry_into:
            ahead = params.term[1, group] - (params.t + 1 - np.int64(agents.begun[i])) + params.leeway
            count.service[group, min(max(ahead, 0), 2 * params.leeway + 1)] += at_home


@inner
def people(weight, mass):  # type: ignore[no-untyped-def]
    """Sum of weight x mass, in fixed point; each agent is rounded by itself."""
    total = 0
    for j in range(mass.size):
        total += fixed(weight[j] * mass[j])
    return total


@inner
def flows(lo, hi, agents, count, workspace):  # type: ignore[no-untyped-def]
    """Add the block's flows by cell, and arrivals and departures also by random group."""
    n, group = hi - lo, agents.group[lo]
    for f in range(count.flow.shape[0]):
        flow, total = workspace.flow[f, :n], count.flow[f]
        if f in (ARRIVALS, DEPARTURES):
            by_group = count.random_group[0 if f == ARRIVALS else 1, group]
            add_by_random_group(flow, agents.weight[lo:hi], workspace.cell, total, agents.random_group[lo:hi], by_group)
        else:
            for j in range(n):
                total[workspace.cell[j]] += fixed(agents.weight[lo + j] * flow[j])


@inner
def add_by_random_group(flow, weight, cell, total, random_group, by_random_group):  # type: ignore[no-untyped-def]
    """Add a flow by cell and by random group."""
    for j in range(flow.size):
        persons = fixed(weight[j] * flow[j])
        total[cell[j]] += persons
        by_random_group[random_group[j]] += persons

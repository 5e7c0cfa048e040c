"""Counting a block at the end of the month: every row's figure is rounded to fixed point before it is added."""

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
def means(lo, hi, rows, law, count, workspace):  # type: ignore[no-untyped-def]
    """Sums over adults at home: how many, who can pay the fee by savings, credit or sponsor, mobility, kin abroad."""
    n, group = hi - lo, rows.group[lo]
    work, weight = workspace.work, rows.weight[lo:hi]
    fee = exp(law.price[rows.place[lo]])
    home, able = workspace.mass[0, :n], workspace.mass[1, :n]
    clear(home)
    clear(able)
    for k in range(rows.home.shape[0]):
        add_able(rows.home[k, lo:hi], rows.capital[k, lo:hi], work[AID, :n], work[SPONSOR, :n], fee, home, able)
    count.mean[ADULTS, group] += sum_product(weight, home, work[GROWN, :n])
    count.mean[CAN_PAY, group] += sum_product(weight, able, work[GROWN, :n])
    count.mean[MOBILITY, group] += sum_product(weight, home, work[MOBILE, :n])
    for j in range(n):
        able[j] = rows.kin[lo + j] * work[GROWN, j]
    count.mean[KIN, group] += sum_product(weight, home, able)


@inner
def add_able(mass, capital, aid, sponsor, fee, home, able):  # type: ignore[no-untyped-def]
    """Add the mass of a layer, and that whose means reach the fee or for whom a sponsor pays it."""
    for j in range(mass.size):
        home[j] += mass[j]
        able[j] += mass[j] * (1.0 if capital[j] + aid[j] >= fee else sponsor[j])


@inner
def sum_product(weight, mass, factor):  # type: ignore[no-untyped-def]
    """Mass times a factor, in persons, each row rounded to fixed point."""
    total = 0
    for j in range(mass.size):
        total += fixed(weight[j] * mass[j] * factor[j])
    return total


@inner
def kin_effect(lo, hi, rows, law, count, workspace, attempt_hazard):  # type: ignore[no-untyped-def]
    """How many departures of this month the kin abroad of people at home have added (first layer)."""
    work, n = workspace.work, hi - lo
    without, nothing = workspace.work[WITHOUT, :n], workspace.work[NOTHING, :n]
    for j in range(n):
        without[j] = work[WILL, j] - law.will_kin * rows.kin[lo + j]
        nothing[j] = 0.0
        work[NEAR, j] = work[MOBILE, j] * law.watched[0]
    attempt_hazard(
        work[RATE, :n], without, work[NEAR, :n], rows.capital[0, lo:hi], nothing, nothing, work[PRICE, :n],
        work[LOG_RATE_OFFSET, :n], law.hazard_parameters,
    )  # fmt: skip
    for j in range(n):
        i = lo + j
        if rows.kin[i] == 0 or work[GROWN, j] == 0.0:
            continue
        mass = rows.weight[i] * rows.home[0, i]
        count.kin_effect[1] += fixed(mass)
        count.kin_effect[0] += fixed(mass * law.success * (workspace.border[0, j] - work[RATE, j] * work[OPEN, j]))


@inner
def stocks(lo, hi, rows, law, count, workspace):  # type: ignore[no-untyped-def]
    """Count mass at home by state, held and abroad; who comes of age next month, and when terms end."""
    states, group = law.opens.size, rows.group[lo]
    layers, stages = rows.away.shape[0], rows.away.shape[1]
    n = hi - lo
    clear(workspace.flow[HELD, :n])
    clear(workspace.flow[ABROAD, :n])
    for k in range(1, layers):
        add(workspace.flow[HELD, :n], rows.held[k, lo:hi])
    whole = workspace.mass[0, :n]
    for r in range(stages):
        clear(whole)
        for k in range(layers):
            add(whole, rows.away[k, r, lo:hi])
        add(workspace.flow[ABROAD, :n], whole)
        count.stage[0, r, group] += people(rows.weight[lo:hi], whole)
    clear(whole)
    for k in range(layers):
        add(whole, rows.home[k, lo:hi])
    places = law.price.size
    top = group * law.will_age.size * places + rows.place[lo]
    for j in range(n):
        i = lo + j
        state = rows.status[i]
        workspace.cell[j] = top + workspace.age[j] * places
        if state >= states:
            continue
        at_home = fixed(rows.weight[i] * whole[j])
        count.stock[state, workspace.cell[j]] += at_home
        if state == law.young and law.t + 1 - rows.birth[i] == law.age_of_majority:
            if rows.physique[i] >= law.bar[1, group]:
                count.coming[group] += fixed(rows.weight[i] * whole[j] * law.liable[1, rows.social_class[i]])
        elif state == law.entry_into:
            ahead = law.term[1, group] - (law.t + 1 - np.int64(rows.begun[i])) + law.leeway
            count.service[group, min(max(ahead, 0), 2 * law.leeway + 1)] += at_home


@inner
def people(weight, mass):  # type: ignore[no-untyped-def]
    """Mass in persons, each row rounded to fixed point."""
    total = 0
    for j in range(mass.size):
        total += fixed(weight[j] * mass[j])
    return total


@inner
def flows(lo, hi, rows, count, workspace):  # type: ignore[no-untyped-def]
    """Add the block's flows to the count, and arrivals and departures to that of each row's random_group."""
    n, group = hi - lo, rows.group[lo]
    for f in range(count.flow.shape[0]):
        flow, total = workspace.flow[f, :n], count.flow[f]
        if f == ARRIVALS:
            add_by_random_group(
                flow, rows.weight[lo:hi], workspace.cell, total, rows.random_group[lo:hi], count.random_group[0, group]
            )
        elif f == DEPARTURES:
            add_by_random_group(
                flow, rows.weight[lo:hi], workspace.cell, total, rows.random_group[lo:hi], count.random_group[1, group]
            )
        else:
            for j in range(n):
                total[workspace.cell[j]] += fixed(rows.weight[lo + j] * flow[j])


@inner
def add_by_random_group(flow, weight, cell, total, random_group, by_random_group):  # type: ignore[no-untyped-def]
    """Add a flow to the count of its cells and to that of the folds."""
    for j in range(flow.size):
        persons = fixed(weight[j] * flow[j])
        total[cell[j]] += persons
        by_random_group[random_group[j]] += persons

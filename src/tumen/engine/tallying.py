"""Counting a stretch at the end of the month: every row's figure is rounded to fixed point before it is added."""

from __future__ import annotations

from tumen.engine.cache import inner
from tumen.engine.drive import AID, LEAD, MOBILE, NEAR, OPEN, PRICE, RATE, WILL
from tumen.engine.ledger import add
from tumen.engine.state import ABROAD, ADULTS, ARRIVALS, CAN_PAY, DEPARTURES, HELD, KIN, MOBILITY, fixed
from tumen.mechanism.elementary import exp


@inner
def means(lo, hi, rows, law, count, desk):  # type: ignore[no-untyped-def]
    """Sums over adults at home: how many, who can pay the fee from own means and kin, mobility, kin abroad."""
    work, group = desk.work, rows.group[lo]
    states, layers = law.able.size, rows.home.shape[0]
    fee = exp(law.price[rows.place[lo]])
    everyone, can_pay, mobile, with_kin = 0, 0, 0, 0
    for j in range(hi - lo):
        i = lo + j
        if rows.status[i] >= states or rows.status[i] == law.young:
            continue
        home, able = 0.0, 0.0
        for k in range(layers):
            home += rows.home[k, i]
            if rows.capital[k, i] + work[AID, j] >= fee:
                able += rows.home[k, i]
        people = rows.weight[i] * home
        everyone += fixed(people)
        can_pay += fixed(rows.weight[i] * able)
        mobile += fixed(people * work[MOBILE, j])
        with_kin += fixed(people * rows.kin[i])
    count.mean[ADULTS, group] += everyone
    count.mean[CAN_PAY, group] += can_pay
    count.mean[MOBILITY, group] += mobile
    count.mean[KIN, group] += with_kin


@inner
def kin_effect(lo, hi, rows, law, count, desk, attempt_hazard):  # type: ignore[no-untyped-def]
    """How many departures of this month the kin abroad of people at home have added (first layer)."""
    work, n = desk.work, hi - lo
    for j in range(n):
        work[WILL, j] -= law.will_kin * rows.kin[lo + j]
        work[NEAR, j] = work[MOBILE, j] * law.watched[0]
    given = work[AID, :n].copy()
    work[AID, :n] = 0.0
    attempt_hazard(
        work[RATE, :n], work[WILL, :n], work[NEAR, :n], rows.capital[0, lo:hi], work[AID, :n], work[PRICE, :n],
        work[LEAD, :n], law.theta,
    )  # fmt: skip
    for j in range(n):
        i = lo + j
        work[WILL, j] += law.will_kin * rows.kin[i]
        if rows.kin[i] == 0 or rows.status[i] >= law.able.size or rows.status[i] == law.young:
            continue
        mass = rows.weight[i] * rows.home[0, i]
        count.kin_effect[1] += fixed(mass)
        count.kin_effect[0] += fixed(mass * law.success * (desk.border[0, j] - work[RATE, j] * work[OPEN, j]))
    work[AID, :n] = given


@inner
def stocks(lo, hi, rows, law, count, desk):  # type: ignore[no-untyped-def]
    """Count mass at home by state, held and abroad; and who reaches or leaves the gate next month."""
    states, group = law.able.size, rows.group[lo]
    layers, stages = rows.away.shape[0], rows.away.shape[1]
    n = hi - lo
    for k in range(1, layers):
        add(desk.flow[HELD, :n], rows.held[k, lo:hi])
    whole = desk.mass[0, :n]
    for r in range(stages):
        whole[:] = 0.0
        for k in range(layers):
            add(whole, rows.away[k, r, lo:hi])
        add(desk.flow[ABROAD, :n], whole)
        count.stage[0, r, group] += people(rows.weight[lo:hi], whole)
    whole[:] = 0.0
    for k in range(layers):
        add(whole, rows.home[k, lo:hi])
    for j in range(n):
        i = lo + j
        state = rows.status[i]
        if state >= states:
            continue
        at_home = fixed(rows.weight[i] * whole[j])
        count.stock[state, desk.cell[j]] += at_home
        if state == law.young and law.t + 1 - rows.birth[i] == law.age_of_majority:
            if rows.physique[i] >= law.bar[1, group]:
                count.coming[0, group] += fixed(rows.weight[i] * whole[j] * law.liable[1, rows.klass[i]])
        elif state == law.gate_into and rows.due[i] == law.t + 1:
            count.coming[1, group] += at_home


@inner
def people(weight, mass):  # type: ignore[no-untyped-def]
    """Mass in persons, each row rounded to fixed point."""
    total = 0
    for j in range(mass.size):
        total += fixed(weight[j] * mass[j])
    return total


@inner
def flows(lo, hi, rows, count, desk):  # type: ignore[no-untyped-def]
    """Add the stretch's flows to the count, and arrivals and departures to that of each row's fold."""
    states, group = count.stock.shape[0], rows.group[lo]
    for j in range(hi - lo):
        i = lo + j
        if rows.status[i] >= states:
            continue
        cell, weight, fold = desk.cell[j], rows.weight[i], rows.fold[i]
        for f in range(count.flow.shape[0]):
            count.flow[f, cell] += fixed(weight * desk.flow[f, j])
        count.fold[0, fold, group] += fixed(weight * desk.flow[ARRIVALS, j])
        count.fold[1, fold, group] += fixed(weight * desk.flow[DEPARTURES, j])

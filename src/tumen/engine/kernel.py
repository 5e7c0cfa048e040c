"""One month for a range of people, in passes over small blocks: trunk, purse, hazard, ledger, lives, counts.

The kernel knows states, hazards and mass. What makes people try (`attempt_hazard`) and save (`capital_step`) are
functions of fixed signature handed in, so that a new theory neither changes nor recompiles it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tumen.engine import ledger, lives, trunk
from tumen.engine.cache import compiled
from tumen.engine.draws import SHOCK, bits
from tumen.engine.ledger import fixed
from tumen.engine.state import ADULTS, CAN_PAY, KIN, MOBILITY

BLOCK = 1024
WILL, MOBILE, PRICE, AID, LEAD, EARN, SHOCKED, SUPPORT, NEED, CAPITAL, OTHER, OUT = range(12)


class Desk(NamedTuple):
    """Scratch space for one block of people; `adult` and `work` list its adults, the rest has one column a row."""

    adult: np.ndarray  # (BLOCK,) rows
    work: np.ndarray  # (12, BLOCK)
    border: np.ndarray  # (K + 1, BLOCK) monthly hazard by layer; last: of the sampled life
    cell: np.ndarray  # (BLOCK,)
    flow: np.ndarray  # (FLOWS, BLOCK)
    gain: np.ndarray  # (K, R, BLOCK)
    back: np.ndarray  # (K, BLOCK)


def desk(real: type, layers: int, stages: int, flows: int) -> Desk:
    """Fresh scratch space."""
    return Desk(
        np.empty(BLOCK, np.int64),
        np.empty((12, BLOCK), real),
        np.empty((layers + 1, BLOCK), real),
        np.empty(BLOCK, np.int64),
        np.empty((flows, BLOCK)),
        np.empty((layers, stages, BLOCK)),
        np.empty((layers, BLOCK)),
    )


@compiled
def gather(lo, hi, rows, law, desk):  # type: ignore[no-untyped-def]
    """Look up what this month's law means for each adult of a block; returns how many there are."""
    states, ages, places = law.rate.shape[0], law.rate.shape[2], law.rate.shape[3]
    work = desk.work
    n = 0
    for i in range(lo, hi):
        state = rows.status[i]
        if state >= states:
            continue
        group, place, kin = rows.group[i], rows.place[i], rows.kin[i]
        age = min((law.t - rows.birth[i]) // 12, ages - 1)
        desk.cell[i - lo] = (group * ages + age) * places + place
        if state == law.young:
            continue
        desk.adult[n] = i
        work[WILL, n] = (
            law.will_place[place] + law.will_group[rows.klass[i], group] + law.will_age[age] + law.will_kin * kin
        )
        work[MOBILE, n] = law.mobility[state, group, age, place]
        work[PRICE, n] = law.price[place]
        work[AID, n] = law.aid[place] * kin
        work[LEAD, n] = law.lead[group, place]
        work[EARN, n] = law.earnings[state, place]
        turn = bits(rows.key[i], SHOCK, law.shock_turn)
        work[SHOCKED, n] = law.shock[(turn >> np.uint64(law.shock_shift)) & np.uint64(1023)]
        work[SUPPORT, n] = law.support * kin
        work[NEED, n] = law.need[state, place]
        n += 1
    return n


@compiled
def hazards(n, lo, rows, law, desk, attempt_hazard, capital_step):  # type: ignore[no-untyped-def]
    """Monthly hazard of trying the border, by layer; savings move on the way."""
    work, adult = desk.work, desk.adult
    for k in range(rows.home.shape[0]):
        capital = rows.capital[k]
        for j in range(n):
            work[CAPITAL, j] = capital[adult[j]]
            work[OTHER, j] = work[MOBILE, j] * law.watched[k]
        save_and_try(n, law, work, attempt_hazard, capital_step)
        for j in range(n):
            capital[adult[j]] = work[CAPITAL, j]
        spread(n, lo, rows, law, desk, desk.border[k])


@compiled
def own_hazards(n, lo, rows, law, desk, attempt_hazard, capital_step):  # type: ignore[no-untyped-def]
    """The same for the sampled lives, with their own savings and their own count of past attempts."""
    work, adult = desk.work, desk.adult
    top = rows.home.shape[0] - 1
    for j in range(n):
        work[CAPITAL, j] = rows.own[adult[j]]
        work[OTHER, j] = work[MOBILE, j] * law.watched[min(rows.tries[adult[j]], top)]
    save_and_try(n, law, work, attempt_hazard, capital_step)
    for j in range(n):
        rows.own[adult[j]] = work[CAPITAL, j]
    spread(n, lo, rows, law, desk, desk.border[top + 1])


@compiled
def save_and_try(n, law, work, attempt_hazard, capital_step):  # type: ignore[no-untyped-def]
    """One month of the purse, then the yearly rate of trying, for the adults in the work space."""
    capital_step(work[CAPITAL, :n], work[EARN, :n], work[SHOCKED, :n], work[SUPPORT, :n], work[NEED, :n], law.keep)
    rate(n, law, work, attempt_hazard)


@compiled
def rate(n, law, work, attempt_hazard):  # type: ignore[no-untyped-def]
    """The theory's yearly rate of trying, into the work space."""
    attempt_hazard(
        work[OUT, :n], work[WILL, :n], work[OTHER, :n], work[CAPITAL, :n], work[AID, :n], work[PRICE, :n],
        work[LEAD, :n], law.theta,
    )  # fmt: skip


@compiled
def spread(n, lo, rows, law, desk, border):  # type: ignore[no-untyped-def]
    """Put the monthly hazards of the adults in their columns; none for the young and for states that cannot try."""
    border[:] = 0.0
    for j in range(n):
        i = desk.adult[j]
        if law.able[rows.status[i]]:
            border[i - lo] = desk.work[OUT, j] / 12.0


@compiled
def kin_effect(n, lo, rows, law, count, desk, attempt_hazard):  # type: ignore[no-untyped-def]
    """How many departures of this month the kin abroad of people at home have added (first layer)."""
    work, adult = desk.work, desk.adult
    for j in range(n):
        work[WILL, j] -= law.will_kin * rows.kin[adult[j]]
        work[AID, j] = 0.0
        work[CAPITAL, j] = rows.capital[0, adult[j]]
        work[OTHER, j] = work[MOBILE, j] * law.watched[0]
    rate(n, law, work, attempt_hazard)
    for j in range(n):
        i = adult[j]
        if rows.kin[i] == 0:
            continue
        mass = rows.weight[i] * rows.home[0, i]
        count.kin_effect[1] += fixed(mass)
        if law.able[rows.status[i]]:
            count.kin_effect[0] += fixed(mass * law.success * (desk.border[0, i - lo] - work[OUT, j] / 12.0))


@compiled
def count_means(n, rows, law, count, desk):  # type: ignore[no-untyped-def]
    """Sums over adults at home: how many, who can pay the fee from own means and kin, mobility, kin abroad."""
    work, adult = desk.work, desk.adult
    for j in range(n):
        i = adult[j]
        group = rows.group[i]
        fee = np.exp(work[PRICE, j])
        everyone = 0.0
        able = 0.0
        for k in range(rows.home.shape[0]):
            everyone += rows.home[k, i]
            if rows.capital[k, i] + work[AID, j] >= fee:
                able += rows.home[k, i]
        weight = rows.weight[i]
        count.mean[ADULTS, group] += fixed(weight * everyone)
        count.mean[CAN_PAY, group] += fixed(weight * able)
        count.mean[MOBILITY, group] += fixed(weight * everyone * work[MOBILE, j])
        if rows.kin[i]:
            count.mean[KIN, group] += fixed(weight * everyone)


@compiled
def count_stock(lo, hi, rows, law, count, desk):  # type: ignore[no-untyped-def]
    """Count mass at home by state, and who reaches or leaves the gate next month."""
    states = law.rate.shape[0]
    for i in range(lo, hi):
        state, group = rows.status[i], rows.group[i]
        if state >= states:
            continue
        mass = 0.0
        for k in range(rows.home.shape[0]):
            mass += rows.home[k, i]
        people = fixed(rows.weight[i] * mass)
        count.stock[state, desk.cell[i - lo]] += people
        if state == law.young and law.t + 1 - rows.birth[i] == law.age_of_majority:
            if rows.physique[i] >= law.bar[1, group]:
                count.coming[0, group] += fixed(rows.weight[i] * mass * law.liable[1, rows.klass[i]])
        elif state == law.gate_into and rows.due[i] == law.t + 1:
            count.coming[1, group] += people


@compiled
def month(lo, hi, rows, law, count, desk, log, filled, attempt_hazard, capital_step):  # type: ignore[no-untyped-def]
    """Carry people lo..hi through month `law.t`, adding to `count`; sampled lives too where `rows` keeps them."""
    keep_lives = rows.where.size > 0
    for a in range(lo, hi, BLOCK):
        b = min(a + BLOCK, hi)
        before = rows.status[a:b].copy()
        desk.flow[:] = 0.0
        desk.gain[:] = 0.0
        desk.back[:] = 0.0
        trunk.advance(a, b, rows, law)
        n = gather(a, b, rows, law, desk)
        hazards(n, a, rows, law, desk, attempt_hazard, capital_step)
        if keep_lives:
            lives.follow_trunk(a, b, rows, law, before, log, filled)
            own_hazards(n, a, rows, law, desk, attempt_hazard, capital_step)
            lives.turn(a, b, rows, law, count, desk, log, filled)
        count_means(n, rows, law, count, desk)
        if law.compare:
            kin_effect(n, a, rows, law, count, desk, attempt_hazard)
        ledger.journey(a, b, rows, law, count, desk)
        ledger.leave(a, b, rows, law, count, desk)
        ledger.detention(a, b, rows, law)
        ledger.come_in(a, b, rows, count, desk)
        ledger.enter_flows(a, b, rows, count, desk)
        count_stock(a, b, rows, law, count, desk)

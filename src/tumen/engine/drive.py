"""What drives people to try the border this month: their circumstances gathered, savings moved, hazards worked out."""

from __future__ import annotations

import numpy as np

from tumen.engine.cache import inner
from tumen.engine.draws import SHOCK, bits

#: Columns of the work space. GROWN is one for adults alive, else nought; OPEN a twelfth where the border can be tried.
WILL, MOBILE, PRICE, AID, LEAD, EARN, SHOCKED, SUPPORT, NEED, GROWN, OPEN, NEAR, RATE, WITHOUT, NOTHING = range(15)
COLUMNS = 15


@inner
def gather(lo, hi, rows, law, desk):  # type: ignore[no-untyped-def]
    """Look up what this month's law means for each person; nothing for the dead, the unborn and the young."""
    n, group, place, work = hi - lo, rows.group[lo], rows.place[lo], desk.work
    fill(work[PRICE, :n], law.price[place])
    fill(work[LEAD, :n], law.lead[group, place])
    aid, support, will_here = law.aid[place], law.support, law.will_place[place]
    for j in range(n):
        kin = np.float64(rows.kin[lo + j])
        work[AID, j] = aid * kin
        work[SUPPORT, j] = support * kin
        work[WILL, j] = will_here + law.will_group[rows.klass[lo + j], group] + law.will_age[desk.age[j]]
        work[WILL, j] += law.will_kin * kin
    if law.new_shocks:
        for i in range(lo, hi):
            if rows.status[i] < law.opens.size:  # the dead keep their last, whoever lies about them
                rows.shocks[i] = bits(rows.key[i], SHOCK, law.shock_turn)
    shift = np.uint64(law.shock_shift)
    for j in range(n):
        work[SHOCKED, j] = law.shock[(rows.shocks[lo + j] >> shift) & np.uint64(1023)]
    by_state(rows.status[lo:hi], law, group, place, desk)


@inner
def by_state(status, law, group, place, desk):  # type: ignore[no-untyped-def]
    """What depends on the state: mobility, earnings, need, and whether the border can be tried."""
    states, work = law.opens.size, desk.work
    for j in range(status.size):
        state = status[j]
        if state < states and state != law.young:
            work[MOBILE, j] = law.mobility[state, group, desk.age[j], place] * law.ease
            work[EARN, j] = law.earnings[state, place]
            work[NEED, j] = law.need[state, place]
            work[GROWN, j] = 1.0
            work[OPEN, j] = law.opens[state]
        else:
            work[MOBILE, j] = 0.0
            work[EARN, j] = 0.0
            work[SUPPORT, j] = 0.0
            work[NEED, j] = 0.0
            work[GROWN, j] = 0.0
            work[OPEN, j] = 0.0


@inner
def fill(column, value):  # type: ignore[no-untyped-def]
    """One value for everybody."""
    for j in range(column.size):
        column[j] = value


@inner
def hazards(lo, hi, rows, law, desk, attempt_hazard, capital_step):  # type: ignore[no-untyped-def]
    """Monthly hazard of trying the border, by layer; savings move on the way."""
    for k in range(rows.home.shape[0]):
        capital, near = rows.capital[k, lo:hi], desk.work[NEAR, : hi - lo]
        watch(near, desk.work[MOBILE, : hi - lo], law.watched[k])
        save_and_try(capital, near, law, desk.work, attempt_hazard, capital_step)
        by_month(desk.border[k, : hi - lo], desk.work[RATE, : hi - lo], desk.work[OPEN, : hi - lo])


@inner
def own_hazards(lo, hi, rows, law, desk, attempt_hazard, capital_step):  # type: ignore[no-untyped-def]
    """The same for the sampled lives, with their own savings and their own count of past attempts."""
    top = rows.home.shape[0]
    near = desk.work[NEAR, : hi - lo]
    for j in range(hi - lo):
        near[j] = desk.work[MOBILE, j] * law.watched[min(rows.tries[lo + j], top - 1)]
    save_and_try(rows.own[lo:hi], near, law, desk.work, attempt_hazard, capital_step)
    by_month(desk.border[top, : hi - lo], desk.work[RATE, : hi - lo], desk.work[OPEN, : hi - lo])


@inner
def save_and_try(capital, near, law, work, attempt_hazard, capital_step):  # type: ignore[no-untyped-def]
    """One month of the purse, then the yearly rate of trying, into the work space."""
    n, one = capital.size, capital.dtype.type
    capital_step(capital, work[EARN, :n], work[SHOCKED, :n], work[SUPPORT, :n], work[NEED, :n], one(law.keep))
    attempt_hazard(
        work[RATE, :n], work[WILL, :n], near, capital, work[AID, :n], work[PRICE, :n], work[LEAD, :n], law.theta
    )


@inner
def watch(near, mobile, watched):  # type: ignore[no-untyped-def]
    """Mobility of those who have tried before."""
    factor = near.dtype.type(watched)
    for j in range(near.size):
        near[j] = mobile[j] * factor


@inner
def by_month(border, rate, opened):  # type: ignore[no-untyped-def]
    """The month's hazard, nought where the border cannot be tried."""
    for j in range(border.size):
        border[j] = rate[j] * opened[j]

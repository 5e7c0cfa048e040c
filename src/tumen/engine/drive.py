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
    states, group, place = law.able.size, rows.group[lo], rows.place[lo]
    work = desk.work
    price, lead, aid = law.price[place], law.lead[group, place], law.aid[place]
    will_here, ease = law.will_place[place], law.ease
    shift = np.uint64(law.shock_shift)
    for j in range(hi - lo):
        i = lo + j
        state, kin, age = rows.status[i], rows.kin[i], desk.age[j]
        if law.new_shocks and state < states:  # the dead keep their last, whoever lies about them
            rows.shocks[i] = bits(rows.key[i], SHOCK, law.shock_turn)
        work[WILL, j] = will_here + law.will_group[rows.klass[i], group] + law.will_age[age] + law.will_kin * kin
        work[PRICE, j] = price
        work[LEAD, j] = lead
        work[AID, j] = aid * kin
        work[SHOCKED, j] = law.shock[(rows.shocks[i] >> shift) & np.uint64(1023)]
        if state < states and state != law.young:
            work[MOBILE, j] = law.mobility[state, group, age, place] * ease
            work[EARN, j] = law.earnings[state, place]
            work[SUPPORT, j] = law.support * kin
            work[NEED, j] = law.need[state, place]
            work[GROWN, j] = 1.0
            work[OPEN, j] = law.able[state] / 12.0
        else:
            work[MOBILE, j] = work[EARN, j] = work[SUPPORT, j] = work[NEED, j] = 0.0
            work[GROWN, j] = work[OPEN, j] = 0.0


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
    n = capital.size
    capital_step(capital, work[EARN, :n], work[SHOCKED, :n], work[SUPPORT, :n], work[NEED, :n], law.keep)
    attempt_hazard(
        work[RATE, :n], work[WILL, :n], near, capital, work[AID, :n], work[PRICE, :n], work[LEAD, :n], law.theta
    )


@inner
def watch(near, mobile, watched):  # type: ignore[no-untyped-def]
    """Mobility of those who have tried before."""
    for j in range(near.size):
        near[j] = mobile[j] * watched


@inner
def by_month(border, rate, opened):  # type: ignore[no-untyped-def]
    """The month's hazard, nought where the border cannot be tried."""
    for j in range(border.size):
        border[j] = rate[j] * opened[j]

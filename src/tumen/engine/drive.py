"""What drives people to try the border this month: their circumstances gathered, savings moved, hazards worked out."""

from __future__ import annotations

import numpy as np

from tumen.engine.cache import inner
from tumen.engine.draws import SHOCK, bits

#: Columns of the work space. OPEN is a twelfth where the border can be tried and nought where it cannot.
WILL, MOBILE, PRICE, AID, LEAD, EARN, SHOCKED, SUPPORT, NEED, OPEN, NEAR, RATE = range(12)
COLUMNS = 12


@inner
def gather(lo, hi, rows, law, desk):  # type: ignore[no-untyped-def]
    """Look up what this month's law means for each person; nothing for the dead, the unborn and the young."""
    states, ages = desk.go.shape
    group, place = rows.group[lo], rows.place[lo]
    work = desk.work
    price, aid, lead, will_here = law.price[place], law.aid[place], law.lead[group, place], law.will_place[place]
    for j in range(hi - lo):
        i = lo + j
        state, kin = rows.status[i], rows.kin[i]
        grown = state < states and state != law.young
        s = state if grown else law.young
        age = max(min((law.t - rows.birth[i]) // 12, ages - 1), 0)
        work[WILL, j] = will_here + law.will_group[rows.klass[i], group] + law.will_age[age] + law.will_kin * kin
        work[MOBILE, j] = desk.ease[s, age] if grown else 0.0
        work[PRICE, j] = price
        work[AID, j] = aid * kin
        work[LEAD, j] = lead
        work[EARN, j] = law.earnings[s, place] if grown else 0.0
        turn = bits(rows.key[i], SHOCK, law.shock_turn)
        work[SHOCKED, j] = law.shock[np.int64((turn >> np.uint64(law.shock_shift)) & np.uint64(1023))]
        work[SUPPORT, j] = law.support * kin if grown else 0.0
        work[NEED, j] = law.need[s, place] if grown else 0.0
        work[OPEN, j] = 1.0 / 12.0 if grown and law.able[s] else 0.0


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

"""What drives people to try the border this month: their circumstances gathered, savings moved, hazards worked out."""

from __future__ import annotations

import numpy as np

from tumen.engine.cache import inner
from tumen.engine.draws import SHOCK, bits

#: Columns of the work space. GROWN is one for adults alive, else nought; OPEN a twelfth where the border can be tried.
WILL, MOBILE, PRICE, AID, SPONSOR, LOG_RATE_OFFSET, EARN, SHOCKED, SUPPORT, NEED, GROWN, OPEN, NEAR, CAPITAL, RATE = (
    range(15)
)
WITHOUT, NOTHING = 15, 16
COLUMNS = 17
#: People that the widest processor runs at a time in a loop unrolled four times; stretches are filled up to it.
REGISTERS = 32


@inner
def gather(lo, hi, rows, law, workspace):  # type: ignore[no-untyped-def]
    """Look up what this month's law means for each person; nothing for the dead, the unborn and the young."""
    n, group, place, work = hi - lo, rows.group[lo], rows.place[lo], workspace.work
    fill(work[PRICE, :n], law.price[place])
    fill(work[LOG_RATE_OFFSET, :n], law.log_rate_offset[group, place])
    aid, sponsor, support, will_here = law.aid, law.sponsor, law.support, law.will_place[place]
    for j in range(n):
        kin = np.float64(rows.kin[lo + j])
        work[AID, j] = aid * kin
        work[SPONSOR, j] = sponsor * kin
        work[SUPPORT, j] = support * kin
        work[WILL, j] = will_here + law.will_group[rows.social_class[lo + j], group] + law.will_age[workspace.age[j]]
        work[WILL, j] += law.will_kin * kin
    if law.new_shocks:
        for i in range(lo, hi):
            if rows.status[i] < law.opens.size:  # dead rows are not redrawn, whoever is around them
                rows.shocks[i] = bits(rows.key[i], SHOCK, law.shock_turn)
    shift = np.uint64(law.shock_shift)
    for j in range(n):
        work[SHOCKED, j] = law.shock[(rows.shocks[lo + j] >> shift) & np.uint64(1023)]
    by_state(rows.status[lo:hi], rows.power[lo:hi], law, group, place, workspace)


@inner
def by_state(status, power, law, group, place, workspace):  # type: ignore[no-untyped-def]
    """What depends on the state: mobility, earnings, need, and whether the border can be tried."""
    states, work = law.opens.size, workspace.work
    for j in range(status.size):
        state = status[j]
        if state < states and state != law.young:
            work[MOBILE, j] = law.mobility[state, group, workspace.age[j], place] * law.ease
            earned = law.earnings[state, place] + law.pooled[state, place, workspace.age[j]]
            work[EARN, j] = earned * power[j]
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
def hazards(lo, hi, rows, law, workspace, attempt_hazard, capital_step):  # type: ignore[no-untyped-def]
    """Monthly hazard of trying the border, by layer; savings move on the way."""
    n, work = hi - lo, workspace.work
    for k in range(rows.home.shape[0]):
        watch(work[NEAR, :n], work[MOBILE, :n], law.watched[k])
        save_and_try(rows.capital[k, lo:hi], law, work, workspace.border[k, :n], attempt_hazard, capital_step)


@inner
def own_hazards(lo, hi, rows, law, workspace, attempt_hazard, capital_step):  # type: ignore[no-untyped-def]
    """The same for the sampled lives, with their own savings and their own count of past attempts."""
    top, work = rows.home.shape[0], workspace.work
    for j in range(hi - lo):
        work[NEAR, j] = work[MOBILE, j] * law.watched[min(rows.tries[lo + j], top - 1)]
    save_and_try(rows.own[lo:hi], law, work, workspace.border[top, : hi - lo], attempt_hazard, capital_step)


@inner
def save_and_try(capital, law, work, border, attempt_hazard, capital_step):  # type: ignore[no-untyped-def]
    """One month of the savings, then the month's hazard of trying, nought where the border cannot be tried.

    The theory's functions are given whole registers of people, of which the last may be of an earlier block: a few
    people left over would each take as long as a register.
    """
    n = min(-(-capital.size // REGISTERS) * REGISTERS, work.shape[1])
    copy(work[CAPITAL], capital)
    capital_step(
        work[CAPITAL, :n], work[EARN, :n], work[SHOCKED, :n], work[SUPPORT, :n], work[NEED, :n],
        work.dtype.type(law.keep),
    )  # fmt: skip
    attempt_hazard(
        work[RATE, :n], work[WILL, :n], work[NEAR, :n], work[CAPITAL, :n], work[AID, :n], work[SPONSOR, :n],
        work[PRICE, :n], work[LOG_RATE_OFFSET, :n], law.hazard_parameters,
    )  # fmt: skip
    copy(capital, work[CAPITAL, : capital.size])
    for j in range(border.size):
        border[j] = work[RATE, j] * work[OPEN, j]


@inner
def watch(near, mobile, watched):  # type: ignore[no-untyped-def]
    """Mobility of those who have tried before."""
    factor = near.dtype.type(watched)
    for j in range(near.size):
        near[j] = mobile[j] * factor


@inner
def copy(to, column):  # type: ignore[no-untyped-def]
    """Put a column at the head of another."""
    for j in range(column.size):
        to[j] = column[j]

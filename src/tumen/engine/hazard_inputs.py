"""Inputs of the attempt hazard: gather each agent's circumstances, move savings, compute hazards."""

from __future__ import annotations

import numpy as np

from tumen.engine.cache import inner
from tumen.engine.draws import SHOCK, bits

#: Columns of `Workspace.work`. GROWN is 1 for living adults, else 0; OPEN is 1/12 where the border can be tried.
WILL, MOBILE, PRICE, AID, SPONSOR, LOG_RATE_OFFSET, EARN, SHOCKED, SUPPORT, NEED, GROWN, OPEN, NEAR, CAPITAL, RATE = (
    range(15)
)
WITHOUT, NOTHING = 15, 16
COLUMNS = 17
#: Agents that the widest processor handles at a time in a loop unrolled four times; blocks are padded to it.
REGISTERS = 32


@inner
def gather(lo, hi, agents, params, workspace):  # type: ignore[no-untyped-def]
    """Look up this month's parameters for each agent; zero for the dead, the unborn and the young."""
    n, group, place, work = hi - lo, agents.group[lo], agents.place[lo], workspace.work
    fill(work[PRICE, :n], params.price[place])
    fill(work[LOG_RATE_OFFSET, :n], params.log_rate_offset[group, place])
    aid, sponsor, support, will_here = params.aid, params.sponsor, params.support, params.will_place[place]
    for j in range(n):
        kin = np.float64(agents.kin[lo + j])
        work[AID, j] = aid * kin
        work[SPONSOR, j] = sponsor * kin
        work[SUPPORT, j] = support * kin
        work[WILL, j] = (
            will_here + params.will_group[agents.social_class[lo + j], group] + params.will_age[workspace.age[j]]
        )
        work[WILL, j] += params.will_kin * kin
    if params.new_shocks:
        for i in range(lo, hi):
            if agents.status[i] < params.opens.size:  # the dead are not redrawn, whoever is next to them
                agents.shocks[i] = bits(agents.key[i], SHOCK, params.shock_ordinal)
    shift = np.uint64(params.shock_shift)
    for j in range(n):
        work[SHOCKED, j] = params.shock[(agents.shocks[lo + j] >> shift) & np.uint64(1023)]
    by_state(agents.status[lo:hi], agents.power[lo:hi], params, group, place, workspace)


@inner
def by_state(status, power, params, group, place, workspace):  # type: ignore[no-untyped-def]
    """Write what depends on the state: mobility, earnings, need, and whether the border can be tried."""
    states, work = params.opens.size, workspace.work
    for j in range(status.size):
        state = status[j]
        if state < states and state != params.young:
            work[MOBILE, j] = params.mobility[state, group, workspace.age[j], place] * params.ease
            earned = params.earnings[state, place] + params.pooled[state, place, workspace.age[j]]
            work[EARN, j] = earned * power[j]
            work[NEED, j] = params.need[state, place]
            work[GROWN, j] = 1.0
            work[OPEN, j] = params.opens[state]
        else:
            work[MOBILE, j] = 0.0
            work[EARN, j] = 0.0
            work[SUPPORT, j] = 0.0
            work[NEED, j] = 0.0
            work[GROWN, j] = 0.0
            work[OPEN, j] = 0.0


@inner
def fill(column, value):  # type: ignore[no-untyped-def]
    """Set all entries to one value."""
    for j in range(column.size):
        column[j] = value


@inner
def hazards(lo, hi, agents, params, workspace, attempt_hazard, capital_step):  # type: ignore[no-untyped-def]
    """Write the monthly attempt hazard of each layer, after moving its savings."""
    n, work = hi - lo, workspace.work
    for k in range(agents.home.shape[0]):
        watch(work[NEAR, :n], work[MOBILE, :n], params.watched[k])
        save_and_try(agents.capital[k, lo:hi], params, work, workspace.border[k, :n], attempt_hazard, capital_step)


@inner
def own_hazards(lo, hi, agents, params, workspace, attempt_hazard, capital_step):  # type: ignore[no-untyped-def]
    """The same for the sampled histories, with their own savings and their own count of past attempts."""
    top, work = agents.home.shape[0], workspace.work
    for j in range(hi - lo):
        work[NEAR, j] = work[MOBILE, j] * params.watched[min(agents.tries[lo + j], top - 1)]
    save_and_try(
        agents.own_capital[lo:hi], params, work, workspace.border[top, : hi - lo], attempt_hazard, capital_step
    )


@inner
def save_and_try(capital, params, work, border, attempt_hazard, capital_step):  # type: ignore[no-untyped-def]
    """Move the savings by a month, then write the monthly attempt hazard, zero where the border cannot be tried.

    The theory's functions receive whole registers of agents; the last entries may belong to an earlier block, because
    each agent left over would take as long as a register.
    """
    n = min(-(-capital.size // REGISTERS) * REGISTERS, work.shape[1])
    copy(work[CAPITAL], capital)
    capital_step(
        work[CAPITAL, :n], work[EARN, :n], work[SHOCKED, :n], work[SUPPORT, :n], work[NEED, :n],
        work.dtype.type(params.keep),
    )  # fmt: skip
    attempt_hazard(
        work[RATE, :n], work[WILL, :n], work[NEAR, :n], work[CAPITAL, :n], work[AID, :n], work[SPONSOR, :n],
        work[PRICE, :n], work[LOG_RATE_OFFSET, :n], params.hazard_parameters,
    )  # fmt: skip
    copy(capital, work[CAPITAL, : capital.size])
    for j in range(border.size):
        border[j] = work[RATE, j] * work[OPEN, j]


@inner
def watch(near, mobile, watched):  # type: ignore[no-untyped-def]
    """Write mobility times the factor for those who have tried before."""
    factor = near.dtype.type(watched)
    for j in range(near.size):
        near[j] = mobile[j] * factor


@inner
def copy(to, column):  # type: ignore[no-untyped-def]
    """Copy a column to the head of another."""
    for j in range(column.size):
        to[j] = column[j]

"""Expected flows: each month the mass at home, in detention and abroad moves by its hazards.

The functions are passes over a block of agents. All mass leaves from where it was when the month began; incoming mass
waits in the workspace until its destination has been processed, so that nothing moves twice.
"""

from __future__ import annotations

from tumen.engine.cache import inner
from tumen.engine.state import ARRIVALS, ATTEMPTS, DEPARTURES, INTERCEPTIONS, PENNILESS, REPATRIATIONS, WITH_KIN, fixed
from tumen.model.elementary import mean_survival
from tumen.model.journey import ARRIVE, BORDER, COMPANION, DIE, DIRECT, HOME, RETURN, SETTLE, SHIFT

#: Columns of `Workspace.mass`: kin as 0 or 1; mass of a stage over all layers; hazard of leaving by other channels, and
#: the companions' part of it; mass leaving per unit of hazard; mass of a layer that enters stages and that goes direct;
#: mass of all layers that crosses the border and that leaves by other channels.
KIN, WHOLE, OTHER_CHANNELS, ALONG, UNIT, OVER, BESIDE, CROSSED, BY_SIDE = range(9)
COLUMNS = 9


@inner
def journey(lo, hi, agents, params, count, workspace):  # type: ignore[no-untyped-def]
    """Move the mass abroad: arrivals, returns, settling, deaths, shifts to another stage, voluntary returns home."""
    n = hi - lo
    layers, stages = agents.away.shape[0], agents.away.shape[1]
    group, weight = agents.group[lo], agents.weight[lo:hi]
    kin, whole = workspace.mass[KIN, :n], workspace.mass[WHOLE, :n]
    arrivals, returns = workspace.flow[ARRIVALS, :n], workspace.flow[REPATRIATIONS, :n]
    clear(arrivals)
    clear(returns)
    for j in range(n):
        kin[j] = agents.kin[lo + j]
    for k in range(layers):
        clear(workspace.back[k, :n])
        clear(workspace.homeward[k, :n])
        for r in range(stages):
            clear(workspace.onward[k, r, :n])
    for r in range(stages):
        without, having = params.exits[r, group, 0], params.exits[r, group, 1]
        clear(whole)
        for k in range(layers):
            away = agents.away[k, r, lo:hi]
            if not present(away):
                continue
            add_part(workspace.back[min(k + 1, layers - 1), :n], away, kin, without[RETURN], having[RETURN])
            add_part(workspace.onward[k, params.shift[r], :n], away, kin, without[SHIFT], having[SHIFT])
            add_part(workspace.homeward[k, :n], away, kin, without[HOME], having[HOME])
            keep_rest(away, whole, kin, without.sum(), having.sum())
        if present(whole):
            add_part(agents.settled[lo:hi], whole, kin, without[SETTLE], having[SETTLE])
            add_part(agents.lost[lo:hi], whole, kin, without[DIE], having[DIE])
            add_part(arrivals, whole, kin, without[ARRIVE], having[ARRIVE])
            count.stage[1, r, group] += parts(weight, whole, kin, without[ARRIVE], having[ARRIVE])
            count.stage[2, r, group] += parts(weight, whole, kin, without[SHIFT], having[SHIFT])
    add(agents.arrived[lo:hi], arrivals)
    count.auxiliary[WITH_KIN, group] += parts(weight, arrivals, kin, 0.0, 1.0)
    for k in range(1, layers):
        add(returns, workspace.back[k, :n])


@inner
def present(mass):  # type: ignore[no-untyped-def]
    """Return whether any mass is positive."""
    for j in range(mass.size):  # noqa: SIM110 - the compiler knows no any()
        if mass[j] > 0.0:
            return True
    return False


@inner
def add_part(to, mass, kin, without, having):  # type: ignore[no-untyped-def]
    """Add a share of the mass to `to`: `without` for agents without kin abroad, `having` for those with kin."""
    if without == 0.0 and having == 0.0:
        return
    base, more = to.dtype.type(without), to.dtype.type(having - without)
    for j in range(mass.size):
        to[j] += mass[j] * (base + more * kin[j])


@inner
def keep_rest(mass, whole, kin, without, having):  # type: ignore[no-untyped-def]
    """Add the mass to `whole`, then remove the share that leaves: `without` or `having` kin abroad."""
    base, more = mass.dtype.type(without), mass.dtype.type(having - without)
    for j in range(mass.size):
        whole[j] += mass[j]
        mass[j] -= mass[j] * (base + more * kin[j])


@inner
def parts(weight, mass, kin, without, having):  # type: ignore[no-untyped-def]
    """Sum of a share of the mass, in fixed point; each agent is rounded by itself."""
    total = 0
    if without == 0.0 and having == 0.0:
        return total
    more = having - without
    for j in range(mass.size):
        total += fixed(weight[j] * mass[j] * (without + more * kin[j]))
    return total


@inner
def leave(lo, hi, agents, params, count, workspace):  # type: ignore[no-untyped-def]
    """Move the mass at home: it tries the border and is intercepted or crosses, goes along, or uses another channel."""
    n = hi - lo
    layers, group, place = agents.home.shape[0], agents.group[lo], agents.place[lo]
    other_channels, along, unit = (
        workspace.mass[OTHER_CHANNELS, :n],
        workspace.mass[ALONG, :n],
        workspace.mass[UNIT, :n],
    )
    over, beside = workspace.mass[OVER, :n], workspace.mass[BESIDE, :n]
    crossed, by_side, attempts = workspace.mass[CROSSED, :n], workspace.mass[BY_SIDE, :n], workspace.flow[ATTEMPTS, :n]
    other_hazards(
        agents.status[lo:hi], workspace.age, params.young, params.older, params.follow[:, place], params.leaders,
        params.spouse[:, group, place], params.other_channels[:, place], other_channels, along,
    )  # fmt: skip
    clear(crossed)
    clear(by_side)
    clear(attempts)
    for k in range(layers):
        border = workspace.border[k, :n]
        depart(agents.home[k, lo:hi], border, other_channels, unit)
        try_border(unit, border, params.success, attempts, workspace.back[min(k + 1, layers - 1), :n], crossed)
        part_ways(unit, border, other_channels, along, params.success, over, beside)
        add_product(by_side, unit, other_channels)
        count.auxiliary[PENNILESS, group] += below(
            agents.weight[lo:hi], unit, border, agents.capital[k, lo:hi], params.success, params.cash_line
        )
        for r in range(params.entry.shape[1]):
            go_abroad(agents.away[k, r, lo:hi], workspace.onward[k, r, :n], over, params.entry[group, r])
        add(agents.away[k, DIRECT, lo:hi], beside)
    departures(
        attempts, params.success, crossed, by_side, workspace.flow[INTERCEPTIONS, :n], workspace.flow[DEPARTURES, :n]
    )
    enter_channels(
        agents.status[lo:hi], agents.weight[lo:hi], params.channel, along, crossed, by_side,
        count.by_channel[:, group], count.by_state[:, group],
    )  # fmt: skip


@inner
def other_hazards(status, age, young, older, follow, ages, spouse, ways, other_channels, along):  # type: ignore[no-untyped-def]
    """Write the month's hazard of leaving by other channels, companions included, and the companions' part of it."""
    for j in range(status.size):
        with_others, alone = companion_and_other(status[j], age[j], young, older, follow, ages, spouse, ways)
        other_channels[j] = alone + with_others
        along[j] = with_others / (alone + with_others) if with_others > 0.0 else 0.0


@inner
def companion_and_other(state, age, young, older, follow, ages, spouse, ways):  # type: ignore[no-untyped-def]
    """Return an agent's monthly hazards of going along with those who cross, and of leaving by another channel.

    follow: (2,) hazards of the young, below and from the age `older`; spouse, ways: (states,) hazards of adults; ages:
    first and last age at which adults go with a spouse.
    """
    if state == young:
        return follow[1 if age >= older else 0], 0.0
    if state >= ways.size:
        return 0.0, 0.0
    return spouse[state] if ages[0] <= age <= ages[1] else 0.0, ways[state]


@inner
def depart(home, border, other_channels, unit):  # type: ignore[no-untyped-def]
    """Remove the month's leavers from the mass at home; write to `unit` the mass leaving per unit of hazard."""
    for j in range(home.size):
        total = border[j] + other_channels[j]
        unit[j] = home[j] * mean_survival(total)
        home[j] -= unit[j] * total


@inner
def try_border(unit, border, success, attempts, back, crossed):  # type: ignore[no-untyped-def]
    """Add attempts, those intercepted (`back`) and those who cross (`crossed`)."""
    passed, caught = unit.dtype.type(success), unit.dtype.type(1.0 - success)
    for j in range(unit.size):
        tried = unit[j] * border[j]
        attempts[j] += tried
        back[j] += tried * caught
        crossed[j] += tried * passed


@inner
def part_ways(unit, border, other_channels, along, success, over, beside):  # type: ignore[no-untyped-def]
    """Write the mass that enters the stages like those who cross (`over`, companions included) and directly (`beside`).

    One product is added at a time: with two, the compiler would choose which one to fuse with the sum, and could
    choose differently for the agents left over at the end of a loop.
    """
    passed = unit.dtype.type(success)
    for j in range(unit.size):
        beside[j] = unit[j] * other_channels[j]
    for j in range(unit.size):
        over[j] = beside[j] * along[j]
    for j in range(unit.size):
        beside[j] -= beside[j] * along[j]
    for j in range(unit.size):
        over[j] += unit[j] * border[j] * passed


@inner
def below(weight, unit, border, capital, success, line):  # type: ignore[no-untyped-def]
    """Sum of those who cross with savings below a line, in fixed point; each agent is rounded by itself."""
    total = 0
    for j in range(unit.size):
        total += fixed(weight[j] * (unit[j] * border[j] * success if capital[j] < line else 0.0))
    return total


@inner
def add_product(to, mass, factor):  # type: ignore[no-untyped-def]
    """Add mass x factor to `to`."""
    for j in range(to.size):
        to[j] += mass[j] * factor[j]


@inner
def departures(attempts, success, crossed, by_side, caught, departed):  # type: ignore[no-untyped-def]
    """Write all interceptions and all departures."""
    failed = caught.dtype.type(1.0 - success)
    for j in range(attempts.size):
        caught[j] = attempts[j] * failed
        departed[j] = crossed[j] + by_side[j]


@inner
def go_abroad(away, onward, over, share):  # type: ignore[no-untyped-def]
    """Add to a stage those from another stage and a share of those who have just crossed."""
    part = away.dtype.type(share)
    for j in range(away.size):
        away[j] += onward[j] + over[j] * part


@inner
def enter_channels(status, weight, channel, along, crossed, by_side, by_channel, by_state):  # type: ignore[no-untyped-def]
    """Add departures by state and by channel."""
    for j in range(status.size):
        state = status[j]
        if state >= by_state.size:
            continue
        over, together = fixed(weight[j] * crossed[j]), fixed(weight[j] * by_side[j] * along[j])
        beside = fixed(weight[j] * by_side[j] * (1.0 - along[j]))
        by_channel[BORDER] += over
        by_channel[COMPANION] += together
        by_channel[channel[state]] += beside
        by_state[state] += over + together + beside


@inner
def detention(lo, hi, agents, params, workspace):  # type: ignore[no-untyped-def]
    """Move the mass in detention: it is released without savings or dies; then add those intercepted and returned.

    Released mass dilutes the savings of the layer it joins. Those who went home voluntarily keep their savings.
    """
    for k in range(1, agents.home.shape[0]):
        let_go(
            agents.held[k, lo:hi],
            agents.home[k, lo:hi],
            agents.capital[k, lo:hi],
            agents.lost[lo:hi],
            params.release,
            params.loss,
        )
        add(agents.held[k, lo:hi], workspace.back[k, : hi - lo])
    for k in range(agents.home.shape[0]):
        add(agents.home[k, lo:hi], workspace.homeward[k, : hi - lo])


@inner
def let_go(held, home, capital, lost, release, loss):  # type: ignore[no-untyped-def]
    """Release one share of those held and lose another; `capital` is that of the layer which the released join."""
    freed, lost_part = held.dtype.type(release), held.dtype.type(loss)
    for j in range(held.size):
        free, dead = held[j] * freed, held[j] * lost_part
        joined = home[j] + free
        capital[j] *= home[j] / joined if joined > 0.0 else 1.0
        home[j] = joined
        lost[j] += dead
        held[j] -= free + dead


@inner
def add(to, mass):  # type: ignore[no-untyped-def]
    """Add `mass` to `to`."""
    for j in range(to.size):
        to[j] += mass[j]


@inner
def clear(mass):  # type: ignore[no-untyped-def]
    """Set all entries to zero."""
    for j in range(mass.size):
        mass[j] = 0.0

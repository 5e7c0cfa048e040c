"""Leaving, integrated: each month the mass at home, held and abroad moves by its hazards, all at once.

Passes over a block of people. Everything leaves from where it was when the month began; what comes in is kept in the
scratch space until the place it goes to has been passed, so that nothing moves twice.
"""

from __future__ import annotations

from tumen.engine.cache import inner
from tumen.engine.state import (
    ARRIVALS,
    ATTEMPTS,
    DEPARTURES,
    INTERCEPTIONS,
    PENNILESS,
    REPATRIATIONS,
    WITH_KIN,
    fixed,
)
from tumen.model.elementary import mean_survival
from tumen.model.journey import ARRIVE, BORDER, COMPANION, DIE, DIRECT, HOME, RETURN, SETTLE, SHIFT

#: Columns of the workspace: kin as a number; mass of a stage over all layers; hazard of leaving by other channels, and
#: the part of it that is going along with others; mass leaving per unit of hazard; what crosses; what leaves by other
#: channels; both whole.
KIN, WHOLE, OTHER_CHANNELS, ALONG, UNIT, OVER, BESIDE, CROSSED, BY_SIDE = range(9)
COLUMNS = 9


@inner
def journey(lo, hi, rows, law, count, workspace):  # type: ignore[no-untyped-def]
    """Those abroad arrive, are returned, settle, die, go on to another stage, or go home of their own will."""
    n = hi - lo
    layers, stages = rows.away.shape[0], rows.away.shape[1]
    group, weight = rows.group[lo], rows.weight[lo:hi]
    kin, whole = workspace.mass[KIN, :n], workspace.mass[WHOLE, :n]
    arrivals, returns = workspace.flow[ARRIVALS, :n], workspace.flow[REPATRIATIONS, :n]
    clear(arrivals)
    clear(returns)
    for j in range(n):
        kin[j] = rows.kin[lo + j]
    for k in range(layers):
        clear(workspace.back[k, :n])
        clear(workspace.homeward[k, :n])
        for r in range(stages):
            clear(workspace.onward[k, r, :n])
    for r in range(stages):
        without, having = law.exits[r, group, 0], law.exits[r, group, 1]
        clear(whole)
        for k in range(layers):
            away = rows.away[k, r, lo:hi]
            if not present(away):
                continue
            add_part(workspace.back[min(k + 1, layers - 1), :n], away, kin, without[RETURN], having[RETURN])
            add_part(workspace.onward[k, law.shift[r], :n], away, kin, without[SHIFT], having[SHIFT])
            add_part(workspace.homeward[k, :n], away, kin, without[HOME], having[HOME])
            keep_rest(away, whole, kin, without.sum(), having.sum())
        if present(whole):
            add_part(rows.settled[lo:hi], whole, kin, without[SETTLE], having[SETTLE])
            add_part(rows.lost[lo:hi], whole, kin, without[DIE], having[DIE])
            add_part(arrivals, whole, kin, without[ARRIVE], having[ARRIVE])
            count.stage[1, r, group] += parts(weight, whole, kin, without[ARRIVE], having[ARRIVE])
            count.stage[2, r, group] += parts(weight, whole, kin, without[SHIFT], having[SHIFT])
    add(rows.arrived[lo:hi], arrivals)
    count.auxiliary[WITH_KIN, group] += parts(weight, arrivals, kin, 0.0, 1.0)
    for k in range(1, layers):
        add(returns, workspace.back[k, :n])


@inner
def present(mass):  # type: ignore[no-untyped-def]
    """Whether there is any mass."""
    for j in range(mass.size):  # noqa: SIM110 - the compiler knows no any()
        if mass[j] > 0.0:
            return True
    return False


@inner
def add_part(to, mass, kin, without, having):  # type: ignore[no-untyped-def]
    """Add a share of the mass, which differs by kin."""
    if without == 0.0 and having == 0.0:
        return
    base, more = to.dtype.type(without), to.dtype.type(having - without)
    for j in range(mass.size):
        to[j] += mass[j] * (base + more * kin[j])


@inner
def keep_rest(mass, whole, kin, without, having):  # type: ignore[no-untyped-def]
    """Add up the mass as it was, and take away the share that leaves, which differs by kin."""
    base, more = mass.dtype.type(without), mass.dtype.type(having - without)
    for j in range(mass.size):
        whole[j] += mass[j]
        mass[j] -= mass[j] * (base + more * kin[j])


@inner
def parts(weight, mass, kin, without, having):  # type: ignore[no-untyped-def]
    """A share of the mass, in persons, each row rounded to fixed point."""
    total = 0
    if without == 0.0 and having == 0.0:
        return total
    more = having - without
    for j in range(mass.size):
        total += fixed(weight[j] * mass[j] * (without + more * kin[j]))
    return total


@inner
def leave(lo, hi, rows, law, count, workspace):  # type: ignore[no-untyped-def]
    """Those at home try the border and are caught or cross, leave another way, or go along with those who cross."""
    n = hi - lo
    layers, group, place = rows.home.shape[0], rows.group[lo], rows.place[lo]
    other_channels, along, unit = (
        workspace.mass[OTHER_CHANNELS, :n],
        workspace.mass[ALONG, :n],
        workspace.mass[UNIT, :n],
    )
    over, beside = workspace.mass[OVER, :n], workspace.mass[BESIDE, :n]
    crossed, by_side, attempts = workspace.mass[CROSSED, :n], workspace.mass[BY_SIDE, :n], workspace.flow[ATTEMPTS, :n]
    beside_border(
        rows.status[lo:hi], workspace.age, law.young, law.older, law.follow[:, place], law.leaders,
        law.spouse[:, group, place], law.other_channels[:, place], other_channels, along,
    )  # fmt: skip
    clear(crossed)
    clear(by_side)
    clear(attempts)
    for k in range(layers):
        border = workspace.border[k, :n]
        depart(rows.home[k, lo:hi], border, other_channels, unit)
        try_border(unit, border, law.success, attempts, workspace.back[min(k + 1, layers - 1), :n], crossed)
        part_ways(unit, border, other_channels, along, law.success, over, beside)
        add_product(by_side, unit, other_channels)
        count.auxiliary[PENNILESS, group] += below(
            rows.weight[lo:hi], unit, border, rows.capital[k, lo:hi], law.success, law.cash_line
        )
        for r in range(law.entry.shape[1]):
            go_abroad(rows.away[k, r, lo:hi], workspace.onward[k, r, :n], over, law.entry[group, r])
        add(rows.away[k, DIRECT, lo:hi], beside)
    departures(
        attempts, law.success, crossed, by_side, workspace.flow[INTERCEPTIONS, :n], workspace.flow[DEPARTURES, :n]
    )
    enter_channels(
        rows.status[lo:hi], rows.weight[lo:hi], law.channel, along, crossed, by_side,
        count.by_channel[:, group], count.by_state[:, group],
    )  # fmt: skip


@inner
def beside_border(status, age, young, older, follow, ages, spouse, ways, other_channels, along):  # type: ignore[no-untyped-def]
    """The month's hazard of leaving without trying the border oneself, and the part of it that is going along."""
    for j in range(status.size):
        with_others, alone = apart(status[j], age[j], young, older, follow, ages, spouse, ways)
        other_channels[j] = alone + with_others
        along[j] = with_others / (alone + with_others) if with_others > 0.0 else 0.0


@inner
def apart(state, age, young, older, follow, ages, spouse, ways):  # type: ignore[no-untyped-def]
    """A person's hazards of going along with those who cross, and of leaving by another way than the border.

    follow: (2,) of the young, below and from the age `older`; spouse, ways: (states,) of adults; ages: first and last
    at which they go with a spouse.
    """
    if state == young:
        return follow[1 if age >= older else 0], 0.0
    if state >= ways.size:
        return 0.0, 0.0
    return spouse[state] if ages[0] <= age <= ages[1] else 0.0, ways[state]


@inner
def depart(home, border, other_channels, unit):  # type: ignore[no-untyped-def]
    """Take the month's leavers from the mass at home; `unit` becomes mass leaving per unit of hazard."""
    for j in range(home.size):
        total = border[j] + other_channels[j]
        unit[j] = home[j] * mean_survival(total)
        home[j] -= unit[j] * total


@inner
def try_border(unit, border, success, attempts, back, crossed):  # type: ignore[no-untyped-def]
    """Attempts, of which those caught are taken into detention."""
    passed, caught = unit.dtype.type(success), unit.dtype.type(1.0 - success)
    for j in range(unit.size):
        tried = unit[j] * border[j]
        attempts[j] += tried
        back[j] += tried * caught
        crossed[j] += tried * passed


@inner
def part_ways(unit, border, other_channels, along, success, over, beside):  # type: ignore[no-untyped-def]
    """Who enters a stage like those who cross - those who go along too - and who is at once on the direct way.

    One product is added at a time: which of two is fused with the sum would be the compiler's choice, and a different
    one for the people left over at the end of a loop.
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
    """Those who cross with savings below a line, in persons, each row rounded to fixed point."""
    total = 0
    for j in range(unit.size):
        total += fixed(weight[j] * (unit[j] * border[j] * success if capital[j] < line else 0.0))
    return total


@inner
def add_product(to, mass, factor):  # type: ignore[no-untyped-def]
    """Add mass times a factor."""
    for j in range(to.size):
        to[j] += mass[j] * factor[j]


@inner
def departures(attempts, success, crossed, by_side, caught, departed):  # type: ignore[no-untyped-def]
    """All who were caught, and all who left by whatever way."""
    failed = caught.dtype.type(1.0 - success)
    for j in range(attempts.size):
        caught[j] = attempts[j] * failed
        departed[j] = crossed[j] + by_side[j]


@inner
def go_abroad(away, onward, over, share):  # type: ignore[no-untyped-def]
    """Add those who come from another stage, and a share of those who have just crossed."""
    part = away.dtype.type(share)
    for j in range(away.size):
        away[j] += onward[j] + over[j] * part


@inner
def enter_channels(status, weight, channel, along, crossed, by_side, by_channel, by_state):  # type: ignore[no-untyped-def]
    """Count departures by state and by channel."""
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
def detention(lo, hi, rows, law, workspace):  # type: ignore[no-untyped-def]
    """Those held are set free with nothing, so that the savings of their layer are thinned, or die; others come in.

    Those who went home of their own will take up their life where it is, savings and all.
    """
    for k in range(1, rows.home.shape[0]):
        let_go(
            rows.held[k, lo:hi], rows.home[k, lo:hi], rows.capital[k, lo:hi], rows.lost[lo:hi], law.release, law.loss
        )
        add(rows.held[k, lo:hi], workspace.back[k, : hi - lo])
    for k in range(rows.home.shape[0]):
        add(rows.home[k, lo:hi], workspace.homeward[k, : hi - lo])


@inner
def let_go(held, home, capital, lost, release, loss):  # type: ignore[no-untyped-def]
    """Release a share of those held, and lose another; `capital` is that of the layer which the free join."""
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
    """Add mass person by person."""
    for j in range(to.size):
        to[j] += mass[j]


@inner
def clear(mass):  # type: ignore[no-untyped-def]
    """Nought for everybody."""
    for j in range(mass.size):
        mass[j] = 0.0

"""A person and their month, as docs/engine.md has it in sections 2 to 4: the trunk, the mass, the sampled life."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from tumen.engine.reference import rules
from tumen.engine.reference.rules import Event, Formulas, exponential, share_of_time, uniform

LAYERS = range(3)
#: Where a sampled life is; stages abroad follow.
HOME, DETENTION, ARRIVED, SETTLED, LOST, ABROAD = range(6)
COMPANION = 3
Table = Any  # nested lists of numbers


@dataclass(frozen=True)
class Month:
    """The law in force in month t, and the feedback: nested lists in the order of `tumen.mechanism.program`."""

    t: int
    calendar: int
    states: int
    young: int
    grown: int
    adult_months: int
    into: int
    share: Table  # [group], feedback
    liable: Table
    bar: Table  # [group]
    due: Table  # [state][begun + offset][group]
    offset: int
    hazards: list[tuple[int, Table, Table]]  # (to, [state][group][age][place], factor by [place])
    earnings: Table  # [state][place]
    need: Table  # [place]
    keep: float
    support: float
    opening: float
    shock: Table  # [1024]
    will_place: Table
    will_group: Table  # [class][group]
    will_age: Table
    will_kin: float
    mobility: Table  # [state][group][age][place]
    ease: float
    watched: Table  # [layer]
    price: Table
    aid: Table
    lead: Table  # [group][place]
    theta: Table
    aside: Table  # [state][place]
    able: Table
    success: float
    release: float
    loss: float
    entry: Table  # [group][stage]
    exits: Table  # [stage][group][exit]
    shift: Table
    onward_kin: float
    reach: Table  # [group][place], feedback
    follow: Table  # [place], feedback


@dataclass
class Life:
    """One sampled life beside the mass."""

    budget: float = 0.0
    where: int = HOME
    tries: int = 0
    turn: int = 0
    capital: float = 0.0


@dataclass
class Person:
    """One row: what is fixed, then what changes."""

    key: int
    birth: int
    group: int
    place: int
    klass: int
    physique: float
    weight: float
    death: int
    stages: int
    state: int
    due: int = 2**30
    left: float = 0.0
    spell: int = 0
    kin: int = 0
    kin_at: float = 0.0
    capital: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    home: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    held: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    away: list[list[float]] = field(default_factory=list)
    arrived: float = 0.0
    settled: float = 0.0
    lost: float = 0.0
    life: Life | None = None

    def age(self, t: int) -> int:
        """Completed years in month t, at most 100."""
        return min((t - self.birth) // 12, 100)


@dataclass
class Flow:
    """What happened to a person's mass, or to their sampled life, in a month (the life: in ones)."""

    attempts: float = 0.0
    interceptions: float = 0.0
    repatriations: float = 0.0
    by_channel: list[float] = field(default_factory=lambda: [0.0] * 4)
    came: list[float] = field(default_factory=list)  # arrivals by stage left
    shifted: list[float] = field(default_factory=list)
    adults: list[float] = field(default_factory=lambda: [0.0] * 4)  # mass: all, can pay, x mobility, with kin
    kin_effect: list[float] = field(default_factory=lambda: [0.0] * 2)
    news: list[tuple[str, int, int]] = field(default_factory=list)  # event, from, to

    @property
    def departures(self) -> float:
        """All who left, by whatever channel."""
        return sum(self.by_channel)

    @property
    def arrivals(self) -> float:
        """All who arrived, from whatever stage."""
        return sum(self.came)


def live(p: Person, m: Month, theory: Formulas, channel: Table) -> tuple[Flow, Flow]:
    """One month: events 1 to 8 of section 3, and section 4; returns the flows of the mass and of the sampled life."""
    flow, own = Flow(came=[0.0] * p.stages, shifted=[0.0] * p.stages), Flow(came=[0.0], shifted=[0.0])
    if m.t < p.birth or p.state == m.states + 1:
        return flow, own
    before = p.state
    if m.t == p.birth:
        be_born(p, m)
    if m.t >= p.death:
        report_trunk(p, before, m, own)
        die(p, m, own)
        return flow, own
    gain_kin(p, m)
    if not dated_event(p, m):
        move(p, m)
    report_trunk(p, before, m, own)
    save(p, m, theory)
    hazards = [border_hazard(p, m, theory, k, p.capital[k]) for k in LAYERS]
    measure(p, m, theory, hazards, flow)
    move_mass(p, m, hazards, channel, flow)
    if p.life is not None:
        take_turn(p, p.life, m, theory, channel, own)
    return flow, own


# --- the trunk --------------------------------------------------------------------------------------------------------


def be_born(p: Person, m: Month) -> None:
    """Step 1."""
    p.state = m.young
    p.home[0] = 1.0
    p.left = exponential(p.key, Event.MOVE, 0)
    p.kin_at = m.reach[p.group][p.place] + exponential(p.key, Event.KIN, 0)
    if p.life is not None:
        p.life.budget = exponential(p.key, Event.STAY, 0)


def die(p: Person, m: Month, own: Flow) -> None:
    """Step 2: all mass goes to lost."""
    life = p.life
    if life is not None and life.where != LOST:
        own.news.append(("death", place_code(p, m), m.states + 1))
    if life is not None:
        life.where = LOST
    p.state = m.states + 1
    p.home, p.held, p.away = [0.0] * 3, [0.0] * 3, [[0.0] * p.stages for _ in LAYERS]
    p.arrived = p.settled = 0.0
    p.lost = 1.0


def gain_kin(p: Person, m: Month) -> None:
    """Step 3."""
    if m.reach[p.group][p.place] >= p.kin_at:
        p.kin = 1


def dated_event(p: Person, m: Month) -> bool:
    """Step 4: coming of age, or the end of a dated stay."""
    if m.t - p.birth == m.adult_months:
        fit = p.physique >= m.bar[p.group]
        taken = fit and uniform(p.key, Event.GATE, 0) < m.share[p.group] * m.liable[p.klass]
        enter(p, m, m.into if taken else m.grown)
        p.capital = [m.opening] * 3
        if p.life is not None:
            p.life.capital = m.opening
        return True
    if m.t >= p.due:
        enter(p, m, m.grown)
        return True
    return False


def enter(p: Person, m: Month, state: int) -> None:
    """Be in a state from this month on."""
    p.state = state
    p.due = m.due[state][m.t + m.offset][p.group]


def move(p: Person, m: Month) -> None:
    """Step 5: spend the month's hazard from the budget, and move when it is gone."""
    if p.state == m.young:
        return
    s, x, a, place = p.state, p.group, p.age(m.t), p.place
    ways = [(to, table[s][x][a][place] * factor[place]) for to, table, factor in m.hazards]
    total = sum(hazard for _, hazard in ways)
    p.left -= total
    if total <= 0.0 or p.left > 0.0:
        return
    ways = [way for way in ways if way[1] > 0.0]
    enter(p, m, choose(uniform(p.key, Event.MOVE_TO, p.spell) * total, ways))
    p.spell += 1
    p.left = exponential(p.key, Event.MOVE, p.spell)


def choose(mark: float, ways: list[tuple[int, float]]) -> int:
    """The first way at which the cumulated weights pass the mark."""
    for to, weight in ways:
        if mark < weight:
            return to
        mark -= weight
    return ways[-1][0]


# --- savings and attempts ---------------------------------------------------------------------------------------------


def save(p: Person, m: Month, theory: Formulas) -> None:
    """Step 6."""
    if p.state == m.young:
        return
    shock = m.shock[rules.shock_index(p.key, m.calendar)]
    support, need = m.support * p.kin, m.need[p.place]
    earnings = m.earnings[p.state][p.place]
    p.capital = [theory.saving(c, earnings, shock, support, need, m.keep) for c in p.capital]
    if p.life is not None:
        p.life.capital = theory.saving(p.life.capital, earnings, shock, support, need, m.keep)


def mobility(p: Person, m: Month, tries: int) -> float:
    """The share of days a person can be away, after so many attempts."""
    return float(m.mobility[p.state][p.group][p.age(m.t)][p.place] * m.ease * m.watched[min(tries, 2)])


def border_hazard(p: Person, m: Month, theory: Formulas, tries: int, capital: float, kin: int | None = None) -> float:
    """Step 7: the month's hazard of trying the border; `kin` asks what it would be with or without them."""
    if p.state == m.young or not m.able[p.state]:
        return 0.0
    kin = p.kin if kin is None else kin
    will = m.will_place[p.place] + m.will_group[p.klass][p.group] + m.will_age[p.age(m.t)] + m.will_kin * kin
    price, aid, lead = m.price[p.place], m.aid[p.place] * kin, m.lead[p.group][p.place]
    return theory.attempt(will, mobility(p, m, tries), capital, aid, price, lead, m.theta) / 12


def measure(p: Person, m: Month, theory: Formulas, border: list[float], flow: Flow) -> None:
    """What is told of adults at home when they try; in December also the departures that their kin add."""
    if p.state == m.young:
        return
    everyone, kin = sum(p.home), float(p.kin)
    means = [capital + m.aid[p.place] * kin for capital in p.capital]
    able = sum(p.home[k] for k in LAYERS if means[k] >= math.exp(m.price[p.place]))
    flow.adults = [everyone, able, everyone * mobility(p, m, 0) / m.watched[0], everyone * kin]
    if p.kin and m.calendar % 12 == 11:
        added = border[0] - border_hazard(p, m, theory, 0, p.capital[0], kin=0)
        flow.kin_effect = [p.home[0] * m.success * added, p.home[0]]


def aside_hazard(p: Person, m: Month) -> float:
    """The month's hazard of leaving by another way than the border; for the young, of going with adults."""
    return float(m.follow[p.place] if p.state == m.young else m.aside[p.state][p.place])


def onward(p: Person, m: Month, stage: int) -> list[float]:
    """The hazards of arriving, returning, settling, dying, shifting."""
    arrive, *others = m.exits[stage][p.group]
    return [arrive * (m.onward_kin if p.kin else 1.0), *others]


# --- mass -------------------------------------------------------------------------------------------------------------


def move_mass(p: Person, m: Month, border: list[float], channel: Table, flow: Flow) -> None:
    """Step 8: what leaves each place leaves from what was there before the month; what comes in is added last."""
    came_abroad = [[0.0] * p.stages for _ in LAYERS]
    came_held = [0.0] * 3
    leave_stages(p, m, came_abroad, came_held, flow)
    freed = leave_detention(p, m)
    leave_home(p, m, border, channel, came_abroad, came_held, flow)
    for k in LAYERS:
        if freed[k] > 0.0:
            p.capital[k] *= p.home[k] / (p.home[k] + freed[k])
        p.home[k] += freed[k]
        p.held[k] += came_held[k]
        for r in range(p.stages):
            p.away[k][r] += came_abroad[k][r]


def leave_stages(p: Person, m: Month, came_abroad: Table, came_held: Table, flow: Flow) -> None:
    """Those abroad arrive, are returned, settle, die or shift to another stage."""
    for k in LAYERS:
        for r in range(p.stages):
            hazards = onward(p, m, r)
            total = sum(hazards)
            if p.away[k][r] == 0.0 or total == 0.0:
                continue
            gone = p.away[k][r] * share_of_time(total)
            p.away[k][r] -= gone
            arrive, back, settle, die_, shift = (gone * hazard / total for hazard in hazards)
            p.arrived += arrive
            p.settled += settle
            p.lost += die_
            came_held[min(k + 1, 2)] += back
            came_abroad[k][m.shift[r]] += shift
            flow.came[r] += arrive
            flow.repatriations += back
            flow.shifted[r] += shift


def leave_detention(p: Person, m: Month) -> list[float]:
    """Those held are released or die; returns the released by layer."""
    freed, total = [0.0] * 3, m.release + m.loss
    for k in LAYERS[1:]:
        if total > 0.0:
            gone = p.held[k] * share_of_time(total)
            p.held[k] -= gone
            freed[k] = gone * m.release / total
            p.lost += gone * m.loss / total
    return freed


def leave_home(
    p: Person, m: Month, border: list[float], channel: Table, came_abroad: Table, came_held: Table, flow: Flow
) -> None:
    """Those at home try the border, are caught or cross, or leave aside."""
    aside = aside_hazard(p, m)
    entry = m.entry[p.group]
    for k in LAYERS:
        total = border[k] + aside
        if p.home[k] == 0.0 or total == 0.0:
            continue
        gone = p.home[k] * share_of_time(total)
        p.home[k] -= gone
        tried, left_aside = gone * border[k] / total, gone * aside / total
        caught, crossed = tried * (1.0 - m.success), tried * m.success
        came_held[min(k + 1, 2)] += caught
        by_entry = crossed
        if p.state == m.young:
            by_entry += left_aside
            flow.by_channel[COMPANION] += left_aside
        else:
            came_abroad[k][0] += left_aside
            flow.by_channel[channel[p.state]] += left_aside
        for r in range(p.stages):
            came_abroad[k][r] += by_entry * entry[r]
        flow.by_channel[0] += crossed
        flow.attempts += tried
        flow.interceptions += caught


# --- the sampled life -------------------------------------------------------------------------------------------------


def place_code(p: Person, m: Month) -> int:
    """Where a sampled life is, as one number: its state at home, then unborn and dead, then the places beyond home."""
    where = p.life.where if p.life else HOME
    return p.state if where == HOME else m.states + 1 + where


def report_trunk(p: Person, before: int, m: Month, own: Flow) -> None:
    """A sampled life at home shares what happens to the trunk."""
    if p.life is not None and p.life.where == HOME and p.state != before:
        own.news.append(("birth" if before == m.states else "status", before, p.state))


def take_turn(p: Person, life: Life, m: Month, theory: Formulas, channel: Table, own: Flow) -> None:
    """Section 4: spend the hazard of the place from the budget; when it is gone, one turn."""
    ways = ways_out(p, life, m, theory)
    total = sum(ways)
    if total <= 0.0:
        return
    life.budget -= total
    if life.budget > 0.0:
        return
    life.turn += 1
    life.budget = exponential(p.key, Event.STAY, life.turn)
    which = choose(uniform(p.key, Event.FATE, life.turn) * total, [(i, w) for i, w in enumerate(ways) if w > 0.0])
    origin = place_code(p, m)
    if life.where == HOME:
        event = turn_at_home(p, life, m, which, channel, own)
    elif life.where == DETENTION:
        event = "release" if which == 0 else "death"
        life.where = HOME if which == 0 else LOST
        life.capital = 0.0
    else:
        event = turn_abroad(life, m, which, own)
    own.news.append((event, origin, place_code(p, m)))


def ways_out(p: Person, life: Life, m: Month, theory: Formulas) -> list[float]:
    """The hazards of leaving the place a sampled life is at."""
    if life.where == HOME:
        return [border_hazard(p, m, theory, life.tries, life.capital), aside_hazard(p, m)]
    if life.where == DETENTION:
        return [m.release, m.loss]
    return onward(p, m, life.where - ABROAD) if life.where >= ABROAD else []


def turn_at_home(p: Person, life: Life, m: Month, which: int, channel: Table, own: Flow) -> str:
    """An attempt, or leaving aside."""
    if which == 0:
        own.attempts = 1.0
        if uniform(p.key, Event.PASS, life.turn) >= m.success:
            own.interceptions = 1.0
            life.where = DETENTION
            life.tries += 1
            return "interception"
        own.by_channel[0] = 1.0
    else:
        own.by_channel[COMPANION if p.state == m.young else channel[p.state]] = 1.0
    stage = 0
    if which == 0 or p.state == m.young:
        entry = m.entry[p.group]
        stage = choose(uniform(p.key, Event.WAY, life.turn), [(r, w) for r, w in enumerate(entry) if w > 0.0])
    life.where = ABROAD + stage
    return "departure"


def turn_abroad(life: Life, m: Month, which: int, own: Flow) -> str:
    """Arrive, be returned, settle, die, shift."""
    if which == 0:
        own.came[0] = 1.0
    elif which == 1:
        own.repatriations = 1.0
        life.tries += 1
    onward_to = ABROAD + m.shift[life.where - ABROAD]
    life.where = (ARRIVED, DETENTION, SETTLED, LOST, onward_to)[which]
    return ("arrival", "return", "settling", "death", "stage")[which]

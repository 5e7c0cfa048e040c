"""A person at home: home life course, savings and attempts (docs/engine.md, section 2 and steps 1 to 7)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from tests.reference_engine import rules
from tests.reference_engine.rules import Event, Formulas, exponential, quasi_uniform, uniform

LAYERS = range(3)
#: Where a sampled history is; stages abroad follow.
HOME, DETENTION, ARRIVED, SETTLED, LOST, ABROAD = range(6)
COMPANION = 3
Table = Any  # nested lists of numbers


@dataclass(frozen=True)
class Month:
    """The parameters in force in month t, and the feedback: nested lists in the order of `tumen.model.compiled`."""

    t: int
    calendar: int
    states: int
    young: int
    grown: int
    adult_months: int
    into: int
    share: Table  # [group], feedback
    off_term: Table  # [group], feedback
    liable: Table
    bar: Table  # [group]
    term: Table  # [group], months to be served under this month's rules
    hazards: list[tuple[int, Table, Table]]  # (to, [state][group][age][place], factor by [place])
    earnings: Table  # [state][place]
    power: float
    pooling: Table  # [state], nothing where earnings are not pooled
    earned: Table  # [place][age], feedback
    need: Table  # [state][place]
    keep: float
    support: float
    starting_capital: float
    cash_line: float
    shock: Table  # [1024]
    will_place: Table
    will_group: Table  # [class][group]
    will_age: Table
    will_kin: float
    mobility: Table  # [state][group][age][place]
    ease: float
    watched: Table  # [layer]
    price: Table
    aid: float
    sponsor: float
    log_rate_offset: Table  # [group][place]
    hazard_parameters: Table
    other_channels: Table  # [state][place]
    able: Table
    channel: Table  # [state], label of leaving other_channels
    success: float
    release: float
    loss: float
    entry: Table  # [group][stage]
    exits: Table  # [stage][group][exit]
    shift: Table
    onward_kin: float
    lifted: Table  # [stage]
    airlift: float  # feedback
    reach: Table  # [group][place], feedback
    follow: Table  # [younger, older][place], feedback
    spouse: Table  # [group][place], feedback
    older: int
    leaders: tuple[int, int]


@dataclass
class Life:
    """One sampled history beside the mass."""

    transition_residual: float = 0.0
    where: int = HOME
    tries: int = 0
    n_transitions: int = 0
    capital: float = 0.0


@dataclass
class Person:
    """One agent: what is fixed, then what changes."""

    key: int
    birth: int
    group: int
    place: int
    social_class: int
    physique: float
    power: float
    weight: float
    death: int
    stages: int
    state: int
    begun: int = 0
    move_residual: float = 0.0
    n_moves: int = 0
    kin: int = 0
    kin_hazard: float = 0.0
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
    """What happened to a person's mass, or to their sampled history, in a month (the life: in ones)."""

    attempts: float = 0.0
    interceptions: float = 0.0
    repatriations: float = 0.0
    by_channel: list[float] = field(default_factory=lambda: [0.0] * 4)
    came: list[list[float]] = field(default_factory=list)  # by stage left, the arrivals of each layer
    shifted: list[list[float]] = field(default_factory=list)
    adults: list[float] = field(default_factory=lambda: [0.0] * 4)  # mass: all, can pay, x mobility, with kin
    kin_effect: list[float] = field(default_factory=lambda: [0.0] * 2)
    penniless: float = 0.0  # who crossed with savings below the line
    news: list[tuple[str, int, int]] = field(default_factory=list)  # event, from, to

    @property
    def departures(self) -> float:
        """All who left, by whatever channel."""
        return sum(self.by_channel)

    @property
    def arrivals(self) -> float:
        """All who arrived, from whatever stage."""
        return sum(map(sum, self.came))


def place_code(p: Person, m: Month) -> int:
    """The place of a sampled history as a code: its state at home, unborn, dead, then the places beyond home."""
    where = p.life.where if p.life else HOME
    return p.state if where == HOME else m.states + 1 + where


# --- the home life course ---------------------------------------------------------------------------------------------


def be_born(p: Person, m: Month) -> None:
    """Step 1."""
    p.state = m.young
    p.home[0] = 1.0
    p.move_residual = -math.log(quasi_uniform(p.key, Event.MOVE))
    p.kin_hazard = m.reach[p.group][p.place] - math.log(quasi_uniform(p.key, Event.KIN))
    if p.life is not None:
        p.life.transition_residual = exponential(p.key, Event.STAY, 0)


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
    if m.reach[p.group][p.place] >= p.kin_hazard:
        p.kin = 1


def dated_event(p: Person, m: Month) -> bool:
    """Step 4: coming of age, or the end of a term."""
    if m.t - p.birth == m.adult_months:
        fit = p.physique >= m.bar[p.group]
        taken = fit and quasi_uniform(p.key, Event.ENTRY) < m.share[p.group] * m.liable[p.social_class]
        enter(p, m, m.into if taken else m.grown)
        p.capital = [m.starting_capital] * 3
        if p.life is not None:
            p.life.capital = m.starting_capital
        return True
    if p.state == m.into and m.t - p.begun >= m.term[p.group] + m.off_term[p.group]:
        enter(p, m, m.grown)
        return True
    return False


def enter(p: Person, m: Month, state: int) -> None:
    """Be in a state from this month on."""
    p.state = state
    p.begun = m.t


def move(p: Person, m: Month) -> None:
    """Step 5: subtract the month's hazard from the residual, and move when it is used up."""
    if p.state == m.young:
        return
    s, x, a, place = p.state, p.group, p.age(m.t), p.place
    ways = [(to, table[s][x][a][place] * factor[place]) for to, table, factor in m.hazards]
    total = sum(hazard for _, hazard in ways)
    p.move_residual -= total
    if total <= 0.0 or p.move_residual > 0.0:
        return
    ways = [way for way in ways if way[1] > 0.0]
    enter(p, m, choose(uniform(p.key, Event.MOVE_TO, p.n_moves) * total, ways))
    p.n_moves += 1
    p.move_residual = exponential(p.key, Event.MOVE, p.n_moves)


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
    support, need = m.support * p.kin, m.need[p.state][p.place]
    earnings = earned(p, m)
    p.capital = [theory.saving(c, earnings, shock, support, need, m.keep) for c in p.capital]
    if p.life is not None:
        p.life.capital = theory.saving(p.life.capital, earnings, shock, support, need, m.keep)


def earned(p: Person, m: Month) -> float:
    """What a person can spend of a month's earnings before the shock: by their power, and in part pooled."""
    common = m.earned[p.place][p.age(m.t)]
    mean = rules.share_of_purse(m.earnings[p.state][p.place], common, m.pooling[p.state])
    return rules.earning_power(p.power, m.power) * mean


def mobility(p: Person, m: Month) -> float:
    """The share of days a person can be away, unless watched."""
    return float(m.mobility[p.state][p.group][p.age(m.t)][p.place] * m.ease)


def border_hazard(p: Person, m: Month, theory: Formulas, tries: int, capital: float, kin: int | None = None) -> float:
    """Step 7: the month's hazard of trying the border; `kin` asks what it would be with or without them."""
    if p.state == m.young or not m.able[p.state]:
        return 0.0
    kin = p.kin if kin is None else kin
    will = m.will_place[p.place] + m.will_group[p.social_class][p.group] + m.will_age[p.age(m.t)] + m.will_kin * kin
    trial = rules.Trial(
        will=will,
        mobility=mobility(p, m) * m.watched[min(tries, 2)],
        capital=capital,
        aid=m.aid * kin,
        sponsor=m.sponsor * kin,
        price=m.price[p.place],
        log_rate_offset=m.log_rate_offset[p.group][p.place],
        hazard_parameters=m.hazard_parameters,
    )
    return theory.attempt(trial) / 12


def measure(p: Person, m: Month, theory: Formulas, border: list[float], flow: Flow) -> None:
    """What is told of adults at home when they try; in December also the departures that their kin add."""
    if p.state == m.young:
        return
    everyone, kin = sum(p.home), float(p.kin)
    price = math.exp(m.price[p.place])
    chance = [1.0 if capital + m.aid * kin >= price else m.sponsor * kin for capital in p.capital]
    able = sum(p.home[k] * chance[k] for k in LAYERS)
    flow.adults = [everyone, able, everyone * mobility(p, m), everyone * kin]
    if p.kin and m.calendar % 12 == 11:
        added = border[0] - border_hazard(p, m, theory, 0, p.capital[0], kin=0)
        flow.kin_effect = [p.home[0] * m.success * added, p.home[0]]


def along_hazard(p: Person, m: Month) -> float:
    """The month's hazard of going along: of the young with adults, of adults with one of another group."""
    age = p.age(m.t)
    if p.state == m.young:
        return float(m.follow[1 if age >= m.older else 0][p.place])
    partner = m.able[p.state] and m.leaders[0] <= age <= m.leaders[1]
    return float(m.spouse[p.group][p.place]) if partner else 0.0


def other_hazard(p: Person, m: Month) -> float:
    """The month's hazard of leaving alone by another way than the border; the young never do."""
    return 0.0 if p.state == m.young else float(m.other_channels[p.state][p.place])


def onward(p: Person, m: Month, stage: int) -> list[float]:
    """The hazards of arriving, returning, settling, dying, shifting, going home."""
    arrive, *others = m.exits[stage][p.group]
    lifted = m.airlift if m.lifted[stage] else 0.0
    return [arrive * (m.onward_kin if p.kin else 1.0) + lifted, *others]

"""All people through all months: the law read from the program, the opening, the feedback, the counts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumen.engine.population import Population
from tumen.engine.reference import rules
from tumen.engine.reference.person import HOME, LAYERS, Flow, Life, Month, Person, Table, live
from tumen.engine.reference.rules import Event, Formulas, exponential, uniform
from tumen.mechanism.program import AGES, STAGES, Pool, Program, Stepped

FLOWS = ("arrivals", "departures", "attempts", "interceptions", "repatriations", "abroad", "held")
EVENTS = ("birth", "status", "interception", "departure", "release", "arrival", "return", "settling", "stage", "death")
_UNIT = 2**32
_MOST = 1e9
Cell = tuple[int, int, int]  # group, age, place


@dataclass
class Feedback:
    """What people meet of one another in a month: pressure[pool][place], share[group], reach[group][place],
    follow[place].
    """

    pressure: Table
    share: Table
    reach: Table
    follow: Table


@dataclass
class Count:
    """The counts of a month, in whole multiples of 2^-32 persons."""

    stock: Counter[tuple[int, int, int, int]] = field(default_factory=Counter)  # state, group, age, place
    flow: Counter[tuple[int, int, int, int]] = field(default_factory=Counter)  # flow, group, age, place
    sampled: Counter[tuple[int, int, int, int]] = field(default_factory=Counter)
    by_state: Counter[tuple[int, int]] = field(default_factory=Counter)
    by_channel: Counter[tuple[int, int]] = field(default_factory=Counter)
    stage: Counter[tuple[int, int, int]] = field(default_factory=Counter)  # stock, arrivals, shifts; stage, group
    mean: Counter[tuple[int, int]] = field(default_factory=Counter)
    kin_effect: Counter[tuple[int]] = field(default_factory=Counter)


@dataclass(frozen=True)
class Answer:
    """What a run of the reference engine counted, in persons, shaped as `tumen.engine.loop.Counts`.

    log: rows of month, row, event, from, to; people: their rows as they stand in the end; history, if asked for: by
    month and row, (state, moves, kin, mass at home by layer, where the sampled life is, its attempts).
    """

    stock: NDArray[np.float64]
    flow: NDArray[np.float64]
    sampled: NDArray[np.float64]
    by_state: NDArray[np.float64]
    by_channel: NDArray[np.float64]
    stage: NDArray[np.float64]
    mean: NDArray[np.float64]
    kin_effect: NDArray[np.float64]
    feedback: tuple[Feedback, ...]
    log: NDArray[np.int64]
    people: list[Person]
    history: list[list[tuple[Any, ...]]]


def reference(
    program: Program,
    population: Population,
    formulas: Formulas | None = None,
    *,
    seed: int,
    replay: Sequence[Any] | None = None,
    lives: bool = True,
    history: bool = False,
) -> Answer:
    """Run every month of the program, one person after another.

    formulas: of the theory, by default the two keys. replay: the feedback of another run (of either engine), taken
    instead of this run's own.
    """
    formulas = formulas or Formulas()
    people = [person(population, row, seed, program, lives) for row in range(population.size)]
    law = Law(program)
    for p in people:
        open_window(program, p)
    take_at_opening(program, people)
    count = count_opening(people)
    now = Feedback([], [], [[0.0] * len(program.places) for _ in program.groups], [])
    met, counts, log, states = [], [], [], []
    for t in range(program.months):
        now = given(replay[t]) if replay is not None else feedback(program, t, people, count, now)
        met.append(now)
        count, month = Count(), law.month(t, now)
        for row, p in enumerate(people):
            flow, own = live(p, month, formulas, program.channel.tolist())
            count_person(count, p, month, formulas, flow, own)
            log += [(t, row, EVENTS.index(event), origin, target) for event, origin, target in own.news]
        counts.append(count)
        if history:
            states.append([state_of(p) for p in people])
    return collect(program, counts, tuple(met), log, people, states)


def person(population: Population, row: int, seed: int, program: Program, lives: bool) -> Person:
    """A row of the population, unborn."""
    return Person(
        key=rules.key(seed, int(population.person[row])),
        birth=int(population.birth[row]),
        group=int(population.group[row]),
        place=int(population.place[row]),
        klass=int(population.klass[row]),
        physique=float(population.physique[row]),
        weight=float(population.weight[row]),
        death=int(population.death[row]),
        stages=len(STAGES),
        state=len(program.states),
        away=[[0.0] * len(STAGES) for _ in LAYERS],
        life=Life() if lives else None,
    )


# --- the law ----------------------------------------------------------------------------------------------------------


class Law:
    """The tables of a program as nested lists, each read once."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.read: dict[tuple[int, int], Table] = {}
        self.due = program.due.tolist()

    def stepped(self, table: Stepped, t: int) -> Table:
        """The table in force in month t."""
        place = (id(table), int(table.epoch[t]))
        if place not in self.read:
            self.read[place] = table.at(t).tolist()
        return self.read[place]

    def hazards(self, t: int, pressure: Table) -> list[tuple[int, Table, Table]]:
        """All moves in order: rates first, then pools."""
        ones = [1.0] * len(self.program.places)
        rates = [(move.to, self.stepped(move.rate, t), ones) for move in self.program.moves]
        pools = zip(self.program.pools, pressure, strict=True)
        return rates + [(pool.to, self.stepped(pool.weight, t), by_place) for pool, by_place in pools]

    def month(self, t: int, now: Feedback) -> Month:
        """Everything a person meets in month t."""
        program, gate, purse = self.program, self.program.gate, self.program.purse
        drive, journey = self.program.drive, self.program.journey
        return Month(
            t=t,
            calendar=program.start + t,
            states=len(program.states),
            young=program.young,
            grown=program.grown,
            adult_months=gate.adult_months,
            into=gate.into,
            share=now.share,
            liable=gate.liable.tolist(),
            bar=gate.bar[t].tolist(),
            due=self.due,
            offset=program.offset,
            hazards=self.hazards(t, now.pressure),
            earnings=self.stepped(purse.earnings, t),
            need=purse.need[t].tolist(),
            keep=float(purse.keep[t]),
            support=float(purse.support[t]),
            opening=float(purse.opening[t]),
            shock=purse.shock.tolist(),
            will_place=drive.place[t].tolist(),
            will_group=drive.group.tolist(),
            will_age=drive.age.tolist(),
            will_kin=float(drive.kin[t]),
            mobility=self.stepped(drive.mobility, t),
            ease=float(drive.ease[t]),
            watched=drive.watched[t].tolist(),
            price=drive.price[t].tolist(),
            aid=drive.aid[t].tolist(),
            lead=drive.lead[t].tolist(),
            theta=drive.theta[t].tolist(),
            aside=self.stepped(drive.aside, t),
            able=drive.able.tolist(),
            success=float(journey.success[t]),
            release=float(journey.release[t]),
            loss=float(journey.loss[t]),
            entry=journey.entry[t].tolist(),
            exits=journey.exits[t].tolist(),
            shift=journey.shift.tolist(),
            onward_kin=float(journey.kin[t]),
            reach=now.reach,
            follow=now.follow,
        )


# --- the opening ------------------------------------------------------------------------------------------------------


def open_window(program: Program, p: Person) -> None:
    """Everyone born before month 0 is alive, at home."""
    if p.birth >= 0:
        return
    p.left = exponential(p.key, Event.MOVE, 0)
    p.kin_at = exponential(p.key, Event.KIN, 0)
    p.home[0] = 1.0
    if p.life is not None:
        p.life.budget = exponential(p.key, Event.STAY, 0)
    if -p.birth <= program.gate.adult_months:
        p.state = program.young
        return
    free = uniform(p.key, Event.START, 0) < program.idle[p.group, p.age(0)]
    p.state = program.free if free else program.grown
    opening = float(program.purse.opening[0])
    p.capital = [opening] * 3
    if p.life is not None:
        p.life.capital = opening


def take_at_opening(program: Program, people: list[Person]) -> None:
    """Take the candidates for the gate whose luck has it."""
    gate = program.gate
    candidates = []
    for p in people:
        if p.birth >= 0 or p.state == program.young or p.physique < gate.bar[0, p.group]:
            continue
        due = int(program.due[gate.into, max(p.birth + gate.adult_months + program.offset, 0), p.group])
        if due > 0:
            candidates.append((p, due))
    share = gate.share[0].tolist()
    goal = float(gate.goal[0])
    if not math.isnan(goal):
        size = [0.0] * len(program.groups)
        for p, _ in candidates:
            size[p.group] += p.weight * gate.liable[p.klass]
        share = solved_share(program, 0, goal, size)
    for p, due in candidates:
        if uniform(p.key, Event.GATE, 0) < share[p.group] * gate.liable[p.klass]:
            p.state, p.due = gate.into, due


def solved_share(program: Program, t: int, goal: float, size: list[float]) -> list[float]:
    """The share taken of each group so that `goal` are taken; `size` are the fit and liable of each group."""
    gate = program.gate
    given_share = gate.share[t].tolist()
    groups = range(len(size))
    wanted = goal - sum(given_share[x] * size[x] for x in groups if not gate.solved[x])
    eligible = sum(size[x] for x in groups if gate.solved[x])
    solved = min(max(wanted / eligible, 0.0), 1.0) if eligible > 0.0 else 0.0
    solved = max(solved, float(gate.floor[t]))
    return [solved if gate.solved[x] else given_share[x] for x in groups]


def count_opening(people: list[Person]) -> Count:
    """The people at home when the window opens, at their ages of month 0."""
    count = Count()
    for p in people:
        if p.birth < 0:
            count.stock[p.state, p.group, p.age(0), p.place] += units(p.weight)
    return count


# --- the feedback -----------------------------------------------------------------------------------------------------


def given(other: Any) -> Feedback:
    """The feedback of another run, of whichever engine."""

    def plain(table: Any) -> Table:
        return np.asarray(table, dtype=float).tolist()

    return Feedback(plain(other.pressure), plain(other.share), plain(other.reach), plain(other.follow))


def feedback(program: Program, t: int, people: list[Person], count: Count, before: Feedback) -> Feedback:
    """What month t meets, from the counts at the end of month t - 1."""
    return Feedback(
        pressure=[pool_pressure(program, pool, t, count) for pool in program.pools],
        share=gate_share(program, t, people, count),
        reach=reach(program, t, count, before),
        follow=follow(program, t, count),
    )


def pool_pressure(program: Program, pool: Pool, t: int, count: Count) -> list[float]:
    """By place, the factor k on the weights that fills the vacancies."""
    weight = pool.weight.at(t)
    everywhere = range(len(program.places))
    answer = []
    for places in [everywhere] if pool.shared else [[place] for place in everywhere]:
        some = {cell: mass / _UNIT for cell, mass in count.stock.items() if cell[3] in places}
        holders = sum(mass for cell, mass in some.items() if cell[0] == pool.to)
        vacancies = max(0.0, float(pool.goal[t, places[0]]) - float(pool.keep[t]) * holders)
        eligible: Counter[float] = Counter()
        for cell, mass in some.items():
            eligible[float(weight[cell])] += mass  # type: ignore[assignment]
        answer += [pressure(eligible, vacancies)] * len(places)
    return answer


def pressure(eligible: dict[float, float], vacancies: float) -> float:
    """Solve sum of mass x (1 - exp(-k weight)) = vacancies for k by halving; `eligible`: mass by weight."""
    if vacancies <= 0.0:
        return 0.0

    def taken(k: float) -> float:
        return sum(mass * rules.share_of_time(k * weight) for weight, mass in eligible.items())

    if sum(mass for weight, mass in eligible.items() if weight > 0.0) <= vacancies:
        return _MOST
    low, high = 0.0, 1.0
    while taken(high) < vacancies:
        low, high = high, 2.0 * high
        if high > _MOST:
            return _MOST
    while high - low > 1e-13 * high:
        middle = 0.5 * (low + high)
        if taken(middle) < vacancies:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def gate_share(program: Program, t: int, people: list[Person], count: Count) -> list[float]:
    """The share of the fit and liable taken on coming of age this month."""
    gate = program.gate
    goal = float(gate.goal[t])
    if math.isnan(goal):
        return [float(share) for share in gate.share[t]]
    inside = sum(mass for cell, mass in count.stock.items() if cell[0] == gate.into) / _UNIT
    leaving, coming = 0, [0] * len(program.groups)
    for p in people:
        mass = p.weight * sum(p.home)
        if p.state == gate.into and p.due <= t:
            leaving += units(mass)
        if t - p.birth == gate.adult_months and p.physique >= gate.bar[t, p.group]:
            coming[p.group] += units(mass * float(gate.liable[p.klass]))
    return solved_share(program, t, goal - (inside - leaving / _UNIT), [size / _UNIT for size in coming])


def reach(program: Program, t: int, count: Count, before: Feedback) -> Table:
    """The cumulated hazard of gaining kin abroad, by group and place."""
    links, groups = program.links, range(len(program.groups))
    h = float(links.homophily[t])
    table = [[0.0] * len(program.places) for _ in groups]
    for place in range(len(program.places)):
        home = total(count.stock, lambda cell, place=place: cell[3] == place)
        came = [
            total(count.flow, lambda cell, x=x, place=place: cell[0] == 0 and cell[1] == x and cell[3] == place)
            for x in groups
        ]
        for x in groups:
            met = h * came[x] + (1.0 - h) * (sum(came) - came[x])
            grown = float(links.reach[t]) * 2.0 * met / max(home, 1.0)
            table[x][place] = before.reach[x][place] + grown
    return table


def follow(program: Program, t: int, count: Count) -> list[float]:
    """The monthly hazard of the young of going with adults, by place."""
    links = program.links
    oldest = range(links.leaders[0], links.leaders[1] + 1)
    answer = []
    for place in range(len(program.places)):
        left = total(count.flow, lambda cell, place=place: cell[0] == 1 and cell[2] in oldest and cell[3] == place)
        young = total(count.stock, lambda cell, place=place: cell[0] == program.young and cell[3] == place)
        answer.append(float(links.followers[t]) * left / max(young, 1.0))
    return answer


def total(counted: Counter[tuple[int, int, int, int]], chosen: Any) -> float:
    """Persons in the chosen cells."""
    return sum(mass for cell, mass in counted.items() if chosen(cell)) / _UNIT


# --- the counts -------------------------------------------------------------------------------------------------------


def units(persons: float) -> int:
    """A number of persons in whole multiples of 2^-32."""
    return round(persons * _UNIT)


def count_person(count: Count, p: Person, m: Month, theory: Formulas, flow: Flow, own: Flow) -> None:
    """Step 9: add one person's month to the counts."""
    if m.t < p.birth or p.state == m.states + 1:
        return
    x, cell = p.group, (p.group, p.age(m.t), p.place)
    home = sum(p.home)
    count.stock[p.state, *cell] += units(p.weight * home)
    abroad, held = sum(sum(layer) for layer in p.away), sum(p.held)
    count_flows(count.flow, cell, p.weight, flow, abroad, held)
    count.by_state[p.state, x] += units(p.weight * flow.departures)
    for channel, left in enumerate(flow.by_channel):
        count.by_channel[channel, x] += units(p.weight * left)
    for r in range(p.stages):
        figures = (sum(layer[r] for layer in p.away), flow.came[r], flow.shifted[r])
        for which, figure in enumerate(figures):
            count.stage[which, r, x] += units(p.weight * figure)
    for which, figure in enumerate(flow.adults):
        count.mean[which, x] += units(p.weight * figure)
    for which, figure in enumerate(flow.kin_effect):
        count.kin_effect[which,] += units(p.weight * figure)
    if p.life is not None:
        where = p.life.where
        count_flows(count.sampled, cell, p.weight, own, float(where > 4), float(where == HOME + 1))


def count_flows(counted: Counter[Any], cell: Cell, weight: float, flow: Flow, abroad: float, held: float) -> None:
    """One person's flows and stocks away from home, in the order of FLOWS."""
    figures = (flow.arrivals, flow.departures, flow.attempts, flow.interceptions, flow.repatriations, abroad, held)
    for which, figure in enumerate(figures):
        if figure != 0.0:
            counted[which, *cell] += units(weight * figure)


def state_of(p: Person) -> tuple[Any, ...]:
    """What `history` keeps of a person."""
    life = (p.life.where, p.life.tries) if p.life is not None else (None, None)
    return (p.state, p.spell, p.kin, tuple(p.home), *life)


def collect(
    program: Program,
    counts: list[Count],
    met: tuple[Feedback, ...],
    log: list[tuple[int, ...]],
    people: list[Person],
    states: list[list[tuple[Any, ...]]],
) -> Answer:
    """Lay the counts out as arrays."""
    groups, cell = len(program.groups), (len(program.groups), AGES, len(program.places))

    def table(name: str, shape: Iterable[int]) -> NDArray[np.float64]:
        array = np.zeros((len(counts), *shape))
        for t, count in enumerate(counts):
            for place, mass in getattr(count, name).items():
                array[t, *place] = mass / _UNIT
        return array

    return Answer(
        stock=table("stock", (len(program.states), *cell)),
        flow=table("flow", (len(FLOWS), *cell)),
        sampled=table("sampled", (len(FLOWS), *cell)),
        by_state=table("by_state", (len(program.states), groups)),
        by_channel=table("by_channel", (4, groups)),
        stage=table("stage", (3, len(STAGES), groups)),
        mean=table("mean", (4, groups)),
        kin_effect=table("kin_effect", (2,)),
        feedback=met,
        log=np.array(log, dtype=np.int64).reshape(-1, 5),
        people=people,
        history=states,
    )

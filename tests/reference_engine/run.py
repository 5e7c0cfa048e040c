"""All people through all months: the law read from the program, the opening, the feedback, the counts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.reference_engine import leaving, person
from tests.reference_engine.feedback import Count, Feedback, before_all, feedback, given
from tests.reference_engine.gate import share_at_opening
from tests.reference_engine.person import ABROAD, DETENTION, LAYERS, Flow, Life, Month, Person, Table
from tests.reference_engine.rules import UNIT, Event, Formulas, exponential, first, key, units
from tumen.engine.population import Population
from tumen.model.compiled import AGES, STAGES, Program, Stepped

FLOWS = ("arrivals", "departures", "attempts", "interceptions", "repatriations", "abroad", "held")
EVENTS = (
    "birth", "status", "interception", "departure", "release", "arrival", "return", "settling", "stage", "death",
    "homecoming",
)  # fmt: skip
Cell = tuple[int, int, int]  # group, age, place


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
    noted: NDArray[np.float64]
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
    people = [row_of(population, row, seed, program, lives) for row in range(population.size)]
    law = Law(program)
    for p in people:
        open_window(program, p)
    take_at_opening(program, people)
    count, now = count_opening(people), before_all(program, people)
    met, counts, log, states = [], [], [], []
    for t in range(program.months):
        now = given(replay[t]) if replay is not None else feedback(program, t, people, count, now)
        met.append(now)
        count, month = Count(), law.month(t, now)
        for row, p in enumerate(people):
            flow, own = live(p, month, formulas)
            count_person(count, p, month, flow, own)
            log += [(t, row, EVENTS.index(event), origin, target) for event, origin, target in own.news]
        counts.append(count)
        if history:
            states.append([state_of(p) for p in people])
    return collect(program, counts, tuple(met), log, people, states)


def row_of(population: Population, row: int, seed: int, program: Program, lives: bool) -> Person:
    """A row of the population, unborn."""
    return Person(
        key=key(seed, int(population.person[row])),
        birth=int(population.birth[row]),
        group=int(population.group[row]),
        place=int(population.place[row]),
        klass=int(population.klass[row]),
        physique=float(population.physique[row]),
        power=float(population.power[row]),
        weight=float(population.weight[row]),
        death=int(population.death[row]),
        stages=len(STAGES),
        state=len(program.states),
        away=[[0.0] * len(STAGES) for _ in LAYERS],
        life=Life() if lives else None,
    )


def live(p: Person, m: Month, theory: Formulas) -> tuple[Flow, Flow]:
    """One month: events 1 to 8 of section 3, and section 4; returns the flows of the mass and of the sampled life."""
    flow, own = Flow(came=[[] for _ in range(p.stages)], shifted=[[] for _ in range(p.stages)]), Flow()
    if m.t < p.birth or p.state == m.states + 1:
        return flow, own
    before = p.state
    if m.t == p.birth:
        person.be_born(p, m)
    if m.t >= p.death:
        leaving.report_trunk(p, before, m, own)
        person.die(p, m, own)
        return flow, own
    person.gain_kin(p, m)
    if not person.dated_event(p, m):
        person.move(p, m)
    leaving.report_trunk(p, before, m, own)
    person.save(p, m, theory)
    hazards = [person.border_hazard(p, m, theory, k, p.capital[k]) for k in LAYERS]
    person.measure(p, m, theory, hazards, flow)
    leaving.move_mass(p, m, hazards, flow)
    if p.life is not None:
        leaving.take_turn(p, p.life, m, theory, own)
    return flow, own


# --- the law ----------------------------------------------------------------------------------------------------------


class Law:
    """The tables of a program as nested lists, each read once."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.read: dict[tuple[int, int], Table] = {}

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
            off_term=now.off_term,
            liable=gate.liable[t].tolist(),
            bar=gate.bar[t].tolist(),
            term=gate.term[t].tolist(),
            hazards=self.hazards(t, now.pressure),
            earnings=self.stepped(purse.earnings, t),
            power=float(purse.power),
            pooling=[float(purse.pooling[t]) if shared else 0.0 for shared in purse.shares],
            earned=now.earned,
            need=[[0.0 if fed else need for need in purse.need[t].tolist()] for fed in purse.fed],
            keep=float(purse.keep[t]),
            support=float(purse.support[t]),
            opening=float(purse.opening[t]),
            cash_line=float(purse.line[t]),
            shock=purse.shock.tolist(),
            will_place=drive.place[t].tolist(),
            will_group=drive.group[t].tolist(),
            will_age=drive.age[t].tolist(),
            will_kin=float(drive.kin[t]),
            mobility=self.stepped(drive.mobility, t),
            ease=float(drive.ease[t]),
            watched=drive.watched[t].tolist(),
            price=drive.price[t].tolist(),
            aid=float(drive.aid[t]),
            sponsor=float(drive.sponsor[t]),
            lead=drive.lead[t].tolist(),
            theta=drive.theta[t].tolist(),
            aside=self.stepped(drive.aside, t),
            able=drive.able.tolist(),
            channel=program.channel.tolist(),
            success=float(journey.success[t]),
            release=float(journey.release[t]),
            loss=float(journey.loss[t]),
            entry=journey.entry[t].tolist(),
            exits=journey.exits[t].tolist(),
            shift=journey.shift.tolist(),
            onward_kin=float(journey.kin[t]),
            lifted=journey.lifted.tolist(),
            airlift=now.airlift,
            reach=now.reach,
            follow=now.follow,
            spouse=now.spouse,
            older=program.links.older,
            leaders=program.links.leaders,
        )


# --- the opening ------------------------------------------------------------------------------------------------------


def open_window(program: Program, p: Person) -> None:
    """Everyone born before month 0 is alive, at home."""
    if p.birth >= 0:
        return
    p.left = -math.log(first(p.key, Event.MOVE))
    p.kin_at = -math.log(first(p.key, Event.KIN))
    p.home[0] = 1.0
    if p.life is not None:
        p.life.budget = exponential(p.key, Event.STAY, 0)
    if -p.birth <= program.gate.adult_months:
        p.state = program.young
        return
    free = first(p.key, Event.START) < program.idle[p.group, p.age(0)]
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
        begun = p.birth + gate.adult_months
        if -begun < int(gate.term[0, p.group]):
            candidates.append((p, begun))
    share = gate.share[0].tolist()
    goal = float(gate.goal[0])
    if not math.isnan(goal):
        size = [0.0] * len(program.groups)
        for p, _ in candidates:
            size[p.group] += p.weight * gate.liable[0, p.klass]
        share = share_at_opening(program, goal, size)
    for p, begun in candidates:
        if first(p.key, Event.GATE) < share[p.group] * gate.liable[0, p.klass]:
            p.state, p.begun = gate.into, begun


def count_opening(people: list[Person]) -> Count:
    """The people at home when the window opens, at their ages of month 0."""
    count = Count()
    for p in people:
        if p.birth < 0:
            count.stock[p.state, p.group, p.age(0), p.place] += units(p.weight)
    return count


# --- the counts -------------------------------------------------------------------------------------------------------


def count_person(count: Count, p: Person, m: Month, flow: Flow, own: Flow) -> None:
    """Step 9: add one person's month to the counts."""
    if m.t < p.birth or p.state == m.states + 1:
        return
    x, cell = p.group, (p.group, p.age(m.t), p.place)
    home = sum(p.home)
    count.stock[p.state, *cell] += units(p.weight * home)
    abroad, held = sum(sum(layer) for layer in p.away), sum(p.held)
    count_flows(count.flow, cell, p.weight, flow, abroad, held)
    for channel, left in enumerate(flow.by_channel):
        count.by_channel[channel, x] += units(p.weight * left)
        count.by_state[p.state, x] += units(p.weight * left)
    for r in range(p.stages):
        figures = ([layer[r] for layer in p.away], flow.came[r], flow.shifted[r])
        for which, by_layer in enumerate(figures):
            count.stage[which, r, x] += units(p.weight * sum(by_layer))
    for which, figure in enumerate(flow.adults):
        count.mean[which, x] += units(p.weight * figure)
    for which, figure in enumerate((flow.arrivals if p.kin else 0.0, flow.penniless)):
        count.noted[which, x] += units(p.weight * figure)
    for which, figure in enumerate(flow.kin_effect):
        count.kin_effect[which,] += units(p.weight * figure)
    if p.life is not None:
        where = p.life.where
        count_flows(count.sampled, cell, p.weight, own, float(where >= ABROAD), float(where == DETENTION))


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
    log: list[tuple[int, int, int, int, int]],
    people: list[Person],
    states: list[list[tuple[Any, ...]]],
) -> Answer:
    """Lay the counts out as arrays."""
    groups, cell = len(program.groups), (len(program.groups), AGES, len(program.places))

    def table(name: str, shape: Iterable[int]) -> NDArray[np.float64]:
        array = np.zeros((len(counts), *shape))
        for t, count in enumerate(counts):
            for place, mass in getattr(count, name).items():
                array[t, *place] = mass / UNIT
        return array

    return Answer(
        stock=table("stock", (len(program.states), *cell)),
        flow=table("flow", (len(FLOWS), *cell)),
        sampled=table("sampled", (len(FLOWS), *cell)),
        by_state=table("by_state", (len(program.states), groups)),
        by_channel=table("by_channel", (4, groups)),
        stage=table("stage", (3, len(STAGES), groups)),
        mean=table("mean", (4, groups)),
        noted=table("noted", (2, groups)),
        kin_effect=table("kin_effect", (2,)),
        feedback=met,
        log=np.array(log, dtype=np.int64).reshape(-1, 5),
        people=people,
        history=states,
    )

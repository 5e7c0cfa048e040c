"""All people through all months: the monthly parameters, the initial state, the feedback, the counts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.reference_engine import leaving, person
from tests.reference_engine.entry import share_at_start
from tests.reference_engine.feedback import Count, Feedback, before_all, feedback, given
from tests.reference_engine.person import ABROAD, DETENTION, LAYERS, Flow, Life, Month, Person, Table
from tests.reference_engine.rules import UNIT, Event, Formulas, exponential, key, quasi_uniform, units
from tumen.engine.population import Population
from tumen.model.compiled import AGES, STAGES, CompiledModel, PiecewiseConstantTable

FLOWS = ("arrivals", "departures", "attempts", "interceptions", "repatriations", "abroad", "held")
EVENTS = (
    "birth", "status", "interception", "departure", "release", "arrival", "return", "settling", "stage", "death",
    "homecoming",
)  # fmt: skip
Cell = tuple[int, int, int]  # group, age, place


@dataclass(frozen=True)
class Answer:
    """What a run of the reference engine counted, in persons, shaped as `tumen.engine.loop.Counts`.

    log: month, agent, event, from, to; people: in their final state; history, if asked for: by month and agent,
    (state, moves, kin, mass at home by layer, where the sampled history is, its attempts).
    """

    stock: NDArray[np.float64]
    flow: NDArray[np.float64]
    sampled: NDArray[np.float64]
    by_state: NDArray[np.float64]
    by_channel: NDArray[np.float64]
    stage: NDArray[np.float64]
    adult_sums: NDArray[np.float64]
    auxiliary: NDArray[np.float64]
    kin_effect: NDArray[np.float64]
    feedback: tuple[Feedback, ...]
    log: NDArray[np.int64]
    people: list[Person]
    history: list[list[tuple[Any, ...]]]


def reference(
    model: CompiledModel,
    population: Population,
    formulas: Formulas | None = None,
    *,
    seed: int,
    replay: Sequence[Any] | None = None,
    histories: bool = True,
    history: bool = False,
) -> Answer:
    """Run every month of the model, one person after another.

    formulas: of the theory, by default the two keys. replay: the feedback of another run (of either engine), taken
    instead of this run's own.
    """
    formulas = formulas or Formulas()
    people = [agent_of(population, i, seed, model, histories) for i in range(population.size)]
    tables = MonthlyParameters(model)
    for p in people:
        set_initial_state(model, p)
    select_at_start(model, people)
    count, now = initial_counts(people), before_all(model, people)
    met, counts, log, states = [], [], [], []
    for t in range(model.months):
        now = given(replay[t]) if replay is not None else feedback(model, t, people, count, now)
        met.append(now)
        count, month = Count(), tables.month(t, now)
        for i, p in enumerate(people):
            flow, own = live(p, month, formulas)
            count_person(count, p, month, flow, own)
            log += [(t, i, EVENTS.index(event), origin, target) for event, origin, target in own.news]
        counts.append(count)
        if history:
            states.append([state_of(p) for p in people])
    return collect(model, counts, tuple(met), log, people, states)


def agent_of(population: Population, i: int, seed: int, model: CompiledModel, histories: bool) -> Person:
    """An agent of the population, unborn."""
    return Person(
        key=key(seed, int(population.person[i])),
        birth=int(population.birth[i]),
        group=int(population.group[i]),
        place=int(population.place[i]),
        social_class=int(population.social_class[i]),
        physique=float(population.physique[i]),
        power=float(population.power[i]),
        weight=float(population.weight[i]),
        death=int(population.death[i]),
        stages=len(STAGES),
        state=len(model.states),
        away=[[0.0] * len(STAGES) for _ in LAYERS],
        life=Life() if histories else None,
    )


def live(p: Person, m: Month, theory: Formulas) -> tuple[Flow, Flow]:
    """One month: events 1 to 8 of section 3, and section 4; returns the flows of the mass and of the history."""
    flow, own = Flow(came=[[] for _ in range(p.stages)], shifted=[[] for _ in range(p.stages)]), Flow()
    if m.t < p.birth or p.state == m.states + 1:
        return flow, own
    before = p.state
    if m.t == p.birth:
        person.be_born(p, m)
    if m.t >= p.death:
        leaving.report_life_course(p, before, m, own)
        person.die(p, m, own)
        return flow, own
    person.gain_kin(p, m)
    if not person.dated_event(p, m):
        person.move(p, m)
    leaving.report_life_course(p, before, m, own)
    person.save(p, m, theory)
    hazards = [person.border_hazard(p, m, theory, k, p.capital[k]) for k in LAYERS]
    person.measure(p, m, theory, hazards, flow)
    leaving.move_mass(p, m, hazards, flow)
    if p.life is not None:
        leaving.make_transition(p, p.life, m, theory, own)
    return flow, own


# --- monthly parameters -----------------------------------------------------------------------------------------------


class MonthlyParameters:
    """The tables of a model as nested lists, each read once."""

    def __init__(self, model: CompiledModel) -> None:
        self.model = model
        self.read: dict[tuple[int, int], Table] = {}

    def piecewise_constant(self, table: PiecewiseConstantTable, t: int) -> Table:
        """The table in force in month t."""
        place = (id(table), int(table.epoch[t]))
        if place not in self.read:
            self.read[place] = table.at(t).tolist()
        return self.read[place]

    def hazards(self, t: int, entry_intensity: Table) -> list[tuple[int, Table, Table]]:
        """All moves in order: rates first, then capacity_limited."""
        ones = [1.0] * len(self.model.places)
        rates = [(move.to, self.piecewise_constant(move.rate, t), ones) for move in self.model.moves]
        capacity_limited = zip(self.model.capacity_limited, entry_intensity, strict=True)
        return rates + [
            (pool.to, self.piecewise_constant(pool.weight, t), by_place) for pool, by_place in capacity_limited
        ]

    def month(self, t: int, now: Feedback) -> Month:
        """Everything a person meets in month t."""
        model, entry, savings = self.model, self.model.entry, self.model.savings
        hazard_inputs, journey = self.model.hazard_inputs, self.model.journey
        return Month(
            t=t,
            calendar=model.start + t,
            states=len(model.states),
            young=model.young,
            grown=model.grown,
            adult_months=entry.adult_months,
            into=entry.into,
            share=now.share,
            off_term=now.off_term,
            liable=entry.liable[t].tolist(),
            bar=entry.bar[t].tolist(),
            term=entry.term[t].tolist(),
            hazards=self.hazards(t, now.entry_intensity),
            earnings=self.piecewise_constant(savings.earnings, t),
            power=float(savings.power),
            pooling=[float(savings.pooling[t]) if shared else 0.0 for shared in savings.shares],
            earned=now.earned,
            need=[[0.0 if fed else need for need in savings.need[t].tolist()] for fed in savings.fed],
            keep=float(savings.keep[t]),
            support=float(savings.support[t]),
            starting_capital=float(savings.starting_capital[t]),
            cash_line=float(savings.line[t]),
            shock=savings.shock.tolist(),
            will_place=hazard_inputs.place[t].tolist(),
            will_group=hazard_inputs.group[t].tolist(),
            will_age=hazard_inputs.age[t].tolist(),
            will_kin=float(hazard_inputs.kin[t]),
            mobility=self.piecewise_constant(hazard_inputs.mobility, t),
            ease=float(hazard_inputs.ease[t]),
            watched=hazard_inputs.watched[t].tolist(),
            price=hazard_inputs.price[t].tolist(),
            aid=float(hazard_inputs.aid[t]),
            sponsor=float(hazard_inputs.sponsor[t]),
            log_rate_offset=hazard_inputs.log_rate_offset[t].tolist(),
            hazard_parameters=hazard_inputs.hazard_parameters[t].tolist(),
            other_channels=self.piecewise_constant(hazard_inputs.other_channels, t),
            able=hazard_inputs.able.tolist(),
            channel=model.channel.tolist(),
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
            older=model.links.older,
            leaders=model.links.leaders,
        )


# --- the initial state ------------------------------------------------------------------------------------------------


def set_initial_state(model: CompiledModel, p: Person) -> None:
    """Everyone born before month 0 is alive, at home."""
    if p.birth >= 0:
        return
    p.move_residual = -math.log(quasi_uniform(p.key, Event.MOVE))
    p.kin_hazard = -math.log(quasi_uniform(p.key, Event.KIN))
    p.home[0] = 1.0
    if p.life is not None:
        p.life.transition_residual = exponential(p.key, Event.STAY, 0)
    if -p.birth <= model.entry.adult_months:
        p.state = model.young
        return
    free = quasi_uniform(p.key, Event.START) < model.idle[p.group, p.age(0)]
    p.state = model.free if free else model.grown
    capital = float(model.savings.starting_capital[0])
    p.capital = [capital] * 3
    if p.life is not None:
        p.life.capital = capital


def select_at_start(model: CompiledModel, people: list[Person]) -> None:
    """Select candidates for entry by their draws."""
    entry = model.entry
    candidates = []
    for p in people:
        if p.birth >= 0 or p.state == model.young or p.physique < entry.bar[0, p.group]:
            continue
        begun = p.birth + entry.adult_months
        if -begun < int(entry.term[0, p.group]):
            candidates.append((p, begun))
    share = entry.share[0].tolist()
    goal = float(entry.goal[0])
    if not math.isnan(goal):
        size = [0.0] * len(model.groups)
        for p, _ in candidates:
            size[p.group] += p.weight * entry.liable[0, p.social_class]
        share = share_at_start(model, goal, size)
    for p, begun in candidates:
        if quasi_uniform(p.key, Event.ENTRY) < share[p.group] * entry.liable[0, p.social_class]:
            p.state, p.begun = entry.into, begun


def initial_counts(people: list[Person]) -> Count:
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
        count.adult_sums[which, x] += units(p.weight * figure)
    for which, figure in enumerate((flow.arrivals if p.kin else 0.0, flow.penniless)):
        count.auxiliary[which, x] += units(p.weight * figure)
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
    return (p.state, p.n_moves, p.kin, tuple(p.home), *life)


def collect(
    model: CompiledModel,
    counts: list[Count],
    met: tuple[Feedback, ...],
    log: list[tuple[int, int, int, int, int]],
    people: list[Person],
    states: list[list[tuple[Any, ...]]],
) -> Answer:
    """Lay the counts out as arrays."""
    groups, cell = len(model.groups), (len(model.groups), AGES, len(model.places))

    def table(name: str, shape: Iterable[int]) -> NDArray[np.float64]:
        array = np.zeros((len(counts), *shape))
        for t, count in enumerate(counts):
            for place, mass in getattr(count, name).items():
                array[t, *place] = mass / UNIT
        return array

    return Answer(
        stock=table("stock", (len(model.states), *cell)),
        flow=table("flow", (len(FLOWS), *cell)),
        sampled=table("sampled", (len(FLOWS), *cell)),
        by_state=table("by_state", (len(model.states), groups)),
        by_channel=table("by_channel", (4, groups)),
        stage=table("stage", (3, len(STAGES), groups)),
        adult_sums=table("adult_sums", (4, groups)),
        auxiliary=table("auxiliary", (2, groups)),
        kin_effect=table("kin_effect", (2,)),
        feedback=met,
        log=np.array(log, dtype=np.int64).reshape(-1, 5),
        people=people,
        history=states,
    )

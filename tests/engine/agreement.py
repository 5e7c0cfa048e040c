"""Random worlds through the fast engine and the reference engine: where and by how much they differ.

`compare(worlds, persons, months, seed)` is the whole of it; `python -m tests.engine.agreement 30 2000` prints a line a
world. Toyland is the ground; history, scenarios, closure, theory, window and about a third of all inputs are random.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from tests.reference_engine import EVENTS, OTHER_FORMULAS, Answer, Feedback, Formulas, reference
from tests.reference_engine.person import HOME, Person
from tumen.case import VOCABULARY, Case, CaseError, World, load
from tumen.case.inputs import Input
from tumen.engine.counts import Counts
from tumen.engine.loop import simulate
from tumen.engine.population import Population, complete
from tumen.engine.state import Agents
from tumen.model import compiler, theories
from tumen.model.compiled import CompiledModel
from tumen.model.demography import cohorts
from tumen.simulate.session import sample

COUNTS = ("stock", "flow", "sampled", "by_state", "by_channel", "stage", "adult_sums", "auxiliary", "kin_effect")
FEEDBACK = tuple(field.name for field in fields(Feedback))
#: Where a differing cell holds fewer persons than this, the difference is told relative to this.
FEW = 1.0
EXPONENTS = (-8.0, -2.0, -0.5, 0.0, 0.3, 1.0)
#: Inputs that every world draws: what they govern would hardly ever happen at a case's own values, or in few worlds.
ALWAYS = (
    "reference_rate",
    "trend_rate",
    "airlift",
    "return_home_rate",
    "settling_rate",
    "spouse_ratio",
    "sponsor_probability",
)


THEORIES = (*(theories.get("interplay"),) * 3, theories.get("push_pull"), theories.get("no_theory"))


@dataclass(frozen=True)
class Setup:
    """A random world, compiled, with its people."""

    text: str
    model: CompiledModel
    population: Population
    theory: theories.Theory
    seed: int

    @property
    def formulas(self) -> Formulas:
        """The theory's functions in plain Python."""
        return OTHER_FORMULAS.get(self.theory.name, Formulas())


@dataclass(frozen=True)
class Agreement:
    """How one world came out.

    life_course, histories: persons who differ in the last month; log: events that only one engine has; counts,
    feedback: largest relative difference by name; single: that of the float32 build's flows; events: how often each
    happened to a sampled history; met: months in which each rule had something to act on.
    """

    text: str
    life_course: int
    histories: int
    log: int
    counts: dict[str, float]
    feedback: dict[str, float]
    single: float
    events: dict[str, int]
    met: dict[str, int]
    mass: float  # largest distance of a person's mass from one, in the reference
    seconds: float

    @property
    def flows(self) -> float:
        """The largest relative difference of any count or feedback."""
        return max(*self.counts.values(), *self.feedback.values())

    @property
    def agrees(self) -> bool:
        """Promise 6: same histories, flows within 1e-6; float32 within 1e-4 of float64."""
        return self.life_course == self.histories == self.log == 0 and self.flows <= 1e-6 and self.single <= 1e-4

    @property
    def line(self) -> str:
        """All of it in one line."""
        return (
            f"{'agrees' if self.agrees else 'DIFFERS'} life course {self.life_course} histories {self.histories} "
            f"log {self.log} "
            f"flows {self.flows:.1e} float32 {self.single:.1e} mass {self.mass:.0e} events {sum(self.events.values())} "
            f"{self.seconds:.0f} s  {self.text[:60]}"
        )


def compare(worlds: int, persons: int, months: int, seed: int) -> Iterator[Agreement]:
    """Compare the engines in that many random worlds of that many persons, over about that many months."""
    case = load("toyland")
    for number in range(worlds):
        setup = random_setup(case, np.random.default_rng([seed, number]), persons, months)
        began = time.perf_counter()
        fast = run_fast(setup)
        slow = reference(setup.model, setup.population, setup.formulas, seed=setup.seed)
        single = run_fast(setup, np.float32)
        yield agreement(setup, fast, slow, single, time.perf_counter() - began)


def run_fast(setup: Setup, real: type = np.float64, **more: Any) -> Counts:
    """The fast engine, with sampled histories."""
    return simulate(setup.model, setup.population, setup.theory, seed=setup.seed, real=real, histories=True, **more)


def agreement(setup: Setup, fast: Counts, slow: Answer, single: Counts, seconds: float = 0.0) -> Agreement:
    """Set two answers against each other, and the float32 build against the fast engine's float64 build."""
    agents, people = fast.agents, slow.people
    life_course = sum(not same_life_course(agents, i, p) for i, p in enumerate(people))
    histories = sum(not same_history(agents, i, p) for i, p in enumerate(people))
    kinds = np.bincount(slow.log[:, 2], minlength=len(EVENTS))
    total = [p.lost + p.arrived + p.settled + sum(p.home) + sum(p.held) + sum(map(sum, p.away)) for p in people]
    born = [p.state != len(setup.model.states) for p in people]
    return Agreement(
        text=setup.text,
        life_course=life_course,
        histories=histories,
        log=len(set(map(tuple, fast.log.tolist())) ^ set(map(tuple, slow.log.tolist())))
        + abs(len(fast.log) - len(slow.log)),
        counts={name: gap(getattr(fast, name), getattr(slow, name)) for name in COUNTS},
        feedback={name: gap(stacked(fast.feedback, name), stacked(slow.feedback, name), 1e-6) for name in FEEDBACK},
        single=gap(fast.flow, single.flow),
        events=dict(zip(EVENTS, kinds.tolist(), strict=True)),
        met=met_in(setup.model, slow),
        mass=max(abs(mass - alive) for mass, alive in zip(total, born, strict=True)),
        seconds=seconds,
    )


def met_in(model: CompiledModel, slow: Answer) -> dict[str, int]:
    """In how many months each rule that needs others, money or a rule to act had something to act on."""
    savings, entry = model.savings, model.entry
    kin, crossed = slow.adult_sums[:, 3].sum(axis=1) > 0.0, slow.by_channel[:, 0].sum(axis=1) > 0.0
    longer = np.any(np.diff(entry.term[:, entry.solved], axis=0) != 0.0, axis=1) & ~np.isnan(entry.goal[1:])
    months = {
        "pooled earnings": [np.any(np.array(met.earned) > 0.0) for met in slow.feedback],
        "unequal earning power": crossed & (savings.power > 0.0),
        "sponsors": kin & (model.hazard_inputs.sponsor > 0.0),
        "credit": kin & (model.hazard_inputs.aid > 0.0),
        "spouses": [np.any(np.array(met.spouse) > 0.0) for met in slow.feedback],
        "small children": [np.any(np.array(met.follow[0]) > 0.0) for met in slow.feedback],
        "older children": [np.any(np.array(met.follow[1]) > 0.0) for met in slow.feedback],
        "held on": [max(met.off_term) > 0 for met in slow.feedback],
        "let go early": [min(met.off_term) < 0 for met in slow.feedback],
        "strength kept as the term changes": longer,
        "airlift": [met.airlift > 0.0 for met in slow.feedback],
        "voluntary returns": (slow.stage[:, 0, 1].sum(axis=1) > 0.0) & (model.journey.exits[:, 1, 0, 5] > 0.0),
    }
    return {name: int(np.sum(seen)) for name, seen in months.items()}


def same_life_course(agents: Agents, i: int, p: Person) -> bool:
    """Whether a person at home is the same: exactly, except for residual hazards and savings, which are sums."""
    stands = (agents.status[i], agents.begun[i], agents.n_moves[i], agents.kin[i]) == (
        p.state,
        p.begun,
        p.n_moves,
        p.kin,
    )
    savings = [float(agents.capital[k, i]) for k in range(3) if p.home[k] > 0.0]
    theirs = [agents.move_residual[i], agents.kin_hazard[i], *savings]
    return stands and np.allclose(
        theirs, [p.move_residual, p.kin_hazard, *(c for c, h in zip(p.capital, p.home, strict=True) if h > 0.0)]
    )


def same_history(agents: Agents, i: int, p: Person) -> bool:
    """Whether a sampled history is at the same place, with the same attempts, draws and, at home, savings."""
    assert p.life is not None
    stands = (agents.where[i], agents.tries[i], agents.n_transitions[i]) == (
        p.life.where,
        p.life.tries,
        p.life.n_transitions,
    )
    return stands and (p.life.where != HOME or bool(np.isclose(agents.own_capital[i], p.life.capital)))


def gap(one: np.ndarray, other: np.ndarray, few: float = FEW) -> float:
    """The largest difference, relative to the first where that exceeds `few`."""
    return float(np.max(np.abs(one - other) / np.maximum(np.abs(one), few), initial=0.0))


def stacked(met: Sequence[Any], name: str) -> np.ndarray:
    """One part of the feedback, all months."""
    return np.stack([np.asarray(getattr(month, name), dtype=float) for month in met])


# --- random worlds ----------------------------------------------------------------------------------------------------


def random_setup(case: Case, rng: np.random.Generator, persons: int, months: int) -> Setup:
    """A random world that compiles: draws that the case or the mechanism refuses are drawn again."""
    while True:
        theory = THEORIES[int(rng.integers(len(THEORIES)))]
        try:
            world, text = random_world(case, rng, months)
            with np.errstate(all="ignore"):
                model = compiler.compile_model(world, theory)
        except CaseError:
            continue
        seed = int(rng.integers(2**32))
        model = unsettled(model, rng)
        return Setup(f"{theory.name} {text}", model, crowded(world, model, persons, seed, rng), theory, seed)


def unsettled(model: CompiledModel, rng: np.random.Generator) -> CompiledModel:
    """Tables told apart that the mechanism leaves alike: the last two layers, the bar of one month and the next."""
    watched = model.hazard_inputs.watched * [1.0, 1.0, rng.random()]
    bar = model.entry.bar + rng.normal(0.0, 0.2, model.entry.bar.shape)
    return replace(
        model, hazard_inputs=replace(model.hazard_inputs, watched=watched), entry=replace(model.entry, bar=bar)
    )


def crowded(world: World, model: CompiledModel, persons: int, seed: int, rng: np.random.Generator) -> Population:
    """A sample in which many come of age, and end their dated stay, in the same month, close to the bar at entry.

    With few persons the entry would otherwise hardly ever have to weigh those who come against those who leave.
    """
    people, cohort, entry = sample(world, persons, seed), cohorts(world.case, world.start, world.months), model.entry
    some = rng.random(people.size) < 0.4
    year = rng.integers(-15, world.months // 12 + 1, people.size)
    birth = np.where(some, 12 * year + int(rng.choice([0, 3])) - entry.adult_months, people.birth).astype(np.int32)
    birth = np.minimum(birth, world.months - 1).astype(np.int32)
    shares = np.array([social_class.share for social_class in world.classes])
    fixed = (cohort, people.person, birth, people.group, people.place, people.weight, shares, world.months, seed)
    people = complete(*fixed)
    bar = entry.bar[0, people.group]
    near = np.where(some & np.isfinite(bar), bar + rng.normal(0.0, 0.3, people.size), people.physique)
    return replace(people, physique=near)


def random_world(case: Case, rng: np.random.Generator, months: int) -> tuple[World, str]:
    """History, scenarios, closure, settings and window."""
    history = str(rng.choice(["base", *case.histories]))
    names = rng.choice(sorted(case.scenarios), size=int(rng.integers(3)), replace=False)
    length = min(int(rng.integers(2 * months // 3, 4 * months // 3 + 1)), case.months)
    start = case.start + int(rng.integers(case.months - length + 1))
    settings = [f"closure={rng.choice(['fixed_intake', 'fixed_strength'])}"]
    for given in case.inputs.values():
        if rng.random() < 0.35 or given.key in ALWAYS:
            settings.append(random_setting(given, rng, start, length))
    world = case.world([case.scenario(str(name)) for name in names], history=history, settings=settings)
    return world.within(start, length), f"{history} {'+'.join(names)} {start}+{length} {' '.join(settings)}"


def random_setting(given: Input, rng: np.random.Generator, start: int, length: int) -> str:
    """One value for all members or for one, throughout or from a month of the window on."""
    base = float(rng.choice(np.atleast_1d(given.series().one(start))))
    value = min(max(random_value(given, base, rng), given.low), given.high)
    part = f".{rng.choice(given.members)}" if given.members and rng.random() < 0.7 else ""
    month = start + int(rng.integers(length))
    date = f"@{month // 12}-{month % 12 + 1:02d}" if rng.random() < 0.4 else ""
    return f"{given.key}{part}={value:.6g}{date}"


def random_value(given: Input, base: float, rng: np.random.Generator) -> float:
    """Near the base value for sizes and rates, anywhere for shares, now and then at an end of the range."""
    if given.key == "complementarity":
        return float(rng.choice(EXPONENTS))
    if given.key in ("reference_rate", "trend_rate"):
        return base * float(np.exp(rng.uniform(1.0, 4.0)))
    if given.key in ("return_home_rate", "settling_rate"):
        return float(np.exp(rng.uniform(-1.0, 1.5)))
    if given.key == "airlift":
        return 30.0 * float(np.exp(rng.normal()))
    unit = VOCABULARY[given.key].unit
    if unit == "flag":
        return float(rng.integers(2))
    if unit in ("logit", "log"):
        return base + float(rng.normal())
    if unit == "share":
        low, high = max(given.low, 0.0), min(given.high, 1.0)
        return float(rng.choice([low, high])) if rng.random() < 0.15 else float(rng.uniform(low, high))
    return (base if base > 0 else 0.2) * float(np.exp(rng.normal(0.0, 0.7)))


if __name__ == "__main__":
    many, size, window = (int(text) for text in (sys.argv[1:] + ["30", "2000", "120"][len(sys.argv) - 1 :]))
    missed = 0
    for number, found in enumerate(compare(many, size, window, seed=1)):
        missed += not found.agrees
        sys.stdout.write(f"{number:3d} {found.line}\n")
        sys.stdout.flush()
    sys.stdout.write(f"random worlds {many}, persons {size}, differing {missed}\n")
    sys.exit(missed > 0)

"""Promise 12: sex enters only where the register of sexed inputs says so.

Men and women change places: every row changes sex, every registered input its two values, and the reference person
too. Then the whole result must change places, bit for bit. And with every registered input neutralised the labels alone
change places.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tumen.case import SEXES, Case, Scenario, World, load
from tumen.case.dates import month_text
from tumen.engine.counts import Counts
from tumen.engine.population import Population
from tumen.engine.state import SCALE, Accumulator
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED, Stage, amount, differing, scenario_of, stage

ID = 12
SMALL, FULL = Size(tries=1, people=1200, months=120), Size(tries=5, people=50_000, months=180)
OPENING_SMALL = 48
#: Where the axis of sex lies in each table of counts; in the cells of the first three it is the slowest.
_AXIS = {
    "stock": 2,
    "flow": 2,
    "sampled": 2,
    "by_state": 2,
    "by_channel": 2,
    "stage": 3,
    "adult_sums": 2,
    "auxiliary": 2,
    "coming": 1,
    "service": 1,
    "random_group": 2,
}
#: Parts of the feedback whose first axis is that of sex.
_OF_A_SEX = ("share", "off_term", "cohort", "reach", "spouse")
_CELLS = ("stock", "flow", "sampled")
LEFT_OUT_SMALL = ("settling_rate",)
NEUTRAL = Scenario.model_validate({"title": "sexless", "because": "a check", "neutralise": "all"})


def other_sex(case: Case) -> Case:
    """The case with a reference person of the other sex."""
    sex = SEXES[1 - SEXES.index(case.reference.sex)]
    return replace(case, reference=case.reference.model_copy(update={"sex": sex}))


def exchanged(case: Case, keys: tuple[str, ...]) -> Scenario:
    """The scenario in which the sexes have each other's values of the inputs named."""
    changes = {
        key: {"values": {month_text(row.month): amount(case, key, row.value[::-1]) for row in case.inputs[key].rows()}}
        for key in keys
    }
    return scenario_of(case, "exchanged", changes)


def throughout(world: World) -> World:
    """The world whose changes hold for its baseline too, by which the reference person is measured."""
    return replace(world, baseline_series=world.series)


def registered(world: World) -> tuple[str, ...]:
    """The inputs that the register lists, tables of the population aside: agents carry those."""
    return tuple(line.key for line in world.register if not line.demographic)


def relabelled(people: Population) -> Population:
    """The same people, each of the other sex."""
    return replace(people, group=(1 - people.group).astype(np.uint8))


def mirrored(counts: Counts) -> Counts:
    """The counts with the sexes exchanged."""
    tables = {name: exchange_sexes(name, table) for name, table in counts.accumulator._asdict().items()}
    met = tuple(replace(m, **{part: getattr(m, part)[::-1] for part in _OF_A_SEX}) for m in counts.feedback)
    agents = counts.agents._replace(group=(1 - counts.agents.group).astype(np.uint8))
    return replace(counts, accumulator=Accumulator(**tables), feedback=met, agents=agents)


def exchange_sexes(name: str, table: np.ndarray) -> np.ndarray:
    """One of the tables of a count with the sexes exchanged."""
    if name not in _AXIS or not table.size:
        return table
    cells = table.reshape(*table.shape[:2], len(SEXES), -1) if name in _CELLS else table
    return np.flip(cells, _AXIS[name]).reshape(table.shape)


def gap(one: Counts, other: Counts) -> float:
    """The largest relative difference between two runs' tables."""
    worst = 0.0
    for a, b in zip(one.accumulator, other.accumulator, strict=True):
        a, b = a / SCALE, b / SCALE
        worst = max(worst, float((np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), 1.0)).max(initial=0.0)))
    return worst


def pair(
    size: Size,
    seed: int,
    world_of: Callable[[Case], World],
    mirror_of: Callable[[Case], World],
    theory: str = "interplay",
) -> tuple[Counts, Counts]:
    """A world's counts, mirrored, and those of its mirror world with everybody relabelled."""
    case = load("toyland")
    opening = OPENING_SMALL if size == SMALL else 0
    one, other = world_of(case), mirror_of(other_sex(case))
    here = stage(one.within(one.start + opening, size.months), size.people, theory, seed)
    there = stage(other.within(other.start + opening, size.months), size.people, theory, seed)
    people = relabelled(here.population)
    return mirrored(here.run(histories=True)), Stage(there.model, people, there.theory).run(histories=True)


def exchange(size: Size, seed: int, left_out: tuple[str, ...] = ()) -> tuple[list[str], float]:
    """What differs when people and registered inputs change sex; `left_out` are inputs that are not exchanged."""
    keys = tuple(key for key in registered(load("toyland").world()) if key not in left_out)
    one, other = pair(size, seed, Case.world, lambda case: throughout(case.world(exchanged(case, keys))))
    return differing(one, other), gap(one, other)


def neutral(size: Size, seed: int, theory: str = "interplay") -> tuple[list[str], float]:
    """What differs when every registered input is neutralised and only the labels change."""
    one, other = pair(size, seed, *[lambda case: throughout(case.world(NEUTRAL))] * 2, theory)
    return differing(one, other), gap(one, other)


def check(size: Size) -> Row:
    """Both exchanges, bit for bit, over several seeds; then each registered input left out must be noticed."""
    watch = Watch(ID, "sex enters only where declared", SEED)
    tried = failed = 0
    worst, names = 0.0, set()
    for number in range(size.tries):
        for differs, distance in (exchange(size, SEED + number), neutral(size, SEED + number)):
            tried += 1
            failed += bool(differs)
            worst = max(worst, distance)
            names |= set(differs)
    inputs = registered(load("toyland").world())
    asked = inputs if size == FULL else LEFT_OUT_SMALL
    unseen = [key for key in asked if not exchange(size, SEED, (key,))[0]]
    figure = f"{tried} mirrored worlds, {failed} differ in some bit, by {worst:.0e} at most"
    figure += f"; {len(asked)} of {len(inputs)} registered inputs left unexchanged, {len(asked) - len(unseen)} noticed"
    named = ", ".join(sorted(names) + unseen)
    return watch.row(tried + len(asked), failed + len(unseen), figure + (f" ({named})" if named else ""))

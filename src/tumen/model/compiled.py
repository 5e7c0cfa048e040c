"""The compiled model: policies and parameters as tables over month, state, group, age and place.

The engine reads nothing else of a case, so it does not depend on what a state or a group means. Axes are always in the
order month (or epoch), state, group, age, place. In the shipped mechanism a group is a sex and a place a province; ages
are single years from 0 to 100, the last one open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass

import numpy as np
from numpy.typing import NDArray

from tumen.case import CaseError

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

AGES = 101
#: Years of an age band within which earnings are pooled.
BAND = 10
#: Layers of an agent's mass: 0, 1, and 2 or more past attempts.
LAYERS = 3
#: A monthly hazard large enough for the move to happen at once.
AT_ONCE = 1e9


@dataclass(frozen=True)
class PiecewiseConstantTable:
    """A table that changes on few dates: `values[epoch[t]]` is in force in month t.

    values: (epochs, ...) ; epoch: (months,) integers.
    """

    values: Floats
    epoch: Ints

    def at(self, month: int) -> Floats:
        """Return the table in force in a month, shape `values.shape[1:]`."""
        return self.values[self.epoch[month]]


def piecewise_constant(drivers: Sequence[Floats], build: Callable[[int], Floats]) -> PiecewiseConstantTable:
    """Build one table for each distinct combination of drivers.

    drivers: arrays of shape (months, ...), everything that `build` reads of the month; build: returns the table of a
    month.
    """
    rows = np.concatenate([d.reshape(d.shape[0], -1) for d in drivers], axis=1)
    _, first, epoch = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return PiecewiseConstantTable(np.stack([build(int(t)) for t in first]), epoch.reshape(-1).astype(np.int32))


@dataclass(frozen=True)
class EntrySelection:
    """Who is taken on coming of age, and for how long: until the months served reach the term in force.

    A person who reaches `adult_months` and whose physique is at least `bar` is taken with probability
    share x liable[class]. Where `goal` is not NaN, the `solved` groups are released up to `leeway` months before or
    after their term to keep the goal, and beyond that their share is solved from it.
    """

    adult_months: int
    share: Floats  # (months, group), probability
    liable: Floats  # (months, class), probability
    bar: Floats  # (months, group), z-score
    goal: Floats  # (months,), people; NaN: shares stand as given
    solved: NDArray[np.bool_]  # (group,)
    floor: Floats  # (months,), least solved share
    term: Ints  # (months, group), months to be served by the rules of the month
    leeway: int  # months by which a term may be shortened or extended
    into: int  # state of those taken


@dataclass(frozen=True)
class Move:
    """A rate of moving to one state from any other: monthly hazards (epoch, state, group, age, place)."""

    to: int
    rate: PiecewiseConstantTable


@dataclass(frozen=True)
class CapacityLimitedState:
    """A state with a limited number of places, filled from those of positive weight.

    goal: (months, place) or, where `shared`, (months, 1) places; keep: (months,) share of holders expected to stay
    through the month; weight: (epoch, state, group, age, place) relative chance of taking a vacancy.
    """

    to: int
    goal: Floats
    keep: Floats
    weight: PiecewiseConstantTable
    shared: bool


@dataclass(frozen=True)
class Savings:
    """How savings move in a month: capital x keep + earnings x shock + support - need, at least 0 (US dollars).

    Earnings are those of the state times the person's earning power, lognormal with mean 1 and log standard deviation
    `power`. In states that `share`, the part `pooling` of them is the mean of all who share in the place and age band.
    """

    earnings: PiecewiseConstantTable  # (epoch, state, place)
    need: Floats  # (months, place)
    fed: NDArray[np.bool_]  # (state,), states without cost of living
    power: float
    pooling: Floats  # (months,), in [0, 1]
    shares: NDArray[np.bool_]  # (state,), states whose earnings are pooled
    keep: Floats  # (months,)
    support: Floats  # (months,), for those with kin abroad
    starting_capital: Floats  # (months,), savings on coming of age
    line: Floats  # (months,), savings below which a person counts as having no cash
    shock: Floats  # (1024,) equally likely values with mean 1


@dataclass(frozen=True)
class HazardInputs:
    """Inputs of the attempt hazard: willingness terms, mobility, price, help, and the theory's own parameters."""

    place: Floats  # (months, place), logit
    group: Floats  # (months, class, group), logit
    age: Floats  # (months, age), logit
    kin: Floats  # (months,), logit
    mobility: PiecewiseConstantTable  # (epoch, state, group, age, place), share of days
    ease: Floats  # (months,), factor on mobility
    watched: Floats  # (months, layer), factor on mobility
    price: Floats  # (months, place), log dollars
    aid: Floats  # (months,), dollars of credit for those with kin abroad
    sponsor: Floats  # (months,), probability that kin abroad pay the whole price
    log_rate_offset: Floats  # (months, group, place), log factor on the rate: nearness, and a theory's own
    hazard_parameters: Floats  # (months, n), a theory's own scalars
    other_channels: PiecewiseConstantTable  # (epoch, state, place), monthly hazard of leaving by other channels
    able: NDArray[np.bool_]  # (state,), whether the border can be tried from the state


@dataclass(frozen=True)
class Journey:
    """What happens after an attempt: monthly exit hazards by stage and group, and shares of entry stages."""

    success: Floats  # (months,), share of attempts not intercepted
    release: Floats  # (months,), monthly hazard of leaving detention
    loss: Floats  # (months,), monthly hazard of dying in detention
    entry: Floats  # (months, group, stage), shares of those who cross
    exits: Floats  # (months, stage, group, exit), monthly hazards
    shift: Ints  # (stage,), the stage that `exit shift` leads to
    kin: Floats  # (months,), factor on arriving for those with kin abroad
    airlift: Floats  # (months,), persons brought to the destination at once
    lifted: NDArray[np.bool_]  # (stage,), stages from which they are brought


@dataclass(frozen=True)
class Links:
    """How those who left affect those at home: relatives per arrival, own-group weight, children and spouses per adult.

    Children are divided at the age `older`; `leaders` are the ages (inclusive) of the adults with whom children and
    spouses go, and of those spouses.
    """

    reach: Floats  # (months,)
    homophily: Floats  # (months,), in [0, 1]
    followers: Floats  # (months, 2), young below and from the age of `older` for each leader
    spouses: Floats  # (months,), adults of the other group for each leader
    older: int
    leaders: tuple[int, int]


STAGES = ("direct", "first", "later", "held")
EXITS = ("arrive", "return", "settle", "die", "shift", "home")


@dataclass(frozen=True)
class CompiledModel:
    """All inputs of the engine."""

    start: int  # calendar month (12 x year + month - 1) of month 0
    months: int
    states: tuple[str, ...]
    groups: tuple[str, ...]
    places: tuple[str, ...]
    classes: tuple[str, ...]
    young: int  # state before coming of age
    grown: int  # state after a term, or on coming of age when not taken
    free: int  # initial state of adults not in `grown`
    idle: Floats  # (group, age), initial share in `free`
    entry: EntrySelection
    moves: tuple[Move, ...]
    capacity_limited: tuple[CapacityLimitedState, ...]
    savings: Savings
    hazard_inputs: HazardInputs
    journey: Journey
    links: Links
    channel: Ints  # (state,), index of the channel that departures from a state count as


def refuse_gaps(model: CompiledModel) -> None:
    """Raise CaseError where a table is NaN or infinite: the kernel would spread it over all agents."""
    for name, table in _tables(model, ""):
        if np.isnan(table).any() or np.isposinf(table).any():
            raise CaseError.single(
                what=f"the table {name} holds values that are not finite",
                where="the world as amended",
                expected="finite values in every month",
                remedy="check what the scenario and the settings change",
            )


def _tables(thing: object, name: str) -> Iterator[tuple[str, Floats]]:
    """Yield all float tables of a model by name, except the goal, where NaN means no goal."""
    if isinstance(thing, np.ndarray):
        if thing.dtype == np.float64 and name != ".entry.goal":
            yield name.lstrip("."), thing
    elif isinstance(thing, tuple):
        for i, part in enumerate(thing):
            yield from _tables(part, f"{name}[{i}]")
    elif is_dataclass(thing):
        for part in fields(thing):
            yield from _tables(getattr(thing, part.name), f"{name}.{part.name}")

"""The people of a run: everyone who lives in the window is a row from the start, each standing for `weight` persons."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from tumen.engine import draws
from tumen.model.compiled import Floats, Ints
from tumen.model.demography import Cohorts


@dataclass(frozen=True)
class Density:
    """How densely to sample, relative to people: a factor by place, group and birth month, each above nought."""

    place: Floats
    group: Floats
    birth: Floats


@dataclass(frozen=True)
class Population:
    """Rows that never change; all arrays have shape (n,).

    `person` is an identity, `birth` the month of birth relative to the window; `group`, `place` and `social_class` are
    codes; `physique` and `power` (to earn) are z-scores; `death` the month of death, or beyond the window.
    """

    person: NDArray[np.uint64]
    birth: Ints
    group: NDArray[np.uint8]
    place: NDArray[np.uint8]
    social_class: NDArray[np.uint8]
    physique: Floats
    power: Floats
    weight: Floats
    death: Ints

    @property
    def size(self) -> int:
        """Number of rows."""
        return int(self.person.size)

    def take(self, rows: NDArray[np.intp]) -> Population:
        """The same people in another order, or some of them."""
        return replace(self, **{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


def draw(
    cohorts: Cohorts, shares: Floats, density: Density, classes: Floats, people: int, months: int, seed: int
) -> Population:
    """Sample about `people` rows, systematically over sex and birth month within each place.

    shares: (places,) of the population; density: how much more often who is sampled, which the weights undo; classes:
    shares. Every place keeps its exact total. Rows are in order of place, sex and birth.
    """
    cells = cohorts.people.T.reshape(-1)  # by sex, then birth month
    factor = (density.group[:, None] * density.birth[None, :]).reshape(-1)
    dense = cells * factor
    edges = np.cumsum(dense) / dense.sum()
    measure = shares * density.place
    wanted = np.maximum(np.rint(people * measure / measure.sum()).astype(int), 1)
    born, group, place, weight = [], [], [], []
    for p, count in enumerate(wanted):
        cell = np.minimum(np.searchsorted(edges, (np.arange(count) + 0.5) / count), cells.size - 1)
        group.append(cell // cohorts.people.shape[0])
        born.append(cell % cohorts.people.shape[0] + cohorts.first)
        place.append(np.full(count, p))
        weight.append(shares[p] * cells.sum() / factor[cell] / (1 / factor[cell]).sum())
    person = np.arange(wanted.sum(), dtype=np.uint64)
    return complete(
        cohorts,
        person,
        np.concatenate(born).astype(np.int32),
        np.concatenate(group).astype(np.uint8),
        np.concatenate(place).astype(np.uint8),
        np.concatenate(weight),
        classes,
        months,
        seed,
    )


def complete(
    cohorts: Cohorts,
    person: NDArray[np.uint64],
    birth: Ints,
    group: NDArray[np.uint8],
    place: NDArray[np.uint8],
    weight: Floats,
    classes: Floats,
    months: int,
    seed: int,
) -> Population:
    """Draw what is fixed for life: class, physique, earning power and month of death."""
    key = draws.keys(seed, person)
    social_class = np.searchsorted(np.cumsum(classes)[:-1], draws.firsts(key, draws.CLASS), side="right")
    death = deaths(cohorts, birth, group, key, months)
    physique = ndtri(draws.firsts(key, draws.PHYSIQUE))
    power = ndtri(draws.firsts(key, draws.POWER))
    return Population(person, birth, group, place, social_class.astype(np.uint8), physique, power, weight, death)


def deaths(cohorts: Cohorts, birth: Ints, group: NDArray[np.uint8], key: NDArray[np.uint64], months: int) -> Ints:
    """The month in which the cumulated hazard reaches the person's unit-exponential budget; `months` if it does not."""
    budget = -np.log(draws.firsts(key, draws.DEATH))
    month = np.empty(birth.size, dtype=np.int32)
    order = np.lexsort((birth, group))
    row = birth[order].astype(np.int64) - cohorts.first
    bounds = np.flatnonzero(np.diff(row * 2 + group[order], prepend=-1))
    for start, stop in zip(bounds, np.append(bounds[1:], order.size), strict=True):
        some = order[start:stop]
        curve = cohorts.hazard[row[start], group[some[0]]]
        month[some] = np.searchsorted(curve[1:], budget[some])
    return month

"""The agents of a run: all who live in the window exist from the start; each stands for `weight` persons."""

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
    """Relative sampling density: factors by place, group and birth month, each above zero."""

    place: Floats
    group: Floats
    birth: Floats


@dataclass(frozen=True)
class Population:
    """What is fixed for life; all arrays have shape (n,).

    person: identity; birth: month of birth relative to the window; group, place, social_class: codes; physique, power
    (to earn): z-scores; weight: persons; death: month of death, or beyond the window.
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
        """Number of agents."""
        return int(self.person.size)

    def take(self, chosen: NDArray[np.intp]) -> Population:
        """Return a subset or another order; chosen: indices."""
        return replace(self, **{name: getattr(self, name)[chosen] for name in self.__dataclass_fields__})


def draw(
    cohorts: Cohorts, shares: Floats, density: Density, classes: Floats, people: int, months: int, seed: int
) -> Population:
    """Sample about `people` agents, systematically over sex and birth month within each place.

    shares: (places,) of the population; density: relative sampling density, undone by the weights; classes: (C,)
    shares; months: length of the window; seed: random seed. Every place keeps its exact total. Agents are sorted by
    place, sex and birth.
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
    """Return the population with class, physique, earning power and month of death drawn."""
    key = draws.keys(seed, person)
    social_class = np.searchsorted(np.cumsum(classes)[:-1], draws.quasi_uniforms(key, draws.CLASS), side="right")
    death = deaths(cohorts, birth, group, key, months)
    physique = ndtri(draws.quasi_uniforms(key, draws.PHYSIQUE))
    power = ndtri(draws.quasi_uniforms(key, draws.POWER))
    return Population(person, birth, group, place, social_class.astype(np.uint8), physique, power, weight, death)


def deaths(cohorts: Cohorts, birth: Ints, group: NDArray[np.uint8], key: NDArray[np.uint64], months: int) -> Ints:
    """Return the month in which the cumulated hazard reaches a unit-exponential draw; `months` if it does not."""
    threshold = -np.log(draws.quasi_uniforms(key, draws.DEATH))
    month = np.empty(birth.size, dtype=np.int32)
    order = np.lexsort((birth, group))
    row = birth[order].astype(np.int64) - cohorts.first
    bounds = np.flatnonzero(np.diff(row * 2 + group[order], prepend=-1))
    for start, stop in zip(bounds, np.append(bounds[1:], order.size), strict=True):
        some = order[start:stop]
        curve = cohorts.hazard[row[start], group[some[0]]]
        month[some] = np.searchsorted(curve[1:], threshold[some])
    return month

"""The jobs that are measured: a model with the people who live under it, and how many person-months it holds."""

from __future__ import annotations

import numpy as np

from tumen.case import World, load
from tumen.engine.population import Population
from validation.stage import Stage, stage, toyland

#: The theory and the seed under which everything here is measured, with each case's own values.
THEORY, SEED = "interplay", 1


def small_world(persons: int, months: int) -> Stage:
    """The world that every engine runs: toyland from the opening of its window."""
    return stage(toyland(months), persons, THEORY, SEED)


def country(months: int | None = None) -> World:
    """North Korea from the opening of its window, `months` long or, where None, whole."""
    world = load("north_korea").world()
    return world.within(world.start, world.months if months is None else months)


def ready(people: int, months: int) -> Stage:
    """North Korea with its people, the engine's compiled code already loaded by a run of few people and months."""
    stage(country(2), 1, THEORY, SEED).run(seed=SEED)
    return stage(country(months), people, THEORY, SEED)


def person_months(people: Population, months: int) -> int:
    """Months that the rows are alive within the window, added up: what an engine has to work through."""
    lived = np.minimum(people.death, months) - np.maximum(people.birth, 0)
    return int(np.maximum(lived, 0).sum())

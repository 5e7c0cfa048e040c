"""What changes in a person's row, and what one month's run reads and counts: plain arrays in named tuples.

n rows; S states, X groups, A ages, P places, C classes, R stages abroad, K layers of past attempts. A cell is
(group x A + age) x P + place. Mass is the probability of being where it is; per person it always sums to one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tumen.engine import draws
from tumen.engine.population import Population
from tumen.mechanism.program import AGES, LAYERS, NEVER, STAGES, Program

#: Flows are counted in whole multiples of 2**-32 persons, so that sums do not depend on the order of adding.
SCALE = 2.0**32
FLOWS = ("arrivals", "departures", "attempts", "interceptions", "repatriations", "abroad", "held")
ARRIVALS, DEPARTURES, ATTEMPTS, INTERCEPTIONS, REPATRIATIONS, ABROAD, HELD = range(len(FLOWS))
MEANS = ("adults", "can_pay", "mobility", "kin")
ADULTS, CAN_PAY, MOBILITY, KIN = range(len(MEANS))
#: Where a sampled life is; stages abroad follow.
AT_HOME, IN_DETENTION, ARRIVED, SETTLED, LOST, AWAY = range(6)


class Rows(NamedTuple):
    """The people: fixed columns first, then those that change. Mass and capital come in the engine's float type."""

    key: np.ndarray  # (n,) uint64
    birth: np.ndarray  # (n,) int32
    group: np.ndarray  # (n,) uint8
    place: np.ndarray  # (n,) uint8
    klass: np.ndarray  # (n,) uint8
    physique: np.ndarray  # (n,) float64
    weight: np.ndarray  # (n,) float64
    death: np.ndarray  # (n,) int32
    status: np.ndarray  # (n,) uint8, S for unborn, S + 1 for dead
    due: np.ndarray  # (n,) int32, month a dated stay ends
    left: np.ndarray  # (n,) float64, what is left of the budget for the next move
    spell: np.ndarray  # (n,) int32, moves made
    kin_at: np.ndarray  # (n,) float64, cumulated network hazard at which kin abroad are gained
    kin: np.ndarray  # (n,) uint8
    capital: np.ndarray  # (K, n)
    home: np.ndarray  # (K, n) mass at home
    held: np.ndarray  # (K, n) mass in detention
    away: np.ndarray  # (K, R, n) mass abroad
    arrived: np.ndarray  # (n,)
    settled: np.ndarray  # (n,)
    lost: np.ndarray  # (n,) dead, at home or on the way
    where: np.ndarray  # (m,) uint8, sampled lives; m = n, or 0 when none are kept
    tries: np.ndarray  # (m,) int32
    budget: np.ndarray  # (m,) float64
    turn: np.ndarray  # (m,) int32, turns of fate drawn
    own: np.ndarray  # (m,) capital of the sampled life


class Tally(NamedTuple):
    """What is counted in a month, in fixed point; `sampled` counts the sampled lives like `flow`."""

    stock: np.ndarray  # (S, cells)
    flow: np.ndarray  # (FLOWS, cells)
    sampled: np.ndarray  # (FLOWS, cells or 0)
    by_state: np.ndarray  # (S, X) departures
    by_channel: np.ndarray  # (4, X) departures
    stage: np.ndarray  # (3, R, X) stock, arrivals, shifts out
    mean: np.ndarray  # (MEANS, X) sums over adults at home
    coming: np.ndarray  # (2, X) fit and liable reaching adulthood next month; leaving the gate's state next month
    kin_effect: np.ndarray  # (2,) departures that kin add; people with kin


def rows(population: Population, seed: int, real: type, lives: bool, states: int) -> Rows:
    """Fresh rows: nobody born, no mass anywhere."""
    n = population.size
    m = n if lives else 0
    return Rows(
        key=draws.keys(seed, population.person),
        birth=population.birth,
        group=population.group,
        place=population.place,
        klass=population.klass,
        physique=population.physique,
        weight=population.weight,
        death=population.death,
        status=np.full(n, states, np.uint8),
        due=np.full(n, NEVER, np.int32),
        left=np.zeros(n),
        spell=np.zeros(n, np.int32),
        kin_at=np.zeros(n),
        kin=np.zeros(n, np.uint8),
        capital=np.zeros((LAYERS, n), real),
        home=np.zeros((LAYERS, n), real),
        held=np.zeros((LAYERS, n), real),
        away=np.zeros((LAYERS, len(STAGES), n), real),
        arrived=np.zeros(n, real),
        settled=np.zeros(n, real),
        lost=np.zeros(n, real),
        where=np.zeros(m, np.uint8),
        tries=np.zeros(m, np.int32),
        budget=np.zeros(m),
        turn=np.zeros(m, np.int32),
        own=np.zeros(m, real),
    )


def tally(program: Program, lives: bool) -> Tally:
    """An empty count."""
    groups = len(program.groups)
    cells = groups * AGES * len(program.places)
    return Tally(
        stock=np.zeros((len(program.states), cells), np.int64),
        flow=np.zeros((len(FLOWS), cells), np.int64),
        sampled=np.zeros((len(FLOWS), cells if lives else 0), np.int64),
        by_state=np.zeros((len(program.states), groups), np.int64),
        by_channel=np.zeros((4, groups), np.int64),
        stage=np.zeros((3, len(STAGES), groups), np.int64),
        mean=np.zeros((len(MEANS), groups), np.int64),
        coming=np.zeros((2, groups), np.int64),
        kin_effect=np.zeros(2, np.int64),
    )

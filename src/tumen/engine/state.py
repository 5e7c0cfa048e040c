"""What changes in a person's row, and what one month's run reads and counts: plain arrays in named tuples.

n rows; S states, X groups, A ages, P places, C classes, R stages abroad, K layers of past attempts. A cell is
(group x A + age) x P + place. Mass is the probability of being where it is; per person it always sums to one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tumen.case import CaseError
from tumen.engine import draws
from tumen.engine.cache import inner
from tumen.engine.population import Population
from tumen.model.compiled import AGES, LAYERS, STAGES, CompiledModel
from tumen.model.journey import CHANNELS

#: Flows are counted in whole multiples of 2**-28 persons, so that sums do not depend on the order of adding.
SCALE = 2.0**28
#: The most persons that one row may stand for: `fixed` is exact below it.
MOST = 2.0**23 - 1
#: Rows are dealt out to this many folds in turn, so that the scatter between folds tells the noise of their sum.
RANDOM_GROUPS = 16
FLOWS = ("arrivals", "departures", "attempts", "interceptions", "repatriations", "abroad", "held")
ARRIVALS, DEPARTURES, ATTEMPTS, INTERCEPTIONS, REPATRIATIONS, ABROAD, HELD = range(len(FLOWS))
MEANS = ("adults", "can_pay", "mobility", "kin")
ADULTS, CAN_PAY, MOBILITY, KIN = range(len(MEANS))
AUXILIARY = ("arrivals_with_kin", "penniless_crossings")
WITH_KIN, PENNILESS = range(len(AUXILIARY))
_INTO_BITS = 6755399441055744.0
_OF_NOUGHT = np.float64(_INTO_BITS).view(np.int64)
#: Where a sampled life is; stages abroad follow.
AT_HOME, IN_DETENTION, ARRIVED, SETTLED, LOST, AWAY = range(6)


@inner
def fixed(persons):  # type: ignore[no-untyped-def]
    """A number of persons, less than 2**23, in fixed point.

    Adding 1.5 x 2**52 leaves the rounded number in the last bits of a float, from which several are read at a time.
    """
    return np.int64(np.float64(persons * SCALE + _INTO_BITS).view(np.int64)) - _OF_NOUGHT


class Rows(NamedTuple):
    """The people: fixed columns first, then those that change. Mass and capital come in the engine's float type."""

    key: np.ndarray  # (n,) uint64
    birth: np.ndarray  # (n,) int32
    group: np.ndarray  # (n,) uint8
    place: np.ndarray  # (n,) uint8
    social_class: np.ndarray  # (n,) uint8
    physique: np.ndarray  # (n,) float64
    power: np.ndarray  # (n,) factor on earnings, mean 1, in the engine's float type
    weight: np.ndarray  # (n,) float64
    random_group: np.ndarray  # (n,) uint8
    death: np.ndarray  # (n,) int32
    shocks: np.ndarray  # (n,) uint64, bits of the half-year's shocks to savings
    status: np.ndarray  # (n,) uint8, S for unborn, S + 1 for dead
    begun: np.ndarray  # (n,) int32, month in which the last move but those at a rate was made: the start of a term
    left: np.ndarray  # (n,) float64, what is left of the budget for the next move
    spell: np.ndarray  # (n,) int32, moves made
    kin_hazard: np.ndarray  # (n,) float64, cumulated network hazard at which kin abroad are gained
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


class Accumulator(NamedTuple):
    """What is counted in a month, in fixed point; `sampled` counts the sampled lives like `flow`."""

    stock: np.ndarray  # (S, cells)
    flow: np.ndarray  # (FLOWS, cells)
    sampled: np.ndarray  # (FLOWS, cells or 0)
    by_state: np.ndarray  # (S, X) departures
    by_channel: np.ndarray  # (4, X) departures
    stage: np.ndarray  # (3, R, X) stock, arrivals, shifts out
    mean: np.ndarray  # (MEANS, X) sums over adults at home
    auxiliary: (
        np.ndarray
    )  # (AUXILIARY, X) arrivals of those with kin there; crossings of those with savings below the line
    coming: np.ndarray  # (X,) fit and liable reaching adulthood next month
    service: np.ndarray  # (X, 2 leeway + 2) people in the state entered by months from next month to their term's end
    kin_effect: np.ndarray  # (2,) departures that kin add; people with kin
    random_group: np.ndarray  # (2, X, RANDOM_GROUPS) arrivals, departures


def rows(population: Population, seed: int, real: type, lives: bool, states: int, spread: float = 0.0) -> Rows:
    """Fresh rows: nobody born, no mass anywhere; earning power of log standard deviation `spread` and mean 1.

    Raises CaseError where a row stands for too many persons.
    """
    n = population.size
    if n == 0 or population.weight.max() > MOST:
        raise CaseError.single(
            what=f"{n:,} rows are too few: one would stand for more than {MOST:,.0f} persons",
            where="--people",
            expected=f"at most {MOST:,.0f} persons a row",
            remedy="simulate more people",
        )
    m = n if lives else 0
    return Rows(
        key=draws.keys(seed, population.person),
        birth=population.birth,
        group=population.group,
        place=population.place,
        social_class=population.social_class,
        physique=population.physique,
        power=np.exp(spread * population.power - spread**2 / 2).astype(real),
        weight=population.weight,
        random_group=(population.person % RANDOM_GROUPS).astype(np.uint8),
        death=population.death,
        shocks=np.zeros(n, np.uint64),
        status=np.full(n, states, np.uint8),
        begun=np.zeros(n, np.int32),
        left=np.zeros(n),
        spell=np.zeros(n, np.int32),
        kin_hazard=np.zeros(n),
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


def accumulator(model: CompiledModel, lives: bool, months: int | None = None) -> Accumulator:
    """An empty count, or one with a first axis over months."""
    groups, states = len(model.groups), len(model.states)
    cells = groups * AGES * len(model.places)

    def none(*shape: int) -> np.ndarray:
        return np.zeros(shape if months is None else (months, *shape), np.int64)

    return Accumulator(
        stock=none(states, cells),
        flow=none(len(FLOWS), cells),
        sampled=none(len(FLOWS), cells if lives else 0),
        by_state=none(states, groups),
        by_channel=none(len(CHANNELS), groups),
        stage=none(3, len(STAGES), groups),
        mean=none(len(MEANS), groups),
        auxiliary=none(len(AUXILIARY), groups),
        coming=none(groups),
        service=none(groups, 2 * model.entry.leeway + 2),
        kin_effect=none(2),
        random_group=none(2, groups, RANDOM_GROUPS),
    )

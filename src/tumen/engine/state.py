"""The state of the agents and the counts of a month: plain arrays in named tuples.

n agents; S states, X groups, A ages, P places, C classes, R stages abroad, K layers of past attempts. A cell is
(group x A + age) x P + place. Mass is the probability of being in a place; it sums to one for each agent.
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

#: Flows are counted in integer multiples of 2**-28 persons, so that sums do not depend on the order of addition.
SCALE = 2.0**28
#: Most persons that one agent may stand for: `fixed` is exact below it.
MOST = 2.0**23 - 1
#: Agents are dealt to this many random groups in turn; the scatter between groups gives the noise of their sum.
RANDOM_GROUPS = 16
GROUP_PAIRS = RANDOM_GROUPS // 2
FLOWS = ("arrivals", "departures", "attempts", "interceptions", "repatriations", "abroad", "held")
ARRIVALS, DEPARTURES, ATTEMPTS, INTERCEPTIONS, REPATRIATIONS, ABROAD, HELD = range(len(FLOWS))
ADULT_SUMS = ("adults", "can_pay", "mobility", "kin")
ADULTS, CAN_PAY, MOBILITY, KIN = range(len(ADULT_SUMS))
AUXILIARY = ("arrivals_with_kin", "penniless_crossings")
WITH_KIN, PENNILESS = range(len(AUXILIARY))
_INTO_BITS = 6755399441055744.0
_OF_ZERO = np.float64(_INTO_BITS).view(np.int64)
#: Places of a sampled history; stages abroad follow.
AT_HOME, IN_DETENTION, ARRIVED, SETTLED, LOST, AWAY = range(6)


@inner
def fixed(persons):  # type: ignore[no-untyped-def]
    """Return a number of persons, less than 2**23, in fixed point.

    Adding 1.5 x 2**52 leaves the rounded number in the last bits of a float, which vectorises.
    """
    return np.int64(np.float64(persons * SCALE + _INTO_BITS).view(np.int64)) - _OF_ZERO


class Agents(NamedTuple):
    """The agents: fixed columns first, then those that change. Mass and capital have the engine's float type."""

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
    begun: np.ndarray  # (n,) int32, month of the last move other than those at a rate: the start of a term
    move_residual: np.ndarray  # (n,) float64, residual hazard until the next move
    n_moves: np.ndarray  # (n,) int32, moves made
    kin_hazard: np.ndarray  # (n,) float64, cumulated network hazard at which kin abroad are gained
    kin: np.ndarray  # (n,) uint8
    capital: np.ndarray  # (K, n)
    home: np.ndarray  # (K, n) mass at home
    held: np.ndarray  # (K, n) mass in detention
    away: np.ndarray  # (K, R, n) mass abroad
    arrived: np.ndarray  # (n,)
    settled: np.ndarray  # (n,)
    lost: np.ndarray  # (n,) dead, at home or on the way
    where: np.ndarray  # (m,) uint8, place of the sampled history; m = n, or 0 when none are kept
    tries: np.ndarray  # (m,) int32
    transition_residual: np.ndarray  # (m,) float64, residual hazard until the next transition
    n_transitions: np.ndarray  # (m,) int32, transitions made
    own_capital: np.ndarray  # (m,) capital of the sampled history


class Accumulator(NamedTuple):
    """The counts of a month, in fixed point; `sampled` counts the sampled histories like `flow`."""

    stock: np.ndarray  # (S, cells)
    flow: np.ndarray  # (FLOWS, cells)
    sampled: np.ndarray  # (FLOWS, cells or 0)
    by_state: np.ndarray  # (S, X) departures
    by_channel: np.ndarray  # (4, X) departures
    stage: np.ndarray  # (3, R, X) stock, arrivals, shifts out
    adult_sums: np.ndarray  # (ADULT_SUMS, X) sums over adults at home
    auxiliary: np.ndarray  # (AUXILIARY, X) arrivals with kin there; crossings with savings below the cash line
    coming: np.ndarray  # (X,) fit and liable reaching adulthood next month
    service: np.ndarray  # (X, 2 leeway + 2) people in the state entered by months from next month to their term's end
    kin_effect: np.ndarray  # (2,) departures that kin add; people with kin
    random_group: np.ndarray  # (2, X, RANDOM_GROUPS) arrivals, departures


def new_agents(
    population: Population, seed: int, real: type, histories: bool, states: int, spread: float = 0.0
) -> Agents:
    """Return agents in which nobody is born and all mass is zero; earning power has mean 1.

    real: float type; states: number of states; spread: log standard deviation of earning power. Raises CaseError where
    an agent stands for too many persons.
    """
    n = population.size
    if n == 0 or population.weight.max() > MOST:
        raise CaseError.single(
            what=f"{n:,} agents are too few: one would stand for more than {MOST:,.0f} persons",
            where="people=",
            expected=f"at most {MOST:,.0f} persons an agent",
            remedy="simulate more people",
        )
    m = n if histories else 0
    return Agents(
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
        move_residual=np.zeros(n),
        n_moves=np.zeros(n, np.int32),
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
        transition_residual=np.zeros(m),
        n_transitions=np.zeros(m, np.int32),
        own_capital=np.zeros(m, real),
    )


def accumulator(model: CompiledModel, histories: bool, months: int | None = None) -> Accumulator:
    """Return an empty accumulator, with a first axis over `months` if given."""
    groups, states = len(model.groups), len(model.states)
    cells = groups * AGES * len(model.places)

    def none(*shape: int) -> np.ndarray:
        return np.zeros(shape if months is None else (months, *shape), np.int64)

    return Accumulator(
        stock=none(states, cells),
        flow=none(len(FLOWS), cells),
        sampled=none(len(FLOWS), cells if histories else 0),
        by_state=none(states, groups),
        by_channel=none(len(CHANNELS), groups),
        stage=none(3, len(STAGES), groups),
        adult_sums=none(len(ADULT_SUMS), groups),
        auxiliary=none(len(AUXILIARY), groups),
        coming=none(groups),
        service=none(groups, 2 * model.entry.leeway + 2),
        kin_effect=none(2),
        random_group=none(2, groups, RANDOM_GROUPS),
    )

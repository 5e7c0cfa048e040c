"""The two keys and how they work together (Sung & Cho 2018, "Interplay of the Military Draft System and
Marketization").

K = (a m^r + (1 - a) c^r)^(2/r): with r = 0 the product of the keys, for every r <= 0 nought when either is missing, so
"both are necessary" is r <= 0. The paper's abstract calls capital sufficient and its body calls both necessary, which
is why r is a parameter and not a choice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from tumen.case import CaseError, World
from tumen.mechanism.program import Floats

#: Columns of the rows handed to `attempt_hazard`.
BASE, EXPONENT, WEIGHT, SPREAD, FREE_CROSSING = range(5)
#: Exponents nearer to nought than this are taken as nought; K is continuous there.
_NOUGHT = 1e-12


@njit(nogil=True, error_model="numpy")
def affordability(means: float, price: float, spread: float, free_crossing: float) -> float:
    """The second key: chance that the means at hand open a crossing, c = 1 - (1 - c_pay)(1 - omega), in [0, 1].

    c_pay = Phi((log means - log fee) / s). `means`: US dollars, >= 0; `price`: log of the fee; `spread`: s > 0;
    `free_crossing`: omega in [0, 1], the chance that a crossing without payment is possible.
    """
    pay = 0.0
    if means > 0.0:
        pay = 0.5 * math.erfc((price - math.log(means)) / (spread * 1.4142135623730951))
    return 1.0 - (1.0 - pay) * (1.0 - free_crossing)


@njit(nogil=True, error_model="numpy")
def interplay(mobility: float, capital: float, exponent: float, weight: float) -> float:
    """How the keys work together, K in [0, 1].

    `mobility`, `capital`: the keys in [0, 1]; `exponent`: r, any real; `weight`: a in [0, 1] on mobility.
    """
    if weight >= 1.0:
        return mobility * mobility
    if weight <= 0.0:
        return capital * capital
    if mobility <= 0.0 or capital <= 0.0:
        one = max(mobility, capital)
        if exponent <= 0.0 or one <= 0.0:
            return 0.0
        share = weight if mobility > 0.0 else 1.0 - weight
        return min(one * one * share ** (2.0 / exponent), 1.0)
    u, v = math.log(mobility), math.log(capital)
    if abs(exponent) < _NOUGHT:
        return math.exp(2.0 * (weight * u + (1.0 - weight) * v))
    u, v = exponent * u, exponent * v
    if max(abs(u), abs(v)) < 1.0:  # near the product of the keys the plain logarithm would lose its digits
        total = math.log1p(weight * math.expm1(u) + (1.0 - weight) * math.expm1(v))
    else:
        top = max(u, v)
        total = top + math.log(weight * math.exp(u - top) + (1.0 - weight) * math.exp(v - top))
    return min(math.exp(2.0 / exponent * total), 1.0)


@njit(nogil=True, error_model="numpy")
def logistic(x: float) -> float:
    """1 / (1 + exp(-x)) without overflow."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


@njit(nogil=True, error_model="numpy")
def attempt_hazard(out, will, mobility, capital, aid, price, lead, theta):  # type: ignore[no-untyped-def]
    """Yearly rate of attempting to cross = base x willingness x K, one entry a person.

    `will`: logit; `mobility`: [0, 1]; `capital`, `aid`: US dollars; `price`: log dollars; `lead` is not read;
    `theta`: [base, r, a, s, omega]. Writes `out`, >= 0.
    """
    for i in range(out.size):
        key = affordability(capital[i] + aid[i], price[i], theta[SPREAD], theta[FREE_CROSSING])
        out[i] = theta[BASE] * logistic(will[i]) * interplay(mobility[i], key, theta[EXPONENT], theta[WEIGHT])


def price(world: World) -> Floats:
    """Log of the crossing fee by month and province, US dollars of 2010."""
    return np.asarray(np.log(world.monthly("fee"))[:, None] + np.log(world.monthly("fee_place")))


def aid(world: World) -> Floats:
    """What kin abroad add to means, by month and province: credit on settlement money, and a share of the fee."""
    credit = world.monthly("credit_share") * world.monthly("settlement_money")
    return np.asarray(credit[:, None] + world.monthly("sponsor_share")[:, None] * np.exp(price(world)))


@dataclass(frozen=True)
class Standing:
    """The reference person at the reference date: willingness (logit), mobility, log fee and capital (US dollars).

    `world` is the world of that month alone.
    """

    world: World
    will: float
    mobility: float
    price: float
    capital: float


def rows(world: World, someone: Standing) -> Floats:
    """The monthly rows of `attempt_hazard`, with base set so that the reference person attempts at `reference_rate`.

    Estimating that rate instead of base removes the ridge along which base, r and a trade.
    """
    names = ("reference_rate", "complementarity", "mobility_weight", "fee_spread", "free_crossing")
    table = np.stack([world.monthly(name) for name in names], axis=1)
    _, r, a, spread, free = (someone.world.monthly(name)[0] for name in names)
    # One person at one date: plain Python, for compiling would take seconds.
    key = affordability.py_func(someone.capital, someone.price, spread, free)
    chance = logistic.py_func(someone.will) * interplay.py_func(someone.mobility, key, r, a)
    if chance <= 0:
        raise CaseError.single(
            what="the reference person can never leave, so no rate can be set by them",
            where="case.yaml, reference",
            expected="some mobility, and some capital or a chance to cross without paying",
            remedy="choose another reference person, or other parameters",
        )
    table[:, BASE] /= chance
    return table

"""The two keys and how they work together (Sung & Cho 2018, "Interplay of the Military Draft System and
Marketization").

K = (a m^r + (1 - a) c^r)^(2/r): with r = 0 the product of the keys, for every r <= 0 zero when either is missing, so
"both are necessary" is r <= 0. The paper's abstract calls capital sufficient and its body calls both necessary, so
r is estimated. Nearness of the border multiplies the rate and belongs to neither key.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numba.extending import register_jitable

from tumen.case import SEXES, CaseError, World
from tumen.model.compiled import Floats
from tumen.model.elementary import FAST, INTO_LOOPS, exp, log, logistic, normal

#: Indices of `hazard_parameters` in `attempt_hazard`.
BASE, EXPONENT, WEIGHT, SPREAD, FREE_CROSSING = range(5)
#: Stands for zero under a logarithm.
_TINY = 1e-30
#: Where |d| is less, three terms of the series give log K to 1e-10.
_NEAR = 0.02


@register_jitable(**INTO_LOOPS)
def affordability(means: float, price: float, spread: float, free_crossing: float, sponsor: float) -> float:
    """Return the second key: the probability that a crossing can be paid for or need not be, in [0, 1].

    c = 1 - (1 - c_pay)(1 - omega) with c_pay = q + (1 - q) Phi((log means - log fee) / s): a sponsor pays the whole
    fee or nothing; otherwise own means decide. `means`: US dollars, >= 0; `price`: log of the fee; `spread`: s > 0;
    `free_crossing`: omega in [0, 1], the chance that a crossing without payment is possible; `sponsor`: q in [0, 1].
    """
    chance = normal((log(max(means, _TINY)) - price) / spread)
    own = chance if means > 0.0 else 0.0
    pay = sponsor + (1.0 - sponsor) * own
    return pay + free_crossing * (1.0 - pay)


@register_jitable(**INTO_LOOPS)
def interplay(mobility: float, capital: float, exponent: float, weight: float) -> float:
    """Return the joint effect of the keys, K in [0, 1].

    `mobility`, `capital`: the keys in [0, 1]; `exponent`: r, any real; `weight`: a in [0, 1] on mobility.

    With u, v the logarithms of the keys and d = r (u - v), log K / 2 is the weighted mean of u and v plus
    (u - v) d L(d), where L is smooth: near d = 0 it is replaced by its series, whose terms are the cumulants of a
    Bernoulli(a) variable. Elsewhere the greater power is factored out, so that none can overflow.
    """
    u, v = log(max(mobility, _TINY)), log(max(capital, _TINY))
    d = exponent * (u - v)
    spread = weight * (1.0 - weight)
    skew = spread * (1.0 - 2.0 * weight)
    third, fourth = spread * (1.0 - 6.0 * spread) / 24.0, skew * (1.0 - 12.0 * spread) / 120.0
    series = spread / 2.0 + d * (skew / 6.0 + d * (third + d * fourth))
    near = weight * u + (1.0 - weight) * v + (u - v) * d * series
    missing = ((mobility <= 0.0) & (weight > 0.0)) | ((capital <= 0.0) & (weight < 1.0))
    top = u if d >= 0.0 else v
    of_top = weight if d >= 0.0 else 1.0 - weight
    rest = 0.0 if missing else (1.0 - of_top) * exp(-abs(d))
    per_exponent = 1.0 / exponent if abs(exponent) > _TINY else 1.0 / _TINY
    far = top + log(max(of_top + rest, _TINY)) * per_exponent
    by_series = ((abs(d) < _NEAR) & (not missing)) | (spread <= 0.0)
    value = exp(min(2.0 * (near if by_series else far), 0.0))
    none = (mobility <= 0.0) & (capital <= 0.0)
    return 0.0 if none | (missing & ((exponent <= 0.0) | (spread <= 0.0))) else value


@njit(nogil=True, error_model="numpy", fastmath=FAST)
def attempt_hazard(out, will, mobility, capital, aid, sponsor, price, log_rate_offset, hazard_parameters):  # type: ignore[no-untyped-def]
    """Write the yearly rate of attempts to cross = base x willingness x nearness x K, one entry per agent.

    `will`: logit; `mobility`, `sponsor`: [0, 1]; `capital`, `aid`: US dollars; `price`: log dollars;
    `log_rate_offset`: log of nearness; `hazard_parameters`: [base, r, a, s, omega]. Writes `out`, >= 0.
    """
    base, exponent, weight = hazard_parameters[BASE], hazard_parameters[EXPONENT], hazard_parameters[WEIGHT]
    spread, free = hazard_parameters[SPREAD], hazard_parameters[FREE_CROSSING]
    for i in range(out.size):  # three short loops: a single one would run out of registers
        out[i] = affordability(capital[i] + aid[i], price[i], spread, free, sponsor[i])
    for i in range(out.size):
        out[i] = interplay(mobility[i], out[i], exponent, weight)
    for i in range(out.size):
        out[i] *= base * logistic(will[i]) * exp(log_rate_offset[i])


def nearness(world: World) -> Floats:
    """Return the log of nearness to the narrow river; (months, 2, provinces), the same for both sexes."""
    access = np.log(np.maximum(world.monthly("access"), _TINY))
    return np.repeat(access[:, None, :], len(SEXES), axis=1)


def price(world: World) -> Floats:
    """Return the log of the crossing fee; (months, provinces), US dollars of 2010. Inputs are in current dollars."""
    level = np.log(world.monthly("fee") / world.monthly("price_level"))
    return np.asarray(level[:, None] + np.log(world.monthly("fee_place")))


def credit(world: World) -> Floats:
    """Return the credit that kin abroad give on settlement money; (months,), US dollars of 2010."""
    lent = world.monthly("credit_share") * world.monthly("settlement_money")
    return np.asarray(lent / world.monthly("price_level"))


@dataclass(frozen=True)
class ReferencePerson:
    """The reference person at the reference date, without kin abroad.

    world: of that month alone; will: logit; mobility: share of days; price: log fee; capital: US dollars; nearness:
    log.
    """

    world: World
    will: float
    mobility: float
    price: float
    capital: float
    nearness: float


def hazard_parameters(world: World, someone: ReferencePerson) -> Floats:
    """Return the monthly parameters of `attempt_hazard`, (months, 5): base, r, a, s, omega.

    The base is set so that the reference person attempts at the input `reference_rate` (per year). Estimating that rate
    instead of the base removes the ridge along which base, r and a compensate each other. Raises CaseError where the
    reference person cannot leave at all.
    """
    names = ("reference_rate", "complementarity", "mobility_weight", "fee_spread", "free_crossing")
    table = np.stack([world.monthly(name) for name in names], axis=1)
    _, r, a, spread, free = (someone.world.monthly(name)[0] for name in names)
    key = affordability(someone.capital, someone.price, spread, free, 0.0)
    chance = logistic(someone.will) * interplay(someone.mobility, key, r, a) * exp(someone.nearness)
    if chance <= 0:
        raise CaseError.single(
            what="the reference person can never leave, so their rate cannot set the base",
            where="case.yaml, reference",
            expected="some mobility, and some capital or a chance to cross without paying",
            remedy="choose another reference person, or other parameters",
        )
    table[:, BASE] /= chance
    return table

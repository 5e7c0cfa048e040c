"""A person's draws and what a theory makes of them, in plain Python: the draws of docs/engine.md, section 1, the
two keys of `tumen.model.keys` and the savings of `tumen.model.capital`, written from their formulas.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

_GOLDEN = 0x9E3779B97F4A7C15
_WORD = 2**64
#: A person in fixed point.
UNIT = 2**28
#: The root above one of x^9 = x + 1.
_ROOT = 1.0850702454914508


class Event(IntEnum):
    """What a draw is for."""

    DEATH = 0
    CLASS = 1
    PHYSIQUE = 2
    START = 3
    ENTRY = 4
    MOVE = 5
    POWER = 6
    KIN = 7
    SHOCK = 8
    STAY = 9
    FATE = 10
    PASS = 11
    WAY = 12
    MOVE_TO = 13


def units(persons: float) -> int:
    """A number of persons in whole multiples of 2^-28."""
    return round(persons * UNIT)


def mix(z: int) -> int:
    """Scatter 64 bits."""
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % _WORD
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % _WORD
    return z ^ (z >> 31)


def key(seed: int, person: int) -> int:
    """What makes a person's draws their own."""
    return (mix((seed + _GOLDEN) % _WORD) + (person + 1) * _GOLDEN) % _WORD


def bits(key: int, event: int, ordinal: int) -> int:
    """64 bits for one event of one person."""
    return mix((mix(key) + ((event << 40) + ordinal + 1) * _GOLDEN) % _WORD)


def uniform(key: int, event: int, ordinal: int) -> float:
    """A number in (0, 1)."""
    return ((bits(key, event, ordinal) >> 12) + 0.5) * 2.0**-52


def exponential(key: int, event: int, ordinal: int) -> float:
    """A number from the unit exponential."""
    return -math.log(uniform(key, event, ordinal))


def quasi_uniform(key: int, event: int) -> float:
    """A number in (0, 1), even over neighbours: person p is p times the event's stride from the first, modulo one."""
    stride = round(2**32 / _ROOT ** (event + 1)) * 2**32 + 1
    step = stride * pow(_GOLDEN, -1, _WORD) % _WORD
    return ((key * step % _WORD >> 12) + 0.5) * 2.0**-52


def shock_index(key: int, calendar: int) -> int:
    """Which of the 1,024 shocks a person meets in a calendar month: ten of the bits of its half-year."""
    half_year, month = divmod(calendar, 6)
    return (bits(key, Event.SHOCK, half_year) >> (10 * month)) % 1024


def share_of_time(hazard: float) -> float:
    """The probability with which a hazard acts, 1 - exp(-hazard)."""
    return -math.expm1(-hazard)


def logistic(x: float) -> float:
    """1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + math.exp(-x)) if x > -700.0 else 0.0


def affordability(means: float, log_price: float, spread: float, free: float, sponsor: float) -> float:
    """c = 1 - (1 - c_pay)(1 - free), c_pay = sponsor + (1 - sponsor) Phi((log means - log price) / spread)."""
    own = 0.5 * math.erfc((log_price - math.log(means)) / (spread * math.sqrt(2.0))) if means > 0.0 else 0.0
    pay = sponsor + (1.0 - sponsor) * own
    return pay + free - pay * free


def interplay(m: float, c: float, r: float, a: float) -> float:
    """K = (a m^r + (1 - a) c^r)^(2/r), its limit at r = 0, and zero where a needed key is missing."""
    if a >= 1.0 or a <= 0.0:
        return (m if a >= 1.0 else c) ** 2
    if r == 0.0:
        return (m**a * c ** (1.0 - a)) ** 2
    if max(m, c) == 0.0 or (r < 0.0 and min(m, c) == 0.0):
        return 0.0
    scale = min(m, c) if r < 0.0 else max(m, c)  # so that no power can overflow
    u, v = (math.log(key / scale) if key > 0.0 else -math.inf for key in (m, c))
    beyond_one = a * math.expm1(r * u) + (1.0 - a) * math.expm1(r * v)  # of the mean of powers
    return min(scale * scale * math.exp(2.0 / r * math.log1p(beyond_one)), 1.0)


@dataclass(frozen=True)
class Trial:
    """What bears on one person's attempt: willingness (logit), mobility of the moment in [0, 1], savings and credit in
    dollars, the chance of a sponsor, the log fee, the log of what multiplies the rate, and the theory's own scalars.
    """

    will: float
    mobility: float
    capital: float
    aid: float
    sponsor: float
    price: float
    log_rate_offset: float
    hazard_parameters: Sequence[float]


def two_keys(of: Trial) -> float:
    """Yearly rate = base x willingness x exp(log_rate_offset) x K; hazard_parameters: base, r, a, s, omega."""
    base, r, a, spread, free = of.hazard_parameters
    second = affordability(of.capital + of.aid, of.price, spread, free, of.sponsor)
    return base * logistic(of.will) * math.exp(of.log_rate_offset) * interplay(of.mobility, second, r, a)


def pushed(of: Trial) -> float:
    """Yearly rate = base x willingness x exp(log_rate_offset)."""
    return of.hazard_parameters[0] * logistic(of.will) * math.exp(of.log_rate_offset)


def led(of: Trial) -> float:
    """Yearly rate = exp(log_rate_offset)."""
    return math.exp(of.log_rate_offset)


def earning_power(z: float, spread: float) -> float:
    """What a person's earnings are multiplied by for life: lognormal with mean one."""
    return math.exp(spread * z - spread * spread / 2.0)


def share_of_purse(own: float, common: float, pooling: float) -> float:
    """Earnings where the part `pooling` of them is held in common."""
    return (1.0 - pooling) * own + pooling * common


def saved(capital: float, earnings: float, shock: float, support: float, need: float, keep: float) -> float:
    """Savings after a month, US dollars."""
    return max(0.0, capital * keep + earnings * shock + support - need)


@dataclass(frozen=True)
class Formulas:
    """The two functions of a theory, for one person: yearly rate of trying, and savings after a month."""

    attempt: Callable[[Trial], float] = two_keys
    saving: Callable[[float, float, float, float, float, float], float] = saved


#: The shipped theories that do not go by the two keys; every other does.
OTHER_FORMULAS = {"push_pull": Formulas(pushed), "no_theory": Formulas(led)}

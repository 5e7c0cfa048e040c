"""Stateless random numbers: a draw is a function of seed, person, event and ordinal and depends on no other draw.

Draws made once per person (class, physique, earning power, the first residual hazards) are quasi-random: those of
persons 0, 1, 2 ... form a Kronecker sequence shifted by the seed (Niederreiter 1992, ch. 3). All others come from
splitmix64 (Steele, Lea & Flood 2014, OOPSLA, doi 10.1145/2660193.2660195), evaluated at a position instead of in
sequence. docs/engine.md defines the events and their ordinals; changing one changes every result.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, uint64

from tumen.engine.cache import compiled

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)

#: Events that are drawn; docs/engine.md defines the ordinal of each.
DEATH, CLASS, PHYSIQUE, START, ENTRY, MOVE, POWER, KIN, SHOCK, STAY, FATE, PASS, WAY, MOVE_TO = range(14)
#: Events that may be drawn by `quasi_uniform` have codes below this number.
QUASI_RANDOM = 8


def _steps() -> np.ndarray:
    """Return the multiplier of the key for each event: person p is 2**64 p x^-(e+1) ahead on event e, x^9 = x + 1.

    The powers of that root are about as badly approximable by fractions as eight numbers can be jointly, so draws of
    several events are evenly spread together. Each step is odd, so the draw of an event is a bijection of the key.
    """
    root = 1.5
    for _ in range(64):
        root = (1.0 + root) ** (1.0 / (QUASI_RANDOM + 1))
    per_golden = pow(int(_GOLDEN), -1, 2**64)
    stride = [round(root ** -(e + 1) * 2**32) << 32 | 1 for e in range(QUASI_RANDOM)]
    return np.array([a * per_golden % 2**64 for a in stride], np.uint64)


STEPS = _steps()


@njit(nogil=True)
def mix(z):  # type: ignore[no-untyped-def]
    """The finaliser of splitmix64: a bijection of 64 bits in which every input bit affects every output bit."""
    z = uint64(z)
    z = (z ^ (z >> uint64(30))) * _MIX_1
    z = (z ^ (z >> uint64(27))) * _MIX_2
    return z ^ (z >> uint64(31))


@njit(nogil=True)
def person_key(seed, person):  # type: ignore[no-untyped-def]
    """Return the 64 bits from which all draws of a person follow. seed, person: non-negative integers."""
    return mix(uint64(seed) + _GOLDEN) + (uint64(person) + uint64(1)) * _GOLDEN


@njit(nogil=True)
def bits(key, event, ordinal):  # type: ignore[no-untyped-def]
    """Return 64 random bits: the `ordinal`-th draw of an event for the person with this key."""
    place = (uint64(event) << uint64(40)) + uint64(ordinal) + uint64(1)
    return mix(mix(uint64(key)) + place * _GOLDEN)


@njit(nogil=True)
def quasi_uniform(key, event):  # type: ignore[no-untyped-def]
    """Return the first (or only) draw of an event: uniform on (0, 1), quasi-random over neighbouring persons."""
    return (float((uint64(key) * STEPS[event]) >> uint64(12)) + 0.5) * 2.220446049250313e-16


@njit(nogil=True)
def quasi_exponential(key, event):  # type: ignore[no-untyped-def]
    """Return the first unit-exponential draw of an event, quasi-random over neighbouring persons."""
    return -math.log(quasi_uniform(key, event))


@njit(nogil=True)
def uniform(key, event, ordinal):  # type: ignore[no-untyped-def]
    """Return a uniform draw on (0, 1)."""
    return (float(bits(key, event, ordinal) >> uint64(12)) + 0.5) * 2.220446049250313e-16


@njit(nogil=True)
def exponential(key, event, ordinal):  # type: ignore[no-untyped-def]
    """Return a unit-exponential draw: the cumulated hazard at which an event happens."""
    return -math.log(uniform(key, event, ordinal))


@compiled
def keys(seed, persons):  # type: ignore[no-untyped-def]
    """Return the keys of persons; persons: (n,) identities."""
    out = np.empty(persons.size, np.uint64)
    for i in range(persons.size):
        out[i] = person_key(seed, persons[i])
    return out


@compiled
def quasi_uniforms(key, event):  # type: ignore[no-untyped-def]
    """Return `quasi_uniform` of each key; key: (n,)."""
    out = np.empty(key.size)
    for i in range(key.size):
        out[i] = quasi_uniform(key[i], event)
    return out


@compiled
def exponentials(key, event):  # type: ignore[no-untyped-def]
    """Return the unit-exponential draw of ordinal 0 of each key; key: (n,)."""
    out = np.empty(key.size)
    for i in range(key.size):
        out[i] = exponential(key[i], event, 0)
    return out

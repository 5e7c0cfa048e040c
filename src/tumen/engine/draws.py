"""Stateless randomness: a draw is a function of seed, person, event and ordinal and depends on no other draw.

What befalls everybody once - class, physique, earning power, the first of a life's budgets - is spread evenly over
neighbours: the draws of persons 0, 1, 2 ... are a Kronecker sequence, shifted by the seed (Niederreiter 1992, ch. 3).
All else is splitmix64 (Steele, Lea & Flood 2014, OOPSLA, doi 10.1145/2660193.2660195) read at a place instead of in
sequence.
docs/engine.md fixes the events and their ordinals; to change one is to change every result.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, uint64

from tumen.engine.cache import compiled

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)

#: What is drawn. The ordinal of each is given in docs/engine.md.
DEATH, CLASS, PHYSIQUE, START, GATE, MOVE, POWER, KIN, SHOCK, STAY, FATE, PASS, WAY, MOVE_TO = range(14)
#: Events that may be drawn by `first` have codes below this.
EVEN = 8


def _steps() -> np.ndarray:
    """What a key is multiplied by: person p is 2**64 p x^-(e+1) further on event e, where x^9 = x + 1.

    The powers of that root are about as far from common fractions as eight numbers can be at once, so that draws of
    several events are even together, too. Each step is odd, so that the draw of an event is a bijection of the key.
    """
    root = 1.5
    for _ in range(64):
        root = (1.0 + root) ** (1.0 / (EVEN + 1))
    per_golden = pow(int(_GOLDEN), -1, 2**64)
    stride = [round(root ** -(e + 1) * 2**32) << 32 | 1 for e in range(EVEN)]
    return np.array([a * per_golden % 2**64 for a in stride], np.uint64)


STEPS = _steps()


@njit(nogil=True)
def mix(z):  # type: ignore[no-untyped-def]
    """The finaliser of splitmix64: a bijection of 64 bits in which every input bit sways every output bit."""
    z = uint64(z)
    z = (z ^ (z >> uint64(30))) * _MIX_1
    z = (z ^ (z >> uint64(27))) * _MIX_2
    return z ^ (z >> uint64(31))


@njit(nogil=True)
def person_key(seed, person):  # type: ignore[no-untyped-def]
    """The 64 bits from which all draws of a person follow. `seed`, `person`: non-negative integers."""
    return mix(uint64(seed) + _GOLDEN) + (uint64(person) + uint64(1)) * _GOLDEN


@njit(nogil=True)
def bits(key, event, ordinal):  # type: ignore[no-untyped-def]
    """64 random bits for the `ordinal`-th time an event is drawn for the person with this key."""
    place = (uint64(event) << uint64(40)) + uint64(ordinal) + uint64(1)
    return mix(mix(uint64(key)) + place * _GOLDEN)


@njit(nogil=True)
def first(key, event):  # type: ignore[no-untyped-def]
    """A uniform draw of an event that comes first or once, strictly between 0 and 1, even over neighbours."""
    return (float((uint64(key) * STEPS[event]) >> uint64(12)) + 0.5) * 2.220446049250313e-16


@njit(nogil=True)
def first_budget(key, event):  # type: ignore[no-untyped-def]
    """The unit-exponential draw that goes with `first`."""
    return -math.log(first(key, event))


@njit(nogil=True)
def uniform(key, event, ordinal):  # type: ignore[no-untyped-def]
    """A uniform draw, strictly between 0 and 1."""
    return (float(bits(key, event, ordinal) >> uint64(12)) + 0.5) * 2.220446049250313e-16


@njit(nogil=True)
def exponential(key, event, ordinal):  # type: ignore[no-untyped-def]
    """A unit-exponential draw: the cumulated hazard at which an event happens."""
    return -math.log(uniform(key, event, ordinal))


@compiled
def keys(seed, persons):  # type: ignore[no-untyped-def]
    """The keys of many persons; `persons`: (n,) identities."""
    out = np.empty(persons.size, np.uint64)
    for i in range(persons.size):
        out[i] = person_key(seed, persons[i])
    return out


@compiled
def firsts(key, event):  # type: ignore[no-untyped-def]
    """One first draw a person; `key`: (n,)."""
    out = np.empty(key.size)
    for i in range(key.size):
        out[i] = first(key[i], event)
    return out


@compiled
def budgets(key, event):  # type: ignore[no-untyped-def]
    """One unit-exponential draw a person, of ordinal 0; `key`: (n,)."""
    out = np.empty(key.size)
    for i in range(key.size):
        out[i] = exponential(key[i], event, 0)
    return out

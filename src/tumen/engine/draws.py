"""Stateless randomness: a draw is a function of seed, person, event and ordinal and depends on no other draw.

The generator is splitmix64 (Steele, Lea & Flood 2014, OOPSLA, doi 10.1145/2660193.2660195) read at a place instead of
in sequence. docs/engine.md fixes the events and their ordinals; to change one is to change every result.
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
DEATH, CLASS, PHYSIQUE, START, GATE, MOVE, MOVE_TO, KIN, SHOCK, STAY, FATE, PASS, WAY = range(13)


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
    return mix(mix(uint64(seed) + _GOLDEN) + (uint64(person) + uint64(1)) * _GOLDEN)


@njit(nogil=True)
def bits(key, event, ordinal):  # type: ignore[no-untyped-def]
    """64 random bits for the `ordinal`-th time an event is drawn for the person with this key."""
    place = (uint64(event) << uint64(40)) + uint64(ordinal) + uint64(1)
    return mix(uint64(key) + place * _GOLDEN)


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
def uniforms(key, event, ordinal):  # type: ignore[no-untyped-def]
    """One uniform draw a person; `key`: (n,)."""
    out = np.empty(key.size)
    for i in range(key.size):
        out[i] = uniform(key[i], event, ordinal)
    return out

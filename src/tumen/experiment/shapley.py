"""Shapley values: what each of several factors adds, on average over all orders in which they may come (Shapley 1953).

The same values are the components of Das Gupta's (1993) decomposition of a difference between two populations into
any number of factors.
"""

from __future__ import annotations

from itertools import product
from math import factorial

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def shapley_values(value: Floats, factors: int) -> Floats:
    """Divide the difference between all factors and none exactly among the factors: (n, ...).

    value: that of every coalition (set of factors), (2, ..., 2, ...): on each of the first n = `factors` axes 0 stands
    for a set without the factor and 1 for a set with it; any axes after them (draws) are kept. Returns for
    each factor i

        phi_i = sum over sets S without i of |S|! (n - |S| - 1)! / n! x (v(S and i) - v(S)),

    which add up to v(all) - v(none). Raises ValueError unless 1 <= n and the first n axes have length 2.

    >>> shapley_values(np.array([[0.0, 1.0], [2.0, 5.0]]), 2)
    array([3., 2.])
    """
    if factors < 1 or value.shape[:factors] != (2,) * factors:
        raise ValueError(f"values of shape {value.shape}, expected one for every set of {factors} factors")
    found = np.zeros((factors, *value.shape[factors:]))
    for i in range(factors):
        for others in product((0, 1), repeat=factors - 1):
            size = sum(others)
            weight = factorial(size) * factorial(factors - size - 1) / factorial(factors)
            without, with_it = ((*others[:i], level, *others[i:]) for level in (0, 1))
            found[i] += weight * (value[with_it] - value[without])
    return found


def contrast(value: Floats, among: tuple[int, ...], rest: tuple[int, ...]) -> Floats:
    """The interaction of some factors, the others held: the sum over subsets U of (-1)^(|S| - |U|) v(U and the rest).

    value: as for `shapley_values`; among: the numbers of the factors of S (one: its effect; two: by how much the effect
    of each changes when the other is there); rest: the level, 0 or 1, of every factor, read for those outside S.

    >>> contrast(np.array([[0.0, 1.0], [2.0, 5.0]]), (0, 1), (1, 1))
    array(2.)
    """
    total = np.zeros(value.shape[len(rest) :])
    for levels in product((0, 1), repeat=len(among)):
        at = list(rest)
        for factor, level in zip(among, levels, strict=True):
            at[factor] = level
        total += (-1) ** (len(among) - sum(levels)) * value[tuple(at)]
    return total

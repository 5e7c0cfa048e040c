"""The branch-free functions against those of numpy and scipy, to the accuracy that their module states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numba import njit
from scipy import special

from tumen.model import elementary

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Claim:
    """`mine` is within `error` of `theirs`, relatively, at every one of `points`; `same` is what fusing may change."""

    mine: Callable[[float], float]
    theirs: Callable[[Array], Array]
    points: Array
    error: float
    same: float = 4e-16


def both_signs(positive: Array) -> Array:
    return np.concatenate([-positive[::-1], [0.0], positive])


def magnitudes(least: float, most: float) -> Array:
    return np.geomspace(least, most, 40_001)


#: Dense where the pieces meet: powers of two and their roots for exp and log, 0.04 for the mean survival.
SEAMS = np.concatenate([np.nextafter(x, [-np.inf, x, np.inf]) for x in np.log(2) * (np.arange(-1020, 1021) + 0.5)])
OCTAVES = np.concatenate(
    [np.nextafter(x, [0.0, x, np.inf]) for x in 2.0 ** np.concatenate([np.arange(-1021, 1023), np.arange(-20.5, 20.5)])]
)
SMALL = both_signs(magnitudes(1e-300, 1))

CLAIMS = {
    "exp": Claim(
        elementary.exp, np.exp, np.concatenate([np.linspace(-708, 708, 200_001), SMALL, SEAMS]), 3e-13,
    ),
    "log": Claim(
        elementary.log, np.log,
        np.concatenate([magnitudes(2.3e-308, 1.7e308), np.linspace(0.5, 2, 200_000), 1 + SMALL / 2, OCTAVES]),
        4e-14,
    ),
    "normal": Claim(
        elementary.normal, special.ndtr, np.concatenate([np.linspace(-37.5, 40, 200_001), SMALL]), 2e-11, 4e-13,
    ),
    "logistic": Claim(
        elementary.logistic, special.expit, np.concatenate([np.linspace(-708, 900, 200_001), SMALL]), 3e-13,
    ),
    "mean_survival": Claim(
        elementary.mean_survival, lambda h: np.where(h > 0, -np.expm1(-h) / np.where(h > 0, h, 1), 1.0),
        np.concatenate([[0.0], magnitudes(1e-300, 1e9), np.linspace(0, 0.08, 100_001), np.linspace(0, 50, 100_001)]),
        1e-12, 4e-15,
    ),
}  # fmt: skip


def compiled(claim: Claim) -> Array:
    """The function at all points, compiled into a loop as the engine does it."""
    one = claim.mine

    @njit(error_model="numpy", fastmath=elementary.FAST)
    def loop(points: Array, out: Array) -> None:
        for i in range(points.size):
            out[i] = one(points[i])

    out = np.empty(claim.points.size)
    loop(claim.points, out)
    return out


def distance(one: Array, other: Array) -> float:
    """The largest relative difference; equal values, zero among them, differ by nothing."""
    return float(np.max(np.abs(one - other) / np.maximum(np.abs(other), 5e-324), where=one != other, initial=0.0))


@pytest.mark.parametrize("name", CLAIMS)
def test_it_is_as_accurate_as_stated(name: str) -> None:
    claim = CLAIMS[name]
    with np.errstate(over="ignore", under="ignore"):
        assert distance(compiled(claim), claim.theirs(claim.points)) < claim.error


@pytest.mark.parametrize("name", CLAIMS)
def test_the_statement_is_not_a_loose_one(name: str) -> None:
    """Half of what is stated would be too little, so that the numbers tell how good the functions are."""
    claim = CLAIMS[name]
    with np.errstate(over="ignore", under="ignore"):
        assert distance(compiled(claim), claim.theirs(claim.points)) > claim.error / 8


@pytest.mark.parametrize("name", CLAIMS)
def test_called_from_python_it_says_the_same(name: str) -> None:
    """Compiled, a product and a sum may be one step: last bits may differ, for the normal also those of the square."""
    claim = CLAIMS[name]
    some = slice(None, None, 997)
    plain = np.array([claim.mine(float(x)) for x in claim.points[some]])
    assert distance(compiled(claim)[some], plain) <= claim.same


@pytest.mark.parametrize("x", [np.nextafter(-708.0, -np.inf), -709.0, -1e6, -1e308, -np.inf])
def test_far_down_the_exponential_is_zero(x: float) -> None:
    claim = Claim(elementary.exp, np.exp, np.array([x]), 0.0)
    assert elementary.exp(x) == 0.0
    assert compiled(claim)[0] == 0.0


def test_the_ends() -> None:
    """What lies beyond the range is answered by the nearest end, never by what is no number."""
    ends = {
        elementary.exp: {-708.0: np.exp(-708.0), 709.0: np.exp(708.0), np.inf: np.exp(708.0), 0.0: 1.0},
        elementary.normal: {-np.inf: 0.0, -39.0: 0.0, 9.0: 1.0, np.inf: 1.0},
        elementary.logistic: {-np.inf: np.exp(-708.0), 800.0: 1.0, np.inf: 1.0, 0.0: 0.5},
        elementary.mean_survival: {0.0: 1.0, 1e9: 1e-9, 1e300: 1e-300},
        elementary.log: {1.0: 0.0},
    }
    for mine, values in ends.items():
        points = np.array(list(values))
        expected = pytest.approx(list(values.values()), rel=1e-12, abs=0.0)
        assert [mine(float(x)) for x in points] == expected, mine
        assert list(compiled(Claim(mine, np.exp, points, 0.0))) == expected, mine


def test_half_of_a_normal_lies_below_its_mean() -> None:
    assert elementary.normal(0.0) == pytest.approx(0.5, rel=2e-11)

"""Exponential, logarithm and normal distribution without branches, so that loops over agents vectorise.

Plain Python functions that numba compiles into the loops that call them; calls of the C library's functions would
prevent vectorisation. Largest relative errors, in double precision: exp 3e-13, log 4e-14, normal 2e-11,
mean_survival 1e-12; in single precision about 3e-7, and 1e-5 in the far tail of normal. Tests check these bounds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload, register_jitable

from tumen.model.single import SingleCompiler

#: Fused multiply-add is allowed, and values are assumed not to be NaN.
FAST = {"contract", "nnan", "nsz"}
#: How a formula is compiled into the loops that call it.
INTO_LOOPS: Any = {"fastmath": FAST, "error_model": "numpy", "forceinline": True, "pipeline_class": SingleCompiler}

_LOG2_E = 1.4426950408889634
#: The logarithm of two in two parts, of which the first times a whole number below 2**11 is exact; the same in single.
_LN2_HIGH, _LN2_LOW = 6.93145751953125e-1, 1.4286068203094172e-6
_LN2_HIGH_SINGLE, _LN2_LOW_SINGLE = np.float32(0.693359375), np.float32(-2.12194440e-4)
#: Adding it puts a whole number into the last bits of a float.
_INTO_BITS, _INTO_BITS_SINGLE = 6755399441055744.0, np.float32(12582912.0)
_LEAST, _LEAST_SINGLE = -708.0, np.float32(-87.0)
_BIAS, _FRACTION, _EXPONENT_BITS = np.int64(1023), np.int64(0x000FFFFFFFFFFFFF), np.int64(52)
_BIAS_SINGLE, _FRACTION_SINGLE, _EXPONENT_BITS_SINGLE = np.int32(127), np.int32(0x007FFFFF), np.int32(23)
_ROOT_HALF, _ROOT_HALF_SINGLE = np.int64(0x3FE6A09E667F3BCD), np.int32(0x3F3504F3)
_FROM_ROOT_HALF = np.int64(0x3FF0000000000000 - 0x3FE6A09E667F3BCD)
_FROM_ROOT_HALF_SINGLE = np.int32(0x3F800000 - 0x3F3504F3)
_TWO_TO_52 = np.int64(0x4330000000000000)

#: Coefficients, of the highest power first: of exp; of 2 artanh(s) / s - 2 in s^2; of (1 - exp(-h)) / h; and of what is
#: left of log erfc(z) when t = 2 / (2 + z) and -z^2 are taken out, in 2t - 1.
_EXP = tuple(1 / f for f in (3628800, 362880, 40320, 5040, 720, 120, 24, 6, 2, 1, 1))
_EXP_SINGLE = tuple(np.float32(c) for c in _EXP[3:])
_LOG = tuple(2 / n for n in (15, 13, 11, 9, 7, 5, 3))
_LOG_SINGLE = tuple(np.float32(c) for c in _LOG[2:])
_SURVIVAL = (-1 / 720, 1 / 120, -1 / 24, 1 / 6, -1 / 2, 1.0)
_ERFC_HIGH = (
    3.386753969750792e-06, -3.7398328308632054e-06, -2.1670823485162328e-05, 3.4747899700435034e-05,
    6.381873282064106e-05, -0.00017567183984073926, -8.983674770378075e-05, 0.0006740253162576963,
    -0.00014739441955736437,
)  # fmt: skip
_ERFC_LOW = (
    -0.002345852782626599, 0.0017591138752865443, 0.008824939035793535, -0.009872702151183141,
    -0.046895610029569074, 0.04734330710737626, 0.6726432239714607, -0.6717940840566914,
)  # fmt: skip


def exp(x: float) -> float:
    """The exponential; zero below -708, and its value at 708 above (single precision: 87)."""
    bounded = min(max(x, _LEAST), -_LEAST)
    k = np.floor(bounded * _LOG2_E + 0.5)
    p = _polynomial(_EXP, (bounded - k * _LN2_HIGH) - k * _LN2_LOW)
    whole = np.int64(np.float64(k + _INTO_BITS).view(np.int64) + _BIAS)
    value = p * np.int64(whole << _EXPONENT_BITS).view(np.float64)
    return value if x >= _LEAST else 0.0


def _exp_single(x):  # type: ignore[no-untyped-def]
    bounded = min(max(x, _LEAST_SINGLE), -_LEAST_SINGLE)
    k = np.floor(bounded * _LOG2_E + 0.5)
    p = _polynomial(_EXP_SINGLE, (bounded - k * _LN2_HIGH_SINGLE) - k * _LN2_LOW_SINGLE)
    whole = np.int32(np.float32(k + _INTO_BITS_SINGLE).view(np.int32) + _BIAS_SINGLE)
    value = p * np.int32(whole << _EXPONENT_BITS_SINGLE).view(np.float32)
    return value if x >= _LEAST_SINGLE else 0.0


def log(x: float) -> float:
    """The natural logarithm of a positive normal number."""
    shifted = np.int64(np.float64(x).view(np.int64) + _FROM_ROOT_HALF)
    k = np.int64((shifted >> _EXPONENT_BITS) | _TWO_TO_52).view(np.float64) - (4503599627370496.0 + 1023.0)
    f = np.int64((shifted & _FRACTION) + _ROOT_HALF).view(np.float64) - 1.0
    s = f / (2.0 + f)
    half = 0.5 * f * f
    return k * _LN2_HIGH + (f - (half - (s * (half + _polynomial(_LOG, s * s) * s * s) + k * _LN2_LOW)))


def _log_single(x):  # type: ignore[no-untyped-def]
    shifted = np.int32(np.float32(x).view(np.int32) + _FROM_ROOT_HALF_SINGLE)
    k = np.float32(np.int32((shifted >> _EXPONENT_BITS_SINGLE) - _BIAS_SINGLE))
    f = np.int32((shifted & _FRACTION_SINGLE) + _ROOT_HALF_SINGLE).view(np.float32) - 1.0
    s = f / (2.0 + f)
    half = 0.5 * f * f
    rest = s * (half + _polynomial(_LOG_SINGLE, s * s) * s * s) + k * _LN2_LOW_SINGLE
    return k * _LN2_HIGH_SINGLE + (f - (half - rest))


@register_jitable(**INTO_LOOPS)
def _polynomial(coefficients: tuple[Any, ...], x: Any) -> Any:
    value = coefficients[0]
    for c in coefficients[1:]:
        value = value * x + c
    return value


def _by_precision(double: Callable[..., float], single: Callable[..., Any]) -> None:
    """Make numba use the single-precision version for arguments of single precision."""

    @overload(double, jit_options=INTO_LOOPS, strict=False)
    def choose(x: Any) -> Callable[..., Any]:
        return single if x == types.float32 else double


_by_precision(exp, _exp_single)
_by_precision(log, _log_single)


@register_jitable(**INTO_LOOPS)
def normal(x: float) -> float:
    """The standard normal distribution function, accurate in both tails.

    erfc(z) = t exp(-z^2 + p(2t - 1)) with t = 2 / (2 + z), z >= 0 (the form of Numerical Recipes, 3rd ed., section
    6.2.2); p interpolates scipy.special.erfcx at 17 Chebyshev points.
    """
    z = abs(x) * 0.7071067811865476
    t = 2.0 / (2.0 + z)
    s = 2.0 * t - 1.0
    s4 = s * s * s * s
    p = _polynomial(_ERFC_HIGH, s) * (s4 * s4) + _polynomial(
        _ERFC_LOW, s
    )  # two short sums, for a long one is not unrolled
    tail = 0.5 * t * exp(p - z * z)
    return 1.0 - tail if x > 0.0 else tail


@register_jitable(**INTO_LOOPS)
def logistic(x: float) -> float:
    """1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + exp(-x))


@register_jitable(**INTO_LOOPS)
def mean_survival(hazard: float) -> float:
    """(1 - exp(-h)) / h for h >= 0: the share still there, averaged over the time in which the hazard acts."""
    near = _polynomial(_SURVIVAL, hazard)
    far = (1.0 - exp(-hazard)) / max(hazard, 0.04)
    return near if hazard < 0.04 else far

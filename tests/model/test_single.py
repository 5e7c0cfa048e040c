"""Formulas in single precision: as exact as single precision can be, in single precision throughout, else untouched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numba import njit
from scipy import special

from tumen.model import elementary, keys
from tumen.model.single import SingleCompiler

POINTS = {
    "exp": (elementary.exp, np.exp, np.linspace(-86, 86, 100_001), 3e-7),
    "log": (elementary.log, np.log, np.geomspace(1e-30, 1e30, 100_001), 3e-7),
    "logistic": (elementary.logistic, special.expit, np.linspace(-80, 80, 100_001), 3e-7),
    "normal": (elementary.normal, special.ndtr, np.linspace(-9, 9, 100_001), 1e-5),
    "mean_survival": (elementary.mean_survival, lambda h: -np.expm1(-h) / h, np.geomspace(1e-9, 80, 100_001), 1e-6),
}


def in_loop(function: Callable[[Any], Any]) -> Any:
    """The function over a column, compiled as a theory's are."""

    @njit(error_model="numpy", fastmath=elementary.FAST, pipeline_class=SingleCompiler)
    def loop(out, x):  # type: ignore[no-untyped-def]
        for i in range(out.size):
            out[i] = function(x[i])

    return loop


@pytest.mark.parametrize("name", POINTS)
def test_single_precision_is_as_exact_as_stated(name: str) -> None:
    function, theirs, points, error = POINTS[name]
    x = points.astype(np.float32)
    out = np.empty_like(x)
    in_loop(function)(out, x)
    expected = theirs(x.astype(np.float64))
    assert np.all(np.abs(out - expected) <= error * np.abs(expected))


def test_written_numbers_take_the_precision_of_the_column() -> None:
    """One number left in double would widen the whole loop: look for conversions in the compiled code."""

    def shape(x: float) -> float:
        return 2.0 * x + 0.5 / (1.5 + x)

    def columns(out, x):  # type: ignore[no-untyped-def]
        for i in range(out.size):
            out[i] = 2.0 * x[i] + 0.5 / (1.5 + x[i])

    signature = "void(float32[::1], float32[::1])"
    plain = njit(signature, error_model="numpy")(columns)
    ours = njit(signature, error_model="numpy", pipeline_class=SingleCompiler)(columns)
    widened = [sum(code.count("fpext") for code in f.inspect_llvm().values()) for f in (plain, ours)]
    assert widened[0] > 0, "the test would notice a number left in double precision"
    assert widened[1] == 0
    x = np.linspace(0, 9, 100, dtype=np.float32)
    out = np.empty_like(x)
    ours(out, x)
    assert out == pytest.approx([shape(float(v)) for v in x], rel=1e-6)


def test_a_theory_agrees_in_both_precisions() -> None:
    rng = np.random.default_rng(5)
    columns = [rng.normal(-2, 2, 4000), rng.random(4000), rng.gamma(1, 300, 4000), rng.gamma(1, 50, 4000)]
    columns += [rng.random(4000), np.full(4000, np.log(800.0)), rng.normal(-1, 1, 4000)]
    attempt = njit(error_model="numpy", fastmath=elementary.FAST, pipeline_class=SingleCompiler)(
        keys.attempt_hazard.py_func
    )
    for exponent in (-5.0, -0.5, 0.0, 0.001, 0.5):
        hazard_parameters = np.array([0.1, exponent, 0.4, 0.7, 0.05])
        double, single = np.empty(4000), np.empty(4000, np.float32)
        attempt(double, *columns, hazard_parameters)
        attempt(single, *(c.astype(np.float32) for c in columns), hazard_parameters.astype(np.float32))
        assert np.all(np.abs(single - double) <= 1e-4 * double)

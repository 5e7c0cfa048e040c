"""A theory whose rates are no numbers is refused, in a sentence: nothing is counted from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numba import njit

from tumen.case import CaseError
from validation.stage import Stage


@njit
def no_number(out, will, mobility, capital, aid, sponsor, price, log_rate_offset, hazard_parameters):  # type: ignore[no-untyped-def]
    for i in range(out.size):
        out[i] = np.log(-1.0 - capital[i])


@njit
def beyond_all_numbers(out, will, mobility, capital, aid, sponsor, price, log_rate_offset, hazard_parameters):  # type: ignore[no-untyped-def]
    for i in range(out.size):
        out[i] = np.inf


@njit
def negative(out, will, mobility, capital, aid, sponsor, price, log_rate_offset, hazard_parameters):  # type: ignore[no-untyped-def]
    for i in range(out.size):
        out[i] = -10.0


@pytest.mark.parametrize("planted", [no_number, beyond_all_numbers, negative])
@pytest.mark.parametrize("real", [np.float64, np.float32])
def test_rates_that_are_no_numbers_are_refused(small: Stage, planted: object, real: type) -> None:
    broken = replace(small, theory=replace(small.theory, name="broken", attempt_hazard=planted))
    with pytest.raises(CaseError, match="the theory broken"):
        broken.run(real=real)


@pytest.mark.parametrize("how", [{"every": 0}, {"every": -1}, {"replay": []}])
def test_a_cadence_or_replay_that_cannot_be_is_refused(small: Stage, how: dict) -> None:
    with pytest.raises(ValueError, match="months"):
        small.run(**how)

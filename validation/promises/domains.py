"""The arguments that mechanism functions admit, corners first, for the checks of bounds and of order."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tumen.case import STATUSES
from tumen.model.compiled import AGES

SHARE: SearchStrategy[float] = st.one_of(st.sampled_from([0.0, 1.0, 5e-324, 1e-300, 1e-12, 0.5]), st.floats(0, 1))
DOLLARS: SearchStrategy[float] = st.one_of(st.sampled_from([0.0, 5e-324, 1e-9, 1.0, 1e12]), st.floats(0, 1e7))
#: The log of a fee: 0 to 10 million dollars, times 0 to 100 by province (a fee of zero is minus infinity).
PRICE: SearchStrategy[float] = st.one_of(st.sampled_from([-np.inf, -30.0, 0.0, float(np.log(1e9))]), st.floats(-30, 21))
SPREAD: SearchStrategy[float] = st.one_of(st.sampled_from([0.01, 10.0]), st.floats(0.01, 10))
EXPONENT: SearchStrategy[float] = st.one_of(
    st.sampled_from([-50.0, -1.0, -1e-6, -1e-7, 0.0, 5e-324, 1e-7, 1e-6, 0.5, 1.0, 50.0]), st.floats(-50, 50)
)
#: The log of nearness, which multiplies the rate: no further off than a hundred-billionth.
NEAR: SearchStrategy[float] = st.one_of(st.sampled_from([-25.0, 0.0]), st.floats(-25, 0))
LOGIT: SearchStrategy[float] = st.one_of(st.sampled_from([-800.0, 0.0, 800.0]), st.floats(-200, 200))
RATE: SearchStrategy[float] = st.one_of(st.sampled_from([0.0, 5e-324, 1e-12, 50.0, 1e9]), st.floats(0, 50))
AGE: SearchStrategy[float] = st.one_of(st.sampled_from([0.0, 17.0, 60.0, 100.0]), st.floats(0, 100))


def vector(of: SearchStrategy[float], size: int) -> SearchStrategy[np.ndarray]:
    """An array of one dimension."""
    return st.lists(of, min_size=size, max_size=size).map(np.array)


def table(of: SearchStrategy[float], *shape: int) -> SearchStrategy[np.ndarray]:
    """An array of any shape, filled from a few values: corners are met more often than in a full one."""
    few = st.lists(of, min_size=1, max_size=6)
    seeds = st.integers(0, 2**32 - 1)
    return st.builds(lambda values, seed: np.random.default_rng(seed).choice(np.array(values), shape), few, seeds)


STATES = len(STATUSES)
BY_SEX = vector(SHARE, 2)
#: Shares by sex and single year of age.
BY_SEX_AND_AGE = table(SHARE, 2, AGES)
#: Means and spreads of the age at first marriage.
MARRYING, MARRYING_SPREAD = vector(st.floats(14, 50), 2), vector(st.floats(0.5, 15), 2)
CONDITION = (STATES, 2, AGES, 3)
#: People by state, sex, age and province, and how much they like a pool, as the feedback reads them.
CROWD = table(st.sampled_from([0.0, 1e-6, 1.0, 3e5]), *CONDITION)
LIKING = table(st.sampled_from([0.0, 1e-4, 0.02, 1.0, 20.0, 148.0]), *CONDITION)


def said(**values: Any) -> Any:
    """A stand-in for a world of one month that says these values and no others."""
    told = {key: np.asarray(value, dtype=float)[None] for key, value in values.items()}
    return SimpleNamespace(months=1, monthly=told.__getitem__)

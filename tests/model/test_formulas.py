"""The small formulas against their definitions, worked out in another way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from tumen.case import load
from tumen.model import capital, conscription, demography, keys

KEY = st.floats(1e-3, 1)


@given(KEY, KEY, st.floats(0.05, 8), st.sampled_from([-1, 1]), st.floats(0.01, 0.99))
def test_the_keys_join_by_a_generalised_mean(m: float, c: float, size: float, sign: int, a: float) -> None:
    r = sign * size
    expected = (a * m**r + (1 - a) * c**r) ** (2 / r)
    assert keys.interplay(m, c, r, a) == pytest.approx(expected, rel=1e-9)


@given(KEY, KEY, st.floats(0.01, 0.99))
def test_at_zero_they_multiply(m: float, c: float, a: float) -> None:
    product = m ** (2 * a) * c ** (2 - 2 * a)
    assert keys.interplay(m, c, 0.0, a) == pytest.approx(product, rel=1e-12)
    for near in (-2e-6, 2e-6):
        assert keys.interplay(m, c, near, a) == pytest.approx(product, rel=1e-3)
    assert keys.interplay(m, c, 0.0, 0.5) == pytest.approx(m * c, rel=1e-12)


@pytest.mark.parametrize("r", [-50.0, -5.0, -1e-9, 0.0])
@pytest.mark.parametrize("pair", [(0.0, 1.0), (1.0, 0.0), (0.0, 0.0)])
def test_a_missing_key_closes_the_door_for_r_up_to_zero(r: float, pair: tuple[float, float]) -> None:
    assert keys.interplay(*pair, r, 0.5) == 0.0


def test_the_limits_of_the_exponent() -> None:
    assert keys.interplay(0.2, 0.9, -50.0, 0.5) == pytest.approx(0.04, rel=0.06)  # the weaker key alone
    assert keys.interplay(0.2, 0.9, 50.0, 0.5) == pytest.approx(0.81, rel=0.06)  # either suffices
    assert keys.interplay(0.2, 0.9, 1.0, 0.5) == pytest.approx(0.55**2)
    assert keys.interplay(0.0, 0.9, 1.0, 0.5) == pytest.approx(0.45**2)
    assert keys.interplay(0.3, 0.0, -5.0, 1.0) == pytest.approx(0.09)  # mobility alone
    assert keys.interplay(0.0, 0.3, -5.0, 0.0) == pytest.approx(0.09)  # capital alone


@given(st.floats(0.01, 1e5), st.floats(0, 12), st.floats(0.05, 3), st.floats(0, 1), st.floats(0, 1))
def test_affordability_is_a_normal_integral(
    means: float, price: float, spread: float, free: float, sponsor: float
) -> None:
    pay = sponsor + (1 - sponsor) * norm.cdf((math.log(means) - price) / spread)
    assert keys.affordability(means, price, spread, free, sponsor) == pytest.approx(
        pay + free * (1 - pay), rel=3e-11, abs=1e-300
    )


def test_half_can_pay_a_fee_that_equals_their_means() -> None:
    assert keys.affordability(100.0, math.log(100), 0.7, 0.0, 0.0) == pytest.approx(0.5)


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 1.3, 2.0, 3.25]), min_size=1, max_size=6))
def test_a_term_is_the_law_in_force_which_falls_by_a_month_a_month(steps: list[float]) -> None:
    length = np.repeat(steps, 8)
    found = conscription.terms(np.stack([length, length[::-1]], axis=1))
    for sex, law in enumerate((length, length[::-1])):
        force = 0
        for month in range(law.size):
            stated = math.ceil(12 * law[month] - 1e-9)
            force = stated if month == 0 else max(stated, force - 1)
            assert found[month, sex] == max(force, 1)


def test_a_shorter_term_sends_home_two_cohorts_a_year() -> None:
    """Thirteen years become ten in month 60: no month brings more than two months' recruits, none is passed over."""
    length = np.full((240, 2), 13.0)
    length[60:] = 10.0
    term = conscription.terms(length)[:, 1]
    begun = np.arange(-240, 240)
    served = np.arange(240)[None, :] - begun[:, None]
    over = served >= term[None, :]
    due = np.where(over.any(axis=1), over.argmax(axis=1), 240)
    leaving = np.bincount(due[(due < 240) & (due > 0)], minlength=240)
    assert leaving[1:60].max() == 1
    assert set(leaving[60:95]) <= {1, 2}
    assert leaving[110:230].max() == 1
    assert (np.diff(due[due < 240]) >= 0).all()


@pytest.mark.parametrize("spread", [0.0, 0.8, 3.0])
def test_luck_has_mean_one_and_the_spread_given(spread: float) -> None:
    luck = capital.shocks(spread)
    assert luck.mean() == pytest.approx(1)
    logs = np.log(luck)
    assert logs.std() == pytest.approx(spread, rel=0.01, abs=1e-12)
    assert np.diff(luck).min() >= 0


def test_rations_that_cover_all_leave_no_need() -> None:
    world = load("toyland").world(settings=["rations=1"])
    assert (capital.savings(world).need == 0).all()


@pytest.mark.parametrize("name", ["toyland", "north_korea"])
def test_cohorts_meet_every_stock(name: str) -> None:
    case = load(name)
    made = demography.cohorts(case, case.start, case.months)
    assert made.missed < 1e-9
    assert (made.people >= 0).all()
    assert (np.diff(made.hazard, axis=2) >= 0).all()
    assert (made.hazard[:, :, 0] == 0).all()


@pytest.mark.parametrize("name", ["toyland", "north_korea"])
def test_nobody_dies_before_birth_and_births_stay_near_those_published(name: str) -> None:
    case = load(name)
    made = demography.cohorts(case, case.start, case.months)
    for born in (10, 100):
        row = born - made.first
        assert (made.hazard[row, :, : born + 1] == 0).all()
        assert (made.hazard[row, :, born + 1] > 0).all()
    rates = case.vital_rates
    births = rates[rates["rate"] == "births"].set_index("year_start")["value"]
    for year in range(case.start // 12 + 1, case.start // 12 + 12):
        months = slice(12 * year - case.start - made.first, 12 * year - case.start - made.first + 12)
        assert made.people[months].sum() == pytest.approx(births[year], rel=0.15), year

"""Who is bound to a post: everybody before marriage, and by age no step anywhere."""

from __future__ import annotations

import numpy as np
import pytest

from tumen.case import SEXES, STATUSES, load
from tumen.model import duty, mobility, work
from tumen.model.duty import bound, married, release

WOMEN, MEN = (SEXES.index(sex) for sex in ("female", "male"))
AT_2000 = 120


@pytest.fixture(scope="module")
def by_age() -> np.ndarray:
    return duty.duty(load("north_korea").world(), AT_2000)


def test_women_of_20_are_held_as_men_are(by_age: np.ndarray) -> None:
    """The old rule freed women of every age alike, also girls fresh from school whom their post holds."""
    assert by_age[WOMEN, 20] > 0.9
    assert by_age[MEN, 20] == pytest.approx(1.0)


def test_women_of_35_are_released(by_age: np.ndarray) -> None:
    assert by_age[WOMEN, 35] < 0.1
    assert by_age[MEN, 35] == pytest.approx(1.0)


def test_the_duty_falls_with_age_without_a_jump(by_age: np.ndarray) -> None:
    """The old rule released women at a rate of its own from 22 to 34 and not a day before or after."""
    step = np.diff(by_age[WOMEN])
    assert (step <= 0).all()
    assert -step.min() < 0.2  # no year of age takes more than a fifth
    rate = release(by_age)[WOMEN]
    assert rate[16] < 0.05 < rate[26]
    assert (np.abs(np.diff(rate[15:24])) < 0.25).all()


def test_the_release_brings_about_the_duty() -> None:
    """Those bound at an age, less those released at its rate, are those bound a year later."""
    share = bound(np.ones(2), np.array([0.1, 0.8]), married(np.array([24.0, 27.0]), np.array([3.0, 3.0])))
    assert share[:, :-1] * np.exp(-release(share)[:, :-1]) == pytest.approx(share[:, 1:])


def test_half_are_married_at_the_mean_age() -> None:
    share = married(np.array([24.5, 30.5]), np.array([2.0, 4.0]))
    assert (share[WOMEN, 24], share[MEN, 30]) == pytest.approx((0.5, 0.5))
    assert (np.diff(share, axis=1) >= 0).all()


def test_without_either_duty_nobody_is_bound() -> None:
    """The old rule released the married only, at their own rate, whatever the duty was."""
    world = load("toyland").world(settings=["duty_to_report=0", "duty_when_married=0"])
    assert (duty.duty(world, 100) == 0).all()
    table = mobility.table(world).at(100)
    tied, free = (STATUSES.index(name) for name in ("tied", "free"))
    assert np.array_equal(table[tied], table[free])
    to_post = work.moves(world)[1].rate.at(100)
    assert (to_post[free] == 0).all()
    assert (work.availability(duty.duty(world, 100), 0.0)[tied] == 1).all()

"""What the counts do to the next month: pools fill, the gate meets its goal, and the army has the strength given."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from tumen.engine.feedback import gate_share, none, pressure
from tumen.engine.state import SCALE
from tumen.mechanism.program import AT_ONCE, Pool, Stepped
from tumen.mechanism.work import FREE, POSTED, SERVING, STALL
from validation.stage import stage, toyland

SHAPE = (7, 2, 101, 1)


def crowd(**people: float) -> tuple[np.ndarray, np.ndarray]:
    """People at home by state and their weight 1 for a stall where they are free."""
    stock, weight = np.zeros(SHAPE), np.zeros(SHAPE)
    stock[FREE, 0, 30], stock[FREE, 1, 30], stock[STALL, 0, 30] = people["women"], people["men"], people["held"]
    weight[FREE] = 1.0
    return stock, weight


def fixed(persons: np.ndarray) -> np.ndarray:
    return np.rint(persons * SCALE).astype(np.int64)


def pool(weight: np.ndarray, goal: float, keep: float) -> Pool:
    table = Stepped(weight[None], np.zeros(1, np.int32))
    return Pool(STALL, np.array([[goal]]), np.array([keep]), table, shared=False)


def solved(some: Pool, stock: np.ndarray) -> np.ndarray:
    return pressure(some, 0, fixed(stock), stock.sum(axis=(1, 2)), np.zeros(stock.shape[3]))


def test_vacancies_are_the_goal_less_those_who_stay() -> None:
    stock, weight = crowd(women=600.0, men=400.0, held=50.0)
    (found,) = solved(pool(weight, 100.0, 0.8), stock)
    assert 1000 * -np.expm1(-found) == pytest.approx(100 - 0.8 * 50, rel=1e-12)


@pytest.mark.parametrize(("goal", "expected"), [(30.0, 0.0), (0.0, 0.0), (1040.0, AT_ONCE), (1e9, AT_ONCE)])
def test_no_vacancy_means_no_pressure_and_too_many_mean_all(goal: float, expected: float) -> None:
    stock, weight = crowd(women=600.0, men=400.0, held=50.0)
    assert solved(pool(weight, goal, 0.8), stock) == expected


def test_a_place_where_nobody_is_free_has_no_pressure_without_vacancies() -> None:
    stock, weight = crowd(women=0.0, men=0.0, held=0.0)
    assert solved(pool(weight, 0.0, 1.0), stock) == 0.0
    assert solved(pool(weight, 5.0, 1.0), stock) == AT_ONCE


def test_men_lead_a_market_exactly_when_they_weigh_more() -> None:
    """MODEL 4.2: exp(taste of men) x free men against free women."""
    stock, weight = crowd(women=600.0, men=400.0, held=0.0)
    for taste, lead in ((0.3, "women"), (0.5, "men")):
        weight[FREE, 1] = np.exp(taste)
        (found,) = solved(pool(weight, 1.0, 1.0), stock)
        women, men = 600 * -np.expm1(-found), 400 * -np.expm1(-found * np.exp(taste))
        assert ("men" if men > women else "women") == lead


@pytest.mark.parametrize(
    ("goal", "expected"),
    [(np.nan, 0.4), (1000.0, 0.5), (5000.0, 1.0), (100.0, 0.05)],
)
def test_the_gate_takes_what_the_goal_lacks(goal: float, expected: float) -> None:
    """Inside 900 of whom 50 go; 40 women come and a tenth is taken; 292 men come, none below the floor."""
    gate = SimpleNamespace(
        share=np.array([[0.1, 0.4]]), goal=np.array([goal]), solved=np.array([False, True]), floor=[0.05], into=0
    )
    tally = SimpleNamespace(coming=fixed(np.array([[40.0, 292.0], [20.0, 30.0]])))
    share = gate_share(SimpleNamespace(gate=gate), 0, 900.0, tally)
    assert share == pytest.approx([0.1, expected])


def test_nobody_coming_leaves_the_floor() -> None:
    gate = SimpleNamespace(
        share=np.array([[0.1, 0.4]]), goal=np.array([1e6]), solved=np.array([False, True]), floor=[0.05], into=0
    )
    tally = SimpleNamespace(coming=np.zeros((2, 2), np.int64))
    assert gate_share(SimpleNamespace(gate=gate), 0, 0.0, tally) == pytest.approx([0.1, 0.05])


def test_before_anything_is_counted_there_is_no_feedback(small) -> None:
    found = none(small.program)
    assert (found.pressure == 0).all() and (found.reach == 0).all() and (found.follow == 0).all()


def test_the_army_has_the_strength_given() -> None:
    """Closure B, in a steady state: the intake solves the goal in expectation, and each recruit is drawn.

    What a month misses the next makes up for. With a row for each person strength keeps within 3 % and its mean within
    0.2 % (more than five of their standard deviations; the seed is fixed).
    """
    staged = stage(toyland(120, settings=["strength=4000", "service_years=5", "minimum_height=0"]), None)
    serving = staged.run().stock[:, SERVING].sum(axis=(1, 2, 3))
    assert np.abs(serving / 4000 - 1).max() < 0.03
    assert abs(serving.mean() / 4000 - 1) < 0.002


def test_under_closure_a_the_share_stands_as_given() -> None:
    staged = stage(toyland(24, settings=["closure=fixed_intake"]), 500)
    share = np.array([met.share for met in staged.run().feedback])
    assert np.array_equal(share, staged.program.gate.share)


def test_the_stalls_are_filled() -> None:
    """Goal against holders, by province and month: vacancies are filled in expectation, holders leave by chance.

    A row for each person; the bound is five of the standard deviations seen over seeds.
    """
    staged = stage(toyland(48, opening=120, settings=["ban_enforcement=0"]), None)
    counts = staged.run()
    held = counts.stock[12:, STALL].sum(axis=(1, 2, 3))
    goal = staged.program.pools[0].goal[12:].sum(axis=1)
    assert np.abs(held / goal - 1).max() < 0.03


def test_the_posts_abroad_stay_filled() -> None:
    staged = stage(toyland(48), 6000)
    held = staged.run().stock[:, POSTED].sum(axis=(1, 2, 3))
    goal = staged.program.pools[1].goal.sum(axis=1)
    assert (held[3:] > 0.5 * goal[3:]).all()

"""The search finds a known optimum of a rough function that refuses some points, within its budget."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import pytest

from tumen.infer.least_squares import BudgetError, Optimum, StartRefusedError, minimise

SIZE, DATA = 6, 20
TRUTH = np.array([1.0, -0.8, 0.5, 0.0, -1.2, 0.3])
MIX = np.random.default_rng(3).standard_normal((DATA, SIZE)) * 3


class Model:
    """Curved residuals that vanish at TRUTH, with roughness that a point always repeats, and a corner refused."""

    def __init__(self, rough: float = 0.0, refused_above: float = np.inf) -> None:
        self.rough, self.refused_above, self.points = rough, refused_above, []

    def __call__(self, stage: str, points: np.ndarray, cost: float) -> Sequence[np.ndarray | None]:
        return [self.one(z) for z in points]

    def one(self, z: np.ndarray) -> np.ndarray | None:
        self.points.append(z)
        if z[0] > self.refused_above:
            return None
        bent = z + 0.15 * np.sin(z)
        noise = np.random.default_rng(zlib.crc32(z.tobytes())).standard_normal(DATA)
        return MIX @ (bent - TRUTH - 0.15 * np.sin(TRUTH)) + self.rough * noise


def found(model: Model, start: np.ndarray | None = None) -> Optimum:
    return minimise(model, np.zeros(SIZE) if start is None else start)


def test_a_smooth_optimum_is_found_and_its_curvature() -> None:
    model = Model()
    best = found(model)
    assert best.converged and best.local
    assert best.runs == len(model.points) < 60
    np.testing.assert_allclose(best.z, TRUTH, atol=0.05)
    slopes = MIX * (1 + 0.15 * np.cos(best.z))
    np.testing.assert_allclose(best.curvature, slopes.T @ slopes + np.eye(SIZE), rtol=0.1, atol=4)


def test_a_rough_function_ends_near_the_same_place_from_two_starts() -> None:
    """Noise of 0.1 in each of 20 residuals makes each entry of the Jacobian uncertain by 0.7, a quarter of its size."""
    one, other = found(Model(0.1)), found(Model(0.1), np.full(SIZE, 0.7))
    for best in (one, other):
        np.testing.assert_allclose(best.z, TRUTH, atol=0.4)
        assert best.runs <= 150
    assert abs(one.cost - other.cost) < 3


def test_the_cost_of_a_step_is_that_of_its_run_and_never_rises() -> None:
    model, told = Model(0.5), []

    def answers(stage: str, points: np.ndarray, cost: float) -> Sequence[np.ndarray | None]:
        told.append(cost)
        return model(stage, points, cost)

    best = minimise(answers, np.zeros(SIZE))
    assert np.all(np.diff(told[1:]) <= 0)
    residuals = model.one(best.z)
    assert best.cost == pytest.approx(residuals @ residuals + best.z @ best.z)


def test_refused_points_are_no_error_and_are_never_taken() -> None:
    model = Model(refused_above=0.6)  # the optimum lies where the model refuses
    best = found(model)
    assert best.refused > 0
    assert best.z[0] <= 0.6
    assert best.cost < 0.6 * found(Model(refused_above=0.05)).cost


def test_a_column_refused_on_one_side_is_taken_from_the_other_and_counted_where_both_are() -> None:
    model = Model(refused_above=0.1)  # a step of 0.2 forwards from zero is refused
    best = found(model)
    assert best.fixed == 0
    assert abs(best.jacobian[:, 0]).max() > 1

    def narrow(stage: str, points: np.ndarray, cost: float) -> Sequence[np.ndarray | None]:
        return [None if abs(z[0]) > 0.1 else model.one(z) for z in points]

    best = minimise(narrow, np.zeros(SIZE))
    assert best.fixed == 1
    assert (best.jacobian[:, 0] == 0).all()
    assert best.curvature[0, 0] == 1


def test_a_start_that_is_refused_is_left_for_a_point_near_it() -> None:
    best = found(Model(refused_above=0.0), np.full(SIZE, 0.1))
    assert best.z[0] <= 0
    with pytest.raises(StartRefusedError, match="all of 13 points at and around the start are refused"):
        found(Model(refused_above=-9))


def test_no_more_runs_than_allowed() -> None:
    model = Model()
    best = minimise(model, np.zeros(SIZE), most=10)
    assert len(model.points) == best.runs <= 10
    assert not best.converged and not best.local
    with pytest.raises(BudgetError, match="5 runs are too few: 9 are needed for one step"):
        minimise(model, np.zeros(SIZE), most=5)


def test_residuals_that_are_not_finite_count_as_refused() -> None:
    def broken(stage: str, points: np.ndarray, cost: float) -> Sequence[np.ndarray | None]:
        return [np.full(DATA, np.nan) for _ in points]

    with pytest.raises(StartRefusedError):
        minimise(broken, np.zeros(SIZE))

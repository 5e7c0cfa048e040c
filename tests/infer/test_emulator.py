"""The emulator says of points between runs what a run would say, and learns by how much histories differ."""

from __future__ import annotations

import numpy as np
import pytest

from tumen.infer import emulator as room
from tumen.infer.emulator import Emulator, fit, fit_by_kind
from tumen.infer.precision import in_double

D, N = 4, 150
SHIFT = np.array([0.8, -0.5, 0.0])
FLAT = np.array([3.0, -1.0, 0.5])


def truth(z: np.ndarray, history: np.ndarray) -> np.ndarray:
    """Three statistics: a bowl with a wave, a plane with a bowl, and a product; histories differ by a shift."""
    waves = 0.5 * np.sin(1.5 * z[:, 0])
    statistics = [
        z[:, 0] + 0.5 * z[:, 1] - 0.3 * z[:, 2] ** 2 + waves,
        2 * z[:, 1] + 0.2 * z[:, 0] ** 2,
        z[:, 2] * z[:, 0] + z[:, 3] - waves,
    ]
    return FLAT + np.stack(statistics, axis=1) + history[:, None] * SHIFT


def points(size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((size, D)), rng.integers(0, 2, size)


def said(emulator: Emulator, z: np.ndarray) -> np.ndarray:
    return np.array([emulator(one) for one in z])


def doubt(emulator: Emulator, z: np.ndarray) -> np.ndarray:
    return np.asarray(emulator.with_doubt(z)[1])


@pytest.fixture(scope="module")
def fitted() -> Emulator:
    z, history = points(N, 1)
    return fit(z, history, truth(z, history), 2)


def test_it_has_an_answer_for_each_history_and_statistic(fitted: Emulator) -> None:
    assert np.asarray(fitted(np.zeros(D))).shape == (2, 3)


def test_where_it_has_not_been_it_errs_by_less_than_a_twentieth_of_the_spread(fitted: Emulator) -> None:
    z, history = points(100, 2)
    inside = np.abs(z).max(axis=1) < 2
    wanted = truth(z, history)
    error = (said(fitted, z)[np.arange(len(z)), history] - wanted)[inside]
    assert (np.sqrt((error**2).mean(axis=0)) < 0.05 * wanted.std(axis=0)).all()


def test_it_learns_the_shift_of_a_history(fitted: Emulator) -> None:
    z, _ = points(100, 3)
    each = said(fitted, z[np.abs(z).max(axis=1) < 2])
    assert (each[:, 1] - each[:, 0]).mean(axis=0) == pytest.approx(SHIFT, abs=0.1)


def test_it_says_at_a_run_what_the_run_said(fitted: Emulator) -> None:
    z, history = points(N, 1)
    wanted = truth(z, history)
    error = said(fitted, z)[np.arange(N), history] - wanted
    assert (np.abs(error).mean(axis=0) < 0.03 * wanted.std(axis=0)).all()


def test_a_few_runs_are_enough_for_a_plane_and_a_statistic_that_never_moves_stays_where_it_is() -> None:
    z, history = points(60, 5)
    plane = np.stack([z @ np.array([1.0, -2.0, 0.5, 0.0]) + 4, np.full(60, 7.0)], axis=1)
    found = said(fit(z, 0 * history, plane, 1), points(20, 6)[0])[:, 0]
    assert found[:, 0] == pytest.approx(points(20, 6)[0] @ np.array([1.0, -2.0, 0.5, 0.0]) + 4, abs=0.15)
    assert found[:, 1] == pytest.approx(7.0)


@in_double
def test_its_doubt_grows_away_from_the_runs_and_falls_with_more_of_them(fitted: Emulator) -> None:
    z, history = points(40, 1)
    few = fit(z, history, truth(z, history), 2)
    for emulator in (fitted, few):
        assert doubt(emulator, np.full(D, 5.0)).min() > 10 * doubt(emulator, np.zeros(D)).max() > 0
    inside = points(50, 8)[0]
    less, more = (np.mean([doubt(of, one)[0] for one in inside]) for of in (few, fitted))
    assert less > 2 * more


@in_double
def test_its_doubt_is_half_the_weighted_variance_of_the_process() -> None:
    """Against the textbook formula, statistic by statistic and history by history."""
    z, history = points(30, 4)
    curvature = np.array([2.0, 0.0, 5.0])
    found = fit(
        z, history, truth(z, history) + 0.1 * np.random.default_rng(1).standard_normal((30, 3)), 2, curvature=curvature
    )
    where = np.array([0.4, -0.3, 1.0, 0.2])
    near = np.asarray(found.kernel(z, z)) * (1 + float(found.alike) * (history[:, None] == history))
    own = float(found.kernel(where[None])[0]) * (1 + float(found.alike))
    for h in range(2):
        cross = np.asarray(found.kernel(where[None], z))[0] * (1 + float(found.alike) * (history == h))
        wanted = 0.0
        for f in range(3):
            signal, noise = float(found.signal[f]), float(found.noise[f]) ** 2
            variance = signal * own - signal**2 * cross @ np.linalg.solve(signal * near + noise * np.eye(30), cross)
            wanted += 0.5 * curvature[f] * variance
        assert doubt(found, where)[h] == pytest.approx(wanted, rel=1e-4)


def test_the_noise_of_runs_is_averaged_out_and_not_below_what_was_measured() -> None:
    rng = np.random.default_rng(2)
    z, history = points(200, 7)
    noisy = truth(z, 0 * history) + 0.3 * rng.standard_normal((200, 3))
    found = fit(z, 0 * history, noisy, 1, floor=np.array([0.2, 0.2, 0.9]))
    assert np.asarray(found.noise[:2]) == pytest.approx(0.3, abs=0.06)
    assert float(found.noise[2]) >= 0.9
    other, _ = points(100, 2)
    inside = other[np.abs(other).max(axis=1) < 1.5]
    error = said(found, inside)[:, 0] - truth(inside, np.zeros(len(inside)))
    assert np.sqrt((error[:, 1] ** 2).mean()) < 0.15


@in_double
def test_space_for_later_runs_changes_nothing() -> None:
    z, history = points(40, 1)
    bare, roomy = (fit(z, history, truth(z, history), 2, room=size) for size in (1, 50))
    assert roomy.points.shape == (100, D)
    assert bare.points.shape == (2 * np.bincount(history).max(), D)
    for one in points(5, 9)[0]:
        for there, here in zip(roomy.with_doubt(one), bare.with_doubt(one), strict=True):
            np.testing.assert_allclose(np.asarray(there), np.asarray(here), rtol=1e-9, atol=1e-9)


@in_double
def test_fewer_directions_that_are_well_known_only_add_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    z, history = points(60, 1)
    whole = fit(z, history, truth(z, history), 2)
    monkeypatch.setattr(room, "WELL_KNOWN", 20)
    fewer = fit(z, history, truth(z, history), 2)
    inside = points(20, 8)[0]
    assert all((doubt(fewer, one) >= doubt(whole, one) - 1e-9).all() for one in inside)


@in_double
def test_kinds_have_emulators_of_their_own_that_answer_in_the_order_of_the_statistics() -> None:
    z, history = points(60, 1)
    found, curvature, floor = truth(z, history), np.array([2.0, 0.5, 5.0]), np.full(3, 0.05)
    both = fit_by_kind([1, 0, 1], z, history, found, 2, curvature=curvature, floor=floor, room=50)
    where = np.array([0.4, -0.3, 1.0, 0.2])
    said_of, doubted = both.with_doubt(where)
    alone = [
        fit(z, history, found[:, at], 2, curvature=curvature[at], floor=floor[at], room=50).with_doubt(where)
        for at in ([0, 2], [1])
    ]
    np.testing.assert_allclose(np.asarray(said_of)[:, [0, 2]], alone[0][0], rtol=1e-8)
    np.testing.assert_allclose(np.asarray(said_of)[:, [1]], alone[1][0], rtol=1e-8)
    np.testing.assert_allclose(doubted, alone[0][1] + alone[1][1], rtol=1e-8)
    assert both.parts[0].points.shape == (100, D), "filled up for the runs to come"

"""The emulator says of points between runs what a run would say, and learns by how much histories differ."""

from __future__ import annotations

import numpy as np
import pytest

from tumen.infer.emulator import Emulator, fit

D, N = 4, 150
SHIFT = np.array([0.8, -0.5, 0.0])
FLAT = np.array([3.0, -1.0, 0.5])


def truth(z: np.ndarray, history: np.ndarray) -> np.ndarray:
    """Three signals: a bowl with a wave, a plane with a bowl, and a product; histories differ by a shift."""
    waves = 0.5 * np.sin(1.5 * z[:, 0])
    signals = [
        z[:, 0] + 0.5 * z[:, 1] - 0.3 * z[:, 2] ** 2 + waves,
        2 * z[:, 1] + 0.2 * z[:, 0] ** 2,
        z[:, 2] * z[:, 0] + z[:, 3] - waves,
    ]
    return FLAT + np.stack(signals, axis=1) + history[:, None] * SHIFT


def points(size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((size, D)), rng.integers(0, 2, size)


def said(emulator: Emulator, z: np.ndarray) -> np.ndarray:
    return np.array([emulator(one) for one in z])


@pytest.fixture(scope="module")
def fitted() -> Emulator:
    z, history = points(N, 1)
    return fit(z, history, truth(z, history), 2)


def test_it_has_an_answer_for_each_history_and_signal(fitted: Emulator) -> None:
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


def test_a_few_runs_are_enough_for_a_plane_and_a_signal_that_never_moves_stays_where_it_is() -> None:
    z, history = points(60, 5)
    plane = np.stack([z @ np.array([1.0, -2.0, 0.5, 0.0]) + 4, np.full(60, 7.0)], axis=1)
    found = said(fit(z, 0 * history, plane, 1, importance=-np.arange(60.0)), points(20, 6)[0])[:, 0]
    assert found[:, 0] == pytest.approx(points(20, 6)[0] @ np.array([1.0, -2.0, 0.5, 0.0]) + 4, abs=0.15)
    assert found[:, 1] == pytest.approx(7.0)

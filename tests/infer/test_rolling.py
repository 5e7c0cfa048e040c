from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from tumen.case import CaseError, load
from tumen.infer.calibration import Calibration, Plan, Runs
from tumen.infer.rolling import LEVELS, RIVALS, Forecast, Rolled, crps, known, naive_futures, rolling, scattered, wis
from tumen.infer.space import space
from tumen.infer.targets import targets
from tumen.theories import get

COUNTED = np.array([120.0, 80.0])


def test_crps_is_what_it_is_by_hand() -> None:
    drawn = np.array([4.0, 1.0, 2.0])
    # E|X - 3| = (1 + 2 + 1) / 3; E|X - X'| = 2 (3 + 2 + 1) / 9
    assert crps(drawn, 3.0) == pytest.approx(4 / 3 - 2 / 3)
    assert crps(np.full(5, 7.0), 3.0) == pytest.approx(4.0)
    apart = np.abs(drawn[:, None] - drawn).mean()
    assert crps(drawn, 9.0) == pytest.approx(np.abs(drawn - 9).mean() - apart / 2)


def test_crps_of_a_normal_has_its_closed_form() -> None:
    drawn = np.random.default_rng(1).standard_normal(200_000)
    assert crps(drawn, 0.0) == pytest.approx((np.sqrt(2) - 1) / np.sqrt(np.pi), abs=0.003)  # Gneiting & Raftery 2007


def test_wis_is_the_weighted_sum_of_its_intervals() -> None:
    drawn, counted = np.random.default_rng(2).gamma(3, 40, 501), 260.0
    whole = 0.5 * abs(counted - np.median(drawn))
    for alpha in 2 * LEVELS[: len(LEVELS) // 2]:
        low, high = np.quantile(drawn, [alpha / 2, 1 - alpha / 2])
        missed = 2 / alpha * (max(low - counted, 0) + max(counted - high, 0))
        whole += alpha / 2 * (high - low + missed)
    assert wis(drawn, counted) == pytest.approx(whole / (len(LEVELS) // 2 + 0.5))


def _rolled(model: np.ndarray) -> Rolled:
    naive = naive_futures(np.array([[50.0, 60], [80, 70], [90, 60], [150, 90]]), 1, 400, np.random.default_rng(3))
    rivals = {name: made[:, 0] for name, made in naive.items()}
    return Rolled((Forecast(2004, 2005, COUNTED, model, rivals),), 10)


def test_a_perfect_forecaster_has_skill_one_and_an_absurd_one_less_than_nought() -> None:
    perfect, absurd = _rolled(np.tile(COUNTED, (400, 1))), _rolled(np.tile(100 * COUNTED, (400, 1)))
    for rule in (crps, wis):
        for rival in RIVALS:
            assert perfect.skill(rule, rival) == pytest.approx(np.ones((1, 2)))
            assert (absurd.skill(rule, rival) < 0).all()
    assert perfect.covered() == (1, 1)
    assert _rolled(np.tile([80.0, 120.0], (400, 1))).covered() == (0, 1)
    assert "female +1.00; male +1.00" in perfect.lines()[0]


def test_rivals_continue_what_they_know() -> None:
    grown = 100 * np.exp(0.1 * np.arange(8))[:, None] * [1.0, 2.0]  # both sexes by a tenth a year, the share constant
    made = naive_futures(grown, 3, 4000, np.random.default_rng(4))
    middle = {name: np.median(drawn, axis=0) for name, drawn in made.items()}
    assert middle["drift"][:, 0] == pytest.approx(100 * np.exp(0.1 * np.arange(8, 11)), rel=1e-6)
    assert middle["last value"] == pytest.approx(np.tile(grown[-1], (3, 1)), rel=0.02)
    trend = made["sex-share trend"]
    assert trend[..., 0] / trend.sum(axis=-1) == pytest.approx(1 / 3)
    assert np.log(made["last value"][:, 2, 0]).std() == pytest.approx(0.1 * np.sqrt(3), rel=0.05)


def test_futures_scatter_around_what_is_expected() -> None:
    n = 2000
    flat = {"phi": np.full(n, 0.1), "rho": np.zeros(n)}
    asked = targets(load("toyland"))
    made = scattered(cast(Any, SimpleNamespace(flat=flat)), np.full((n, 2, 2), 500.0), asked, np.random.default_rng(5))
    assert made.mean(axis=(0, 2)) == pytest.approx([500, 500], rel=0.005)
    assert made.sum(axis=2).std() == pytest.approx(np.sqrt(1000 + 100**2), rel=0.03)


def test_an_origin_that_knows_too_little_is_refused() -> None:
    with pytest.raises(CaseError, match="too few single years are counted up to 2001"):
        known(targets(load("toyland")), 2001)


@pytest.mark.slow
def test_a_forecast_of_what_the_emulator_knows_to_be_true_beats_a_rival_that_does_not() -> None:
    """The runs' years ahead hold the count to come whatever the parameters; the model must say so, within its noise."""
    case = load("toyland")
    asked, wanted, rng = targets(case), space(case, get("interplay")), np.random.default_rng(6)
    z = rng.standard_normal((150, wanted.size))
    signals = asked.saturated + 0.2 * z @ rng.standard_normal((wanted.size, asked.size)) / np.sqrt(wanted.size)
    signals[:, :14] = asked.saturated[:14] + 0.02 * rng.standard_normal((150, 14))
    signals[:, -1] = -3.0 + 0.01 * z[:, 0]
    history = rng.choice(len(wanted.odds), size=150, p=wanted.odds)
    made = SimpleNamespace(space=wanted, targets=asked, plan=Plan(), finished=lambda: Runs(z, history, signals))
    found = rolling(cast(Calibration, made), (2002, 2003), ahead=1, chains=2, warm=60, kept=60)
    assert [(one.origin, one.year, one.horizon) for one in found.forecasts] == [(2002, 2003, 1), (2003, 2004, 1)]
    assert (found.skill(crps, "drift") > 0).all()
    again = rolling(cast(Calibration, made), (2003,), ahead=1, chains=2, warm=60, kept=60)
    assert (again.forecasts[0].model == found.forecasts[1].model).all()  # an origin does not depend on the others
    with pytest.raises(CaseError, match="no year after 2004 is counted by itself"):
        rolling(cast(Calibration, made), (2004,))

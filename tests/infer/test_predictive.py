"""What might have been counted: draws with the scatter that the likelihood states."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tumen.case import load
from tumen.infer.likelihood import Likelihood, Noise
from tumen.infer.predictive import autoregression, ideal, replicated, scattered
from tumen.infer.targets import targets

N = 40_000


def noise(phi: float, rho: float, sd: float) -> dict[str, Any]:
    return {
        "phi": np.full(N, phi), "rho": np.full(N, rho), "shock_sd": np.full(N, sd), "shock_persistence": np.full(N, 0.5)
    }  # fmt: skip


@pytest.mark.statistical
def test_totals_and_women_scatter_as_the_likelihood_says() -> None:
    """False alarms: below 1e-4 (five standard errors of a variance over 40,000 draws)."""
    expected = np.tile([800.0, 200.0], (N, 2, 1))
    made = replicated(expected, np.array([2000, 2001]), noise(0.2, 0.01, 0.0), [2001], np.random.default_rng(1))
    total = made.sum(axis=2)
    assert total.mean() == pytest.approx(1000, rel=0.005)
    assert total.var(axis=0) == pytest.approx(1000 + (0.2 * 1000) ** 2, rel=0.05)
    share = made[..., 0] / total
    assert share.var() == pytest.approx(0.16 * (0.01 + 0.99 * (1 / total).mean()), rel=0.05)


@pytest.mark.statistical
def test_shocks_are_fresh_and_fall_on_single_years_alone() -> None:
    """False alarms: below 1e-4."""
    expected = np.tile([800_000.0, 200_000.0], (N, 2, 1))
    made = replicated(expected, np.array([2000, 2001]), noise(1e-4, 1e-6, 0.1), [2001], np.random.default_rng(2))
    spread = np.log(made.sum(axis=2)).std(axis=0)
    assert spread[0] < 0.01
    assert spread[1] == pytest.approx(0.1, rel=0.03)
    path = autoregression(np.full(N, 0.1), np.full(N, 0.5), 3, np.random.default_rng(3))
    assert path.std(axis=0) == pytest.approx(0.1, rel=0.03)
    assert np.corrcoef(path[:, 0], path[:, 1])[0, 1] == pytest.approx(0.5, abs=0.03)


def test_rows_scatter_by_their_error_models() -> None:
    case = load("north_korea")
    asked = targets(case)
    values = np.array([float(row["value"]) for row in case.profiles_rows])
    made = scattered(np.tile(values, (4000, 1)), case, asked, np.random.default_rng(4))
    for measure in asked.measures:
        found = made[:, measure.row]
        if measure.error == "lognormal":
            assert np.log(found).std() == pytest.approx(measure.number, rel=0.08)
        if measure.error == "logit_normal":
            assert np.log(found / (1 - found)).std() == pytest.approx(measure.number, rel=0.08)
    for table in asked.tables:
        np.testing.assert_allclose(made[:, list(table.rows)].sum(axis=1), 1)


def test_no_model_fits_better_than_the_ideal() -> None:
    asked = targets(load("north_korea"))
    likelihood = Likelihood(asked)
    given = Noise(0.1, 1e-4, np.zeros(len(likelihood.years)))
    asked_of = replace(asked, measures=tuple(m for m in asked.measures if m.error != "at_least"))
    likelihood, best = Likelihood(asked_of), ideal(asked_of)
    most = np.asarray(likelihood.parts(best, given))
    rng = np.random.default_rng(5)
    for _ in range(20):
        other = np.asarray(likelihood.parts(best + 0.3 * rng.standard_normal(best.size), given))
        assert (other[2 * len(asked.blocks) :] <= most[2 * len(asked.blocks) :] + 1e-9).all()
        assert other.sum() < most.sum()

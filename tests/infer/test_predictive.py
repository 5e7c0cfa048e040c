"""What might have been counted: draws with the scatter that the likelihood states."""

from __future__ import annotations

import numpy as np
import pytest

from tumen.case import load
from tumen.case.error_models.arrivals import TOTAL_MODELS, WOMEN_MODELS, CountModels, Dispersions
from tumen.infer.likelihood import Likelihood
from tumen.infer.predictive import replicated_rows
from tumen.infer.targets import profile_targets, targets

N = 40_000


def dispersions(phi: float, rho: float, size: int = N) -> Dispersions:
    return Dispersions(np.full(size, phi), np.full(size, rho))


@pytest.mark.statistical
@pytest.mark.parametrize("total, women", [("negative_binomial", "beta_binomial"), ("poisson", "binomial")])
def test_totals_and_women_scatter_as_the_likelihood_says(total: str, women: str) -> None:
    """False alarms: below 1e-4 (five standard errors of a variance over 40,000 draws)."""
    errors = CountModels(TOTAL_MODELS[total], WOMEN_MODELS[women])
    phi, rho = (0.2, 0.01) if total == "negative_binomial" else (0.0, 0.0)
    made = errors.simulate(np.tile([800.0, 200.0], (N, 1)), dispersions(0.2, 0.01), np.random.default_rng(1))
    counted = made.sum(axis=1)
    assert counted.mean() == pytest.approx(1000, rel=0.01)
    assert counted.var() == pytest.approx(1000 + (phi * 1000) ** 2, rel=0.05)
    share = made[:, 0] / counted
    assert share.var() == pytest.approx(0.16 * (rho + (1 - rho) * (1 / counted).mean()), rel=0.05)


def test_rows_scatter_by_their_error_models() -> None:
    case = load("north_korea")
    values = np.array([float(row["value"]) for row in case.profiles_rows])
    given = dispersions(0.1, 0.004, 4000)
    made = replicated_rows(np.tile(values, (4000, 1)), case, given, np.random.default_rng(4))
    for row, found in zip(case.profiles_rows, made.T, strict=True):
        if row["error"].name == "lognormal":
            assert np.log(found).std() == pytest.approx(row["error"].spread, rel=0.08)
        if row["error"].name == "logit_normal":
            assert np.log(found / (1 - found)).std() == pytest.approx(row["error"].spread, rel=0.08)
        if row["error"].name == "dirichlet_multinomial":
            assert found.std() == pytest.approx(np.sqrt(row["value"] * (1 - row["value"]) / 120), rel=0.08)
    for table in (one for one in profile_targets(case, "fit") if one.name.endswith("table")):
        np.testing.assert_allclose(made[:, list(table.rows)].sum(axis=1), 1)
    abroad = [i for i, row in enumerate(case.profiles_rows) if row["key"] == "persons_abroad" and row["role"] == "fit"]
    correlation = np.corrcoef(np.log(made[:, abroad]).T)
    assert correlation[np.triu_indices(len(abroad), 1)] == pytest.approx(0.8, abs=0.05)


def test_a_row_without_a_counterpart_stays_without() -> None:
    case = load("toyland")
    expected = np.full((3, len(case.profiles_rows)), np.nan)
    assert np.isnan(replicated_rows(expected, case, dispersions(0.1, 0.004, 3), np.random.default_rng(1))).all()


def test_no_model_fits_better_than_the_saturated_one() -> None:
    asked = targets(load("north_korea"))
    likelihood, best, given = Likelihood(asked), asked.saturated, Dispersions(0.1, 1e-4)
    most = np.asarray(likelihood.parts(best, given))
    rng = np.random.default_rng(5)
    for _ in range(20):
        other = np.asarray(likelihood.parts(best + 0.3 * rng.standard_normal(best.size), given))
        assert other.sum() < most.sum()

"""The noise that a run reports of its yearly figures is the scatter they have over seeds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import tumen
from tumen.case import load
from tumen.engine.counts import Counts
from tumen.engine.state import RANDOM_GROUPS
from tumen.model import theories
from validation.stage import stage, toyland

#: Reported to actual noise, pooled over years, sexes, arrivals and departures.
BAND = 0.6, 2.0
SEEDS = 12


@pytest.fixture(scope="module")
def runs() -> list[Counts]:
    """The same small job over a dozen seeds: about ten seconds."""
    world = load("north_korea").world()
    return [stage(world, 1500, seed=seed).run(seed=seed, threads=2) for seed in range(1, SEEDS + 1)]


def reported_to_actual(runs: list[Counts]) -> float:
    """Root mean squares of relative noise from 2002 on, reported by the runs against measured over them."""
    late = runs[0].years >= 2002
    figures, errors = (np.stack([run.yearly()[k][late] for run in runs]) for k in (0, 1))
    mean = figures.mean(axis=0)
    actual = (figures.var(axis=0, ddof=1) / mean**2).mean()
    return float(np.sqrt(((errors**2).mean(axis=0) / mean**2).mean() / actual))


def within(ratio: float) -> bool:
    return BAND[0] <= ratio <= BAND[1]


@pytest.mark.slow
@pytest.mark.statistical
def test_reported_noise_is_the_scatter_over_seeds(runs: list[Counts]) -> None:
    """About ten independent figures a seed: the ratio's own error is a tenth, false alarm below 0.001."""
    ratio = reported_to_actual(runs)
    assert within(ratio), ratio


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1 / 3, 3.0])
def test_a_threefold_error_is_noticed(runs: list[Counts], factor: float) -> None:
    """The scatter of the random groups is stretched; their sums, the figures themselves, stay."""
    assert not within(reported_to_actual([_stretched(run, factor) for run in runs]))


def _stretched(run: Counts, factor: float) -> Counts:
    group = run.accumulator.random_group
    mean = group.sum(axis=-1, keepdims=True) // RANDOM_GROUPS
    return replace(
        run, accumulator=run.accumulator._replace(random_group=mean + ((group - mean) * factor).astype(np.int64))
    )


def test_the_groups_add_up_to_the_flows() -> None:
    counts = stage(toyland(36, offset=100), 400).run()
    assert counts.years.tolist() == [1998, 1999, 2000, 2001]
    figures, errors = counts.yearly()
    assert figures.shape == errors.shape == (4, 2, 2)
    for k, flow in enumerate((0, 1)):
        assert figures[:, k].sum() == pytest.approx(counts.flow[:, flow].sum(), abs=1e-3)
    assert (errors >= 0).all()
    assert (errors[:, 1] > 0).all()


def test_a_result_states_the_errors_of_its_yearly_figures() -> None:
    world = toyland(24)
    result = tumen.run(world, theories.get("interplay"), people=300, seed=1)
    for name in ("arrivals_se", "departures_se"):
        assert result.flows[name].dims == ("year", "sex")
        assert result.flows[name].attrs["units"] == "person"
        assert "not of parameters" in result.flows[name].attrs["long_name"]
    assert result.flows["year"].values.tolist() == [1990, 1991]

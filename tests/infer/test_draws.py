"""Draws of a posterior in a world: the right runs, the right counts around them, the same every time, without jax."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import tumen.case as tc
from tests.infer.synthetic import CHAINS, DRAWS, posterior
from tumen import simulate as simulation
from tumen.infer import draws as room
from tumen.infer.chosen_parameters import Chosen, from_case
from tumen.infer.draws import chosen_draws, run_draws, simulate, spread
from tumen.infer.posterior import Posterior, read
from tumen.infer.run_cache import RunCache
from tumen.model.theories import get
from tumen.result.netcdf import from_bytes, to_bytes

AGENTS = 300
THEORY = get("interplay")
SIZE = CHAINS * DRAWS


@pytest.fixture(scope="module")
def land() -> tc.Case:
    return tc.load("toyland")


@pytest.fixture(scope="module")
def found(land: tc.Case) -> Posterior:
    return posterior(land, agents=AGENTS)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> RunCache:
    return RunCache(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def base(land: tc.Case, found: Posterior, kept: RunCache) -> xr.Dataset:
    return run_draws(land.world(), THEORY, found, (1, 4, 7), cache=kept)


def engine(world: tc.World, found: Posterior, number: int, seed: int) -> Any:
    """Yearly arrivals of a draw by the ordinary way from world to result, (year, sex)."""
    draw = found.draw(number)
    asked = world.with_parameters(draw.parameters, draw.history)
    flows = simulation.run(asked, THEORY, people=AGENTS, seed=seed, threads=1).flows
    return flows["arrivals"].sum(["age", "province"]).groupby("month.year").sum().transpose("year", "sex").values


def test_a_draw_is_the_run_with_its_parameters_history_seed_and_agents(
    land: tc.Case, found: Posterior, base: xr.Dataset
) -> None:
    assert base["draw"].values.tolist() == [1, 4, 7]
    assert base["seed"].values.tolist() == [101, 104, 107]
    assert base["history"].values.tolist() == ["chronicle", "chronicle", "chronicle"]
    assert base["dated"].sel(dated_value="fee@2001-01-01").values.tolist() == [201, 204, 207]
    assert (base.attrs["agents"], base.attrs["theory"]) == (AGENTS, "interplay")
    assert base["arrivals"].dims == ("draw", "year", "sex")
    assert base["arrivals_observed"].dims == ("draw", "replicate", "year", "sex")
    for place, number in enumerate((1, 4, 7)):
        expected = engine(land.world(), found, number, 100 + number)
        np.testing.assert_allclose(base["arrivals"].values[place], expected, rtol=1e-3, atol=1e-3)
    assert all({"units", "long_name"} <= set(base[name].attrs) for name in ("arrivals", "departures", "reproduction"))


def test_the_world_that_was_asked_for_is_simulated(land: tc.Case, found: Posterior, kept: RunCache) -> None:
    world = land.world(land.scenario("dear_river"), variants={"fee": "smugglers"}, settings=["credit_share=0.1"])
    made = run_draws(world, THEORY, found, (3,), cache=kept)
    np.testing.assert_allclose(made["arrivals"].values[0], engine(world, found, 3, 103), rtol=1e-3, atol=1e-3)
    for less in (
        land.world(variants={"fee": "smugglers"}, settings=["credit_share=0.1"]),
        land.world(land.scenario("dear_river"), settings=["credit_share=0.1"]),
        land.world(land.scenario("dear_river"), variants={"fee": "smugglers"}),
    ):
        other = run_draws(less, THEORY, found, (3,), cache=kept)
        assert not np.array_equal(other["arrivals"], made["arrivals"])


def test_a_history_that_was_chosen_stays_and_else_the_draw_brings_its_own(
    land: tc.Case, found: Posterior, kept: RunCache
) -> None:
    def histories(world: tc.World) -> list[str]:
        return run_draws(world, THEORY, found, (0, 1), cache=kept)["history"].values.tolist()

    assert histories(land.world()) == ["base", "chronicle"]
    assert histories(land.world(history="base")) == ["base", "base"]
    assert histories(land.world(history="smugglers")) == ["smugglers", "smugglers"]
    assert histories(land.world(land.scenario("as_the_chronicle"))) == ["chronicle", "chronicle"]


def test_the_last_years_can_be_left_out(land: tc.Case, found: Posterior, base: xr.Dataset, kept: RunCache) -> None:
    world = land.world()
    made = run_draws(world.within(world.start, 30), THEORY, found, (1, 4, 7), cache=kept)
    assert made["year"].values.tolist() == [1990, 1991]
    xr.testing.assert_identical(made, base.sel(year=[1990, 1991]))


def test_a_window_past_the_case_has_later_years_and_runs_of_its_own(
    land: tc.Case, found: Posterior, base: xr.Dataset, kept: RunCache
) -> None:
    world = land.world()
    longer = world.within(world.start, 12 * 18)
    made = run_draws(longer, THEORY, found, (1, 4), cache=kept)
    assert made["year"].values.tolist() == list(range(1990, 2008))
    assert (made["arrivals"].sel(year=slice(2005, None)).sum("sex") > 0).all()
    np.testing.assert_allclose(made["arrivals"].values[0], engine(longer, found, 1, 101), rtol=1e-3, atol=1e-3)
    again = run_draws(world, THEORY, found, (1, 4), cache=kept)
    xr.testing.assert_identical(again, base.isel(draw=[0, 1]))


def test_the_same_draws_give_the_same_bytes_whatever_else_is_drawn(
    land: tc.Case, found: Posterior, base: xr.Dataset, tmp_path: Path
) -> None:
    again = run_draws(land.world(), THEORY, found, (1, 4, 7), cache=RunCache(tmp_path))
    assert to_bytes(again) == to_bytes(base)
    alone = run_draws(land.world(), THEORY, found, (4,), cache=RunCache(tmp_path))
    xr.testing.assert_identical(alone, base.isel(draw=[1]))


def test_draws_are_simulated_again_without_their_posterior(
    land: tc.Case, found: Posterior, base: xr.Dataset, tmp_path: Path
) -> None:
    some = from_bytes(to_bytes(base)).isel(draw=[0, 2])
    again = simulate(land.world(history="smugglers"), THEORY, some, cache=RunCache(tmp_path))
    xr.testing.assert_equal(again, some)


@pytest.mark.statistical
def test_counts_scatter_around_arrivals_by_phi_and_rho(land: tc.Case, found: Posterior, kept: RunCache) -> None:
    """False alarm below 1e-4: five standard errors; the seeds are fixed."""
    made = run_draws(land.world(), THEORY, found, range(SIZE), cache=kept).sel(year=slice(1998, 2004))
    expected, counted = made["arrivals"].sum("sex"), made["arrivals_observed"].sum("sex")
    assert (counted == counted.round()).all()
    spread_of_one = np.sqrt(1 / expected + made["phi"] ** 2)
    ratio = (counted / expected - 1) / spread_of_one
    assert abs(float(ratio.mean())) < 5 / np.sqrt(ratio.size)
    assert float(ratio.std()) == pytest.approx(1, abs=5 / np.sqrt(ratio.size))
    share, women = made["arrivals"].sel(sex="female") / expected, made["arrivals_observed"].sel(sex="female")
    spread_of_share = np.sqrt(share * (1 - share) * (1 + (counted - 1) * made["rho"]) / counted)
    gap = (women / counted - share) / spread_of_share
    assert abs(float(gap.mean())) < 5 / np.sqrt(gap.size)
    assert float(gap.std()) == pytest.approx(1, abs=5 / np.sqrt(gap.size))


def test_draws_are_spread_evenly_over_chains(land: tc.Case, found: Posterior) -> None:
    assert spread(found, 4) == (1, 3, 6, 8)
    assert spread(found, SIZE) == tuple(range(SIZE))
    for number in (0, SIZE + 1):
        with pytest.raises(tc.CaseError, match=rf"{number} draws are asked for, and the posterior .* has 10"):
            spread(found, number)


def test_how_many_draws_a_run_has(found: Posterior, monkeypatch: pytest.MonkeyPatch) -> None:
    from_it = Chosen(None, None, "shipped", True, "", found)
    assert chosen_draws(from_it, None) == tuple(range(SIZE))
    monkeypatch.setattr(room, "DRAWS", 4)
    assert chosen_draws(from_it, None) == (1, 3, 6, 8)
    assert chosen_draws(from_it, 2) == (2, 7)
    assert chosen_draws(from_it, 0) == chosen_draws(from_case(), 0) == chosen_draws(from_case(), None) == ()
    with pytest.raises(tc.CaseError, match="5 draws are asked for, and the parameters are one set of values"):
        chosen_draws(from_case(), 5)


def test_what_cannot_be_simulated_is_said(land: tc.Case, found: Posterior, tmp_path: Path) -> None:
    world, cache = land.world(), RunCache(tmp_path)
    with pytest.raises(tc.CaseError, match="the world begins in 1991-01, later than its case"):
        run_draws(world.within(world.start + 12, 24), THEORY, found, (1,), cache=cache)
    held = found.groups["posterior"]
    for name in ("rho", "seed"):
        bare = replace(found, groups={**found.groups, "posterior": held.drop_vars(name)})
        bare.write(tmp_path / "bare.nc")
        with pytest.raises(tc.CaseError, match="the file holds no posterior"):
            read(tmp_path / "bare.nc")
    beyond = held.assign(dated=held["dated"].where(held["dated_value"] != "fee@2001-01-01", -1.0))
    wrong = replace(found, groups={**found.groups, "posterior": beyond})
    with pytest.raises(tc.CaseError, match=r"the model refuses 2 of 2 draws, draw 3 with: .*fee"):
        run_draws(world, THEORY, wrong, (3, 6), cache=cache)


def test_progress_counts_draws(land: tc.Case, found: Posterior, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    for _ in range(2):
        run_draws(
            land.world(), THEORY, found, (1, 2), cache=RunCache(tmp_path), progress=lambda *done: told.append(done)
        )
    assert told == [(0, 2), (1, 2), (2, 2), (2, 2)]


def test_an_interruption_keeps_the_draws_that_were_done(land: tc.Case, found: Posterior, tmp_path: Path) -> None:
    def stop(done: int, whole: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_draws(land.world(), THEORY, found, (1, 2, 3), cache=RunCache(tmp_path), progress=stop)
    told: list[int] = []
    run_draws(
        land.world(), THEORY, found, (1, 2, 3), cache=RunCache(tmp_path), progress=lambda done, _: told.append(done)
    )
    assert told == [1, 2, 3]


_WITHOUT_JAX = """
import sys
for name in ("jax", "numpyro", "tinygp", "distributed", "arviz_stats"):
    sys.modules[name] = None  # importing it is an error
from pathlib import Path
from tests.infer.synthetic import posterior
from tumen.case import load
from tumen.infer.draws import run_draws
from tumen.infer.posterior import read
from tumen.infer.run_cache import RunCache
from tumen.model.theories import get
land, place = load("toyland"), Path(sys.argv[1])
posterior(land, agents=300).write(place / "one.nc")
made = run_draws(land.world(), get("interplay"), read(place / "one.nc"), (1, 4), cache=RunCache(place))
print(float(made["arrivals_observed"].sum()))
"""


@pytest.mark.slow
def test_no_calibration_package_is_needed(tmp_path: Path, base: xr.Dataset) -> None:
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_JAX, str(tmp_path)], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == float(base["arrivals_observed"].isel(draw=[0, 1]).sum())

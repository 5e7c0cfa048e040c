"""Forecasts from rolling origins: scores by hand, baselines, refusals, and no look-ahead on a real small backtest."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import jax
import numpy as np
import pandas as pd
import pytest
from jax.experimental.compilation_cache import compilation_cache

import tumen as tm
from tests.infer.synthetic_backtest import backtest
from tumen.case import Case, CaseError, load
from tumen.infer.backtest import Backtest, default_origins, known_counts, years_ahead
from tumen.infer.calibration import Plan
from tumen.infer.forecasts import (
    ALL,
    BASELINES,
    COLUMNS,
    COVERED,
    LEVELS,
    QUANTITIES,
    RULES,
    Forecast,
    baseline_forecasts,
    crps,
    each_score,
    hub_table,
    log_crps,
    mean_scores,
    of,
    skill,
    wis,
)
from tumen.infer.runs import Progress
from tumen.infer.targets import targets

TINY = Plan(
    laplace=24, rounds=12, check=16, most=46, scatter=3, prior=3, without_key=0,
    warm=30, tried=30, kept=30, chains=2, learned=36, agents=400,
)  # fmt: skip


def test_crps_is_what_it_is_by_hand() -> None:
    drawn = np.array([[4.0], [1.0], [2.0]])
    # E|X - 3| = (1 + 2 + 1) / 3; E|X - X'| = 2 (3 + 2 + 1) / 9
    assert crps(drawn, np.array([3.0])) == pytest.approx([4 / 3 - 2 / 3])
    assert crps(np.full((5, 1), 7.0), np.array([3.0])) == pytest.approx([4.0])
    # One draw of e - 1 and a count of 0: |log e - log 1|.
    assert log_crps(np.array([[np.e - 1]]), np.array([0.0])) == pytest.approx([1.0])


def test_crps_of_a_normal_has_its_closed_form() -> None:
    drawn = np.random.default_rng(1).standard_normal((200_000, 1))
    assert crps(drawn, np.array([0.0])) == pytest.approx([(np.sqrt(2) - 1) / np.sqrt(np.pi)], abs=0.003)


def test_wis_is_the_weighted_sum_of_its_intervals() -> None:
    drawn, counted = np.random.default_rng(2).gamma(3, 40, 501), 260.0
    whole = 0.5 * abs(counted - np.median(drawn))
    for alpha in 2 * LEVELS[: len(LEVELS) // 2]:
        low, high = np.quantile(drawn, [alpha / 2, 1 - alpha / 2])
        missed = 2 / alpha * (max(low - counted, 0) + max(counted - high, 0))
        whole += alpha / 2 * (high - low + missed)
    assert wis(drawn[:, None], np.array([counted])) == pytest.approx([whole / (len(LEVELS) // 2 + 0.5)])
    assert wis(np.full((9, 1), 5.0), np.array([7.0])) == pytest.approx([2.0])


def test_levels_are_those_of_the_hubs() -> None:
    assert LEVELS[[0, 1, 2, 5, 11, -1]].tolist() == [0.01, 0.025, 0.05, 0.2, 0.5, 0.99]
    assert len(LEVELS) == 23 and {0.25, 0.75} <= set(LEVELS.tolist())
    assert np.allclose(LEVELS + LEVELS[::-1], 1)


COUNTED = np.array([[120.0, 80.0]])


def _said(model: str, persons: list[float], origin: int = 2004) -> Forecast:
    return Forecast(model, origin, (origin + 1,), np.tile(persons, (400, 1, 1)), COUNTED)


def test_means_skill_and_coverage_by_hand() -> None:
    forecasts = [_said("near", [110.0, 80.0]), _said("near", [130.0, 80.0], 2005), _said("far", [100.0, 90.0])]
    forecasts += [
        _said("far", [140.0, 100.0], 2005),
        _said("perfect", [120.0, 80.0]),
        _said("perfect", [120.0, 80.0], 2005),
    ]
    means = mean_scores(each_score(forecasts)).set_index(["model", "quantity", "horizon"])
    assert means.loc[("near", "female", 1), "crps"] == pytest.approx(10)
    assert means.loc[("far", "total", ALL), "wis"] == pytest.approx((10 + 40) / 2)
    assert means.loc[("far", "male", 1), "log_crps"] == pytest.approx((np.log(91 / 81) + np.log(101 / 81)) / 2)
    assert means.loc[("far", "female_share", 1), "crps"] == pytest.approx((0.6 - 100 / 190 + 0.6 - 140 / 240) / 2)
    assert means.loc[("near", "male", 1), list(COVERED)].tolist() == [2, 2, 2]
    assert means.loc[("near", "female", 1), list(COVERED)].tolist() == [0, 0, 0]
    assert means.loc[("near", "male", 1), "forecasts"] == 2
    beside = skill(means.reset_index()).set_index(["model", "against", "quantity", "horizon"])
    assert beside.loc[("near", "far", "female", 1), "crps"] == pytest.approx(1 - 10 / 20)
    assert beside.loc[("far", "near", "female", 1), "crps"] == pytest.approx(1 - 20 / 10)
    assert beside.loc[("perfect", "far", "total", ALL), list(RULES)].tolist() == [1, 1, 1]
    assert np.isnan(beside.loc[("far", "perfect", "total", 1), "crps"]), "a perfect score leaves no ratio"


def test_a_band_holds_what_lies_between_its_quantiles() -> None:
    draws = np.stack([np.arange(101.0), np.full(101, 50.0)], axis=-1)[:, None]
    bands = {50: 3, 24: 2, 76: 2, 9: 1, 91: 1, 2: 0, 99: 0}  # a count of women, and how many of the three bands hold it
    for women, held in bands.items():
        scored = each_score([Forecast("m", 2000, (2001,), draws, np.array([[women, 50.0]]))])
        assert scored.loc[0, list(COVERED)].tolist() == [False] * (3 - held) + [True] * held


def test_quantities_of_persons() -> None:
    with pytest.raises(ValueError, match="no quantity 'children', expected one of female, male, total, female_share"):
        of(COUNTED, "children")
    assert [float(of(COUNTED, name)[0]) for name in QUANTITIES] == [120, 80, 200, 0.6]


def test_the_table_is_in_the_format_of_the_hubs() -> None:
    draws = np.random.default_rng(5).gamma(4, 30, (300, 2, 2))
    table = hub_table([Forecast("interplay", 2004, (2005, 2006), draws, np.ones((2, 2)))], "toyland")
    assert tuple(table.columns) == COLUMNS
    assert len(table) == len(QUANTITIES) * 2 * (len(LEVELS) + 1)
    assert set(zip(table["origin_date"], table["horizon"], table["target_end_date"], strict=True)) == {
        ("2004-12-31", 1, "2005-12-31"),
        ("2004-12-31", 2, "2006-12-31"),
    }
    assert (table[["location", "age", "model_id"]] == ["toyland", "all", "interplay"]).all(axis=None)
    assert set(zip(table["target"], table["sex"], strict=True)) == {
        ("arrivals", "female"), ("arrivals", "male"), ("arrivals", "total"), ("female_share", "total"),
    }  # fmt: skip
    some = table[(table["sex"] == "male") & (table["horizon"] == 2)]
    said = some[some["output_type"] == "quantile"]
    assert said["output_type_id"].tolist()[:3] == ["0.01", "0.025", "0.05"]
    assert said["value"].to_numpy() == pytest.approx(np.quantile(draws[:, 1, 1], LEVELS))
    assert some[some["output_type"] == "mean"]["value"].tolist() == pytest.approx([draws[:, 1, 1].mean()])


def test_baselines_continue_what_they_know() -> None:
    grown = 100 * np.exp(0.1 * np.arange(8))[:, None] * [1.0, 2.0]  # both sexes by a tenth a year, the share constant
    made = baseline_forecasts(grown, 3, 4000, np.random.default_rng(4))
    assert tuple(made) == BASELINES and all(one.shape == (4000, 3, 2) for one in made.values())
    middle = {name: np.median(drawn, axis=0) for name, drawn in made.items()}
    assert middle["drift"][:, 0] == pytest.approx(100 * np.exp(0.1 * np.arange(8, 11)), rel=1e-6)
    assert middle["last_value"] == pytest.approx(np.tile(grown[-1], (3, 1)), rel=0.02)
    trend = made["share_trend"]
    assert trend[..., 0] / trend.sum(axis=-1) == pytest.approx(1 / 3)
    assert np.log(made["last_value"][:, 2, 0]).std() == pytest.approx(0.1 * np.sqrt(3), rel=0.05)


def test_the_trend_in_the_share_goes_on_in_logits() -> None:
    odds = np.exp(-1 + 0.3 * np.arange(6))
    counted = 1000 * np.stack([odds / (1 + odds), 1 / (1 + odds)], axis=-1)
    made = baseline_forecasts(counted, 2, 500, np.random.default_rng(6))["share_trend"]
    assert np.log(made[..., 0] / made[..., 1]) == pytest.approx(np.tile([0.8, 1.1], (500, 1)))


def test_origins_and_years_come_from_the_counts() -> None:
    assert default_origins(targets(load("north_korea"))) == tuple(range(2008, 2015))
    asked = targets(load("toyland"))
    assert default_origins(asked) == (2002,)
    assert [one.first for one in years_ahead(asked, 2002, 3)] == [2003, 2004]
    assert [one.first for one in years_ahead(asked, 2001, 2)] == [2002, 2003]
    assert known_counts(asked, 2003).tolist() == [[70, 52], [98, 66], [141, 80], [186, 92], [175, 97]]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"origins": [2001]}, "only 3 single years in a row are counted up to 2001"),
        ({"origins": [2004]}, "the year after 2004 is not counted by itself"),
        ({"origins": []}, "no origin is named"),
        ({"ahead": 0}, "0 years ahead"),
        ({"theories": ["interplay", "interplay"]}, "two models are named interplay"),
        ({"theories": []}, "no theory is named"),
        ({"theories": "interply"}, "no theory named 'interply'"),
    ],
)
def test_what_cannot_be_forecast_is_refused_before_anything_is_run(options: dict, said: str, tmp_path: Path) -> None:
    asked = {"theories": "interplay", **options}
    with pytest.raises(CaseError, match=said):
        tm.backtest(load("toyland"), asked.pop("theories"), folder=tmp_path, processes=1, **asked)
    assert not list(tmp_path.iterdir())


def test_a_failed_posterior_makes_a_backtest_fail_its_diagnostics() -> None:
    good, bad = backtest(load("toyland")), backtest(load("toyland"), sound=False)
    assert good.sound and not bad.sound
    assert [one.sound for one in bad.refits] == [True, False]
    assert good.models == ("interplay", *BASELINES) and good.origins == (2002, 2003) and good.runs == 600


# --- a real one, on toyland with few runs


def _land(folder: Path, later: bool) -> Case:
    """Toyland; `later`: with other counts of 2003 and 2004, and other surveys published in 2003."""
    shutil.copytree(load("toyland").folder, folder, ignore=shutil.ignore_patterns("fits"))
    if later:
        for name, year, number, factor in (
            ("arrivals", "year_start", "persons", 7),
            ("profiles", "as_of", "value", 0.5),
        ):
            path = folder / "targets" / f"{name}.csv"
            with path.open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            for row in rows:
                if int(row[year][:4]) >= 2003:
                    row[number] = f"{float(row[number]) * factor:g}"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, rows[0].keys())
                writer.writeheader()
                writer.writerows(rows)
    return load(folder)


def _done(case: Case, folder: Path, told: list[Progress] | None = None) -> Backtest:
    tell = None if told is None else told.append
    return tm.backtest(case, "interplay", origins=[2002], ahead=2, plan=TINY, processes=1, folder=folder, progress=tell)


@pytest.fixture
def compiled_once(tmp_path: Path) -> Iterator[None]:
    """Have jax keep what it compiles: the samplers of one case at one origin are the same but for their numbers."""
    names = ("jax_compilation_cache_dir", "jax_persistent_cache_min_compile_time_secs")
    before = {name: getattr(jax.config, name) for name in names}
    jax.config.update(names[0], str(tmp_path / "jax"))
    jax.config.update(names[1], 0.0)
    yield
    for name, value in before.items():
        jax.config.update(name, value)
    compilation_cache.reset_cache()


@pytest.mark.slow
@pytest.mark.usefixtures("compiled_once")
def test_counts_after_the_origin_change_no_bit_of_the_forecast(tmp_path: Path) -> None:
    told = list[Progress]()
    base = _done(_land(tmp_path / "base", later=False), tmp_path / "a", told)
    other = _done(_land(tmp_path / "other", later=True), tmp_path / "b")
    for one, same in zip(base.forecasts, other.forecasts, strict=True):
        assert (one.model, one.years) == (same.model, same.years) and one.years == (2003, 2004)
        assert np.array_equal(one.draws, same.draws), f"{one.model} knows counts after its origin"
        assert np.array_equal(7 * one.counted, same.counted), "it is scored on what was counted later"
    assert not base.scores["crps"].equals(other.scores["crps"])

    (refit,) = base.refits
    assert {check.name for check in refit.checks} >= {"rhat", "ess", "bias", "conflict", "refused"}
    assert refit.runs == base.runs == refit.fit_runs + TINY.most
    assert 0 < refit.draws <= TINY.check
    forecast = base.forecasts[0]
    assert forecast.draws.shape == (10 * refit.draws, 2, 2) and (forecast.draws >= 0).all()
    # Scatter of counts about real runs, whose expected arrivals are no whole numbers.
    assert np.array_equal(forecast.draws, np.rint(forecast.draws))
    assert len(np.unique(forecast.draws[:10, 0].sum(axis=-1))) > 1, "counts of one draw differ by chance alone"

    assert [one.runs for one in told] == sorted(one.runs for one in told)
    assert all(one.runs <= one.most and one.seconds_left >= 0 for one in told)
    assert {one.stage.split(": ")[0] for one in told} == {"interplay, origin 2002"}

    # Asked again, it repeats no run and says the same.
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "a").rglob("*.npz")}
    again = _done(_land(tmp_path / "again", later=False), tmp_path / "a")
    assert kept == {path: path.stat().st_mtime_ns for path in (tmp_path / "a").rglob("*.npz")}
    pd.testing.assert_frame_equal(again.hub, base.hub)

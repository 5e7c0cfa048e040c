"""Indices of functions whose answers are known, planted parameters and boxes, and an analysis of toyland."""

from __future__ import annotations

import numpy as np
import pytest

from tests.experiment.synthetic_sensitivity import drawn, quick_family
from tests.experiment.synthetic_sweep import THEORY, TOYLAND
from tumen.case import CaseError
from tumen.experiment import units
from tumen.experiment.measures import span
from tumen.experiment.sensitivity import given_data as given
from tumen.experiment.sensitivity import prim as boxes
from tumen.experiment.sensitivity import sobol, study
from tumen.experiment.sensitivity.given_data import given_data, pawn
from tumen.experiment.sensitivity.morris import design, morris
from tumen.experiment.sensitivity.prim import prim
from tumen.experiment.sensitivity.region import FixedInput, moved, region
from tumen.infer.observables import Observables
from tumen.infer.run_cache import RunCache, RunSpec
from tumen.infer.runs import RunFailedError

NAMES = ("x1", "x2", "x3")


@pytest.fixture(autouse=True)
def fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer resamples than an analysis takes, for speed."""
    for room, name, number in (
        (given, "RESAMPLES", 100),
        (given, "SHUFFLES", 100),
        (given, "PAWN_RESAMPLES", 60),
        (boxes, "SHUFFLES", 60),
        (sobol, "FOLDS", 2),
        (study, "SEEDS", 3),
    ):
        monkeypatch.setattr(room, name, number)


def ishigami(u: np.ndarray) -> np.ndarray:
    """Ishigami & Homma 1990, a = 7, b = 0.1, on the unit cube."""
    x = np.pi * (2 * u - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_sobol_indices_of_ishigami_are_found() -> None:
    """First order 0.3139, 0.4424, 0; total 0.5576, 0.4424, 0.2437; only x1 and x3 interact, by 0.2437."""
    found = sobol.indices(NAMES, ishigami, 1.0, 1)
    np.testing.assert_allclose(found.first, [0.3139, 0.4424, 0], atol=0.04)
    np.testing.assert_allclose(found.total, [0.5576, 0.4424, 0.2437], atol=0.04)
    at = {name: found.paired.index(i) for i, name in enumerate(NAMES)}
    assert found.pairs[at["x1"], at["x3"]] == pytest.approx(0.2437, abs=0.05)
    assert abs(found.pairs[at["x1"], at["x2"]]) < 0.05 and np.isnan(found.pairs[0, 0])


def test_elementary_effects_are_those_of_salib_and_of_a_plane() -> None:
    from SALib.analyze.morris import analyze

    u = design(3, 20, 3)
    found = morris(NAMES, u, ishigami(u))
    problem = {"num_vars": 3, "names": list(NAMES), "bounds": [[0.0, 1.0]] * 3}
    theirs = analyze(problem, u, ishigami(u), num_levels=4)
    for ours, name in ((found.mu, "mu"), (found.mu_star, "mu_star"), (found.sigma, "sigma")):
        np.testing.assert_allclose(ours, np.asarray(theirs[name], dtype=float), rtol=1e-9, atol=1e-12)
    plane = morris(NAMES, u, u @ [3.0, -1.0, 0.0], scatter=0.1)
    np.testing.assert_allclose(plane.mu, [3, -1, 0], atol=1e-12)
    np.testing.assert_allclose(plane.sigma, 0, atol=1e-12)
    assert plane.mu_star[2] == 0 and plane.order == [0, 1, 2] and 0 < plane.chance < 0.4
    np.testing.assert_array_equal(design(3, 5, 3), u[:20])


def test_trajectories_with_a_refused_run_are_left_out() -> None:
    u = design(3, 4, 1)
    y = u @ [1.0, 2.0, 0.0]
    y[5] = np.nan
    found = morris(NAMES, u, y)
    assert (found.trajectories, found.refused) == (3, 1)
    np.testing.assert_allclose(found.mu, [1, 2, 0], atol=1e-12)
    y[[0, 9]] = np.nan
    with pytest.raises(ValueError, match="1 of 4 trajectories"):
        morris(NAMES, u, y)


def test_an_inert_parameter_is_not_told_from_chance() -> None:
    rng = np.random.default_rng(4)
    x = rng.standard_normal((300, 6))
    x[:, 1] = 0.8 * x[:, 0] + 0.6 * x[:, 1]  # does nothing by itself
    history = np.where(rng.random(300) < 0.5, "base", "paper")
    y = 2 * x[:, 0] - x[:, 2] ** 2 + 0.5 * rng.standard_normal(300)
    found = given_data([f"x{i}" for i in range(6)], x, history, y)
    assert found.beyond_chance("src") == ["x0"], "a coefficient is of a parameter, the others held"
    assert found.beyond_chance("spearman")[:2] == ["x0", "x1"], "a rank correlation is not"
    assert "x2" in found.beyond_chance("pawn"), "a bowl has no slope and is seen all the same"
    assert found.ends["src"][0, 0] < found.values["src"][0] < found.ends["src"][0, 1]
    assert 0.4 < found.r2 < 0.8 and found.history[0] < found.history[1]
    y[:10] = np.nan
    assert given_data([f"x{i}" for i in range(6)], x, history, y).n == 290
    with pytest.raises(ValueError, match="12 draws"):
        given_data(["a"] * 6, x[:12], history[:12], y[100:112])


def test_pawn_is_that_of_salib() -> None:
    from SALib.analyze.pawn import analyze

    rng = np.random.default_rng(2)
    x, y = rng.random((200, 3)), rng.random(200)
    problem = {"num_vars": 3, "names": list(NAMES), "bounds": [[0.0, 1.0]] * 3}
    np.testing.assert_allclose(pawn(x, y), analyze(problem, x, y, S=8)["median"].astype(float), atol=1e-12)


def test_a_planted_box_is_found_and_none_in_noise() -> None:
    rng = np.random.default_rng(5)
    x = rng.random((300, 8))
    inside = (x[:, 2] > 0.4) & (x[:, 7] < 0.7)
    names = [f"x{i}" for i in range(8)]
    found = prim(names, x, inside ^ (rng.random(300) < 0.05))
    assert not found.by_chance and {side.name for side in found.sides} == {"x2", "x7"}
    limits = {side.name: side for side in found.sides}
    assert limits["x2"].low == pytest.approx(0.4, abs=0.05) and limits["x2"].high == np.inf
    assert limits["x7"].high == pytest.approx(0.7, abs=0.05) and limits["x7"].low == -np.inf
    assert found.coverage > 0.85 and found.density > 0.85 and found.at_large < 0.55
    assert prim(names, x, rng.random(300) < 0.4).by_chance
    with pytest.raises(ValueError, match="nothing to tell apart"):
        prim(names, x, np.ones(300, dtype=bool))


def test_a_sign_that_all_draws_share_needs_no_box() -> None:
    x, effect = np.random.default_rng(1).random((60, 2)), np.linspace(-0.2, -0.1, 60)
    verdict = study.judged("no_tie", ["a", "b"], x, effect, study.Asked())
    assert verdict.box is None and (verdict.holds, verdict.n) == (0, 60)
    some = study.judged("no_tie", ["a", "b"], x, effect, study.Asked(fall=15))
    assert some.box is not None and 0 < some.holds < 60 and "at most 15 points" in some.question


def test_an_emulator_is_believed_only_where_it_foretells() -> None:
    pytest.importorskip("tinygp")
    u = design(3, 10, 2)
    rng = np.random.default_rng(3)
    y = np.stack([u @ [2.0, 1.0, 0.0] + u[:, 0] * u[:, 1], rng.standard_normal(len(u))], axis=1)
    runs = sobol.Runs(u, np.zeros(len(u), dtype=int), y, np.repeat(np.arange(10), 4), 1)
    told = list[tuple[int, int]]()
    found = sobol.indices_of(NAMES, ("plane", "noise"), runs, 1, lambda done, whole: told.append((done, whole)))
    plane, noise = found["plane"], found["noise"]
    assert isinstance(plane, sobol.Sobol) and plane.q2 > 0.95
    assert plane.total[2] < 0.01 < plane.total[1] < plane.total[0]
    assert isinstance(noise, sobol.Refused) and "at least 0.8 is wanted" in noise.said
    assert told[-1] == (3, 3)


def test_the_region_goes_from_quantiles_to_dated_values_and_back() -> None:
    found = drawn()
    of = region(TOYLAND, THEORY, found)
    theta = found.groups["posterior"]["theta"].values.reshape(found.size, -1)
    u = np.full((3, of.size), 0.5)
    u[0], u[2] = 0.0, 1.0
    np.testing.assert_allclose(of.values(u), np.quantile(theta, [0.1, 0.5, 0.9], axis=0))
    back = of.coordinates(of.values(u))[:, : of.space.size]
    np.testing.assert_allclose(back, u[:, : of.space.size], atol=0.02)
    low, middle, high = of.parameters(u)
    assert low["onward_kin@1980-01-01"] == pytest.approx(0.8 * middle["onward_kin@1980-01-01"])
    assert high["mobility_weight@1980-01-01"] - low["mobility_weight@1980-01-01"] == pytest.approx(0.4)
    for values in (low, high):
        assert max(values[name] for name in values if name.startswith("crossing_success")) <= 1


def test_what_is_estimated_or_zero_is_no_fixed_input() -> None:
    whole = moved(TOYLAND, set(), [FixedInput("crossing_success")])[0]
    rest = moved(TOYLAND, {whole.names[0]}, [FixedInput("crossing_success")])
    assert rest[0].names == whole.names[1:]
    assert moved(TOYLAND, set(whole.names), [FixedInput("crossing_success")]) == ()


def test_years_are_those_counted_one_by_one_and_within_the_case() -> None:
    over = span(TOYLAND, None)
    assert TOYLAND.start // 12 <= over.first <= over.last <= TOYLAND.end // 12
    with pytest.raises(CaseError, match="the years 1900 to 2004 are asked for"):
        span(TOYLAND, (1900, 2004))


def test_an_analysis_of_toyland_finds_its_runs_again(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "posterior", lambda case, theory, **how: drawn())
    monkeypatch.setattr(units, "family", quick_family)
    cache, told = RunCache(tmp_path), list[tuple[str, int, int]]()
    size = region(TOYLAND, THEORY, drawn()).size
    asked = study.Asked(("draws", "morris", "prim"), ("no_market_reform",), 2 * (size + 1), 24)
    ask = lambda: study.analyse(  # noqa: E731
        TOYLAND, THEORY, asked, cache=cache, progress=lambda *said: told.append(said)
    )
    found = ask()
    assert found.outcomes[-1] == "effect_of_no_market_reform" and found.refused == 0
    assert found.runs == 2 * (24 + 3 + 2 * (size + 1))
    share = found.morris["female_share"]
    taste = [i for i, name in enumerate(share.names) if name.startswith("trading_taste.male")]
    assert share.order[0] in taste and share.mu_star[share.order[0]] > share.chance
    assert {share.names[i] for i in found.morris["arrivals"].order[:2]} == {"fee@2001-01-01", "onward_kin"}
    assert share.mu_star[share.names.index("mobility_weight")] == 0, "an input that is not read does nothing"
    assert found.morris["effect_of_no_market_reform"].middle == pytest.approx(0.8 / 1.8 - 0.5, abs=0.01)
    assert found.prim["no_market_reform"].box is None and found.prim["no_market_reform"].holds == 0
    few = found.draws["effect_of_no_market_reform"]
    assert np.isnan(few.r2) and np.isnan(few.values["src"]).all() and np.isfinite(few.values["spearman"]).all()
    assert found.draws["arrivals"].n == 60 and found.draws["effect_of_no_market_reform"].n == 24
    told.clear()
    again = ask()
    assert {(stage, done) for stage, done, whole in told} == {(s, w) for s, _, w in told}, "no run is done twice"
    np.testing.assert_array_equal(again.morris["female_share"].mu, share.mu)


def test_a_point_of_the_box_is_a_run_of_the_model(tmp_path) -> None:
    of = region(TOYLAND, THEORY, drawn())
    spec = RunSpec(of.parameters(np.full((1, of.size), 0.5))[0], None, (), 1, 200)
    told = list[tuple[int, int]]()
    for _ in range(2):
        answer = units.families(RunCache(tmp_path), TOYLAND, THEORY, [[spec]], progress=lambda *x: told.append(x))[0]
        assert isinstance(answer[0], Observables) and answer[0].arrivals.sum() > 0
    assert told == [(0, 1), (1, 1), (1, 1)]


def test_a_run_that_fails_is_said(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*of: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(units, "family", broken)
    with pytest.raises(RunFailedError, match="a run failed 3 times with: ZeroDivisionError: planted"):
        units.families(RunCache(tmp_path), TOYLAND, THEORY, [[RunSpec({}, agents=200)]])

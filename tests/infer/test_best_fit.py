"""Toyland is fitted end to end at a small size: what comes out, what an interruption costs, what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tumen as tm
from tests.infer.synthetic_fit import fit as made_up
from tumen.case import CaseError, load
from tumen.infer import runs
from tumen.infer.branching import perform
from tumen.infer.fit_file import Fit
from tumen.infer.observables import Observables
from tumen.infer.parameter_space import parameter_space
from tumen.infer.run_cache import Refusal, RunSpec
from tumen.infer.runs import Progress
from tumen.infer.targets import targets

TOYLAND, ROWS = load("toyland"), 400


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def found(folder: Path) -> Fit:
    return tm.fit(TOYLAND, "interplay", agents=ROWS, processes=1, folder=folder)


def again(folder: Path, **options: Any) -> Fit:
    return tm.fit(TOYLAND, "interplay", agents=ROWS, processes=1, folder=folder, **options)


@pytest.mark.slow
def test_the_fit_is_nearer_the_counts_than_the_priors_middle_and_says_how_near(found: Fit, folder: Path) -> None:
    over, asked = parameter_space(TOYLAND, tm.theories.interplay), targets(TOYLAND)
    assert found.names == over.names
    np.testing.assert_allclose(over.values(np.array([found.z]))[0], found.values)
    assert found.parameters.values == over.named(np.array(found.values)).values
    assert found.cost == pytest.approx(found.data_cost + found.prior_cost + found.network_cost)
    assert found.prior_cost == pytest.approx(np.square(found.z).sum())
    assert found.data_cost == pytest.approx(sum(row.residual**2 for row in found.residuals))
    assert [row.label for row in found.residuals] == [label.name for label in asked.labels[:-1]]
    seen = perform(TOYLAND, tm.theories.interplay, RunSpec(found.parameters.values, None, (), 1, ROWS))
    assert isinstance(seen, Observables)
    total = next(row for row in found.residuals if row.label == "arrivals 2001, total")
    assert total.data == pytest.approx(221)
    assert total.model == pytest.approx(seen.arrivals[11].sum(), rel=1e-5)
    middle = perform(
        TOYLAND,
        tm.theories.interplay,
        RunSpec(over.named(over.values(np.zeros((1, over.size)))[0]).values, None, (), 1, ROWS),
    )
    assert isinstance(middle, Observables)
    before = asked.residuals(asked.statistics(middle))
    assert found.cost < 0.6 * before @ before
    assert np.linalg.eigvalsh(found.curvature).min() > 0.99
    assert found.provenance["simulation_hash"] == TOYLAND.simulation_hash
    assert (found.converged, found.history, found.agents, found.seed) == (True, None, ROWS, 1)


@pytest.mark.slow
def test_an_interrupted_fit_repeats_no_run(found: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[RunSpec] = []

    def counted(case: Any, theory: Any, spec: RunSpec) -> Any:
        done.append(spec)
        return perform(case, theory, spec)

    def stop(said: Progress) -> None:
        if said.runs == 15:
            raise KeyboardInterrupt

    monkeypatch.setattr(runs, "perform", counted)
    with pytest.raises(KeyboardInterrupt):
        again(tmp_path, progress=stop)
    assert len(done) == 15
    told: list[Progress] = []
    resumed = again(tmp_path, progress=told.append)
    assert len(done) == resumed.runs == found.runs
    assert resumed.z == found.z
    assert told[-1].runs == found.runs
    assert (told[-1].most, told[-1].cost) == (400, pytest.approx(found.cost))
    assert told[-1].seconds_left >= 0


@pytest.mark.slow
@pytest.mark.statistical
def test_two_starts_agree(found: Fit, folder: Path) -> None:
    """One seed, so the difference is that of the search, a rough one among 400 agents: a twentieth of the cost."""
    other = again(folder, start=np.full(len(found.z), 0.4))
    assert abs(other.cost - found.cost) < 0.05 * found.cost
    once_more = again(folder, start=found)
    assert once_more.cost <= found.cost + 1e-9


def test_what_cannot_be_fitted_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="no theory named 'interply'"):
        tm.fit(TOYLAND, "interply")
    with pytest.raises(CaseError, match="unknown history 'x'"):
        tm.fit(TOYLAND, "interplay", history="x", folder=tmp_path, processes=1)
    size = parameter_space(TOYLAND, tm.theories.interplay).size
    with pytest.raises(CaseError, match=rf"the start has shape \(3,\) or is not finite - start - expected {size} fin"):
        tm.fit(TOYLAND, "interplay", start=np.zeros(3), folder=tmp_path, processes=1)
    mine = Path(shutil.copytree(TOYLAND.folder, tmp_path / "mine"))
    for name in ("arrivals", "profiles"):
        path = mine / "targets" / f"{name}.csv"
        path.write_text(path.read_text().replace(",fit\n", ",check\n"))
    with pytest.raises(CaseError, match="nothing is to be fitted: no target has the role fit"):
        tm.fit(load(mine), "interplay", folder=tmp_path, processes=1)


def test_a_fit_that_cannot_begin_says_what_the_model_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "perform", lambda *given: Refusal("it grows without end"))
    with pytest.raises(CaseError) as refused:
        tm.fit(TOYLAND, "interplay", folder=tmp_path, processes=1)
    assert str(refused.value) == (
        "the fit cannot begin: all of 13 points at and around the start are refused; the model says: it grows without "
        "end - case toyland, theory interplay - expected priors whose middle can be run - correct the priors, or begin "
        "elsewhere"
    )


def test_another_fit_is_a_start_where_it_has_the_same_rows() -> None:
    from tumen.infer.best_fit import _start

    over = parameter_space(TOYLAND, tm.theories.interplay)
    z = dict(zip(over.names, _start(over, made_up(TOYLAND)), strict=True))
    assert (z["fee@2001-01-01"], z["reference_rate@1980-01-01"], z["homophily@1980-01-01"]) == (0.4, -0.3, 0)

"""`tumen fit`: what it prints, where it writes, how it ends."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import tumen.case as tc
from tests.infer.synthetic_fit import fit
from tumen.cli import progress
from tumen.infer import best_fit
from tumen.infer.fit_file import Fit, read
from tumen.infer.runs import Progress


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Replace the search by a made-up answer; what it was asked, with `made` to change the answer."""
    said: dict[str, Any] = {"made": {}}

    def search(case: tc.Case, theory: Any, **options: Any) -> Fit:
        said.update(options, case=case, theory=theory.name)
        return replace(fit(case, theory.name), **said["made"])

    monkeypatch.setattr(best_fit, "fit", search)
    return said


def test_the_table_is_sorted_by_the_size_of_the_residual(
    tumen: Callable, asked: dict[str, Any], tmp_path: Path
) -> None:
    said = tumen("fit", "toyland", "--theory", "open_keys", "--seed", "3", "--people", "900", "--history", "chronicle")
    assert said.code == 0, said.err
    lines = [" ".join(line.split()) for line in said.out.splitlines() if line.strip()]
    assert lines[0] == "compared data model residual"
    assert lines[2:4] == ["arrivals 2001, women's share 64.0 % 70.0 % -2.0", "arrivals 2001, total 221 230 +1.0"]
    assert lines[4] == "best fit of open_keys to toyland: one set of parameters, no uncertainty"
    assert lines[5] == "cost 5.2: 2 squared residuals 5.0, prior of 2 parameters 0.2, network 0.0"
    assert lines[6] == "31 runs of 400 agents, 2 of them refused by the model, 4 s, seed 1"
    own = tmp_path / "home" / "fits" / "toyland" / "open_keys.json"
    assert said.err == f"written to {own}\n"
    assert read(own).theory == "open_keys"
    assert (asked["seed"], asked["agents"], asked["history"], asked["processes"]) == (3, 900, "chronicle", 2)


def test_one_document_and_a_file_of_ones_choice(tumen: Callable, asked: dict[str, Any], tmp_path: Path) -> None:
    said = tumen("fit", "toyland", "--json", "-o", "mine.json")
    document = said.document
    assert (document["theory"], document["cost"], document["file"]) == ("interplay", 5.25, "mine.json")
    assert [row["residual"] for row in document["residuals"]] == [-2.0, 1.0]
    assert document["parameters"]["values"]["fee@2001-01-01"] == 231
    assert read(tmp_path / "mine.json").cost == 5.25
    assert not (tmp_path / "home").exists()


def test_a_search_that_did_not_end_is_said_and_exits_with_one(tumen: Callable, asked: dict[str, Any]) -> None:
    asked["made"] = {"converged": False}
    said = tumen("fit", "toyland", "-o", "mine.json")
    assert said.code == 1
    assert "NOT CONVERGED: the runs were used up" in said.out
    assert Path("mine.json").exists()


def test_what_is_wrong_is_said_before_anything_is_run(tumen: Callable, asked: dict[str, Any]) -> None:
    assert tumen("fit", "toyland", "--theory", "interply").err.startswith("no theory named 'interply'")
    assert tumen("fit", "nowhere").code == 2
    assert "case" not in asked


@pytest.mark.parametrize(
    ("command", "what", "where"),
    [
        ("fit toyland", "a best fit", "tumen fit"),
        ("priors toyland --predictive", "a prior predictive", "tumen priors --predictive"),
        ("calibrate toyland", "calibration", "tumen calibrate"),
    ],
)
def test_without_the_extra_what_to_install_is_said(
    command: str, what: str, where: str, tumen: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "jax" else there(name))
    said = tumen(*command.split())
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        f"{what} needs packages that are not installed: jax - {where} - expected the extra 'calibrate' - "
        "pip install 'tumen[calibrate]'\n"
    )


def test_a_log_gets_a_line_with_cost_and_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with progress.stages_of_many("fit", progress.cost_of) as tell:
        for runs in range(1, 31):
            now[0] += 1.0
            tell(Progress("slopes", runs, 400, math.inf if runs < 15 else 123.4, 400.0 - runs))
    assert capsys.readouterr().err.splitlines() == [
        "slopes: 10 runs of at most 400, at most 390 s left",
        "slopes: cost 123.4, 20 runs of at most 400, at most 380 s left",
        "slopes: cost 123.4, 30 runs of at most 400, at most 370 s left",
    ]

"""`tumen backtest`: what it prints, where it writes, how it ends."""

from __future__ import annotations

import csv
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tumen.case as tc
from tests.infer.synthetic_backtest import backtest
from tumen.cli.files import LIST
from tumen.infer import backtest as room
from tumen.infer.backtest import PLAN, Backtest
from tumen.infer.forecasts import COLUMNS


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Replace the backtest by a made-up one; what it was asked, with `sound` to change the answer."""
    said: dict[str, Any] = {"sound": True}

    def made(case: tc.Case, theories: Any, **options: Any) -> Backtest:
        said.update(options, case=case.name, theories=[one.name for one in theories])
        return backtest(case, tuple(said["theories"]), sound=said["sound"])

    monkeypatch.setattr(room, "backtest", made)
    return said


def test_tables_coverage_and_what_is_known_ahead(tumen: Callable, asked: dict[str, Any]) -> None:
    said = tumen("backtest", "toyland")
    assert said.code == 0, said.err
    lines = [" ".join(line.split()) for line in said.out.splitlines() if line.strip()]
    assert lines[0] == "Mean CRPS in persons, by sex and years ahead (the lower the better)"
    assert lines[1] == "women 1 2 men 1 2 both 1 2"
    assert [line.rsplit(maxsplit=6)[0] for line in lines[3:7]] == ["interplay", "last value", "drift", "share trend"]
    assert lines[7].startswith("Skill of interplay, 1 - CRPS / that of the model named")
    skill = [line for line in lines if line.startswith("drift ")][1]
    assert skill.count("+") + skill.count("-") == 6
    assert any(line.startswith("interplay: bands of 50 / 80 / 95 % hold ") for line in lines)
    assert "2 posteriors from 600 runs of 4,000 agents, 60 s; 2 of them passed their diagnostics" in lines
    assert "Known ahead: the policies of the years ahead" in said.out
    assert (asked["case"], asked["theories"], asked["origins"], asked["ahead"]) == ("toyland", ["interplay"], None, 3)
    assert (asked["plan"], asked["processes"], asked["cluster"]) == (PLAN, 2, None)


def test_options_reach_the_backtest(tumen: Callable, asked: dict[str, Any]) -> None:
    words = "--theory open_keys --theory no_theory --origins 2002..2003 --ahead 2 --people 900 --seed 7 --processes 1"
    said = tumen("backtest", "toyland", *words.split())
    assert said.code == 0, said.err
    assert asked["theories"] == ["open_keys", "no_theory"]
    assert (asked["origins"], asked["ahead"], asked["processes"]) == ((2002, 2003), 2, 1)
    assert (asked["plan"].agents, asked["plan"].seed, asked["plan"].rounds) == (900, 7, PLAN.rounds)
    assert "Skill of open_keys" in said.out and "Skill of no_theory" in said.out
    assert tumen("backtest", "toyland", "--origins", "2003").code == 0
    assert asked["origins"] == (2003,)


def test_files_are_written_and_hold_the_same_numbers(tumen: Callable, asked: dict[str, Any], tmp_path: Path) -> None:
    said = tumen("backtest", "toyland", "--theory", "interplay", "--theory", "no_theory", "-o", "out", "--json")
    document = said.document
    names = {"forecasts.csv", "scores.json", *(f"backtest_{t}.{k}" for t in asked["theories"] for k in ("svg", "png"))}
    assert {path.name for path in (tmp_path / "out").iterdir() if path.name != LIST} == names
    assert {Path(name).name for name in document["files"]} == names
    rows = list(csv.DictReader((tmp_path / "out" / "forecasts.csv").read_text(encoding="utf-8").splitlines()))
    assert tuple(rows[0]) == COLUMNS
    assert {row["model_id"] for row in rows} == {"interplay", "no_theory", "last_value", "drift", "share_trend"}
    scores = json.loads((tmp_path / "out" / "scores.json").read_text(encoding="utf-8"))
    assert scores == {key: value for key, value in document.items() if key != "files"}
    assert scores["origins"] == [2002, 2003] and scores["sound"] is True and len(scores["refits"]) == 4
    shares = [row for row in scores["scores"] if row["quantity"] == "female_share"]
    assert shares and all(row["log_crps"] is None for row in shares), "a share has no count to take the log of"
    drawn = (tmp_path / "out" / "backtest_interplay.svg").read_text(encoding="utf-8")
    assert "Known to the end of 2002" in drawn and "interplay forecast the total better than" in drawn


def test_a_failed_posterior_is_named_and_exits_with_one(tumen: Callable, asked: dict[str, Any]) -> None:
    asked["sound"] = False
    said = tumen("backtest", "toyland", "-o", "out")
    assert said.code == 1
    assert "NOT PASSED - interplay, origin 2003: the chains have not met (at most 1.01)" in said.out
    assert "FAILED DIAGNOSTICS" in Path("out/backtest_interplay.svg").read_text(encoding="utf-8")
    assert tumen("backtest", "toyland", "--json").document["sound"] is False


@pytest.mark.parametrize("origins", ["2004..2002", "last", "2002-2003", "2002..", "02..03", ""])
def test_origins_that_are_no_years_are_refused(tumen: Callable, asked: dict[str, Any], origins: str) -> None:
    said = tumen("backtest", "toyland", "--origins", origins)
    assert said.code == 2
    assert said.err == (
        f"origins {origins!r} - tumen backtest --origins - expected one year, or the first and the last of several as "
        "FIRST..LAST - type for example --origins 2008..2014\n"
    )
    assert "case" not in asked


def test_what_is_wrong_is_said_before_anything_is_run(tumen: Callable, tmp_path: Path) -> None:
    assert tumen("backtest", "toyland", "--theory", "interply").err.startswith("no theory named 'interply'")
    assert tumen("backtest", "nowhere").code == 2
    assert tumen("backtest", "toyland", "--ahead", "0").code == 2
    said = tumen("backtest", "toyland", "--origins", "2004", "--json")
    assert said.code == 2
    assert said.document["error"]["problems"][0]["what"] == "the year after 2004 is not counted by itself"
    twice = tumen("backtest", "toyland", "--theory", "interplay", "--theory", "interplay")
    assert twice.code == 2 and twice.err.startswith("two models are named interplay")
    assert not (tmp_path / "home").exists()


def test_a_folder_that_cannot_be_written_is_said(tumen: Callable, asked: dict[str, Any]) -> None:
    Path("taken").write_text("")
    said = tumen("backtest", "toyland", "-o", "taken")
    assert said.code != 0 and "taken" in said.err and "fault" not in said.err


def test_without_the_extra_it_says_what_to_install(tumen: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "scoringrules" else find(name, *a)
    )
    said = tumen("backtest", "toyland")
    assert said.code == 2
    assert said.err.startswith("a backtest needs packages that are not installed: scoringrules - tumen backtest")

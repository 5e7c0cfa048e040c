"""`tumen difference`: what it prints and writes, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from tests.summary.test_difference import world
from tumen.case import load
from tumen.cli.files import LIST


def test_two_results_are_compared_printed_and_drawn(tumen: Callable, tmp_path: Path) -> None:
    case = {"name": "toyland", "hash": load("toyland").hash}
    world(case=case).save(tmp_path / "a")
    changed = world(1.1, case=case, scenario=["dear_river"], diff=["fee: times 2 from 2000-01 (dear_river)"])
    changed.save(tmp_path / "b")
    said = tumen("difference", "a", "b", "-o", "out")
    assert said.code == 0, said.err
    assert said.out.startswith("paired: the same people and random numbers\nchanged from base\n  fee: times 2")
    assert "  because (dear_river): " in said.out and "\nArrivals" in said.out and "\nDepartures" in said.out
    assert max(map(len, said.out.split("\nArrivals")[1].split("noise:")[0].splitlines())) <= 80
    assert "\nall " in said.out, "a row for all years together"
    files = {path.name for path in (tmp_path / "out").iterdir() if path.name != LIST}
    assert files == {f"difference.{ending}" for ending in ("json", "csv", "svg", "png")}
    assert (tmp_path / "out" / "difference.png").stat().st_size < 200_000
    told = tumen("difference", "a", "b", "--json").document
    assert told.pop("folders") == ["a", "b"]
    assert told == json.loads((tmp_path / "out" / "difference.json").read_text())
    table = pd.read_csv(tmp_path / "out" / "difference.csv")
    row = table[(table["flow"] == "arrivals") & (table["measure"] == "male")].iloc[-1]
    assert row["difference"] == told["arrivals"][-1]["male"]["difference"]


def test_unpaired_results_say_so_first_and_no_result_is_refused(tumen: Callable, tmp_path: Path) -> None:
    world().save(tmp_path / "a")
    world(1.1, seed=7).save(tmp_path / "b")
    said = tumen("difference", "a", "b")
    assert said.code == 0 and said.out.startswith("not paired: another seed: 1 and 7\n")
    assert "two separate samples" in said.out
    none = tumen("difference", "a", "nowhere")
    assert none.code == 2 and "nowhere" in none.err and " - expected " in none.err


def test_an_output_in_the_way_is_said_first(tumen: Callable, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    said = tumen("difference", "nothing", "here", "-o", "out")
    assert said.code == 2
    assert said.err.startswith("there is a file in the way - "), "before the results are read"
    assert (tmp_path / "out").read_text() == "mine"

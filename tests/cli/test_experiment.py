"""`tumen experiment`: run, resume, expand, status and show on a small design, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.experiment.synthetic_sweep import drawn
from tumen.infer import posterior as posteriors

DESIGN = """
title: Draft and market in Toyland
case: toyland
theory: interplay
draws: 2
agents: 400
compare: [1998, 2004]
factors:
  military_first: no_military_first
  market_reform: no_market_reform
"""


@pytest.fixture
def design(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A design file; a made-up posterior stands for that of toyland, which has none."""
    monkeypatch.setattr(posteriors, "posterior", lambda case, theory, **how: drawn())
    path = tmp_path / "design.yaml"
    path.write_text(DESIGN)
    return path


def test_a_design_is_run_shown_and_expanded(tumen: Callable, design: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = tumen("experiment", "run", str(design), "-o", str(out), "--processes", "1")
    assert said.code == 0, said.err
    lines = [" ".join(line.split()) for line in said.out.splitlines() if line.strip()]
    assert lines[0].startswith("Arrivals 1998-2004 in each world: median (80 % interval)")
    assert any(line.startswith("no military") for line in lines)
    assert any(line.startswith("military first x") for line in lines)
    assert any("all draws, 2 draws" in line and "neither" in line for line in lines)

    state = json.loads(tumen("experiment", "status", str(out), "--json").out)
    assert state["asked"] == 2 == len(state["done"]) and state["aside"] == {}
    more = tumen("experiment", "expand", str(out), "--draws", "3", "--processes", "1", "--json")
    assert more.code == 0 and json.loads(more.out)["draws"] == 3
    assert "3 done, 0 set aside" in tumen("experiment", "status", str(out)).out
    again = json.loads(tumen("experiment", "resume", str(out), "--processes", "1", "--json").out)
    assert again["worlds"] == json.loads(more.out)["worlds"], "all that is there is compared"

    shown = tumen("experiment", "show", str(out), "-o", str(tmp_path / "shown"), "--json")
    content = json.loads(shown.out)
    assert {Path(name).name for name in content["files"]} == {
        "experiment.json", "table.csv", "arrivals.svg", "arrivals.png", "departures.svg", "departures.png",
    }  # fmt: skip
    share = content["worlds"]["base"]["arrivals"]["female_share"]
    assert 0 < share["lo80"] <= share["median"] <= share["hi80"] < 1
    total = sum(one["median"] for one in content["shapley"]["arrivals"].values())
    none = content["worlds"]["military_first=no_military_first, market_reform=no_market_reform"]
    assert abs(total - (share["median"] - none["arrivals"]["female_share"]["median"])) < 0.02


def test_what_is_wrong_is_said_with_its_line(tumen: Callable, design: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    design.write_text(DESIGN.replace("no_market_reform", "no_market_reforms"))
    said = tumen("experiment", "run", str(design), "-o", str(out))
    assert said.code == 2 and "design.yaml:10" in said.err and "no_market_reform" in said.err
    assert not out.exists(), "nothing is left behind"
    assert tumen("experiment", "run", str(tmp_path / "none.yaml"), "-o", str(out)).code == 2
    assert tumen("experiment", "status", str(out)).code == 2
    assert tumen("experiment", "show", str(tmp_path)).code == 2
    design.write_text(DESIGN)
    assert tumen("experiment", "run", str(design), "-o", str(out), "--processes", "1").code == 0
    design.write_text(DESIGN.replace("agents: 400", "agents: 500"))
    other = tumen("experiment", "run", str(design), "-o", str(out), "--processes", "1")
    assert other.code == 2 and "the results of another design" in other.err
    fewer = tumen("experiment", "expand", str(out), "--draws", "1")
    assert fewer.code == 2 and "at least 2" in fewer.err

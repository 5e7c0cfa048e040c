"""`tumen size`, with a made-up scatter in place of the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tumen import simulate as simulation
from tumen.cli import progress
from tumen.simulate.sizing import Sizing, find


@pytest.fixture
def quick_size(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Replace `simulation.size` by one whose noise falls with the root of the agents, to `floor`; returns both."""
    asked: dict[str, Any] = {"floor": 0.0}

    def size(world: Any, theory: Any, **options: Any) -> Sizing:
        asked.update(options, theory=theory.name)
        options["progress"]("pilot of 4 agents (1 of 2)", 1, 2)

        def measure(agents: int, seed: int) -> np.ndarray:
            noise = max(2 * agents**-0.5, asked["floor"])
            return 60 * (1 + noise * 8**0.5 * np.random.default_rng([agents, seed]).normal(size=(6, 2, 8)))

        return find(measure, options["noise"], pilot=400, seed=1, most=10**7, check=options["check"])

    monkeypatch.setattr(simulation, "size", size)
    return asked


def test_size_prints_the_table_and_what_to_type(tumen: Callable, quick_size: dict[str, Any]) -> None:
    said = tumen("size", "toyland", "--noise", "0.03", "--theory", "push_pull", "--seed", "5")
    assert said.code == 0, said.err
    assert said.out.startswith(
        "Monte Carlo error of yearly arrivals 1999-2004, toyland, push_pull: standard error of a run"
    )
    assert "agents bring every yearly figure by sex to 3 %, as a second run confirms" in said.out
    assert "agents (one standard error either way)" in said.out
    command = said.out.splitlines()[-1].split()
    assert command[:4] == ["tumen", "run", "toyland", "--people"]
    assert command[5:] == ["--theory", "push_pull", "-o", "DIR"]
    assert max(map(len, said.out.splitlines())) <= 100
    first, last = said.err.splitlines()
    assert first == "pilot of 4 agents (1 of 2): 2 months"
    assert last.startswith("parameters: ")
    assert (quick_size["noise"], quick_size["seed"], quick_size["years"]) == (0.03, 5, (1999, 2004))


def test_the_fewest_tried_are_said_to_be_that(tumen: Callable, quick_size: dict[str, Any]) -> None:
    said = tumen("size", "toyland", "--noise", "0.5")
    assert "400 agents bring every yearly figure by sex to 50 %" in said.out
    assert "fewer than 400 agents were not tried" in said.out


def test_size_gives_one_document(tumen: Callable, quick_size: dict[str, Any]) -> None:
    said = tumen("size", "toyland", "--figure", "departures", "--from", "1996", "--to", "2001", "--json")
    found = said.document
    assert said.code == 0
    assert (found["figure"], found["from"], found["to"], found["noise"]) == ("departures", 1996, 2001, 0.02)
    assert found["command"] == f"tumen run toyland --people {found['agents']} -o DIR"
    assert found["agents_rms"] <= found["agents"]
    assert {"name", "values", "source"} <= found["parameters"].keys()
    assert found["pilot"]["agents"] == 400
    assert found["check"]["agents"] == found["agents"]
    assert found["check"]["rms"].keys() == {"female", "male"}
    assert quick_size["years"] == (1996, 2001)


def test_without_a_check_the_size_is_said_to_be_unconfirmed(tumen: Callable, quick_size: dict[str, Any]) -> None:
    said = tumen("size", "toyland", "--noise", "0.02", "--no-check")
    assert said.code == 0
    assert "by the pilot and the square-root law; not confirmed by a run" in said.out
    assert tumen("size", "toyland", "--no-check", "--json").document["check"] is None


def test_a_check_that_fails_ends_with_one(tumen: Callable, quick_size: dict[str, Any]) -> None:
    quick_size["floor"] = 0.05
    said = tumen("size", "toyland", "--noise", "0.02")
    assert said.code == 1
    assert "agents were tried and have more noise than 2 %" in said.out
    assert "not tried" in said.out
    assert tumen("size", "toyland", "--noise", "0.02", "--json").document["held"] is False


def test_each_stage_has_its_own_time_left(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with progress.stages_run() as step:
        for stage in ("pilot", "check"):
            for month in range(150):
                now[0] += 0.125
                step(stage, month + 1, 150)
    assert capsys.readouterr().err.splitlines() == [
        "pilot: 150 months",
        "81 of 150 months, 8.0 a second, 9 s left",
        "check: 150 months",
        "81 of 150 months, 8.0 a second, 9 s left",
    ]

"""The command line called in this process, with an engine that takes no time."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.result.synthetic import flows, record
from tumen import simulate as simulation
from tumen.case.dates import month_text
from tumen.cli import call
from tumen.result import Result, observed_arrivals


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def tumen(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUMEN_HOME", str(tmp_path / "home"))

    def run(*arguments: str) -> Said:
        capsys.readouterr()
        code = call(list(arguments))
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return run


@pytest.fixture
def quick_engine(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Replace the engine by one that only looks at the world's window and seed; returns what it was asked."""
    asked: list[dict[str, Any]] = []

    def run(world: Any, theory: Any, **options: Any) -> Result:
        asked.append({"world": world, "theory": theory, **options})
        if options["progress"] is not None:
            for month in range(world.months):
                options["progress"](month + 1, world.months)
        case = world.case
        made = record(
            case={"name": case.name, "hash": case.hash},
            scenario=list(world.scenario_names),
            seed=options["seed"],
            people=options["people"] or 999,
            history=world.history,
            parameters={"name": world.parameters.name if world.parameters else "case", "values": {}},
        )
        numbers = flows(month_text(world.start), world.months) * (1 + options["seed"] / 100)
        return Result(numbers, made, observed_arrivals(case.arrivals), {"seconds": 0.1})

    monkeypatch.setattr(simulation, "run", run)
    return asked

"""The room of measurements: one command gives every figure, and a name it does not know is refused."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tumen
from benchmarks import __main__ as benchmarks
from benchmarks import engines, fresh, report
from benchmarks.engines import ENGINES, gap
from benchmarks.gauges import exponent, per_unit, short
from benchmarks.limits import LIMITS
from benchmarks.sizes import FULL, QUICK, SIZES

ROOT = Path(__file__).parents[1]
ENGINE_KEYS = {"engine", "cpu_ns_per_person_month", "peak_mb", "flows_agree"}
LIMIT_KEYS = {
    "calibration": {
        "rows",
        "median_seconds",
        "program_seconds",
        "simulate_seconds",
        "counting_seconds",
        *(f"noise.{sex}.{figure}" for sex in ("female", "male") for figure in ("max", "median", "rms")),
    },
    "growth": {
        "cpu_ns_per_person_month",
        "cpu_by_people.overhead_seconds",
        "cpu_by_people.exponent",
        "cpu_by_months.overhead_seconds",
        "cpu_by_months.exponent",
        "memory_by_people.exponent",
        "memory_by_people.bytes_per_row",
        "memory_by_months.exponent",
        "memory_by_months.mb_per_month",
    },
    "start": {
        "help_seconds",
        "import_tumen_seconds",
        "first_run_seconds",
        "later_run_seconds",
        "later_run_overhead_seconds",
    },
    "threads": {"one_thread_seconds", "two_threads_seconds", "speedup"},
}
#: Fitted to few and small jobs here, so that chance may turn their sign or leave nothing to be seen.
FITTED = ("exponent", "exponent_by_person_months", "bytes_per_row", "mb_per_month", "cpu_ns_per_person_month")
EXACT = ("flows_agree", "largest_gap", "first_run_compiles", "engine", "against")


def figures(thing: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(thing, dict):
        for key, value in thing.items():
            yield from figures(value, f"{name}.{key}".lstrip("."))
    elif isinstance(thing, list):
        for value in thing:
            yield from figures(value, name)
    else:
        yield name, thing


@pytest.mark.slow
def test_the_command_prints_every_figure() -> None:
    path = os.pathsep.join([str(Path(tumen.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--tiny", "--json", "tumen", "reference", *LIMITS],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {"engines", "limits"}
    assert [row["engine"] for row in found["engines"]] == ["tumen", "reference"]
    for row in found["engines"]:
        assert set(row) >= ENGINE_KEYS
        assert row["flows_agree"] is True
        assert row["cpu_ns_per_person_month"] > 0
    assert set(found["limits"]) == set(LIMIT_KEYS)
    for name, keys in LIMIT_KEYS.items():
        assert keys <= {key for key, _ in figures(found["limits"][name])}
    for name, value in figures(found):
        last = name.rpartition(".")[2]
        if last in FITTED:
            assert value is None or math.isfinite(value), name
        elif last not in EXACT:
            assert math.isfinite(value), name
            assert value > 0, name


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["threads", "nothing"], "nothing to measure is called 'nothing' - python -m benchmarks - expected one of"),
        (["--people", "0", "calibration"], "--people 0 is no number of rows"),
    ],
)
def test_a_senseless_question_is_refused_in_a_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmarks.main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in err


def test_full_and_quick_measure_the_same_things() -> None:
    assert SIZES["full"] is FULL
    assert FULL.empty_cache
    assert QUICK.empty_cache
    assert FULL.calibration_people == QUICK.calibration_people
    assert len({engine.name for engine in ENGINES} | set(LIMITS)) == len(ENGINES) + len(LIMITS)


def test_an_engine_is_compared_though_its_partner_was_not_asked_for() -> None:
    flow = np.full((2, 1), 10.0)

    def ask(module: str, *, name: str, size: str, flows: str) -> dict[str, Any]:
        np.save(flows, flow + 1e-4 * (name == "reference"))
        return {"cpu_seconds": 2.0, "person_months": 1000, "peak_mb": 5.0, "rows": 4, "months": 2}

    rows = engines.measure(["tumen-float32", "reference"], replace(QUICK, ask=ask))
    assert [row["engine"] for row in rows] == ["tumen-float32", "reference"]
    assert [row["flows_agree"] for row in rows] == [True, False]
    assert rows[0]["cpu_ns_per_person_month"] == pytest.approx(2e6)
    assert rows[0]["times_tumen"] == 1.0


def test_a_fresh_process_answers_or_says_how_it_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import os\ndef answer(n):\n    return {'twice': 2 * n, 'process': os.getpid(), 'over': 10 // n}\n"
    (tmp_path / "probe.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    answer = fresh.ask("probe", n=4)
    assert answer["twice"] == 8
    assert answer["process"] != os.getpid()
    with pytest.raises(fresh.MeasureError, match="ended with exit code 1: ZeroDivisionError"):
        fresh.ask("probe", n=0)


def test_flows_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        gap(np.zeros((2, 1)), np.zeros(1))


def test_exponents_are_those_of_the_costs() -> None:
    sizes = [10.0, 20.0, 40.0]
    assert exponent(sizes, [5.0 + size**2 for size in sizes], 5.0) == pytest.approx(2.0)
    assert exponent(sizes, [7.0, 7.0, 7.0]) == pytest.approx(0.0)
    assert exponent(sizes, [4.0, 6.0, 7.0], 5.0) is None
    assert per_unit(sizes, [3.0 + 0.5 * size for size in sizes]) == pytest.approx(0.5)


def test_a_figure_that_is_no_number_is_refused() -> None:
    assert short({"a": [1.23456, 7], "b": None}) == {"a": [1.235, 7], "b": None}
    with pytest.raises(ValueError, match="expected a finite number"):
        short({"a": math.nan})


def test_a_full_run_writes_the_figures_and_a_quick_one_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {"engines": [], "limits": {"threads": {"speedup": 1.5, "exponent": None}}}
    path = tmp_path / "figures.json"
    monkeypatch.setattr(benchmarks, "measure", lambda names, size: found)
    monkeypatch.setattr(benchmarks, "write", lambda figures: report.write(figures, path))
    assert benchmarks.main(["--quick"]) == benchmarks.main(["threads"]) == 0
    assert not path.exists()
    assert "  speedup   1.5\n  exponent  none seen" in capsys.readouterr().out
    assert benchmarks.main([]) == 0
    written = json.loads(path.read_text(encoding="utf-8"))
    assert written["limits"] == found["limits"]
    assert set(written["about"]) == {"processor", "system", "versions"}
    assert str(ROOT) not in path.read_text(encoding="utf-8")

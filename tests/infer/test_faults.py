"""What runs is what was hashed, and what the machine does to a run is not taken for the model's answer."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import tumen
from tumen.case import Case, CaseError, load
from tumen.infer import runs
from tumen.infer.observables import Observables
from tumen.infer.run_cache import Refusal, RunCache, RunSpec
from tumen.infer.runs import RunFailedError, Workers, refuse_if_none_done
from tumen.infer.shipment import answer, shipment
from tumen.infer.workers import workers
from tumen.model import theories

TOYLAND, THEORY, ROWS = load("toyland"), theories.open_keys, 400
RATES = (0.02, 0.03, 0.04, 0.05)
#: A script that fits nothing and runs everything, without a main guard; `%s` is what it does.
SCRIPT = """
import dataclasses, sys
from pathlib import Path
import numpy as np
from tumen.model import theories
from tumen.case import load
from tumen.infer.run_cache import RunCache, RunSpec
from tumen.infer.workers import workers

def _hazard_parameters(world, someone):
    return np.asarray(world.monthly("reference_rate")[:, None] / (1 + np.exp(-someone.will))) * SHARE

SHARE = %s
theory = dataclasses.replace(theories.push_pull, name="mine", hazard_parameters=_hazard_parameters)
specs = [RunSpec({}, seed=seed, agents=400) for seed in range(2)]
with workers(processes=2) as some:
    found = some.do(RunCache(Path(sys.argv[1])), load("toyland"), theory, specs)
print(*[float(one.arrivals.sum()) for one in found])
"""


def spec(rate: float = 0.02, *settings: str) -> RunSpec:
    return RunSpec({"reference_rate@1980-01-01": rate}, None, settings, 1, ROWS)


def files(cache: RunCache) -> int:
    return len([path for path in cache.folder.rglob("*") if path.is_file()])


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[RunSpec]:
    """Stands in for the model: every run is refused with what it was of, unless a test says otherwise."""
    asked: list[RunSpec] = []

    def refused(case: Case, theory: Any, one: RunSpec) -> Refusal:
        asked.append(one)
        return Refusal(f"{one.parameters}")

    monkeypatch.setattr(runs, "perform", refused)
    return asked


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception, times: int) -> list[RunSpec]:
    """Have the first runs end in an error."""
    asked: list[RunSpec] = []

    def perform(case: Case, theory: Any, one: RunSpec) -> Refusal:
        asked.append(one)
        if len(asked) <= times:
            raise error
        return Refusal("too dear")

    monkeypatch.setattr(runs, "perform", perform)
    return asked


def test_a_case_edited_in_place_is_run_as_it_was_loaded(tmp_path: Path) -> None:
    shutil.copytree(TOYLAND.folder, tmp_path / "toy")
    first, cache = load(tmp_path / "toy"), RunCache(tmp_path / "runs")
    (before,) = Workers().do(cache, first, THEORY, [spec()])
    table = tmp_path / "toy" / "population.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    at = lines[0].split(",").index("persons")
    cells = [line.split(",") for line in lines[1:]]
    for row in cells:
        row[at] = str(float(row[at]) * 2)
    table.write_text("\n".join([lines[0], *map(",".join, cells)]) + "\n", encoding="utf-8")
    second = load(tmp_path / "toy")
    assert cache.key(first, THEORY, spec()) != cache.key(second, THEORY, spec())
    (after,) = Workers().do(cache, second, THEORY, [spec()])
    sent = answer(shipment(first, THEORY), spec())
    assert isinstance(before, Observables) and isinstance(after, Observables) and isinstance(sent, Observables)
    assert after.arrivals.sum() > 1.5 * before.arrivals.sum()
    assert sent.arrivals.sum() == pytest.approx(before.arrivals.sum(), rel=1e-5), "the case travels as it was loaded"


def test_a_case_replaced_in_memory_is_another_case() -> None:
    cache, rows = RunCache(Path("nowhere")), TOYLAND.vital_rows[:-1]
    assert cache.key(replace(TOYLAND, vital_rows=rows), THEORY, spec()) != cache.key(TOYLAND, THEORY, spec())
    assert cache.key(replace(TOYLAND), THEORY, spec()) == cache.key(TOYLAND, THEORY, spec())


def test_a_changed_copy_of_a_shipped_theory_travels_as_what_it_is() -> None:
    changed = replace(theories.interplay, restrictions=("crossing_success=0",))
    found, plain = (answer(shipment(TOYLAND, theory), spec()) for theory in (changed, theories.interplay))
    assert isinstance(found, Observables) and isinstance(plain, Observables)
    assert found.arrivals.sum() < 0.5 * plain.arrivals.sum()


def test_what_arrives_changed_is_not_run() -> None:
    sent = shipment(TOYLAND, THEORY)
    for changed, said in (
        (replace(sent, subject="another"), "mean something else"),
        (replace(sent, code="another"), "sources of tumen differ"),
    ):
        found = answer(changed, spec())
        assert isinstance(found, runs.Failure) and said in found.reason and not found.machine


def test_a_theory_that_cannot_be_identified_is_run_and_not_kept(tmp_path: Path, seen: list[RunSpec]) -> None:
    file = (tmp_path / "x").open("w")
    theory = replace(THEORY, name="vague", hazard_parameters=lambda world, someone: file)
    cache = RunCache(tmp_path / "runs")
    with file:
        with pytest.warns(RuntimeWarning, match="runs under vague are done and not kept"):
            Workers().do(cache, TOYLAND, theory, [spec()])
        Workers().do(cache, TOYLAND, theory, [spec()])  # filterwarnings = error: it is not said again
        with pytest.raises(CaseError, match="the theory cannot be sent to another process"):
            shipment(TOYLAND, theory)
    assert len(seen) == 2 and not files(cache)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), MemoryError("all gone")])
def test_what_the_machine_fails_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    asked, cache = failing(monkeypatch, error, runs.TRIES - 1), RunCache(tmp_path)
    assert Workers().do(cache, TOYLAND, THEORY, [spec()]) == [Refusal("too dear")]
    assert len(asked) == runs.TRIES


def test_what_the_machine_keeps_failing_is_raised_and_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, cache = failing(monkeypatch, MemoryError("all gone"), 100), RunCache(tmp_path)
    with pytest.raises(RunFailedError, match="3 of 4 runs failed, each tried 3 times, 3 of them with: MemoryError"):
        Workers().do(cache, TOYLAND, THEORY, [spec(rate) for rate in RATES])
    assert not files(cache)
    assert len(asked) <= len(RATES) * runs.TRIES


def test_an_error_of_the_code_is_not_tried_again_and_costs_no_other_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, cache = failing(monkeypatch, ZeroDivisionError("by zero"), 1), RunCache(tmp_path)
    with pytest.raises(RunFailedError, match="1 of 4 runs failed, 1 of them with: ZeroDivisionError: by zero"):
        Workers().do(cache, TOYLAND, THEORY, [spec(rate) for rate in RATES])
    assert (len(asked), files(cache)) == (4, 3)
    Workers().do(cache, TOYLAND, THEORY, [spec(rate) for rate in RATES])
    assert len(asked) == 5, "only the run that failed is done again"


def test_a_cache_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path, seen: list[RunSpec]) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(RunFailedError, match="a run cannot be kept"):
        Workers().do(RunCache(tmp_path / "file"), TOYLAND, THEORY, [spec()])


def test_runs_that_are_all_refused_are_one_error() -> None:
    answers = [Refusal("too dear"), Refusal("too far"), Refusal("too dear")]
    with pytest.raises(CaseError, match="refuses all 3 runs, 2 of them with: too dear"):
        refuse_if_none_done(answers, "the start")
    refuse_if_none_done([], "the start")


def test_a_run_asked_for_twice_is_done_once(tmp_path: Path, seen: list[RunSpec]) -> None:
    one, other, again = Workers().do(RunCache(tmp_path), TOYLAND, THEORY, [spec(0.02), spec(0.03), spec(0.02)])
    assert one == again != other
    assert len(seen) == 2


@pytest.mark.slow
def test_processes_give_the_answers_of_this_one_in_order(tmp_path: Path) -> None:
    asked = [spec(rate) for rate in RATES] + [spec(-1.0)]
    here = Workers().do(RunCache(tmp_path / "one"), TOYLAND, THEORY, asked)
    cache, told = RunCache(tmp_path / "two"), list[tuple[int, int]]()
    with workers(processes=2) as some:
        there = some.do(cache, TOYLAND, THEORY, asked, lambda done, whole: told.append((done, whole)))
        again = some.do(cache, TOYLAND, theories.push_pull, asked[:1])
    assert isinstance(there[-1], Refusal) and isinstance(again[0], Observables)
    for one, other in zip(here[:-1], there[:-1], strict=True):
        assert isinstance(one, Observables) and isinstance(other, Observables)
        assert (one.arrivals == other.arrivals).all()
    assert told == [(done, 5) for done in range(6)]


@pytest.mark.slow
def test_a_lost_process_is_replaced_and_its_run_done_again(tmp_path: Path) -> None:
    asked, cache = [spec(rate) for rate in RATES], RunCache(tmp_path)
    with workers(processes=2) as some:
        pool: Any = some._runner

        def kill(done: int, whole: int) -> None:
            if done == 1:
                os.kill(next(one for one in pool._processes if one is not None)._process.pid, signal.SIGKILL)

        found = some.do(cache, TOYLAND, THEORY, asked, kill)
    assert all(isinstance(one, Observables) for one in found)
    assert not cache.refusals()


@pytest.mark.slow
def test_an_interruption_keeps_what_is_done_and_leaves_no_process(tmp_path: Path) -> None:
    cache, seen_processes = RunCache(tmp_path), list[Any]()
    with workers(processes=2) as some:
        pool: Any = some._runner

        def stop(done: int, whole: int) -> None:
            if done == 2:
                seen_processes.extend(one._process for one in pool._processes if one is not None)
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            some.do(cache, TOYLAND, THEORY, [spec(rate) for rate in RATES], stop)
    assert files(cache) == 2
    assert seen_processes and all(one.poll() is not None for one in seen_processes)


@pytest.mark.slow
def test_a_script_of_ones_own_needs_no_guard_and_an_edit_of_it_is_seen(tmp_path: Path) -> None:
    found = []
    for share in (0.5, 1.0):
        script = tmp_path / "mine.py"
        script.write_text(SCRIPT % share, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, str(script), str(tmp_path / "runs")],
            env=os.environ | {"PYTHONPATH": str(Path(tumen.__file__).parent.parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found.append([float(one) for one in done.stdout.split()])
    assert len(list((tmp_path / "runs").glob("*/*.npz"))) == 4, "kept, each under a name of its own"
    assert all(one < other for one, other in zip(*found, strict=True))


@pytest.mark.slow
def test_processes_end_with_a_killed_parent(tmp_path: Path) -> None:
    body = SCRIPT.replace("range(2)", "range(500)") % 1.0
    script = tmp_path / "mine.py"
    script.write_text(body, encoding="utf-8")
    parent = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "runs")],
        env=os.environ | {"PYTHONPATH": str(Path(tumen.__file__).parent.parent)},
    )
    until = time.monotonic() + 120
    while not list((tmp_path / "runs").glob("*/*.npz")) and time.monotonic() < until:
        time.sleep(0.2)
    listed = subprocess.run(
        ["ps", "--ppid", str(parent.pid), "-o", "pid="], capture_output=True, text=True, check=False
    )
    children = [int(pid) for pid in listed.stdout.split()]
    parent.kill()
    parent.wait()
    assert len(children) == 2
    while any(_alive(pid) for pid in children) and time.monotonic() < until:
        time.sleep(0.2)
    assert not any(_alive(pid) for pid in children)


def _alive(pid: int) -> bool:
    state = subprocess.run(["ps", "-p", str(pid), "-o", "stat="], capture_output=True, text=True, check=False)
    return bool(state.stdout.strip()) and not state.stdout.startswith("Z")

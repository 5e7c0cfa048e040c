"""The command as a process of its own: how fast it starts, what Ctrl-C leaves, what a closed pipe does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENV = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
COMMAND = [sys.executable, "-c", "from tumen.cli import main; main()"]

SLOW_SIZE = """
import sys, time
from tumen import simulate as simulation
def size(world, theory, *, progress, **options):
    for month in range(1000):
        progress("pilot", month + 1, 1000)
        if month == 5:
            print("running", flush=True)
        time.sleep(0.05)
simulation.size = size
from tumen.cli import main
main(["size", "toyland", *sys.argv[2:]])
"""

SLOW_ENGINE = """
import sys, time
from tumen import simulate as simulation
def run(world, theory, *, progress, **options):
    for month in range(1000):
        progress(month + 1, 1000)
        if month == 5:
            print("running", flush=True)
        time.sleep(0.05)
simulation.run = run
from tumen.cli import main
main(["run", "toyland", "--no-figures", "-o", sys.argv[1], *sys.argv[2:]])
"""


def processor_seconds(command: list[str]) -> float:
    """Least processor time of five runs: what the clock says depends on who else is at work."""
    times = []
    for _ in range(5):
        before = os.times()
        subprocess.run(command, env=ENV, capture_output=True, check=True)
        after = os.times()
        times.append(sum(after[2:4]) - sum(before[2:4]))
    return min(times)


def test_help_comes_at_once() -> None:
    """0.3 s where importing the parser of options alone takes 0.15 s, as on an idle machine; twice that elsewhere."""
    parser = processor_seconds([sys.executable, "-c", "import typer"])
    assert processor_seconds([*COMMAND, "--help"]) < max(0.3, 2 * parser)


def test_help_loads_nothing_heavy() -> None:
    heavy = "{'numpy', 'pandas', 'xarray', 'rich', 'altair', 'numba', 'duckdb', 'ruamel'}"
    code = f"import sys; from tumen.cli import call; call(['run', '--help']); print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], env=ENV, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize("code", [SLOW_ENGINE, SLOW_SIZE], ids=["run", "size"])
def test_an_interrupt_ends_with_130_and_leaves_nothing(tmp_path: Path, code: str, options: list[str]) -> None:
    command = [sys.executable, "-c", code, str(tmp_path / "out"), *options]
    with subprocess.Popen(command, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "interrupted: no result was written"
    assert "Traceback" not in err
    assert ('"exit": 130' in out) == bool(options)
    assert list(tmp_path.iterdir()) == []


def test_a_reader_who_leaves_early_is_no_error() -> None:
    command = [*COMMAND, "check", "toyland", "-v"]
    with subprocess.Popen(command, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read().decode()
    assert err == ""


def test_version_and_no_verb() -> None:
    done = subprocess.run([*COMMAND, "--version"], env=ENV, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("tumen ")
    done = subprocess.run(COMMAND, env=ENV, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: tumen")


@pytest.mark.slow
def test_a_real_run_comes_out_the_same_in_another_process(tmp_path: Path) -> None:
    for name, threads in (("one", "1"), ("two", "2")):
        options = ["--people", "500", "--to", "1990", "--events", "--threads", threads, "-q", "-o", name]
        line = [*COMMAND, "run", "north_korea", *options]
        done = subprocess.run(line, cwd=tmp_path, env=ENV, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert Path("events/events.parquet") in files
    for file in files:
        if file != Path("timings.json"):
            assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file
    line = [*COMMAND, "verify", "one", "--reproduce"]
    done = subprocess.run(line, cwd=tmp_path, env=ENV, capture_output=True, text=True)
    assert "run again: the same to the bit" in done.stdout, done.stderr


WITHOUT_EXTRAS = """
import sys
extras = "jax numpyro tinygp dask distributed arviz_stats scoringrules SALib fsspec psutil"
sys.modules |= dict.fromkeys(extras.split())  # importing one is an error
from tumen.cli import call
sys.exit(call(sys.argv[1:]))
"""


@pytest.mark.slow
def test_runs_draws_and_figures_need_no_extra(tmp_path: Path) -> None:
    """The main job as it is installed by default: a run with draws of a posterior, its figures, what reads them."""
    shown = str(tmp_path / "run")
    run = ["run", "north_korea", "--people", "400", "--draws", "2", "--to", "1992", "-o", shown]
    for words in (run, ["show", shown], ["difference", shown, shown], ["verify", shown]):
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT_EXTRAS, *words],
            env=ENV | {"TUMEN_HOME": str(tmp_path / "home")}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{words}: {done.stderr}"

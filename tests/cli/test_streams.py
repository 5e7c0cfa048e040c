"""Whatever stdout is, narrow, a pipe, in another encoding or full: no number is lost and nothing is a fault."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.table import Table

import tumen.case as tc
from tests.result.synthetic import draws, flows, observed, of_draws, record
from tumen.cli.screen import Screen
from tumen.result import Result
from tumen.summary.table import table

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from tumen.cli import main; main()"]
FULL = Path("/dev/full")


def called(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]), **options.pop("env", {})}
    return subprocess.run([*COMMAND, *arguments], env=env, stderr=subprocess.PIPE, **options)


@pytest.fixture(scope="module")
def korean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case with letters in its title that most encodings lack."""
    place = tmp_path_factory.mktemp("korean") / "toy"
    shutil.copytree(tc.load("toyland").folder, place)
    manifest = place / "case.yaml"
    lines = manifest.read_text(encoding="utf-8").splitlines()
    titled = ["title: 두만강 — Țara" if line.startswith("title:") else line for line in lines]
    manifest.write_text("\n".join(titled) + "\n", encoding="utf-8")
    return place


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "latin-1", "cp1252", "cp949"])
def test_no_encoding_is_a_fault(korean: Path, encoding: str) -> None:
    env = {"PYTHONIOENCODING": encoding}
    said = called("check", str(korean), env=env, stdout=subprocess.PIPE)
    assert (said.returncode, said.stderr) == (0, b"")
    assert "every rule is kept" in said.stdout.decode(encoding)
    said = called("check", str(korean), "--json", env=env, stdout=subprocess.PIPE)
    assert (said.returncode, said.stderr) == (0, b"")
    assert json.loads(said.stdout)["title"] == "두만강 — Țara", "no letter of a document is lost"


@pytest.mark.skipif(not FULL.exists(), reason="the system has no such device")
@pytest.mark.parametrize("line", ["check toyland", "cases --json", "run toyland -o out --no-figures --people 2000"])
def test_a_full_stdout_is_said_before_the_work(tmp_path: Path, line: str) -> None:
    with FULL.open("wb") as full:
        said = called(*line.split(), cwd=tmp_path, stdout=full)
    sentence = (
        "the output cannot be written (no space left on device) - stdout - expected room for it - send it to a "
        "terminal, a pipe or a disk that is not full\n"
    )
    assert (said.returncode, said.stderr.decode()) == (2, sentence)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not FULL.exists(), reason="the system has no such device")
def test_a_full_stderr_does_not_end_the_work() -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    with FULL.open("wb") as full:
        done = subprocess.run([*COMMAND, "check", "nowhere"], env=env, stderr=full, stdout=subprocess.PIPE)
    assert done.returncode == 2


@pytest.mark.parametrize("width", [10, 40, 80, 200])
@pytest.mark.parametrize("of_posterior", [False, True])
def test_no_number_of_the_table_is_cropped(width: int, of_posterior: bool) -> None:
    made = Result(flows() * 1000, record(draws=of_draws()), observed(), draws=draws() * 1000 if of_posterior else None)
    narrow, wide = ((io.StringIO(), each) for each in (width, 500))
    for text, columns in (narrow, wide):
        Screen(file=text, width=columns, markup=False).print(table(made))
    numbers = [[word for word in text.getvalue().split() if word[0].isdigit()] for text, _ in (narrow, wide)]
    assert numbers[0] == numbers[1]
    assert "…" not in narrow[0].getvalue()


@pytest.mark.parametrize("width", [10, 30, 60])
def test_text_gives_way_but_no_word_is_lost(width: int) -> None:
    words = Table("input", "women less men", "what the sources say of it")
    words.add_row("compulsory_service_years", "-1,234,567", "a sentence of many words which may stand in several lines")
    text = io.StringIO()
    Screen(file=text, width=width).print(words)
    assert "…" not in text.getvalue()
    for word in ("compulsory_service_years", "-1,234,567", "sentence", "several"):
        assert word in text.getvalue()
    assert len(text.getvalue().splitlines()) > 5

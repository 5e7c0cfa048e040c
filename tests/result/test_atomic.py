"""A result is whole or absent, whatever happens while it is written."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.result.synthetic import flows, observed, record
from tumen.result import Result, ResultError, atomic, check_target, fresh_folder, read, verify

ROOT = Path(__file__).parents[2]


def small(seed: int = 1) -> Result:
    return Result(flows("2001-01", 12), record(seed=seed), observed())


def broken_writes(place: Path, how: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "tests.result.fault_driver", str(place), how]
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the driver forks")
@pytest.mark.parametrize("how", ["kill", "interrupt", "full", "kill-renames"])
def test_broken_at_any_file_operation_the_result_is_whole_or_absent(tmp_path: Path, how: str) -> None:
    lines = broken_writes(tmp_path, how)
    assert len(lines) > 30, "the driver met too few operations to say anything"
    for line in lines:
        allowed = {line["before"], "new"} | ({"absent"} if how == "kill-renames" else set())
        assert line["after"] in allowed, line
        assert [name for name in line["next"] if not name.endswith("-old")] == ["run"], line
    assert any(line["after"] == line["before"] for line in lines)
    if how in ("interrupt", "full"):
        assert not [line for line in lines if line["left"] and line["after"] != "new"]
    if how == "full":
        assert {line["status"] for line in lines if line["after"] != "new"} == {1 << 8}


def test_an_earlier_result_is_replaced(tmp_path: Path) -> None:
    small(1).save(tmp_path / "run")
    small(2).save(tmp_path / "run")
    assert read(tmp_path / "run").record["seed"] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_folders_above_are_made(tmp_path: Path) -> None:
    small().save(tmp_path / "a" / "b" / "run")
    assert verify(tmp_path / "a" / "b" / "run").sound


def test_a_link_to_a_result_stays_a_link(tmp_path: Path) -> None:
    small(1).save(tmp_path / "run")
    (tmp_path / "latest").symlink_to("run")
    small(2).save(tmp_path / "latest")
    assert (tmp_path / "latest").is_symlink()
    assert read(tmp_path / "run").record["seed"] == 2


def test_a_folder_that_is_no_result_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ResultError) as caught:
        small().save(tmp_path)
    assert str(caught.value) == (
        f"the folder is in use and is no result - {tmp_path} - expected a new folder, an empty one or an earlier "
        "result - give another -o DIR"
    )
    assert caught.value.code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_result_with_a_foreign_file_in_it_is_not_deleted(tmp_path: Path) -> None:
    small().save(tmp_path / "run")
    (tmp_path / "run" / "notes.md").write_text("mine")
    with pytest.raises(ResultError, match=r"also holds 'notes\.md', which replacing it would delete"):
        small().save(tmp_path / "run")
    assert (tmp_path / "run" / "notes.md").read_text() == "mine"


@pytest.mark.parametrize("name", ["arrivals.csv", "timings.json", "figures/mine.svg", "run.json"])
def test_a_file_that_somebody_changed_or_added_is_not_deleted(tmp_path: Path, name: str) -> None:
    small().save(tmp_path / "run")
    file = tmp_path / "run" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("mine")
    for refused in (lambda: check_target(tmp_path / "run"), lambda: small().save(tmp_path / "run")):
        with pytest.raises(ResultError, match=name):
            refused()
    assert file.read_text() == "mine"


def test_somebody_elses_run_json_is_no_result(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"scripts": {}}')
    with pytest.raises(ResultError, match=r"run\.json is not as it was written"):
        small().save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("mine")
    with pytest.raises(ResultError, match="there is a file in the way"):
        check_target(tmp_path / "run")
    with pytest.raises(ResultError, match=r"a file stands where a folder is needed|not a directory"):
        check_target(tmp_path / "run" / "below")


@pytest.mark.parametrize("name", ["a\0b", "x" * 400, "/proc/no/such", "/"])
def test_names_that_cannot_be_folders_are_refused(name: str) -> None:
    with pytest.raises(ResultError) as caught:
        small().save(name)
    assert " - expected " in str(caught.value)


def test_a_long_name_still_fits_its_hidden_folder(tmp_path: Path) -> None:
    assert small().save(tmp_path / ("x" * 250)).folder is not None


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (errno.EROFS, 2, "the folder cannot be written (read-only file system)"),
        (errno.EACCES, 2, "the folder cannot be written (permission denied)"),
        (errno.ENOSPC, 1, "the disk is full: nothing was kept"),
        (errno.EIO, 1, "writing failed (input/output error): nothing was kept"),
    ],
)
def test_what_the_system_refuses_becomes_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: int, words: str
) -> None:
    def refuse(path: Path) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(atomic, "_sync", refuse)
    with pytest.raises(ResultError) as caught:
        small().save(tmp_path / "run")
    assert str(caught.value).startswith(words)
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_read_only_folder_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(ResultError, match="cannot be written") as caught:
            check_target(tmp_path / "run")
    finally:
        tmp_path.chmod(0o755)
    assert caught.value.code == 2


def test_a_read_only_folder_is_refused_for_the_superuser_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(ResultError, match="the folder cannot be written") as caught:
        check_target(tmp_path / "run")
    assert caught.value.code == 2


def test_a_leftover_of_a_living_writer_is_not_cleared(tmp_path: Path) -> None:
    with fresh_folder(tmp_path / "run") as part:
        (part / "run.json").write_text("{}")
        os.utime(part, (0, 0))
        small().save(tmp_path / "run")
        assert part.exists()


def test_swapping_and_renaming_give_the_same_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(1).save(tmp_path / "run")
    monkeypatch.setattr(atomic, "_exchange", lambda one, other: False)
    small(2).save(tmp_path / "run")
    assert read(tmp_path / "run").record["seed"] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["run"]

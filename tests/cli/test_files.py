"""What cannot be written is said before the work, in one sentence with exit code 2, by every verb that has -o."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import tumen.case as tc
from tumen import simulate as simulation
from tumen.cli import files
from tumen.infer import best_fit, estimation
from tumen.result import ResultError

FOLDERS = {
    "posterior": "posterior north_korea",
    "forecast": "forecast north_korea --from 2015 --to 2016",
    "sensitivity": "sensitivity north_korea",
    "decompose": "decompose north_korea",
    "backtest": "backtest toyland",
    "priors": "priors toyland --predictive",
    "schema": "schema",
    "show": "experiment show nowhere",
    "experiment": "experiment run design.yaml",
    "run": "run toyland",
}
MAY_MOUNT = shutil.which("unshare") and subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0
FILES = {"fit": "fit toyland", "calibrate": "calibrate toyland"}


@pytest.fixture(autouse=True)
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def worked(*asked: object, **options: object) -> None:
        raise AssertionError("the work was begun")

    for room, verb in ((simulation, "run"), (best_fit, "fit"), (estimation, "calibrate")):
        monkeypatch.setattr(room, verb, worked)


@pytest.mark.parametrize("line", [*FOLDERS.values(), *FILES.values()], ids=[*FOLDERS, *FILES])
def test_an_output_below_a_file_is_refused_first(tumen: Callable, tmp_path: Path, line: str) -> None:
    (tmp_path / "file").write_text("mine")
    said = tumen(*line.split(), "-o", "file/below")
    assert (said.code, len(said.err.splitlines())) == (2, 1)
    assert said.err.startswith("a file stands where a folder is needed - ")
    assert (tmp_path / "file").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("line", FOLDERS.values(), ids=FOLDERS)
def test_a_file_in_place_of_the_folder_is_refused_first(tumen: Callable, tmp_path: Path, line: str) -> None:
    (tmp_path / "out").write_text("mine")
    said = tumen(*line.split(), "-o", "out")
    assert (said.code, said.err.split(" - ")[0]) == (2, "there is a file in the way")


@pytest.mark.parametrize("line", FILES.values(), ids=FILES)
def test_what_is_no_file_is_not_replaced(tumen: Callable, tmp_path: Path, line: str) -> None:
    (tmp_path / "out").mkdir()
    said = tumen(*line.split(), "-o", "out")
    assert (said.code, said.err.split(" - ")[0]) == (2, "a folder stands where a file is needed")
    said = tumen(*line.split(), "-o", os.devnull)
    assert (said.code, said.err.split(" - ")[0]) == (2, "it is not an ordinary file")


@pytest.mark.parametrize(
    "line", [*FILES.values(), FOLDERS["backtest"], FOLDERS["priors"], FOLDERS["forecast"], "run north_korea -o out"]
)
def test_a_home_below_a_file_is_said_first(
    tumen: Callable, tmp_path: Path, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("mine")
    monkeypatch.setenv("TUMEN_HOME", str(tmp_path / "file" / "home"))
    said = tumen(*line.split(), *([] if " -o " in line else ["-o", "out"]))
    assert said.code == 2
    assert said.err.startswith("runs cannot be kept: a file stands where a folder is needed - ")
    assert said.err.endswith("set TUMEN_HOME to a folder that can be written\n")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_home_that_is_not_there_yet_is_no_hindrance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUMEN_HOME", str(tmp_path / "not" / "yet"))
    files.check_home("toyland")
    assert list(tmp_path.iterdir()) == [], "trying out leaves nothing"


READ_ONLY = """
import sys
from pathlib import Path
from tumen.cli.files import check_home, file_to_write, folder_to_write
from tumen.result import ResultError
for check in (file_to_write, folder_to_write, lambda place: check_home("toyland")):
    try:
        check(Path(sys.argv[1]) / "out")
    except ResultError as error:
        print(error)
"""


@pytest.mark.skipif(not MAY_MOUNT, reason="only Linux's superuser may mount")
def test_a_read_only_disk_is_found_out(tmp_path: Path) -> None:
    env = {**os.environ, "TUMEN_HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    shell = 'mount -t tmpfs -o ro none "$0" && exec "$1" -c "$2" "$0"'
    command = ["unshare", "-m", "sh", "-c", shell, str(tmp_path), sys.executable, READ_ONLY]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("read-only file system") == 3


def test_an_address_elsewhere_is_not_taken_for_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine")
    for address in ("s3://bucket/place", "memory://place"):
        assert files.address_to_write(address) == address
    with pytest.raises(ResultError, match="a file stands where a folder is needed"):
        files.address_to_write("file/below")


@pytest.mark.parametrize(("number", "code"), [(errno.EACCES, 2), (errno.ENOSPC, 1)])
def test_a_folder_that_the_system_does_not_give_is_no_fault(
    tumen: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    shutil.copytree(tc.load("toyland").folder, tmp_path / "mine")
    listed = Path.iterdir

    def refused(self: Path) -> object:
        if self.name == "mine":
            raise OSError(number, os.strerror(number), str(self))
        return listed(self)

    monkeypatch.setattr(Path, "iterdir", refused)
    said = tumen("check", "mine", "--json")
    assert said.code == code
    assert said.err.startswith(
        f"the system refuses it ({os.strerror(number).lower()}) - mine - expected a file or folder"
    )
    assert said.document["error"]["exit"] == code


def test_a_warning_is_a_sentence(tmp_path: Path) -> None:
    code = (
        "import warnings, tumen.cli as cli; cli.call = lambda asked: warnings.warn('kept - said', stacklevel=1) or 0\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    done = subprocess.run([sys.executable, "-c", f"{code}cli.main([])"], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "kept - said\n")


def test_a_working_folder_that_was_deleted_is_said(
    tumen: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    said = tumen("cases")
    assert (said.code, said.err.partition(" - ")[0]) == (2, "the folder you are in is no longer there")


def test_a_file_of_the_same_name_that_is_not_ours_stays(tmp_path: Path) -> None:
    theirs = tmp_path / "b.csv"
    theirs.write_text("theirs", encoding="utf-8")
    with pytest.raises(ResultError, match=r"have these names: b\.csv .* move them away") as told:
        files.write_all(tmp_path, lambda: {"a.csv": b"1", "b.csv": b"2"})
    assert told.value.code == 1 and theirs.read_text(encoding="utf-8") == "theirs"
    assert (tmp_path / "a.csv").read_bytes() == b"1", "the others are written"
    theirs.unlink()
    for content in (b"2", b"3"):
        files.write_all(tmp_path, lambda content=content: {"a.csv": b"1", "b.csv": content})  # type: ignore[misc]
        assert theirs.read_bytes() == content, "ours are replaced"
    theirs.write_text("edited", encoding="utf-8")
    with pytest.raises(ResultError, match=r"b\.csv"):
        files.write_all(tmp_path, lambda: {"b.csv": b"4"})
    assert theirs.read_text(encoding="utf-8") == "edited"


def test_what_was_broken_off_is_still_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tumen.result import atomic

    files.write_all(tmp_path, lambda: {"a.csv": b"1", "b.csv": b"1"})
    replace = atomic.replace_file

    def broken(path: Path, content: bytes) -> None:
        if path.name == "b.csv":
            raise KeyboardInterrupt
        replace(path, content)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(atomic, "replace_file", broken)
        files.write_all(tmp_path, lambda: {"a.csv": b"2", "b.csv": b"2"})
    files.write_all(tmp_path, lambda: {"a.csv": b"3", "b.csv": b"3"})
    assert (tmp_path / "b.csv").read_bytes() == b"3"

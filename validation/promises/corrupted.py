"""Promise 27: whatever is flipped, cut, lengthened, swapped, taken away or added in a result is named by `verify`."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from tumen.cli import call
from tumen.result import ResultError, verify
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED

ID = 27
SMALL, FULL = Size(tries=48, people=400), Size(tries=2000, people=400)


def check(size: Size) -> Row:
    """Damage copies of a result with its figures, and count the damages that go unnamed."""
    watch, draw = Watch(ID, "corruption is noticed", SEED), random.Random(SEED)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"
        code = call(["run", "toyland", "--people", str(size.people), "--draws", "0", "-q", "-o", str(whole)])
        if code or not verify(whole).sound:
            return watch.row(size.tries, size.tries, f"no sound result to damage (exit code {code})")
        missed = [said for number in range(size.tries) if (said := _missed(whole, Path(folder) / "copy", number, draw))]
    kinds = ", ".join(damage.__name__.strip("_") for damage in DAMAGES)
    first = f", the first {missed[0]}" if missed else ""
    return watch.row(size.tries, len(missed), f"{size.tries} damages ({kinds}), {len(missed)} not named{first}")


def _missed(whole: Path, place: Path, number: int, draw: random.Random) -> str:
    """One damage to a copy; the damage in words where `verify` names none of the files it touched."""
    shutil.copytree(whole, place)
    try:
        damage = DAMAGES[number % len(DAMAGES)]
        touched = damage(place, sorted(path for path in place.rglob("*") if path.is_file()), draw)
        names = {path.relative_to(place).as_posix() for path in touched}
        try:
            named = {finding.file for finding in verify(place).findings}
        except ResultError as error:  # the record itself is beyond reading
            named = {name for name in names if Path(name).name in str(error)}
        return "" if names & named else f"{damage.__name__.strip('_')} of {', '.join(sorted(names))}"
    finally:
        shutil.rmtree(place)


def _flip(place: Path, files: list[Path], draw: random.Random) -> list[Path]:
    one = draw.choice(files)
    content = bytearray(one.read_bytes())
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    one.write_bytes(bytes(content))
    return [one]


def _cut(place: Path, files: list[Path], draw: random.Random) -> list[Path]:
    one = draw.choice(files)
    content = one.read_bytes()
    one.write_bytes(content[: draw.randrange(len(content))])
    return [one]


def _lengthening(place: Path, files: list[Path], draw: random.Random) -> list[Path]:
    one = draw.choice(files)
    one.write_bytes(one.read_bytes() + b"\n")
    return [one]


def _swap(place: Path, files: list[Path], draw: random.Random) -> list[Path]:
    one, other = draw.sample([path for path in files if path.name != "run.json"], 2)
    contents = one.read_bytes(), other.read_bytes()
    one.write_bytes(contents[1])
    other.write_bytes(contents[0])
    return [one, other]


def _removal(place: Path, files: list[Path], draw: random.Random) -> list[Path]:
    one = draw.choice(files)
    one.unlink()
    return [one]


def _addition(place: Path, files: list[Path], draw: random.Random) -> list[Path]:
    one = draw.choice(files).with_name("added.csv")
    one.write_text("year,sex\n", encoding="utf-8")
    return [one]


DAMAGES: tuple[Callable[[Path, list[Path], random.Random], list[Path]], ...] = (
    _flip,
    _cut,
    _lengthening,
    _swap,
    _removal,
    _addition,
)

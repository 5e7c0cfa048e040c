"""Every file that was changed, cut short, swapped, taken away or added is named."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest

from tests.result.synthetic import draws, flows, observed, record
from tumen.result import Result, ResultError, read, verify
from tumen.result.figures import save_figures
from tumen.result.record import sealed

FIGURES = {"arrivals.svg": b"<svg/>", "arrivals.png": b"\x89PNG" + bytes(2000)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("verify") / "run"
    saved = Result(flows("2001-01", 12), record(), observed(), draws=draws(2001, 2001)).save(place)
    save_figures(saved, FIGURES)
    return place


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "run"))


def names(place: Path) -> list[str]:
    return [path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()]


def found(place: Path) -> list[tuple[str, str]]:
    return [(finding.file, finding.fault) for finding in verify(place).findings]


def test_an_untouched_result_is_sound(folder: Path) -> None:
    assert verify(folder).sound
    assert verify(folder).checked == len(names(folder)) == 8


def test_every_flipped_byte_and_every_cut_is_named(folder: Path, tmp_path: Path) -> None:
    """200 random changes over all files; none may pass (a hash misses one in 2**256)."""
    draw = random.Random(1)
    for number in range(200):
        place = Path(shutil.copytree(folder, tmp_path / str(number)))
        name = draw.choice(names(place))
        content = bytearray((place / name).read_bytes())
        if number % 4 == 0:
            changed = bytes(content[: draw.randrange(len(content))])
        elif number % 4 == 1:
            changed = bytes(content) + b" "
        else:
            content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
            changed = bytes(content)
        (place / name).write_bytes(changed)
        try:
            assert name in {finding.file for finding in verify(place).findings}, (number, name)
        except ResultError as error:  # the record itself is beyond reading, or claims to be newer
            assert "run.json" in str(error)
            assert name == "run.json"
        shutil.rmtree(place)


def test_a_changed_file_is_refused_when_read(copy: Path) -> None:
    content = bytearray((copy / "flows.nc").read_bytes())
    content[5000] ^= 1
    (copy / "flows.nc").write_bytes(content)
    assert found(copy) == [("flows.nc", "changed")]
    with pytest.raises(ResultError, match=r"the file is not the one that was written - .*flows\.nc"):
        read(copy)


def test_an_edited_record_is_named_and_refused(copy: Path) -> None:
    text = (copy / "run.json").read_text()
    (copy / "run.json").write_text(text.replace('"seed": 1', '"seed": 2'))
    assert ("run.json", "changed") in found(copy)
    with pytest.raises(ResultError, match="the record was changed after it was written"):
        read(copy)


def test_missing_and_added_files_are_named(copy: Path) -> None:
    (copy / "arrivals.csv").unlink()
    (copy / "timings.json").unlink()
    (copy / "notes.txt").write_text("x")
    (copy / "figures" / "extra.png").write_text("x")
    assert found(copy) == [
        ("arrivals.csv", "missing"),
        ("figures/extra.png", "added"),
        ("notes.txt", "added"),
        ("timings.json", "missing"),
    ]
    with pytest.raises(ResultError, match="a file of the result is missing"):
        read(copy)


def test_swapped_files_are_named(copy: Path) -> None:
    one, other = copy / "figures" / "arrivals.svg", copy / "figures" / "arrivals.png"
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    assert found(copy) == [("figures/arrivals.png", "changed"), ("figures/arrivals.svg", "changed")]


def test_figures_of_another_result_are_named(copy: Path, tmp_path: Path) -> None:
    other = Result(flows("2001-01", 12), record(seed=2), observed()).save(tmp_path / "other")
    save_figures(other, FIGURES)
    shutil.rmtree(copy / "figures")
    shutil.copytree(tmp_path / "other" / "figures", copy / "figures")
    assert found(copy) == [("figures/figures.json", "drawn from another result")]


def test_figures_without_their_list_are_named(copy: Path) -> None:
    (copy / "figures" / "figures.json").unlink()
    assert ("figures/figures.json", "missing") in found(copy)


def test_a_link_is_not_followed(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "same").write_bytes((copy / "flows.nc").read_bytes())
    (copy / "flows.nc").unlink()
    (copy / "flows.nc").symlink_to(tmp_path / "same")
    (copy / "out").symlink_to(tmp_path)
    assert found(copy) == [("flows.nc", "unreadable"), ("out", "added")]


def test_a_newer_schema_is_refused(copy: Path) -> None:
    document = json.loads((copy / "run.json").read_text())
    (copy / "run.json").write_bytes(sealed({**document, "schema": 7}))
    with pytest.raises(ResultError, match=r"written by a newer tumen \(schema 7\)"):
        verify(copy)


def test_no_result_is_said(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "absent"):
        with pytest.raises(ResultError, match="there is no result here"):
            verify(place)


def test_drawing_figures_again_leaves_the_record_alone(copy: Path) -> None:
    before = (copy / "run.json").read_bytes()
    save_figures(read(copy), {"arrivals.svg": b"<svg></svg>"})
    assert (copy / "run.json").read_bytes() == before
    assert verify(copy).sound
    assert (copy / "figures" / "arrivals.png").read_bytes() == FIGURES["arrivals.png"], "drawn before, and still true"

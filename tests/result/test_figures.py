"""Figures are replaced one by one, never with the folder: what somebody else keeps there stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.result.synthetic import flows, observed, record
from tumen.result import Result, ResultError, figures, read, verify
from tumen.result.figures import check_figures, save_figures


@pytest.fixture
def saved(tmp_path: Path) -> Result:
    return Result(flows("2001-01", 12), record(), observed()).save(tmp_path / "run")


def test_files_of_others_stay(saved: Result) -> None:
    assert saved.folder is not None
    place = saved.folder / "figures"
    place.mkdir()
    (place / "a.svg").write_text("mine")
    (place / "notes").mkdir()
    (place / "notes" / "b.txt").write_text("mine")
    placed = save_figures(saved, {"a.svg": b"drawn", "b.svg": b"drawn"})
    assert (placed.written, placed.foreign) == (("b.svg",), ("a.svg",))
    save_figures(saved, {"b.svg": b"drawn again"})
    assert ((place / "a.svg").read_text(), (place / "notes" / "b.txt").read_text()) == ("mine", "mine")
    assert (place / "b.svg").read_text() == "drawn again"
    assert [(each.file, each.fault) for each in verify(saved.folder).findings] == [
        ("figures/a.svg", "added"),
        ("figures/notes/b.txt", "added"),
    ]


def test_figures_of_another_result_give_way_unless_changed(saved: Result, tmp_path: Path) -> None:
    other = Result(flows("2001-01", 12), record(seed=2), observed()).save(tmp_path / "other")
    save_figures(other, {"a.svg": b"old", "b.svg": b"old"})
    assert saved.folder is not None and other.folder is not None
    (other.folder / "figures").rename(saved.folder / "figures")
    (saved.folder / "figures" / "b.svg").write_text("edited")
    placed = save_figures(saved, {"c.svg": b"new"})
    assert (placed.written, placed.kept) == (("c.svg",), ())
    assert sorted(path.name for path in placed.folder.iterdir()) == ["b.svg", "c.svg", "figures.json"]


@pytest.mark.parametrize("content", ["{}", "not JSON", '{"files": {}}'])
def test_a_list_that_tumen_did_not_write_is_refused(saved: Result, content: str) -> None:
    assert saved.folder is not None
    (saved.folder / "figures").mkdir()
    (saved.folder / "figures" / "figures.json").write_text(content)
    for refused in (lambda: check_figures(saved), lambda: save_figures(saved, {"a.svg": b"x"})):
        with pytest.raises(ResultError, match="the list of figures is not as it was written"):
            refused()
    assert (saved.folder / "figures" / "figures.json").read_text() == content


def test_a_link_to_a_folder_elsewhere_is_not_drawn_into(saved: Result, tmp_path: Path) -> None:
    assert saved.folder is not None
    (tmp_path / "album").mkdir()
    (saved.folder / "figures").symlink_to(tmp_path / "album")
    with pytest.raises(ResultError, match="figures cannot be kept there"):
        save_figures(saved, {"a.svg": b"x"})
    assert list((tmp_path / "album").iterdir()) == []


@pytest.mark.parametrize("at", range(1, 5))
def test_broken_off_at_any_move_it_is_sound_and_goes_on(
    saved: Result, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert saved.folder is not None
    save_figures(saved, {"a.svg": b"1", "b.svg": b"1"})
    moved, replace = 0, Path.replace

    def broken(self: Path, target: Path) -> Path:
        nonlocal moved
        moved += 1
        if moved == at:
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(KeyboardInterrupt):
        save_figures(saved, {"a.svg": b"2", "b.svg": b"2"})
    monkeypatch.undo()
    assert verify(saved.folder).sound
    placed = save_figures(read(saved.folder), {"a.svg": b"3", "b.svg": b"3"})
    assert (placed.written, placed.foreign) == (("a.svg", "b.svg"), ())
    assert (placed.folder / "a.svg").read_bytes() == b"3"
    assert verify(saved.folder).sound
    assert [path.name for path in saved.folder.parent.iterdir()] == ["run"]


def test_a_full_disk_says_that_the_result_is_kept(saved: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    def full(folder: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(figures, "sync_tree", full)
    with pytest.raises(ResultError, match="the disk is full: the result is kept, not all of its figures are"):
        save_figures(saved, {"a.svg": b"1"})

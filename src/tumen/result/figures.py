"""The figures of a result: drawn anew in place of those drawn before, beside whatever else somebody keeps there.

The list `figures/figures.json` has the hash of every figure that was drawn. A file that it does not name, or that is no
longer as it was drawn, belongs to somebody else and is never written to, moved or deleted.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tumen.result.atomic import scratch_folder, sync_tree, write_bytes
from tumen.result.bundle import Result
from tumen.result.errors import ResultError, unreadable, unwritable
from tumen.result.names import FIGURE_LIST, FIGURES
from tumen.result.record import SCHEMA, SEAL, file_hashes, parse, sealed, sha256, unbroken
from tumen.result.target import try_out
from tumen.result.verify import plain_digest

_LIST = Path(FIGURE_LIST).name
_REMEDY = "move it away and draw again: tumen show DIR"


@dataclass(frozen=True)
class Placed:
    """What became of drawn figures, by file name.

    written: put in their places; kept: drawn before, not now, and still there; foreign: not written, since somebody
    has put a file of that name there or changed the one that was drawn.
    """

    folder: Path
    written: tuple[str, ...]
    kept: tuple[str, ...]
    foreign: tuple[str, ...]


@dataclass(frozen=True)
class _Earlier:
    """The list of an earlier drawing: hashes by name, and those of the drawing before it if it was broken off."""

    files: Mapping[str, str]
    before: Mapping[str, str]
    same_result: bool


def check_figures(result: Result) -> None:
    """Say before figures are drawn that they cannot be kept. Raises `ResultError`."""
    target = _target(result)
    _earlier(target, result.record[SEAL])
    try_out(target / _LIST, target)


def save_figures(result: Result, figures: Mapping[str, bytes]) -> Placed:
    """Put drawn figures (file name to bytes) into the result's folder.

    Figures that were drawn of this result before and are not drawn now stay, and so does every file of somebody else.
    The result's own record stays as it is: figures can be drawn again and have a list of hashes of their own. Raises
    `ResultError`.
    """
    target, seal = _target(result), result.record[SEAL]
    earlier = _earlier(target, seal)
    held = _held(target, {*earlier.files, *earlier.before, *figures})
    ours = {name: found for name, found in held.items() if found in (earlier.files.get(name), earlier.before.get(name))}
    foreign = tuple(name for name in figures if name in held and name not in ours)
    written = {name: content for name, content in figures.items() if name not in foreign}
    kept = {name: found for name, found in ours.items() if name not in figures and earlier.same_result}
    stale = [name for name in ours if name not in figures and not earlier.same_result]
    # what somebody changed stays on the list, so that `verify` goes on to name it
    changed = {name: earlier.files[name] for name in held if name in earlier.files and name not in ours}
    files = changed | kept | {name: sha256(content) for name, content in written.items()}
    assert result.folder is not None
    with scratch_folder(result.folder, "the result is kept, not all of its figures are") as part:
        for name, content in written.items():
            write_bytes(part / name, content)
        write_bytes(part / _LIST, _list(seal, files))
        if os.path.lexists(target):
            write_bytes(
                part / f"{_LIST}.first", _list(seal, files, {name: ours[name] for name in ours if name in files})
            )
            sync_tree(part)
            _replace(part, target, list(written), stale)
        else:
            sync_tree(part)
            part.rename(target)
    return Placed(target, tuple(written), tuple(kept), foreign)


def _replace(part: Path, target: Path, names: list[str], stale: list[str]) -> None:
    """Move files into their places one by one; the list goes first with both hashes, so that a break loses nothing."""
    (part / f"{_LIST}.first").replace(target / _LIST)
    for name in names:
        (part / name).replace(target / name)
    for name in stale:
        (target / name).unlink()
    (part / _LIST).replace(target / _LIST)
    sync_tree(target)


def _target(result: Result) -> Path:
    if result.folder is None:
        raise ResultError("the result has no folder yet", "Result", "a saved result", "call save(folder) first")
    target = result.folder / FIGURES
    if os.path.lexists(target) and (target.is_symlink() or not target.is_dir()):
        raise ResultError("figures cannot be kept there", str(target), "a folder, and no link to one", _REMEDY)
    return target


def _earlier(target: Path, seal: str) -> _Earlier:
    """What the list of the folder says; refuses a file of that name which tumen did not write."""
    path = target / _LIST
    if not os.path.lexists(path):
        return _Earlier({}, {}, same_result=True)
    try:
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
    except OSError as error:
        raise unreadable(error, path) from error
    try:
        listed = parse(content, path)
    except ResultError:
        listed = {}
    if not listed or not unbroken(content, listed):
        raise ResultError(
            "the list of figures is not as it was written", str(path), "the list of what tumen has drawn", _REMEDY
        )
    files, before = (
        {Path(name).name: found for name, found in file_hashes({"files": listed.get(key, {})}, path).items()}
        for key in ("files", "before")
    )
    return _Earlier(files, before, listed.get("result") == seal)


def _held(target: Path, names: set[str]) -> dict[str, str]:
    """Those of the names that are taken, with the hash of the file; an empty one for links, folders and the like."""
    try:
        return {name: plain_digest(target / name) or "" for name in sorted(names) if os.path.lexists(target / name)}
    except OSError as error:
        raise unwritable(error, target) from error


def _list(seal: str, files: Mapping[str, str], before: Mapping[str, str] | None = None) -> bytes:
    content = {"schema": SCHEMA, "result": seal, "files": {f"{FIGURES}/{name}": files[name] for name in files}}
    if before:
        content["before"] = {f"{FIGURES}/{name}": before[name] for name in before}
    return sealed(content)

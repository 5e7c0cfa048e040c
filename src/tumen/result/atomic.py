"""A folder appears whole or not at all: written beside its place under a hidden name, synced, then renamed into it.

Ctrl-C removes the hidden folder; a killed process leaves it behind, locked by nobody, and the next write to the same
place clears it away. Where a folder is replaced, Linux swaps the two names in one step, so that at no moment is the
place empty; elsewhere the old one steps aside for the time between two renames.
"""

from __future__ import annotations

import contextlib
import ctypes
import glob
import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tumen.result.errors import unwritable

try:
    import fcntl
except ImportError:  # no advisory locks on this system: leftovers are then never cleared
    fcntl = None  # type: ignore[assignment]

_PART = ".part-"
_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2(2)
_AT_FDCWD = -100
_GRACE_SECONDS = 60  # a folder made a moment ago may not have been locked yet


@contextlib.contextmanager
def fresh_folder(target: Path) -> Iterator[Path]:
    """A hidden empty folder to fill; on leaving the block it takes the place of `target`, on any error it vanishes.

    Only a result may be replaced: `check_target` is the caller's business. Raises `ResultError` where the disk or the
    permissions fail.
    """
    with scratch_folder(target) as part:
        yield part
        sync_tree(part)
        _put_in_place(part, target)
        with contextlib.suppress(OSError):  # the result is in its place, whatever this disk says of the folder above
            _sync(target.parent)


@contextlib.contextmanager
def scratch_folder(anchor: Path, kept: str = "nothing was kept") -> Iterator[Path]:
    """A hidden empty folder beside `anchor`, gone on leaving the block with whatever is still in it.

    Raises `ResultError` where the disk or the permissions fail, inside the block too; kept: what is then there.
    """
    part, lock = hidden(anchor), -1
    try:
        anchor.parent.mkdir(parents=True, exist_ok=True)
        _clear_leftovers(anchor)
        part.mkdir()
        lock = _lock(part)
        yield part
    except OSError as error:
        raise unwritable(error, anchor, kept) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)  # after a swap this is the old folder
        if lock >= 0:
            os.close(lock)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file of a fresh folder; it is synced together with the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that it is whole or absent, whoever else writes it and whenever this process ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = hidden(path)
    try:
        write_bytes(part, content)
        _sync(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def hidden(anchor: Path) -> Path:
    """A new hidden name beside `anchor`, short enough where its own name is not."""
    return anchor.with_name(_hidden_prefix(anchor) + secrets.token_hex(6))


def _hidden_prefix(anchor: Path) -> str:
    return f".{anchor.name[:40]}{_PART}"


def _put_in_place(part: Path, target: Path) -> None:
    if not target.exists():
        part.rename(target)
    elif not _exchange(part, target):
        aside = part.with_name(f"{part.name}-old")
        target.rename(aside)
        try:
            part.rename(target)
        except BaseException:
            aside.rename(target)
            raise
        shutil.rmtree(aside, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step; False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    swap = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    return swap is not None and swap(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE) == 0


def sync_tree(folder: Path) -> None:
    """Have the disk keep everything below the folder, before any of it takes another name."""
    for at, _, names in os.walk(folder, topdown=False):
        for name in names:
            _sync(Path(at) / name)
        _sync(Path(at))


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():  # Windows cannot open a folder
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _lock(folder: Path) -> int:
    """Hold the folder for as long as it is written, so that nobody takes it for a leftover."""
    if fcntl is None:
        return -1
    handle = os.open(folder, os.O_RDONLY)
    with contextlib.suppress(OSError):  # a network disk without locks
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return handle


def _clear_leftovers(target: Path) -> None:
    """Remove hidden folders that killed processes left beside `target`."""
    if fcntl is None:
        return
    for leftover in target.parent.glob(glob.escape(_hidden_prefix(target)) + "*"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime < _GRACE_SECONDS:
                continue
            handle = os.open(leftover, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while its writer lives
                shutil.rmtree(leftover, ignore_errors=True)
            finally:
                os.close(handle)

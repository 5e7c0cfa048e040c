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

from tumen.result.errors import ResultError, unwritable

try:
    import fcntl
except ImportError:  # no advisory locks on this system: leftovers are then never cleared
    fcntl = None  # type: ignore[assignment]

RECORD, TIMINGS, FLOWS, DRAWS, ARRIVALS, EVENTS, FIGURES = (
    "run.json",
    "timings.json",
    "flows.nc",
    "draws.nc",
    "arrivals.csv",
    "events",
    "figures",
)
OURS = {RECORD, TIMINGS, FLOWS, DRAWS, ARRIVALS, EVENTS, FIGURES}
_PART = ".part-"
_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2(2)
_AT_FDCWD = -100
_GRACE_SECONDS = 60  # a folder made a moment ago may not have been locked yet


def check_target(target: Path | str) -> Path:
    """The place a result may be written to, tried out: for asking before a long run rather than after it.

    Raises `ResultError` as `resolve_target` does, and where nothing can be made there.
    """
    place = resolve_target(target)
    try:
        # Asking for permissions is not enough: a read-only disk grants them to the superuser and refuses afterwards.
        trial = _hidden(_nearest(place) / place.name)
        trial.mkdir()
        trial.rmdir()
    except OSError as error:
        raise unwritable(error, place) from error
    return place


def resolve_target(target: Path | str) -> Path:
    """The place a result may be written to; refuses one that holds anything but an earlier result.

    Returns the path with links resolved, so that a link to a folder stays a link. Raises `ResultError`.
    """
    place = Path(target)
    try:
        place = place.expanduser().resolve()
        if place.exists():
            _check_names(place)
        _check_parent(place)
    except ResultError:
        raise
    except OSError as error:
        raise unwritable(error, place) from error
    except (ValueError, RuntimeError) as error:  # a NUL in the name; a loop of links, a home that is not known
        raise ResultError("the path leads nowhere", repr(str(target)), "a folder", "give another -o DIR") from error
    return place


def _check_names(place: Path) -> None:
    """Refuse a folder that is not a result, and a result to which somebody has added files of their own."""
    if not place.is_dir():
        raise ResultError("there is a file in the way", str(place), "a new folder", "give another -o DIR")
    names = {path.name for path in place.iterdir()}
    if names and RECORD not in names:
        raise ResultError(
            "the folder is in use and is no result",
            str(place),
            "a new folder, an empty one or an earlier result",
            "give another -o DIR",
        )
    foreign = sorted(names - OURS)
    if foreign:
        raise ResultError(
            f"the result folder also holds '{foreign[0]}', which replacing it would delete",
            str(place),
            "only files of the earlier result",
            "move that file away or give another -o DIR",
        )


def _check_parent(place: Path) -> None:
    """Refuse a place below a file."""
    parent = _nearest(place)
    if not parent.is_dir():
        raise ResultError("a file stands where a folder is needed", str(parent), "a folder", "give another -o DIR")


def _nearest(place: Path) -> Path:
    """The nearest thing above that exists."""
    return next(folder for folder in place.parents if folder.exists())


@contextlib.contextmanager
def fresh_folder(target: Path, beside: Path | None = None) -> Iterator[Path]:
    """A hidden empty folder to fill; on leaving the block it takes the place of `target`, on any error it vanishes.

    `beside` names the path next to which the hidden folder is made (default: `target` itself). Only a result may be
    replaced: `check_target` is the caller's business. Raises `ResultError` where the disk or the permissions fail.
    """
    anchor = beside or target
    part, lock = _hidden(anchor), -1
    try:
        anchor.parent.mkdir(parents=True, exist_ok=True)
        _clear_leftovers(anchor)
        part.mkdir()
        lock = _lock(part)
        yield part
        _sync_tree(part)
        _put_in_place(part, target)
        with contextlib.suppress(OSError):  # the result is in its place, whatever this disk says of the folder above
            _sync(target.parent)
    except OSError as error:
        raise unwritable(error, target) from error
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
    part = _hidden(path)
    try:
        write_bytes(part, content)
        _sync(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _hidden(anchor: Path) -> Path:
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


def _sync_tree(folder: Path) -> None:
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

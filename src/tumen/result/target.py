"""Where a result may be written: nowhere that holds a file which tumen did not write, or which was changed since."""

from __future__ import annotations

from pathlib import Path

from tumen.result.atomic import hidden
from tumen.result.errors import ResultError, unwritable
from tumen.result.names import OURS, RECORD
from tumen.result.verify import verify


def check_target(target: Path | str) -> Path:
    """The place a result may be written to, tried out: for asking before a long run rather than after it.

    Raises `ResultError` as `resolve_target` does, and where nothing can be made there.
    """
    place = resolve_target(target)
    try_out(place, place)
    return place


def try_out(name: Path, place: Path) -> None:
    """Make a folder where `name` would be, or above where that is missing, and take it away again.

    Raises `ResultError` about `place` where that fails.
    """
    try:
        # Asking for permissions is not enough: a read-only disk grants them to the superuser and refuses afterwards.
        trial = hidden(_nearest(name) / name.name)
        trial.mkdir()
        trial.rmdir()
    except OSError as error:
        raise unwritable(error, place) from error


def resolve_target(target: Path | str) -> Path:
    """The place a result may be written to; refuses one that holds anything but an earlier result as it was written.

    Returns the path with links resolved, so that a link to a folder stays a link. Raises `ResultError`.
    """
    place = resolved(target)
    try:
        if place.exists():
            _refuse_files_of_others(place)
    except OSError as error:
        raise unwritable(error, place) from error
    return place


def resolved(target: Path | str) -> Path:
    """The path without links, below folders only. Raises `ResultError` where it leads nowhere or below a file."""
    place = Path(target)
    try:
        place = place.expanduser().resolve()
        parent = _nearest(place)
        below_file = not parent.is_dir()
    except OSError as error:
        raise unwritable(error, place) from error
    except (ValueError, RuntimeError) as error:  # a NUL in the name; a loop of links, a home that is not known
        raise ResultError("the path leads nowhere", repr(str(target)), "a folder", "give another -o DIR") from error
    if below_file:
        raise ResultError("a file stands where a folder is needed", str(parent), "a folder", "give another -o DIR")
    return place


def _refuse_files_of_others(place: Path) -> None:
    """Refuse a folder that is not a result, and a result to which somebody has added, or in which changed, a file."""
    if not place.is_dir():
        raise ResultError("there is a file in the way", str(place), "a new folder", "give another -o DIR")
    names = {path.name for path in place.iterdir()}
    if not names:
        return
    faults = {finding.file: finding.fault for finding in verify(place).findings} if RECORD in names else {RECORD: ""}
    if RECORD in faults:
        raise ResultError(
            "the folder is in use and is no result" if RECORD not in names else f"{RECORD} is not as it was written",
            str(place),
            "a new folder, an empty one or an earlier result",
            "give another -o DIR",
        )
    added = sorted({file for file, fault in faults.items() if fault == "added"} | (names - OURS))
    changed = [file for file, fault in faults.items() if fault in ("changed", "unreadable")]
    if added:
        raise ResultError(
            f"the result folder also holds '{added[0]}', which replacing it would delete",
            str(place),
            "only files of the earlier result",
            "move that file away or give another -o DIR",
        )
    if changed:
        raise ResultError(
            f"'{changed[0]}' was changed after the result was written, and replacing it would delete that",
            str(place),
            "the files of the earlier result as they were written",
            "move that file away or give another -o DIR",
        )


def _nearest(place: Path) -> Path:
    """The nearest thing above that exists."""
    return next((folder for folder in place.parents if folder.exists()), place)

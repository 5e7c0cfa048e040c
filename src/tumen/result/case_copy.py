"""The case travels with its result: its files in the folder `case`, by which the run can be made again anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tumen.result.errors import ResultError, unreadable
from tumen.result.names import CASE
from tumen.result.verify import checked_bytes

if TYPE_CHECKING:
    from tumen.case import Case


def copy_of(case: Case) -> dict[str, bytes]:
    """The files a case was read from, by name. Raises `ResultError` where they are no longer those."""
    from tumen.case.folder import digest

    files: dict[str, bytes] = {}
    for name in case.files:
        try:
            files[name] = (case.folder / name).read_bytes()
        except OSError as error:
            raise unreadable(error, case.folder / name) from error
    if digest(files) != case.hash:
        raise ResultError(
            "the case was changed after it was read", str(case.folder), "the files it was read from", "read it again"
        )
    return files


def held_copy(place: Path, hashes: Mapping[str, str]) -> dict[str, bytes] | None:
    """The copy of the case in a result folder; None where there is none, or none that is whole."""
    names = [name for name in hashes if name.startswith(f"{CASE}/")]
    try:
        files = {name.removeprefix(f"{CASE}/"): checked_bytes(place, name, dict(hashes)) for name in names}
    except ResultError:  # the numbers do not depend on it, and `verify` names what is wrong
        return None
    return files or None

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
    from tumen.result.bundle import Result


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


def case_of(result: Result, given: str | None = None) -> tuple[Case | None, str]:
    """The case a result was made from, and a sentence where it is not at hand.

    Tried are the case given, the copy in the result, and, for a result without one, the folder that an older tumen
    noted and the shipped case of that name; what is found must have the hash the record names.
    """
    from tumen.case import CaseError, load

    wanted = result.record.get("case", {})
    remedy = "name it with case=CASE"
    why = f"the case '{wanted.get('name')}' is not found: {remedy}"
    beside = result.timings.get("case_folder")
    own = str((result.folder / beside).resolve()) if result.folder and isinstance(beside, str) else None
    copy = str(result.folder / CASE) if result.folder and result.case is not None else None
    places = [given] if given else [copy, own, wanted.get("name")]
    for place in places:
        if not isinstance(place, str):
            continue
        try:
            case = load(place)
        except CaseError:
            if given:
                raise
            continue
        if case.hash == wanted.get("hash"):
            return case, ""
        why = f"the case '{case.name}' has changed since this run ({wanted.get('hash', '')[:8]}, now {case.hash[:8]})"
    return None, why

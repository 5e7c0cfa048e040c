"""Whether a result folder is still what was written: every file that changed, is missing or was added."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tumen.result.errors import ResultError, unreadable
from tumen.result.names import FIGURE_LIST, FIGURES, RECORD, TIMINGS
from tumen.result.record import SEAL, current, digest, file_hashes, parse, sha256, unbroken

Fault = Literal["changed", "missing", "added", "unreadable", "drawn from another result"]


@dataclass(frozen=True)
class Finding:
    """One file that is not as it was written."""

    file: str
    fault: Fault


@dataclass(frozen=True)
class Verification:
    """What `verify` found: the folder, how many files it checked, and those that are wrong."""

    folder: Path
    checked: int
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether every file is as it was written."""
        return not self.findings


def verify(folder: Path | str) -> Verification:
    """Check every file of a result against the hashes in its record.

    The record and the timings carry a hash of themselves. Raises `ResultError` where there is no result at all or a
    newer tumen wrote it.
    """
    place = Path(folder)
    present = set(_files(place))
    if RECORD not in present:
        raise no_result(place)
    findings: list[Finding] = []
    vouched = {RECORD, TIMINGS}
    record = _sealed_file(place, RECORD, present, findings)
    _sealed_file(place, TIMINGS, present, findings)
    if record is not None:
        record = current(record, place / RECORD)
        hashes = file_hashes(record, place / RECORD)
        vouched |= set(hashes)
        findings += _compare(place, hashes, present)
    if any(name.startswith(f"{FIGURES}/") for name in present):
        vouched |= _figures(place, present, record, findings)
    findings += [Finding(name, "added") for name in sorted(present - vouched)]
    return Verification(place, len(vouched), tuple(sorted(findings, key=lambda finding: finding.file)))


def no_result(place: Path) -> ResultError:
    """The sentence for a folder that holds no result."""
    return ResultError(
        "there is no result here", str(place), f"a folder with {RECORD}", "make one: tumen run CASE -o DIR"
    )


def _files(place: Path) -> Iterator[str]:
    """Every file below the folder; links count as files and are never followed."""
    if not place.is_dir():
        raise no_result(place)
    for at, folders, names in os.walk(place):
        base = Path(at)
        links = [name for name in folders if (base / name).is_symlink()]
        yield from ((base / name).relative_to(place).as_posix() for name in [*names, *links])


def _plain_file(path: Path) -> bool:
    """False for a link, which may lead anywhere, and for devices and pipes, which may never end."""
    return path.is_file() and not path.is_symlink()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if _plain_file(path) else None
    except OSError:
        return None


def plain_digest(path: Path) -> str | None:
    """The hash of an ordinary file; None for anything else, and where it cannot be read."""
    try:
        return digest(path) if _plain_file(path) else None
    except OSError:
        return None


def _sealed_file(place: Path, name: str, present: set[str], findings: list[Finding]) -> dict[str, Any] | None:
    """The contents of a file that hashes itself; None, with a finding, where they cannot be read at all."""
    if name not in present:
        findings.append(Finding(name, "missing"))
        return None
    content = _read(place / name)
    if content is None:
        findings.append(Finding(name, "unreadable"))
        return None
    try:
        document = parse(content, place / name)
    except ResultError:
        findings.append(Finding(name, "changed"))
        return None
    of_run = name == RECORD and isinstance(document.get("schema"), int) and "tumen" in document
    if of_run:  # a newer record may be sealed in another way: that is said before that it was changed
        current(document, place / name)
    if unbroken(content, document):
        return document
    findings.append(Finding(name, "changed"))
    return document if of_run and isinstance(document.get("files"), dict) else None


def _compare(
    place: Path, hashes: dict[str, str], present: set[str], before: dict[str, str] | None = None
) -> list[Finding]:
    """What is not as its hash says, or as that of `before`, which files have that were about to be replaced."""
    before = before or {}
    findings: list[Finding] = []
    for name, expected in sorted(hashes.items()):
        if name not in present:
            findings.append(Finding(name, "missing"))
            continue
        found = plain_digest(place / name)
        if found not in (expected, before.get(name, expected)):
            findings.append(Finding(name, "unreadable" if found is None else "changed"))
    return findings


def _figures(place: Path, present: set[str], record: dict[str, Any] | None, findings: list[Finding]) -> set[str]:
    """Check the figures against their list; returns the names the list vouches for."""
    listed = _sealed_file(place, FIGURE_LIST, present, findings)
    if listed is None:
        return {FIGURE_LIST}
    if record is not None and listed.get("result") != record.get(SEAL):
        findings.append(Finding(FIGURE_LIST, "drawn from another result"))
    hashes = file_hashes(listed, place / FIGURE_LIST)
    before = file_hashes({"files": listed.get("before", {})}, place / FIGURE_LIST)
    findings += _compare(place, hashes, present, before)
    return {FIGURE_LIST, *hashes}


def checked_bytes(place: Path, name: str, hashes: dict[str, str]) -> bytes:
    """The bytes of one file of a result, refused where they are not those that were written."""
    path = place / name
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise ResultError("a file of the result is missing", str(path), "the file", "run the case again") from error
    except OSError as error:
        raise unreadable(error, path) from error
    if hashes.get(name) != sha256(content):
        raise ResultError(
            "the file is not the one that was written", str(path), "the bytes its record names", "see tumen verify DIR"
        )
    return content

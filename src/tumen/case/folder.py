"""The files of a case: which files its folder may hold, read once as bytes, never from outside the folder."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from tumen.case.documents import LARGEST
from tumen.errors import CaseError, Issues, place, shown, suggestion

MANIFEST = "case.yaml"
POPULATION = "population.csv"
VITAL_RATES = "vital_rates.csv"
TARGETS = "targets.yaml"
SOURCES = "sources.bib"
LICENCES = "DATA_LICENSES.md"
PRIORS = "priors.yaml"
REQUIRED = (MANIFEST, POPULATION, VITAL_RATES, TARGETS, SOURCES, LICENCES)
OPTIONAL = (PRIORS,)
#: Folders of YAML files: the first must be there.
INPUTS, SCENARIOS = "inputs", "scenarios"
#: The folder of reference posteriors, one file a theory. They follow from the case and are no part of it: not read
#: with it, not in its hash.
POSTERIORS = "posteriors"
#: The folder of best fits, one file a theory: like the posteriors, no part of the case.
FITS = "fits"
#: The folder of designs of experiments: which worlds are compared is no part of the case either.
DESIGNS = "designs"
_DATA_SUFFIXES = (".yaml", ".yml", ".csv", ".bib")
_MOST_FILES = 500
#: What is kept with a case and not read with it: folder, what a file in it is called, what its name is, how it ends.
_KEPT = (
    (POSTERIORS, "posterior", "THEORY", "nc"),
    (FITS, "fit", "THEORY", "json"),
    (DESIGNS, "design", "NAME", "yaml"),
)


def read_folder(folder: Path, issues: Issues) -> dict[str, bytes]:
    """The bytes of the case's own files by relative name; missing, foreign and unreadable ones go to `issues`."""
    if not folder.is_dir():
        what = f"{shown(folder)} is not a folder"
        raise CaseError.single(what, "case", "a folder with case.yaml", "check the path, or list shipped cases")
    if not any(os.path.lexists(folder / name) for name in REQUIRED):
        what = f"folder {shown(folder)} holds no case"
        raise CaseError.single(what, "case", ", ".join(REQUIRED), "check the path, or list shipped cases")
    files: dict[str, bytes] = {}
    for name in REQUIRED:
        read_member(folder, name, files, issues)
    for name in OPTIONAL:
        if os.path.lexists(folder / name):
            read_member(folder, name, files, issues)
    _refuse_foreign(folder, issues)
    for name, kind, stands, ending in _KEPT:
        _named(folder, name, f"a file that is not a {kind}", stands, ending, issues)
    for name in (INPUTS, SCENARIOS):
        for entry in _named(folder, name, "a file that is not read", "NAME", "yaml", issues):
            read_member(folder, f"{name}/{entry}", files, issues)
    if not any(name.startswith(f"{INPUTS}/") for name in files) and not issues.touches(INPUTS):
        issues.note("there are no inputs", place(INPUTS), "inputs/*.yaml", "add the folder and its files")
    return files


def read_member(folder: Path, name: str, files: dict[str, bytes], issues: Issues) -> None:
    """Put the bytes of one file into `files`, or the reason why not into `issues`."""
    path = folder / name
    try:
        resolved = path.resolve()
        if not resolved.is_relative_to(folder.resolve()):
            what = f"{shown(name)} leads out of the case's folder"
            issues.note(what, place(name), "a file inside it", "copy the file into the case")
        elif not os.path.lexists(path):
            issues.note(f"file {name} is missing", place(name), f"a file {name}", "add the file")
        elif not resolved.is_file():
            issues.note(f"{name} is not a file", place(name), "an ordinary file", "replace it by a file")
        elif resolved.stat().st_size > LARGEST:
            size = resolved.stat().st_size
            issues.note(f"the file has {size} bytes", place(name), f"at most {LARGEST}", "split it")
        else:
            files[name] = resolved.read_bytes()
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        what = f"the file cannot be read: {shown(reason, quote=False)}"
        issues.note(what, place(name), "a readable file", "check it")


def inside(name: str) -> bool:
    """Whether a file name given in a case is relative and stays inside its folder."""
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and ".." not in parts and not set(name) & set("\\:\0")


#: Keys of stored fits and posteriors that had another name, and the present one.
_FORMER = {"ground": "simulation_hash", "rows": "agents"}


def digest(files: Mapping[str, bytes]) -> str:
    """SHA-256 over names, lengths and bytes of all files in sorted order, in hexadecimal."""
    total = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode("utf-8", "surrogateescape"), files[name]):
            total.update(len(part).to_bytes(8, "big"))
            total.update(part)
    return total.hexdigest()


def migrated(provenance: Any) -> Any:
    """What a stored fit or posterior says of itself, under its present keys."""
    if not isinstance(provenance, dict):
        return provenance
    return {_FORMER.get(key, key): value for key, value in provenance.items()}


def _entries(folder: Path, name: str, issues: Issues) -> list[str]:
    """The files of an inner folder by name; none where there is no such folder or it cannot be used."""
    inner = folder / name
    if not os.path.lexists(inner):
        return []
    if not inner.is_dir() or not inner.resolve().is_relative_to(folder.resolve()):
        issues.note(f"{name} is not a folder of the case", place(name), f"a folder {name}", "replace it by a folder")
        return []
    names = sorted(entry.name for entry in inner.iterdir() if not _is_scrap(entry.name))
    if len(names) > _MOST_FILES:
        issues.note(f"{len(names)} files", place(name), f"at most {_MOST_FILES}", "take files out")
        return []
    return names


def _named(folder: Path, name: str, what: str, stands: str, ending: str, issues: Issues) -> list[str]:
    """The files of an inner folder that are named as they should be; under another name one would never be found."""
    right = re.compile(rf"[a-z0-9][a-z0-9_-]*\.{ending}\Z", re.ASCII)
    entries = _entries(folder, name, issues)
    for entry in (entry for entry in entries if not right.match(entry)):
        where = place(f"{name}/{shown(entry, quote=False)}")
        issues.note(what, where, f"{stands}.{ending} in small letters", "rename it or take it out")
    return [entry for entry in entries if right.match(entry)]


def _refuse_foreign(folder: Path, issues: Issues) -> None:
    known = (*REQUIRED, *OPTIONAL)
    for entry in sorted(path.name for path in folder.iterdir()):
        if entry.endswith(_DATA_SUFFIXES) and entry not in known and not _is_scrap(entry):
            where = place(shown(entry, quote=False))
            issues.note("a file that is not read", where, ", ".join(known), suggestion(entry, known, "take it out"))


def _is_scrap(name: str) -> bool:
    """Whether a name belongs to an editor or file manager; such files are skipped."""
    return name.startswith((".", "#", "__")) or name.endswith("~")

"""The record of a run: canonical JSON, sealed by a hash of itself, with a schema number so that it can be migrated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from tumen.result.errors import ResultError

SCHEMA = 1
#: how a record of schema N becomes one of schema N + 1
MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}

SEAL = "seal"
#: what a run may say about itself that differs from one time to the next: kept in timings.json, never hashed
PASSING = ("seconds", "months_per_second", "peak_memory_mb", "threads", "timings", "cpu")
_LARGEST = 64 * 2**20


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one way these contents are written as JSON: sorted keys, UTF-8, no NaN, a newline at the end."""
    text = json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False, default=_plain)
    return (text + "\n").encode("utf-8")


def sealed(document: Mapping[str, Any]) -> bytes:
    """Canonical JSON that carries the sha256 of itself without the seal."""
    bare = {key: value for key, value in document.items() if key != SEAL}
    return canonical({**bare, SEAL: sha256(canonical(bare))})


def unbroken(content: bytes, document: Mapping[str, Any]) -> bool:
    """Whether the bytes are those that were sealed."""
    return content == sealed(document)


def sha256(content: bytes) -> str:
    """Hash of the bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def digest(path: Path) -> str:
    """Hash of a file's bytes, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def parse(content: bytes, path: Path) -> dict[str, Any]:
    """The JSON object a file holds; a sentence where it holds none."""
    try:
        if len(content) > _LARGEST:
            raise ValueError("too large")
        document = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # ValueError covers bad UTF-8 and bad JSON
        raise ResultError("the file is not readable JSON", str(path), "a file tumen wrote", "make it anew") from error
    if not isinstance(document, dict):
        raise ResultError("the file is not a record", str(path), "a JSON object", "make it anew with tumen run")
    return document


def current(document: dict[str, Any], path: Path) -> dict[str, Any]:
    """The record in today's schema: older ones are migrated, newer ones refused."""
    schema = document.get("schema")
    if not isinstance(schema, int) or isinstance(schema, bool) or "tumen" not in document:
        raise ResultError("the file is no record of a run", str(path), "'schema' and 'tumen'", "give a result folder")
    if schema > SCHEMA:
        raise ResultError(
            f"the result was written by a newer tumen (schema {schema})",
            str(path),
            f"schema {SCHEMA} or older",
            f"update tumen (the record names version {document['tumen']})",
        )
    while schema < SCHEMA:
        if schema not in MIGRATIONS:
            raise ResultError(
                f"no way is known to read schema {schema}", str(path), f"schema {SCHEMA}", "run the case again"
            )
        document = MIGRATIONS[schema](document)
        schema += 1
    return {**document, "schema": SCHEMA}


def file_hashes(record: Mapping[str, Any], path: Path) -> dict[str, str]:
    """The files a record vouches for, name to sha256; refuses a name that would lead out of the folder."""
    files = record.get("files", {})
    if not isinstance(files, dict):
        raise ResultError("the list of files is not readable", f"{path}, files", "names and hashes", "run again")
    for name, digest in files.items():
        pure = PurePosixPath(name)
        if pure.is_absolute() or ".." in pure.parts or "\0" in name or "\\" in name or not isinstance(digest, str):
            raise ResultError(f"'{name}' is no file of a result", f"{path}, files", "a name inside it", "run again")
    return files


def named(entry: Any) -> str:
    """The name of what a record tells of by name and details."""
    return str(entry.get("name", "?")) if isinstance(entry, Mapping) else str(entry or "?")


def _plain(value: Any) -> Any:
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    for way in ("item", "tolist", "isoformat"):  # numpy scalars, arrays, dates
        if hasattr(value, way):
            return getattr(value, way)()
    raise TypeError(f"a record cannot hold a {type(value).__name__}")

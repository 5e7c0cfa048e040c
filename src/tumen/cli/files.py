"""What verbs write where the user says: tried out before the work, written whole in place of files of the same name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

#: What a folder of written files keeps of itself.
LIST = ".tumen-files.json"


def folder_to_write(given: Path | None) -> Path | None:
    """The folder of an option, in which a file can be made or which can be made. Raises ResultError before the work."""
    if given is not None:
        _try_folder(given)
    return given


def file_to_write(given: Path | None) -> Path | None:
    """The file of an option, which can be made or replaced. Raises ResultError before the work."""
    from tumen.result import ResultError
    from tumen.result.target import resolved, try_out

    if given is None:
        return None
    place = resolved(given)
    if place.exists() and not place.is_file():
        what = "a folder stands where a file is needed" if place.is_dir() else "it is not an ordinary file"
        raise ResultError(what, str(place), "a new file or one to replace", "give another -o FILE")
    try_out(place, place)
    return given


def address_to_write(given: str) -> str:
    """The folder or address of an option; what is not on this machine answers when it is written to."""
    if ":" not in given.replace(":\\", ""):
        _try_folder(Path(given))
    return given


def _try_folder(given: Path) -> None:
    from tumen.result import ResultError
    from tumen.result.target import resolved, try_out

    place = resolved(given)
    if place.exists() and not place.is_dir():
        raise ResultError("there is a file in the way", str(place), "a folder", "give another -o DIR")
    try_out(place / "trial", place)


def check_home(case: str) -> None:
    """Say before runs are done that they cannot be kept in the user's data folder. Raises ResultError or CaseError."""
    from tumen.infer.run_cache import home
    from tumen.result import ResultError
    from tumen.result.target import resolved, try_out

    place = home()
    try:
        kept = resolved(place / "runs" / case)
        try_out(kept / "trial", kept)
    except ResultError as error:
        what, remedy = f"runs cannot be kept: {error.what}", "set TUMEN_HOME to a folder that can be written"
        raise ResultError(what, error.where, "a folder for runs and posteriors", remedy) from error


def write_all(output: Path, make: Callable[[], Mapping[str, bytes]]) -> list[str]:
    """Files by name into a folder, each whole or not at all; their paths. Raises ResultError where it cannot be done.

    The folder is made before the files are, which may take a while. A list beside the files has the hash of each that
    was written; a file that it does not name, or that is no longer as it was written, belongs to somebody else and is
    left as it is, which is said after the others are written.
    """
    from tumen.result import ResultError
    from tumen.result.atomic import replace_file
    from tumen.result.errors import unwritable
    from tumen.result.record import sha256

    try:
        output.mkdir(parents=True, exist_ok=True)
        files, ours = make(), _written_before(output)
        kept = sorted(
            name for name, content in files.items() if not _is_ours(output / name, content, ours.get(name, []))
        )
        hashes = {name: [sha256(files[name])] for name in files if name not in kept}
        # Old and new hashes first: broken off in between, every file is still known.
        both = {name: [*ours.get(name, []), *one] for name, one in hashes.items()}
        replace_file(output / LIST, _as_list(ours | both))
        for name in hashes:
            replace_file(output / name, files[name])
        replace_file(output / LIST, _as_list(ours | hashes))
    except OSError as error:
        raise unwritable(error, output) from error
    if kept:
        raise ResultError(
            f"not written, since files of other content have these names: {', '.join(kept)}",
            str(output),
            "a folder in which these names are free",
            "move them away (an older version kept no list of its own files), or give another -o DIR",
            1,
        )
    return [str(output / name) for name in files]


def written_to(output: Path | None, make: Callable[[], Mapping[str, bytes]]) -> dict[str, list[str]]:
    """The paths of what was written into the folder that -o names, under `files`; nothing without it."""
    return {} if output is None else {"files": write_all(output, make)}


def _is_ours(path: Path, content: bytes, hashes: list[str]) -> bool:
    """Whether a file may be written: there is none, or it was written here, or it holds the same already."""
    from tumen.result.record import sha256

    if not path.exists():
        return True
    held = path.read_bytes() if path.is_file() else b""
    return path.is_file() and (held == content or sha256(held) in hashes)


def _as_list(hashes: Mapping[str, list[str]]) -> bytes:
    return f"{json.dumps(hashes, indent=1, sort_keys=True)}\n".encode()


def _written_before(output: Path) -> dict[str, list[str]]:
    """Hashes by name of what was written into a folder; nothing where there is no list that can be read."""
    try:
        held = json.loads((output / LIST).read_bytes())
    except (OSError, ValueError):
        return {}
    entries = held.items() if isinstance(held, dict) else ()
    return {name: one for name, one in entries if isinstance(one, list)}

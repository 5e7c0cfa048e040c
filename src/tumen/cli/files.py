"""What verbs write into a folder that the user names: in place of earlier files of the same name, no others touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path


def write_all(output: Path, make: Callable[[], Mapping[str, bytes]]) -> list[str]:
    """Files by name into a folder, each whole or not at all; their paths. Raises ResultError where it cannot be done.

    The folder is made before the files are, which may take a while.
    """
    from tumen.result.atomic import replace_file
    from tumen.result.errors import unwritable

    try:
        output.mkdir(parents=True, exist_ok=True)
        files = make()
        for name, content in files.items():
            replace_file(output / name, content)
    except OSError as error:
        raise unwritable(error, output) from error
    return [str(output / name) for name in files]

"""What verbs write into a folder that the user names: in place of earlier files of the same name, no others touched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol


class Put(Protocol):
    """Writes one file of the folder, whole or not at all."""

    def __call__(self, name: str, content: bytes) -> None:
        """Write `content` under `name`."""


@contextmanager
def folder_of(output: Path) -> Iterator[Put]:
    """A folder, made where it is missing, and what puts a file into it. Raises ResultError where it cannot be done."""
    from tumen.result.atomic import replace_file
    from tumen.result.errors import unwritable

    try:
        output.mkdir(parents=True, exist_ok=True)  # before anything is drawn, which takes a while
        yield lambda name, content: replace_file(output / name, content)
    except OSError as error:
        raise unwritable(error, output) from error

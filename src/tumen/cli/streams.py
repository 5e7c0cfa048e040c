"""What the streams of a command can take: which letters, and whether anything at all. And with which code it ends."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

FAILED, WRONG_INPUT, INTERRUPTED = 1, 2, 130


class OutputError(Exception):
    """What stands on stdout cannot be written there: what is wrong - where - what was expected - what to do."""

    code = WRONG_INPUT

    def __init__(self, error: OSError) -> None:
        reason = (error.strerror or str(error)).lower()
        self.what, self.where = f"the output cannot be written ({reason})", "stdout"
        self.expected, self.remedy = "room for it", "send it to a terminal, a pipe or a disk that is not full"
        super().__init__(f"{self.what} - {self.where} - expected {self.expected} - {self.remedy}")


def prepare_streams() -> None:
    """Replace what an encoding has no sign for, and try stdout out before any work. Raises OutputError."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if isinstance(sys.stdout, io.TextIOWrapper):
        with to_stdout():
            os.write(sys.stdout.fileno(), b"")  # a full device refuses even nothing


@contextmanager
def to_stdout() -> Iterator[None]:
    """Tell what the system says of stdout from what it says of files. A pipe whose reader has gone is no error."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        # what is still in the buffer could not be written at the end either, and Python would say so after us
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise OutputError(error) from error


def is_unicode(stream: Any) -> bool:
    """Whether a stream can take every letter."""
    return str(getattr(stream, "encoding", None) or "utf-8").lower().replace("_", "-").startswith("utf")

"""Messages between this process and one that it has started: each as its length and its content, through a pipe."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import IO, Any

from numba import cloudpickle

_LENGTH = 8


def started(serve: str, environment: Mapping[str, str]) -> tuple[subprocess.Popen[bytes], IO[bytes], IO[bytes]]:
    """A process that does nothing but call a function, given as MODULE:NAME; and the pipes to it and from it.

    It finds the modules that this one finds, imports nothing of the caller's script, and is told nothing of Ctrl-C,
    which is for the process that started it. Raises OSError where none can be started.
    """
    module, _, name = serve.partition(":")
    code = f"import sys, json; sys.path[:] = json.loads(sys.argv[1]); from {module} import {name}; {name}()"
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code, json.dumps(sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # the same on Windows
    )
    assert process.stdin is not None and process.stdout is not None
    return process, process.stdin, process.stdout


def write(pipe: IO[bytes], message: object) -> None:
    """Send a message. Raises OSError where nobody reads."""
    content = cloudpickle.dumps(message)
    pipe.write(len(content).to_bytes(_LENGTH, "big") + content)
    pipe.flush()


def read(pipe: IO[bytes]) -> Any:
    """The next message. Raises EOFError at the end."""
    length = pipe.read(_LENGTH)
    content = pipe.read(int.from_bytes(length, "big"))
    if len(length) < _LENGTH or len(content) < int.from_bytes(length, "big"):
        raise EOFError
    return cloudpickle.loads(content)

"""A process beside this one that does one call after another, is watched meanwhile, and ends with this one.

Compiled code hears no signal, so that a call that hangs, swells or crashes can only be ended with its process. Nothing
of the caller's script is imported there: it needs no `if __name__ == "__main__"`. A message is its length and content.
"""

from __future__ import annotations

import json
import math
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any

from numba import cloudpickle

from tumen.infer.runs import failure

GB = 1e9
#: Seconds between two looks at a call, and what its process may take to begin: to import what it was sent.
_LOOK, _START = 0.05, 120.0
_LENGTH = 8


class CallFailedError(RuntimeError):
    """A call came to no answer; the words are what is told of it."""


class Beside:
    """A process that does one call after another, as long as none goes beyond its limits.

    It finds the modules that this one finds, and is told nothing of Ctrl-C, which is for the process that started it.
    Raises OSError where none can be started.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        code = f"import sys, json; sys.path[:] = json.loads(sys.argv[1]); from {__name__} import serve; serve()"
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # the same on Windows
        )
        assert self._process.stdin is not None
        self._in, self._heard = self._process.stdin, queue.SimpleQueue[tuple[str, Any]]()
        threading.Thread(target=_hear, args=(self._process.stdout, self._heard), daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether it can be given a call."""
        return self._process.poll() is None

    def do(self, asked: bytes, seconds: float = math.inf, memory: float = math.inf) -> bytes:
        """Have a function called, and return what it returned, packed.

        asked: the function and its arguments, packed by cloudpickle. seconds: what the call may take; memory: bytes
        that its process may hold. Raises CallFailedError for what the call raises, and where it goes beyond its limits
        or takes its process down.
        """
        with suppress(OSError, ValueError):  # where it is lost already, that is heard
            _write(self._in, asked)
        try:
            said, content = self._answer(seconds, memory)
        except BaseException:
            self.end()
            raise
        if said == "failed":
            raise CallFailedError(content)
        return bytes(content)

    def _answer(self, seconds: float, memory: float) -> tuple[str, Any]:
        latest, unwatched = time.monotonic() + seconds + _START, seconds == memory == math.inf
        while True:
            try:
                said, content = self._heard.get(timeout=None if unwatched else _LOOK)
            except queue.Empty:
                if time.monotonic() > latest:
                    raise CallFailedError(f"took longer than {seconds:g} s") from None
                if self._held() > memory:
                    raise CallFailedError(f"needed more than {memory / GB:.1f} GB of memory") from None
                continue
            if said == "begun":
                latest = time.monotonic() + seconds
            elif said == "lost":
                raise CallFailedError(_lost(self._process.wait()))
            else:
                return said, content

    def _held(self) -> int:
        """Bytes of memory that the process holds, with what it has kept of calls before."""
        import psutil  # type: ignore[import-untyped]

        with suppress(psutil.Error):  # it has just ended, which is heard
            return int(psutil.Process(self._process.pid).memory_info().rss)
        return 0

    def end(self) -> None:
        """End it now, in the middle of a call if need be."""
        self._process.kill()
        self._process.wait()
        with suppress(OSError):  # what was not written yet has no reader
            self._in.close()


def _lost(code: int) -> str:
    """How a process ended, in words."""
    if code < 0:
        name = signal.Signals(-code).name
        memory = ", as when the memory is full" if name == "SIGKILL" else ""
        return f"a process was lost ({name}{memory})"
    return f"a process was lost (exit code {code})"


def _hear(pipe: IO[bytes], heard: Any) -> None:
    """Pass on what the process says, and that it has ended."""
    with pipe:
        try:
            while True:
                heard.put(_read(pipe))
        except (EOFError, OSError):
            heard.put(("lost", None))


def serve() -> None:
    """What the process does: a call for each message. It ends at once with the one it serves, also within a call."""
    messages, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a theory prints goes to the terminal and not among the answers
    asked: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(messages, asked), daemon=True).start()
    while True:
        content = asked.get()
        try:
            function, *given = cloudpickle.loads(content)
            _answer(answers, ("begun", None))
            said = "done", cloudpickle.dumps(function(*given))
        except Exception as error:  # noqa: BLE001 - told to whoever asked, who raises it
            said = "failed", failure(error).reason
        _answer(answers, said)


def _answer(pipe: IO[bytes], message: object) -> None:
    """Send a message; end this process where whoever asked was killed."""
    try:
        _write(pipe, message)
    except BrokenPipeError:
        os._exit(0)


def _listen(messages: IO[bytes], asked: Any) -> None:
    """Pass on calls; end this process when no more can come."""
    try:
        while True:
            asked.put(_read(messages))
    except EOFError:
        os._exit(0)


def _write(pipe: IO[bytes], message: object) -> None:
    """Send a message. Raises OSError where nobody reads."""
    content = cloudpickle.dumps(message)
    pipe.write(len(content).to_bytes(_LENGTH, "big") + content)
    pipe.flush()


def _read(pipe: IO[bytes]) -> Any:
    """The next message. Raises EOFError at the end."""
    length = pipe.read(_LENGTH)
    content = pipe.read(int.from_bytes(length, "big"))
    if len(length) < _LENGTH or len(content) < int.from_bytes(length, "big"):
        raise EOFError
    return cloudpickle.loads(content)

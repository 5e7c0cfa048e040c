"""What goes where: answers to stdout, messages to stderr, one JSON document where it was asked for."""

from __future__ import annotations

import errno
import json
import math
import sys
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

import typer

from tumen.cli.streams import FAILED as FAILED
from tumen.cli.streams import INTERRUPTED as INTERRUPTED
from tumen.cli.streams import WRONG_INPUT, is_unicode, to_stdout

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

#: What errors of the package say to Python, and how the command line has it.
_OPTIONS = {
    "with allow_failed_diagnostics=True": "with --allow-failed-diagnostics",
    "with case=CASE": "with --case CASE",
    "one process: processes=1": "one process: --processes 1",
    "or do without: processes=1": "or do without: --processes 1",
    "one agent a person: people=None": "one agent a person: --full",
    " stands beside parameters=": " stands beside --parameters ",
}
#: what a disk says that has no room: the input was not wrong
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def answer(text: str) -> None:
    """A line of the answer, to stdout."""
    with to_stdout():
        _write(printable(text), sys.stdout)


def show(*parts: str | Table) -> None:
    """Lines and tables of the answer, in order."""
    for part in parts:
        if isinstance(part, str):
            answer(part)
        else:
            console().print(part)


def message(text: str) -> None:
    """A line about the work, to stderr."""
    with suppress(OSError):  # a full or closed stderr: the work goes on, there is nowhere to say so
        _write(printable(_with_options(text)), sys.stderr)


def name_files(written: dict[str, list[str]]) -> None:
    """A message for each file that was written."""
    for name in written.get("files", []):
        message(f"written: {name}")


def numbers(content: dict[str, Any]) -> bytes:
    """A JSON document as the bytes of a file."""
    return f"{as_text(content)}\n".encode()


def document(content: dict[str, Any]) -> None:
    """The whole answer as one JSON document, to stdout: escaped where stdout cannot take every letter."""
    text = as_text(content)
    if not is_unicode(sys.stdout):
        text = json.dumps(json.loads(text), indent=1)
    with to_stdout():
        _write(text, sys.stdout)


def _write(text: str, stream: TextIO | None) -> None:
    """A line in the stream's own encoding, at once; nowhere where the process has no such stream."""
    if stream is not None:
        stream.write(f"{text}\n")
        stream.flush()


def as_text(content: dict[str, Any]) -> str:
    """A JSON document; numbers that JSON has no sign for become null."""
    return json.dumps(_plain(content), ensure_ascii=False, indent=1, allow_nan=False)


def console() -> Console:
    """Where tables are printed: stdout, without markup, so that names from files stay names."""
    from tumen.cli.screen import Screen

    return Screen(markup=False, highlight=False, emoji=False)


def printable(text: str) -> str:
    """The text without what would move the cursor or colour a terminal."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "?" for letter in text)


def failure(error: Exception, arguments: list[str]) -> int:
    """Say what went wrong, as a sentence and, with --json, as a document; returns the exit code."""
    problems, code = _problems(error)
    if not problems:
        code = FAILED
        problems = [_fault(error)]
        if "-v" in arguments or "--verbose" in arguments:
            message("".join(traceback.format_exception(error)).rstrip())
    for problem in problems:
        message(f"{problem['what']} - {problem['where']} - expected {problem['expected']} - {problem['remedy']}")
    if "--json" in arguments:
        document({"error": {"exit": code, "problems": problems}})
    return code


def interrupted(arguments: list[str]) -> int:
    """Say that Ctrl-C was heard; returns the exit code."""
    message("interrupted: no result was written")
    if "--json" in arguments:
        document({"error": {"exit": INTERRUPTED, "problems": []}})
    return INTERRUPTED


def _problems(error: Exception) -> tuple[list[dict[str, str]], int]:
    """The problems an error states in the four parts, and its exit code; none where it states none."""
    if isinstance(error, typer.TyperException):
        return [_usage(error)], WRONG_INPUT
    if isinstance(error, OSError) and (error.filename is not None or error.errno in _FULL):
        return [_refused_by_the_system(error)], FAILED if error.errno in _FULL else WRONG_INPUT
    parts = ("what", "where", "expected", "remedy")
    stated = getattr(error, "problems", None) or ([error] if all(hasattr(error, part) for part in parts) else [])
    told = [{part: _as_option(str(getattr(each, part))) for part in parts} for each in stated]
    return told, int(getattr(error, "code", WRONG_INPUT))


def _as_option(text: str) -> str:
    """A part of an error in the terms of the command line, where it names an argument as Python has it."""
    if text.endswith("=") and text[:-1].isidentifier():
        return "--from, --to" if text == "years=" else f"--{text[:-1].replace('_', '-')}"
    return _with_options(text)


def _with_options(text: str) -> str:
    """A text in which arguments with values are options of the command line."""
    for argument, option in _OPTIONS.items():
        text = text.replace(argument, option)
    return text


def _parts(what: str, where: str, expected: str, remedy: str) -> dict[str, str]:
    return {"what": what, "where": where, "expected": expected, "remedy": remedy}


def _refused_by_the_system(error: OSError) -> dict[str, str]:
    """A file or folder that the system does not give, met where nobody looked for it."""
    what = f"the system refuses it ({(error.strerror or type(error).__name__).lower()})"
    expected = "a file or folder that may be read, and written where something is kept"
    return _parts(what, str(error.filename or "a disk"), expected, "check its permissions and the room on its disk")


def _usage(error: typer.TyperException) -> dict[str, str]:
    """A mistake on the command line."""
    context = getattr(error, "ctx", None)
    command = getattr(context, "command_path", "tumen")
    what = " ".join(error.format_message().split()).rstrip(".")
    return _parts(what[:1].lower() + what[1:], command, f"what {command} --help lists", "correct the command line")


def _fault(error: Exception) -> dict[str, str]:
    if isinstance(error, MemoryError):
        return _parts("the memory is full", "tumen run", "room for the people asked for", "give fewer --people")
    what = f"a fault of tumen's own ({type(error).__name__}: {' '.join(str(error).split())[:200]})"
    return _parts(what, "tumen", "this never to be seen", "run it again with -v and report the trace")


def _plain(thing: Any) -> Any:
    """Plain mappings, lists and finite numbers."""
    if isinstance(thing, dict):
        return {str(key): _plain(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [_plain(value) for value in thing]
    if isinstance(thing, float):
        return thing if math.isfinite(thing) else None
    if hasattr(thing, "item"):  # a numpy scalar
        return _plain(thing.item())
    return thing if thing is None or isinstance(thing, (str, int, bool)) else str(thing)


def to_terminal() -> bool:
    """Whether somebody watches stderr."""
    return sys.stderr is not None and sys.stderr.isatty()

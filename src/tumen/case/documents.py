"""YAML 1.2 read strictly: plain mappings, lists, text and finite numbers, each with its line.

Refused: aliases, anchors, tags, directives, a second document, duplicate keys, keys that are not text, more than
`DEEPEST` levels, `MOST_VALUES` values, `LONGEST_LINE` characters in a line or `LARGEST` bytes, NUL and other control
characters, anything but UTF-8, and numbers that are not finite. Dates stay text, `NO` stays text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml import events as ev
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from tumen.errors import CaseError, Problem, place, shown

LARGEST = 1 << 20
LONGEST_LINE = 10_000
DEEPEST = 20
MOST_VALUES = 10_000

_INTEGER = re.compile(r"[-+]?[0-9]+\Z", re.ASCII)
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z", re.ASCII)
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF|nan|NaN|NAN)\Z")
_BAD_LETTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029\ufffe\uffff]")
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


class Block(dict[str, Any]):
    """A mapping of a YAML file; key: the last key (or number) of its path, where: its place as `file:line, key`."""

    key: str = ""
    where: str = ""


@dataclass(frozen=True)
class Document:
    """What a YAML file says (`data`) and the line of each path of keys and numbers (`lines`)."""

    name: str
    data: Any
    lines: dict[tuple[object, ...], int]

    def line(self, path: Sequence[object]) -> int:
        """The line of the longest part of the path that the file has; unknown parts are skipped."""
        known: tuple[object, ...] = ()
        for step in path:
            longer = (*known, step)
            if longer in self.lines:
                known = longer
        return self.lines.get(known, 1)

    def place(self, *path: object) -> str:
        """`file:line, key` of a path of keys."""
        return _place(self.name, self.line(path), path)


def decode(name: str, raw: bytes) -> str:
    """The text of a file's bytes; a UTF-8 byte-order mark is skipped; anything but plain UTF-8 is refused."""
    if len(raw) > LARGEST:
        what = f"the file has {len(raw)} bytes"
        raise CaseError.single(what, place(name), f"at most {LARGEST}", "split it or take out what is not data")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _encoding(name, 1, "the file is saved as UTF-16")
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _encoding(name, line, f"byte {raw[error.start]:#04x} is not UTF-8") from None
    if match := _BAD_LETTER.search(text):
        what, line = f"character {ord(match[0]):#06x} is in the text", text.count("\n", 0, match.start()) + 1
        raise CaseError.single(what, place(name, line), "printable text", "delete the character")
    lengths = [len(line_text) for line_text in text.split("\n")]
    if (longest := max(lengths)) > LONGEST_LINE:
        where = place(name, lengths.index(longest) + 1)
        raise CaseError.single(f"the line has {longest} characters", where, f"at most {LONGEST_LINE}", "break the line")
    return text


def read_yaml(name: str, raw: bytes) -> Document:
    """Read the bytes of the YAML file called `name`; raises CaseError with file and line."""
    return _parse(name, decode(name, raw))


@lru_cache(maxsize=256)
def _parse(name: str, text: str) -> Document:
    # Cached on the text itself: an unchanged file read again costs nothing, a changed one is always read.
    reader = _Reader(name)
    try:
        data = reader.document(_events(name, text))
    except CaseError:
        raise
    except MarkedYAMLError as error:
        # A bracket or quote that is not closed is noticed far below; the place to look is where it opens.
        opened = (error.context or "").startswith(("while parsing a flow", "while scanning a quoted"))
        mark = (error.context_mark if opened else None) or error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        reason = " ".join(filter(None, (error.context, error.problem)))
        raise _syntax(name, line, reason) from None
    except (YAMLError, ValueError, OverflowError) as error:
        raise _syntax(name, 1, str(error)) from None
    return Document(name, data, reader.lines)


def _events(name: str, text: str) -> Iterator[Any]:
    depth = 0
    for count, event in enumerate(YAML(typ="safe", pure=True).parse(text)):
        line = event.start_mark.line + 1
        if count > MOST_VALUES:
            what = f"more than {MOST_VALUES} values"
            raise CaseError.single(what, place(name, line), "a file a person can read", "split the file")
        if isinstance(event, (ev.SequenceStartEvent, ev.MappingStartEvent)):
            depth += 1
        elif isinstance(event, (ev.SequenceEndEvent, ev.MappingEndEvent)):
            depth -= 1
        if depth > DEEPEST:
            what = f"more than {DEEPEST} levels inside each other"
            raise CaseError.single(what, place(name, line), f"at most {DEEPEST} levels", "take levels out")
        _refuse_features(name, line, event)
        yield event


def _refuse_features(name: str, line: int, event: Any) -> None:
    """Refuse what could make a file mean more than it shows: aliases, anchors, tags, directives."""
    if isinstance(event, ev.AliasEvent) or getattr(event, "anchor", None):
        kind = "an alias (*)" if isinstance(event, ev.AliasEvent) else "an anchor (&)"
        what, remedy = f"{kind} {shown(event.anchor)}", "write the value out, or put text in quotes"
    elif getattr(event, "tag", None) or getattr(event, "ctag", None):
        what, remedy = f"a tag {shown(str(event.tag or event.ctag))}", "delete the tag, or put text in quotes"
    elif isinstance(event, ev.DocumentStartEvent) and (event.version or event.tags):
        what, remedy = "a directive (%)", "delete the line"
    else:
        return
    raise CaseError.single(what, place(name, line), "plain keys and values", remedy)


class _Reader:
    """Builds data and line numbers from YAML events; nesting is bounded before it gets here."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[tuple[object, ...], int] = {}
        self.problems: list[Problem] = []

    def document(self, events: Iterator[Any]) -> Any:
        data: Any = None
        documents = 0
        for event in events:
            if isinstance(event, ev.DocumentStartEvent):
                documents += 1
                line = event.start_mark.line + 1
                if documents > 1:
                    what = "a second document begins"
                    raise CaseError.single(what, place(self.name, line), "one document a file", "delete the ---")
                data = self.value(next(events), events, ())
        if self.problems:
            raise CaseError(self.problems)
        return data

    def value(self, event: Any, events: Iterator[Any], path: tuple[object, ...]) -> Any:
        self.lines.setdefault(path, event.start_mark.line + 1)
        if isinstance(event, ev.MappingStartEvent):
            return self.mapping(events, path)
        if isinstance(event, ev.SequenceStartEvent):
            items: list[Any] = []
            while not isinstance(event := next(events), ev.SequenceEndEvent):
                items.append(self.value(event, events, (*path, len(items))))
            return items
        return self.scalar(event, path)

    def mapping(self, events: Iterator[Any], path: tuple[object, ...]) -> Block:
        found = Block()
        found.key, found.where = str(path[-1]) if path else "", _place(self.name, self.lines[path], path)
        while not isinstance(event := next(events), ev.MappingEndEvent):
            line = event.start_mark.line + 1
            if not isinstance(event, ev.ScalarEvent):
                what = "a key that is a list or a mapping"
                raise CaseError.single(what, place(self.name, line, *path), "text", "write a plain key")
            key = event.value
            inner = (*path, key)
            if key in found:
                first = self.lines[inner]
                self.problems.append(
                    Problem(
                        f"key {shown(key)} appears twice",
                        place(self.name, line, *inner),
                        f"one entry for each key (the first is on line {first})",
                        "delete or rename one of them",
                    )
                )
                self.value(next(events), events, (*inner, "(again)"))
                continue
            self.lines[inner] = line
            found[key] = self.value(next(events), events, inner)
        return found

    def scalar(self, event: Any, path: tuple[object, ...]) -> Any:
        text = event.value
        if event.style is not None:
            return text
        if text in _NULLS:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        if _NO_NUMBER.match(text):
            return self.no_number(text, event, path)
        if _INTEGER.match(text) and len(text) <= 18:
            return int(text)
        if _DECIMAL.match(text):
            number = float(text)
            return number if math.isfinite(number) else self.no_number(text, event, path)
        return text

    def no_number(self, text: str, event: Any, path: tuple[object, ...]) -> None:
        self.problems.append(
            Problem(
                f"{shown(text, 20)} is not a finite number",
                place(self.name, event.start_mark.line + 1, *path),
                "a number a computer can hold",
                "write the number, or leave the entry out",
            )
        )


def _place(file: str, line: int, path: Sequence[object]) -> str:
    """`file:line, key` of a path of keys and numbers, the first of a list called #1."""
    return place(file, line, *(f"#{step + 1}" if isinstance(step, int) else step for step in path))


def _syntax(name: str, line: int, reason: str) -> CaseError:
    what = f"the file is not valid YAML: {shown(reason, 120, quote=False)}"
    return CaseError.single(what, place(name, line), "YAML 1.2", "check indentation, colons, quotes and brackets here")


def _encoding(name: str, line: int, what: str) -> CaseError:
    return CaseError.single(what, place(name, line), "UTF-8 text", "save the file as UTF-8")

"""sources.bib: a strict reader of BibTeX entries, enough to find every cited source and its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tumen.case.documents import decode
from tumen.errors import Issues, place, shown, suggestion

#: Entries begin a line; an @ elsewhere is part of some text.
_BEGIN = re.compile(r"^[ \t]*@", re.MULTILINE)
_ENTRY = re.compile(r"@([A-Za-z]+)\s*\{\s*([^\s,{}]+)\s*,")
_COMMA = re.compile(r"\s*,")
_CLOSE = re.compile(r"\s*\}")
_DIGITS = re.compile(r"\d+", re.ASCII)
_FIELD = re.compile(r"\s*([A-Za-z][A-Za-z0-9_-]*)\s*=\s*")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_:+-]*\Z")
#: The word used in place of a source where there is none.
ASSUMED = "assumed"


@dataclass(frozen=True)
class Source:
    """One entry of sources.bib."""

    key: str
    kind: str
    fields: dict[str, str] = field(hash=False)
    line: int

    @property
    def title(self) -> str:
        """The title, without braces."""
        return self.fields.get("title", "")

    @property
    def year(self) -> int | None:
        """The year of publication, or None where the entry states none in four digits."""
        stated = self.fields.get("year", "").strip()
        return int(stated) if re.fullmatch(r"[0-9]{4}", stated) else None


def read_sources(name: str, raw: bytes, issues: Issues) -> dict[str, Source]:
    """The entries of a BibTeX file by key; what is wrong goes to `issues`. Text between entries is comment."""
    text = decode(name, raw)
    sources: dict[str, Source] = {}
    end, line, counted = 0, 1, 0
    for begin in (match.end() - 1 for match in _BEGIN.finditer(text)):
        if begin < end or issues.full(name):
            continue
        line += text.count("\n", counted, begin)
        counted = begin
        match = _ENTRY.match(text, begin)
        fields, end = _fields(text, match.end()) if match else (None, begin)
        if match is None or fields is None:
            end = _next_entry(text, begin)
            issues.note(
                "an entry that cannot be read",
                place(name, line),
                "@type{KEY, field = {text}, ...}",
                "check commas, braces and quotes of this entry",
            )
            continue
        source = Source(match[2], match[1].lower(), fields, line)
        _refuse(name, source, sources, issues)
        sources.setdefault(source.key, source)
    return sources


def check_source(entry: Any, where: str, sources: Mapping[str, object] | None, issues: Issues) -> None:
    """Note unknown sources of an entry, and assumptions without a reason."""
    keys = entry.source
    status = getattr(entry, "status", None)
    if ASSUMED in keys:
        if len(keys) > 1:
            issues.note("assumed is given beside a source", where, "assumed alone or sources", "delete one of them")
        if status not in (None, ASSUMED):
            issues.note(f"an assumed value with status {status}", where, "status: assumed", "write status: assumed")
        if not entry.because:
            issues.note("an assumed value without a reason", where, "because: ...", "add because: WHY THIS NUMBER")
    elif status == ASSUMED:
        issues.note("status assumed beside a source", where, "source: assumed", "correct the status or the source")
    for key in keys:
        if key != ASSUMED and sources is not None and key not in sources:
            remedy = suggestion(key, sources, "add the entry to sources.bib or correct the key")
            issues.note(f"unknown source {shown(key)}", where, "a key of sources.bib", remedy)


def _refuse(name: str, source: Source, sources: dict[str, Source], issues: Issues) -> None:
    where = place(name, source.line, source.key)
    if source.key in sources:
        first = sources[source.key].line
        issues.note(
            f"source {shown(source.key)} appears twice",
            where,
            f"one entry for each key (the first is on line {first})",
            "delete or rename one of them",
        )
    if source.key == ASSUMED or not _KEY.match(source.key):
        issues.note(f"{shown(source.key)} cannot be a key", where, "letters, digits, _ : + -", "rename the source")
    if not source.title:
        issues.note(f"source {shown(source.key)} has no title", where, "a field title", "add title = {...}")


def _next_entry(text: str, position: int) -> int:
    following = text.find("\n@", position)
    return following + 1 if following >= 0 else len(text)


def _fields(text: str, at: int) -> tuple[dict[str, str] | None, int]:
    """The fields of an entry whose first field begins at `at`, and where the entry ends; None when it is not whole."""
    found: dict[str, str] = {}
    while True:
        match = _FIELD.match(text, at)
        if match is None:
            end = _CLOSE.match(text, at)
            return (found, end.end()) if end else (None, at)
        value, at = _value(text, match.end())
        if value is None or match[1].lower() in found:
            return None, at
        found[match[1].lower()] = value
        separator = _COMMA.match(text, at)
        if separator:
            at = separator.end()
            continue
        end = _CLOSE.match(text, at)
        return (found, end.end()) if end else (None, at)


def _value(text: str, at: int) -> tuple[str | None, int]:
    """One field's text (in braces, in quotes, or a bare number) and where it ends."""
    opening = text[at : at + 1]
    if opening.isdigit():
        match = _DIGITS.match(text, at)
        return (match[0], match.end()) if match else (None, at)
    if opening not in ("{", '"'):
        return None, at
    depth = 0
    for position in range(at + 1, len(text)):
        letter = text[position]
        if letter == ("}" if opening == "{" else '"') and depth == 0:
            return " ".join(text[at + 1 : position].replace("{", "").replace("}", "").split()), position + 1
        if letter in "{}":
            depth += 1 if letter == "{" else -1
        if depth < 0 or text.startswith("\n@", position):
            return None, position
    return None, len(text)

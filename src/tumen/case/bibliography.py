"""sources.bib: a strict reader of BibTeX entries, enough to know every cited source and the line it stands on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tumen.case.documents import decode
from tumen.case.errors import Findings, place, shown

_ENTRY = re.compile(r"@([A-Za-z]+)\s*\{\s*([^\s,{}]+)\s*,")
_FIELD = re.compile(r"\s*([A-Za-z][A-Za-z0-9_-]*)\s*=\s*")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_:+-]*\Z")
#: The word that stands for a source where there is none.
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


def read_sources(name: str, raw: bytes, findings: Findings) -> dict[str, Source]:
    """The entries of a BibTeX file by key; what is wrong goes to `findings`. Text between entries is comment."""
    text = decode(name, raw)
    sources: dict[str, Source] = {}
    at = 0
    while (begin := text.find("@", at)) >= 0:
        if _in_comment(text, begin):
            at = begin + 1
            continue
        line = text.count("\n", 0, begin) + 1
        match = _ENTRY.match(text, begin)
        fields, at = _fields(text, match.end()) if match else (None, begin + 1)
        if match is None or fields is None:
            findings.note(
                "an entry that cannot be read",
                place(name, line),
                "@type{KEY, field = {text}, ...}",
                "check commas, braces and quotes of this entry",
            )
            at = _next_entry(text, begin)
            continue
        source = Source(match[2], match[1].lower(), fields, line)
        _refuse(name, source, sources, findings)
        sources.setdefault(source.key, source)
    return sources


def _refuse(name: str, source: Source, sources: dict[str, Source], findings: Findings) -> None:
    where = place(name, source.line, source.key)
    if source.key in sources:
        first = sources[source.key].line
        findings.note(
            f"source {shown(source.key)} stands twice",
            where,
            f"one entry for each key (the first is on line {first})",
            "delete or rename one of them",
        )
    if source.key == ASSUMED or not _KEY.match(source.key):
        findings.note(f"{shown(source.key)} cannot be a key", where, "letters, digits, _ : + -", "rename the source")
    if not source.title:
        findings.note(f"source {shown(source.key)} has no title", where, "a field title", "add title = {...}")


def _in_comment(text: str, position: int) -> bool:
    line_begin = text.rfind("\n", 0, position) + 1
    return text[line_begin:position].lstrip().startswith("%") or bool(text[line_begin:position].strip())


def _next_entry(text: str, position: int) -> int:
    following = text.find("\n@", position)
    return following + 1 if following >= 0 else len(text)


def _fields(text: str, at: int) -> tuple[dict[str, str] | None, int]:
    """The fields of an entry whose first field begins at `at`, and where the entry ends; None when it is not whole."""
    found: dict[str, str] = {}
    while True:
        match = _FIELD.match(text, at)
        if match is None:
            end = re.compile(r"\s*\}").match(text, at)
            return (found, end.end()) if end else (None, at)
        value, at = _value(text, match.end())
        if value is None or match[1].lower() in found:
            return None, at
        found[match[1].lower()] = value
        separator = re.compile(r"\s*,").match(text, at)
        if separator:
            at = separator.end()
            continue
        end = re.compile(r"\s*\}").match(text, at)
        return (found, end.end()) if end else (None, at)


def _value(text: str, at: int) -> tuple[str | None, int]:
    """One field's text (in braces, in quotes, or a bare number) and where it ends."""
    opening = text[at : at + 1]
    if opening.isdigit():
        match = re.compile(r"\d+").match(text, at)
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

"""sources.bib: BibTeX entries read strictly, each cited source with its line."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from tumen.case.documents import LONGEST_LINE, decode
from tumen.errors import MOST_PER_FILE, CaseError, Issues, place, shown, suggestion

if TYPE_CHECKING:
    from bibtexparser import model

#: No bibliography of the largest size allowed has more; the time to read one grows with both.
MOST_ENTRIES, MOST_FIELDS = 10_000, 50_000
_ENTRY = re.compile(r"@\w*[ \t]*[{(]")
_COMMENT = re.compile(r"^[ \t]*%.*", re.MULTILINE)
#: A line that was meant as the first of an entry.
_UNOPENED = re.compile(r"^[ \t]*@(?!\w*[ \t]*[{(])", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_:+/.-]*\Z")
#: What a field may say: texts in quotes or braces, numbers and abbreviations, joined by #.
_PIECE = re.compile(r'\s*("[^"]*"|\{(?:[^{}]|\{[^{}]*\})*\}|[^\s"#{},=]+)\s*(?:#(?!\s*\Z)|\Z)')
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: The word used in place of a source where there is none.
ASSUMED = "assumed"

# What the parser logs is told as an issue, with its place.
logging.getLogger("bibtexparser").addHandler(logging.NullHandler())


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
    from bibtexparser import model  # takes as long as reading a small case
    from bibtexparser.entrypoint import parse_string

    text = _COMMENT.sub("", decode(name, raw))
    if len(_ENTRY.findall(text)) > MOST_ENTRIES or text.count("=") > MOST_FIELDS:
        most = f"at most {MOST_ENTRIES} entries and {MOST_FIELDS} fields"
        raise CaseError.single("too many entries or fields", place(name), most, "leave out what no value cites")
    library, lines = parse_string(text), text.split("\n")
    words: dict[str, str | None] = {month: month for month in _MONTHS}
    for string in library.strings:
        words[string.key.lower()] = _text(string, words)
    sources: dict[str, Source] = {}
    for block in library.blocks:
        # An entry whose key or field appears twice can be read; a failed one in the middle of a line is a comment.
        entry = block.ignore_error_block if isinstance(block, model.ParsingFailedBlock) else block
        line = block.start_line or 0
        if issues.full(name):
            break
        if isinstance(entry, model.Entry):
            _add(name, entry, words, sources, issues)
        elif entry is None and lines[line].lstrip().startswith("@"):
            _refuse_entry(name, line + 1, issues)
    for match in islice(_UNOPENED.finditer(text), MOST_PER_FILE):
        _refuse_entry(name, text.count("\n", 0, match.start()) + 1, issues)
    return sources


def _add(
    name: str, entry: model.Entry, words: Mapping[str, str | None], sources: dict[str, Source], issues: Issues
) -> None:
    """Put an entry to the sources, or note what is wrong with it."""
    texts = [(field.key.lower(), _text(field, words)) for field in entry.fields]
    line = (entry.start_line or 0) + 1
    if not entry.entry_type.isalpha() or any(text is None or not _NAME.match(key) for key, text in texts):
        _refuse_entry(name, line, issues)
        return
    fields = {key: " ".join((text or "").replace("{", "").replace("}", "").split()) for key, text in texts}
    source, where = Source(entry.key, entry.entry_type, fields, line), place(name, line, entry.key)
    if first := sources.get(source.key):
        expected = f"one entry for each key (the first is on line {first.line})"
        issues.note(f"source {shown(source.key)} appears twice", where, expected, "delete or rename one of them")
    for key in [key for key, count in Counter(key for key, _ in texts).items() if count > 1]:
        issues.note(f"field {shown(key)} appears twice", where, "each field once", "delete one of them")
    if source.key == ASSUMED or not _NAME.match(source.key):
        issues.note(f"{shown(source.key)} cannot be a key", where, "letters, digits, _ : + / . -", "rename the source")
    if not source.title:
        issues.note(f"source {shown(source.key)} has no title", where, "a field title", "add title = {...}")
    sources.setdefault(source.key, source)


def _text(field: model.Field | model.String, words: Mapping[str, str | None]) -> str | None:
    """What a field says, its pieces joined and abbreviations written out; None where it cannot be read."""
    if field.enclosing != "no-enclosing":
        return str(field.value)
    pieces, end = [], 0
    while match := _PIECE.match(field.value, end):
        piece, end = match[1], match.end()
        pieces.append(piece[1:-1] if piece[0] in '{"' else piece if piece.isdigit() else words.get(piece.lower()))
    if end < len(field.value) or None in pieces or sum(map(len, filter(None, pieces))) > LONGEST_LINE:
        return None
    return "".join(filter(None, pieces))


def _refuse_entry(name: str, line: int, issues: Issues) -> None:
    remedy = "check commas, braces and quotes of this entry"
    issues.note("an entry that cannot be read", place(name, line), "@type{KEY, field = {text}, ...}", remedy)


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

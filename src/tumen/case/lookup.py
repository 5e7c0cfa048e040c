"""The vocabulary of inputs looked up by words, and what one case states of an input."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar

from tumen.case.country import Case
from tumen.case.inputs import BASE, Dated, Input
from tumen.case.vocabulary import VOCABULARY, ParameterSpec
from tumen.errors import CaseError, shown

Filled = TypeVar("Filled", "Entry", "DatedText")
#: How like a word an input's key has to be where none has it as a part, and how many such are named.
_LIKE, _MOST = 0.55, 5


@dataclass(frozen=True)
class DatedText:
    """A dated value in words: as written, with sources, status, reason, note and place."""

    date: str
    value: str
    source: tuple[str, ...]
    status: str
    because: str | None
    note: str | None
    where: str


@dataclass(frozen=True)
class StatedHistory:
    """The dated values of the base or of a variant, with its prior weight."""

    name: str
    title: str
    weight: float
    because: str | None
    values: tuple[DatedText, ...]


@dataclass(frozen=True)
class Entry:
    """What a case states of one input, base first; between: how it runs from one dated value to the next.

    members: those of the dimension it differs by; scenarios: those of the case that change it; sources: title by key.
    """

    key: str
    title: str
    unit: str
    low: float
    high: float
    by: str | None
    members: tuple[str, ...]
    between: str
    policy: str | None
    where: str
    histories: tuple[StatedHistory, ...]
    scenarios: tuple[str, ...]
    sources: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """The same in plain mappings and lists."""
        return asdict(self)


def search(word: str | None) -> tuple[ParameterSpec, ...]:
    """The inputs of that key; else those with all the words in key or title; else the nearest keys.

    None: all of them. Raises CaseError where nothing is like it.
    """
    if word is None or not word.strip():
        return tuple(VOCABULARY.values())
    if word in VOCABULARY:
        return (VOCABULARY[word],)
    found = [one for one in VOCABULARY.values() if holds(one, word)]
    if not found:
        near = difflib.get_close_matches(word[:80].casefold(), list(VOCABULARY), n=_MOST, cutoff=_LIKE)
        found = [VOCABULARY[key] for key in near]
    if not found:
        what, remedy = f"no input is like {shown(word)}", "give fewer words, or none to see all inputs"
        raise CaseError.single(what, "the vocabulary of inputs", "a key, or words of its key or title", remedy)
    return tuple(found)


def holds(one: ParameterSpec, word: str) -> bool:
    """Whether an input has all the words in its key, title or unit."""
    text = f"{one.key} {one.title} {one.unit}".casefold().replace("_", " ")
    return all(part in text for part in word.casefold().replace("_", " ").split())


def entry(case: Case, key: str) -> Entry:
    """What a case states of an input."""
    given = case.inputs[key]
    histories = [StatedHistory(BASE, "", given.base_weight, None, _rows(given, given.values))]
    for one in given.variants.values():
        histories.append(StatedHistory(one.key, one.title, one.weight, one.because, _rows(given, one.values)))
    named = dict.fromkeys(source for one in histories for row in one.values for source in row.source)
    changing = [name for name, one in case.scenarios.items() if any(change.key == key for change in one.changes)]
    titles = {source: case.sources[source].title for source in named if source in case.sources}
    return _filled(Entry, given, histories=tuple(histories), scenarios=tuple(changing), sources=titles)


def limits(low: float, high: float) -> str:
    """A range in words: `0 to 1`, or `0 or more`."""
    return f"{low:g} or more" if math.isinf(high) else f"{low:g} to {high:g}"


def _rows(given: Input, values: Sequence[Dated]) -> tuple[DatedText, ...]:
    return tuple(_filled(DatedText, one, value=given.words(one.value)) for one in values)


def _filled(kind: type[Filled], given: object, **other: Any) -> Filled:
    """A record of what is given, with other values in some fields."""
    return kind(
        **({field.name: getattr(given, field.name) for field in fields(kind) if field.name not in other} | other)
    )

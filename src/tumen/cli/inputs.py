"""`tumen inputs`: the inputs that there are, and what a case states of them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tumen.cli.options import AsJson, Verbose
from tumen.cli.output import answer, document

if TYPE_CHECKING:
    from tumen.case import Case, ParameterSpec
    from tumen.case.lookup import Entry, StatedHistory


def inputs(
    case: Annotated[
        str | None, typer.Argument(metavar="CASE", help="A shipped case or a case folder; without it, no values.")
    ] = None,
    key: Annotated[str | None, typer.Argument(metavar="KEY", help="An input, or words to look for.")] = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """List inputs by key or words: unit, admissible range, and what one may differ by.

    With a case, also where each is stated; of a single input every dated value, its sources and variants (of several
    with -v).
    """
    from tumen.case.lookup import entry, holds, search

    stated, word = _arguments(case, key)
    found = search(word)
    entries = [entry(stated, one.key) for one in found] if stated is not None else []
    if as_json:
        rows = [one.as_dict() for one in entries] if entries else [asdict(one) for one in found]
        document({"case": stated.name if stated is not None else None, "inputs": rows})
        return
    if word is not None and word not in {one.key for one in found}:
        number = "1 input" if len(found) == 1 else f"{len(found)} inputs"
        answer(f"{number} by '{word}'" if holds(found[0], word) else f"no input is called '{word}'; the nearest:")
    if entries and (len(entries) == 1 or verbose):
        for one in entries:
            _print(one)
        return
    _list(found, entries)


def _arguments(first: str | None, second: str | None) -> tuple[Case | None, str | None]:
    """The case and the words. A single argument is a case where it names one, and words otherwise."""
    from tumen.case import VOCABULARY, load, nearest, shipped

    if first is None:
        return None, None
    if second is not None:
        return load(first), second
    names = [name for name, _ in shipped()]
    # A misspelt case is told as one, unless it is an input.
    meant = first in names or _is_case(first) or (first not in VOCABULARY and nearest(first, names) is not None)
    return (load(first), None) if meant else (None, first)


def _is_case(text: str) -> bool:
    if "\0" in text or len(text) > 1000:
        return False
    return (Path(text) / "case.yaml").is_file() or (("/" in text or "\\" in text) and Path(text).is_dir())


def _list(found: tuple[ParameterSpec, ...], entries: list[Entry]) -> None:
    """A line for each input, and a second one with its meaning."""
    from tumen.case.lookup import limits

    width = max(len(one.key) for one in found)
    for i, one in enumerate(found):
        by = f", by {one.by}" if one.by else ""
        answer(f"{one.key:<{width}}  {one.unit}, {limits(one.low, one.high)}{by}")
        answer(f"{'':<{width}}  {one.title}")
        if entries:
            values = sum(len(history.values) for history in entries[i].histories)
            others = len(entries[i].histories) - 1
            variants = f" in {others + 1} histories" if others else ""
            answer(f"{'':<{width}}  {_place(entries[i].where)}: {values} dated value{'s' * (values != 1)}{variants}")


def _print(one: Entry) -> None:
    from tumen.case.lookup import limits

    answer(f"{one.key}: {one.title}")
    by = f"; may differ by {one.by}: {', '.join(one.members)}" if one.by else ""
    answer(f"  {one.unit}, {limits(one.low, one.high)}{by}")
    runs = "holds until the next date" if one.between == "hold" else f"runs to the next date ({one.between})"
    policy = f"; policy {one.policy}" if one.policy else ""
    answer(f"  stated at {_place(one.where)}; a value {runs}{policy}")
    for history in one.histories:
        _history(history, len(one.histories) > 1)
    if one.scenarios:
        answer(f"  changed by the scenarios {', '.join(one.scenarios)}")
    for source, title in one.sources.items():
        answer(f"  {source}: {title}")


def _history(history: StatedHistory, several: bool) -> None:
    name = "values" if history.name == "base" else f"variant {history.name}"
    title = f": {history.title}" if history.title not in ("", history.name) else ""
    answer(f"  {name}{f' (weight {history.weight:g})' if several else ''}{title}")
    if history.because:
        answer(f"    because: {history.because}")
    for row in history.values:
        named = ", ".join(source for source in row.source if source != row.status)
        sources = "; ".join(part for part in (named, row.status) if part)
        answer(f"    {row.date}  {row.value}  [{sources}]  {_place(row.where)}")
        for said, text in (("because", row.because), ("note", row.note)):
            if text:
                answer(f"      {said}: {text}")


def _place(where: str) -> str:
    """File and line, without the key, which stands before them."""
    return where.split(",", 1)[0]

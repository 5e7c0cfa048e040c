"""Numbers and sources in the wording of figures and tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import xarray as xr
    from rich.table import Table

    from tumen.case import Case
    from tumen.result import Result

_LONGEST = 240  # letters of citation under a figure
_SOURCES = {
    "shipped": "of the posterior shipped with the case",
    "own": "of the user's own posterior",
    "given": "of a posterior that the user named",
    "fit": "no uncertainty",
    "file": "no uncertainty",
}
#: Of which calibration draws are.
_WHOSE = {"shipped": "shipped with the case", "own": "of the user's own calibration", "given": "named by the user"}
#: Names of parameters that nobody estimated.
_AS_STATED = (None, "", "case")


def ruled_table(*columns: str, title: str = "", words: Sequence[str] = (), whole: bool = False) -> Table:
    """A table without rows: the first column and those of `words` at the left, the others at the right.

    whole: numbers are never broken over lines.
    """
    shown = _empty(title)
    for place, column in enumerate(columns):
        left = place == 0 or column in words
        shown.add_column(column, justify="left" if left else "right", no_wrap=whole and not left)
    return shown


def plain_table(*columns: str, words: tuple[int, ...] = (0,)) -> Table:
    """A wider table without rows; `words`: which columns hold words and stand at the left."""
    shown = _empty("", narrow=False)
    for i, name in enumerate(columns):
        side: Literal["left", "right"] = "left" if i in words else "right"
        shown.add_column(name, justify=side, overflow="fold", min_width=18 if i == 0 else None)
    return shown


def year_table(title: str, headings: Sequence[str], wide: bool = False) -> Table:
    """A table without rows of a year and numbers, for a terminal of 80 columns; `wide` where there are few of them."""
    shown = _empty(title, padding=1 if wide else 0, edge=wide)
    shown.add_column("\nyear", no_wrap=True)
    for heading in headings:
        shown.add_column(heading, justify="right", no_wrap=True)
    return shown


def _empty(title: str, narrow: bool = True, padding: int = 1, edge: bool = True) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    return Table(
        title=Text(title) if title else None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False,
        collapse_padding=narrow, padding=(0, padding), show_edge=edge,
    )  # fmt: skip


def between(middle: float, low: float, high: float, *, decimals: int, sign: str = "") -> str:
    """A number with its interval; a dash where there is none. sign: `+` for differences."""
    if not math.isfinite(middle):
        return "-"
    form, to = f"{sign},.{decimals}f", " to " if sign else "-"
    return f"{middle:{form}} ({low:{form}}{to}{high:{form}})"


def number(value: float) -> str:
    """Three significant digits, thousands with a comma: what a table of unlike units needs.

    >>> number(0.012345), number(12345.6), number(3.0), number(-0.5), number(0.0)
    ('0.0123', '12,346', '3', '-0.5', '0')
    """
    if not math.isfinite(value):
        return "-" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def ranged(middle: float, low: float, high: float, said: Callable[[float], str] = number) -> str:
    """A median and the ends of an interval in words."""
    return f"{said(middle)} ({said(low)} to {said(high)})"


def count(value: float) -> str:
    """Persons: whole, with a comma at thousands; millions with one decimal."""
    if math.isnan(value):
        return "-"
    if abs(value) >= 1e6:
        return f"{value / 1e6:,.1f} million"
    return f"{value:,.0f}"


def percent(share: float) -> str:
    """A share as a whole percentage; below one percent with one decimal."""
    if math.isnan(share):
        return "-"
    return f"{100 * share:.1f} %" if 0 < share < 0.01 else f"{100 * share:.0f} %"


def parameters(record: dict[str, Any]) -> str:
    """Which parameters a run used, and what they may be taken for."""
    given = _given(record)
    if given.get("name") in _AS_STATED:
        return "parameters as the case states them"
    failed = "used although it failed its diagnostics or is outdated" if given.get("sound") is False else ""
    parts = [f"parameters: {given['name']}", _SOURCES.get(given.get("source", ""), ""), failed]
    return ", ".join(part for part in parts if part)


def _given(record: dict[str, Any]) -> dict[str, Any]:
    """What a record says of the parameters: by name and details, or a name alone in an old one."""
    given = record.get("parameters")
    return given if isinstance(given, dict) else {"name": given}


def drawn(record: dict[str, Any]) -> str:
    """Which draws of which posterior a run has; empty where it has none."""
    given = record.get("draws")
    if not given:
        return ""
    whose = _WHOSE[given["source"]]
    failed = "" if given["sound"] else ", used although it failed its diagnostics or is outdated"
    number = "1 draw" if given["number"] == 1 else f"{count(given['number'])} draws"
    return f"posterior of {given['theory']} ({whose}{failed}), {number} of {count(given['agents'])} agents each"


def drawn_beside(record: dict[str, Any], draws: xr.Dataset) -> str:
    """The same for whoever waits for a run, with how many draws have a network that grows without end."""
    grown = int((draws["reproduction"].values >= 1).sum())
    beyond = f"; in {grown} of them one arrival brings about another or more through kin" if grown else ""
    return f"{drawn(record)}, beside the central run{beyond}"


def titled(record: dict[str, Any], title: str) -> str:
    """A figure's title, after what must not be missed: a counterfactual world, parameters that are no estimate."""
    standing = sentence(", ".join(word for word in (world(record), estimate(record)) if word))
    return ". ".join(part for part in (standing, title) if part)


def world(record: dict[str, Any]) -> str:
    """The world of a run in a few words; empty for the world as it was."""
    asked, names = _asked(record)
    words = [f"without {name.removeprefix('no_')}" if name.startswith("no_") else f"with {name}" for name in names]
    number = len(asked.get("settings", ()))
    words += [f"with {number} value{'s' if number > 1 else ''} set by hand"] if number else []
    return "World " + " and ".join(words).replace("_", " ") if words else ""


def _asked(record: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What was asked of a run, as far as its record says, and the names of its scenarios."""
    asked = record.get("request") or {"scenarios": record.get("scenario") or ()}
    given = asked.get("scenarios", ())
    return asked, [str(one.get("name", one)) if isinstance(one, dict) else str(one) for one in given]


def estimate(record: dict[str, Any]) -> str:
    """What keeps the numbers of a run from being estimates; empty where nothing does."""
    named = _given(record)
    if named.get("sound") is False or (record.get("draws") or {}).get("sound") is False:
        return "from a posterior that failed its checks"
    return "not an estimate" if named.get("name") in _AS_STATED else ""


def caption(result: Result, case: Case | None, data: str, of_draws: bool = False) -> str:
    """Where a figure comes from: data, case, theory, parameters, what was changed, agents and random seed.

    of_draws: the figure shows the draws of the run, if it has any, and not its central run.
    """
    record = result.record
    parts = [f"Data: {data}" if data else "", of_case(case, record.get("case", {})), f"Theory: {theory(record)}"]
    if of_draws and result.draws is not None:
        histories = sorted(set(result.draws["history"].values.astype(str)))
        without_central = {**record, "diff": (), "history": histories[0] if len(histories) == 1 else None}
        parts += [sentence(drawn(record)), changes(without_central)]
    else:
        sample = f"{count(float(record['people']))} agents, seed {record.get('seed')}" if "people" in record else ""
        parts += [sentence(parameters(record)), changes(record), sample]
    return stops(parts)


def of_case(case: Case | None, named: Mapping[str, Any]) -> str:
    """Which case: its title where it is at hand, its name and the beginning of its hash."""
    title = f"{case.title} " if case else ""
    return f"Case: {title}({named.get('name')}, {str(named.get('hash', ''))[:8]})"


def named_case(case: Case) -> str:
    """The same of a case itself, as a sentence."""
    return f"{of_case(case, {'name': case.name, 'hash': case.hash})}."


def destination(case: Case | None) -> str:
    """Where people arrive."""
    return case.destination if case else "the country of destination"


def stops(parts: Sequence[str]) -> str:
    """The parts that say something, as sentences one after another."""
    return " ".join(f"{part}." for part in parts if part)


def sentence(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def theory(record: dict[str, Any]) -> str:
    """The name of the theory a run followed."""
    given = record.get("theory")
    return str(given.get("name") if isinstance(given, dict) else given)


def changes(record: dict[str, Any]) -> str:
    """What differs from the case's own history: scenarios by name, or how many amendments there are."""
    asked, names = _asked(record)
    names += [str(setting) for setting in asked.get("settings", [])]
    names += [f"{key} after {name}" for key, name in asked.get("variants", {}).items()]
    if record.get("history") not in (None, "base"):
        names.append(f"history {record['history']}")
    if names:
        return "Changed: " + ", ".join(names)
    amendments = len(record.get("diff") or ())
    return f"Changed: {amendments} values of the case" if amendments else ""


def cited_counts(case: Case | None, *roles: str) -> str:
    """Who counted the arrivals that have one of the roles; empty without a case."""
    return cited(case, keys_of(case.arrivals[case.arrivals["role"].isin(roles)]["source"])) if case else ""


def cited(case: Case, keys: list[str]) -> str:
    """Sources in a few words: each by author, title and year, or how many where naming all would fill the figure."""
    named = [key for key in keys if key != "assumed"]
    said = "; ".join(cite(case, key) for key in named[:5])
    if len(named) > 4 or len(said) > _LONGEST:
        return f"{len(named)} sources, listed in the case's sources.bib"
    return said


def cite(case: Case, key: str) -> str:
    """A source by author, title and year; by its key where the case does not list it."""
    source = case.sources.get(key)
    if source is None:
        return key
    fields = source.fields
    authors = (fields.get(name) for name in ("author", "institution", "organization", "publisher"))
    told = (next(filter(None, authors), ""), source.title, fields.get("year", ""))
    who, title, year = (text.replace("{", "").replace("}", "") for text in told)
    said = ", ".join(part for part in (who, title) if part) or key
    return said + (f" ({year})" if year and year not in said else "")


def keys_of(column: Any) -> list[str]:
    """The source keys of a table's column, each once, in order of appearance; several in a cell are split at ;."""
    found: dict[str, None] = {}
    for cell in column:
        for key in cell if isinstance(cell, (tuple, list)) else str(cell).split(";"):
            found.setdefault(key.strip())
    return [key for key in found if key]

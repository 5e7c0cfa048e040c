"""What a row of profiles.csv may ask: for each key the people, dates, sexes, categories and units that a run answers.

A row without a counterpart in the model may be kept as a check, which is compared with nothing; a row that would be
compared with something else than it says is refused.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from tumen.case.dates import month_index, month_text
from tumen.case.error_models import SHARE_UNITS
from tumen.case.error_models.checks import table_of
from tumen.case.tables import Row
from tumen.errors import Issues, RefusedError, listing, shown

_MONTHS = r"(?:(\d{4}-\d{2}))?\.\.(\d{4}-\d{2})"
PERIOD = re.compile(_MONTHS + r"\Z", re.ASCII)
LEAVERS = re.compile(_MONTHS + r"(?: arriving " + _MONTHS + r")?\Z", re.ASCII)
_YEAR = re.compile(r"\d{4}\Z", re.ASCII)
_AGES = re.compile(r"(\d{1,3})(?:-(\d{1,3})|\+)\Z", re.ASCII)

#: How each population is written; in those without dates of their own, `as_of` is the month that is looked at.
POPULATIONS = {
    "arrivals": "arrivals [FROM]..TO, with months as 1998-01",
    "leavers": "leavers [FROM]..TO [arriving FROM..TO], with months as 1998-01",
    "returned": "returned YEAR",
    "abroad": "abroad",
    "stalls": "stalls",
    "home": "home",
}
#: Parts of a category that are not provinces.
REST = ("unknown", "other")
#: Keys of rows that describe what the model leaves out; they are kept as checks and compared with nothing.
LEFT_OUT = (
    "ever_remitted",
    "remitted_in_year",
    "remittances",
    "education",
    "trafficking",
    "trafficked_among_women_abroad",
    "arrests_abroad",
)
#: How alike a word is to a known one before it is held for a slip.
_ALIKE = 0.85
_ALL = ("female", "male", "total")


@dataclass(frozen=True)
class Grammar:
    """What rows of a key may say.

    categories: the words, or `ages`, `closed ages`, `provinces`, `province`. open: whether other words may be
    checks, compared with nothing. sexes: those that are answered; deaf: whether a run looks at no sex, so that a row
    of one sex would be compared with everybody.
    """

    population: str
    units: tuple[str, ...]
    categories: tuple[str, ...] | str
    open: bool = False
    sexes: tuple[str, ...] = _ALL
    deaf: bool = True


_BOTH = ("total",)
_WOMEN = ("female", "total")
KEYS: dict[str, Grammar] = {
    "age_at_arrival": Grammar("arrivals", SHARE_UNITS, "ages"),
    "province_of_origin": Grammar("arrivals", SHARE_UNITS, "provinces"),
    "province_sex": Grammar("arrivals", SHARE_UNITS, "province", sexes=("female", "male")),
    "occupation": Grammar("arrivals", SHARE_UNITS, ("military", "worker"), True, _BOTH, False),
    "work_before_leaving": Grammar("leavers", SHARE_UNITS, ("state_only", "private_or_both"), True, _BOTH, False),
    "cash_before_leaving": Grammar("leavers", SHARE_UNITS, ("none",), True, _BOTH),
    "women_among_traders": Grammar("stalls", SHARE_UNITS, ("all", "border markets"), sexes=_WOMEN),
    "family_in_destination": Grammar("arrivals", SHARE_UNITS, ("yes",), sexes=_BOTH),
    "accompanied_by_family": Grammar("arrivals", SHARE_UNITS, ("yes",), True, _BOTH, False),
    "persons_abroad": Grammar("abroad", ("person",), ("all",), sexes=_BOTH),
    "women_among_abroad": Grammar("abroad", SHARE_UNITS, ("all",), sexes=_WOMEN),
    "repatriations": Grammar("returned", ("person",), ("all",), True, _BOTH),
    "returned_in_year_of_leaving": Grammar("returned", SHARE_UNITS, ("yes",), sexes=_BOTH),
    "years_abroad": Grammar("arrivals", ("year",), ("mean",), sexes=_BOTH),
    "traders": Grammar("stalls", ("person",), ("all",), sexes=_BOTH),
    "serving": Grammar("home", SHARE_UNITS, "closed ages"),
}


def check_profile_rows(
    rows: Sequence[Row], window: tuple[int | None, int | None], provinces: Sequence[str] | None, issues: Issues
) -> None:
    """Rows to fit or to check ask what a run answers, within the window (months); None: not known."""
    asked = [row for row in rows if row["role"] != "vintage"]
    for row in asked:
        grammar = KEYS.get(row["key"])
        if grammar is None:
            _check_unknown_key(row, issues)
            continue
        _check_unit(row, grammar, issues)
        _check_sex(row, grammar, issues)
        _check_category(row, grammar, provinces, issues)
        _check_people(row, grammar, window, issues)
    _check_overlaps([row for row in asked if row["error"].table and row["key"] in KEYS], issues)


def unanswered(rows: Sequence[Row], provinces: Sequence[str]) -> Iterator[str]:
    """What of the rows is compared with nothing, a line for each file and key, except for keys known to be left out."""
    told: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row["role"] != "vintage" and row["key"] not in LEFT_OUT and not has_counterpart(row, provinces):
            told[row.file, row["key"]].append(row)
    for (_, key), found in told.items():
        of = (f"{row['category']}{'' if row['sex'] == 'total' else ', ' + row['sex']}" for row in found)
        lines = ", ".join(str(row.line) for row in found[1:])
        more = f" (and line{'s' if found[2:] else ''} {lines})" if lines else ""
        words = "; ".join(dict.fromkeys(of))
        yield f"{found[0].place()}{more}: {key} ({words}) has no counterpart in the model, compared with nothing"


def has_counterpart(row: Row, provinces: Sequence[str]) -> bool:
    """Whether a run says something about a row that was not refused."""
    grammar = KEYS.get(row["key"])
    if grammar is None or row["sex"] not in grammar.sexes:
        return False
    if isinstance(grammar.categories, tuple):
        return row["category"] in grammar.categories
    return grammar.categories != "province" or row["category"] in provinces


def _check_unknown_key(row: Row, issues: Issues) -> None:
    key = row["key"]
    match = _alike(key, KEYS)
    if key in LEFT_OUT and row["role"] == "check":
        return
    if match is None and row["role"] == "check":
        return
    what = f"unknown key {shown(key)}" if match else f"the model has no counterpart of the key {shown(key)}"
    remedy = f"did you mean {match}?" if match else "give the row the role check, or correct the key"
    issues.note(what, row.place("key"), listing(KEYS, len(KEYS)), remedy)


def _check_unit(row: Row, grammar: Grammar, issues: Issues) -> None:
    if row["unit"] not in grammar.units:
        what = f"{row['key']} in the unit {shown(row['unit'])}"
        issues.note(what, row.place("unit"), listing(grammar.units), f"write {grammar.units[0]}, and the value in it")


def _check_sex(row: Row, grammar: Grammar, issues: Issues) -> None:
    if row["sex"] in grammar.sexes or (not grammar.deaf and row["role"] == "check"):
        return
    what = f"{row['key']} of sex {row['sex']}"
    remedy = "correct the sex" if grammar.deaf else "correct the sex, or give the row the role check"
    issues.note(what, row.place("sex"), f"{listing(grammar.sexes)}, because the model has no other", remedy)


def _check_category(row: Row, grammar: Grammar, provinces: Sequence[str] | None, issues: Issues) -> None:
    category, known = row["category"], grammar.categories
    if isinstance(known, tuple):
        _check_word(row, known, grammar.open, issues)
    elif known in ("ages", "closed ages"):
        if _span_of_ages(category) is None or (known == "closed ages" and category.endswith("+")):
            wanted = "ages as 20-29" + (" or 60+" if known == "ages" else "")
            issues.note(f"{shown(category)} are not ages", row.place("category"), wanted, "write first-last age")
    elif provinces is not None:
        parts = category.split("+") if known == "provinces" else [category]
        named = [part for part in parts if part in provinces]
        for part in parts:
            if part in named or (known == "provinces" and part in REST and named):
                continue
            match = _alike(part, provinces, 0.6)
            remedy = f"did you mean {match}?" if match else "write keys of case.yaml, several joined by +"
            issues.note(f"{shown(part)} is not a province", row.place("category"), listing(provinces), remedy)
        for part in dict.fromkeys(part for part in named if named.count(part) > 1):
            issues.note(f"{part} appears twice", row.place("category"), "each province once", "delete one")


def _check_word(row: Row, known: tuple[str, ...], others: bool, issues: Issues) -> None:
    category = row["category"]
    match = _alike(category, known)
    if category in known or (others and row["role"] == "check" and match is None):
        return
    remedy = f"did you mean {match}?" if match else f"write {listing(known)}"
    if others:
        remedy += ", or give the row the role check" if match is None else ""
    issues.note(f"{row['key']} of the category {shown(category)}", row.place("category"), listing(known), remedy)


def _check_people(row: Row, grammar: Grammar, window: tuple[int | None, int | None], issues: Issues) -> None:
    word, _, rest = row["population"].partition(" ")
    read: dict[str, Callable[[str], tuple[str | None, ...] | None]] = {
        "arrivals": lambda rest: (match := PERIOD.match(rest)) and match.groups(),
        "leavers": lambda rest: (match := LEAVERS.match(rest)) and match.groups(),
        "returned": lambda rest: (f"{rest}-01", f"{rest}-12") if _YEAR.match(rest) else None,
    }
    plain = grammar.population not in read
    dates = (
        (None, row["as_of"]) if plain and not rest else None if plain else read[word](rest) if word in read else None
    )
    if word != grammar.population or dates is None:
        wanted = POPULATIONS[grammar.population]
        what = f"{row['key']} of the population {shown(row['population'])}"
        issues.note(what, row.place("population"), wanted, f"write {wanted.partition(',')[0]}")
        return
    column = "as_of" if plain else "population"
    try:
        months = [None if date is None else month_index(date) for date in dates]
    except RefusedError as refusal:
        issues.add(refusal.at(row.place(column)))
        return
    for first, last in zip(months[::2], months[1::2], strict=True):
        if first is not None and last is not None and first > last:
            what = f"the months run from {month_text(first)} to {month_text(last)}"
            issues.note(what, row.place(column), "an end not before the start", "correct the months")
            return
    _check_within([month for month in months if month is not None], row, column, window, issues)


def _check_within(
    months: Sequence[int], row: Row, column: str, window: tuple[int | None, int | None], issues: Issues
) -> None:
    start, end = window
    if start is None or end is None:
        return
    outside = [month for month in months if not start <= month <= end]
    if outside:
        what = f"{row['key']} is asked for {month_text(outside[0])}, outside the window"
        expected = f"months from {month_text(start)} to {month_text(end)}" + ("" if column == "as_of" else ", or ..TO")
        remedy = "correct the date, widen the window, or give the row the role vintage"
        issues.note(what, row.place(column), expected, remedy)


def _check_overlaps(rows: Sequence[Row], issues: Issues) -> None:
    """No two rows of a table hold the same ages or the same province."""
    found: dict[tuple[object, ...], list[tuple[set[object], Row]]] = defaultdict(list)
    for row in rows:
        held = _held(row)
        for other, before in found[table_of(row)]:
            if held & other:
                what = f"{row['category']} overlaps {before['category']} in one table"
                expected = f"categories that share nobody (the other is on line {before.line})"
                remedy = "correct one of them, or give each row binomial(n=SIZE)"
                issues.note(what, row.place("category"), expected, remedy)
        found[table_of(row)].append((held, row))


def _held(row: Row) -> set[object]:
    kind = KEYS[row["key"]].categories
    if kind == "ages" and (span := _span_of_ages(row["category"])) is not None:
        return set(range(span[0], span[1] + 1))
    return set(row["category"].split("+")) if kind == "provinces" else {row["category"]}


def _span_of_ages(category: str) -> tuple[int, int] | None:
    match = _AGES.match(category)
    if match is None:
        return None
    low, high = int(match[1]), int(match[2]) if match[2] else 999
    return (low, high) if low <= high and low <= 100 else None


def _alike(word: str, known: Sequence[str] | dict[str, Grammar], least: float = _ALIKE) -> str | None:
    return next(iter(get_close_matches(word, list(known), 1, least)), None)

"""Inputs are found by key, by words and by likeness; an entry has what the file says of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tumen.case import VOCABULARY, CaseError, load
from tumen.case.lookup import entry, limits, search


def test_a_key_words_and_a_misspelling_find_inputs() -> None:
    assert [one.key for one in search("fee")] == ["fee"], "a key, though others have it in theirs"
    assert {one.key for one in search("Marriage")} >= {"marriage_age", "marriage_age_spread", "escape_marriage_rate"}
    assert [one.key for one in search("bound married")] == ["duty_to_report", "duty_when_married"], (
        "all words, as parts of others too"
    )
    assert search("serivce_years")[0].key == "service_years"
    assert len(search(None)) == len(search(" ")) == len(VOCABULARY)
    with pytest.raises(CaseError, match=r"no input is like 'zzzz' - the vocabulary of inputs - expected .* - give "):
        search("zzzz")


def test_an_entry_has_every_dated_value_with_its_place() -> None:
    case = load("toyland")
    found = entry(case, "fee")
    assert (found.unit, found.by, found.scenarios) == ("usd", None, ("dear_river",))
    base, smugglers = found.histories
    assert (base.name, base.weight, smugglers.name, smugglers.weight) == ("base", 0.75, "smugglers", 0.25)
    assert smugglers.because is not None
    row = base.values[1]
    file, line = row.where.split(",")[0].split(":")
    assert (row.date, row.value, row.source) == ("1996-01-01", "50", ("NEWSPAPERS",))
    assert row.date in (Path(case.folder) / file).read_text().splitlines()[int(line) - 1]
    assert set(found.sources) == {"NEWSPAPERS", "SURVEY2003", "MEMOIR"}
    years = entry(case, "service_years")
    assert years.members == ("female", "male") and "male" in years.histories[0].values[0].value


def test_a_range_without_end_is_put_in_words() -> None:
    assert limits(0, float("inf")) == "0 or more" and limits(0.5, 1) == "0.5 to 1"

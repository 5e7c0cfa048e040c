"""A design is read strictly, and its worlds are every combination of levels."""

from __future__ import annotations

from pathlib import Path

import pytest

from tumen.case import CaseError, load
from tumen.experiment.cells import cells
from tumen.experiment.design import Design, read_design

TOYLAND = load("toyland")
HEAD = "title: Trial\ncase: toyland\ntheory: interplay\n"
GOOD = (
    HEAD
    + """draws: 4
factors:
  draft: no_military_first
  market: {closed: no_market_reform, poor: {set: ["fee=900@2000"]}}
worlds:
  dear: {scenario: dear_river, history: chronicle}
"""
)


def design(folder: Path, text: str) -> Design:
    (folder / "DESIGN.yaml").write_text(text, encoding="utf-8")
    return read_design(folder / "DESIGN.yaml")


def test_worlds_are_every_combination_and_the_single_ones(tmp_path: Path) -> None:
    found = cells(design(tmp_path, GOOD), TOYLAND)
    assert [one.name for one in found] == [
        "base",
        "market=closed",
        "market=poor",
        "draft=no_military_first",
        "draft=no_military_first, market=closed",
        "draft=no_military_first, market=poor",
        "dear",
    ]
    assert found[4].levels == ("no_military_first", "closed") and found[6].levels == ("base", "base")
    assert [one.name for one in found[4].scenarios] == ["no_military_first", "no_market_reform"]
    spec = found[5].spec({}, "smugglers", 7, 500)
    assert (spec.settings, spec.history, spec.seed, spec.agents) == (("fee=900@2000",), "smugglers", 7, 500)
    assert found[6].spec({}, "smugglers", 7, 500).history == "chronicle", "the world's own history goes first"


def test_a_fingerprint_is_of_what_runs_give(tmp_path: Path) -> None:
    one = design(tmp_path, GOOD)
    for old, new, same in (
        ("title: Trial", "title: Other", True),
        ("draws: 4", "draws: 9", True),
        ("\nfactors", "\n\nfactors", True),
        ("fee=900", "fee=901", False),
        ("draft:", "army:", False),
        ("history: chronicle", "history: smugglers", False),
    ):
        assert (design(tmp_path, GOOD.replace(old, new)).fingerprint == one.fingerprint) == same, new


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("theory:", "teory:", "DESIGN.yaml:3"),
        ("draws: 4", "draws: 0", "DESIGN.yaml:4"),
        ("no_military_first", "no_militry_first", "did you mean no_military_first?"),
        ("no_military_first", "no_militry_first", "DESIGN.yaml:6"),
        ("{set:", "{sets:", "DESIGN.yaml:7"),
        ("closed:", "base:", "a level is called 'base'"),
        ("draft:", "year:", "year is what a table of results calls something else - DESIGN.yaml:6"),
        ("draft:", "history:", "history is what a table of results"),
        ("\nfactors:", "\nassumptions: {market: no_market_reform}\nfactors:", "market stands among the factors, too"),
        ("fee=900", "fe=900", "did you mean fee?"),
        ("history: chronicle", "history: chronicl", "did you mean chronicle?"),
        ("draft: no_military_first", "draft: 3", "draft is '3'"),
        ('set: ["fee=900@2000"]', "scenario: no_military_first", "the scenario no_military_first is given twice"),
        ("draws: 4", "years: [2004, 1990]", "the last year is before the first"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert old in GOOD
    with pytest.raises(CaseError) as caught:
        cells(design(tmp_path, GOOD.replace(old, new)), TOYLAND)
    assert said in str(caught.value) and "DESIGN.yaml" in str(caught.value)


def test_a_missing_file_and_an_empty_design_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="cannot be read"):
        read_design(tmp_path / "NONE.yaml")
    with pytest.raises(CaseError, match="no world but the base"):
        design(tmp_path, HEAD)

"""The page on scenarios: every verb is there, and every table is what its example does to Toyland."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tumen.case import load
from tumen.case.scenario import VERBS

PAGE = Path(__file__).parent.parent / "docs" / "scenarios.md"
_EXAMPLE = re.compile(r"```yaml\n(?P<yaml>[^`]*)```\n\n(?P<table>(?:\|.*\n)+)")


def examples() -> list[Any]:
    found = [(one["yaml"], one["table"]) for one in _EXAMPLE.finditer(PAGE.read_text(encoding="utf-8"))]
    return [pytest.param(*one, id=" ".join(one[0].split())[:60]) for one in found]


def said(value: Any) -> str:
    """A value as the page has it: women / men, and whole numbers of dollars."""
    numbers = value.tolist() if hasattr(value, "tolist") else [value]
    numbers = numbers if isinstance(numbers, list) else [numbers]
    return " / ".join(f"{number:.0f}" if number > 20 else f"{number:g}" for number in numbers)


@pytest.mark.parametrize(("example", "table"), examples())
def test_a_table_is_what_its_example_does(example: str, table: str, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(f"title: Mine\nbecause: To see.\n{example}", encoding="utf-8")
    land = load("toyland")
    worlds = {"before": land.world(), "after": land.world(land.scenario(tmp_path / "mine.yaml"))}
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines())
    assert [row[0] for row in rows] == ["before", "after"]
    key = head[0].strip("`")
    for row in rows:
        assert row[1:] == [said(worlds[row[0]].at(key, f"{year}-01")) for year in head[1:]], row[0]
    assert rows[0][1:] != rows[1][1:], "an example that changes nothing shows nothing"


def test_every_verb_has_an_example() -> None:
    shown = " ".join(example.values[0] for example in examples())
    assert all(re.search(rf"\{{{verb}:", shown) for verb in VERBS)
    assert {"neutralise:", "history:"} <= set(shown.split())

"""`tumen decompose` and `tumen switchers`: what they print, and what they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.experiment.synthetic_sweep import drawn
from tumen.cli.files import LIST
from tumen.infer import posterior as posteriors


@pytest.fixture(autouse=True)
def posterior(monkeypatch: pytest.MonkeyPatch) -> None:
    """The made-up posterior stands for that of toyland, which has none."""
    monkeypatch.setattr(posteriors, "posterior", lambda case, theory, **how: drawn())


def test_a_decomposition_is_printed_written_and_its_years_are_checked(tumen: Callable, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = tumen("decompose", "toyland", "--draws", "2", "-o", str(out), "--json")
    assert said.code == 0, said.err
    told = said.document
    files = {str(out / name) for name in ("decomposition.json", "decomposition.svg", "decomposition.png")}
    assert set(told.pop("files")) == files == {str(path) for path in out.iterdir() if path.name != LIST}
    assert json.loads((out / "decomposition.json").read_text()) == told
    assert (out / "decomposition.png").stat().st_size < 200_000
    assert told["years"] == [1999, 2004] and set(told["gap"]) == set(told["rise"])
    points = [told["gap"][name]["points"]["median"] for name in told["gap"]]
    assert all(isinstance(one, float) for one in points)
    words = tumen("decompose", "toyland", "--draws", "2", "--from", "1996", "--to", "2004")
    assert words.code == 0 and "mobility" in words.out and "ceilings, not effects" in words.out
    wrong = tumen("decompose", "toyland", "--draws", "2", "--from", "2000", "--to", "2004")
    assert wrong.code == 2 and "6 years at least" in wrong.err
    many = tumen("decompose", "toyland", "--draws", "13")
    assert many.code == 2 and "13 draws are asked for" in many.err


def test_switchers_are_printed_and_a_world_must_be_named(tumen: Callable) -> None:
    said = tumen("switchers", "toyland", "-s", "no_workplace_tie", "--people", "1000", "--json")
    assert said.code == 0, said.err
    assert {row["grouped_by"] for row in said.document["groups"]} == {"sex", "age", "status"}
    none = tumen("switchers", "toyland", "--people", "1000")
    assert none.code == 2 and "no scenario is named" in none.err
    wrong = tumen("switchers", "toyland", "-s", "no_such")
    assert wrong.code == 2 and "no_such" in wrong.err
    far = tumen("switchers", "toyland", "-s", "no_workplace_tie", "--draw", "12")
    assert far.code == 2 and "has no draw 12" in far.err and "0 to 11" in far.err

"""`tumen forecast`: what it writes, and what it refuses."""

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


def test_the_verb_writes_table_numbers_and_figure(tumen: Callable, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ["--from", "2005", "--to", "2006", "--draws", "3", "--processes", "1"]
    said = tumen("forecast", "toyland", *options, "-o", str(out), "--json")
    assert said.code == 0, said.err
    content = json.loads(said.out)
    assert [row["year"] for row in content["worlds"]["base"]] == [2005, 2006]
    assert {path.name for path in out.iterdir() if path.name != LIST} == {
        "forecast.csv",
        "forecast.json",
        "forecast.svg",
        "forecast.png",
    }
    one = tumen("forecast", "toyland", "--from", "2005", "--to", "2005", *options[4:], "-o", str(tmp_path / "one"))
    assert one.code == 0 and (tmp_path / "one" / "forecast.png").stat().st_size > 10_000, "one year has a figure, too"
    many = tumen("forecast", "toyland", *options[:4], "--draws", "13", "-o", str(out))
    assert many.code == 2 and "13 draws are asked for" in many.err
    late = tumen("forecast", "toyland", "--from", "2005", "--to", "2099", "-o", str(out))
    assert late.code == 2 and "2015" in late.err
    wrong = tumen("forecast", "toyland", *options, "-s", "no_such", "-o", str(out))
    assert wrong.code == 2 and "no_such" in wrong.err


def test_a_scenario_may_be_a_file(tumen: Callable, tmp_path: Path) -> None:
    options = ["--from", "2005", "--to", "2005", "--draws", "2", "--processes", "1", "--json"]
    path = tmp_path / "free.yaml"
    path.write_text("title: Free\nbecause: Nobody pays from 2005 on.\nchanges:\n  fee: {values: {2005-01-01: 1}}\n")
    said = tumen("forecast", "toyland", *options, "-s", str(path), "-o", str(tmp_path / "out"))
    assert said.code == 0, said.err
    assert set(json.loads(said.out)["worlds"]) == {"base", "free"}
    path.write_text("title: Free\nbecause: A slip.\nchanges:\n  fees: {values: {2005-01-01: 1}}\n")
    slip = tumen("forecast", "toyland", *options, "-s", str(path), "-o", str(tmp_path / "out"))
    assert slip.code == 2 and "free.yaml" in slip.err and "fee" in slip.err
    none = tumen("forecast", "toyland", *options, "-s", "none.yaml", "-o", str(tmp_path / "out"))
    assert none.code == 2 and "none.yaml" in none.err

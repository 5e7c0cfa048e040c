"""`tumen sensitivity`: what it says and writes, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.experiment.synthetic_sensitivity import drawn, quick_family
from tests.experiment.synthetic_sweep import THEORY, TOYLAND
from tumen.cli.files import LIST
from tumen.experiment import units
from tumen.experiment.sensitivity import given_data, study
from tumen.experiment.sensitivity.region import region
from tumen.infer import posterior as posteriors

HERE, NUMBERS, ROWS = ("--processes", "1"), "sensitivity.json", "sensitivity.csv"


@pytest.fixture(autouse=True)
def posterior(monkeypatch: pytest.MonkeyPatch) -> None:
    """The made-up posterior stands for that of toyland, which has none."""
    monkeypatch.setattr(posteriors, "posterior", lambda case, theory, **how: drawn())
    monkeypatch.setattr(units, "family", quick_family)
    monkeypatch.setattr(study, "SEEDS", 3)
    for name in ("RESAMPLES", "SHUFFLES", "PAWN_RESAMPLES"):
        monkeypatch.setattr(given_data, name, 60)


def test_the_verb_says_and_writes_what_moves_what(tumen: Callable, tmp_path: Path) -> None:
    out, runs = tmp_path / "out", 2 * (region(TOYLAND, THEORY, drawn()).size + 1)
    asked = ["toyland", "--method", "draws", "--method", "morris", "--runs", str(runs), *HERE]
    said = tumen("sensitivity", *asked, "-o", str(out))
    assert said.code == 0, said.err
    lines = [" ".join(line.split()) for line in said.out.splitlines() if line.strip()]
    assert any(line.startswith("women's share of arrivals, points") and "60 draws" in line for line in lines)
    assert any(line.startswith("trading taste, male +") and line.endswith("*") for line in lines), (
        "the parameter that was planted"
    )
    assert any("mobility_weight: -0.2 to +0.2" in line for line in lines), "assumed ranges are said"
    figures = {f"{kind}_{name}.{form}" for kind in ("tornado", "interactions") for form in ("svg", "png")
               for name in ("female_share", "arrivals", "female_share_of_departures")}  # fmt: skip
    assert {path.name for path in out.iterdir() if path.name != LIST} == {NUMBERS, ROWS} | figures
    assert all(path.stat().st_size < 200_000 for path in out.glob("*.png"))

    again = tumen("sensitivity", *asked, "--json")
    content = json.loads(again.out)
    assert content == json.loads((out / NUMBERS).read_text())
    assert content["runs"] == runs + 3 and content["refused"] == 0
    head, *rows = (out / ROWS).read_text().splitlines()
    assert head == "method,outcome,factor,measure,value,low,high,chance" and len(rows) == len(content["measures"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--method", "moris"), "unknown method 'moris'"),
        (("--method", "prim"), "no world"),
        (("--world", "no_market_reforms"), "unknown scenario 'no_market_reforms'"),
        (("--method", "morris", "--runs", "10"), "two trajectories of"),
        (("--from", "1999"), "one of --from and --to is given"),
        (("--from", "1900", "--to", "2000"), "the years 1900 to 2000 are asked for"),
        (("--method", "draws", "--world", "no_market_reform", "--draws", "61"), "61 draws are asked for"),
        (("--method", "prim", "--world", "no_market_reform", "--fall", "-1"), "a fall of -1 points"),
    ],
)
def test_what_is_wrong_is_said(tumen: Callable, options: tuple[str, ...], words: str) -> None:
    said = tumen("sensitivity", "toyland", *options, *HERE)
    assert said.code == 2 and words in said.err and said.err.count("\n") == 1


def test_a_case_without_a_posterior_is_refused(tumen: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    said = tumen("sensitivity", "toyland", *HERE)
    assert said.code == 2 and "there is no posterior of interplay" in said.err

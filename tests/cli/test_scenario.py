"""`tumen scenario`: what it prints of a scenario, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import tumen.case as tc
from tumen.case.altered import alterations


def test_without_a_name_all_are_listed(tumen: Callable) -> None:
    case = tc.load("north_korea")
    said = tumen("scenario", "north_korea")
    assert said.code == 0 and [line.split()[0] for line in said.out.splitlines()] == list(case.scenarios)
    rows = tumen("scenario", "north_korea", "--json").document["scenarios"]
    assert {row["name"]: row["title"] for row in rows} == {name: one.title for name, one in case.scenarios.items()}


def test_values_before_and_after_have_dates_sources_and_titles(tumen: Callable) -> None:
    case = tc.load("north_korea")
    found = tumen("scenario", "north_korea", "no_military_first", "--json").document
    inputs = {one["key"]: one for one in found["inputs"]}
    service = inputs["service_years"]
    assert service["since"] == "1993-04" == service["before"][0]["date"]
    assert [row["value"] for row in service["after"]] == ["female 4.75, male 6.5"]
    assert service["after"][0]["sources"] == ["KOWIKI_MIL", "NKRESEARCH", "LOC1993"]
    assert "female 9.5, male 13" in [row["value"] for row in service["before"]]
    assert inputs["intake_share"]["since"] is None, "it changes only another history"
    assert inputs["intake_share"]["because"].startswith("Women volunteer as before")
    assert found["sources"]["LOC1993"] == case.sources["LOC1993"].title
    said = tumen("scenario", "north_korea", "no_military_first").out
    assert "1993-04  female 4.75, male 6.5  [KOWIKI_MIL, NKRESEARCH, LOC1993; supposed]" in said
    assert f"LOC1993: {case.sources['LOC1993'].title}" in said


def test_every_shipped_scenario_changes_something_and_says_what() -> None:
    for case in (tc.load("toyland"), tc.load("north_korea")):
        for one in case.scenarios.values():
            found = alterations(case, [one])
            assert found.inputs and all(row.done for row in found.inputs), one.name


def test_what_is_taken_out_by_sex_and_the_closure_are_shown(tumen: Callable) -> None:
    blind = tumen("scenario", "north_korea", "sex_blind_rest").out
    assert "change: both sexes at the mean of the two" in blind and "57.5" in blind
    fixed = tumen("scenario", "north_korea", "no_military_first_intake_fixed").out
    assert "closure\n  change: fixed_intake from 1993-04" in fixed


def test_two_together_a_file_and_a_slip(tumen: Callable, tmp_path: Path) -> None:
    path = tmp_path / "free.yaml"
    path.write_text("title: Free\nbecause: Nobody pays.\nchanges:\n  fee: {values: {2000-01-01: 1}}\n")
    found = tumen("scenario", "toyland", "no_market_reform", str(path), "--json").document
    assert found["scenarios"] == ["no_market_reform", "free"]
    (fee,) = [one for one in found["inputs"] if one["key"] == "fee"]
    assert fee["after"] == [
        {"date": "2000-01", "value": "1", "runs": False, "sources": ["supposed"], "status": "supposed"}
    ]
    slip = tumen("scenario", "toyland", "no_market_reforms")
    assert slip.code == 2 and "no_market_reform" in slip.err
    assert tumen("scenario", "nowhere").code == 2

"""What a run or a calibration would refuse is found without one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tumen.case import CaseError, load
from tumen.infer import ready as readiness
from tumen.infer.ready import ready


def test_shipped_cases_are_ready() -> None:
    assert ready(load("north_korea")) == ()
    assert [warning.split(": ")[0] for warning in ready(load("toyland"))] == [
        "inputs/conscription.yaml:73, strength.values.1989-01-01"
    ]


def test_what_calibrate_would_refuse_is_refused() -> None:
    case = load("toyland")
    gone = next(row for row in case.arrivals_rows if row["role"] == "fit" and row["sex"] == "male")
    rows = tuple(row for row in case.arrivals_rows if row is not gone)
    with pytest.raises(CaseError, match="are to be fitted for one sex only"):
        ready(replace(case, arrivals_rows=rows))


def test_what_the_first_run_of_a_scenario_would_refuse_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The draft's age may not change within a window: a run says so, and the loader does not know."""
    case = load("toyland")
    built = case.world(settings=["enlistment_age=18@1995-01"])
    monkeypatch.setattr(readiness, "compares", lambda: False)
    monkeypatch.setattr(type(case), "world", lambda self, *how: built)
    with pytest.raises(CaseError, match="enlistment_age changes in 1995-01"):
        ready(case)


def test_a_stock_that_no_cohort_can_meet_is_told() -> None:
    case = load("toyland")
    rows = tuple(
        replace(row, cells={**row.cells, "persons": 2 * row["persons"]})
        if (row["year"], row["sex"], row["age_group"]) == (1995, "male", "30-34")
        else row
        for row in case.population_rows
    )
    assert any(
        warning.startswith("population.csv: a stock is missed by ")
        for warning in ready(replace(case, population_rows=rows))
    )

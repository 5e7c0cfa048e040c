"""Every row that is to be fitted has a number of the model beside it, in the row's own unit."""

from __future__ import annotations

import numpy as np
import pytest

from tumen.case import load
from tumen.case.profile_rows import KEYS, has_counterpart
from tumen.case.tables import Row
from tumen.infer.branching import perform
from tumen.infer.observables import _RULES, Observables, _Run, predicted
from tumen.infer.run_cache import RunSpec
from tumen.model.journey import COMPANION
from tumen.model.theories import get
from validation.stage import stage


@pytest.mark.parametrize("name", ["toyland", pytest.param("north_korea", marks=pytest.mark.slow)])
def test_every_row_to_fit_has_a_counterpart_in_the_model(name: str) -> None:
    case = load(name)
    said = perform(case, get("interplay"), RunSpec({}, settings=("kin_per_arrival=1",), agents=600))
    assert isinstance(said, Observables)
    assert said.targets.shape == (len(case.profiles_rows),)
    for row, value in zip(case.profiles_rows, said.targets, strict=True):
        if row["role"] == "fit":
            assert np.isfinite(value), row.place()
            assert row["unit"] != "percent", "the model speaks of shares"
        if row["role"] == "check":
            told = has_counterpart(row, [province.key for province in case.provinces])
            assert np.isfinite(value) == told, f"{row.place()}: the case's rules say otherwise than the run"
        if row["unit"] == "share" and np.isfinite(value):
            assert 0 <= value <= 1, row.place()


def test_the_rules_of_rows_know_the_keys_that_a_run_answers() -> None:
    assert set(KEYS) == set(_RULES)


def test_counts_by_age_and_by_place_are_the_same_people() -> None:
    case = load("toyland")
    said = perform(case, get("interplay"), RunSpec({}, agents=600))
    assert isinstance(said, Observables)
    assert said.arrivals.shape == (15, 2, 17)
    assert said.origin.sum(axis=2) == pytest.approx(said.arrivals.sum(axis=2))
    assert said.left_from.sum() == pytest.approx(said.departures.sum(), rel=1e-3)
    rows = {(row["key"], row["category"]): at for at, row in enumerate(case.profiles_rows)}
    came = said.origin[8:13].sum(axis=(0, 1))  # 1998-2002; the row runs to June 2003
    near = said.targets[rows["province_of_origin", "riverbank"]]
    assert near == pytest.approx(came[0] / came.sum(), abs=0.1)


@pytest.fixture(scope="module")
def run() -> _Run:
    case = load("toyland")
    held = stage(case.world(), 600)
    near = np.asarray(case.world().monthly("access")[0])
    return _Run(held.model, held.run(), near, held.model.months)


def row(key: str, population: str, category: str) -> Row:
    return Row({"key": key, "population": population, "sex": "total", "category": category, "as_of": "2003-06"}, "", 2)


def test_leavers_who_arrive_in_parts_of_the_window_are_all_leavers(run: _Run) -> None:
    """Chances of arriving early and late add up, and a survey that begins late describes those who took long."""
    left, end = slice(24, 96), run.model.months
    whole, early, late = (run.arriving(left, slice(*span)) for span in ((0, end), (0, 120), (120, end)))
    assert early + late == pytest.approx(whole)
    assert (late > 0).any()
    assert run.arriving(slice(60, 90), slice(0, 60)) == pytest.approx(0), "nobody arrives before leaving"
    assert run.arriving(left, slice(0, end)) == pytest.approx(run.reached(end - 1, 0)[left])


@pytest.mark.parametrize("key, category", [("work_before_leaving", "state_only"), ("cash_before_leaving", "none")])
def test_surveys_of_leavers_are_answered_by_those_who_arrived_when_they_were_asked(
    run: _Run, key: str, category: str
) -> None:
    asked = [
        predicted(run, row(key, f"leavers ..1999-12{when}", category))
        for when in ("", " arriving 1990-01..2004-12", " arriving 2003-01..2004-12")
    ]
    assert asked[0] == pytest.approx(asked[1])
    assert asked[2] != pytest.approx(asked[0], rel=1e-4)
    assert 0 <= asked[2] <= 1
    for wrong in ("arrivals ..1999-12", "leavers ..1999-12 arriving 2003-01..2005-12", "leavers 1999"):
        assert np.isnan(predicted(run, row(key, wrong, category)))


def test_targets_look_no_further_than_the_case_in_a_longer_window(run: _Run) -> None:
    """Leavers of any arrival are those who had arrived by the end of the case, whatever the window."""
    cut = _Run(run.model, run.counts, run.near, 120)
    one = row("cash_before_leaving", "leavers 1996-01..1998-12", "none")
    within = row("cash_before_leaving", "leavers 1996-01..1998-12 arriving 1990-01..1999-12", "none")
    assert predicted(cut, one) == predicted(cut, within) == predicted(run, within) != predicted(run, one)
    assert np.isnan(predicted(cut, row("age_at_arrival", "arrivals 1998-01..2000-06", "20-29")))
    assert np.isfinite(predicted(run, row("age_at_arrival", "arrivals 1998-01..2000-06", "20-29")))


def test_the_accompanied_are_companions_and_those_they_follow(run: _Run) -> None:
    found = predicted(run, row("accompanied_by_family", "arrivals 2000-01..2003-06", "yes"))
    period = run.span(12 * 2000, 12 * 2003 + 5)
    weight = run.arriving(slice(0, period.stop), period)
    came = (run.counts.by_channel[: period.stop] * weight[:, None]).sum(axis=(0, 2))
    companions, others = came[COMPANION], came.sum() - came[COMPANION]
    assert companions > 0
    assert found == pytest.approx((companions + others * (1 - np.exp(-companions / others))) / came.sum())
    assert companions / came.sum() < found < 2 * companions / came.sum()

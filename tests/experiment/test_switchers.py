"""Who leaves in one world alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.experiment.synthetic_sweep import THEORY, TOYLAND, drawn
from tumen.case import CaseError
from tumen.experiment.switchers import BASE_ONLY, BOTH, FEWEST, OTHER_ONLY, switchers


def test_a_world_that_changes_nothing_has_no_switchers(tmp_path: Path) -> None:
    file = tmp_path / "same.yaml"
    file.write_text("title: t\nbecause: b\nchanges: {openness: {multiply: 1, from: 2000-07-01}}\n")
    told = switchers(TOYLAND, THEORY, [TOYLAND.scenario(file)], drawn(), draw=2, people=3000)
    assert set(told["who"]) == {BOTH}
    by_sex = told[told["grouped_by"] == "sex"]
    assert (by_sex["lives"] >= FEWEST).all() and (by_sex["persons"] > by_sex["lives"]).all()


def test_an_open_border_lets_people_leave_who_stayed_and_few_lives_are_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "cheap.yaml"
    file.write_text("title: t\nbecause: b\nchanges: {fee: {multiply: 0.2, from: 1996-01-01}}\n")
    told = switchers(TOYLAND, THEORY, [TOYLAND.scenario(file)], drawn(), draw=2, people=3000)
    by_sex = told[told["grouped_by"] == "sex"].groupby("who")["lives"].sum()
    assert by_sex[OTHER_ONLY] > 3 * by_sex.get(BASE_ONLY, 0)
    shown = told["lives"].dropna()
    assert (shown >= FEWEST).all() and (np.isnan(told["persons"]) == np.isnan(told["lives"])).all()
    with pytest.raises(CaseError, match="no scenario is named"):
        switchers(TOYLAND, THEORY, [], drawn(), draw=2, people=3000)

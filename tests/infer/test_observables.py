"""Every row that is to be fitted has a number of the model beside it, in the row's own unit."""

from __future__ import annotations

import numpy as np
import pytest

from tumen.case import load
from tumen.infer.observables import Observables
from tumen.infer.run_cache import RunSpec
from tumen.infer.runs import perform
from tumen.theories import get


@pytest.mark.parametrize("name", ["toyland", pytest.param("north_korea", marks=pytest.mark.slow)])
def test_every_row_to_fit_has_a_counterpart_in_the_model(name: str) -> None:
    case = load(name)
    said = perform(case, get("interplay"), RunSpec({}, settings=("kin_per_arrival=1",), rows=600))
    assert isinstance(said, Observables)
    assert said.targets.shape == (len(case.profiles_rows),)
    for row, value in zip(case.profiles_rows, said.targets, strict=True):
        if row["role"] == "fit":
            assert np.isfinite(value), row.place()
            assert row["unit"] != "percent", "the model speaks of shares"
        if row["unit"] == "share" and np.isfinite(value):
            assert 0 <= value <= 1, row.place()


def test_counts_by_age_and_by_place_are_the_same_people() -> None:
    case = load("toyland")
    said = perform(case, get("interplay"), RunSpec({}, rows=600))
    assert isinstance(said, Observables)
    assert said.arrivals.shape == (15, 2, 17)
    assert said.origin.sum(axis=2) == pytest.approx(said.arrivals.sum(axis=2))
    assert said.left_from.sum() == pytest.approx(said.departures.sum(), rel=1e-3)
    rows = {(row["key"], row["category"]): at for at, row in enumerate(case.profiles_rows)}
    came = said.origin[8:13].sum(axis=(0, 1))  # 1998-2002; the row runs to June 2003
    near = said.targets[rows["province_of_origin", "riverbank"]]
    assert near == pytest.approx(came[0] / came.sum(), abs=0.1)

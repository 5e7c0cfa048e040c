"""What is said of the noise of a result."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from tests.result.synthetic import result
from tumen.result import Result
from tumen.summary.noise import NOT_STATED, as_json, line, noise


def test_root_mean_square_and_largest_over_the_years_with_counts() -> None:
    given = result()
    flows = given.flows.copy(deep=True)
    flows["arrivals_se"].loc[{"year": 2009, "sex": "male"}] *= 3
    flows["arrivals_se"].loc[{"year": 1995}] *= 50
    found = noise(replace(given, flows=flows), "arrivals")
    assert found is not None
    assert (found.first, found.last) == (2002, 2016)
    assert found.rms["female"] == pytest.approx(0.02)
    assert found.rms["male"] == pytest.approx(0.02 * ((14 + 9) / 15) ** 0.5)
    assert found.worst == found.largest["male"] == pytest.approx(0.06)
    assert line(replace(given, flows=flows)) == (
        "Monte Carlo error of yearly arrivals 2002-2016: women 2.0 %, men 2.5 %, at most 6.0 % (for fixed parameters)"
    )


def test_without_counts_all_years_with_persons_are_taken() -> None:
    given = result()
    none = pd.DataFrame({"year": [], "sex": [], "persons": []})
    found = noise(replace(given, observed=none), "departures")
    assert found is not None
    assert (found.first, found.last) == (1993, 2015), "the years in which one of each sex leaves"


def test_a_result_that_states_no_errors_says_so() -> None:
    given = result()
    bare = Result(given.flows.drop_vars(["arrivals_se", "departures_se"]), given.record, given.observed)
    assert line(bare) == NOT_STATED
    assert as_json(bare)["arrivals"] is None
    assert as_json(bare)["arrivals_by_year"][0]["se"] is None


def test_where_nobody_arrives_there_is_no_noise() -> None:
    given = result()
    assert "no whole year" in line(replace(given, flows=given.flows * 0.0))

"""Windows that run past the case: how far, what is assumed there, and that no earlier number moves."""

from __future__ import annotations

import numpy as np
import pytest

import tumen.case as tc
from tumen.case.check import check
from tumen.case.horizon import CARRIED_YEARS, carried, last_year
from tumen.model.demography import cohorts


@pytest.fixture(scope="module")
def country() -> tc.Case:
    return tc.load("north_korea")


def months_to(case: tc.Case, year: int) -> int:
    return 12 * (year + 1) - case.start


def test_a_window_may_run_ten_years_past_the_last_stock_and_no_further(country: tc.Case) -> None:
    assert (last_year(country), last_year(tc.load("toyland")), CARRIED_YEARS) == (2030, 2015, 10)
    world = country.world()
    assert world.within(world.start, months_to(country, 2030)).months == 41 * 12
    said = r"the window ends in 2031 - case north_korea, population.csv to 2020 - expected a year up to 2030, .* - end"
    with pytest.raises(tc.CaseError, match=said):
        world.within(world.start, months_to(country, 2030) + 1)


def test_what_is_assumed_is_said_where_it_is_assumed(country: tc.Case) -> None:
    assert carried(country, country.end) == ()
    to_2019 = " ".join(carried(country, 12 * 2019 + 11))
    assert "end in 2016" in to_2019 and "last dated value" in to_2019
    assert "Births" not in to_2019 and "stock" not in to_2019 and "Death" not in to_2019
    to_2025 = " ".join(carried(country, 12 * 2025 + 11))
    assert "births of 2020" not in to_2019 and "birth of 2020 recur" in to_2025 and "to 2020" in to_2025
    assert check(country).carried == carried(country, 12 * 2030 + 11)


def test_the_last_dated_values_hold_past_the_case(country: tc.Case) -> None:
    world = country.world()
    longer = world.within(world.start, months_to(country, 2030))
    for key in ("crossing_success", "control", "onward_first"):
        late = longer.monthly(key)
        assert np.array_equal(late[: world.months], world.monthly(key)), key
        assert (late[world.months :] == late[-1]).all(), key
    assert longer.monthly("fee")[-1] == country.inputs["fee"].values[-1].value[0] > world.monthly("fee")[-1]
    assert longer.monthly("service_years")[12 * 32].tolist() == [5, 8], "law that is known of later years is used"


def test_people_go_on_without_a_break(country: tc.Case) -> None:
    """Births and deaths after the last stock stay those of 2015-20: growth within 0.3 points of that of 2010-20."""
    whole = cohorts(country, country.start, months_to(country, 2030))
    alive = [
        (whole.people * np.exp(-whole.hazard[..., at]))[: at - whole.first].sum()
        for at in (12 * (year - 1990) + 6 for year in (2010, 2015, 2020, 2025, 2030))
    ]
    growth = np.diff(np.log(alive)) / 5
    assert np.abs(growth[2:] - growth[:2].mean()).max() < 0.003, growth
    short = cohorts(country, country.start, country.months)
    earlier = slice(0, len(short.people))
    np.testing.assert_array_equal(whole.people[earlier], short.people)
    np.testing.assert_array_equal(whole.hazard[earlier, :, : country.months + 1], short.hazard)

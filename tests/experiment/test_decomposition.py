"""Decompositions add up to what they divide, and find what was planted."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.experiment.synthetic_sweep import THEORY, TOYLAND, drawn
from tumen.case import CaseError
from tumen.experiment.decomposition import FACTORS, ceilings, decompose, factors, gap, kitagawa, rise
from tumen.simulate import run

SPAN, BEFORE, AFTER = (1996, 2004), (1996, 1998), (2002, 2004)


@pytest.fixture(scope="module")
def flows() -> xr.Dataset:
    one = drawn().draw(3)
    return run(TOYLAND.world(parameters=one.parameters), THEORY, people=2000, seed=4).flows


def women(flows: xr.Dataset, years: tuple[int, int], flow: str = "arrivals") -> float:
    came = flows[flow].sel(month=slice(*map(str, years))).sum(["month", "age", "province"])
    return float(came.sel(sex="female") / came.sum())


def test_factors_multiply_to_arrivals_and_their_points_add_up_to_the_gap(flows: xr.Dataset) -> None:
    came = flows["arrivals"].sel(month=slice("1996", "2004")).sum(["month", "age", "province"])
    assert factors(flows, SPAN).prod("factor").values == pytest.approx(came.values)
    told = gap(flows, SPAN)
    assert float(told["points"].sum()) == pytest.approx(women(flows, SPAN) - 0.5)
    assert float(told["log_ratio"].sum()) == pytest.approx(np.log(came[0] / came[1]))
    assert list(told["factor"].values) == list(FACTORS)


def test_the_rise_is_divided_without_a_remainder(flows: xr.Dataset) -> None:
    change = women(flows, AFTER) - women(flows, BEFORE)
    assert float(rise(flows, BEFORE, AFTER)["points"].sum()) == pytest.approx(change)
    for by in ("age", "province"):
        assert float(kitagawa(flows, BEFORE, AFTER, by).sum()) == pytest.approx(change)
    with pytest.raises(CaseError, match="whole years within 1990 to 2004"):
        gap(flows, (2000, 2005))
    with pytest.raises(CaseError, match="cannot be split by sex"):
        kitagawa(flows, BEFORE, AFTER, "sex")


def test_what_is_planted_is_found(flows: xr.Dataset) -> None:
    """Men half as likely to arrive: the gap's transit moves by log 2, nothing else moves; so does its ceiling."""
    fewer = flows["arrivals"] * xr.DataArray([1.0, 0.5], {"sex": ["female", "male"]}, ("sex",))
    planted = flows.assign(arrivals=fewer.transpose(*flows["arrivals"].dims))
    moved = gap(planted, SPAN)["log_ratio"] - gap(flows, SPAN)["log_ratio"]
    assert moved.sel(factor="transit") == pytest.approx(np.log(2))
    assert moved.drop_sel(factor="transit").values == pytest.approx(0, abs=1e-9)
    alike = ceilings(flows, SPAN).sel(channel="transit")
    assert ceilings(planted, SPAN).sel(channel="transit") == pytest.approx(float(alike))
    assert float(alike) == pytest.approx(women(flows, SPAN, "departures"))


def test_a_status_that_keeps_men_at_home_is_seen_in_its_ceiling(flows: xr.Dataset) -> None:
    """Where soldiers never leave and no woman serves, men alike leave more often by the part of them that served."""
    none = xr.zeros_like(flows["soldiers"])
    soldiers = none.where(none["sex"] == "female", 0.25 * flows["population"])
    rest = flows["departures_by_status"]
    gone = rest.where(rest["status"] != "serving", 0.0)
    planted = flows.assign(soldiers=soldiers.transpose(*none.dims), departures_by_status=gone)
    told = ceilings(planted, SPAN)
    share = float(told.sel(channel="as it is"))
    odds = share / (1 - share) * 0.75
    assert float(told.sel(channel="army")) == pytest.approx(odds / (1 + odds))
    assert float(told.sel(channel="market")) != pytest.approx(share, abs=1e-6)


def test_a_status_is_compared_with_others_of_the_same_age(flows: xr.Dataset) -> None:
    """Leaving falls with age and soldiers leave a third as often as others of their age: the ceiling knows it."""
    men, soldiers = (
        flows[name].sel(sex="male").transpose("month", "age", "province") for name in ("population", "soldiers")
    )
    rate = xr.DataArray(0.01 * np.exp(-np.arange(men.sizes["age"]) / 3.0), dims="age")
    inside, outside = (rate / 3 * soldiers).astype(float), (rate * (men - soldiers)).astype(float)
    gone, by_status = flows["departures"].astype(float).copy(), flows["departures_by_status"].astype(float).copy()
    gone.loc[{"sex": "male"}] = (inside + outside).transpose(*gone.sel(sex="male").dims)
    by_status.loc[{"sex": "male"}] = 0.0
    by_status.loc[{"sex": "male", "status": "serving"}] = inside.sum(["age", "province"])
    planted = flows.assign(departures=gone, departures_by_status=by_status)
    women_in = (flows["soldiers"] / flows["population"].where(flows["population"] > 0)).sel(sex="female").fillna(0.0)
    alike = men * rate * (1 - 2 / 3 * women_in)
    within = (flows["month"].dt.year >= SPAN[0]) & (flows["month"].dt.year <= SPAN[1])
    arriving = factors(planted, SPAN).sel(factor="transit")
    women_come = float(gone.sel(sex="female")[{"month": within.values}].sum() * arriving.sel(sex="female"))
    men_come = float(alike[{"month": within.values}].sum() * arriving.sel(sex="male"))
    told = ceilings(planted, SPAN).sel(channel="army")
    assert float(told) == pytest.approx(women_come / (women_come + men_come), rel=1e-6)


def test_draws_are_taken_apart_one_by_one() -> None:
    told = list[tuple[int, int]]()
    made = decompose(TOYLAND, THEORY, drawn(), SPAN, draws=2, progress=lambda *at: told.append(at))
    assert made.gap.sizes == {"draw": 2, "factor": len(FACTORS)} and told == [(1, 2), (2, 2)]
    assert made.ends == (BEFORE, AFTER) and made.world == "base"
    assert made.kitagawa.sum("component").values == pytest.approx(
        np.repeat(made.rise["points"].sum("factor").values[:, None], 2, axis=1)
    )
    with pytest.raises(CaseError, match="6 years at least"):
        decompose(TOYLAND, THEORY, drawn(), (2000, 2004), draws=2)
    with pytest.raises(CaseError, match="years within 1990 to 2004"):
        decompose(TOYLAND, THEORY, drawn(), (1985, 2004), draws=2)

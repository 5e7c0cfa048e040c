"""The random groups of the rows that a result keeps: they add up, and their scatter is the error that is stated."""

from __future__ import annotations

import numpy as np

import tumen as tm


def test_groups_add_up_and_scatter_as_the_stated_error() -> None:
    flows = tm.run(tm.load("toyland"), "no_theory", people=500, draws=0).flows
    for name in ("arrivals", "departures"):
        groups = flows[f"{name}_by_group"]
        yearly = flows[name].sum(["age", "province"]).groupby("month.year").sum().transpose("year", "sex")
        np.testing.assert_allclose(groups.sum("group").transpose("year", "sex"), yearly, atol=1e-3)
        error = groups.std("group", ddof=1) * groups.sizes["group"] ** 0.5
        np.testing.assert_allclose(error.transpose("year", "sex"), flows[f"{name}_se"].transpose("year", "sex"))


def test_the_noise_of_a_paired_difference_is_below_that_of_two_runs() -> None:
    land = tm.load("toyland")
    worlds = land.world(), land.world(land.scenario("no_military_first"))
    found = tm.difference(*(tm.run(world, "interplay", people=500, draws=0) for world in worlds))
    assert found.paired
    alone = tm.difference(*(tm.run(worlds[i], "interplay", people=500, seed=1 + i, draws=0) for i in (0, 1)))
    assert 0 < found.of()["se"] < 0.5 * alone.of()["se"]

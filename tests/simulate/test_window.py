"""A window that ends early has the same people with the same lives, to its end."""

from __future__ import annotations

import numpy as np

import tumen.case as tc
from tumen import simulate as simulation
from tumen.model import theories


def test_a_run_that_ends_earlier_is_the_beginning_of_the_longer_one() -> None:
    world = tc.load("toyland").world()
    early = world.within(world.start, world.months - 40)
    whole, part = (
        simulation.run(one, theories.get("interplay"), people=600, seed=3, threads=1, events=True)
        for one in (world, early)
    )
    for name in ("arrivals", "departures", "population", "soldiers", "abroad", "strength"):
        of_part = part.flows[name].values
        assert np.array_equal(whole.flows[name].values[: early.months], of_part), name
    assert part.record["people"] == whole.record["people"]
    assert part.events is not None
    assert whole.events is not None
    lived = whole.events["month"] <= part.flows["month"].values[-1].astype("datetime64[D]")
    assert np.array_equal(whole.events["person"][lived], part.events["person"])

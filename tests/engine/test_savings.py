"""What people can pay: lasting earning power, pooled earnings, and sponsors."""

from __future__ import annotations

import numpy as np
import pytest

from tumen.case import load
from tumen.engine.counts import Counts
from tumen.engine.state import ADULTS, CAN_PAY, KIN
from validation.stage import stage, toyland

WOMEN, MEN = 0, 1
#: Nobody is helped: what people can pay is what they have saved.
UNAIDED = ["sponsor_probability=0", "credit_share=0", "remittance=0"]


def dear(spread: float) -> Counts:
    """North Korea with a fee of 9,000 dollars throughout."""
    settings = [*UNAIDED, "fee=9000", "price_level=1", "purse_pooling=0", f"earning_power_spread={spread}"]
    return stage(load("north_korea").world(settings=settings), 8000).run()


@pytest.mark.slow
def test_with_lasting_earning_power_some_can_pay_9000_dollars() -> None:
    """The old rule had monthly shocks alone: they average out, and after 2010 nobody at all could pay such a fee."""
    usual, alike = dear(1.0), dear(0.0)
    after_2010 = slice(12 * (2011 - 1990), None)
    able, none = (
        c.adult_sums[after_2010, CAN_PAY].sum() / c.adult_sums[after_2010, ADULTS].sum() for c in (usual, alike)
    )
    assert able > 0.001
    assert none < able / 100
    power = usual.agents.power
    assert np.average(power, weights=usual.agents.weight) == pytest.approx(1.0, abs=0.05)  # earnings alike on average
    assert (alike.agents.power == 1).all()


#: Everybody lives at home and earns by their state alone; savings differ by nothing else.
EVEN = [
    *UNAIDED, "closure=fixed_intake", "intake_share=0", "overseas_posts=0", "earning_power_spread=0",
    "earnings_spread=0", "kin_per_arrival=0", "reference_rate=0", "other_channel_rate=0",
]  # fmt: skip


def savings(pooling: float) -> list[float]:
    """Mean savings of women and men of 30 to 39 in one province after ten years."""
    counts = stage(toyland(120, settings=[*EVEN, f"purse_pooling={pooling}"]), 6000).run()
    agents, age = counts.agents, (119 - counts.agents.birth) // 12
    some = (agents.place == 1) & (age >= 30) & (age < 40) & (agents.status < len(counts.model.states))
    return [
        float(
            np.average(agents.capital[0, some & (agents.group == x)], weights=agents.weight[some & (agents.group == x)])
        )
        for x in (WOMEN, MEN)
    ]


def test_pooled_earnings_make_women_and_men_equally_rich() -> None:
    """The old rule gave everybody what they earned themselves: traders were rich and their husbands poor."""
    women, men = savings(1.0)
    assert women == pytest.approx(men, rel=0.05)
    women, men = savings(0.0)
    assert abs(women / men - 1) > 0.2


def test_a_sponsor_opens_a_crossing_whatever_the_fee() -> None:
    """The old rule had kin pay a share of the fee: at ten million dollars nobody could pay the rest."""
    found = {}
    for chance in (0.0, 0.5):
        settings = [
            "fee=1e7", f"sponsor_probability={chance}", "credit_share=0", "kin_per_arrival=20", "free_crossing=0.05",
        ]  # fmt: skip
        counts = stage(toyland(60, 100, settings=settings), 1000).run()
        assert counts.adult_sums[:, KIN].sum() > 0
        found[chance] = counts.adult_sums[:, CAN_PAY].sum() / counts.adult_sums[:, KIN].sum(), counts.flow[:, 2].sum()
    assert found[0.0][0] == 0
    assert found[0.5][0] == pytest.approx(0.5)
    assert found[0.5][1] > 1.05 * found[0.0][1]


@pytest.mark.slow
def test_the_army_has_its_sourced_strength_every_december() -> None:
    """North Korea under fixed strength, a sample of 8,000. The old rule kept terms and bent the intake alone."""
    world = load("north_korea").world(settings=["closure=fixed_strength"])
    staged = stage(world, 8000)
    serving = staged.run().stock[:, staged.model.entry.into].sum(axis=(1, 2, 3))
    december = slice(11, None, 12)
    off = serving[december] / staged.model.entry.goal[december] - 1
    assert np.abs(off).max() < 0.03, np.round(100 * off, 1)

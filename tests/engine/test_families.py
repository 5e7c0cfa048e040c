"""Who goes with whom, who comes back, and to whom those who arrived are kin."""

from __future__ import annotations

import numpy as np
import pytest

from tumen.engine.sampled_histories import EVENTS
from tumen.engine.state import ARRIVALS, ATTEMPTS, INTERCEPTIONS, REPATRIATIONS
from tumen.model.journey import BORDER, COMPANION
from validation.stage import stage, toyland

WOMEN, MEN = 0, 1
#: Only women try the border; nobody leaves in any other way, and nobody takes children along.
WOMEN_ALONE = [
    "will_sex.male=-20", "reference_rate=0.5", "other_channel_rate=0", "overseas_exit_rate=0", "companion_ratio=0",
    "companion_ratio_older=0",
]  # fmt: skip


def test_men_follow_women_who_crossed() -> None:
    """Companions of a month are the ratio times the leaders of the month before. Under the old rule only children
    went along: where no man tried the border, no man left."""
    ratio = 0.4
    counts = stage(toyland(60, 100, settings=[*WOMEN_ALONE, f"spouse_ratio={ratio}"]), 2000).run()
    crossed = counts.flow[:, ATTEMPTS] - counts.flow[:, INTERCEPTIONS]
    leaders = crossed[:, WOMEN, 25:50].sum(axis=(1, 2))
    companions = counts.by_channel[:, COMPANION]
    assert counts.by_channel[:, BORDER, MEN].sum() < 1e-3 * counts.by_channel[:, BORDER, WOMEN].sum()
    assert companions[:, WOMEN].sum() < 1e-3 * companions[:, MEN].sum()
    # What the hazard takes off in the month itself, and one place where too few men are at home to be counted on.
    assert companions[1:, MEN].sum() == pytest.approx(ratio * leaders[:-1].sum(), rel=0.02)
    ages = counts.flow[:, 1, MEN].sum(axis=(0, 2))
    assert ages[:25].sum() + ages[50:].sum() < 1e-5 * ages.sum()


def test_without_spouses_no_man_leaves() -> None:
    """Otherwise the test above could not fail."""
    counts = stage(toyland(60, 100, settings=[*WOMEN_ALONE, "spouse_ratio=0"]), 1000).run()
    assert counts.by_channel[:, COMPANION].sum() == 0


def test_without_homophily_women_who_arrive_are_kin_to_men_only() -> None:
    """The old rule allowed no homophily below a half, so that a woman's arrival was news to women at least as much."""
    settings = [*WOMEN_ALONE, "spouse_ratio=0", "homophily=0", "kin_per_arrival=20"]
    counts = stage(toyland(60, 100, settings=settings), 1000).run()
    assert counts.flow[:, ARRIVALS, WOMEN].sum() > 10
    assert counts.flow[:, ARRIVALS, MEN].sum() < 1e-3
    reach = counts.feedback[-1].reach
    assert (reach[MEN] > 0).any()
    assert reach[WOMEN].max() < 1e-3 * reach[MEN].max()
    assert counts.agents.kin[counts.agents.group == MEN].sum() > 0
    assert counts.agents.kin[counts.agents.group == WOMEN].sum() == 0


def returned(**rates: float) -> float:
    """The share of those who crossed who were sent back in the year: nobody was abroad when the window opened."""
    settings = ["reference_rate=0.5", "return_home_rate=0", "airlift=0", *(f"{k}={v}" for k, v in rates.items())]
    counts = stage(toyland(12, 100, settings=settings), 2000).run()
    crossed = counts.flow[:, ATTEMPTS].sum() - counts.flow[:, INTERCEPTIONS].sum()
    return float(counts.flow[:, REPATRIATIONS].sum() / crossed)


def test_most_who_are_sent_back_are_so_in_the_year_they_left() -> None:
    """The old rule had one rate however long somebody had been abroad. A year of the later phase adds little here."""
    usual = returned(repatriation_first=0.3, repatriation_later=0.06)
    early = returned(repatriation_first=3.0, repatriation_later=0.06)
    late = returned(repatriation_first=0.3, repatriation_later=0.6)
    assert early > 4 * usual
    assert early - usual > 2 * (late - usual) > 0


def test_who_goes_home_keeps_savings_and_tries() -> None:
    """The old rule knew no voluntary return: whoever came back had been caught, held and stripped of their savings."""
    settings = ["reference_rate=2", "crossing_success=1", "return_home_rate=30", "repatriation_first=0",
                "repatriation_later=0", "direct_share=0", "trafficked_share=0", "kin_per_arrival=0"]  # fmt: skip
    counts = stage(toyland(48, 100, settings=settings), 1500).run(histories=True)
    homecoming = EVENTS.index("homecoming")
    back = np.unique(counts.log[counts.log[:, 2] == homecoming, 1])
    agents = counts.agents
    there = back[(agents.where[back] == 0) & (agents.status[back] < len(counts.model.states))]
    assert there.size > 50
    assert (agents.tries[there] == 0).all()
    grown = there[agents.status[there] != counts.model.young]
    assert (agents.own_capital[grown] > 0).mean() > 0.2  # many spend all they earn, at home or not
    assert agents.own_capital[grown] == pytest.approx(agents.capital[0, grown])  # the savings of those who never left
    assert agents.home[1:].sum() == 0 and agents.held.sum() == 0

"""The rivals do what they claim: push and pull is blind to sex, the baseline follows its trend."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tumen.case import CaseError, load
from tumen.engine.state import ARRIVALS, ATTEMPTS, DEPARTURES
from tumen.model.compiler import compile_model
from tumen.model.theories import get, names
from validation.stage import Stage, stage, toyland

#: Nobody has kin abroad, nobody is posted or leaves otherwise, nobody is caught: what is left is willingness and place.
PLAIN = [
    "kin_per_arrival=0", "overseas_posts=0", "other_channel_rate=0", "overseas_exit_rate=0", "will_class=0",
    "crossing_success=1", "repatriation_first=0", "repatriation_later=0", "return_home_rate=0", "spouse_ratio=0",
]  # fmt: skip


def rates(staged: Stage) -> np.ndarray:
    """Attempts in a month by those at home before it, adults by month, sex, age and province; NaN where nobody is."""
    counts = staged.run()
    adults = counts.stock.sum(axis=1)[:, :, 17:] + counts.flow[:, DEPARTURES][:, :, 17:]
    with np.errstate(invalid="ignore"):
        return np.where(adults > 0, counts.flow[:, ATTEMPTS][:, :, 17:] / adults, np.nan)


def test_push_and_pull_moves_both_sexes_alike() -> None:
    found = rates(stage(toyland(36, offset=100, settings=PLAIN), 3000, "push_pull"))
    both = ~np.isnan(found).any(axis=1)
    assert both.sum() > 1000
    assert found[:, 0][both] == pytest.approx(found[:, 1][both], rel=1e-6)
    assert (found[:, 0][both] > 0).all()


def test_under_interplay_the_same_people_differ() -> None:
    """Otherwise the test above could not fail: here army and posts hold the men."""
    found = rates(stage(toyland(36, offset=100, settings=PLAIN), 3000, "interplay"))
    assert np.nanmean(found[:, 0]) > 1.3 * np.nanmean(found[:, 1])


def test_push_and_pull_hears_of_willingness() -> None:
    base = rates(stage(toyland(24, offset=100, settings=PLAIN), 1000, "push_pull"))
    women = rates(stage(toyland(24, offset=100, settings=[*PLAIN, "will_sex.female=1"]), 1000, "push_pull"))
    assert np.nanmin(women[:, 0] - base[:, 0]) > 0
    assert women[:, 1] == pytest.approx(base[:, 1], rel=1e-6, nan_ok=True)


@pytest.mark.parametrize("name", ["toyland", "north_korea"])
def test_the_baseline_follows_its_trend(name: str) -> None:
    """Arrivals are those of the input `trend_rate` per adult, times nearness, after a way of a month.

    Tolerance 2 %: the posted cannot go, and people are counted after those of the month have left.
    """
    case = load(name)
    world = case.world()
    counts = stage(world, 4000, "no_theory").run(threads=2)
    access, trend = world.monthly("access"), world.monthly("trend_rate")
    adult = math.ceil(world.constant("enlistment_age"))
    way = np.exp(-1.0) ** np.arange(24) * -np.expm1(-1.0)
    for sex, label in enumerate(("female", "male")):
        near = (counts.stock[:, :, sex, adult:].sum(axis=(1, 2)) * access).sum(axis=1)
        arriving = np.concatenate([[0.0], np.convolve(trend[:, sex] / 12 * near, way)[: case.months - 1]])
        arrived = counts.flow[:, ARRIVALS, sex].sum(axis=(1, 2))
        for first in range(12, case.months - 11, 12):
            months = slice(first, first + 12)
            assert arrived[months].sum() == pytest.approx(arriving[months].sum(), rel=0.02), (label, first)


def test_every_shipped_theory_runs_and_says_what_it_claims() -> None:
    for name in names():
        theory = get(name)
        assert theory.claim and theory.citation
        counts = stage(toyland(12), 60, name).run()
        assert np.isfinite(counts.flow).all()


def test_an_unknown_theory_is_answered_with_the_nearest() -> None:
    with pytest.raises(CaseError, match="did you mean push_pull"):
        get("push_pul")


def test_the_reference_person_tries_at_the_reference_rate() -> None:
    """In the month of the reference, with the mobility, the savings and the willingness the case gives her."""
    case = load("toyland")
    someone = case.reference
    world = case.world()
    for name in ("interplay", "push_pull"):
        theory = get(name)
        made = compile_model(world, theory)
        t = someone.month - world.start
        place = [p.key for p in world.provinces].index(someone.province)
        social_class = [k.key for k in world.classes].index(someone.social_class)
        state = made.states.index(someone.status)
        sex, age = made.groups.index(someone.sex), int(someone.age)
        will = (
            made.hazard_inputs.place[t, place]
            + made.hazard_inputs.group[t, social_class, sex]
            + made.hazard_inputs.age[t, age]
        )
        mobile = made.hazard_inputs.mobility.at(t)[state, sex, age, place] * made.hazard_inputs.ease[t]
        out, nothing = np.empty(1), np.zeros(1)
        theory.attempt_hazard(
            out, np.array([will]), np.array([mobile]), np.array([float(someone.capital)]), nothing, nothing,
            np.array([made.hazard_inputs.price[t, place]]),
            np.array([made.hazard_inputs.log_rate_offset[t, sex, place]]), made.hazard_inputs.hazard_parameters[t],
        )  # fmt: skip
        assert out[0] == pytest.approx(world.monthly("reference_rate")[t], rel=1e-12)


def test_a_dearer_border_lowers_the_flow() -> None:
    """The yardstick is taken before scenarios and settings, so that a policy is not taken out of its own effect."""
    cheap, usual, dear = (
        stage(toyland(60, offset=100, settings=s), 1000).run().flow[:, ATTEMPTS].sum()
        for s in (["fee=5"], [], ["fee=5000"])
    )
    assert cheap > 1.1 * usual > 1.1 * dear

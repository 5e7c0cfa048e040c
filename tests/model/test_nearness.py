"""Nearness of the river multiplies the rate of trying; how the keys work together knows nothing of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tumen.case import Case
from tumen.model import keys, mobility
from tumen.model.compiler import compile_model, reference_person
from tumen.model.theories import get
from validation.stage import toyland

#: Provinces that differ in nothing but nearness.
ALIKE = ("hunger_place=1", "fee_place=1")


def hazards(exponent: float, mobile: float, means: float) -> np.ndarray:
    """The yearly rate of the same person in each province, under an exponent."""
    world = toyland(12, offset=100, settings=[*ALIKE, f"complementarity={exponent}"])
    hazard_inputs = compile_model(world, get("interplay")).hazard_inputs
    places = hazard_inputs.place.shape[1]
    out, nothing = np.empty(places), np.zeros(places)
    keys.attempt_hazard(
        out, hazard_inputs.place[0], np.full(places, mobile), np.full(places, means), nothing, nothing,
        hazard_inputs.price[0], hazard_inputs.log_rate_offset[0, 0], hazard_inputs.hazard_parameters[0],
    )  # fmt: skip
    return out


@pytest.mark.parametrize("exponent", [-5.0, -0.5, 0.0, 0.5, 1.0])
@pytest.mark.parametrize(("mobile", "means"), [(0.05, 20.0), (0.7, 20.0), (0.3, 2000.0)])
def test_two_provinces_differ_as_their_nearness_does(exponent: float, mobile: float, means: float) -> None:
    """The old rule put nearness into mobility, so that it counted for less the more capital could stand in for it."""
    access = toyland(12, offset=100).monthly("access")[0]
    found = hazards(exponent, mobile, means)
    assert found.min() > 0
    assert found / found[0] == pytest.approx(access / access[0], rel=1e-9)


def test_mobility_is_the_same_near_and_far() -> None:
    """The old rule multiplied the mobility table by nearness: those far off could hardly be away from their post."""
    usual = mobility.table(toyland(12, offset=100))
    far = mobility.table(toyland(12, offset=100, settings=["access=0.01"]))
    assert np.array_equal(usual.values, far.values)
    assert (usual.values == usual.values[..., :1]).all()


def test_under_every_theory_that_claims_a_mechanism_the_river_is_as_near() -> None:
    """The old rule gave the rivals a nearness of their own."""
    world = toyland(12, offset=100, settings=list(ALIKE))
    near = np.log(world.monthly("access"))[:, None, :]
    for name in ("interplay", "open_keys", "push_pull"):
        log_rate_offset = compile_model(world, get(name)).hazard_inputs.log_rate_offset
        assert np.allclose(log_rate_offset, near), name


def test_the_fee_a_sponsor_pays_does_not_matter() -> None:
    """The old rule added a share of the fee to means: at a fee out of reach a sponsor was no help, however generous."""
    hazard_parameters = np.array([1.0, 0.0, 0.5, 0.7, 0.0])
    one, nothing = np.ones(3), np.zeros(3)
    price = np.log([100.0, 10_000.0, 1e9])

    def tried(sponsor: float) -> np.ndarray:
        out = np.empty(3)
        keys.attempt_hazard(
            out, nothing, 0.5 * one, 50.0 * one, nothing, sponsor * one, price, nothing, hazard_parameters
        )
        return out

    assert tried(0.0)[2] < 1e-9 < tried(0.0)[0]
    assert tried(0.4)[2] == pytest.approx(0.5 * 0.5 * 0.4, rel=1e-6)  # base x logistic(0) x mobility x sponsor
    assert tried(1.0) == pytest.approx(np.full(3, 0.25), rel=1e-9)


def test_nearness_is_taken_out_of_the_yardstick_too() -> None:
    """The reference person tries at the reference rate where she stands, wherever that is."""
    world = toyland(12, offset=120)
    case = world.case
    away = replace(case, reference=case.reference.model_copy(update={"province": "seaside"}))
    near, far = (keys_rate(c) for c in (case, away))
    assert near == pytest.approx(far, rel=1e-9)


def keys_rate(case: Case) -> float:
    """What the reference person's rate comes to in her own province."""
    world = case.world()
    someone = reference_person(world)
    month = case.reference.month - world.start
    hazard_parameters = keys.hazard_parameters(world, someone)[month]
    out, nothing = np.empty(1), np.zeros(1)
    keys.attempt_hazard(
        out, np.array([someone.will]), np.array([someone.mobility]), np.array([float(someone.capital)]), nothing,
        nothing, np.array([someone.price]), np.array([someone.nearness]), hazard_parameters,
    )  # fmt: skip
    return float(out[0])

"""Residuals are differences in units of the error, on the scale on which a number scatters; agreement leaves none."""

from __future__ import annotations

import numpy as np
import pytest

from tumen.case import SEXES
from tumen.infer.residuals import comparison
from tumen.infer.targets import Block, Measure, Table, Targets, logit

BY_SEX = tuple(300.0 if sex == "female" else 100.0 for sex in SEXES)
ASKED = Targets(
    np.array([2001.0]),
    (Block(2001, 2001, (BY_SEX[0], BY_SEX[1]), "x"),),
    (
        Measure(0, 0.3, True, "binomial", 400.0, 2003, "young"),
        Measure(1, 4.0, False, "lognormal", 0.3, 2003, "years"),
        Measure(2, 100.0, False, "at_least", 0.2, 2003, "returned"),
        Measure(3, 100.0, False, "at_most", 0.2, 2003, "held"),
    ),
    (Table((4, 5), (0.8, 0.2), 120.0, 2003, "origin"),),
)
SEEN = np.array([*np.log(BY_SEX), logit(0.3), np.log(4), np.log(100), np.log(100), *np.log([0.4, 0.1]), np.log(0.5)])


def changed(**at: float) -> np.ndarray:
    compared = comparison(ASKED)
    signals = SEEN.copy()
    for place, value in at.items():
        signals[int(place[1:])] += value
    return dict(zip(compared.labels, compared.residuals(signals), strict=True))  # type: ignore[return-value]


def test_agreement_leaves_nothing_and_reads_in_natural_units() -> None:
    compared = comparison(ASKED)
    np.testing.assert_allclose(compared.residuals(SEEN), 0, atol=0.01)
    data = dict(zip(compared.labels, compared.natural(compared.data), strict=True))
    assert data["arrivals 2001, total"] == pytest.approx(400)
    assert data["arrivals 2001, women's share"] == pytest.approx(0.75, abs=0.002)
    assert (data["years"], data["young"]) == (pytest.approx(4), pytest.approx(0.3))
    assert (data["origin, row 1"], data["origin, row 2"]) == (pytest.approx(0.8), pytest.approx(0.2))


def test_errors_are_those_of_the_counts() -> None:
    women = SEXES.index("female")
    more = changed(_0=0.1, _1=0.1)
    assert more["arrivals 2001, total"] == pytest.approx(0.1 / np.sqrt(0.1**2 + 1 / 400))
    assert more["arrivals 2001, women's share"] == pytest.approx(0, abs=0.01)
    sd = np.sqrt((1 + 399 * 0.004) / (400 * 0.75 * 0.25))
    assert changed(**{f"_{women}": 0.2})["arrivals 2001, women's share"] == pytest.approx(0.2 / sd, rel=0.02)
    assert changed(_3=0.3)["years"] == pytest.approx(1)
    assert changed(_2=0.1)["young"] == pytest.approx(0.1 * np.sqrt(400 * 0.3 * 0.7))


def test_a_bound_counts_on_one_side_only() -> None:
    assert changed(_4=0.4)["returned"] == 0
    assert changed(_4=-0.4)["returned"] == pytest.approx(-2)
    assert changed(_5=0.4)["held"] == pytest.approx(2)
    assert changed(_5=-0.4)["held"] == 0


def test_a_table_counts_shares_and_not_numbers() -> None:
    same = changed(_6=0.7, _7=0.7)
    assert abs(same["origin, row 1"]) < 1e-9 and abs(same["origin, row 2"]) < 1e-9
    assert changed(_6=0.7)["origin, row 2"] < -1

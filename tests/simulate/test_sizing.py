"""The sample size for a wanted noise: laws that are known come out, a law that breaks is noticed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tumen
from tumen.case import CaseError
from tumen.model import theories
from tumen.model.compiled import Floats
from tumen.simulate.pilots import years_of
from tumen.simulate.sizing import Scatter, Sizing, find, fit
from validation.stage import toyland

YEARS = 12
LEVEL = np.array([1.2, 2.0])
SHAPE = np.array([1.0, 1.3])  # of the first half of the years and the second
MEAN = 700.0


def made_up(power: float, floor: float = 0.0) -> Callable[[int, int], Floats]:
    """A scatter over seeds that falls with a known power of the rows, down to a floor."""
    shape = np.repeat(SHAPE, YEARS // 2)[:, None]

    def measure(rows: int, seed: int) -> Floats:
        noise = np.maximum(LEVEL * shape * rows**-power, floor)
        return MEAN * (1 + noise * np.random.default_rng([seed, rows]).normal(size=(YEARS, 2)))

    return measure


def sized(measure: Callable[[int, int], Floats], noise: float = 0.01, **changes: Any) -> Sizing:
    return find(measure, noise, **{"sizes": (500, 2000), "seeds": 20, "checks": 10, "seed": 1, "most": 10**7} | changes)


@pytest.mark.statistical
@pytest.mark.parametrize(("power", "noise"), [(0.5, 0.01), (0.75, 0.01), (1.0, 0.002)])
def test_a_known_law_comes_out(power: float, noise: float) -> None:
    """480 independent figures a size: power to 0.05, largest noise at the rows found within a tenth of the wanted."""
    found = sized(made_up(power), noise)
    assert found.law.measured[0] == pytest.approx(power, abs=0.06)
    truth = LEVEL[1] * SHAPE[1] * float(found.rows) ** -power
    assert 0.8 * noise < truth < 1.1 * noise
    assert found.held
    assert found.rows == found.proposed == found.check.rows
    middle = LEVEL[1] * math.sqrt((SHAPE**2).mean())
    assert 0.8 * noise < middle * float(found.rows_rms) ** -power < 1.1 * noise
    assert found.rows_rms < found.rows
    assert found.low <= found.high


def exact(rows: int, power: float, seeds: int = 10) -> Scatter:
    cells = np.repeat((SHAPE * rows**-power)[:, None], 2, axis=1) ** 2 * LEVEL**2
    return Scatter(rows, seeds, np.repeat(cells, 6, axis=0), np.array([0.1, 0.2]))


def test_the_law_through_exact_points_is_exact() -> None:
    law = fit([exact(1000, 0.6), exact(9000, 0.6)])
    assert law.measured[0] == law.power == pytest.approx(0.6)
    assert law.peak == pytest.approx(SHAPE[1] / math.sqrt((SHAPE**2).mean()))
    assert law.rms(4000) == pytest.approx(exact(4000, 0.6).rms)
    rows, error = law.needed(0.01, largest=True)
    assert law.largest(rows).max() == pytest.approx(0.01)
    assert 0 < error < 2
    assert law.needed(0.001, largest=True)[1] > error, "the farther from the pilots, the less is known"


@pytest.mark.parametrize(("power", "held"), [(0.2, 0.5), (1.7, 1.0)])
def test_a_power_no_sample_has_is_not_believed(power: float, held: float) -> None:
    law = fit([exact(1000, power), exact(9000, power)])
    assert law.measured[0] == pytest.approx(power)
    assert law.power == held


def test_a_size_known_badly_weighs_little() -> None:
    """One seed that stands out makes a scatter large and its error, too."""
    good, bad = [exact(1000, 0.5), exact(4000, 0.5)], exact(2000, 0.5)
    wild = Scatter(2000, 10, bad.cells * 100, np.array([2.0, 2.0]))
    assert fit([*good, wild]).power == pytest.approx(0.5, abs=0.02)
    assert fit([*good, wild]).rms(3000) == pytest.approx(fit(good).rms(3000), rel=0.05)


def test_a_noise_that_stops_falling_fails_the_check() -> None:
    found = sized(made_up(0.5, floor=0.03), noise=0.015)
    assert not found.held
    assert found.rows > found.proposed


def test_no_fewer_rows_than_were_tried() -> None:
    found = sized(made_up(0.5), noise=0.9)
    assert found.rows == found.rows_rms == 500
    assert found.held


def test_no_seed_is_used_twice() -> None:
    met = []

    def measure(rows: int, seed: int) -> Floats:
        met.append(seed)
        return made_up(0.5)(rows, seed)

    sized(measure, seed=7)
    assert sorted(met) == list(range(7, 7 + 20 + 20 + 10))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"noise": 0.0}, "0 is no noise one can ask for"),
        ({"noise": float("nan")}, "nan is no noise"),
        ({"sizes": (500,)}, "sizes 500 with 20 seeds and 10 checks tell no law"),
        ({"sizes": (500, 500)}, "tell no law"),
        ({"seeds": 2}, "tell no law"),
        ({"checks": 2}, "tell no law"),
        ({"noise": 1e-5}, "a noise of 1e-05 needs about .* rows - --noise - expected one that 10,000,000 rows can"),
    ],
)
def test_what_cannot_be_sized_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(CaseError, match=words):
        sized(made_up(0.5), **changes)


@pytest.mark.parametrize("size", [0.0, 0.3, 300.0])
def test_figures_without_persons_or_scatter_have_no_noise(size: float) -> None:
    with pytest.raises(CaseError, match="fewer than one person, or no scatter, at 500 rows"):
        sized(lambda rows, seed: np.full((YEARS, 2), size))


def test_the_years_are_those_with_counts() -> None:
    world = toyland()
    assert years_of(world, None) == (1999, 2004)
    assert years_of(world.within(world.start + 6, 36), None) == (1991, 1992)
    assert years_of(world, (1990, 1990)) == (1990, 1990)
    with pytest.raises(CaseError, match="the year 1990 lies outside the window - --from, --to - expected 1991 to 1992"):
        years_of(world.within(world.start + 6, 36), (1990, 1991))
    with pytest.raises(CaseError, match="later than the last"):
        years_of(world, (1992, 1991))


def test_a_real_world_is_sized() -> None:
    told: list[tuple[str, int, int]] = []
    found = tumen.size(
        toyland(120), theories.get("interplay"), noise=0.5, figure="departures", years=(1998, 1999), sizes=(300, 900),
        seeds=3, checks=3, progress=lambda *step: told.append(step),
    )  # fmt: skip
    assert found.rows >= 300
    assert found.check.cells.shape == (2, 2)
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages[:2] == ["pilot of 300 rows (1 of 3)", "pilot of 900 rows (2 of 3)"]
    assert stages[2].startswith("check of ")
    for stage in stages:
        assert [done for name, done, _ in told if name == stage] == list(range(1, 361))
        assert {months for name, _, months in told if name == stage} == {360}

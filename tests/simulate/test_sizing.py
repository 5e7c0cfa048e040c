"""The sample size for a target Monte Carlo error: known scatters come out, and what does not hold is noticed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tumen
from tumen.case import CaseError
from tumen.engine.state import GROUP_PAIRS
from tumen.model import theories
from tumen.model.compiled import Floats
from tumen.simulate.sizing import Precision, Sizing, find, stated, years_of
from validation.stage import stage, toyland

YEARS = 12
LEVEL = np.array([1.2, 2.0])
SHAPE = np.array([1.0, 1.3])  # of the first half of the years and the second
MEAN = 700.0
PILOT = 1000


def noise_at(agents: float, power: float = 0.5, floor: float = 0.0) -> Floats:
    """The noise of each year and group, (YEARS, 2)."""
    return np.maximum(LEVEL * np.repeat(SHAPE, YEARS // 2)[:, None] * agents**-power, floor)


def made_up(power: float = 0.5, floor: float = 0.0) -> Callable[[int, int], Floats]:
    """Random groups whose sum has a noise that falls with a known power of the sample size, down to a floor."""

    def measure(agents: int, seed: int) -> Floats:
        draws = np.random.default_rng([seed, agents]).normal(size=(YEARS, 2, GROUP_PAIRS))
        scatter = noise_at(agents, power, floor)[:, :, None] * math.sqrt(GROUP_PAIRS) * draws
        return MEAN / GROUP_PAIRS * (1 + scatter)

    return measure


def sized(measure: Callable[[int, int], Floats], noise: float = 0.03, **changes: Any) -> Sizing:
    return find(measure, noise, **{"pilot": PILOT, "seed": 1, "most": 10**7} | changes)


def exact(agents: int) -> Precision:
    return Precision(agents, noise_at(agents) ** 2, np.array([0.1, 0.2]))


@pytest.mark.statistical
@pytest.mark.parametrize("seed", range(1, 7))
def test_a_known_law_comes_out(seed: int) -> None:
    """With seven degrees of freedom a year, three years together, the largest noise is known to 15 %, the size to 30 %.

    The years are independent here, so that the largest of them is rather above the truth than below it.
    """
    found = sized(made_up(), seed=seed)
    assert 0.6 * found.noise < noise_at(found.agents).max() < 1.15 * found.noise
    assert found.held and found.check is not None
    assert found.agents == found.proposed == found.check.agents
    assert found.agents_rms < found.agents
    assert found.low <= found.agents <= found.high


def test_the_noise_falls_with_the_square_root() -> None:
    pilot = exact(PILOT)
    assert pilot.rms == pytest.approx(LEVEL * math.sqrt((SHAPE**2).mean() / PILOT))
    assert pilot.largest == pytest.approx(noise_at(PILOT).max(axis=0))
    assert noise_at(pilot.needed(0.01)).max() == pytest.approx(0.01)
    assert exact(4 * PILOT).needed(0.01) == pytest.approx(pilot.needed(0.01))


def test_one_wild_year_is_averaged_with_its_neighbours() -> None:
    pilot = exact(PILOT)
    pilot.variance[7] *= 4
    assert pilot.largest == pytest.approx(noise_at(PILOT).max(axis=0) * math.sqrt(2))


@pytest.mark.parametrize("power", [0.6, 0.75, 1.0])
def test_a_noise_that_falls_faster_is_on_the_safe_side(power: float) -> None:
    """Quasi-random draws: more agents than are needed, never fewer; and the check says that they suffice."""
    found = sized(made_up(power), noise=0.003)
    assert found.held
    assert noise_at(found.agents, power).max() < found.noise


@pytest.mark.parametrize(("measure", "noise"), [(made_up(0.2), 0.1), (made_up(0.5, floor=0.03), 0.015)])
def test_a_noise_that_falls_too_slowly_fails_the_check(measure: Callable[[int, int], Floats], noise: float) -> None:
    found = sized(measure, noise=noise)
    assert not found.held
    assert found.agents > found.proposed


@pytest.mark.statistical
def test_the_error_of_a_stated_noise_is_its_scatter() -> None:
    """Over 200 runs the scatter is known to 5 %; the stated error is not below it, and less than 75 % above.

    Where ten windows of independent years compete to be the noisiest, their largest scatters less than each of them.
    """
    runs = [stated(PILOT, made_up()(PILOT, seed)) for seed in range(200)]
    scatter = np.log([run.largest for run in runs]).std(axis=0)
    overstated = np.mean([run.error for run in runs], axis=0) / scatter
    assert ((overstated > 0.9) & (overstated < 1.75)).all()
    assert np.mean([run.rms for run in runs], axis=0) == pytest.approx(exact(PILOT).rms, rel=0.03)


def test_no_fewer_agents_than_were_tried() -> None:
    found = sized(made_up(), noise=0.9)
    assert found.agents == found.agents_rms == PILOT
    assert found.held


@pytest.mark.parametrize(("check", "seeds"), [(True, [11, 12]), (False, [11])])
def test_no_seed_is_used_twice_and_the_check_may_be_left_out(check: bool, seeds: list[int]) -> None:
    met = []

    def measure(agents: int, seed: int) -> Floats:
        met.append(seed)
        return made_up()(agents, seed)

    found = sized(measure, seed=11, check=check)
    assert met == seeds
    assert (found.check is not None) == check
    assert found.held and found.agents == found.proposed


@pytest.mark.parametrize(
    ("noise", "words"),
    [
        (0.0, "0 is not a possible Monte Carlo error - noise= - expected a share between 0 and 1 - write 0.02 for 2 %"),
        (float("nan"), "nan is not a possible Monte Carlo error"),
        (1e-5, "a noise of 1e-05 needs about .* agents - noise= - expected one that 10,000,000 agents can"),
    ],
)
def test_what_cannot_be_sized_is_refused(noise: float, words: str) -> None:
    with pytest.raises(CaseError, match=words):
        sized(made_up(), noise)


@pytest.mark.parametrize("size", [0.0, 0.3 / GROUP_PAIRS, 300.0])
def test_figures_without_persons_or_scatter_have_no_noise(size: float) -> None:
    with pytest.raises(CaseError, match="fewer than one person, or no scatter, at 1,000 agents"):
        sized(lambda agents, seed: np.full((YEARS, 2, GROUP_PAIRS), size))


def test_the_years_are_those_with_counts() -> None:
    world = toyland()
    assert years_of(world, None) == (1999, 2004)
    assert years_of(world.within(world.start + 6, 36), None) == (1991, 1992)
    assert years_of(world, (1990, 1990)) == (1990, 1990)
    with pytest.raises(CaseError, match="the year 1990 lies outside the window - years= - expected 1991 to 1992"):
        years_of(world.within(world.start + 6, 36), (1990, 1991))
    with pytest.raises(CaseError, match="later than the last"):
        years_of(world, (1992, 1991))


def test_a_real_world_is_sized() -> None:
    told: list[tuple[str, int, int]] = []
    found = tumen.size(
        toyland(120), theories.get("interplay"), noise=0.5, figure="departures", years=(1998, 1999), pilot=900,
        progress=lambda *step: told.append(step),
    )  # fmt: skip
    assert found.agents >= 900
    assert found.check is not None and found.check.variance.shape == (2, 2)
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages[0] == "pilot of 900 agents (1 of 2)"
    assert stages[1].startswith("check of ") and stages[1].endswith("agents (2 of 2)")
    for name in stages:
        assert [done for stage, done, _ in told if stage == name] == list(range(1, 121))
        assert {months for stage, _, months in told if stage == name} == {120}


@pytest.mark.slow
@pytest.mark.statistical
def test_the_scatter_over_seeds_is_what_was_promised() -> None:
    """Thirty runs of the advised size, with other seeds: the noisiest year's scatter, measured, is near the target.

    The pilot knows the noise to about a fifth, the thirty runs to about an eighth; the bounds are two of both.
    """
    world, target = toyland(), 0.035
    found = tumen.size(world, theories.get("interplay"), noise=target, pilot=4000)
    assert found.held
    first, last = years_of(world, None)
    figures = []
    for seed in range(100, 130):
        counts = stage(world, found.agents, seed=seed).run(seed=seed)
        figures.append(counts.yearly()[0][(counts.years >= first) & (counts.years <= last), 0])
    runs = np.stack(figures)  # (seeds, years, X)
    actual = Precision(found.agents, runs.var(axis=0, ddof=1) / runs.mean(axis=0) ** 2, np.zeros(2))
    assert 0.6 * target < actual.largest.max() < 1.4 * target

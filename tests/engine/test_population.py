"""Promise 9: the simulated population follows the published stocks."""

from __future__ import annotations

import numpy as np
import pytest

from tumen.case import load
from tumen.engine import draws
from tumen.engine.population import Density, draw
from tumen.model.demography import cohorts
from validation.promises import stocks


@pytest.mark.slow
@pytest.mark.statistical
def test_the_population_tracks_the_published_stocks() -> None:
    """False alarm 0.01 for all 204 groups together; the cohorts before any chance meet the stocks to 1e-9."""
    row = stocks.check(stocks.SMALL)
    assert row.failed == 0, row.line


def even(places: int, births: int) -> Density:
    return Density(np.ones(places), np.ones(2), np.ones(births))


@pytest.mark.parametrize("people", [300, 3001])
@pytest.mark.parametrize("tilted", [False, True])
def test_every_province_keeps_its_people(people: int, tilted: bool) -> None:
    """For any sampling density; women are represented to within one agent, or two of the heaviest if weights differ."""
    case = load("north_korea")
    made = cohorts(case, case.start, 24)
    share = np.array([p.population for p in case.provinces])
    share = share / share.sum()
    density = even(share.size, made.people.shape[0])
    if tilted:
        birth = np.linspace(0.2, 1.2, made.people.shape[0])
        density = Density(1 + np.linspace(0, 60, share.size), np.array([1.1, 2.5]), birth)
    drawn = draw(made, share, density, np.array([0.3, 0.7]), people, 24, 1)
    total = np.bincount(drawn.place, drawn.weight)
    assert np.allclose(total, share * made.people.sum(), rtol=1e-12)
    assert abs(drawn.size - people) <= share.size
    women = np.bincount(drawn.place, drawn.weight * (drawn.group == 0)) / total
    heaviest = np.array([drawn.weight[drawn.place == p].max() for p in range(share.size)]) / total
    assert np.all(np.abs(women - made.people[:, 0].sum() / made.people.sum()) <= (2 if tilted else 1) * heaviest)


def test_people_die_in_the_month_their_residual_hazard_is_used_up() -> None:
    case = load("toyland")
    made = cohorts(case, case.start, 60)
    drawn = draw(made, np.ones(1), even(1, made.people.shape[0]), np.ones(1), 4000, 60, 3)
    reached = made.hazard[drawn.birth - made.first, drawn.group]  # cumulated up to the start of each month
    threshold = -np.log(draws.quasi_uniforms(draws.keys(3, drawn.person), draws.DEATH))
    someone = np.arange(drawn.size)
    dead = drawn.death < 60
    assert 100 < dead.sum() < 3000
    assert (drawn.death[dead] >= np.maximum(drawn.birth[dead], 0)).all()
    assert (reached[someone, np.minimum(drawn.death, 60)] < threshold).all()
    assert (reached[someone, np.minimum(drawn.death + 1, 60)] >= threshold)[dead].all()

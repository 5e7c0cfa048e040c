"""Forecasts: counts around real runs, the same in every world until it differs, and places that are exceeded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.experiment.synthetic_sweep import THEORY, TOYLAND, drawn
from tumen.case import SEXES, CaseError
from tumen.experiment import factorial, forecast
from tumen.experiment.forecast import exceeded, present, read_facilities
from tumen.infer.forecasts import COLUMNS, LEVELS


@pytest.fixture(autouse=True)
def posterior(monkeypatch: pytest.MonkeyPatch) -> None:
    """The made-up posterior stands for that of toyland, which has none."""
    for room in (factorial, forecast):
        monkeypatch.setattr(room, "posterior", lambda case, theory, **how: drawn())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> forecast.Forecast:
    """Three years after the counts, as it stands and with a shut border."""
    how = {"draws": 4, "folder": tmp_path_factory.mktemp("forecast"), "processes": 1}
    with pytest.MonkeyPatch.context() as patched:
        for room in (factorial, forecast):
            patched.setattr(room, "posterior", lambda case, theory, **how: drawn())
        return forecast.forecast(TOYLAND, THEORY, (2005, 2007), ["no_military_first"], **how)  # type: ignore[arg-type]


def test_counts_scatter_around_what_is_expected_and_ages_add_up(made: forecast.Forecast) -> None:
    assert set(made.draws) == {"base", "no_military_first"} and made.years == (2005, 2006, 2007)
    counts = made.draws["base"]
    assert counts.shape == (40, 3, 2, 17) and (counts == np.rint(counts)).all()
    expected = (
        made.expected.table["arrivals"].sel(world="base").isel(seed=0).sum("age").transpose("draw", "year", "sex")
    )
    mean = counts.sum(axis=3).reshape(4, 10, 3, 2).mean(axis=1)
    # phi = 0.1 and Poisson noise over ten replicates.
    sd = np.sqrt((expected + (0.12 * expected) ** 2) / 10)
    assert (np.abs(mean - expected) < 5 * sd + 1).all()
    both = made.persons("base", "female") + made.persons("base", "male")
    np.testing.assert_array_equal(made.persons("base"), both)
    assert made.assumed and "end in 2004" in made.assumed[0]


def test_the_table_is_that_of_forecast_hubs(made: forecast.Forecast) -> None:
    hub = made.hub()
    assert tuple(hub.columns) == COLUMNS
    assert len(hub) == 2 * 3 * 18 * 3 * (len(LEVELS) + 1)
    one = hub.query("model_id == 'interplay' and sex == 'female' and age == 'all' and horizon == 2")
    said = one[one["output_type"] == "quantile"]["value"].to_numpy()
    np.testing.assert_allclose(said, np.quantile(made.persons("base", "female")[:, 1], LEVELS))
    assert (np.diff(said) >= 0).all() and set(one["target_end_date"]) == {"2006-12-31"}
    assert set(hub["sex"]) == {*SEXES, "total"} and set(hub["model_id"]) == {"interplay", "interplay+no_military_first"}


@pytest.mark.parametrize("months", [0.5, 6.0, 12.0, 18.0, 30.0])
def test_those_present_are_those_who_came_within_their_stay(months: float) -> None:
    """Compared with a count of people who arrive evenly, day by day, over years of very different flows."""
    yearly, days = np.array([[700.0, 0.0, 1000.0, 300.0]]), 360
    daily = np.concatenate([np.full(4 * days, 700.0), np.repeat(yearly[0], days)]) / days
    stay = round(months * days / 12)
    held = np.convolve(daily, np.ones(stay))[: daily.size].reshape(-1, days).mean(axis=1)[4:]
    assert present(yearly, months)[0] == pytest.approx(held, rel=0.02, abs=3)


def test_a_facility_is_exceeded_as_often_as_more_come_than_it_holds(made: forecast.Forecast, tmp_path: Path) -> None:
    file = tmp_path / "places.yaml"
    middle = float(np.median(made.persons("base", "female", ["20-24", "25-29"])[:, 0]))
    text = "facilities:\n- {{name: House, places: {}, months: 6, sex: female, ages: [20, 30], share: 0.5}}\n"
    file.write_text(text.format(middle * 0.25))
    found = exceeded(made, read_facilities(file))
    first = found.query("world == 'base' and year == 2005").iloc[0]
    assert 0.3 <= first["p_exceeded"] <= 0.5 and first["present"] == pytest.approx(middle * 0.25)
    file.write_text(text.format(1e9))
    assert (exceeded(made, read_facilities(file))["p_exceeded"] == 0).all()
    file.write_text(text.format(5).replace("[20, 30]", "[21, 30]"))
    with pytest.raises(CaseError, match="House: ages 21 to 30 are not made of age groups"):
        exceeded(made, read_facilities(file))
    file.write_text(text.format(-1))
    with pytest.raises(CaseError, match=r"places.yaml:2, facilities"):
        read_facilities(file)


def test_years_that_were_counted_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"the years 2004 to 2006 cannot be forecast .* years from 2005"):
        forecast.forecast(TOYLAND, THEORY, (2004, 2006), folder=tmp_path)

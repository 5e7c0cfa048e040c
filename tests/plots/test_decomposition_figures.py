"""The picture of a decomposition says which factor adds most, and shows every number of its tables."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.plots.test_figures import texts
from tumen.experiment.decomposition import CHANNELS, FACTORS, Decomposition
from tumen.plots.decomposition import figure
from tumen.plots.render import LARGEST, png, svg
from tumen.summary.decomposition import WORDS


def found(gap: dict[str, float], rise: dict[str, float]) -> Decomposition:
    """Points of each factor, in shares, the same in each of five draws but for their luck."""
    luck = np.linspace(-0.01, 0.01, 5)
    draws = {"draw": np.arange(5)}

    def points(given: dict[str, float]) -> xr.Dataset:
        held = [[given.get(name, 0.0) + one for one in luck] for name in FACTORS]
        return xr.Dataset({"points": (("factor", "draw"), held)}, {"factor": list(FACTORS), **draws})

    names = ["as it is", *CHANNELS, "transit"]
    shares = [[0.7 - 0.02 * i + one for one in luck] for i in range(len(names))]
    ceilings = xr.DataArray(shares, {"channel": names, **draws}, ("channel", "draw"))
    return Decomposition("toyland", "base", (1996, 2004), points(gap), points(rise), ceilings, ceilings)


def said_in(made: Decomposition) -> str:
    return " ".join(texts(svg(figure(made))).split())


def test_the_picture_shows_every_number_with_its_interval() -> None:
    said = said_in(found({"mobility": 0.2, "companions": -0.09}, {"transit": 0.12}))
    assert "Mobility adds most to women's share of arrivals; to its rise, arrivals for a departure" in said
    assert "+20.0 (+19.2 to +20.8)" in said and "-9.0 (-9.8 to -8.2)" in said and "+12.0 (+11.2 to +12.8)" in said
    assert "Points above 50 %, 1996-2004" in said and "from 1996-1998 to 2002-2004" in said
    assert all(said.count(words) >= 2 for words in WORDS.values()), "both panels name every factor"
    assert "70.0 (69.2-70.8)" in said and "68.0 (67.2-68.8)" in said
    assert "alike in transit" in said and "ceilings, not effects" in said


@pytest.mark.parametrize("name", ["mobility", "transit"])
def test_one_factor_of_both_is_named_once_and_the_file_is_small(name: str) -> None:
    made = found({name: 0.2}, {name: 0.1})
    words = WORDS[name]
    assert f"{words[0].upper()}{words[1:]} adds most to women's share of arrivals and to its rise" in said_in(made)
    assert len(png(svg(figure(made)))) <= LARGEST

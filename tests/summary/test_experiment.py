"""What an experiment and a forecast say of themselves in tables and sentences."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from rich.console import Console

from tests.experiment.synthetic import table, with_shares
from tumen.case import CaseError, load
from tumen.experiment.design import Design
from tumen.experiment.factorial import Factorial, _factors
from tumen.experiment.store import Unit
from tumen.summary import experiment, forecast


def share(levels: dict[str, str], draw: int) -> float:
    """Women's share: a policy brings twenty points where purses are as they are, none where they are not."""
    return 0.5 if levels["purses"] != "base" or levels["military_first"] != "base" else 0.7


@pytest.fixture
def found() -> Factorial:
    made = table({"military_first": ["no_military_first"], "purses": ["individual"]}, with_shares(share), draws=9)
    made["purses"].attrs["assumed"] = 1
    design = Design("Made up", "toyland", "interplay", (), (), 9, 1, None, None, (2002, 2003))
    return Factorial(design, made, {}, {}, {"agents": 4000, "titles": {}})


def printed(shown: Any) -> list[str]:
    screen = Console(width=200, record=True, file=io.StringIO())
    screen.print(shown)
    return [" ".join(line.split()) for line in screen.export_text().splitlines() if line.strip()]


def test_policies_are_told_under_each_assumption(found: Factorial) -> None:
    lines = printed(experiment.assumption_table(found))
    (base,) = (line for line in lines if line.startswith("base"))
    (other,) = (line for line in lines if line.startswith("individual"))
    assert base.startswith("base 70.0 (70.0-70.0) +20.0"), base
    assert other.startswith("individual 50.0 (50.0-50.0) +0.0"), other
    assert experiment.shown_worlds(found)[:2] == ["military_first=no_military_first", "purses=individual"]
    assert "purses" not in "".join(printed(experiment.policy_table(found)))


def test_numbers_name_their_scales_and_the_ceiling_of_the_draft_is_told(found: Factorial) -> None:
    content = experiment.as_json(found)
    assert content["scales"]["total"] == {"scale": "count", "units": "persons"}
    assert content["scales"]["log_odds"]["scale"] == "log ratio"
    # Three quarters of either sex are 20-24, a quarter 30-34: 700 women; men 525 and 75.
    expected = 700 / (700 + 525 + 75)
    assert content["ceiling_of_draft"]["arrivals"]["median"] == pytest.approx(expected, abs=1e-3)
    (told,) = (line for line in experiment.sentences(found) if line.startswith("Arithmetic ceiling"))
    assert f"women would be {100 * expected:.1f}" in told


def test_a_forecast_says_which_draws_are_missing() -> None:
    expected = SimpleNamespace(table=xr.Dataset(coords={"draw": np.arange(8)}), aside={Unit(3, 0): "no answer"})
    assert forecast.left_out(SimpleNamespace(used=6, expected=expected)) == [  # type: ignore[arg-type]
        "2 draws are left out, since the model refused some of their worlds",
        "1 draws were set aside, the first (draw-000003-seed-000) with: no answer",
    ]
    expected.aside = {}
    assert forecast.left_out(SimpleNamespace(used=8, expected=expected)) == []  # type: ignore[arg-type]


def test_policies_by_name_stand_for_the_worlds_without_them() -> None:
    land = load("north_korea")
    assert _factors(land, ["military_first"]) == {"military_first": "no_military_first"}
    with pytest.raises(CaseError, match=r"factors is 'military_frist' - factors= - expected a policy"):
        _factors(land, ["military_frist"])

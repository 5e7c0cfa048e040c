"""A forecast as tables and sentences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from rich.table import Table

from tumen.case import SEXES
from tumen.case.inputs import BASE
from tumen.experiment.forecast import Forecast
from tumen.summary import experiment
from tumen.summary.formatting import between, plain_table

#: What stands above the tables.
ARRIVALS = "Arrivals forecast from the end of {}: median (80 % interval)"
FACILITIES = "Probability that a facility is too small"


def table(found: Forecast) -> Table:
    """Women, men, both and women's share by world and year."""
    shown = plain_table("world", "year", "women", "men", "both", "women, %")
    for world in found.draws:
        sexes = {sex: found.persons(world, sex) for sex in (*SEXES, "total")}
        share = 100 * sexes["female"] / np.maximum(sexes["total"], 1)
        for i, year in enumerate(found.years):
            cells = [_said(sexes[sex][:, i]) for sex in (*SEXES, "total")]
            shown.add_row(world_name(world), str(year), *cells, _said(share[:, i]))
    return shown


def facility_table(exceeded: pd.DataFrame) -> Table:
    """How likely each facility is too small."""
    shown = plain_table("world", "year", "facility", "places", "present", "probability", words=(0, 2))
    for row in exceeded.itertuples(index=False):
        numbers = (f"{row.places:,.0f}", f"{row.present:,.0f}", f"{row.p_exceeded:.2f}")
        shown.add_row(world_name(str(row.world)), str(row.year), str(row.facility), *numbers)
    return shown


def world_name(world: str) -> str:
    """A world as a reader takes it."""
    return "as it stands" if world == BASE else world.replace("+", " and ").replace("_", " ")


def left_out(found: Forecast) -> list[str]:
    """Which draws are missing, and why."""
    expected = found.expected
    return experiment.left_out(expected.table.sizes["draw"] - found.used, expected.aside, "draws")


def as_json(found: Forecast, exceeded: pd.DataFrame | None) -> dict[str, Any]:
    """Medians and intervals of the table, and the facilities."""
    content: dict[str, Any] = {
        "case": found.case.name,
        "theory": found.theory,
        "origin": found.origin,
        "draws": found.used,
        "aside": {unit.name: error for unit, error in found.expected.aside.items()},
        "refused": len(found.expected.refused),
        "assumed": list(found.assumed),
        "worlds": {},
    }
    for world in found.draws:
        content["worlds"][world] = [
            {"year": year}
            | {
                sex: dict(zip(("lo80", "median", "hi80"), three(found.persons(world, sex)[:, i]), strict=True))
                for sex in (*SEXES, "total")
            }
            for i, year in enumerate(found.years)
        ]
    if exceeded is not None:
        content["facilities"] = exceeded.to_dict("records")
    return content


def three(draws: np.ndarray) -> tuple[float, float, float]:
    """Lower end, median and upper end of the 80 % interval."""
    low, middle, high = np.quantile(draws, [0.1, 0.5, 0.9])
    return float(low), float(middle), float(high)


def _said(draws: np.ndarray) -> str:
    low, middle, high = three(draws)
    return between(middle, low, high, decimals=0)

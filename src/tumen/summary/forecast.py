"""A forecast as tables, sentences and fans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import pandas as pd

from tumen.case import SEXES
from tumen.case.inputs import BASE
from tumen.plots import theme
from tumen.plots.bands import areas, line
from tumen.summary.draws import bands
from tumen.summary.experiment import plain_table

if TYPE_CHECKING:
    from rich.table import Table

    from tumen.experiment.forecast import Forecast

#: What stands above the tables.
ARRIVALS = "Arrivals forecast from the end of {}: median (80 % interval)"
FACILITIES = "Probability that a facility is too small"
_BEFORE, _HEIGHT = 8, 190


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
        shown.add_row(
            world_name(str(row.world)),
            str(row.year),
            str(row.facility),
            f"{row.places:,.0f}",
            f"{row.present:,.0f}",
            f"{row.p_exceeded:.2f}",
        )
    return shown


def world_name(world: str) -> str:
    """A world as a reader takes it."""
    return "as it stands" if world == BASE else world.replace("+", " and ").replace("_", " ")


def left_out(found: Forecast) -> list[str]:
    """Which draws are missing, and why."""
    lines, expected = list[str](), found.expected
    refused = expected.table.sizes["draw"] - found.used
    if refused:
        lines.append(f"{refused} draws are left out, since the model refused some of their worlds")
    if expected.aside:
        unit, error = next(iter(expected.aside.items()))
        lines.append(f"{len(expected.aside)} draws were set aside, the first ({unit.name}) with: {error}")
    return lines


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
                sex: dict(zip(("lo80", "median", "hi80"), _three(found.persons(world, sex)[:, i]), strict=True))
                for sex in (*SEXES, "total")
            }
            for i, year in enumerate(found.years)
        ]
    if exceeded is not None:
        content["facilities"] = exceeded.to_dict("records")
    return content


def figure(found: Forecast) -> alt.VConcatChart:
    """Fans of women and men after the counts, a panel for each world."""
    counts = _counts(found)
    first, last = int(counts["x"].min()), found.years[-1]
    top = [float(np.quantile(found.persons(w, s), 0.975, axis=0).max()) for w in found.draws for s in SEXES]
    high = max(float(counts["y"].max()), *top)
    panels = []
    for world in found.draws:
        x, y, layers = theme.years(first - 0.5, last + 0.5), theme.amounts(high), list[theme.Part]()
        for sex in SEXES:
            drawn, at = found.persons(world, sex), np.array(found.years, dtype=float)
            if len(at) == 1:  # a band needs some width
                drawn, at = np.repeat(drawn, 2, axis=1), np.array([at[0] - 0.3, at[0] + 0.3])
            layers += [*areas(bands(drawn, at, sex), x, y), theme.lines(line(drawn, at, sex), x, y, 2.0)]
        layers.append(theme.dots(counts, x, y))
        panels.append(theme.panel(layers, world_name(world)[0].upper() + world_name(world)[1:], _HEIGHT))
    return theme.sheet(panels, _words(found))


def _counts(found: Forecast) -> pd.DataFrame:
    """The last counts of single years: columns x, y, sex."""
    table = found.case.arrivals
    fitted = table[table["role"] == "fit"]
    single = fitted[(fitted["year_start"] == fitted["year_end"]) & fitted["sex"].isin(SEXES)]
    single = single[single["year_start"] > found.origin - _BEFORE]
    return pd.DataFrame({"x": single["year_start"], "y": single["persons"].astype(float), "sex": single["sex"]})


def _words(found: Forecast) -> theme.Words:
    base = found.persons(BASE)[:, -1]
    low, middle, high = _three(base)
    return theme.Words(
        f"{found.years[-1]}: {middle:,.0f} arrivals as it stands, {low:,.0f} to {high:,.0f}",
        f"Arrivals in {found.case.destination}, persons per calendar year. Orange: women. Blue: men. Bands: 50, 80 and "
        "95 % of the forecast. Line: median. Dots: counts. The title gives the median and the 80 % interval.",
        f"Case: {found.case.title} ({found.case.name}, {found.case.hash[:8]}). Theory: {found.theory}; "
        f"{found.used} draws of its posterior. {' '.join(found.assumed)}",
    )


def _three(draws: np.ndarray) -> tuple[float, float, float]:
    low, middle, high = np.quantile(draws, [0.1, 0.5, 0.9])
    return float(low), float(middle), float(high)


def _said(draws: np.ndarray) -> str:
    low, middle, high = _three(draws)
    return f"{middle:,.0f} ({low:,.0f}-{high:,.0f})"

"""A forecast as fans: arrivals of women and men after the counts, a panel for each world."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from tumen.case import SEXES
from tumen.case.inputs import BASE
from tumen.plots import theme
from tumen.plots.bands import areas, line
from tumen.summary.draws import bands
from tumen.summary.forecast import three, world_name

if TYPE_CHECKING:
    from tumen.experiment.forecast import Forecast

#: Counted years shown before the forecast, and the height of a panel in pixels.
_BEFORE, _HEIGHT = 8, 190


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
    low, middle, high = three(base)
    return theme.Words(
        f"{found.years[-1]}: {middle:,.0f} arrivals as it stands, {low:,.0f} to {high:,.0f}",
        f"Arrivals in {found.case.destination}, persons per calendar year. Orange: women. Blue: men. Bands: 50, 80 and "
        "95 % of the forecast. Line: median. Dots: counts. The title gives the median and the 80 % interval.",
        f"Case: {found.case.title} ({found.case.name}, {found.case.hash[:8]}). Theory: {found.theory}; "
        f"{found.used} draws of its posterior. {' '.join(found.assumed)}",
    )

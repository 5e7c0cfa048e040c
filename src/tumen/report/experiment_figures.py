"""Women's share by year in each world of an experiment, over that of the base."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np

from tumen.case import SEXES
from tumen.case.inputs import BASE
from tumen.experiment.measures import yearly
from tumen.report import theme
from tumen.report.bands import FEWEST, areas, line, where_many
from tumen.report.draws import Floats, bands
from tumen.report.experiment import in_words, shown_worlds

if TYPE_CHECKING:
    import xarray as xr

    from tumen.experiment.factorial import Factorial

_GAP, _HEIGHT = 16, 120
_WIDTH = (theme.WIDTH - _GAP) / 2
#: Panels of one figure.
MOST = 10


def figure(found: Factorial, flow: str = "arrivals") -> alt.VConcatChart:
    """A panel for each world: bands and median of women's share there, and the base's median as a dashed line."""
    persons = yearly(found.table, flow)
    first = next((year for year in persons["year"].values if _many(persons, int(year))), persons["year"].values[0])
    years = persons["year"].values[persons["year"].values >= first].astype(float)
    at = {name: _share(persons, name, years) for name in (BASE, *shown_worlds(found)[:MOST])}
    panels = [_panel(name, at, years, i % 2 == 0) for i, name in enumerate(shown_worlds(found)[:MOST])]
    rows = [alt.hconcat(*panels[i : i + 2], spacing=_GAP) for i in range(0, len(panels), 2)]
    return theme.sheet(rows, _words(found, flow, at))


def _many(persons: xr.Dataset, year: int) -> bool:
    here = persons.sel(year=year, world=BASE)
    return bool(float((here["female"] + here["male"]).median()) >= FEWEST)


def _share(persons: xr.Dataset, world: str, years: Floats) -> Floats:
    here = persons.sel(world=world, year=years.astype(int))
    both = np.stack([here[sex].transpose("draw", "year").values for sex in SEXES], axis=-1)
    return where_many(both.astype(float), SEXES)


def _panel(name: str, at: dict[str, Floats], years: Floats, labelled: bool) -> theme.Part:
    ticks = [year for year in range(int(years[0]), int(years[-1]) + 1) if year % 5 == 0]
    axis = alt.Axis(values=ticks, format="d", title=None, grid=False, labelFontSize=theme.SMALL)
    x = alt.X("x:Q", scale=alt.Scale(domain=[years[0], years[-1]], nice=False), axis=axis)
    room = {"minExtent": theme.LEFT, "maxExtent": theme.LEFT} if labelled else {"labels": False}
    said = "format(datum.value * 100, '.0f') + ' %'"
    vertical = alt.Axis(labelExpr=said, values=[0, 0.25, 0.5, 0.75, 1], title=None, domain=False, ticks=False, **room)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[0, 1.12], nice=False), axis=vertical)
    base = line(at[BASE], years, "female")
    dashed = alt.Chart(base).mark_line(strokeWidth=1.6, strokeDash=[4, 3], color=theme.INK).encode(x=x, y=y)
    layers = [*areas(bands(at[name], years, "female"), x, y), theme.lines(line(at[name], years, "female"), x, y, 2.0)]
    title = alt.TitleParams(
        text=theme.wrap(in_words(name), theme.SMALL, _WIDTH),
        anchor="start",
        frame="group",
        fontSize=theme.SMALL,
        offset=4,
    )
    return alt.layer(*layers, dashed).properties(width=_WIDTH, height=_HEIGHT, title=title)


def _words(found: Factorial, flow: str, at: dict[str, Floats]) -> theme.Words:
    whole = found.worlds(flow)["female_share"].median("draw")
    base = float(whole.sel(world=BASE))
    alone = [name for name in at if ", " not in name]
    low = min(alone, key=lambda name: float(whole.sel(world=name)))
    title = (
        f"Women are {100 * base:.0f} % of {flow} as it was, and {100 * float(whole.sel(world=low)):.0f} % "
        f"with {in_words(low)}"
        if low != BASE
        else f"In no world are women fewer than the {100 * base:.0f} % of {flow} as it was"
    )
    first, last = found.years
    more = len(shown_worlds(found)) - MOST
    return theme.Words(
        title,
        f"Women's share of {flow} by year in each world (orange; bands: 50, 80 and 95 % of draws, line: median) and in "
        f"the base (dashed). The title is of {first}-{last}.",
        f"{found.design.title}. Case: {found.design.case}. Theory: {found.design.theory}; "
        f"{found.table.sizes['draw']} draws of its posterior, {found.about['agents']:,} agents a run, the same people, "
        "parameters and luck in all worlds." + (f" {more} more worlds are in the table." if more > 0 else ""),
    )

"""Women's share by year in each world of an experiment, over that of the base: a panel for each world."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from tumen.case import SEXES
from tumen.case.inputs import BASE
from tumen.experiment.attribution import factors_of
from tumen.experiment.factorial import PAIR
from tumen.experiment.measures import summary, yearly
from tumen.plots import theme
from tumen.summary.draws import FEWEST, Floats, bands, where_many
from tumen.summary.experiment import has_pair, said, shown_worlds, title_of

if TYPE_CHECKING:
    import xarray as xr

    from tumen.experiment.factorial import Factorial

_HEIGHT = 116
#: The base's band, behind that of the world.
_BASE = "#c9c9c9"
#: Panels of one figure.
MOST = 10


def figure(found: Factorial, flow: str = "arrivals") -> alt.VConcatChart:
    """A panel for each world: women's share there with its bands, and in the base; the years compared as a number."""
    persons, names = yearly(found.table, flow), panelled(found, flow)
    years = persons["year"].values.astype(float)
    middle = (persons["female"] + persons["male"]).sel(world=BASE).transpose("year", ...).values
    many = np.nanmedian(middle.reshape(len(years), -1), axis=1) >= FEWEST
    years = years[np.argmax(many) :]  # from the first year with enough of them on; all years where there is none
    whole = summary(found.worlds(flow)["female_share"])
    base = _share(persons, BASE, years)
    panels = [
        _panel(
            heading,
            said(whole.sel(world=name), 100, 1).replace(" ", " % ", 1),
            (_share(persons, name, years), base),
            years,
            place % 2 == 0,
        )
        for place, (name, heading) in enumerate(zip(names, _headings(found, names), strict=True))
    ]
    return theme.sheet(theme.in_twos(panels), _words(found, flow, names, whole.sel(statistic="median")))


def panelled(found: Factorial, flow: str = "arrivals") -> list[str]:
    """The worlds that have a panel: those of policies first, then the single ones that move women's share most."""
    shown, share = shown_worlds(found), found.worlds(flow)["female_share"]
    away = abs((share - share.sel(world=BASE)).median("draw"))
    of_policies = [name for name in shown if "=" in name]
    single = sorted((name for name in shown if "=" not in name), key=lambda name: -float(away.sel(world=name)))
    chosen = [*of_policies, *single][:MOST]
    return [name for name in shown if name in chosen]


def _headings(found: Factorial, names: list[str]) -> list[list[str]]:
    """What stands above each panel, of as many lines as above the one beside it."""
    broken = [theme.wrap(title_of(found, name), theme.SMALL, theme.HALF, bold=True) for name in names]
    height = [max(map(len, broken[i - i % 2 : i - i % 2 + 2])) for i in range(len(broken))]
    return [[""] * (lines - len(one)) + one for lines, one in zip(height, broken, strict=True)]


def _share(persons: xr.Dataset, world: str, years: Floats) -> Floats:
    here = persons.sel(world=world, year=years.astype(int))
    both = np.stack([here[sex].transpose("draw", "year").values for sex in SEXES], axis=-1)
    return where_many(both.astype(float), SEXES)


def _panel(heading: list[str], told: str, at: tuple[Floats, Floats], years: Floats, labelled: bool) -> theme.Part:
    """at: women's share in the world and in the base, by draw and year."""
    here, base = at
    ticks = [year for year in range(int(years[0]), int(years[-1]) + 1) if year % 5 == 0]
    x = theme.across(ticks, years[0], years[-1], theme.SMALL)
    axis = theme.upright(theme.PERCENT, [0, 0.25, 0.5, 0.75, 1], labelled, theme.SMALL)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[0, 1.12], nice=False), axis=axis)
    behind = bands(base, years, "female").query("level == 0.8")
    dashed = alt.Chart(theme.line(base, years, "female")).mark_line(strokeWidth=1.6, strokeDash=[4, 3], color=theme.INK)
    number = alt.Chart(pd.DataFrame({"text": [told]})).mark_text(
        align="right", baseline="bottom", fontSize=theme.SMALL, fontWeight="bold", color=theme.WOMEN
    )
    layers = [
        alt.Chart(behind).mark_area(color=_BASE, line=False).encode(x=x, y=theme.like(y, "low"), y2="high:Q"),
        *theme.areas(bands(here, years, "female"), x, y),
        theme.lines(theme.line(here, years, "female"), x, y, 2.0),
        dashed.encode(x=x, y=y),
        number.encode(x=alt.value(theme.HALF - 2), y=alt.value(_HEIGHT - 5), text="text:N"),
    ]
    return theme.small(layers, heading, theme.HALF, _HEIGHT)


def _words(found: Factorial, flow: str, names: list[str], share: xr.DataArray) -> theme.Words:
    first, last = found.years
    more = len(shown_worlds(found)) - len(names)
    return theme.Words(
        _headline(found, flow, names, share),
        f"Women's share of {flow} by year. Orange: in each world; bands: 50, 80 and 95 % of draws; number: "
        f"{first}-{last}, median (80 % interval). Dashed and grey: in the base, median and 80 %.",
        f"{found.design.title}. Case: {found.design.case}. Theory: {found.design.theory}; "
        f"{found.table.sizes['draw']} draws of its posterior, {found.about['agents']:,} agents a run, the same people, "
        "parameters and random numbers in all worlds."
        + (f" {more} more world{'s' * (more > 1)} {'are' if more > 1 else 'is'} in the table." if more > 0 else ""),
    )


def _headline(found: Factorial, flow: str, names: list[str], share: xr.DataArray) -> str:
    """What it is in the base, without the paper's two policies where there are such worlds, and where it falls most."""
    first, last = found.years
    percent = {str(name): f"{100 * float(share.sel(world=name)):.1f} %" for name in share["world"].values}
    told = [f"Women are {percent[BASE]} of {flow} in {first}-{last}"]
    levels = factors_of(found.table)
    neither = ", ".join(f"{name}={some[0]}" for name, some in levels.items() if name in PAIR) if has_pair(found) else ""
    if neither in percent:
        policies = " and ".join(name.replace("_", " ") for name in PAIR)
        told.append(f"{percent[neither]} without {policies}")
    low = min((name for name in names if ", " not in name), key=lambda name: float(share.sel(world=name)))
    if float(share.sel(world=low)) < float(share.sel(world=BASE)):
        told.append(f'{percent[low]} in the world "{title_of(found, low)}"')
    else:
        told.append("in no world fewer")
    return ", ".join(told)

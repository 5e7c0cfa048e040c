"""A decomposition as one picture: factors of the gap, factors of its rise, and ceilings, with 80 % intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from tumen.experiment.measures import summary
from tumen.plots import theme
from tumen.summary.decomposition import WORDS
from tumen.summary.experiment import said

if TYPE_CHECKING:
    import xarray as xr

    from tumen.experiment.decomposition import Decomposition

_ROW, _ALL = 24, "all"
#: Where bars begin and end across a panel, between names and numbers.
_FIRST, _LAST = 128, 372
#: What adds to women's share, and what takes from it: women's colour, and that of both sexes.
_MORE, _LESS = theme.WOMEN, theme.MUTED
_COLUMNS = {"middle": "median", "low": "lo80", "high": "hi80"}


def figure(found: Decomposition) -> alt.VConcatChart:
    """Three panels: what each factor adds to women's share above one half, and to its rise; and the ceilings."""
    (a, b), (c, d) = found.ends
    gap, rise = (_with_sum(one["points"]) for one in (found.gap, found.rise))
    reach = 1.06 * max(float(np.abs(one.sel(statistic=["lo80", "hi80"])).max()) for one in (gap, rise))
    across = alt.Scale(domain=[-reach, reach], nice=False, range=[_FIRST, _LAST])
    whole = alt.Scale(domain=[0, 100], nice=False, range=[_FIRST, _LAST])
    channels = [str(name) for name in found.ceilings["channel"].values]
    named = [channels[0], *(f"alike in {name}" for name in channels[1:])]
    ceilings = summary(100 * found.ceilings).assign_coords(channel=named).rename(channel="factor")
    panels = [
        _panel(gap, across, f"Points above 50 %, {found.years[0]}-{found.years[1]}", "+"),
        _panel(rise, across, f"Points of the rise from {a}-{b} to {c}-{d}", "+"),
        _panel(ceilings, whole, "Women, % of arrivals, were the sexes alike in one thing: ceilings, not effects", ""),
    ]
    return theme.sheet(panels, _words(found, gap, rise))


def _with_sum(points: xr.DataArray) -> xr.DataArray:
    """What each factor, by its words, and all together add: points in percent, summarised over draws."""
    import xarray as xr

    each = points.assign_coords(factor=[WORDS[str(name)] for name in points["factor"].values])
    every = points.sum("factor").expand_dims(factor=[_ALL])
    return summary(100 * xr.concat([each, every], "factor"))


def _panel(told: xr.DataArray, across: alt.Scale, heading: str, sign: str) -> theme.Part:
    """A bar up to each median and a line over its interval; names stand at the left, numbers at the right."""
    names = [str(name) for name in told["factor"].values]
    frame = pd.DataFrame({"name": names, "text": [said(told.sel(factor=name), 1, 1, sign) for name in names]})
    frame = frame.assign(**{column: told.sel(statistic=of).values for column, of in _COLUMNS.items()})
    frame["from"], frame["side"] = 0.0, np.where(frame["middle"] < 0, "less", "more")
    y = theme.named_rows("name", names)
    axis = alt.Axis(title=None, format=f"{sign}.0f", tickCount=5, labelFontSize=theme.SMALL, grid=True)
    begin, low = (alt.X(f"{column}:Q", scale=across, axis=axis) for column in ("from", "low"))
    side = alt.Color("side:N", scale=alt.Scale(domain=["more", "less"], range=[_MORE, _LESS]), legend=None)
    drawn = alt.Chart(frame)
    layers = [
        drawn.mark_bar(height=13, opacity=0.5).encode(x=begin, x2="middle:Q", y=y, color=side),
        drawn.mark_rule(strokeWidth=2, color=theme.INK).encode(x=low, x2="high:Q", y=y),
        theme.beside(frame, "name", y, _FIRST - 8, "right"),
        theme.beside(frame, "text", y, _LAST + 10, "left"),
    ]
    return theme.panel(layers, heading, _ROW * len(names))


def _words(found: Decomposition, gap: xr.DataArray, rise: xr.DataArray) -> theme.Words:
    middles = (told.sel(statistic="median").drop_sel(factor=_ALL) for told in (gap, rise))
    most, later = (str(each["factor"].values[np.argmax(each.values)]) for each in middles)
    both = f"{most[0].upper()}{most[1:]} adds most to women's share of arrivals"
    return theme.Words(
        f"{both} and to its rise" if most == later else f"{both}; to its rise, {later}",
        "Bars: median over draws; lines and brackets: 80 % intervals. Factors are women's over men's, their points "
        "averaged over all orders, and add up to all.",
        f"Case: {found.case}. World: {found.world}. {found.gap.sizes['draw']} draws of the posterior. Arithmetic on "
        "one world: what a policy does is the difference between two.",
    )

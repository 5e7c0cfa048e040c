"""The forecasts of one theory from each origin over the counts, and its skill beside the baselines by years ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from tumen.case import SEXES
from tumen.infer.forecasts import ALL, BASELINES, Forecast
from tumen.plots import theme
from tumen.plots.bands import areas, line
from tumen.plots.posterior import sources
from tumen.summary.backtest import horizons
from tumen.summary.draws import bands
from tumen.summary.formatting import percent

if TYPE_CHECKING:
    from tumen.infer.backtest import Backtest

#: Two panels stand side by side, three in the row of skill.
_GAP, _HEIGHT, _TALL = 16, 105, 150
_WIDTH = (theme.WIDTH - _GAP) / 2
_BEFORE = 6  # years shown before the first origin
_LOWEST = -2.0  # skill below is drawn here, which the heading then says
_DASHES = {"last_value": [1, 0], "drift": [6, 4], "share_trend": [2, 3]}


def figure(found: Backtest, theory: str) -> alt.VConcatChart:
    """Fans of women and men from each origin with the counts, then skill in CRPS. `theory`: one of the backtest's."""
    mine = [one for one in found.forecasts if one.model == theory]
    counts = _counts(found)
    first, last = min(one.origin for one in mine) - _BEFORE, max(one.years[-1] for one in mine)
    counts = counts[counts["x"].between(first, last)]
    high = max(float(counts["y"].max()), *(float(np.quantile(one.draws, 0.975, axis=0).max()) for one in mine))
    panels = [_fan(one, counts, (first, last), high, i % 2 == 0) for i, one in enumerate(mine)]
    rows = [alt.hconcat(*panels[i : i + 2], spacing=_GAP) for i in range(0, len(panels), 2)]
    return theme.sheet([*rows, _skills(found, theory)], _words(found, theory, mine))


def _counts(found: Backtest) -> pd.DataFrame:
    """Counts of the single years of the case: columns x, y, sex."""
    table = found.case.arrivals
    single = table[(table["role"] == "fit") & (table["year_start"] == table["year_end"]) & table["sex"].isin(SEXES)]
    return pd.DataFrame({"x": single["year_start"], "y": single["persons"].astype(float), "sex": single["sex"]})


def _fan(one: Forecast, counts: pd.DataFrame, span: tuple[int, int], high: float, labelled: bool) -> theme.Part:
    """Bands of the years ahead, which begin at the last count known; known counts as dots, those to come hollow."""
    known, coming = counts[counts["x"] <= one.origin], counts[counts["x"] > one.origin]
    x = _years(*span)
    y = _persons(high, labelled)
    at = np.array([one.origin, *one.years], dtype=float)
    begun = {str(row["sex"]): float(row["y"]) for _, row in known[known["x"] == one.origin].iterrows()}
    layers = list[theme.Part]()
    for i, sex in enumerate(SEXES):
        drawn = np.column_stack([np.full(len(one.draws), begun[sex]), one.draws[..., i]])
        layers += [*areas(bands(drawn, at, sex), x, y), theme.lines(line(drawn, at, sex), x, y, 2.0)]
    layers += [_dots(known, x, y, filled=True), _dots(coming, x, y, filled=False)]
    return _titled(alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT), f"Known to the end of {one.origin}")


def _dots(frame: pd.DataFrame, x: alt.X, y: alt.Y, filled: bool) -> alt.Chart:
    """Counts: filled in the colour of the sex, or rings of it."""
    mark = alt.Chart(frame).mark_point(filled=filled, size=26, opacity=1, strokeWidth=1.6)
    return mark.encode(x=x, y=y, color=theme.sexes())


def _years(first: int, last: int) -> alt.X:
    """The years of a narrow panel."""
    step = next(step for step in (1, 2, 5, 10, 20) if (last - first) / step <= 4)
    ticks = [year for year in range(first, last + 1) if year % step == 0]
    axis = alt.Axis(values=ticks, format="d", title=None, grid=False, labelFontSize=theme.SMALL)
    return alt.X("x:Q", scale=alt.Scale(domain=[first - 0.4, last + 0.4], nice=False), axis=axis)


def _persons(high: float, labelled: bool) -> alt.Y:
    """The axis of persons from zero, the same in every panel; its highest label stays below the heading."""
    step = next(s * 10.0**p for p in range(9) for s in (1, 2, 5) if high / (s * 10.0**p) <= 4)
    ticks = [float(tick) for tick in np.arange(0, high + 1e-9, step)]
    return _vertical(0, max(high, ticks[-1] + 0.1 * high), ticks, "format(datum.value, ',.0f')", labelled)


def _signed(low: float, labelled: bool) -> alt.Y:
    """The axis of skill, from the lowest drawn to a little above 1."""
    ticks = [tick for tick in (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0) if tick >= low]
    return _vertical(low, 1.15, ticks, "datum.value == 0 ? '0' : format(datum.value, '+.1f')", labelled)


def _vertical(low: float, high: float, ticks: list[float], said: str, labelled: bool) -> alt.Y:
    """A vertical axis with lines at `ticks`; only the first panel of a row has labels."""
    room = {"minExtent": theme.LEFT, "maxExtent": theme.LEFT} if labelled else {"labels": False}
    axis = alt.Axis(labelExpr=said, values=ticks, title=None, domain=False, ticks=False, **room)
    return alt.Y("y:Q", scale=alt.Scale(domain=[low, high], nice=False), axis=axis)


def _titled(chart: theme.Part, title: str) -> theme.Part:
    return chart.properties(
        title=alt.TitleParams(text=title, anchor="start", frame="group", fontSize=theme.SMALL, offset=4)
    )


def _skills(found: Backtest, theory: str) -> theme.Part:
    """Skill of a theory against each baseline by years ahead: a panel for women, men and both."""
    skill = found.skill
    mine = skill[(skill["model"] == theory) & skill["against"].isin(BASELINES) & (skill["horizon"] != ALL)]
    low = min(-0.25, max(float(mine["crps"].min()), _LOWEST))
    width = (theme.WIDTH - 2 * _GAP) / 3
    panels = []
    for i, quantity in enumerate(theme.COLOURS):
        frame = mine[mine["quantity"] == quantity]
        frame = pd.DataFrame(
            {"x": frame["horizon"], "y": frame["crps"].clip(lower=low), "against": frame["against"], "sex": quantity}
        )
        axis = alt.Axis(values=list(horizons(found)), format="d", title=None, grid=False)
        span = alt.Scale(domain=[min(horizons(found)) - 0.3, max(horizons(found)) + 0.3], nice=False)
        x = alt.X("x:Q", scale=span, axis=axis)
        y = _signed(low, i == 0)
        dash = alt.StrokeDash("against:N", scale=alt.Scale(domain=list(_DASHES), range=list(_DASHES.values())))
        lines = alt.Chart(frame).mark_line(strokeWidth=2.2, point=alt.OverlayMarkDef(size=40, filled=True))
        level = alt.Chart(pd.DataFrame({"y": [0.0]})).mark_rule(color="#5a5a5a").encode(y=y)
        drawn = lines.encode(x=x, y=y, strokeDash=dash.legend(None), color=theme.sexes())
        panels.append(_titled(alt.layer(level, drawn).properties(width=width, height=_TALL), theme.NAMES[quantity]))
    heading = (
        "Skill by years ahead, 1 - CRPS / that of the baseline; below 0 the baseline was better. "
        "Solid: last value. Dashed: drift. Dotted: trend in women's share."
    ) + (f" What is below {_LOWEST:g} is drawn there." if float(mine["crps"].min()) < _LOWEST else "")
    title = alt.TitleParams(
        text=theme.wrap(heading, theme.TEXT, theme.SHEET),
        anchor="start",
        frame="bounds",
        fontSize=theme.TEXT,
        fontWeight="normal",
        lineHeight=theme.TEXT + 4,
        offset=8,
    )
    return alt.hconcat(*panels, spacing=_GAP).properties(title=title)


def _words(found: Backtest, theory: str, mine: list[Forecast]) -> theme.Words:
    skill = found.skill
    of = skill[(skill["model"] == theory) & (skill["quantity"] == "total") & (skill["horizon"] == ALL)]
    beaten = [name for name in BASELINES if float(of[of["against"] == name]["crps"].iloc[0]) > 0]
    each = found.each[(found.each["model"] == theory) & (found.each["quantity"] == "total")]
    held = percent(float(each["covered_80"].mean()))
    failed = sum(not one.sound for one in found.refits if one.theory == theory)
    title = f"{theory} forecast the total better than {len(beaten)} of {len(BASELINES)} baselines"
    where = found.case.destination
    return theme.Words(
        title,
        f"Arrivals in {where}, persons per calendar year, as forecast at the end of {mine[0].origin} to "
        f"{mine[-1].origin}; the 80 % bands of the total hold {held} of {len(each)} counts. Orange: women. Blue: men. "
        "Bands: 50, 80 and 95 % of the forecast. Line: median. Dots: counts known; rings: counts to come.",
        f"Data: {sources(found.case)}. Case: {found.case.title} ({found.case.name}, {found.case.hash[:8]}). "
        f"Theory: {theory}, estimated anew at each origin, {found.plan.agents:,} agents a run, seed {found.plan.seed}"
        f"{f'; {failed} of {len(mine)} posteriors FAILED DIAGNOSTICS' if failed else ''}. "
        "Policies of the years ahead are taken as they came.",
    )

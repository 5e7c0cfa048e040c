"""Forecasts as fans over the counts: of worlds to come, and of a theory from each origin with its skill beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from tumen.case import SEXES
from tumen.case.inputs import BASE
from tumen.infer.forecasts import ALL, BASELINES
from tumen.plots import theme
from tumen.summary.backtest import horizons
from tumen.summary.draws import Floats, bands
from tumen.summary.forecast import three, world_name
from tumen.summary.formatting import cited_counts, named_case, percent, sentence

if TYPE_CHECKING:
    from tumen.case import Case
    from tumen.experiment.forecast import Forecast
    from tumen.infer.backtest import Backtest
    from tumen.infer.forecasts import Forecast as FromOrigin

#: Heights of panels in pixels: of a world, of an origin, of skill.
_HEIGHT, _LOW, _TALL = 190, 105, 150
#: Counted years shown before a forecast, and before the first origin.
_BEFORE, _BEFORE_ORIGINS = 8, 6
_LOWEST = -2.0  # skill below is drawn here, which the heading then says
_DASHES = {"last_value": [1, 0], "drift": [6, 4], "share_trend": [2, 3]}


def worlds(found: Forecast) -> alt.VConcatChart:
    """Fans of women and men after the counts, a panel for each world."""
    counts = _counts(found.case)
    counts = counts[counts["x"] > found.origin - _BEFORE]
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
            layers += _fan(drawn, at, sex, x, y)
        layers.append(theme.dots(counts, x, y))
        panels.append(theme.panel(layers, sentence(world_name(world)), _HEIGHT))
    low, middle, most = three(found.persons(BASE)[:, -1])
    words = theme.Words(
        f"{found.years[-1]}: {middle:,.0f} arrivals as it stands, {low:,.0f} to {most:,.0f}",
        f"Arrivals in {found.case.destination}, persons per calendar year. Orange: women. Blue: men. Bands: 50, 80 and "
        "95 % of the forecast. Line: median. Dots: counts. The title gives the median and the 80 % interval.",
        f"{named_case(found.case)} Theory: {found.theory}; {found.used} draws of its posterior. "
        f"{' '.join(found.assumed)}",
    )
    return theme.sheet(panels, words)


def _counts(case: Case) -> pd.DataFrame:
    """Fitted counts of the single years of the case: columns x, y, sex."""
    table = case.arrivals
    single = table[(table["role"] == "fit") & (table["year_start"] == table["year_end"]) & table["sex"].isin(SEXES)]
    return pd.DataFrame({"x": single["year_start"], "y": single["persons"].astype(float), "sex": single["sex"]})


def _fan(draws: Floats, at: Floats, sex: str, x: alt.X, y: alt.Y) -> list[theme.Part]:
    """Bands and median of the draws of one sex."""
    return [*theme.areas(bands(draws, at, sex), x, y), theme.lines(theme.line(draws, at, sex), x, y, 2.0)]


def origins(found: Backtest, theory: str) -> alt.VConcatChart:
    """Fans of women and men from each origin with the counts, then skill in CRPS. `theory`: one of the backtest's."""
    mine = [one for one in found.forecasts if one.model == theory]
    counts = _counts(found.case)
    first, last = min(one.origin for one in mine) - _BEFORE_ORIGINS, max(one.years[-1] for one in mine)
    counts = counts[counts["x"].between(first, last)]
    high = max(float(counts["y"].max()), *(float(np.quantile(one.draws, 0.975, axis=0).max()) for one in mine))
    x = theme.across(theme.round_years(first, last, 4), first - 0.4, last + 0.4, theme.SMALL)
    panels = [_origin(one, counts, x, _persons(high, i % 2 == 0)) for i, one in enumerate(mine)]
    return theme.sheet([*theme.in_twos(panels), _skills(found, theory)], _words(found, theory, mine))


def _origin(one: FromOrigin, counts: pd.DataFrame, x: alt.X, y: alt.Y) -> theme.Part:
    """Bands of the years ahead, which begin at the last count known; known counts as dots, those to come hollow."""
    known, coming = counts[counts["x"] <= one.origin], counts[counts["x"] > one.origin]
    at = np.array([one.origin, *one.years], dtype=float)
    begun = known[known["x"] == one.origin].set_index("sex")["y"]
    layers = list[theme.Part]()
    for i, sex in enumerate(SEXES):
        layers += _fan(np.column_stack([np.full(len(one.draws), begun[sex]), one.draws[..., i]]), at, sex, x, y)
    for some, filled in ((known, True), (coming, False)):
        mark = alt.Chart(some).mark_point(filled=filled, size=26, opacity=1, strokeWidth=1.6)
        layers.append(mark.encode(x=x, y=y, color=theme.sexes()))
    return theme.small(layers, f"Known to the end of {one.origin}", theme.HALF, _LOW)


def _persons(high: float, labelled: bool) -> alt.Y:
    """The axis of persons from zero, the same in every panel; its highest label stays below the heading."""
    step = next(s * 10.0**p for p in range(9) for s in (1, 2, 5) if high / (s * 10.0**p) <= 4)
    ticks = [float(tick) for tick in np.arange(0, high + 1e-9, step)]
    scale = alt.Scale(domain=[0, max(high, ticks[-1] + 0.1 * high)], nice=False)
    return alt.Y("y:Q", scale=scale, axis=theme.upright("format(datum.value, ',.0f')", ticks, labelled))


def _skills(found: Backtest, theory: str) -> theme.Part:
    """Skill of a theory against each baseline by years ahead: a panel for women, men and both."""
    skill, ahead = found.skill, horizons(found)
    mine = skill[(skill["model"] == theory) & skill["against"].isin(BASELINES) & (skill["horizon"] != ALL)]
    least = float(mine["crps"].min())
    low = min(-0.25, max(least, _LOWEST))
    ticks = [tick for tick in (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0) if tick >= low]
    scale, said = alt.Scale(domain=[low, 1.15], nice=False), "datum.value == 0 ? '0' : format(datum.value, '+.1f')"
    x = theme.across(ahead, min(ahead) - 0.3, max(ahead) + 0.3, theme.TEXT)
    panels = []
    for i, quantity in enumerate(theme.COLOURS):
        frame = mine[mine["quantity"] == quantity]
        frame = frame.assign(x=frame["horizon"], y=frame["crps"].clip(lower=low), sex=quantity)
        y = alt.Y("y:Q", scale=scale, axis=theme.upright(said, ticks, i == 0))
        lines = alt.Chart(frame[["x", "y", "against", "sex"]]).mark_line(
            strokeWidth=2.2, point=alt.OverlayMarkDef(size=40, filled=True)
        )
        level = alt.Chart(pd.DataFrame({"y": [0.0]})).mark_rule(color="#5a5a5a").encode(y=y)
        drawn = lines.encode(x=x, y=y, strokeDash=theme.dashes("against", _DASHES), color=theme.sexes())
        panels.append(theme.small([level, drawn], theme.NAMES[quantity], (theme.WIDTH - 2 * theme.GAP) / 3, _TALL))
    heading = (
        "Skill by years ahead, 1 - CRPS / that of the baseline; below 0 the baseline was better. "
        "Solid: last value. Dashed: drift. Dotted: trend in women's share."
    ) + (f" What is below {_LOWEST:g} is drawn there." if least < _LOWEST else "")
    return alt.hconcat(*panels, spacing=theme.GAP).properties(title=theme.headed(heading, bold=False))


def _words(found: Backtest, theory: str, mine: list[FromOrigin]) -> theme.Words:
    skill = found.skill
    of = skill[(skill["model"] == theory) & (skill["quantity"] == "total") & (skill["horizon"] == ALL)]
    beaten = [name for name in BASELINES if float(of[of["against"] == name]["crps"].iloc[0]) > 0]
    each = found.each[(found.each["model"] == theory) & (found.each["quantity"] == "total")]
    held = percent(float(each["covered_80"].mean()))
    failed = sum(not one.sound for one in found.refits if one.theory == theory)
    return theme.Words(
        f"{theory} forecast the total better than {len(beaten)} of {len(BASELINES)} baselines",
        f"Arrivals in {found.case.destination}, persons per calendar year, as forecast at the end of {mine[0].origin} "
        f"to {mine[-1].origin}; the 80 % bands of the total hold {held} of {len(each)} counts. Orange: women. Blue: "
        "men. Bands: 50, 80 and 95 % of the forecast. Line: median. Dots: counts known; rings: counts to come.",
        f"Data: {cited_counts(found.case, 'fit')}. {named_case(found.case)} "
        f"Theory: {theory}, estimated anew at each origin, {found.plan.agents:,} agents a run, seed {found.plan.seed}"
        f"{f'; {failed} of {len(mine)} posteriors FAILED DIAGNOSTICS' if failed else ''}. "
        "Policies of the years ahead are taken as they came.",
    )

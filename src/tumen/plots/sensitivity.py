"""Figures of a sensitivity analysis: a tornado of elementary effects, and how factors interact."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import altair as alt
import numpy as np
import pandas as pd

from tumen.experiment.sensitivity.morris import Morris
from tumen.experiment.sensitivity.outcomes import in_words, scale
from tumen.experiment.sensitivity.sobol import Sobol
from tumen.experiment.sensitivity.study import Sensitivity
from tumen.plots import theme
from tumen.summary.formatting import between
from tumen.summary.sensitivity import FIXED_MARK, label

#: Factors of a tornado, and those that are named in the plot of sigma against mu*.
BARS, NAMED = 15, 7
_ROW = 24
#: Where the bars of a tornado begin and end across the panel, between names and values.
_FIRST, _LAST = 150, 408
#: Neither women's colour nor men's: the low end light, the high end dark.
LOW_END, HIGH_END = "#9fb8a6", "#2f6b45"


def tornado(found: Sensitivity, outcome: str) -> alt.VConcatChart:
    """A bar for each factor: the outcome at the low and the high end of its range; mu* with its interval beside."""
    one, times = found.morris[outcome], scale(outcome)
    which = [i for i in one.order[:BARS] if one.mu_star[i] > 0] or one.order[:1]
    estimated = found.region.space.size
    names = [_short(one.names[i], one.names, i >= estimated) for i in which]
    middle, decimals = times * one.middle, 1 if times > 1 else 0
    bars = pd.DataFrame(
        [
            {"factor": name, "from": middle, "to": middle + times * side * one.mu[i] / 2, "end": end}
            for name, i in zip(names, which, strict=True)
            for side, end in ((-1, "low"), (1, "high"))
        ]
    )
    reach = max(float(np.abs(bars["to"] - middle).max()), 1e-9) * 1.08
    y = theme.named_rows("factor", names)
    across = alt.Scale(domain=[middle - reach, middle + reach], nice=False, range=[_FIRST, _LAST])
    axis = alt.Axis(title=None, format=f",.{decimals}f", tickCount=5, labelFontSize=theme.SMALL, labelFlush=True)
    x = alt.X("from:Q", scale=across, axis=axis)
    colour = alt.Color("end:N", scale=alt.Scale(domain=["low", "high"], range=[LOW_END, HIGH_END]), legend=None)
    drawn = alt.Chart(bars).mark_bar(height=14).encode(x=x, x2="to:Q", y=y, color=colour)
    line = alt.Chart(pd.DataFrame({"from": [middle]})).mark_rule(color=theme.INK).encode(x=x)
    texts = [between(times * one.mu_star[i], *(times * one.mu_star_ends[i]), decimals=decimals) for i in which]
    left = theme.beside(pd.DataFrame({"factor": names, "text": names}), "text", y, _FIRST - 8, "right")
    right = theme.beside(pd.DataFrame({"factor": names, "text": texts}), "text", y, _LAST + 10, "left")
    panel = theme.panel([drawn, line, left, right], "", _ROW * len(names))
    return theme.sheet([panel], _tornado_words(found, outcome, one))


def interactions(found: Sensitivity, outcome: str) -> alt.VConcatChart:
    """Sobol indices of pairs where there are any, else sigma against mu* of the elementary effects."""
    sobol = found.sobol.get(outcome)
    if isinstance(sobol, Sobol) and len(sobol.paired) > 1:
        return theme.sheet([_pairs(sobol)], _pairs_words(found, outcome, sobol))
    return theme.sheet([_spread(found.morris[outcome], outcome)], _spread_words(found, outcome))


def _short(name: str, among: Sequence[str], fixed: bool = False) -> str:
    """A label that fits its room; a fixed input is marked."""
    words, mark = label(name, among), f" {FIXED_MARK}" if fixed else ""
    while theme.extent(words + mark, theme.SMALL) > theme.LEFT + _FIRST - 12:
        words = words[:-2].rstrip() + "…"
    return words + mark


def _tornado_words(found: Sensitivity, outcome: str, one: Morris) -> theme.Words:
    first = _short(one.names[one.order[0]], one.names)
    beyond = [i for i in one.order if one.mu_star[i] > one.chance]
    counted = f"{len(beyond)} of {len(one.names)} factors move it by more than chance may"
    unit = in_words(outcome).rpartition(", ")[2]
    said = in_words(outcome).removesuffix(f", {unit}")
    return theme.Words(
        f"{said[0].upper()}{said[1:]} is moved most by {first}",
        f"{'In percent' if unit == 'points' and not outcome.startswith('effect') else unit.capitalize()}, "
        f"{found.span.first}-{found.span.last}. Bars: low (light) and high end (dark) of each factor, the mean over "
        f"places in the box. Right: mu*, the mean size of the effect (95 % interval); {FIXED_MARK}: not estimated.",
        f"{_source(found)} {one.trajectories} trajectories of {len(one.names) + 1} runs. {counted} "
        f"({scale(outcome) * one.chance:,.{int(scale(outcome) > 1)}f}).",
    )


def _source(found: Sensitivity) -> str:
    return (
        f"Case: {found.case}. Theory: {found.theory}; box: central 80 % of each parameter of its posterior, and fixed "
        f"inputs over ranges that are mostly assumed. {found.agents:,} agents a run, one random seed."
    )


def _spread(one: Morris, outcome: str) -> theme.Part:
    """sigma against mu*, with the names of the largest."""
    times = scale(outcome)
    frame = pd.DataFrame({"x": times * one.mu_star, "y": times * one.sigma})
    top_x, top_y = 1.05 * max(float(frame["x"].max()), 1e-9), 1.12 * max(float(frame["y"].max()), 1e-9)
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, top_x], nice=False), axis=alt.Axis(title="mu*", tickCount=5))
    y = alt.Y("y:Q", scale=alt.Scale(domain=[0, top_y], nice=False), axis=alt.Axis(title="sigma", tickCount=5))
    ends = min(top_x, top_y)
    line = pd.DataFrame({"x": [0, ends], "y": [0, ends]})
    height = 320
    which = [i for i in one.order[:NAMED] if one.mu_star[i] > 0]
    named = frame.iloc[which].assign(text=[_short(one.names[i], one.names) for i in which])
    named["y"] = theme.spread(list(named["y"]), 1.3 * theme.SMALL * top_y / height, top_y)
    named["right"] = named["x"] > top_x / 2
    layers = [
        alt.Chart(line).mark_line(strokeDash=[4, 3], color=theme.GREY, strokeWidth=1).encode(x=x, y=y),
        alt.Chart(frame).mark_point(filled=True, size=50, color=HIGH_END, opacity=0.9).encode(x=x, y=y),
    ]
    for right in (False, True):
        some = named[named["right"] == right]
        text = alt.Chart(some).mark_text(
            align="right" if right else "left", dx=-9 if right else 9, fontSize=theme.SMALL
        )
        layers.append(text.encode(x=x, y=y, text="text:N"))
    return theme.panel(layers, "", height)


def _spread_words(found: Sensitivity, outcome: str) -> theme.Words:
    one = found.morris[outcome]
    above = int(sum(one.sigma[i] > one.mu_star[i] for i in one.order[:BARS]))
    return theme.Words(
        f"Of the {min(BARS, len(one.names))} strongest factors {above or 'none'} have effects that vary by more than "
        "their size",
        f"Effects on {in_words(outcome)}, {found.span.first}-{found.span.last}: mean size (mu*) and standard "
        "deviation (sigma). Above the dashed line an effect varies by more than its size: it is curved, depends on "
        "other factors, or is chance.",
        f"{_source(found)} {one.trajectories} trajectories.",
    )


def _pairs(one: Sobol) -> theme.Part:
    """A table of the second-order indices of the factors with the largest total indices."""
    names = [_short(one.names[i], one.names) for i in one.paired]
    rows = []
    for a, b in combinations(range(len(names)), 2):
        told, points = one.pairs[a, b] > one.pairs_width[a, b], 100 * one.pairs[a, b]
        rows.append((names[a], names[b], points if told else 0.0, f"{points:.1f}" if told else "·"))
    frame = pd.DataFrame(rows, columns=["a", "b", "value", "text"])
    room = alt.Scale(range=[_FIRST, theme.WIDTH])
    slanted = alt.Axis(title=None, labelAngle=-40, labelFontSize=theme.SMALL, labelLimit=0, ticks=False, domain=False)
    x = alt.X("b:N", sort=names, scale=room, axis=slanted)
    y = theme.named_rows("a", names)
    left = alt.Chart(pd.DataFrame({"a": names[:-1]})).mark_text(align="right", fontSize=theme.SMALL, clip=False)
    top = max(float(frame["value"].max()), 1.0)
    colour = alt.Color("value:Q", scale=alt.Scale(domain=[0, top], range=["#f3f6f4", HIGH_END]), legend=None)
    cells = alt.Chart(frame).mark_rect(stroke=theme.PAPER).encode(x=x, y=y, color=colour)
    dark = alt.condition(f"datum.value > {0.6 * top}", alt.value(theme.PAPER), alt.value(theme.INK))
    text = alt.Chart(frame).mark_text(fontSize=theme.SMALL).encode(x=x, y=y, text="text:N", color=dark)
    labels = left.encode(y=y, x=alt.value(_FIRST - 8), text="a:N")
    return theme.panel([cells, text, labels], "", 34 * (len(names) - 1))


def _pairs_words(found: Sensitivity, outcome: str, one: Sobol) -> theme.Words:
    together = 100 * float(max(1 - one.first.sum(), 0))
    any_told = bool((one.pairs > one.pairs_width).any())
    return theme.Words(
        f"Factors acting together make about {together:.0f} % of the variance"
        + ("" if any_told else ", and no pair is told from zero"),
        f"Variance of {in_words(outcome).rpartition(', ')[0]}, {found.span.first}-{found.span.last}, that "
        "belongs to pairs (second-order Sobol indices, %), among the factors with the largest total "
        "indices. Dot: not told from zero.",
        f"{_source(found)} Indices are of an emulator that tells {one.q2:.2f} of the variance of runs not seen.",
    )

"""What the counts pin down: contraction of every parameter, trade-offs between them, and the two keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from tumen.plots import theme
from tumen.plots.posterior import source, standing
from tumen.summary import identified
from tumen.summary.draws import Floats
from tumen.summary.identified import IDENTIFIED, UNTOUCHED, Known
from tumen.summary.posterior import said_of_keys

if TYPE_CHECKING:
    from tumen.case import Case
    from tumen.infer.posterior import Posterior

_ROW = 18
_LETTERS = 46  # of a parameter's name
_FIRST = (246.0, 366.0)  # where the axis of contraction runs within the plotting area
_SECOND = (392.0, 540.0)  # and that of the place in the prior
_HALF = 1.6448536269514722  # standard deviations that hold 90 % of a normal
_OPEN, _SHUT = "#b9b9b9", theme.BOTH
#: The exponent is drawn between these; what lies beyond stands at the ends.
CLIP = (-5.0, 1.0)
# The minus sign that the axis would set by itself is not in every font.
_SIGNED = "(datum.value < 0 ? '-' : '') + format(abs(datum.value), '~g')"
_CLIPPED = f"(datum.value == {CLIP[0]:g} ? '<= ' : '') + {_SIGNED}"


def contraction(found: Posterior, case: Case | None = None) -> alt.VConcatChart:
    """Every parameter by contraction, and where its posterior lies in its prior."""
    known = sorted(identified.parameters(found, case), key=lambda each: -each.contraction)
    spans = [(each.shift, each.shift - _HALF * each.sd, each.shift + _HALF * each.sd) for each in known]
    frame = pd.DataFrame(spans, columns=["shift", "low", "high"]).assign(
        place=np.arange(len(known), dtype=float),
        label=[each.label.short(_LETTERS) for each in known],
        contraction=[min(max(each.contraction, 0.0), 1.0) for each in known],
    )
    y = theme.numbered_rows(len(known))
    layers = [*_first(frame, y), *_second(frame, y)]
    words = theme.Words(
        standing(found, case, _counted(known)),
        "Left: contraction, 1 less the ratio of posterior to prior variance; identified above "
        f"{IDENTIFIED:g}, untouched below {UNTOUCHED:g} (dashed); below 0 drawn at 0. Right: mean and 90 % of the "
        "posterior in standard deviations of the prior, whose own 90 % is shaded.",
        source(found, case),
    )
    return theme.sheet([theme.panel(layers, "", _ROW * len(known))], words)


def _counted(known: list[Known]) -> str:
    return (
        f"The counts identify {len(identified.identified(known))} of {len(known)} parameters and leave "
        f"{len(identified.untouched(known))} about as they were"
    )


def _first(frame: pd.DataFrame, y: alt.Y) -> list[theme.Part]:
    """Names, and a dot on a bar from zero for the contraction."""
    axis = alt.Axis(values=[0, 0.5, 1], format="~g", title=None, orient="top", grid=False)
    scale = alt.Scale(domain=[0, 1], range=list(_FIRST), nice=False)
    x = alt.X("contraction:Q", scale=scale, axis=axis)
    limits = pd.DataFrame({"contraction": [UNTOUCHED, IDENTIFIED]})
    bar, dot = _from_zero(frame, "contraction", x, y, 55)
    return [theme.rule(limits, dashed=True).encode(x=x), theme.beside(frame, "label", y, -theme.LEFT, "left"), bar, dot]


def _from_zero(frame: pd.DataFrame, column: str, x: alt.X, y: alt.Y, size: int) -> list[theme.Part]:
    """A bar from zero to each number, and a dot of `size` on its end."""
    bar = alt.Chart(frame.assign(zero=0.0)).mark_rule(strokeWidth=3, color=_OPEN)
    dot = alt.Chart(frame).mark_point(filled=True, size=size, opacity=1, color=_SHUT)
    return [bar.encode(x=theme.like(x, "zero"), x2=f"{column}:Q", y=y), dot.encode(x=x, y=y)]


def _second(frame: pd.DataFrame, y: alt.Y) -> list[theme.Part]:
    """Mean and 90 % of the posterior over the shaded 90 % of the prior; one scale of its own, drawn by hand."""
    furthest = max(2.5, float(frame[["low", "high"]].abs().to_numpy().max()))

    def at(values: pd.Series[float] | float) -> pd.Series[float] | float:
        return _SECOND[0] + (values + furthest) / (2 * furthest) * (_SECOND[1] - _SECOND[0])

    placed = frame.assign(**{name: at(frame[name]) for name in ("low", "high", "shift")})
    height = _ROW * len(frame)
    whole = pd.DataFrame({"low": [at(-_HALF)], "high": [at(_HALF)]})
    reach = int(furthest)
    ticks = pd.DataFrame({"x": [at(float(v)) for v in (-reach, 0, reach)], "text": [f"{-reach}", "0", f"+{reach}"]})
    shade = alt.Chart(whole).mark_rect(color="#ececec")
    tick = alt.Chart(ticks).mark_text(baseline="bottom", fontSize=theme.TEXT, color=theme.MUTED, clip=False)
    line = alt.Chart(placed).mark_rule(strokeWidth=2.5, color=theme.GREY)
    dot = alt.Chart(placed).mark_point(filled=True, size=55, opacity=1, color=_SHUT)
    return [
        shade.encode(x=_pixels("low"), x2="high:Q", y=alt.value(0), y2=alt.value(height)),
        alt.Chart(ticks[ticks["text"] == "0"]).mark_rule(color="#9a9a9a").encode(x=_pixels("x")),
        line.encode(x=_pixels("low"), x2="high:Q", y=y),
        dot.encode(x=_pixels("shift"), y=y),
        tick.encode(x=_pixels("x"), y=alt.value(-10), text="text:N"),
    ]


def _pixels(column: str) -> alt.X:
    """A column that holds places in the drawing already."""
    return alt.X(f"{column}:Q", scale=None, axis=None)


def pairs(found: Posterior, case: Case | None = None) -> alt.VConcatChart | str:
    """The strongest correlations between two parameters; or why there is no such figure."""
    strongest = identified.tradeoffs(found, case)
    if not strongest:
        return "fewer than two parameters move"
    told = [(pair.first.short(_LETTERS), pair.second.short(_LETTERS), pair.correlation) for pair in strongest]
    frame = pd.DataFrame(told, columns=["first", "second", "correlation"])
    frame["place"] = np.arange(len(frame), dtype=float)
    y = theme.numbered_rows(len(frame))
    axis = alt.Axis(values=[-1, -0.5, 0, 0.5, 1], labelExpr=_SIGNED, title=None, orient="top")
    scale = alt.Scale(domain=[-1, 1], range=[270, theme.WIDTH + 40], nice=False)
    x = alt.X("correlation:Q", scale=scale, axis=axis)
    layers = [
        *_from_zero(frame, "correlation", x, y, 60),
        theme.beside(frame, "first", y, -theme.LEFT, "left").encode(yOffset=alt.value(-8)),
        theme.beside(frame, "second", y, -theme.LEFT, "left").encode(yOffset=alt.value(8)),
    ]
    top = strongest[0].correlation
    words = theme.Words(
        standing(found, case, f"The strongest trade-off is a correlation of {top:+.2f}"),
        f"The {len(strongest)} pairs of parameters most strongly correlated in the posterior: what the counts pin "
        "down only together. In coordinates in which every prior is standard normal.",
        source(found, case),
    )
    return theme.sheet([theme.panel(layers, "", 44 * len(frame))], words)


def keys(found: Posterior, case: Case | None = None) -> alt.VConcatChart | str:
    """The exponent r and what vanishes without either key, before and after the counts; or why there is no figure."""
    held, needed = identified.exponents(found), identified.necessity(found)
    if held is None and not needed:
        return "the theory has neither an exponent nor keys to take away"
    panels = []
    if held is not None:
        edges = np.arange(CLIP[0], CLIP[1] + 0.125, 0.25)
        before, after = held
        axis = alt.Axis(values=[-5, -4, -3, -2, -1, 0, 1], labelExpr=_CLIPPED, title=None, grid=False)
        heading = "Exponent r: both keys are necessary at and below 0"
        panels.append(_histogram(before, after, edges, axis, heading, 0.0))
    for taken, (expected, draws) in needed.items():
        axis = alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], labelExpr=theme.PERCENT, title=None, grid=False)
        heading = f"Departures that vanish without {taken}"
        panels.append(_histogram(expected, draws, np.linspace(0, 1, 21), axis, heading, None))
    words = theme.Words(
        standing(found, case, said_of_keys(identified.both_needed(found)).rstrip(".")),
        "Share of the draws by value. Filled: posterior. Line: prior. Values beyond the axis stand at its ends.",
        source(found, case),
    )
    return theme.sheet(panels, words)


def _histogram(
    before: Floats | None, after: Floats, edges: Floats, axis: alt.Axis, heading: str, mark: float | None
) -> theme.Part:
    """Shares of draws by value: the posterior filled, the prior as a line over it."""
    frames = []
    for of, draws in (("prior", before), ("posterior", after)):
        if draws is not None:
            known = np.clip(draws[~np.isnan(draws)], edges[0], edges[-1])
            share = np.histogram(known, edges)[0] / max(len(known), 1)
            frames.append(pd.DataFrame({"low": edges[:-1], "high": edges[1:], "y": share, "of": of}))
    frame = pd.concat(frames, ignore_index=True)
    scale = alt.Scale(domain=[float(edges[0]), float(edges[-1])], nice=False)
    x = alt.X("low:Q", scale=scale, axis=axis)
    y = theme.amounts(1.05 * float(frame["y"].max()), percent=True)
    foot = alt.Chart(frame[frame["of"] == "posterior"].assign(zero=0.0))
    bars = foot.mark_rect(color=_OPEN, stroke=theme.PAPER, strokeWidth=1)
    layers: list[theme.Part] = [bars.encode(x=x, x2="high:Q", y=y, y2="zero:Q")]
    if before is not None:
        steps = frame[frame["of"] == "prior"]
        ended = pd.concat([steps, steps.tail(1).assign(low=steps["high"].max())])
        line = alt.Chart(ended).mark_line(interpolate="step-after", color=theme.BOTH, strokeWidth=2)
        layers.append(line.encode(x=x, y=y))
    if mark is not None:
        layers.append(theme.rule(pd.DataFrame({"low": [mark]}), dashed=True).encode(x=x))
    return theme.panel(layers, heading, 130)

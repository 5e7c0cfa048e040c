"""One look for every figure: colours, type sizes, where the title, the units and the sources stand.

The rule a reader needs to know: a line is the model, a dot is data, orange is women, blue is men, grey is both.
Figures are as wide as a phone can show without the text becoming unreadable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, TypeVar

import altair as alt
import pandas as pd

from tumen.summary.draws import Floats, median

#: part of a figure; what altair's own types say of layers, panels and rows of them differs from call to call
Part = Any
Channel = TypeVar("Channel", alt.X, alt.Y)

WOMEN, MEN, BOTH = "#c8500a", "#0068a8", "#3a3a3a"
INK, MUTED, RULE, PAPER, GREY = "#1c1c1c", "#595959", "#e3e3e3", "#ffffff", "#8a8a8a"
COLOURS = {"female": WOMEN, "male": MEN, "total": BOTH}
NAMES = {"female": "Women", "male": "Men", "total": "Both"}

#: the renderer brings Liberation Sans along under the name sans-serif; Arial and Helvetica have the same widths, so
#: that an SVG shown elsewhere breaks its lines in the same places
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
WIDTH = 490  # of the plotting area
LEFT = 52  # room for the labels of a vertical axis
RIGHT = 58  # room for the labels at the end of lines
SHEET = LEFT + WIDTH + RIGHT
TITLE, TEXT, SMALL = 21, 15, 13
GAP = 16  # between panels that stand side by side
HALF = (WIDTH - GAP) / 2  # width of one of two
#: Labels of an axis of shares.
PERCENT = "format(datum.value * 100, '.0f') + ' %'"
_OPACITY = 0.2  # of one band; three lie on each other in the middle


@dataclass(frozen=True)
class Words:
    """What a figure says in words: what is seen, the units, and where it comes from."""

    title: str
    subtitle: str
    caption: str


def sheet(panels: Sequence[Part], words: Words) -> alt.VConcatChart:
    """The panels one below the other, under the title and above the caption."""
    caption = wrap(words.caption, SMALL, SHEET)
    below = alt.Chart(pd.DataFrame({"text": ["\n".join(caption)]}), width=WIDTH, height=16 * len(caption)).mark_text(
        align="left", baseline="top", fontSize=SMALL, color=MUTED, lineBreak="\n", lineHeight=16, dx=-LEFT, clip=False
    )
    foot = below.encode(text="text:N", x=alt.value(0), y=alt.value(0))
    title = alt.TitleParams(
        text=wrap(words.title, TITLE, SHEET, bold=True),
        subtitle=wrap(words.subtitle, TEXT, SHEET),
        anchor="start",
        frame="bounds",
        offset=14,
    )
    described = f"{words.title}. {words.subtitle} {words.caption}"
    stacked = alt.vconcat(*panels, foot, title=title, spacing=20, description=described)
    return stacked.configure(**_config())


def _config() -> dict[str, Any]:
    return {
        "font": FONT,
        "background": PAPER,
        "padding": 14,
        "view": {"stroke": None},
        "concat": {"spacing": 20},
        "title": {
            "fontSize": TITLE,
            "fontWeight": "bold",
            "color": INK,
            "lineHeight": TITLE + 5,
            "subtitleFontSize": TEXT,
            "subtitleColor": MUTED,
            "subtitleLineHeight": TEXT + 4,
            "subtitlePadding": 6,
        },
        "axis": {
            "labelFontSize": TEXT,
            "labelColor": MUTED,
            "titleFontSize": TEXT,
            "titleColor": MUTED,
            "gridColor": RULE,
            "domainColor": "#9a9a9a",
            "tickColor": "#9a9a9a",
            "labelPadding": 6,
        },
        "text": {"fontSize": TEXT, "color": INK},
    }


def years(first: float, last: float) -> alt.X:
    """The axis of years, the same for every panel of a sheet; labels stand at whole years, few enough to be read."""
    return across(round_years(first, last, 7), first, last, TEXT, flush=False)


def round_years(first: float, last: float, most: int) -> list[int]:
    """Whole years at round steps, about `most` of them."""
    step = next(step for step in (1, 2, 5, 10, 20, 50) if (last - first) / step <= most)
    return [year for year in range(int(first), int(last) + 1) if year % step == 0]


def across(ticks: Sequence[int], low: float, high: float, size: int, flush: bool = True) -> alt.X:
    """A horizontal axis of whole numbers from `low` to `high` with labels at `ticks`."""
    axis = alt.Axis(values=list(ticks), format="d", title=None, grid=False, labelFontSize=size, labelFlush=flush)
    return alt.X("x:Q", scale=alt.Scale(domain=[low, high], nice=False), axis=axis)


def amounts(high: float, percent: bool = False) -> alt.Y:
    """The vertical axis from zero, with few lines."""
    label = PERCENT if percent else f"format(datum.value, ',.{int(high < 8)}f')"
    return alt.Y("y:Q", scale=alt.Scale(domain=[0, high], nice=not percent), axis=upright(label))


def upright(label: str, ticks: Sequence[float] | None = None, labelled: bool = True, size: int = TEXT) -> alt.Axis:
    """A vertical axis of lines alone, `label` an expression; without labels it takes no room."""
    values, number = (alt.Undefined, 4) if ticks is None else (list(ticks), alt.Undefined)
    extent = LEFT if labelled else alt.Undefined
    return alt.Axis(
        labelExpr=label, labels=labelled, labelFontSize=size, values=values, tickCount=number, title=None, domain=False,
        ticks=False, minExtent=extent, maxExtent=extent,
    )  # fmt: skip


def named_rows(column: str, names: Sequence[str]) -> alt.Y:
    """A row for each name, from above to below; the names themselves are written by `beside`."""
    axis = alt.Axis(title=None, labels=False, ticks=False, domain=False, minExtent=LEFT, maxExtent=LEFT)
    return alt.Y(f"{column}:N", sort=list(names), axis=axis)


def numbered_rows(count: int) -> alt.Y:
    """A row for each `place` from 0 on, from above to below."""
    return alt.Y("place:Q", axis=None, scale=alt.Scale(domain=[count - 0.5, -0.5], nice=False))


def beside(frame: pd.DataFrame, column: str, y: alt.Y, place: float, align: Literal["left", "right"]) -> Part:
    """Small words of each row at `place` pixels from the left of the plotting area."""
    text = alt.Chart(frame).mark_text(align=align, fontSize=SMALL, color=INK, clip=False)
    return text.encode(x=alt.value(place), y=y, text=f"{column}:N")


def like(axis: Channel, column: str) -> Channel:
    """The same axis for another column of numbers."""
    return type(axis)(f"{column}:Q", scale=axis["scale"], axis=axis["axis"])


def panel(layers: Sequence[Part], heading: str, height: float) -> Part:
    """One panel with its heading, if it needs one, at the left edge of the sheet."""
    chart = alt.layer(*layers).properties(width=WIDTH, height=height)
    return chart.properties(title=headed(heading)) if heading else chart


def headed(heading: str, bold: bool = True) -> alt.TitleParams:
    """A heading at the left edge of the sheet, in as many lines as it needs."""
    return alt.TitleParams(
        text=wrap(heading, TEXT, SHEET, bold=bold), anchor="start", frame="bounds", fontSize=TEXT, lineHeight=TEXT + 4,
        offset=8, fontWeight="bold" if bold else "normal",
    )  # fmt: skip


def small(layers: Sequence[Part], heading: str | list[str], width: float, height: float) -> Part:
    """One of several panels side by side; its heading stands over it."""
    title = alt.TitleParams(text=heading, anchor="start", frame="group", fontSize=SMALL, lineHeight=SMALL + 3, offset=4)
    return alt.layer(*layers).properties(width=width, height=height, title=title)


def in_twos(panels: Sequence[Part]) -> list[Part]:
    """Rows of two panels side by side."""
    return [alt.hconcat(*panels[i : i + 2], spacing=GAP) for i in range(0, len(panels), 2)]


def rule(frame: pd.DataFrame, dashed: bool = False) -> alt.Chart:
    """A thin grey line for each row, to be encoded with the place where it stands."""
    return alt.Chart(frame).mark_rule(color=GREY, strokeDash=[4, 3] if dashed else alt.Undefined)


def banded(shown: pd.DataFrame, middle: pd.DataFrame, data: pd.DataFrame, x: alt.X, y: alt.Y) -> list[Part]:
    """Bands, the median line, spans of several years and dots, from below to above."""
    several = data[data["first"] < data["last"]]
    layers = [*areas(shown, x, y), lines(middle, x, y, 2.0), *spans(several, x, y)]
    if len(several):
        hollow = alt.Chart(several).mark_point(filled=True, fill=PAPER, size=62, opacity=1, strokeWidth=2)
        layers.append(hollow.encode(x=x, y=y, stroke=alt.Stroke("sex:N", scale=palette(), legend=None)))
    return [*layers, dots(data[data["first"] == data["last"]], x, y)]


def spans(several: pd.DataFrame, x: alt.X, y: alt.Y) -> list[Part]:
    """Bars over the years of joint counts: columns first, last, y, sex; none without any."""
    bar = alt.Chart(several).mark_rule(strokeWidth=2).encode(x=like(x, "first"), x2="last:Q", y=y, color=sexes())
    return [bar] if len(several) else []


def areas(shown: pd.DataFrame, x: alt.X, y: alt.Y, opacity: float = _OPACITY) -> list[Part]:
    """Central intervals as `tumen.summary.draws.bands` gives them, the widest below."""
    return [
        alt.Chart(shown[shown["level"] == level])
        .mark_area(opacity=opacity, line=False)
        .encode(x=x, y=like(y, "low"), y2="high:Q", color=sexes())
        for level in shown["level"].unique()
    ]


def line(draws: Floats, years: Floats, sex: str) -> pd.DataFrame:
    """The median over the draws: columns x, y, sex."""
    return pd.DataFrame({"x": years, "y": median(draws), "sex": sex}).dropna()


def lines(frame: pd.DataFrame, x: alt.X, y: alt.Y, width: float = 2.5) -> alt.Chart:
    """The model: a line for each sex; columns x, y, sex."""
    line = alt.Chart(frame).mark_line(strokeWidth=width, strokeJoin="round", clip=False)
    return line.encode(x=x, y=y, color=sexes(), detail="sex:N")


def dots(frame: pd.DataFrame, x: alt.X, y: alt.Y) -> alt.Chart:
    """Data: a dot with a white rim, for it to be seen on a line; columns x, y, sex."""
    dot = alt.Chart(frame).mark_point(filled=True, size=62, opacity=1, stroke=PAPER, strokeWidth=1.2)
    return dot.encode(x=x, y=y, fill=alt.Fill("sex:N", scale=palette(), legend=None))


def sexes() -> alt.Color:
    """Women orange, men blue, both grey, in every figure."""
    return alt.Color("sex:N", scale=palette(), legend=None)


def dashes(column: str, kinds: Mapping[str, Sequence[float]]) -> alt.StrokeDash:
    """Lines told apart by their dashes, `kinds`: value of the column to lengths in pixels."""
    return alt.StrokeDash(f"{column}:N", scale=alt.Scale(domain=list(kinds), range=list(kinds.values())), legend=None)


def palette() -> alt.Scale:
    """The colours of women, men and both."""
    return alt.Scale(domain=list(COLOURS), range=list(COLOURS.values()))


def ends(
    frame: pd.DataFrame, x: alt.X, y: alt.Y, high: float, height: int, names: Mapping[str, str] = NAMES
) -> alt.Chart:
    """The names of the lines at their right ends, moved apart where they would touch."""
    last = frame.sort_values("x").groupby("sex", as_index=False).last()
    last["y"] = spread(list(last["y"]), 1.25 * TEXT * high / height, high)
    last["name"] = last["sex"].map(names)
    text = alt.Chart(last).mark_text(align="left", dx=8, fontSize=TEXT, fontWeight="bold", clip=False)
    return text.encode(x=x, y=y, text="name:N", color=sexes())


def rule_at(value: float, y: alt.Y, label: str, drawn: pd.DataFrame, first: float, last: float) -> Part:
    """A thin dashed line across the panel; its meaning stands where the fewest of the `drawn` points (x, y) are."""
    at_end, below = min(
        ((at_end, below) for at_end in (False, True) for below in (False, True)),
        key=lambda corner: _crowd(drawn, value, first, last, *corner),
    )
    frame = pd.DataFrame({"y": [value], "label": [label]})
    line = rule(frame, dashed=True).encode(y=y)
    text = alt.Chart(frame).mark_text(
        align="right" if at_end else "left",
        baseline="top" if below else "bottom",
        dy=4 if below else -3,
        fontSize=SMALL,
        color=MUTED,
    )
    return alt.layer(line, text.encode(y=y, x=alt.value(WIDTH - 2 if at_end else 2), text="label:N"))


def _crowd(drawn: pd.DataFrame, value: float, first: float, last: float, at_end: bool, below: bool) -> int:
    """How many points lie where the label of a line would stand: a third of the width, a tenth of the unit high."""
    third = (last - first) / 3
    beside = drawn["x"] >= last - third if at_end else drawn["x"] <= first + third
    near = drawn["y"].between(value - 0.1, value) if below else drawn["y"].between(value, value + 0.1)
    return int((beside & near).sum())


def spread(places: list[float], gap: float, high: float) -> list[float]:
    """Move values apart until neighbours are `gap` from each other, within [0, high] and in the same order."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = list(places)
    for before, after in pairwise(order):
        short = gap - (moved[after] - moved[before])
        if short > 0:
            moved[before] -= short / 2
            moved[after] = moved[before] + gap
    if order:
        shift = max(0.0, -moved[order[0]]) - max(0.0, moved[order[-1]] - high)
        moved = [place + shift for place in moved]
    return moved


def wrap(text: str, size: float, width: float, bold: bool = False) -> list[str]:
    """Break a text into lines that fit `width` pixels at `size`; what cannot be printed becomes a question mark."""
    found: list[str] = [""]
    for word in "".join(letter if letter.isprintable() or letter.isspace() else "?" for letter in text).split():
        longer = f"{found[-1]} {word}".strip()
        if found[-1] and extent(longer, size, bold) > width:
            found.append(word)
        else:
            found[-1] = longer
    return found


def extent(text: str, size: float, bold: bool = False) -> float:
    """About how many pixels wide a text is in the figures' font; a little more rather than less."""
    narrow, wide = "iljtfrI.,:;'|!()[]- ", "mwMW%@"
    ems = sum(0.34 if c in narrow else 0.88 if c in wide else 0.7 if c.isupper() else 0.56 for c in text)
    return ems * size * (1.06 if bold else 1.0)

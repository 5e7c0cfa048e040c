"""Figure 3: the dated policies as timelines over the flow, with what other sources say as thinner bars below."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import altair as alt
import numpy as np
import pandas as pd

from tumen.case import Case, World
from tumen.plots import theme
from tumen.plots.policy_timeline import Account, PolicyTimeline, Segment, policy_timelines, value_text, with_reached
from tumen.result import Result
from tumen.summary.formatting import caption, cited, keys_of, titled
from tumen.summary.series import arrivals

_HEAD, _MAIN, _THIN, _SPACE, _BELOW = 20, 18, 14, 1, 7  # pixels
_FLOW = 170
_LETTERS, _SMALL = 13.0, 12.2  # sizes of the values in bars and of whom they bind; of what others say, and who they are
_MOMENT = 5.0  # width of what lasts a month: a month itself is too narrow to be seen
_PALE = 0.12


@dataclass(frozen=True)
class _Text:
    """Words at a time `x` and a height `y`, `inset` pixels to the right of it."""

    x: float
    y: float
    text: str
    size: float
    ink: str
    bold: bool = False
    inset: float = 0


@dataclass(frozen=True)
class _Span:
    """The axis of time: from a year to a year, over the width of the sheet's plotting area."""

    first: float
    last: float

    def pixels(self, start: float, end: float) -> float:
        return (end - start) / (self.last - self.first) * theme.WIDTH


def over_flow(result: Result, case: Case, world: World | None = None) -> alt.VConcatChart:
    """Policies in force in this run, aligned with arrivals by sex; `world` is the run's, else the case's own."""
    months = pd.DatetimeIndex(result.flows["month"].values)
    first = 12 * months[0].year + months[0].month - 1
    index = int(first) + np.arange(len(months))
    reached = result.flows["strength"].values if "strength" in result.flows else np.full(len(months), np.nan)
    found = with_reached(policy_timelines(case, world, int(first), len(months)), index, reached)
    span = _Span(first / 12, (first + len(months)) / 12)
    flow = _flow(result, span, case.destination)
    words = theme.Words(
        titled(result.record, _title(found, months[0].year, months[-1].year)),
        "Colour: whom it binds (orange women, blue men, grey both); the darker, the higher the value. "
        "Thin bars: what the case or other sources say instead.",
        caption(result, case, cited(case, keys_of(_sources(case, found)))),
    )
    return theme.sheet([_chart(found, span), flow] if found else [flow], words)


def _chart(found: list[PolicyTimeline], span: _Span) -> theme.Part:
    bars: list[dict[str, Any]] = []
    texts: list[_Text] = []
    top = 0.0
    for before, timeline in zip([None, *found], found, strict=False):
        if before is None or before.key != timeline.key:
            top += _BELOW if before else 0
            texts.append(_Text(span.first, top, timeline.title, theme.TEXT, theme.INK, bold=True, inset=-theme.LEFT))
            top += _HEAD
        whom = "" if timeline.sex == "total" else theme.NAMES[timeline.sex].lower()
        for number, account in enumerate(timeline.accounts):
            height = _THIN if number else _MAIN
            for segment in sorted(account.segments, key=lambda each: timeline.momentary and each.value > 0):
                bars.append(_bar(timeline, segment, top, height, span))
            _close_seams(bars, span)
            texts += _name(account.name or whom, span.first, top, height)
            texts += _values(timeline, account, top, height, span)
            top += height + _SPACE
    scale = alt.Scale(domain=[top, 0], nice=False)
    x, y = theme.years(span.first, span.last), alt.Y("y:Q", scale=scale, axis=None)
    rects = alt.Chart(pd.DataFrame(bars)).mark_rect()
    rects = rects.encode(x=x, x2="x2:Q", y=y, y2="y2:Q", fill=alt.Fill("fill:N", scale=None))
    edges = pd.DataFrame([bar for bar in bars if bar["edge"]])
    cuts = alt.Chart(edges).mark_rule(color=theme.PAPER, strokeWidth=1.5).encode(x=x, y=y, y2="y2:Q")
    layers = [_grid(span, x), rects, cuts, *_labels(pd.DataFrame(texts), x, y)]
    return theme.panel(layers, "", top)


def _labels(texts: pd.DataFrame, x: alt.X, y: alt.Y) -> Iterator[alt.Chart]:
    """Text marks, one layer for each size and weight."""
    for _, rows in texts.groupby(["size", "bold", "inset"]):
        like = rows.iloc[0]
        weight: Literal["bold", "normal"] = "bold" if bool(like["bold"]) else "normal"
        text = alt.Chart(rows).mark_text(
            align="left", baseline="top", dx=float(like["inset"]), clip=False, fontSize=float(like["size"]),
            fontWeight=weight,
        )  # fmt: skip
        yield text.encode(x=x, y=y, text="text:N", color=alt.Color("ink:N", scale=None))


def _values(timeline: PolicyTimeline, account: Account, top: float, height: float, span: _Span) -> Iterator[_Text]:
    """The values at dates, written into their bars where there is room; beside the bar where it is a moment."""
    size = _LETTERS if height == _MAIN else _SMALL
    drop = (height - size) / 2 + 0.5
    for number, segment in enumerate(account.segments):
        if segment.dated is None or (timeline.momentary and not segment.dated):
            continue
        text = value_text(segment.dated, timeline.unit)
        if number == 0 and not _fits(account.name, size):
            text = f"{account.name}: {text}"
        if timeline.momentary:
            yield _Text(segment.start, top + drop, text, size, theme.INK, inset=_MOMENT + 4)
        elif theme.extent(text, size) + 6 <= _room(account, number, span):
            yield _Text(segment.start, top + drop, text, size, _ink_on(_shade(timeline, segment.value)), inset=4)


def _name(text: str, start: float, top: float, height: float) -> Iterator[_Text]:
    """Whom a bar binds or whose account it is, in the margin, if it fits there."""
    size = _LETTERS if height == _MAIN else _SMALL
    if text and _fits(text, size):
        yield _Text(start, top + (height - size) / 2 + 0.5, text, size, theme.MUTED, inset=-theme.LEFT)


def _fits(text: str, size: float) -> bool:
    return theme.extent(text, size) <= theme.LEFT


def _room(account: Account, number: int, span: _Span) -> float:
    """Pixels from the beginning of a segment to that of the next one that begins at a date."""
    later = (other.start for other in account.segments[number + 1 :] if other.dated is not None)
    following = next(later, account.segments[-1].end)
    return span.pixels(account.segments[number].start, following)


def _bar(timeline: PolicyTimeline, segment: Segment, top: float, height: float, span: _Span) -> dict[str, Any]:
    wide = _MOMENT / span.pixels(0, 1) if timeline.momentary and segment.value else 0
    end = max(segment.end, segment.start + wide)
    edge = segment.dated is not None and segment.start > span.first and not timeline.momentary
    fill = _shade(timeline, segment.value)
    return {"x": segment.start, "x2": end, "y": top, "y2": top + height, "fill": fill, "edge": edge}


def _close_seams(bars: list[dict[str, Any]], span: _Span) -> None:
    """Let bars of a value on its way run a little under the next, so that no light shows between them."""
    for bar, following in pairwise(bars):
        if not following["edge"] and following["y"] == bar["y"] and following["x"] > bar["x"]:
            bar["x2"] = following["x"] + 1 / span.pixels(0, 1)


def _shade(timeline: PolicyTimeline, value: float) -> str:
    """The colour of the sex the policy binds, from pale to full; money and people by their logarithm."""
    if value <= 0:
        return "#f1f1f1"
    low, high = timeline.reach
    if timeline.unit in ("usd", "person") and low > 0:
        value, low, high = math.log(value), math.log(low), math.log(high)
    level = (value - low) / (high - low) if high > low else 0.5
    share, colour = _PALE + (0.92 - _PALE) * min(1.0, max(0.0, level)), theme.COLOURS[timeline.sex]
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(255 + share * (part - 255)):02x}" for part in parts)


def _ink_on(fill: str) -> str:
    """Black or white, whichever can be read on the colour (relative luminance after WCAG)."""
    parts = (int(fill[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return theme.INK if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else theme.PAPER


def _grid(span: _Span, x: alt.X) -> theme.Part:
    """A line every five years."""
    years = [year for year in range(math.ceil(span.first), int(span.last) + 1) if year % 5 == 0]
    return alt.Chart(pd.DataFrame({"x": years})).mark_rule(color=theme.RULE).encode(x=x)


def _flow(result: Result, span: _Span, destination: str) -> theme.Part:
    """Arrivals by sex; a year's count stands in the middle of its year."""
    table = arrivals(result)
    table = table[(table["sex"] != "total") & (table["year"] >= span.first) & (table["year"] < span.last)]
    middle = table.assign(x=table["year"] + 0.5)
    high = max(1.0, float(middle[["model", "data"]].max().max()))
    x, y = theme.years(span.first, span.last), theme.amounts(high)
    model, data = (middle.rename(columns={of: "y"}).dropna(subset=["y"]) for of in ("model", "data"))
    layers = [_grid(span, x), theme.lines(model, x, y), theme.dots(data, x, y), theme.ends(model, x, y, high, _FLOW)]
    return theme.panel(layers, f"Arrivals in {destination}, persons per year (line: model, dots: data)", _FLOW)


def _title(found: list[PolicyTimeline], first: int, last: int) -> str:
    changing = {timeline.key for timeline in found if len(timeline.accounts[0].segments) > 1}
    disputed = {timeline.key for timeline in found if timeline.contested}
    said = f"From {first} to {last}, {len(changing)} policies and prices changed"
    return said + (f"; sources disagree on {len(disputed)}" if disputed else "")


def _sources(case: Case, found: list[PolicyTimeline]) -> list[tuple[str, ...]]:
    """The sources of every value shown."""
    keys = dict.fromkeys(timeline.key for timeline in found)
    return [
        row.source
        for key in keys
        for name in ("base", *case.inputs[key].variants)
        for row in case.inputs[key].rows(name)
    ]

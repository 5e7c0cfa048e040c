"""A difference of two results as one picture: arrivals in both, women's share of them, and how the share differs."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from tumen.plots import theme
from tumen.summary.difference import Difference
from tumen.summary.difference_words import names, title
from tumen.summary.draws import FEWEST, SHARE
from tumen.summary.formatting import count, destination, drawn, of_case, parameters, sentence, stops, theory

#: Standard errors either way that hold 80 % of a normal distribution.
_EIGHTY = 1.2816
_DASHES = {"base": [5, 4], "changed": [1, 0]}


def figure(found: Difference) -> alt.VConcatChart:
    """Three panels under the finding: arrivals by sex, women's share, and its difference with an 80 % band."""
    table = found.table[(found.table["flow"] == "arrivals") & (found.table["first"] == found.table["last"])]
    persons = pd.concat([_sides(table, sex).assign(sex=sex) for sex in ("female", "male")])
    share = _sides(_enough(table), SHARE).assign(sex="female")
    first, last = int(table["first"].min()), int(table["first"].max())
    high = max(1.0, float(persons["y"].max()))
    x, y, part = theme.years(first, max(last, first + 1)), theme.amounts(high), theme.amounts(1.0, percent=True)
    upper = [_lines(persons, x, y), theme.ends(persons[persons["side"] == "changed"], x, y, high, 200)]
    middle = [theme.rule_at(0.5, part, "as many women as men", share, first, last), _lines(share, x, part)]
    panels = [
        theme.panel(upper, f"Arrivals in {destination(found.case)}, persons", 200),
        theme.panel(middle, "Women among those who arrive", 120),
        theme.panel(_away(_enough(table), x), "Difference of women's share, percentage points", 130),
    ]
    return theme.sheet(panels, theme.Words(title(found), _reading(found), _caption(found)))


def _enough(table: pd.DataFrame) -> pd.DataFrame:
    """The years in which neither world has too few arrivals for a share."""
    both = table[table["measure"] == "total"]
    kept = both[(both["base"] >= FEWEST) & (both["changed"] >= FEWEST)]["first"]
    return table[table["first"].isin(kept)]


def _sides(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """A measure in both worlds: columns x (year), y, side."""
    some = table[table["measure"] == measure].rename(columns={"first": "x"})
    return some.melt("x", ["base", "changed"], "side", "y").dropna()


def _lines(frame: pd.DataFrame, x: alt.X, y: alt.Y) -> alt.Chart:
    """Solid the changed world, dashed the base, which lies below."""
    line, dash = alt.Chart(frame).mark_line(strokeWidth=2.5, clip=False), theme.dashes("side", _DASHES)
    return line.encode(x=x, y=y, color=theme.sexes(), strokeDash=dash, detail=["sex:N", "side:N"])


def _away(table: pd.DataFrame, x: alt.X) -> list[theme.Part]:
    """The difference in points, its band, and a line at no difference."""
    some = table[table["measure"] == SHARE].dropna()
    middle = 100 * some["difference"].to_numpy()
    if "lo80" in some:
        low, high = (100 * some[end].to_numpy() for end in ("lo80", "hi80"))
    else:
        low, high = (middle + side * _EIGHTY * 100 * some["se"].to_numpy() for side in (-1, 1))
    frame = pd.DataFrame({"x": some["first"].to_numpy(), "y": middle, "low": low, "high": high})
    reach = [float(np.min([0.0, *low])), float(np.max([0.0, *high]))]
    scale = alt.Scale(domain=reach if reach[0] < reach[1] else [-1.0, 1.0], nice=True)
    label = f"datum.value == 0 ? '0' : format(datum.value, '+.{int(reach[1] - reach[0] < 4)}f')"
    y = alt.Y("y:Q", scale=scale, axis=theme.upright(label))
    drawn_from = alt.Chart(frame)
    return [
        drawn_from.mark_area(opacity=0.3, color=theme.WOMEN).encode(x=x, y=theme.like(y, "low"), y2="high:Q"),
        theme.rule(pd.DataFrame({"y": [0.0]})).encode(y=y),
        drawn_from.mark_line(strokeWidth=2.5, color=theme.WOMEN).encode(x=x, y=y),
        drawn_from.mark_point(filled=True, size=30, opacity=1, color=theme.WOMEN).encode(x=x, y=y),
    ]


def _reading(found: Difference) -> str:
    """How to read the marks, and what is drawn dashed and solid."""
    base, changed = names(found)
    band = "80 % of paired draws" if found.drawn else f"80 % of chance{'' if found.paired else ', not paired'}"
    lines = "medians of draws" if found.drawn else "a run each"
    years = f"{found.of()['first']}-{found.of()['last']}"
    return f"Women's share of arrivals {years}, {lines}. Dashed: {base}. Solid: {changed}. Band: {band}."


def _caption(found: Difference) -> str:
    record = found.base.record
    who = drawn(record) if found.drawn else parameters(record)
    sample = "" if found.drawn else f"{count(float(record['people']))} agents, seed {record.get('seed')}"
    parts = [
        of_case(found.case, record.get("case") or {}),
        f"Theory: {theory(record)}",
        sentence(who),
        sample,
        "The same people and random numbers in both" if found.paired else f"Not paired: {'; '.join(found.apart)}",
        f"Shares among fewer than {FEWEST} arrivals are left out",
    ]
    return stops(parts)

"""What the priors alone expect of arrivals and of women's share, beside the counts."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from tumen.case import SEXES
from tumen.infer.prior_predictive import LEVEL, Compared, PriorPredictive
from tumen.plots import theme
from tumen.plots.posterior import logarithmic, sources
from tumen.summary.draws import Floats, central, median, share_of_women
from tumen.summary.prior_predictive import inside

_LEVELS = (LEVEL, 0.5)
_OPACITY = 0.2  # of one band; two lie on each other in the middle
_LEAST = 1.0  # persons a year at the foot of the logarithmic axis


def figure(found: PriorPredictive) -> alt.VConcatChart:
    """Totals on a logarithmic axis and women's share: bands of the prior, its median, and the counts as dots."""
    x = theme.years(found.years.min(), found.years.max())
    total = found.arrivals.sum(axis=-1)
    counts, shares = _dots(found.compared("total"), "total"), _dots(found.compared("women"), "female")
    high = max(10.0, float(central(total, LEVEL)[1].max()), float(counts["y"].max()))
    persons, share = logarithmic(high), theme.amounts(1.0, percent=True)
    panels = [
        theme.panel(_layers(np.maximum(total, _LEAST), found.years, counts, x, persons), "Arrivals a year", 260),
        theme.panel(
            _layers(share_of_women(found.arrivals, SEXES), found.years, shares, x, share),
            "Women among them",
            220,
        ),
    ]
    singles = found.single("total")
    title = f"Of {len(singles)} yearly totals, {inside(singles)} lie inside the central 90 % of the prior"
    where = found.case.destination
    words = theme.Words(
        title if singles else "No single year was counted",
        f"Arrivals in {where} as the priors alone expect them, persons per calendar year (logarithmic), and women's "
        "share. Bands: 50 and 90 % of the draws. Line: median. Dots: data; a bar spans the years of a joint count.",
        f"Data: {sources(found.case)}. Case: {found.case.title} ({found.case.name}, {found.case.hash[:8]}). "
        f"Theory: {found.theory.name}. {found.draws} draws of the priors, {found.refused} of them refused, "
        f"{found.agents:,} agents a run, seed {found.seed}.",
    )
    return theme.sheet(panels, words)


def _layers(draws: Floats, years: Floats, data: pd.DataFrame, x: alt.X, y: alt.Y) -> list[theme.Part]:
    """Bands, the median, the spans of joint counts and dots, from below to above."""
    sex = str(data["sex"].iloc[0])
    layers: list[theme.Part] = []
    for level in _LEVELS:
        low, high = central(draws, level)
        band = pd.DataFrame({"x": years, "low": low, "high": high, "sex": sex}).dropna()
        area = alt.Chart(band).mark_area(opacity=_OPACITY, line=False)
        layers.append(area.encode(x=x, y=_of(y, "low"), y2="high:Q", color=theme.sexes()))
    middle = pd.DataFrame({"x": years, "y": median(draws), "sex": sex}).dropna()
    layers.append(theme.lines(middle, x, y, 2.0))
    several = data[data["first"] < data["last"]]
    if len(several):
        bar = alt.Chart(several).mark_rule(strokeWidth=2)
        start = alt.X("first:Q", scale=x["scale"], axis=x["axis"])
        layers.append(bar.encode(x=start, x2="last:Q", y=y, color=theme.sexes()))
    return [*layers, theme.dots(data, x, y)]


def _of(y: alt.Y, name: str) -> alt.Y:
    return alt.Y(f"{name}:Q", scale=y["scale"], axis=y["axis"])


def _dots(compared: list[Compared], sex: str) -> pd.DataFrame:
    """Counts at the middle of their years: columns x, y, first, last, sex; totals as a yearly mean."""
    return pd.DataFrame(
        {
            "x": [(each.first + each.last) / 2 for each in compared],
            "y": [each.counted / (each.last - each.first + 1 if each.what == "total" else 1) for each in compared],
            "first": [each.first for each in compared],
            "last": [each.last for each in compared],
            "sex": sex,
        }
    )

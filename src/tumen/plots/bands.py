"""Bands of draws as marks of a figure: central intervals, the median line above them, and dots of data on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import pandas as pd

from tumen.plots import theme
from tumen.result import yearly
from tumen.summary.draws import FEWEST, Floats, error_of_share, median

if TYPE_CHECKING:
    from tumen.result import Result

_OPACITY = 0.2  # of one band; three lie on each other in the middle


def banded(shown: pd.DataFrame, middle: pd.DataFrame, data: pd.DataFrame, x: alt.X, y: alt.Y) -> list[theme.Part]:
    """Bands, the median line, spans of several years and dots, from below to above."""
    layers = [*areas(shown, x, y), theme.lines(middle, x, y, 2.0)]
    several = data[data["first"] < data["last"]]
    if len(several):
        bar = alt.Chart(several).mark_rule(strokeWidth=2).encode(x=_column_x(x, "first"), x2="last:Q", y=y)
        layers.append(bar.encode(color=theme.sexes()))
        hollow = alt.Chart(several).mark_point(filled=True, fill=theme.PAPER, size=62, opacity=1, strokeWidth=2)
        layers.append(hollow.encode(x=x, y=y, stroke=alt.Stroke("sex:N", scale=theme.palette(), legend=None)))
    return [*layers, theme.dots(data[data["first"] == data["last"]], x, y)]


def areas(shown: pd.DataFrame, x: alt.X, y: alt.Y) -> list[theme.Part]:
    """Central intervals as `tumen.summary.draws.bands` gives them, the widest below."""
    return [
        alt.Chart(shown[shown["level"] == level])
        .mark_area(opacity=_OPACITY, line=False)
        .encode(x=x, y=_column(y, "low"), y2="high:Q", color=theme.sexes())
        for level in shown["level"].unique()
    ]


def _column(y: alt.Y, name: str) -> alt.Y:
    return alt.Y(f"{name}:Q", scale=y["scale"], axis=y["axis"])


def _column_x(x: alt.X, name: str) -> alt.X:
    return alt.X(f"{name}:Q", scale=x["scale"], axis=x["axis"])


def line(draws: Floats, years: Floats, sex: str) -> pd.DataFrame:
    """The median over the draws: columns x, y, sex."""
    return pd.DataFrame({"x": years, "y": median(draws), "sex": sex}).dropna()


def chance(result: Result, sexes: tuple[str, ...]) -> pd.DataFrame:
    """Two standard errors about a single run's arrivals, in the columns of other bands; none where it states none."""
    table = yearly(result.flows, "arrivals")
    known = table[table["se"].notna() & table["sex"].isin(sexes)]
    return _around(known["year"], known["value"], known["se"], known["sex"])


def chance_of_share(result: Result) -> pd.DataFrame:
    """The same of women's share, the noise of the sexes taken as independent."""
    table = yearly(result.flows, "arrivals").set_index(["sex", "year"])
    women, men = (table.loc[sex] for sex in ("female", "male"))
    both = women["value"] + men["value"]
    se = error_of_share(women["value"], men["value"], women["se"], men["se"])
    found = _around(women.index, women["value"] / both, se, "female")
    return found[(both >= FEWEST).to_numpy()].dropna()


def _around(x: Any, middle: pd.Series[float], se: pd.Series[float], sex: Any) -> pd.DataFrame:
    half = 1.96 * se
    columns = {"x": np.asarray(x, dtype=float), "low": np.maximum(middle - half, 0.0), "high": middle + half}
    return pd.DataFrame({**columns, "level": 0.95, "sex": sex}).reset_index(drop=True)

"""Figure 4: the people of the model by age and sex against the estimates of the case, in three years."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from tumen.plots import theme
from tumen.summary.formatting import caption, cited, count, keys_of, titled
from tumen.summary.series import pyramid, pyramid_years

if TYPE_CHECKING:
    from tumen.case import Case
    from tumen.result import Result

_GAP, _ROW = 14, 17
_AGES = 46  # room for the names of the age groups


def population(result: Result, case: Case) -> alt.VConcatChart:
    """People at mid-year by age group: bars are the estimate, strokes the model; men are left, women right."""
    years = pyramid_years(result, case.population)
    table = pyramid(result, case.population, years)
    high = float(table[["model", "data"]].max().max())
    groups = [str(age) for age in result.flows["age"].values]
    columns = [_column(table[table["year"] == year], groups, high, first=year == years[0]) for year in years]
    row = alt.hconcat(*columns, spacing=_GAP)
    used = case.population[case.population["year"].isin(years)]
    words = theme.Words(
        titled(result.record, _title(table)),
        f"People by age group on 1 July, {_unit(high)[1]}. Bars: estimate. Strokes: model.",
        caption(result, case, cited(case, keys_of(used["source"]))),
    )
    return theme.sheet([row], words)


def _column(table: pd.DataFrame, groups: list[str], high: float, first: bool) -> theme.Part:
    width = (theme.SHEET - _AGES - 2 * _GAP) // 3
    side = table["sex"].map({"female": 1, "male": -1})
    frame = table.assign(bar=side * table["data"], stroke=side * table["model"])
    shown = [group for number, group in enumerate(groups) if number % 2 == 0]
    scale = alt.Scale(domain=[-high, high], nice=False)
    divisor = _unit(high)[0]
    tick = _round(high)
    axis = alt.Axis(
        values=[-tick, 0, tick], title=None, grid=False, labelExpr=f"format(abs(datum.value) / {divisor:g}, '~g')"
    )
    ages = alt.Axis(values=shown, title=None, domain=False, ticks=False, labels=first, minExtent=_AGES if first else 0)
    y = alt.Y("age:N", sort=list(reversed(groups)), axis=ages)
    bars = (
        alt.Chart(frame)
        .mark_bar(height=_ROW - 4, opacity=0.38)
        .encode(x=alt.X("bar:Q", scale=scale, axis=axis), y=y, color=theme.sexes())
    )
    strokes = (
        alt.Chart(frame)
        .mark_tick(orient="vertical", thickness=3, size=_ROW - 2, opacity=1)
        .encode(x=alt.X("stroke:Q", scale=scale, axis=axis), y=y, color=theme.sexes())
    )
    names = pd.DataFrame({"sex": ["male", "female"], "x": [-0.97 * high, 0.97 * high], "name": ["Men", "Women"]})
    labels = [
        alt.Chart(names[names["sex"] == sex])
        .mark_text(dx=shift, baseline="top", fontWeight="bold", fontSize=theme.SMALL)
        .encode(x=alt.X("x:Q", scale=scale), y=alt.value(2), text="name:N", color=theme.sexes())
        for sex, shift in (("male", 14), ("female", -26))
    ]
    heading = alt.TitleParams(text=str(int(table["year"].iloc[0])), fontSize=theme.TEXT, anchor="middle", offset=6)
    return alt.layer(bars, strokes, *labels).properties(width=width, height=_ROW * len(groups), title=heading)


def _title(table: pd.DataFrame) -> str:
    """Total people of the last year in model and estimate."""
    last = table[table["year"] == table["year"].max()]
    model, data = float(last["model"].sum()), float(last["data"].sum())
    gap = (model - data) / data
    side = "more than" if gap > 0 else "fewer than"
    year = int(last["year"].iloc[0])
    return (
        f"In {year} the model holds {count(model)} people, {100 * abs(gap):.1f} % {side} the estimate of {count(data)}"
    )


def _unit(high: float) -> tuple[float, str]:
    return (1e6, "in millions") if high >= 5e5 else (1e3, "in thousands") if high >= 1e3 else (1.0, "persons")


def _round(high: float) -> float:
    """A round number between half of the longest bar and all of it."""
    size = 10.0 ** len(str(int(high)))
    while size > high:
        size /= 2 if str(size)[0] != "5" else 2.5
    return size

"""Figures 4 to 6: people by age and sex against the estimates; who serves, trades and can pay; who is abroad."""

from __future__ import annotations

import altair as alt
import pandas as pd

from tumen.case import Case
from tumen.plots import theme
from tumen.result import Result
from tumen.summary.formatting import caption, cited, count, keys_of, percent, titled
from tumen.summary.series import pyramid, pyramid_years, share_of_adults, stock_abroad, time_abroad, years_run

_GAP, _ROW = 14, 17
_AGES = 46  # room for the names of the age groups
#: heading, and the stocks that are added up
_KEYS = (
    ("Serve in the army", ("soldiers",)),
    ("Trade: keep a stall or do other private work", ("traders", "private_workers")),
    ("Can pay for a crossing from what they and their kin have", ("can_pay",)),
)


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
        titled(result.record, _of_estimate(table)),
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
    bars = alt.Chart(frame).mark_bar(height=_ROW - 4, opacity=0.38)
    strokes = alt.Chart(frame).mark_tick(orient="vertical", thickness=3, size=_ROW - 2, opacity=1)
    layers = [
        mark.encode(x=alt.X(f"{column}:Q", scale=scale, axis=axis), y=y, color=theme.sexes())
        for mark, column in ((bars, "bar"), (strokes, "stroke"))
    ]
    names = pd.DataFrame({"sex": ["male", "female"], "x": [-0.97 * high, 0.97 * high], "name": ["Men", "Women"]})
    labels = [
        alt.Chart(names[names["sex"] == sex])
        .mark_text(dx=shift, baseline="top", fontWeight="bold", fontSize=theme.SMALL)
        .encode(x=alt.X("x:Q", scale=scale), y=alt.value(2), text="name:N", color=theme.sexes())
        for sex, shift in (("male", 14), ("female", -26))
    ]
    heading = alt.TitleParams(text=str(int(table["year"].iloc[0])), fontSize=theme.TEXT, anchor="middle", offset=6)
    return alt.layer(*layers, *labels).properties(width=width, height=_ROW * len(groups), title=heading)


def _of_estimate(table: pd.DataFrame) -> str:
    """Total people of the last year in model and estimate."""
    year = int(table["year"].max())
    last = table[table["year"] == year]
    model, data = float(last["model"].sum()), float(last["data"].sum())
    gap = (model - data) / data
    side = "more than" if gap > 0 else "fewer than"
    percents = f"{100 * abs(gap):.1f} %"
    return f"In {year} the model holds {count(model)} people, {percents} {side} the estimate of {count(data)}"


def _unit(high: float) -> tuple[float, str]:
    return (1e6, "in millions") if high >= 5e5 else (1e3, "in thousands") if high >= 1e3 else (1.0, "persons")


def _round(high: float) -> float:
    """A round number between half of the longest bar and all of it."""
    size = 10.0 ** len(str(int(high)))
    while size > high:
        size /= 2 if str(size)[0] != "5" else 2.5
    return size


def serve_trade_pay(result: Result, case: Case | None = None) -> alt.VConcatChart:
    """Shares of adults of each sex who serve, who trade and who can pay, as yearly means of the model."""
    tables = [share_of_adults(result, names) for _, names in _KEYS]
    span, panels = years_run(result), []
    for table, (heading, _) in zip(tables, _KEYS, strict=True):
        high = max(0.01, 1.08 * float(table["y"].max())) if len(table) else 1.0
        panels.append(_lines(table, span, theme.amounts(high, percent=True), high, heading, 128))
    words = theme.Words(
        titled(result.record, _keys_said(tables[0], tables[1], span[1])),
        "Share of people aged 17 and over at home, by sex. Yearly means of the model.",
        caption(result, case, ""),
    )
    return theme.sheet(panels, words)


def _keys_said(serving: pd.DataFrame, trading: pd.DataFrame, year: int) -> str:
    at = {
        (name, sex): float(table.loc[(table["x"] == year) & (table["sex"] == sex), "y"].sum())
        for name, table in (("serve", serving), ("trade", trading))
        for sex in ("female", "male")
    }
    said = {key: percent(share) for key, share in at.items()}
    return (
        f"In {year}, {said['serve', 'male']} of men and {said['serve', 'female']} of women serve; "
        f"{said['trade', 'female']} of women and {said['trade', 'male']} of men trade"
    )


def people_abroad(result: Result, case: Case | None = None) -> alt.VConcatChart:
    """The stock abroad at the end of each year, and the mean time abroad of those who arrive in it; model only."""
    stock, time = stock_abroad(result), time_abroad(result)
    headings = (
        "People abroad who have neither arrived nor settled, at the end of the year",
        f"Mean years abroad of those who arrive{f' in {case.destination}' if case else ''}",
    )
    panels = []
    for table, heading in zip((stock[stock["sex"] != "total"], time), headings, strict=True):
        high = 1.05 * float(table["y"].max()) if len(table) and table["y"].max() > 0 else 1.0
        panels.append(_lines(table, years_run(result), theme.amounts(high), high, heading, 190))
    words = theme.Words(
        titled(result.record, _most_abroad(stock)), "Model. Persons above, years below.", caption(result, case, "")
    )
    return theme.sheet(panels, words)


def _lines(table: pd.DataFrame, span: tuple[int, int], y: alt.Y, high: float, heading: str, height: int) -> theme.Part:
    """The lines of the sexes with their names at the ends."""
    x = theme.years(*span)
    return theme.panel([theme.lines(table, x, y), theme.ends(table, x, y, high, height)], heading, height)


def _most_abroad(stock: pd.DataFrame) -> str:
    both = stock[stock["sex"] == "total"]
    top = both.nlargest(1, "y")
    persons = float(top["y"].sum())
    if not persons > 0:
        return "Nobody is abroad on the way at the end of any year"
    year = int(top["x"].iloc[0])
    women = float(stock[(stock["sex"] == "female") & (stock["x"] == year)]["y"].sum()) / persons
    return (
        f"The number of people abroad is highest at the end of {year}: {count(persons)}, "
        f"of whom {percent(women)} are women"
    )

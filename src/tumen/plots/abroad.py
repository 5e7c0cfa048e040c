"""Figure 6: how many people are abroad on the way, by sex, and how long those who arrive have been on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from tumen.plots import theme
from tumen.summary.formatting import caption, count, percent, titled
from tumen.summary.series import stock_abroad, time_abroad, years_run

if TYPE_CHECKING:
    from tumen.case import Case
    from tumen.result import Result

_HEIGHT = 190


def people_abroad(result: Result, case: Case | None = None) -> alt.VConcatChart:
    """The stock abroad at the end of each year, and the mean time abroad of those who arrive in it; model only."""
    stock, time = stock_abroad(result), time_abroad(result)
    each = stock[stock["sex"] != "total"]
    first, last = years_run(result)
    where = f" in {case.destination}" if case else ""
    panels = [
        _panel(each, first, last, "People abroad who have neither arrived nor settled, at the end of the year"),
        _panel(time, first, last, f"Mean years abroad of those who arrive{where}"),
    ]
    words = theme.Words(
        titled(result.record, _title(stock)), "Model. Persons above, years below.", caption(result, case, "")
    )
    return theme.sheet(panels, words)


def _panel(table: pd.DataFrame, first: float, last: float, heading: str) -> theme.Part:
    high = 1.05 * float(table["y"].max()) if len(table) and table["y"].max() > 0 else 1.0
    x, y = theme.years(first, last), theme.amounts(high)
    return theme.panel([theme.lines(table, x, y), theme.ends(table, x, y, high, _HEIGHT)], heading, _HEIGHT)


def _title(stock: pd.DataFrame) -> str:
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

"""Figure 5: who serves, who trades, who can pay, by sex over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from tumen.plots import theme
from tumen.summary.formatting import caption, percent, titled
from tumen.summary.series import share_of_adults, years_run

if TYPE_CHECKING:
    from tumen.case import Case
    from tumen.result import Result

_HEIGHT = 128
#: heading, the stocks that are added up, and the least top of the axis
_PANELS = (
    ("Serve in the army", ("soldiers",)),
    ("Trade: keep a stall or do other private work", ("traders", "private_workers")),
    ("Can pay for a crossing from what they and their kin have", ("can_pay",)),
)


def serve_trade_pay(result: Result, case: Case | None = None) -> alt.VConcatChart:
    """Shares of adults of each sex who serve, who trade and who can pay, as yearly means of the model."""
    tables = [share_of_adults(result, names) for _, names in _PANELS]
    span = years_run(result)
    panels = [_panel(table, heading, span) for table, (heading, _) in zip(tables, _PANELS, strict=True)]
    words = theme.Words(
        titled(result.record, _title(tables[0], tables[1], span[1])),
        "Share of people aged 17 and over at home, by sex. Yearly means of the model.",
        caption(result, case, ""),
    )
    return theme.sheet(panels, words)


def _panel(table: pd.DataFrame, heading: str, span: tuple[int, int]) -> theme.Part:
    high = max(0.01, 1.08 * float(table["y"].max())) if len(table) else 1.0
    x, y = theme.years(*span), theme.amounts(high, percent=True)
    return theme.panel([theme.lines(table, x, y), theme.ends(table, x, y, high, _HEIGHT)], heading, _HEIGHT)


def _title(serving: pd.DataFrame, trading: pd.DataFrame, year: int) -> str:
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

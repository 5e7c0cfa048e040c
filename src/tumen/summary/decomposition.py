"""A decomposition and switchers as tables and numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from rich.table import Table

from tumen.experiment.decomposition import FACTORS, Decomposition
from tumen.experiment.measures import summary
from tumen.summary.experiment import nested, said
from tumen.summary.formatting import plain_table

#: What stands above the tables.
GAP = "Women over men among arrivals {}-{}, factor by factor: median (80 % interval) over {} draws"
RISE = "Women's share of arrivals from {}-{} to {}-{}: what the change of each factor adds, in points"
KITAGAWA = "The same change by groups (Kitagawa), in points"
CEILINGS = "Women, % of arrivals, if the sexes were alike in one thing and all else stayed: ceilings, not effects"
SWITCHERS = "Who leaves in one world alone: sampled histories and the persons they stand for ({})"
#: The factors in words.
WORDS = {
    "people": "adults at home",
    "mobility": "mobility",
    "able_to_pay": "means reach the fee",
    "response": "leaving, given both",
    "other_ways": "other ways than the border",
    "companions": "children and spouses",
    "transit": "arrivals for a departure",
}


def gap_table(found: Decomposition) -> Table:
    """Ratio, its log, and points of women's share above one half, by factor."""
    shown = plain_table("factor", "women / men", "log", "points above 50 %")
    told = summary(found.gap)
    for name in FACTORS:
        one = told.sel(factor=name)
        cells = said(one["ratio"], 1, 2), said(one["log_ratio"], 1, 2, "+"), said(one["points"], 100, 1, "+")
        shown.add_row(WORDS[name], *cells)
    whole = summary(found.gap.sum("factor"))
    shown.add_row("all", "", said(whole["log_ratio"], 1, 2, "+"), said(whole["points"], 100, 1, "+"))
    return shown


def rise_table(found: Decomposition) -> Table:
    """What each factor's change adds to women's share."""
    shown = plain_table("factor", "women / men, times", "points")
    told = summary(found.rise)
    for name in FACTORS:
        one = told.sel(factor=name)
        shown.add_row(WORDS[name], said(one["ratio"], 1, 2), said(one["points"], 100, 1, "+"))
    shown.add_row("all", "", said(summary(found.rise["points"].sum("factor")), 100, 1, "+"))
    return shown


def kitagawa_table(found: Decomposition) -> Table:
    """Composition of the flow, and women's share within groups, by age and by province."""
    shown = plain_table("groups", "other groups", "more women in each")
    told = summary(found.kitagawa)
    for by in told["by"].values:
        parts = (told.sel(by=by, component=name) for name in ("composition", "share_within"))
        shown.add_row(str(by), *(said(one, 100, 1, "+") for one in parts))
    return shown


def ceiling_table(found: Decomposition) -> Table:
    """Women's share if the sexes were alike in a channel."""
    shown = plain_table("alike in", "women, %")
    told = summary(found.ceilings)
    for name in told["channel"].values:
        shown.add_row(str(name), said(told.sel(channel=name), 100, 1))
    return shown


def switcher_table(found: pd.DataFrame) -> Table:
    """Lives and persons by group; few lives are a dash."""
    shown = plain_table("who leaves", "by", "group", "lives", "persons", words=(0, 1, 2))
    for who, by, group, lives, persons in found.to_records(index=False).tolist():
        cells = (f"{lives:,.0f}", f"{persons:,.0f}") if np.isfinite(lives) else ("-", "-")
        shown.add_row(who, by, group, *cells)
    return shown


def as_json(found: Decomposition) -> dict[str, Any]:
    """All of the tables as numbers; statistics over draws by name."""
    return {
        "case": found.case,
        "world": found.world,
        "years": list(found.years),
        "ends": [list(span) for span in found.ends],
        "draws": found.gap["draw"].values.tolist(),
        "gap": nested(summary(found.gap), "factor"),
        "rise": nested(summary(found.rise), "factor"),
        "kitagawa": nested(summary(found.kitagawa), "by", "component"),
        "ceilings": nested(summary(found.ceilings), "channel"),
    }


def switchers_json(found: pd.DataFrame) -> dict[str, Any]:
    """The groups as numbers; None where there are too few lives."""
    return {"groups": found.astype(object).where(found.notna(), None).to_dict("records")}

"""Figures 1 and 2: arrivals per year, and arrivals by sex with the share of women; model and data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from tumen.report import theme
from tumen.report.series import arrivals, blocks, share_of_women, women, years_of
from tumen.report.wording import caption, cited, count, keys_of, percent

if TYPE_CHECKING:
    from tumen.case import Case
    from tumen.result import Result

_READING = "Line: model. Dots: data."


def per_year(result: Result, case: Case | None = None) -> alt.VConcatChart:
    """Arrivals per calendar year, both sexes."""
    table = arrivals(result)
    both = table[table["sex"] == "total"]
    first, last = int(table["year"].min()), int(table["year"].max())
    means = block_means(blocks(case, first, last), years_of(table, ["data"], "total"), first)
    means = means[means["sex"] == "total"]
    high = _ceiling(both[["model", "data"]].max().max(), means["y"].max())
    x, y = theme.years(first, last), theme.amounts(high)
    layers: list[theme.Part] = [theme.lines(_long(both, "model"), x, y), theme.dots(_long(both, "data"), x, y)]
    if len(means):
        layers += [_bars(means, x, y), _labels(means, x, y)]
    where = case.destination if case else "the country of destination"
    words = theme.Words(
        _highest(both, where),
        f"Persons per calendar year. {_reading(means)}",
        caption(result, case, _sources(case)),
    )
    return theme.sheet([theme.panel(layers, "", 270)], words)


def by_sex(result: Result, case: Case | None = None) -> alt.VConcatChart:
    """Arrivals per calendar year of women and of men, and women's share of them."""
    table = arrivals(result)
    each = table[table["sex"] != "total"]
    first, last = int(table["year"].min()), int(table["year"].max())
    means = block_means(blocks(case, first, last), years_of(table, ["data"], "female"), first)
    counted = means[means["sex"] != "total"]
    high = _ceiling(each[["model", "data"]].max().max(), counted["y"].max())
    x, y, part = theme.years(first, last), theme.amounts(high), theme.amounts(1.0, percent=True)
    model, share = _long(each, "model"), women(table).assign(sex="female")
    upper = [theme.lines(model, x, y), theme.dots(_long(each, "data"), x, y), theme.ends(model, x, y, high, 230)]
    lines, dots, bars = _long(share, "model"), _long(share, "data"), _block_shares(means)
    drawn = pd.concat(
        [lines, dots, bars.rename(columns={"x2": "end"}), bars.drop(columns="x").rename(columns={"x2": "x"})]
    )
    lower = [
        theme.rule_at(0.5, part, "as many women as men", drawn, first, last),
        theme.lines(lines, x, part),
        theme.dots(dots, x, part),
    ]
    if len(counted):
        upper.append(_bars(counted, x, y))
        lower.append(_bars(bars, x, part))
    where = case.destination if case else "the country of destination"
    words = theme.Words(
        _women_words(table), f"{_reading(counted)} Calendar years.", caption(result, case, _sources(case))
    )
    panels = [
        theme.panel(upper, f"Arrivals in {where}, persons", 230),
        theme.panel(lower, "Women among those who arrive", 170),
    ]
    return theme.sheet(panels, words)


def block_means(counted: pd.DataFrame, known: list[int], first: int) -> pd.DataFrame:
    """Counts of several years together as a yearly mean: columns x, x2, y, sex, label; x is `first` or later.

    Left out are blocks with a year that is known by itself or stands in a shorter block.
    """
    taken, kept = set(known), []
    spans = {(int(start), int(end)) for start, end in zip(counted["start"], counted["end"], strict=True)}
    for start, end in sorted(spans, key=lambda span: (span[1] - span[0], span)):
        years = set(range(start, end + 1))
        if years & taken:
            continue
        taken |= years
        block = counted[(counted["start"] == start) & (counted["end"] == end)]
        kept += [
            (max(start - 0.4, first), end + 0.4, persons / len(years), sex, f"{start}-{end}: {count(persons)} in all")
            for sex, persons in zip(block["sex"], block["persons"], strict=True)
        ]
    return pd.DataFrame(sorted(kept), columns=["x", "x2", "y", "sex", "label"]).astype({"y": float})


def _block_shares(means: pd.DataFrame) -> pd.DataFrame:
    """Women among the arrivals of each block: columns x, x2, y, sex."""
    if means.empty:
        return means[["x", "x2", "y", "sex"]]
    wide = means.pivot_table(index=["x", "x2"], columns="sex", values="y").reset_index()
    return pd.DataFrame({"x": wide["x"], "x2": wide["x2"], "y": wide["female"] / wide["total"], "sex": "female"})


def _bars(means: pd.DataFrame, x: alt.X, y: alt.Y) -> theme.Part:
    bar = alt.Chart(means).mark_rule(strokeWidth=5, strokeCap="butt")
    return bar.encode(x=x, x2="x2:Q", y=y, color=theme.sexes())


def _labels(means: pd.DataFrame, x: alt.X, y: alt.Y) -> theme.Part:
    text = alt.Chart(means).mark_text(
        align="right", baseline="bottom", dx=-4, dy=-8, fontSize=theme.SMALL, color=theme.MUTED
    )
    return text.encode(x=alt.X("x2:Q", title=None), y=y, text="label:N")


def _reading(means: pd.DataFrame) -> str:
    """How to read the marks."""
    return _READING + (" Bars: data known only for several years together, as a mean." if len(means) else "")


def _long(table: pd.DataFrame, column: str) -> pd.DataFrame:
    frame = table[["year", "sex", column]].dropna()
    return frame.rename(columns={"year": "x", column: "y"})


def _ceiling(*highest: float) -> float:
    """The top of a vertical axis; one person where nobody arrives."""
    return max([1.0, *(float(value) for value in highest if value == value)])


def _highest(both: pd.DataFrame, where: str) -> str:
    """The year of most arrivals, in the model and in the data."""
    tops = {name: both.nlargest(1, name) for name in ("model", "data") if both[name].notna().any()}
    said = {name: (int(top["year"].iloc[0]), count(float(top[name].iloc[0]))) for name, top in tops.items()}
    if "model" not in said:
        return f"Arrivals in {where}: the model has no whole year"
    (year, number), data = said["model"], said.get("data")
    if data is None:
        return f"Arrivals in {where} are highest in {year} in the model: {number}"
    if data[0] == year:
        return f"Arrivals in {where} are highest in {year}: {number} in the model, {data[1]} in the data"
    return f"Arrivals in {where} are highest in {year} in the model ({number}) and in {data[0]} in the data ({data[1]})"


def _women_words(table: pd.DataFrame) -> str:
    known = years_of(table, ["model", "data"], "female")
    if not known:
        share = share_of_women(table, "model", years_of(table, ["model"], "female"))
        return f"{percent(share)} of those who arrive in the model are women"
    data, model = (percent(share_of_women(table, name, known)) for name in ("data", "model"))
    return f"From {min(known)} to {max(known)}, {data} of those who arrived were women; in the model {model}"


def _sources(case: Case | None) -> str:
    if case is None:
        return "see the case"
    shown = case.arrivals[case.arrivals["role"].isin(["fit", "check"])]
    return cited(case, keys_of(shown["source"]))

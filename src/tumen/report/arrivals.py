"""Figures 1 and 2: arrivals per year, and arrivals by sex with the share of women; the model's line, the data's dots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from tumen.report import theme
from tumen.report.series import arrivals, share_of_women, women
from tumen.report.wording import caption, cited, count, keys_of, percent

if TYPE_CHECKING:
    from tumen.case import Case
    from tumen.result import Result

_READING = "Line: model. Dots: data."


def per_year(result: Result, case: Case | None = None) -> alt.VConcatChart:
    """Arrivals per calendar year, both sexes."""
    table = arrivals(result)
    both = table[table["sex"] == "total"]
    blocks = block_means(case, int(table["year"].min()), int(table["year"].max()))
    high = _ceiling(both[["model", "data"]].max().max(), blocks["y"].max())
    x, y = theme.years(table["year"].min(), table["year"].max()), theme.amounts(high)
    layers = [theme.lines(_long(both, "model"), x, y), theme.dots(_long(both, "data"), x, y)]
    if len(blocks):
        layers += _blocks(blocks, x, y)
    where = case.destination if case else "the country of destination"
    reading = _READING + (" Bars: data known only for several years, as a mean." if len(blocks) else "")
    words = theme.Words(
        _highest(both, where), f"Persons per calendar year. {reading}", caption(result, case, _sources(case))
    )
    return theme.sheet([theme.panel(layers, "", 270)], words)


def by_sex(result: Result, case: Case | None = None) -> alt.VConcatChart:
    """Arrivals per calendar year of women and of men, and women's share of them."""
    table = arrivals(result)
    each = table[table["sex"] != "total"]
    share = women(table)
    x = theme.years(table["year"].min(), table["year"].max())
    high = _ceiling(each[["model", "data"]].max().max())
    y, part = theme.amounts(high), theme.amounts(1.0, percent=True)
    model = _long(each, "model")
    counts = [theme.lines(model, x, y), theme.dots(_long(each, "data"), x, y), theme.ends(model, x, y, high, 230)]
    shares = share.assign(sex="female")
    lower = [
        theme.rule_at(0.5, part, "as many women as men"),
        theme.lines(_long(shares, "model"), x, part),
        theme.dots(_long(shares, "data"), x, part),
    ]
    where = case.destination if case else "the country of destination"
    words = theme.Words(_women_words(table), f"{_READING} Calendar years.", caption(result, case, _sources(case)))
    upper = theme.panel(counts, f"Arrivals in {where}, persons", 230)
    return theme.sheet([upper, theme.panel(lower, "Women among those who arrive", 170)], words)


def block_means(case: Case | None, first: int, last: int) -> pd.DataFrame:
    """Counts known only for several years together, as a yearly mean: columns x, x2, y, label."""
    columns = ["x", "x2", "y", "label"]
    if case is None:
        return pd.DataFrame(columns=columns)
    table = case.arrivals
    rows = table[
        (table["year_start"] < table["year_end"])
        & (table["year_start"] >= first)
        & (table["year_end"] <= last)
        & table["role"].isin(["fit", "check"])
    ]
    found = []
    for (start, end), group in rows.groupby(["year_start", "year_end"]):
        sums = group.groupby("sex")["persons"].first()
        persons = sums["total"] if "total" in sums else sums.sum()
        label = f"{start}-{end}: {count(float(persons))} in all"
        found.append((max(start - 0.4, first), end + 0.4, persons / (end - start + 1), label))
    return pd.DataFrame(found, columns=columns)


def _blocks(blocks: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    base = alt.Chart(blocks)
    bar = base.mark_rule(strokeWidth=5, color=theme.BOTH, strokeCap="butt").encode(x=x, x2="x2:Q", y=y)
    text = base.mark_text(align="right", baseline="bottom", dx=-4, dy=-8, fontSize=theme.SMALL, color=theme.MUTED)
    return [bar, text.encode(x=alt.X("x2:Q", scale=x.scale), y=y, text="label:N")]  # type: ignore[attr-defined]


def _long(table: pd.DataFrame, column: str) -> pd.DataFrame:
    frame = table[["year", "sex", column]].dropna()
    return frame.rename(columns={"year": "x", column: "y"})


def _ceiling(*highest: float) -> float:
    """The top of a vertical axis; one person where nobody arrives."""
    return max([1.0, *(float(value) for value in highest if value == value)])


def _highest(both: pd.DataFrame, where: str) -> str:
    """The year of most arrivals, in the model and in the data."""
    tops = {
        name: both.loc[both[name].idxmax(), ["year", name]] for name in ("model", "data") if both[name].notna().any()
    }
    said = {name: (int(top["year"]), count(float(top[name]))) for name, top in tops.items()}
    if "model" not in said:
        return f"Arrivals in {where}: the model has no whole year"
    (year, number), data = said["model"], said.get("data")
    if data is None:
        return f"Arrivals in {where} are highest in {year} in the model: {number}"
    if data[0] == year:
        return f"Arrivals in {where} are highest in {year}: {number} in the model, {data[1]} in the data"
    return f"Arrivals in {where} are highest in {year} in the model ({number}) and in {data[0]} in the data ({data[1]})"


def _women_words(table: pd.DataFrame) -> str:
    both = table[table["sex"] == "total"]
    known = both.loc[both["data"].notna() & both["model"].notna(), "year"]
    if known.empty:
        return f"{percent(share_of_women(table, 'model'))} of those who arrive in the model are women"
    data, model = (percent(share_of_women(table, name, known)) for name in ("data", "model"))
    return f"From {known.min()} to {known.max()}, {data} of those who arrived were women; in the model {model}"


def _sources(case: Case | None) -> str:
    if case is None:
        return "see the case"
    shown = case.arrivals[case.arrivals["role"].isin(["fit", "check"])]
    return cited(case, keys_of(shown["source"]))

"""Figures 1 and 2: arrivals per year, and arrivals by sex with the share of women; model and data."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from tumen.case import Case
from tumen.plots import theme
from tumen.result import Result, yearly
from tumen.result.tables import SHOWN
from tumen.summary import draws
from tumen.summary.draws import FEWEST, error_of_share
from tumen.summary.formatting import caption, cited_counts, count, destination, percent, titled, world
from tumen.summary.series import arrivals, blocks, share_of_women, women, years_of

_READING = "Line: model. Dots: data."
_CHANCE = " Shading: 95 % of what another seed would give."
_BAR = 5  # pixels
#: Times that the model may be off in a typical count before a title says so.
_OFF = 1.25
_OF_DRAWS = "Line: median of the draws. Bands: 50, 80 and 95 % of the counts they predict. Dots: data."


def per_year(result: Result, case: Case | None = None) -> alt.VConcatChart:
    """Arrivals per calendar year, both sexes."""
    table = arrivals(result)
    both = table[table["sex"] == "total"]
    first, last = int(table["year"].min()), int(table["year"].max())
    means = block_means(blocks(case, first, last), years_of(table, ["data"], "total"), first)
    means = means[means["sex"] == "total"]
    shown = _bands(result, ("total",))
    high = _ceiling(both[["model", "data"]].max().max(), means["y"].max(), shown["high"].max())
    x, y = theme.years(first, last), theme.amounts(high)
    layers = [*theme.areas(shown, x, y), *_marks(_long(both, "model"), _long(both, "data"), x, y)]
    if len(means):
        layers += [_bars(means, x, y), _labels(means, x, y)]
    words = theme.Words(
        titled(result.record, _highest(both, destination(case))),
        f"Persons per calendar year. {_reading(result, means)}",
        caption(result, case, cited_counts(case, *SHOWN) or "see the case", of_draws=True),
    )
    return theme.sheet([theme.panel(layers, "", 270)], words)


def by_sex(result: Result, case: Case | None = None) -> alt.VConcatChart:
    """Arrivals per calendar year of women and of men, and women's share of them."""
    table = arrivals(result)
    each = table[table["sex"] != "total"]
    first, last = int(table["year"].min()), int(table["year"].max())
    means = block_means(blocks(case, first, last), years_of(table, ["data"], "female"), first)
    counted = means[means["sex"] != "total"]
    shown = _bands(result, ("female", "male"))
    high = _ceiling(each[["model", "data"]].max().max(), counted["y"].max(), shown["high"].max())
    x, y, part = theme.years(first, last), theme.amounts(high), theme.amounts(1.0, percent=True)
    model, share = _long(each, "model"), women(table).assign(sex="female")
    upper = [*theme.areas(shown, x, y), *_marks(model, _long(each, "data"), x, y)]
    upper.append(theme.ends(model, x, y, high, 230))
    lines = _long(share, "model") if result.draws is None else draws.women(result.draws)
    dots, bars = _long(share, "data"), _block_shares(means)
    band = draws.share_bands(result.draws) if result.draws is not None else chance_of_share(result)
    drawn = pd.concat(
        [
            *(lines, dots, bars.rename(columns={"x2": "end"}), bars.drop(columns="x").rename(columns={"x2": "x"})),
            *(band.rename(columns={end: "y"})[["x", "y"]] for end in ("low", "high")),
        ]
    )
    lower = [
        theme.rule_at(0.5, part, "as many women as men", drawn, first, last),
        *theme.areas(band, x, part),
        *_marks(lines, dots, x, part),
    ]
    if len(counted):
        upper.append(_bars(_apart(counted, high), x, y))
        lower.append(_bars(bars, x, part))
    words = theme.Words(
        titled(result.record, _women_words(result, table)),
        f"{_reading(result, counted)} Calendar years."
        + (f" Predicted shares of fewer than {FEWEST} arrivals are left out." if result.draws is not None else ""),
        caption(result, case, cited_counts(case, *SHOWN) or "see the case", of_draws=True),
    )
    panels = [
        theme.panel(upper, f"Arrivals in {destination(case)}, persons", 230),
        theme.panel(lower, "Women among those who arrive", 170),
    ]
    return theme.sheet(panels, words)


def _marks(model: pd.DataFrame, data: pd.DataFrame, x: alt.X, y: alt.Y) -> list[theme.Part]:
    """A line for the model and dots for the data."""
    return [theme.lines(model, x, y), theme.dots(data, x, y)]


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


def _bands(result: Result, sexes: tuple[str, ...]) -> pd.DataFrame:
    """What shades the lines: of draws the counts they predict, of a single run its chance."""
    if result.draws is not None:
        return draws.arrival_bands(result.draws, sexes)
    return chance(result, sexes)


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


def _apart(means: pd.DataFrame, high: float) -> pd.DataFrame:
    """Bars of the sexes moved apart by as many pixels as they would hide of each other."""
    gap = (_BAR + 1) * high / 230
    blocks = means.groupby(["x", "x2"])["y"]
    return means.assign(y=blocks.transform(lambda held: theme.spread(list(held), gap, high)))


def _block_shares(means: pd.DataFrame) -> pd.DataFrame:
    """Women among the arrivals of each block: columns x, x2, y, sex."""
    if means.empty:
        return means[["x", "x2", "y", "sex"]]
    wide = means.pivot_table(index=["x", "x2"], columns="sex", values="y").reset_index()
    return pd.DataFrame({"x": wide["x"], "x2": wide["x2"], "y": wide["female"] / wide["total"], "sex": "female"})


def _bars(means: pd.DataFrame, x: alt.X, y: alt.Y) -> theme.Part:
    bar = alt.Chart(means).mark_rule(strokeWidth=_BAR, strokeCap="butt")
    return bar.encode(x=x, x2="x2:Q", y=y, color=theme.sexes())


def _labels(means: pd.DataFrame, x: alt.X, y: alt.Y) -> theme.Part:
    text = alt.Chart(means).mark_text(
        align="right", baseline="bottom", dx=-4, dy=-8, fontSize=theme.SMALL, color=theme.MUTED
    )
    return text.encode(x=alt.X("x2:Q", title=None), y=y, text="label:N")


def _reading(result: Result, means: pd.DataFrame) -> str:
    """How to read the marks."""
    known = "arrivals_se" in result.flows
    marks = _OF_DRAWS if result.draws is not None else _READING + (_CHANCE if known else "")
    return marks + (" Bars: data known only for several years together, as a mean." if len(means) else "")


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


def _women_words(result: Result, table: pd.DataFrame) -> str:
    known = years_of(table, ["model", "data"], "female")
    model = _model_share(result, table, known or years_of(table, ["model"], "female"))
    if not known:
        return f"{model} of those who arrive in the model are women"
    data = percent(share_of_women(table, "data", known))
    said = f"From {min(known)} to {max(known)}, {data} of those who arrived were women; in the model {model}"
    return said if world(result.record) else said + _misfit(table, known)


def _misfit(table: pd.DataFrame, years: list[int]) -> str:
    """How far the model's yearly numbers are from the counts, where that is far; the share alone would hide it."""
    rows = table[table["year"].isin(years) & (table["sex"] != "total") & (table["data"] > 0) & (table["model"] > 0)]
    typical = float(np.exp(np.abs(np.log(rows["model"] / rows["data"])).mean())) if len(rows) else 1.0
    if typical < _OFF:
        return ""
    whole = float(rows["model"].sum() / rows["data"].sum())
    return f". But its yearly numbers are off by a factor of {typical:.1f}, their sum is {whole:.1f} times the count"


def _model_share(result: Result, table: pd.DataFrame, years: list[int]) -> str:
    """Women among the model's arrivals of some years; of draws the median and 80 % interval."""
    if result.draws is None:
        return percent(share_of_women(table, "model", years))
    middle, low, high = (percent(each["female_share"]) for each in draws.over(result.draws, years))
    return f"{middle} (80 % interval {low.removesuffix(' %')} to {high})"

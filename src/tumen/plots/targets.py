"""Every other target beside what the posterior predicts: ages at arrival, and each row with its interval."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from tumen.plots import theme
from tumen.plots.posterior import READING, source, standing
from tumen.summary.coverage import of_targets, targets
from tumen.summary.draws import LEVELS, Floats, bands, median, pooled, sexes_of, years_of

if TYPE_CHECKING:
    from tumen.case import Case
    from tumen.infer.posterior import Posterior

AGES = "age_at_arrival"
_PERIOD = re.compile(r"(?:(\d{4})-(\d{2}))?\.\.(\d{4})-(\d{2})\Z")
_ROW = 19  # height of one target
_LETTERS = 42  # of a target's name
START = 212  # where the axis begins within the plotting area; the names stand to its left
_LIGHT = {"fit": 1.0, "check": 0.45}
_WIDTHS = {0.5: 9, 0.8: 6, 0.95: 3}
_OUTSIDE = "#b00020"
_DIGITS = (1, 5, 2, 3, 4, 6, 8)  # the rounder first


def ages(found: Posterior, case: Case | None = None) -> alt.VConcatChart | str:
    """Ages of those who arrived, one panel a period; or why there is no such figure."""
    table = targets(found)
    rows = table[(table["key"] == AGES) & (table["role"] == "fit")]
    if rows.empty:
        return "no ages at arrival were fitted"
    drawn = pooled(found.groups["posterior_predictive"], "targets_replicated", "target")
    constant = found.groups["constant_data"]
    compared = np.flatnonzero(constant["compared"].values.astype(bool))
    panels = []
    for period, part in rows.groupby("population", sort=False):
        part = part.assign(start=[_ends(age)[0] for age in part["category"]]).sort_values("start")
        panels.append(_ages_of(found, str(period), part, drawn[:, compared[part.index]]))
    inside = int((rows["within"] <= max(LEVELS)).sum())
    said = f"Of {len(rows)} shares of age groups among those who arrived, {inside} lie inside the 95 % band"
    words = theme.Words(
        standing(found, case, said),
        f"Share of all who arrived in the period, both sexes. {READING} Women and men: their median share of all "
        "arrivals, in the model.",
        source(found, case),
    )
    return theme.sheet(panels, words)


def _ages_of(found: Posterior, period: str, part: pd.DataFrame, drawn: Floats) -> theme.Part:
    """One period: bands and dots of the age groups, women and men as lines."""
    groups = list(part["category"])
    places = np.arange(len(groups), dtype=float)
    shown = bands(drawn, places, "total")
    data = pd.DataFrame({"x": places, "y": part["observed"].to_numpy(), "sex": "total"})
    middle = pd.DataFrame({"x": places, "y": median(drawn), "sex": "total"})
    sexes = _by_sex(found, period, groups)
    high = float(max(shown["high"].max(), data["y"].max()))
    labels = f"{json.dumps(groups)}[round(datum.value)]"
    axis = alt.Axis(values=list(places), labelExpr=labels, title=None, grid=False, domain=False, ticks=False)
    x = alt.X("x:Q", scale=alt.Scale(domain=[-0.35, len(groups) - 0.65], nice=False), axis=axis)
    y = theme.amounts(1.05 * high, percent=True)
    layers = [*theme.areas(shown, x, y, 0.17), theme.lines(middle, x, y, 2.0), theme.dots(data, x, y)]
    if len(sexes):
        layers += [theme.lines(sexes, x, y, 2.0), _names()]
    return theme.panel(layers, period_said(period)[:1].upper() + period_said(period)[1:], 150)


def _names() -> theme.Part:
    """Whose lines these are, in the upper right corner: few arrive in old age, so that it is empty."""
    names = pd.DataFrame({"sex": list(theme.NAMES), "name": list(theme.NAMES.values())})
    names["place"] = 10.0 + 20 * names.index
    text = alt.Chart(names).mark_text(align="right", fontSize=theme.TEXT, fontWeight="bold", clip=False)
    place = alt.Y("place:Q", scale=None, axis=None)
    return text.encode(x=alt.value(theme.WIDTH), y=place, text="name:N", color=theme.sexes())


def _by_sex(found: Posterior, period: str, groups: list[str]) -> pd.DataFrame:
    """Median shares of women and of men of each age group among all arrivals; a year counts by its months inside."""
    held = found.groups["posterior_predictive"]
    match = _PERIOD.search(period)
    if match is None or "arrivals_by_age" not in held:
        return pd.DataFrame(columns=["x", "y", "sex"])
    years = years_of(held)
    first = 12 * int(match[1]) + int(match[2]) - 1 if match[1] else 12 * years.min()
    last = 12 * int(match[3]) + int(match[4])
    weight = np.clip(np.minimum(last, 12 * years + 12) - np.maximum(first, 12 * years), 0, 12) / 12
    drawn = np.einsum("nyxa,y->nxa", pooled(held, "arrivals_by_age", "year", "sex", "age"), weight)
    share = drawn / np.maximum(drawn.sum(axis=(1, 2), keepdims=True), 1e-12)
    starts = np.array([_ends(str(age))[0] for age in held["age"].values])
    frames = []
    for i, sex in enumerate(sexes_of(held)):
        inside = [(starts >= low) & (starts <= high) for low, high in map(_ends, groups)]
        grouped = np.stack([share[:, i, within].sum(axis=1) for within in inside], axis=1)
        frames.append(pd.DataFrame({"x": np.arange(len(groups), dtype=float), "y": median(grouped), "sex": sex}))
    return pd.concat(frames, ignore_index=True)


def _ends(ages: str) -> tuple[int, int]:
    """First and last year of an age group.

    >>> _ends("20-29"), _ends("60+")
    ((20, 29), (60, 200))
    """
    low, _, high = ages.rstrip("+").partition("-")
    return int(low), int(high) if high else 200


def every(found: Posterior, case: Case | None = None) -> alt.VConcatChart | str:
    """Every target as a dot on its interval, by what was counted; or why there is no such figure."""
    table = targets(found)
    if table.empty:
        return "the model has no counterpart of any target"
    table["scale"] = [scale_of(unit) for unit in table["unit"]]
    table["label"] = _labels(table, case)
    for column in _numbers(table):
        table[column] = table[column] / np.where(table["unit"] == "percent", 100, 1)
    shares_first = sorted(table["scale"].unique(), key=lambda scale: scale != "share")
    by = [pd.Categorical(table["scale"], shares_first), pd.Categorical(table["key"], table["key"].unique())]
    panels = [
        _panel(rows.assign(place=np.arange(len(rows))), str(scale), str(key))
        for (scale, key), rows in table.groupby(by, observed=True)
    ]
    said = [f"{each.inside[0.95]} of {each.rows} {each.what}" for each in of_targets(found)]
    words = theme.Words(
        standing(found, case, f"Inside the 95 % intervals: {' and '.join(said)}"),
        "Dots: data. Bars: 50, 80 and 95 % of what the posterior predicts. Lighter: not fitted, only looked at. "
        "A red ring: outside the 95 % interval.",
        source(found, case),
    )
    return theme.sheet(panels, words)


def scale_of(unit: str) -> str:
    """The axis a unit is drawn on: `share` for what lies between zero and one, otherwise the unit."""
    return "share" if unit in ("share", "percent") else unit


def _numbers(table: pd.DataFrame) -> list[str]:
    return ["observed", "median", *(name for name in table.columns if re.match(r"(low|high)\d", str(name)))]


def _panel(rows: pd.DataFrame, scale: str, key: str) -> theme.Part:
    """The targets of one key, each on a line of its own."""
    x = _across(rows, scale)
    y = theme.numbered_rows(len(rows))
    light = rows["role"].map(_LIGHT).fillna(1.0)
    rows = rows.assign(light=light, letters=0.6 + 0.4 * light)
    opacity = alt.Opacity("light:Q", scale=None)
    layers: list[theme.Part] = []
    for level in sorted(LEVELS, reverse=True):
        low, high = f"low{100 * level:.0f}", f"high{100 * level:.0f}"
        grey = theme.GREY if level == min(LEVELS) else "#b4b4b4"
        bar = alt.Chart(rows).mark_rule(strokeWidth=_WIDTHS[level], strokeCap="butt", color=grey)
        layers.append(bar.encode(x=theme.like(x, low), x2=f"{high}:Q", y=y, opacity=opacity))
    ring = alt.Chart(rows[rows["within"] > max(LEVELS)]).mark_point(size=150, color=_OUTSIDE, strokeWidth=2, opacity=1)
    dot = alt.Chart(rows).mark_point(filled=True, size=50, stroke=theme.PAPER, strokeWidth=1, fill=theme.INK)
    layers += [
        ring.encode(x=x, y=y),
        dot.encode(x=x, y=y, opacity=opacity),
        theme.beside(rows, "label", y, -theme.LEFT, "left").encode(opacity=alt.Opacity("letters:Q", scale=None)),
    ]
    unit = "" if scale == "share" else f", {scale}s, logarithmic"
    heading = f"{key.replace('_', ' ')}{unit}"
    return theme.panel(layers, heading[:1].upper() + heading[1:], _ROW * len(rows))


def _across(rows: pd.DataFrame, scale: str) -> alt.X:
    if scale == "share":
        axis = alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], labelExpr=theme.PERCENT, title=None, labelFlush=False)
        return alt.X("observed:Q", scale=alt.Scale(domain=[0, 1], range=[START, theme.WIDTH], nice=False), axis=axis)
    numbers = rows[_numbers(rows)].to_numpy()
    low, high = float(numbers[numbers > 0].min()) / 1.2, float(numbers.max()) * 1.2
    said = "format(datum.value, datum.value < 10 ? '~g' : ',.0f')"
    axis = alt.Axis(labelExpr=said, title=None, values=ticks(low, high), labelFlush=False)
    scaled = alt.Scale(type="log", domain=[low, high], range=[START, theme.WIDTH], nice=False, clamp=True)
    return alt.X("observed:Q", scale=scaled, axis=axis)


def ticks(low: float, high: float) -> list[float]:
    """Round numbers along a logarithmic axis, the rounder first, as many as their labels leave room for.

    >>> ticks(2500.0, 70000.0), ticks(2.5, 6.9)
    ([3000.0, 10000.0, 50000.0], [3.0, 4.0, 5.0, 6.0])
    """
    label = theme.extent(f"{high:,.0f}", theme.TEXT) + theme.TEXT
    apart = label / (theme.WIDTH - START) * math.log(high / low)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found: list[float] = []
    for value in (digit * 10.0**power for digit in _DIGITS for power in powers):
        if low <= value <= high and all(abs(math.log(value / other)) >= apart for other in found):
            found.append(value)
    return sorted(found)


def _labels(table: pd.DataFrame, case: Case | None) -> list[str]:
    """What was counted, and of whom or when: `1998 to 2003-08: 20-29`, `2006-12`.

    `arrivals` or `leavers` is said only where a key has both; the date where the population has no period.
    """
    kinds = table["population"].str.partition(" ")[0].groupby(table["key"]).nunique()
    titles = {place.key: place.title for place in case.provinces} if case else {}
    dates = _dates(table, case)
    labels = []
    for row, date in zip(table.to_dict(orient="records"), dates, strict=True):
        when = period_said(row["population"])
        if not re.search(r"\d{4}", when):
            when = f"{when} {date}".strip()
        if kinds[row["key"]] == 1 and " " in when:
            when = when.partition(" ")[2]
        said = when if row["category"] == "all" else f"{when}: {_category(row['category'], titles)}"
        labels.append(said if len(said) <= _LETTERS else said[: _LETTERS - 3].rstrip() + "...")
    return labels


def _category(category: str, titles: Mapping[str, str]) -> str:
    """A category in words; of more than two joined ones the first and how many more."""
    if category.endswith("+"):
        return category
    members = [titles.get(word, word.replace("_", " ")) for word in category.split("+")]
    return " + ".join(members) if len(members) <= 2 else f"{members[0]} + {len(members) - 1} more"


def _dates(table: pd.DataFrame, case: Case | None) -> list[str]:
    """The date of each target: the file's, else that of the one row of the case it can be."""
    if case is None or (table["as_of"] != "").all():
        return list(table["as_of"])
    known: dict[tuple[str, str, str, float], set[str]] = {}
    for row in case.profiles_rows:
        named = (row["key"], row["population"], row["category"], float(row["value"]))
        known.setdefault(named, set()).add(str(row["as_of"]))
    columns = (table[name] for name in ("key", "population", "category", "observed"))
    found = [known.get(named, set()) for named in zip(*columns, strict=True)]
    return [next(iter(dates)) if len(dates) == 1 else "" for dates in found]


def period_said(population: str) -> str:
    """A population as a reader reads it.

    >>> period_said("arrivals 1998-01..2003-08"), period_said("leavers ..1999-12"), period_said("abroad")
    ('arrivals 1998 to 2003-08', 'leavers to 1999', 'abroad')
    """
    match = _PERIOD.search(population)
    if match is None:
        return population
    kind = population[: match.start()].strip()
    start = (match[1] if match[2] == "01" else f"{match[1]}-{match[2]}") if match[1] else ""
    end = match[3] if match[4] == "12" else f"{match[3]}-{match[4]}"
    return f"{kind} {start + ' ' if start else ''}to {end}" if start != end else f"{kind} {end}"

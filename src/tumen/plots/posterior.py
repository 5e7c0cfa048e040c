"""Arrivals as the posterior and as the priors predict them, with the counts: by sex, women's share, and before the fit.

Bands hold 50, 80 and 95 % of the draws with all their chance; a dot is a count of one year, a hollow dot with a bar the
yearly mean of a count over several years.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from tumen.plots import theme
from tumen.plots.bands import banded, line
from tumen.summary.coverage import Coverage, of_arrivals
from tumen.summary.draws import FEWEST, bands, counted, pooled, sexes_of, where_many, years_of
from tumen.summary.formatting import cited, keys_of
from tumen.summary.posterior import made_of

if TYPE_CHECKING:
    from tumen.case import Case
    from tumen.infer.posterior import Posterior

READING = "Bands: 50, 80 and 95 % of the draws. Line: median. Dots: data."
_HOLLOW = " Hollow dots: a count over several years, drawn as their mean."
_LEAST = 1.0  # persons a year at the foot of a logarithmic axis


def standing(found: Posterior, case: Case | None, title: str) -> str:
    """A figure's title, after a warning where the posterior may not be used."""
    stale = case is not None and found.provenance.get("simulation_hash") != case.simulation_hash
    warnings = ["failed its checks" if not found.sound else "", "of another version of the case" if stale else ""]
    warning = ", ".join(word for word in warnings if word)
    return f"Posterior {warning}. {title}" if warning else title


def source(found: Posterior, case: Case | None, data: str = "") -> str:
    """Where a figure of a posterior comes from, and a warning where it may not be used."""
    about = found.provenance
    title = f"{case.title} ({about.get('case')}" if case else f"({about.get('case')}"
    parts = [
        f"Data: {data}" if data else "",
        f"Case: {title}, {str(about.get('hash', ''))[:8]})",
        f"Theory: {found.theory}",
        f"Posterior: {made_of(found)}",
        "" if found.sound else "FAILED DIAGNOSTICS",
        "OUTDATED: made from another version of the case"
        if case and about.get("simulation_hash") != case.simulation_hash
        else "",
    ]
    return " ".join(f"{part}." for part in parts if part)


def arrivals(found: Posterior, case: Case | None = None) -> alt.VConcatChart:
    """Arrivals per year of women and of men: bands of what is predicted, and the counts."""
    held = found.groups["posterior_predictive"]
    drawn = pooled(held, "arrivals_replicated", "year", "sex")
    years, sexes, blocks = years_of(held), sexes_of(held), counted(found)
    shown = pd.concat([bands(drawn[..., i], years, sex) for i, sex in enumerate(sexes)], ignore_index=True)
    middle = pd.concat([line(drawn[..., i], years, sex) for i, sex in enumerate(sexes)], ignore_index=True)
    data = pd.concat([_means(blocks, sex) for sex in sexes], ignore_index=True)
    high = max(1.0, float(shown["high"].max()), float(data["y"].max()))
    x, y = theme.years(years.min(), years.max()), theme.amounts(high)
    layers = [*banded(shown, middle, data, x, y), theme.ends(middle, x, y, high, 300)]
    where = case.destination if case else "the country of destination"
    words = theme.Words(
        standing(found, case, _inside(of_arrivals(found)[0])),
        f"Arrivals in {where}, persons per calendar year. {_reading(data)}",
        source(found, case, sources(case)),
    )
    return theme.sheet([theme.panel(layers, "", 300)], words)


def women(found: Posterior, case: Case | None = None) -> alt.VConcatChart:
    """Women's share of those who arrive, and of those who leave: the two differ by what happens on the way."""
    held = found.groups["posterior_predictive"]
    years, sexes, blocks = years_of(held), sexes_of(held), counted(found)
    came, went = (pooled(held, name, "year", "sex") for name in ("arrivals_replicated", "departures"))
    share = where_many(came, sexes)
    left = line(where_many(went, sexes), years, "total")
    shown, middle = bands(share, years, "female"), line(share, years, "female")
    data = _means(blocks.assign(female=blocks["share"]), "female", per_year=False)
    x, y = theme.years(years.min(), years.max()), theme.amounts(1.0, percent=True)
    around = pd.concat([middle, left, data], ignore_index=True)
    dashed = (
        alt.Chart(left).mark_line(strokeDash=[6, 4], strokeWidth=2, clip=False).encode(x=x, y=y, color=theme.sexes())
    )
    layers = [
        theme.rule_at(0.5, y, "as many women as men", around, years.min(), years.max()),
        *banded(shown, middle, data, x, y),
        dashed,
        _named(middle, left, x, y),
    ]
    words = theme.Words(
        standing(found, case, _inside(of_arrivals(found)[1])),
        f"Women's share, calendar years. {_reading(data)} Dashed: median share of women among those who leave, in "
        f"the model: arrivals are not departures. Years with fewer than {FEWEST} people in the median are left out.",
        source(found, case, sources(case)),
    )
    return theme.sheet([theme.panel(layers, "", 300)], words)


def prior(found: Posterior, case: Case | None = None) -> alt.VConcatChart:
    """What the priors alone expect of arrivals, before any count was used; logarithmic."""
    held = found.groups["prior_predictive"]
    drawn = pooled(held, "arrivals", "year", "sex")
    years, sexes, blocks = years_of(held), sexes_of(held), counted(found)
    data = pd.concat([_means(blocks, sex) for sex in sexes], ignore_index=True)
    shown = {sex: _above(bands(drawn[..., i], years, sex)) for i, sex in enumerate(sexes)}
    high = max(10.0, max(float(each["high"].max()) for each in shown.values()), float(data["y"].max()))
    x = theme.years(years.min(), years.max())
    y = logarithmic(high)
    panels = []
    for i, sex in enumerate(sexes):
        middle = line(drawn[..., i], years, sex)
        middle["y"] = middle["y"].clip(lower=_LEAST)
        own = data[(data["sex"] == sex) & (data["y"] >= _LEAST)]
        layers = banded(shown[sex], middle, own, x, y)
        panels.append(theme.panel(layers, theme.NAMES[sex], 190))
    where = case.destination if case else "the country of destination"
    words = theme.Words(
        _inside(of_arrivals(found, "prior_predictive")[0], "prior"),
        f"Arrivals in {where} as the priors expect them, persons per calendar year, logarithmic. {_reading(data)} "
        f"Less than {_LEAST:.0f} a year is drawn at {_LEAST:.0f}.",
        source(found, case, sources(case)),
    )
    return theme.sheet(panels, words)


def logarithmic(high: float) -> alt.Y:
    """A vertical axis of persons by powers of ten."""
    ticks = [10.0**power for power in range(int(np.ceil(np.log10(high))) + 1)]
    while len(ticks) > 6:
        ticks = ticks[::2]
    axis = alt.Axis(
        values=ticks, format=",.0f", title=None, domain=False, ticks=False, minExtent=theme.LEFT, maxExtent=theme.LEFT
    )
    return alt.Y("y:Q", scale=alt.Scale(type="log", domain=[_LEAST, high], nice=False), axis=axis)


def sources(case: Case | None) -> str:
    """Who counted the arrivals that were fitted."""
    if case is None:
        return ""
    fitted = case.arrivals[case.arrivals["role"] == "fit"]
    return cited(case, keys_of(fitted["source"]))


def _means(blocks: pd.DataFrame, sex: str, per_year: bool = True) -> pd.DataFrame:
    """Counts at the middle of their years: columns x, y, sex, first, last; persons as a yearly mean."""
    length = (blocks["last"] - blocks["first"] + 1) if per_year else 1
    middle = (blocks["first"] + blocks["last"]) / 2
    frame = pd.DataFrame({"x": middle, "y": blocks[sex] / length, "first": blocks["first"], "last": blocks["last"]})
    return frame.assign(sex=sex).dropna()


def _above(shown: pd.DataFrame) -> pd.DataFrame:
    """Bands that a logarithmic axis can show."""
    return shown.assign(low=shown["low"].clip(lower=_LEAST), high=shown["high"].clip(lower=_LEAST))


def _named(arriving: pd.DataFrame, leaving: pd.DataFrame, x: alt.X, y: alt.Y) -> theme.Part:
    """`arrive` and `leave` at the ends of their lines, moved apart where they would touch."""
    last = pd.concat([arriving.tail(1).assign(name="arrive"), leaving.tail(1).assign(name="leave")])
    last["y"] = theme.spread(list(last["y"]), 1.25 * theme.TEXT / 300, 1.0)
    text = alt.Chart(last).mark_text(align="left", dx=8, fontSize=theme.TEXT, fontWeight="bold", clip=False)
    return text.encode(x=x, y=y, text="name:N", color=theme.sexes())


def _reading(data: pd.DataFrame) -> str:
    return READING + (_HOLLOW if (data["first"] < data["last"]).any() else "")


def _inside(coverage: Coverage, whose: str = "") -> str:
    """How many numbers lie inside the middle and the widest band."""
    if coverage.rows == 0:
        return "No single year was counted"
    inner, outer = coverage.inside[0.5], coverage.inside[0.95]
    band = f"{whose} band".strip()
    return f"Of {coverage.rows} {coverage.what}, {inner} lie inside the 50 % {band} and {outer} inside the 95 % {band}"

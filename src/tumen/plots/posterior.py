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
from tumen.summary.coverage import Coverage, of_arrivals
from tumen.summary.draws import FEWEST, bands, counted, pooled, sexes_of, where_many, years_of  # fmt: skip
from tumen.summary.formatting import cited_counts, destination, of_case, stops
from tumen.summary.posterior import made_of

if TYPE_CHECKING:
    from tumen.case import Case
    from tumen.infer.posterior import Posterior

READING = "Bands: 50, 80 and 95 % of the draws. Line: median. Dots: data."
_HOLLOW = " Hollow dots: a count over several years, drawn as their mean."
LEAST = 1.0  # persons a year at the foot of a logarithmic axis


def standing(found: Posterior, case: Case | None, title: str) -> str:
    """A figure's title, after a warning where the posterior may not be used."""
    warnings = {"failed its checks": not found.sound, "of another version of the case": _stale(found, case)}
    warning = ", ".join(word for word, holds in warnings.items() if holds)
    return f"Posterior {warning}. {title}" if warning else title


def source(found: Posterior, case: Case | None, data: str = "") -> str:
    """Where a figure of a posterior comes from, and a warning where it may not be used."""
    about = found.provenance
    parts = [
        f"Data: {data}" if data else "",
        of_case(case, {**about, "name": about.get("case")}),
        f"Theory: {found.theory}",
        f"Posterior: {made_of(found)}",
        "" if found.sound else "FAILED DIAGNOSTICS",
        "OUTDATED: made from another version of the case" if _stale(found, case) else "",
    ]
    return stops(parts)


def _stale(found: Posterior, case: Case | None) -> bool:
    return case is not None and found.provenance.get("simulation_hash") != case.simulation_hash


def arrivals(found: Posterior, case: Case | None = None) -> alt.VConcatChart:
    """Arrivals per year of women and of men: bands of what is predicted, and the counts."""
    held = found.groups["posterior_predictive"]
    drawn = pooled(held, "arrivals_replicated", "year", "sex")
    years, sexes, blocks = years_of(held), sexes_of(held), counted(found)
    shown = pd.concat([bands(drawn[..., i], years, sex) for i, sex in enumerate(sexes)], ignore_index=True)
    middle = pd.concat([theme.line(drawn[..., i], years, sex) for i, sex in enumerate(sexes)], ignore_index=True)
    data = pd.concat([means(blocks, sex) for sex in sexes], ignore_index=True)
    high = max(1.0, float(shown["high"].max()), float(data["y"].max()))
    x, y = theme.years(years.min(), years.max()), theme.amounts(high)
    layers = [*theme.banded(shown, middle, data, x, y), theme.ends(middle, x, y, high, 300)]
    words = theme.Words(
        standing(found, case, _inside(of_arrivals(found)[0])),
        f"Arrivals in {destination(case)}, persons per calendar year. {_reading(data)}",
        source(found, case, cited_counts(case, "fit")),
    )
    return theme.sheet([theme.panel(layers, "", 300)], words)


def women(found: Posterior, case: Case | None = None) -> alt.VConcatChart:
    """Women's share of those who arrive, and of those who leave: the two differ by what happens on the way."""
    held = found.groups["posterior_predictive"]
    years, sexes, blocks = years_of(held), sexes_of(held), counted(found)
    came, went = (pooled(held, name, "year", "sex") for name in ("arrivals_replicated", "departures"))
    share = where_many(came, sexes)
    left = theme.line(where_many(went, sexes), years, "total")
    shown, middle = bands(share, years, "female"), theme.line(share, years, "female")
    data = means(blocks.assign(female=blocks["share"]), "female", per_year=False)
    x, y = theme.years(years.min(), years.max()), theme.amounts(1.0, percent=True)
    around = pd.concat([middle, left, data], ignore_index=True)
    dashed = alt.Chart(left).mark_line(strokeDash=[6, 4], strokeWidth=2, clip=False)
    ends = pd.concat([middle, left], ignore_index=True)
    layers = [
        theme.rule_at(0.5, y, "as many women as men", around, years.min(), years.max()),
        *theme.banded(shown, middle, data, x, y),
        dashed.encode(x=x, y=y, color=theme.sexes()),
        theme.ends(ends, x, y, 1.0, 300, {"female": "arrive", "total": "leave"}),
    ]
    words = theme.Words(
        standing(found, case, _inside(of_arrivals(found)[1])),
        f"Women's share, calendar years. {_reading(data)} Dashed: median share of women among those who leave, in "
        f"the model: arrivals are not departures. Years with fewer than {FEWEST} people in the median are left out.",
        source(found, case, cited_counts(case, "fit")),
    )
    return theme.sheet([theme.panel(layers, "", 300)], words)


def prior(found: Posterior, case: Case | None = None) -> alt.VConcatChart:
    """What the priors alone expect of arrivals, before any count was used; logarithmic."""
    held = found.groups["prior_predictive"]
    drawn = pooled(held, "arrivals", "year", "sex")
    years, sexes, blocks = years_of(held), sexes_of(held), counted(found)
    data = pd.concat([means(blocks, sex) for sex in sexes], ignore_index=True)
    shown = pd.concat([bands(drawn[..., i], years, sex) for i, sex in enumerate(sexes)], ignore_index=True)
    shown[["low", "high"]] = shown[["low", "high"]].clip(lower=LEAST)  # what a logarithmic axis can show
    high = max(10.0, float(shown["high"].max()), float(data["y"].max()))
    x = theme.years(years.min(), years.max())
    y = logarithmic(high)
    panels = []
    for i, sex in enumerate(sexes):
        middle = theme.line(drawn[..., i], years, sex)
        middle["y"] = middle["y"].clip(lower=LEAST)
        own = data[(data["sex"] == sex) & (data["y"] >= LEAST)]
        layers = theme.banded(shown[shown["sex"] == sex], middle, own, x, y)
        panels.append(theme.panel(layers, theme.NAMES[sex], 190))
    words = theme.Words(
        _inside(of_arrivals(found, "prior_predictive")[0], "prior"),
        f"Arrivals in {destination(case)} as the priors expect them, persons per calendar year, logarithmic. "
        f"{_reading(data)} Less than {LEAST:.0f} a year is drawn at {LEAST:.0f}.",
        source(found, case, cited_counts(case, "fit")),
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
    return alt.Y("y:Q", scale=alt.Scale(type="log", domain=[LEAST, high], nice=False), axis=axis)


def means(blocks: pd.DataFrame, sex: str, per_year: bool = True) -> pd.DataFrame:
    """Counts at the middle of their years: columns x, y, sex, first, last; persons as a yearly mean."""
    length = (blocks["last"] - blocks["first"] + 1) if per_year else 1
    middle = (blocks["first"] + blocks["last"]) / 2
    frame = pd.DataFrame({"x": middle, "y": blocks[sex] / length, "first": blocks["first"], "last": blocks["last"]})
    return frame.assign(sex=sex).dropna()


def _reading(data: pd.DataFrame) -> str:
    return READING + (_HOLLOW if (data["first"] < data["last"]).any() else "")


def _inside(coverage: Coverage, whose: str = "") -> str:
    """How many numbers lie inside the middle and the widest band."""
    if coverage.rows == 0:
        return "No single year was counted"
    inner, outer = coverage.inside[0.5], coverage.inside[0.95]
    band = f"{whose} band".strip()
    return f"Of {coverage.rows} {coverage.what}, {inner} lie inside the 50 % {band} and {outer} inside the 95 % {band}"

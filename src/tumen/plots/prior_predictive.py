"""What the priors of a theory expect of arrivals, beside the counts. Needs the packages of a calibration."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from tumen.case import SEXES
from tumen.infer.prior_predictive import LEVEL, Compared, PriorPredictive
from tumen.plots import theme
from tumen.plots.posterior import LEAST, logarithmic, means
from tumen.summary.draws import Floats, bands, central, share_of_women
from tumen.summary.formatting import cited_counts, named_case
from tumen.summary.prior_predictive import inside


def prior_predictive(found: PriorPredictive) -> alt.VConcatChart:
    """Totals on a logarithmic axis and women's share: bands of the prior, its median, and the counts as dots."""
    x = theme.years(found.years.min(), found.years.max())
    total = found.arrivals.sum(axis=-1)
    counts = _counted(found.compared("total"), "total", per_year=True)
    shares = _counted(found.compared("women"), "female", per_year=False)
    high = max(10.0, float(central(total, LEVEL)[1].max()), float(counts["y"].max()))
    persons, share = logarithmic(high), theme.amounts(1.0, percent=True)
    women = share_of_women(found.arrivals, SEXES)
    panels = [
        theme.panel(_layers(np.maximum(total, LEAST), found.years, counts, x, persons), "Arrivals a year", 260),
        theme.panel(_layers(women, found.years, shares, x, share), "Women among them", 220),
    ]
    singles = found.single("total")
    title = f"Of {len(singles)} yearly totals, {inside(singles)} lie inside the central 90 % of the prior"
    words = theme.Words(
        title if singles else "No single year was counted",
        f"Arrivals in {found.case.destination} as the priors alone expect them, persons per calendar year "
        "(logarithmic), and women's share. Bands: 50 and 90 % of the draws. Line: median. Dots: data; a bar spans the "
        "years of a joint count.",
        f"Data: {cited_counts(found.case, 'fit')}. {named_case(found.case)} Theory: {found.theory.name}. "
        f"{found.draws} draws of the priors, {found.refused} of them refused, {found.agents:,} agents a run, seed "
        f"{found.seed}.",
    )
    return theme.sheet(panels, words)


def _layers(draws: Floats, years: Floats, data: pd.DataFrame, x: alt.X, y: alt.Y) -> list[theme.Part]:
    """Bands, the median, the spans of joint counts and dots, from below to above."""
    sex = str(data["sex"].iloc[0])
    middle = theme.lines(theme.line(draws, years, sex), x, y, 2.0)
    several = data[data["first"] < data["last"]]
    shown = bands(draws, years, sex, (LEVEL, 0.5))
    return [*theme.areas(shown, x, y), middle, *theme.spans(several, x, y), theme.dots(data, x, y)]


def _counted(compared: list[Compared], sex: str, per_year: bool) -> pd.DataFrame:
    """What was counted, as `means` has it."""
    rows = [(each.first, each.last, each.counted) for each in compared]
    return means(pd.DataFrame(rows, columns=["first", "last", sex]), sex, per_year)

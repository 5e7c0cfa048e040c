"""Figures of a result as altair charts, which notebooks show and `.save(FILE)` writes.

Each takes a result and its case, for names and sources (None: the result's own copy, else the shipped case if it is the
same). Raises ResultError where the result does not hold what the figure shows, for example no whole year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import altair as alt

    from tumen.case import Case
    from tumen.result import Result

__all__ = [
    "arrivals_by_sex",
    "arrivals_by_year",
    "people_abroad",
    "policies_and_arrivals",
    "population_by_age",
    "serve_trade_pay",
]


def arrivals_by_sex(result: Result, case: Case | None = None) -> alt.VConcatChart:
    """Arrivals by sex and women's share of them, model and data."""
    return _chart("arrivals_by_sex", result, case)


#: The one chart of a result that has a short name, `tm.plot`.
plot = arrivals_by_sex


def arrivals_by_year(result: Result, case: Case | None = None) -> alt.VConcatChart:
    """Arrivals of both sexes by calendar year, model and data."""
    return _chart("arrivals", result, case)


def people_abroad(result: Result, case: Case | None = None) -> alt.VConcatChart:
    """How many people are abroad on the way, and for how long; model only."""
    return _chart("abroad", result, case)


def policies_and_arrivals(result: Result, case: Case | None = None) -> alt.VConcatChart:
    """The policies of the case as timelines, above the arrivals."""
    return _chart("policies", result, case)


def population_by_age(result: Result, case: Case | None = None) -> alt.VConcatChart:
    """People by age and sex in three years, against the estimates of the case."""
    return _chart("population", result, case)


def serve_trade_pay(result: Result, case: Case | None = None) -> alt.VConcatChart:
    """Shares of each sex who serve, who trade and who can pay for a crossing; model only."""
    return _chart("serve_trade_pay", result, case)


def _chart(name: str, result: Result, case: Case | None) -> alt.VConcatChart:
    from tumen.plots.gallery import chart
    from tumen.result import ResultError
    from tumen.result.case_copy import case_of

    made = chart(name, result, case if case is not None else case_of(result)[0])
    if isinstance(made, str):
        raise ResultError(
            made, f"the figure {name}", "whole years and the case", "simulate a longer window, or give the case"
        )
    return made

"""The figures of a result and of a posterior, each as SVG and PNG."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import altair as alt

from tumen.plots import posterior as predicted
from tumen.plots.arrivals import by_sex, per_year
from tumen.plots.identified import contraction, keys, pairs
from tumen.plots.people import people_abroad, population, serve_trade_pay
from tumen.plots.policies import over_flow
from tumen.plots.render import drawn
from tumen.plots.targets import ages, every

if TYPE_CHECKING:
    from tumen.case import Case, World
    from tumen.infer.posterior import Posterior
    from tumen.result import Result

_OF_WHOLE_YEARS: Mapping[str, Callable[[Result, Case | None], alt.VConcatChart]] = {
    "arrivals": per_year,
    "arrivals_by_sex": by_sex,
    "serve_trade_pay": serve_trade_pay,
    "abroad": people_abroad,
}
#: Names of the figures of a result, and of their files.
NAMES = ("arrivals", "arrivals_by_sex", "policies", "population", "serve_trade_pay", "abroad")
#: The figures of a posterior by name; a text says why there is none.
OF_POSTERIOR: dict[str, Callable[[Posterior, Case | None], alt.VConcatChart | str]] = {
    "posterior_arrivals": predicted.arrivals,
    "posterior_women": predicted.women,
    "posterior_ages": ages,
    "posterior_targets": every,
    "identified": contraction,
    "trade_offs": pairs,
    "two_keys": keys,
    "prior_arrivals": predicted.prior,
}


@dataclass(frozen=True)
class Gallery:
    """Drawn figures: file name to bytes, and a sentence for each that could not be drawn."""

    files: dict[str, bytes]
    skipped: tuple[str, ...]


def draw(
    result: Result, case: Case | None = None, world: World | None = None, step: Callable[[str], None] | None = None
) -> Gallery:
    """Draw every figure of a result that can be drawn: policies and population need the case it was made from.

    `world` has the values in force in the run; `step` is told the name of each figure before it is drawn.
    """
    return _gallery({name: partial(chart, name, result, case, world) for name in NAMES}, step)


def draw_posterior(found: Posterior, case: Case | None = None, step: Callable[[str], None] | None = None) -> Gallery:
    """Draw every figure of a posterior that can be drawn; `step` is told the name of each before it is drawn."""
    return _gallery({name: partial(of, found, case) for name, of in OF_POSTERIOR.items()}, step)


def _gallery(charts: Mapping[str, Callable[[], alt.VConcatChart | str]], step: Callable[[str], None] | None) -> Gallery:
    files: dict[str, bytes] = {}
    skipped: list[str] = []
    for name, make in charts.items():
        if step is not None:
            step(name)
        made = make()
        if isinstance(made, str):
            skipped.append(f"figure {name} is left out: {made}")
        else:
            files |= drawn(name, made)
    return Gallery(files, tuple(skipped))


def chart(name: str, result: Result, case: Case | None = None, world: World | None = None) -> alt.VConcatChart | str:
    """A figure of a result by name, or why there is none."""
    if name in _OF_WHOLE_YEARS:
        whole_years = (result.flows["month"].dt.month.values == 12).any() and result.flows.sizes["month"] >= 12
        return _OF_WHOLE_YEARS[name](result, case) if whole_years else "the result holds no whole year"
    if case is None:
        return "it needs the case the result was made from"
    if name == "policies":
        return over_flow(result, case, world)
    if not (result.flows["month"].dt.month.values == 6).any():
        return "the result holds no end of June"
    return population(result, case)

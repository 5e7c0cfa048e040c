"""The six figures of a result, each as SVG and PNG."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import altair as alt

from tumen.plots.abroad import way
from tumen.plots.arrivals import by_sex, per_year
from tumen.plots.keys import hands
from tumen.plots.policies import over_flow
from tumen.plots.pyramid import population
from tumen.plots.render import drawn

if TYPE_CHECKING:
    from tumen.case import Case, World
    from tumen.result import Result

_FREE: Mapping[str, Callable[[Result, Case | None], alt.VConcatChart]] = {
    "arrivals": per_year,
    "arrivals_by_sex": by_sex,
    "serve_trade_pay": hands,
    "abroad": way,
}
#: the names of the figures, and of their files
NAMES = ("arrivals", "arrivals_by_sex", "policies", "population", "serve_trade_pay", "abroad")


@dataclass(frozen=True)
class Gallery:
    """Drawn figures: file name to bytes, and a sentence for each that could not be drawn."""

    files: dict[str, bytes]
    skipped: tuple[str, ...]


def draw(
    result: Result, case: Case | None = None, world: World | None = None, step: Callable[[str], None] | None = None
) -> Gallery:
    """Draw every figure that can be drawn: the policies and the population need the case the result was made from.

    `world` has the values in force in the run; `step` is told the name of each figure before it is drawn.
    """
    files: dict[str, bytes] = {}
    skipped: list[str] = []
    for name in NAMES:
        if step is not None:
            step(name)
        chart = _chart(name, result, case, world)
        if isinstance(chart, str):
            skipped.append(f"figure {name} is left out: {chart}")
            continue
        files |= drawn(name, chart)
    return Gallery(files, tuple(skipped))


def _chart(name: str, result: Result, case: Case | None, world: World | None) -> alt.VConcatChart | str:
    """The figure, or why there is none."""
    if name in _FREE:
        whole_years = (result.flows["month"].dt.month.values == 12).any() and result.flows.sizes["month"] >= 12
        return _FREE[name](result, case) if whole_years else "the result holds no whole year"
    if case is None:
        return "it needs the case the result was made from"
    if name == "policies":
        return over_flow(result, case, world)
    if not (result.flows["month"].dt.month.values == 6).any():
        return "the result holds no end of June"
    return population(result, case)

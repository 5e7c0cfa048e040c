"""The figures of a posterior, each as SVG and PNG."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import altair as alt

from tumen.plots.gallery import Gallery
from tumen.plots.identified import contraction, keys, pairs
from tumen.plots.posterior import arrivals, prior, women
from tumen.plots.render import drawn
from tumen.plots.targets import ages, every

if TYPE_CHECKING:
    from tumen.case import Case
    from tumen.infer.posterior import Posterior

FIGURES: Mapping[str, Callable[[Posterior, Case | None], alt.VConcatChart | str]] = {
    "posterior_arrivals": arrivals,
    "posterior_women": women,
    "posterior_ages": ages,
    "posterior_targets": every,
    "identified": contraction,
    "trade_offs": pairs,
    "two_keys": keys,
    "prior_arrivals": prior,
}


def draw(found: Posterior, case: Case | None = None, step: Callable[[str], None] | None = None) -> Gallery:
    """Draw every figure that can be drawn; `step` is told the name of each before it is drawn."""
    files: dict[str, bytes] = {}
    skipped: list[str] = []
    for name, chart in FIGURES.items():
        if step is not None:
            step(name)
        made = chart(found, case)
        if isinstance(made, str):
            skipped.append(f"figure {name} is left out: {made}")
            continue
        files |= drawn(name, made)
    return Gallery(files, tuple(skipped))

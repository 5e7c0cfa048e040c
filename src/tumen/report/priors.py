"""The priors of a case under a theory, one row a parameter: what is held before any count is looked at, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from tumen.infer.space import Axis, Space, space
from tumen.report.draws import TABLED
from tumen.report.identified import labels
from tumen.report.posterior_report import number

if TYPE_CHECKING:
    from rich.table import Table

    from tumen.case import Case
    from tumen.theories import Theory


@dataclass(frozen=True)
class Row:
    """One parameter: its distribution with median and the ends of the central 90 %, within what the input admits."""

    name: str
    label: str
    unit: str
    distribution: str
    low: float
    median: float
    high: float
    why: str
    source: tuple[str, ...]
    of_theory: bool


def rows(case: Case, theory: Theory) -> list[Row]:
    """The parameters of a case under a theory. Raises CaseError where the case has no priors."""
    asked = space(case, theory)
    if not asked.size:
        return []
    tail = (1 - TABLED) / 2
    z = np.repeat(special.ndtri([tail, 0.5, 1 - tail])[:, None], asked.size, axis=1)
    numbers = np.sort(asked.values(z), axis=0)  # `complements` falls as z grows
    shown = labels(asked.names, case)
    return [_row(axis, theory, str(shown[i]), numbers[:, i]) for i, axis in enumerate(asked.axes)]


def _row(axis: Axis, theory: Theory, label: str, numbers: Any) -> Row:
    given, held = axis.prior, str(axis.distribution)
    low, median, high = map(float, numbers)
    if axis.distribution is given.distribution:
        return Row(given.name, label, given.unit, held, low, median, high, given.why, given.source, False)
    why, source = f"The theory's claim: {theory.claim}", (theory.citation,)
    return Row(given.name, label, given.unit, held, low, median, high, why, source, True)


def fixed(case: Case, theory: Theory) -> list[str]:
    """The parameters with a prior that the theory fixes, so that nothing is left to estimate."""
    left = set(space(case, theory).names)
    return [prior.name for prior in case.priors if prior.name not in left]


def history_odds(asked: Space) -> dict[str, float]:
    """Each history with its prior probability; the base first."""
    return {name or "base": float(odds) for name, odds in zip(asked.histories, asked.odds, strict=True)}


def table(given: list[Row]) -> Table:
    """The priors for a terminal; a star marks a distribution of the theory's own."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown = Table(
        title=Text("Priors: median and central 90 %"),
        box=box.SIMPLE_HEAD,
        title_justify="left",
        pad_edge=False,
        collapse_padding=True,
    )
    shown.add_column("parameter, unit, distribution", overflow="fold", ratio=4)
    shown.add_column("median\n90 %", justify="right", ratio=2)
    shown.add_column("why, source", overflow="fold", ratio=4)
    for row in given:
        star = " *" if row.of_theory else ""
        about = f"{row.name}\n{row.label} ({row.unit})\n{row.distribution}{star}"
        numbers = f"{number(row.median)}\n{number(row.low)} to {number(row.high)}"
        shown.add_row(about, numbers, f"{row.why} [{', '.join(row.source)}]", end_section=True)
    return shown


def as_json(case: Case, theory: Theory) -> dict[str, Any]:
    """The priors, what the theory fixes and the odds of the histories, for machines."""
    asked = space(case, theory)
    return {
        "case": case.name,
        "theory": theory.name,
        "priors": [asdict(row) for row in rows(case, theory)],
        "fixed": fixed(case, theory),
        "histories": history_odds(asked),
    }

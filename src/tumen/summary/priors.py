"""The priors of a case under a theory, one row a parameter: what it moves, how far, why and by which source."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from tumen.case.priors import VALUE
from tumen.infer.parameter_space import Axis, ParameterSpace, parameter_space
from tumen.summary.draws import TABLED
from tumen.summary.formatting import number, ranged, ruled_table
from tumen.summary.identified import labels

if TYPE_CHECKING:
    from rich.table import Table

    from tumen.case import Case, Prior
    from tumen.model.theories import Theory


#: Paths of which a table shows the ends; the JSON has every dated value.
_PATHS = 4
_VERBS = {VALUE: "sets", "log": "multiplies", "logit": "shifts the log odds of", "linear": "adds to"}


@dataclass(frozen=True)
class Moved:
    """One dated value in its own unit at the low end, median and high end of a draw, the other parameters at theirs."""

    name: str
    weight: float
    low: float
    median: float
    high: float


@dataclass(frozen=True)
class ParameterRow:
    """One parameter: its draw with median and the ends of the central 90 %, and the dated values that it moves."""

    name: str
    label: str
    scale: str
    unit: str
    distribution: str
    low: float
    median: float
    high: float
    why: str
    source: tuple[str, ...]
    of_theory: bool
    moves: tuple[Moved, ...]


def rows(case: Case, theory: Theory) -> list[ParameterRow]:
    """The parameters of a case under a theory. Raises CaseError where the case has no priors."""
    asked = parameter_space(case, theory)
    if not asked.size:
        return []
    tail = (1 - TABLED) / 2
    at = special.ndtri([tail, 0.5, 1 - tail])
    numbers = asked.values(np.repeat(at[:, None], asked.size, axis=1))
    shown = labels(asked.names, case)
    return [_row(axis, theory, str(shown[i]), numbers[:, i], _moved(asked, i, at)) for i, axis in enumerate(asked.axes)]


def _row(axis: Axis, theory: Theory, label: str, numbers: Any, moves: tuple[Moved, ...]) -> ParameterRow:
    given = axis.prior
    low, median, high = map(float, numbers)
    own = axis.distribution is given.distribution
    why = given.why if own else f"The theory's claim: {theory.claim}"
    source = given.source if own else (theory.citation,)
    held = str(axis.distribution)
    return ParameterRow(
        given.name, label, given.scale, given.unit, held, low, median, high, why, source, not own, moves
    )


def _moved(asked: ParameterSpace, axis: int, at: Any) -> tuple[Moved, ...]:
    """The dated values a parameter moves, at the given coordinates of it and the medians of all others."""
    z = np.zeros((len(at), asked.size))
    z[:, axis] = at
    values = asked.values(z)
    found = []
    for each in asked.moved:
        weight = 1.0 if each.axis == axis else dict(each.shifts).get(axis)
        if weight is not None:
            low, median, high = sorted(each.at(values).tolist())
            found.append(Moved(each.name, weight, low, median, high))
    return tuple(found)


def fixed(case: Case, theory: Theory) -> list[str]:
    """The parameters with a prior that the theory fixes, so that nothing is left to estimate."""
    return [prior.name for prior, is_fixed in _left_out(case, theory) if is_fixed]


def unread(case: Case, theory: Theory) -> list[str]:
    """The parameters with a prior that do not enter because the theory does not read what they move."""
    return [prior.name for prior, is_fixed in _left_out(case, theory) if not is_fixed]


def _left_out(case: Case, theory: Theory) -> list[tuple[Prior, bool]]:
    """The rows that are no parameters under the theory, and whether it restricts every input that they move."""
    kept = set(parameter_space(case, theory).names)
    restricted = {text.partition("=")[0].partition(".")[0] for text in theory.restrictions}
    return [(prior, set(prior.inputs) <= restricted) for prior in case.priors if prior.name not in kept]


def history_odds(asked: ParameterSpace) -> dict[str, float]:
    """Each history with its prior probability; the base first."""
    return {
        name or "base": float(probability)
        for name, probability in zip(asked.histories, asked.probabilities, strict=True)
    }


def table(given: list[ParameterRow]) -> Table:
    """The priors for a terminal; a star marks a distribution of the theory's own."""
    shown = ruled_table(title="Priors: median and central 90 %")
    shown.add_column("parameter, unit, distribution, what it moves", overflow="fold", ratio=5)
    shown.add_column("median\n90 %", justify="right", ratio=2)
    shown.add_column("why, source", overflow="fold", ratio=4)
    for row in given:
        star = " *" if row.of_theory else ""
        about = "\n".join([row.name, f"{row.label} ({row.unit})", f"{row.distribution}{star}", *moves_said(row)])
        numbers = f"{number(row.median)}\n{number(row.low)} to {number(row.high)}"
        shown.add_row(about, numbers, f"{row.why} [{', '.join(row.source)}]", end_section=True)
    return shown


def moves_said(row: ParameterRow) -> list[str]:
    """What a parameter does to the dated values, path by path at both ends; nothing where its name says it all."""
    if [move.name for move in row.moves] == [row.name]:
        return []
    paths: dict[str, list[Moved]] = {}
    for move in row.moves:
        paths.setdefault(move.name.partition("@")[0], []).append(move)
    lines = [f"{_VERBS[row.scale]} {len(row.moves)} dated values:"]
    for path, moves in list(paths.items())[:_PATHS]:
        ends = moves if len(moves) < 3 else [moves[0], moves[-1]]
        for each in ends:
            year = each.name.partition("@")[2][:7].removesuffix("-01")
            lines.append(f"  {path} {year}: {ranged(each.median, each.low, each.high)}")
    if len(paths) > _PATHS:
        lines.append(f"  and {len(paths) - _PATHS} more paths (all are in the JSON document)")
    return lines


def as_json(case: Case, theory: Theory) -> dict[str, Any]:
    """The priors, what the theory fixes and the probabilities of the histories, for machines."""
    asked = parameter_space(case, theory)
    return {
        "case": case.name,
        "theory": theory.name,
        "priors": [asdict(row) for row in rows(case, theory)],
        "fixed": fixed(case, theory),
        "unread": unread(case, theory),
        "histories": history_odds(asked),
    }

"""A sensitivity analysis as tables, sentences, rows and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from rich.table import Table

from tumen.experiment.sensitivity.given_data import MEASURES, PAWN, RANKS, SRC, GivenData
from tumen.experiment.sensitivity.morris import Morris
from tumen.experiment.sensitivity.outcomes import in_words, scale
from tumen.experiment.sensitivity.prim import CHANCE
from tumen.experiment.sensitivity.sobol import Refused, Sobol
from tumen.experiment.sensitivity.study import Sensitivity, Verdict
from tumen.model.compiled import Floats
from tumen.summary.formatting import between, plain_table, sentence

#: What stands above the tables of an outcome.
DRAWS = "{}: what moves it among {} draws (95 % interval; * beyond what chance gives any parameter)"
MORRIS = "{}: effects of moving one factor over the box, {} trajectories (95 % interval; † not estimated)"
SOBOL = "{}: shares of variance over the box, on an emulator that tells {:.2f} of runs it has not seen"
#: Rows of a table on the screen; files hold all.
MOST = 12
#: Stands behind the name of an input that is not estimated.
FIXED_MARK = "†"
COLUMNS = ("method", "outcome", "factor", "measure", "value", "low", "high", "chance")


def label(name: str, among: Sequence[str]) -> str:
    """A factor as a reader takes it: without its date, unless another differs by the date alone."""
    bare = name.partition("@")[0]
    alone = sum(other.partition("@")[0] == bare for other in among) == 1
    return (bare if alone else name.replace("@", " ")).replace(".", ", ").replace("_", " ")


def draws_table(found: GivenData) -> Table:
    """Regression coefficient, rank correlation and PAWN of the parameters, the strongest coefficients first."""
    shown = plain_table("parameter", "regression", "ranks", "PAWN")
    first = SRC if np.isfinite(found.r2) else RANKS
    for i in np.argsort(-np.abs(found.values[first]))[:MOST]:
        cells = []
        for name in MEASURES:
            value, (low, high) = found.values[name][i], found.ends[name][i]
            mark = " *" if abs(value) > found.chance[name] else "  "
            said = f"{value:.2f}" if name == PAWN else f"{value:+.2f} ({low:+.2f}, {high:+.2f})"
            cells.append(said + mark if np.isfinite(value) else "-  ")
        shown.add_row(label(found.names[i], found.names), *cells)
    chance = (found.chance[name] for name in (SRC, RANKS, PAWN))
    shown.add_row("chance", *(f"{value:.2f}  " if np.isfinite(value) else "-  " for value in chance))
    return shown


def morris_table(found: Morris, outcome: str, estimated: int) -> Table:
    """mu*, mu and sigma of the factors, the largest mu* first; and what chance alone may give.

    estimated: how many factors are parameters; the others, fixed inputs, are marked.
    """
    times, decimals = scale(outcome), 1 if scale(outcome) > 1 else 0
    shown = plain_table("factor", "mu*", "mu", "sigma")
    for i in found.order[:MOST]:
        cells = [
            between(times * values[i], *(times * ends[i]), decimals=decimals, sign="+" if name == "mu" else "")
            for name, values, ends in _of_morris(found)
        ]
        mark = "" if i < estimated else f" {FIXED_MARK}"
        shown.add_row(label(found.names[i], found.names) + mark, *cells)
    if np.isfinite(found.chance):
        shown.add_row("by chance, at most", f"{times * found.chance:,.{decimals}f}", "", "")
    return shown


def sobol_table(found: Sobol) -> Table:
    """First-order and total indices, the largest total first."""
    shown = plain_table("factor", "first order", "total")
    for i in np.argsort(-found.total)[:MOST]:
        first, total = (
            f"{value[i]:.2f} ± {width[i]:.2f}"
            for value, width in ((found.first, found.first_width), (found.total, found.total_width))
        )
        shown.add_row(label(found.names[i], found.names), first, total)
    return shown


def sentences(found: Sensitivity) -> list[str]:
    """What regressions and histories tell, indices that are refused, boxes, and runs that the model refused."""
    said = list[str]()
    for outcome, one in found.draws.items():
        words = f"{sentence(in_words(outcome))}: "
        if np.isfinite(one.r2):
            words += (
                f"a regression on all parameters tells {100 * max(one.r2, 0):.0f} % of the variance among {one.n} draws"
            )
        else:
            words += f"{one.n} draws are too few for a regression on {len(one.names)} parameters"
        share, chance = one.history
        if np.isfinite(share):
            beyond = "more" if share > chance else "no more"
            words += f"; histories {100 * share:.1f} %, {beyond} than chance ({100 * chance:.1f} %)"
        said.append(f"{words}.")
    for outcome, refused in found.sobol.items():
        if isinstance(refused, Refused):
            said.append(f"{sentence(in_words(outcome))}: {refused.said}.")
    said += [_judged(verdict, found.region.space.names) for verdict in found.prim.values()]
    if found.refused:
        said.append(f"The model refused {found.refused} of {found.runs} runs; trajectories with one are left out.")
    return said


def assumed(found: Sensitivity) -> list[str]:
    """The fixed inputs that were moved, in which range and why; those of one range together."""
    alike = dict[str, list[str]]()
    for one in found.region.fixed:
        given = one.given
        how = f"times {given.low:g} to {given.high:g}" if given.times else f"{given.low:+g} to {given.high:+g}"
        alike.setdefault(f"{how} ({given.why})", []).append(given.name)
    return [f"{', '.join(names)}: {how}" for how, names in alike.items()]


def _judged(verdict: Verdict, names: Sequence[str]) -> str:
    head = f"{sentence(verdict.question)} in {verdict.holds} of {verdict.n} draws"
    box = verdict.box
    if box is None:
        return f"{head}: they agree, so that no box of parameters is searched."
    if box.by_chance:
        why = (
            f"shuffled answers give as good a one with probability {box.p:.2f}" if box.p >= CHANCE else "no side tells"
        )
        return f"{head}; no box of parameters tells where ({why})."
    sides = " and ".join(_side(one.name, one.low, one.high, names) for one in box.sides)
    return (
        f"{head}; in {100 * box.density:.0f} % of those with {sides}, which hold {100 * box.coverage:.0f} % of them "
        f"(shuffled answers give as good a box with probability {box.p:.3f})."
    )


def _side(name: str, low: float, high: float, names: Sequence[str]) -> str:
    said = label(name, names)
    if np.isfinite(low) and np.isfinite(high):
        return f"{said} {low:.3g} to {high:.3g}"
    return f"{said} at least {low:.3g}" if np.isfinite(low) else f"{said} at most {high:.3g}"


def _of_morris(found: Morris) -> list[tuple[str, Floats, Floats]]:
    """The measures of elementary effects: name, values (D,), ends of their intervals (D, 2)."""
    return [
        ("mu_star", found.mu_star, found.mu_star_ends),
        ("mu", found.mu, found.mu_ends),
        ("sigma", found.sigma, found.sigma_ends),
    ]


def rows(found: Sensitivity) -> list[tuple[Any, ...]]:
    """Every measure as one row of COLUMNS; shares as such, not in points."""
    lines = list[tuple[Any, ...]]()
    for outcome, given in found.draws.items():
        for name in MEASURES:
            of = ("draws", outcome, given.names, name)
            lines += _of_measure(*of, given.values[name], given.ends[name], given.chance[name])
    for outcome, one in found.morris.items():
        chance = one.chance if np.isfinite(one.chance) else None
        for name, values, ends in _of_morris(one):
            of = ("morris", outcome, one.names, name)
            lines += _of_measure(*of, values, ends, chance if name == "mu_star" else None)
    for outcome, two in found.sobol.items():
        if isinstance(two, Sobol):
            pairs = list(combinations(range(len(two.paired)), 2))
            at = tuple(np.array(pairs, dtype=int).reshape(-1, 2).T)
            joined = [f"{two.names[two.paired[a]]} x {two.names[two.paired[b]]}" for a, b in pairs]
            for name, names, values, widths in (
                ("first", two.names, two.first, two.first_width),
                ("total", two.names, two.total, two.total_width),
                ("second", joined, two.pairs[at], two.pairs_width[at]),
            ):
                ends = np.stack([values - widths, values + widths], axis=-1)
                lines += _of_measure("sobol", outcome, names, name, values, ends, None)
    return lines


def _of_measure(
    method: str, outcome: str, names: Sequence[str], measure: str, values: Floats, ends: Floats, chance: float | None
) -> list[tuple[Any, ...]]:
    return [
        (method, outcome, name, measure, float(value), float(low), float(high), chance)
        for name, value, (low, high) in zip(names, values, ends, strict=True)
    ]


def as_json(found: Sensitivity) -> dict[str, Any]:
    """Everything as numbers, and the sentences."""
    return {
        "case": found.case,
        "theory": found.theory,
        "agents": found.agents,
        "years": [found.span.first, found.span.last],
        "methods": list(found.asked.methods),
        "worlds": list(found.asked.worlds),
        "seed": found.asked.seed,
        "runs": found.runs,
        "refused": found.refused,
        "outcomes": list(found.outcomes),
        "scatter_over_seeds": dict(found.scatter),
        "fixed_inputs": assumed(found),
        "measures": [dict(zip(COLUMNS, row, strict=True)) for row in rows(found)],
        "regression": {
            name: {"r2": one.r2, "draws": one.n, "history": one.history[0], "history_chance": one.history[1]}
            for name, one in found.draws.items()
        },
        "emulator": {
            name: {"q2": one.q2, "refused": one.said if isinstance(one, Refused) else None}
            for name, one in found.sobol.items()
        },
        "boxes": {world: _box(verdict) for world, verdict in found.prim.items()},
        "sentences": sentences(found),
    }


def _box(verdict: Verdict) -> dict[str, Any]:
    box = verdict.box
    found = box and {
        "sides": [{"parameter": s.name, "low": s.low, "high": s.high, "p": s.p} for s in box.sides],
        "coverage": box.coverage,
        "density": box.density,
        "at_large": box.at_large,
        "p": box.p,
        "by_chance": box.by_chance,
    }
    return {"question": verdict.question, "holds": verdict.holds, "draws": verdict.n, "box": found}

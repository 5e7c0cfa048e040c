"""The prior predictive in words and as a table: what the priors expect of arrivals, beside the counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tumen.infer.prior_predictive import FACTOR, Compared, PriorPredictive
from tumen.summary.formatting import count, percent, ruled_table

if TYPE_CHECKING:
    from rich.table import Table


def sentences(found: PriorPredictive) -> list[str]:
    """How many draws are refused and why, and how many counts the prior covers."""
    share = found.refused / found.draws
    lines = [f"{found.draws} draws of the priors, {found.agents:,} agents a run: {percent(share)} refused"]
    lines += [f"  {number} times: {said}" for said, number in found.refusals.items()]
    totals, women = found.single("total"), found.single("women")
    if totals:
        span = f"{totals[0].first}-{totals[-1].last}"
        lines += [
            f"Of {len(totals)} yearly totals {span}, {inside(totals)} lie inside the central 90 % of the prior; its "
            f"median is within a factor of {FACTOR:g} of {sum(each.near for each in totals)}",
            f"Of {len(women)} yearly women's shares {span}, {inside(women)} lie inside the central 90 % of the prior",
        ]
    return lines


def table(found: PriorPredictive) -> Table:
    """Every count beside the 5 %, 50 % and 95 % of the prior, totals and women's shares."""
    title = "Arrivals: counts, and 5 / 50 / 95 % of the prior (* outside)"
    shown = ruled_table("year", "counted", "prior", "women", "prior", title=title)
    women = {(each.first, each.last): each for each in found.compared("women")}
    for total in found.compared("total"):
        year = f"{total.first}" if total.first == total.last else f"{total.first}-{total.last}"
        of_them = women.get((total.first, total.last))
        shown.add_row(year, *_cells(total, count), *(_cells(of_them, percent) if of_them is not None else ("", "")))
    return shown


def _cells(each: Compared, said: Callable[[float], str]) -> tuple[str, str]:
    """What was counted, marked where the prior does not cover it, and the prior's interval around its median."""
    low_to_high = " / ".join(said(value) for value in (each.low, each.median, each.high))
    return said(each.counted) + ("" if each.inside else " *"), low_to_high


def as_json(found: PriorPredictive) -> dict[str, Any]:
    """Every number for machines."""
    return {
        "case": found.case.name,
        "hash": found.case.hash,
        "theory": found.theory.name,
        "draws": found.draws,
        "agents": found.agents,
        "seed": found.seed,
        "refused": found.refused,
        "refusals": dict(found.refusals),
        "findings": sentences(found),
        "totals": [asdict(each) | {"inside": each.inside, "near": each.near} for each in found.compared("total")],
        "women": [asdict(each) | {"inside": each.inside, "near": each.near} for each in found.compared("women")],
    }


def inside(compared: list[Compared]) -> int:
    """How many counts the central 90 % of the prior cover."""
    return sum(each.inside for each in compared)

"""`tumen check`: whether a case loads, and what in it is soft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tumen.cli.options import AsJson, CaseName, Verbose
from tumen.cli.output import answer, document, show
from tumen.summary.formatting import ruled_table

if TYPE_CHECKING:
    from rich.table import Table

    from tumen.case.check import Report

_FEW = 12  # lines of a list shown without -v


def check(case: CaseName, as_json: AsJson = False, verbose: Verbose = False) -> None:
    """Check a case against every rule.

    Reads all that a run or a calibration will read, and refuses what they would refuse before they begin.
    Lists what has no source, what sources disagree on and what differs by sex.
    """
    from dataclasses import replace

    from tumen.case import load
    from tumen.case.check import check as examine
    from tumen.infer.ready import ready

    loaded = load(case)
    report = examine(loaded)
    report = replace(report, warnings=(*report.warnings, *ready(loaded)))
    if as_json:
        document(report.as_dict())
    else:
        _print(report, None if verbose else _FEW)


def _print(report: Report, most: int | None) -> None:
    answer(f"{report.title} ({report.case}, {report.hash[:8]}): every rule is kept")
    answer(
        f"window {report.window[0]} to {report.window[1]}; {report.inputs} inputs with {report.values} dated values; "
        f"{report.sources} sources; {report.priors} priors, {len(report.assumed_priors)} of them assumed"
    )
    show(f"scenarios: {', '.join(report.scenarios) or 'none'}", f"histories: {', '.join(report.histories)}", "")
    show(_statuses(report))
    _list(f"{len(report.unsourced)} numbers without a seen source", _unsourced(report), most)
    show(_register(report), _contested(report))
    _list("Assumed past the end of the case", [f"  {sentence}" for sentence in report.carried], None)
    _list(f"{len(report.warnings)} warnings", [f"  {warning}" for warning in report.warnings], most)


def _list(title: str, lines: list[str], most: int | None) -> None:
    shown = lines if most is None else lines[:most]
    more = [f"  ... and {len(lines) - len(shown)} more: -v lists all"] if len(lines) > len(shown) else []
    show(title, *shown, *more, "")


def _unsourced(report: Report) -> list[str]:
    lines = []
    for each in report.unsourced:
        date = f" of {each.date}" if each.date else ""
        because = f": {each.because}" if each.because else ""
        lines.append(f"  {each.where}, {each.key}{date} ({each.status}){because}")
    return lines


def _statuses(report: Report) -> Table:
    table = ruled_table("status", "numbers", title="Numbers by status")
    for status, number in report.by_status.items():
        table.add_row(status, f"{number:,}")
    return table


def _register(report: Report) -> Table:
    words = ("source", "policy", "since")
    table = ruled_table("input", *words, "women less men", title="Inputs that differ by sex", words=words)
    for each in report.register:
        gap = "" if each.gap != each.gap else f"{each.gap:+.3g} {each.unit}"
        named = ", ".join(each.sources[:2]) + (f" and {len(each.sources) - 2} more" if len(each.sources) > 2 else "")
        table.add_row(each.key, named, each.policy or "", each.since, gap)
    return table


def _contested(report: Report) -> Table:
    table = ruled_table("input", "weights", title="Inputs on which sources disagree", words=("weights",))
    for each in report.contested:
        table.add_row(each.key, ", ".join(f"{name} {weight:g}" for name, weight in each.weights.items()))
    return table

"""`tumen priors`: what is held of every uncertain number before any count is looked at."""

from __future__ import annotations

from typing import Annotated

import typer

from tumen.cli.options import AsJson, CaseName, Verbose
from tumen.cli.run import DEFAULT_THEORY
from tumen.cli.say import answer, console, document


def priors(
    case: CaseName,
    theory: Annotated[
        str, typer.Option("--theory", metavar="T", help="Whose priors: a theory may fix or replace some.")
    ] = DEFAULT_THEORY,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """List the priors of a case under a theory.

    One row a parameter: unit, distribution, median and central 90 %, why it is so and by which source.
    """
    from tumen import theories
    from tumen.case import load
    from tumen.infer.space import space
    from tumen.report import priors as report

    stated = load(case)
    held = theories.get(theory)
    if as_json:
        document(report.as_json(stated, held))
        return
    rows = report.rows(stated, held)
    assumed = sum(row.source == ("assumed",) for row in rows)
    answer(f"{stated.title} ({stated.name}, {stated.hash[:8]}), theory {held.name}: {held.title}")
    answer(f"{len(rows)} uncertain parameters, {assumed} priors assumed")
    console().print(report.table(rows))
    theirs = [row.name for row in rows if row.of_theory]
    if theirs:
        answer(f"* of the theory, in place of the case's: {', '.join(theirs)}")
    fixed = report.fixed(stated, held)
    if fixed:
        answer(f"fixed by the theory: {', '.join(fixed)}")
    odds = report.history_odds(space(stated, held))
    answer("histories: " + ", ".join(f"{name} {share:.2f}" for name, share in odds.items()))

"""`tumen decompose` and `tumen switchers`: where women's majority comes from, and who leaves in one world alone."""

from __future__ import annotations

from typing import Annotated

import typer

from tumen.cli.options import AsJson, CaseName, Verbose
from tumen.cli.run import DEFAULT_THEORY
from tumen.cli.say import answer, console, document

Scenarios = Annotated[
    list[str] | None,
    typer.Option("--scenario", "-s", metavar="SCENARIO", help="A scenario by name or file; several make one world."),
]
WhoseTheory = Annotated[str, typer.Option("--theory", metavar="T", help="Whose posterior.")]
Unsound = Annotated[bool, typer.Option("--unsound", help="Use a posterior that failed a check.")]


def decompose(
    case: CaseName,
    years: Annotated[tuple[int, int], typer.Option("--years", metavar="Y Y", help="First and last year.")] = (0, 0),
    scenario: Scenarios = None,
    theory: WhoseTheory = DEFAULT_THEORY,
    draws: Annotated[int, typer.Option("--draws", min=2, metavar="N", help="Draws of the posterior.")] = 20,
    unsound: Unsound = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Divide the sex gap among arrivals, and its rise, among mobility, means, ways out and the journey.

    Without --years, the window from 2002 on or, where it ends before, all of it. Ceilings say what would be left of
    women's majority if the sexes were alike in one thing. One world is simulated: what policies do, experiments tell.
    """
    from tumen import theories
    from tumen.case import load
    from tumen.cli.progress import steps_run
    from tumen.experiment.decomposition import decompose as ask
    from tumen.infer.posterior import posterior
    from tumen.report import decomposition as report

    stated, drives = load(case), theories.get(theory)
    chosen = [stated.scenario(name) for name in scenario or []]
    found = posterior(stated, drives.name, unsound=unsound)
    first, last = stated.start // 12, stated.end // 12
    span = (max(first, 2002) if last >= 2007 else first, last) if years == (0, 0) else years
    with steps_run(as_json, "draws", "decomposition") as progress:
        made = ask(stated, drives, found, span, scenarios=chosen, draws=draws, progress=progress)
    if as_json:
        document(report.as_json(made))
        return
    screen = console()
    (a, b), (c, d) = made.ends
    for title, shown in (
        (report.GAP.format(*span, draws), report.gap_table(made)),
        (report.RISE.format(a, b, c, d), report.rise_table(made)),
        (report.KITAGAWA, report.kitagawa_table(made)),
        (report.CEILINGS, report.ceiling_table(made)),
    ):
        answer(title)
        screen.print(shown)


def switchers(
    case: CaseName,
    scenario: Scenarios = None,
    theory: WhoseTheory = DEFAULT_THEORY,
    draw: Annotated[int | None, typer.Option("--draw", min=0, metavar="N", help="Draw (else the central one).")] = None,
    people: Annotated[int, typer.Option("--people", min=1000, metavar="N", help="Sampled lives.")] = 40_000,
    unsound: Unsound = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Say who leaves in the base alone, in a scenario's world alone, or in both: the same people with the same luck.

    By sex, age and status at leaving; groups of fewer than five sampled lives are not shown.
    """
    from tumen import theories
    from tumen.case import load
    from tumen.experiment.switchers import switchers as ask
    from tumen.infer.posterior import posterior
    from tumen.report import decomposition as report

    stated, drives = load(case), theories.get(theory)
    chosen = [stated.scenario(name) for name in scenario or []]
    found = posterior(stated, drives.name, unsound=unsound)
    which = int(found.provenance["central"]) if draw is None else draw
    made = ask(stated, drives, chosen, found, draw=which, people=people)
    if as_json:
        document(report.switchers_json(made) | {"case": stated.name, "draw": which, "people": people})
        return
    answer(report.SWITCHERS.format(", ".join(one.name for one in chosen)))
    console().print(report.switcher_table(made))

"""`tumen decompose` and `tumen switchers`: where women's majority comes from, and who leaves in one world alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tumen.cli.files import folder_to_write
from tumen.cli.options import (
    DEFAULT_THEORY,
    AllowFailed,
    AsJson,
    CaseName,
    FirstYear,
    LastYear,
    PosteriorOf,
    Scenarios,
    Verbose,
    both_years,
)
from tumen.cli.output import answer, as_text, console, document, message
from tumen.cli.parameters import PosteriorFile, posterior_of

if TYPE_CHECKING:
    from tumen.experiment.decomposition import Decomposition

#: The files that `decompose` writes: the numbers, and the picture in two forms.
NUMBERS, FIGURE = "decomposition.json", "decomposition"


def decompose(
    case: CaseName,
    scenario: Scenarios = None,
    theory: PosteriorOf = DEFAULT_THEORY,
    draws: Annotated[int, typer.Option("--draws", min=2, metavar="N", help="Draws of the posterior.")] = 20,
    first: FirstYear = None,
    last: LastYear = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="DIR", help="Write numbers and a figure there.", callback=folder_to_write
        ),
    ] = None,
    parameters: PosteriorFile = None,
    allow_failed: AllowFailed = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Divide the sex gap among arrivals, and its rise, among mobility, means, ways out and the journey.

    Without --from and --to, the years that were counted one by one and by sex. Ceilings say what would be left of
    women's majority if the sexes were alike in one thing. One world is simulated; for effects of policies use `tumen
    experiment`.
    """
    from tumen.case import load
    from tumen.cli.progress import steps_run
    from tumen.experiment.decomposition import decompose as ask
    from tumen.model import theories
    from tumen.summary import decomposition as report

    stated, drives = load(case), theories.get(theory)
    chosen = [stated.scenario(name) for name in scenario or []]
    found = posterior_of(stated, drives.name, parameters, allow_failed)
    with steps_run(as_json, "draws", "decomposition") as progress:
        made = ask(stated, drives, found, both_years(first, last), scenarios=chosen, draws=draws, progress=progress)
    content = report.as_json(made)
    written = _write(made, content, output) if output is not None else []
    if as_json:
        document(content | ({"files": written} if written else {}))
        return
    screen = console()
    (a, b), (c, d) = made.ends
    for title, shown in (
        (report.GAP.format(*made.years, draws), report.gap_table(made)),
        (report.RISE.format(a, b, c, d), report.rise_table(made)),
        (report.KITAGAWA, report.kitagawa_table(made)),
        (report.CEILINGS, report.ceiling_table(made)),
    ):
        answer(title)
        screen.print(shown)
    for name in written:
        message(f"written: {name}")


def _write(made: Decomposition, content: dict[str, Any], output: Path) -> list[str]:
    """Numbers and the picture into a folder; the files."""
    from tumen.cli.files import write_all
    from tumen.plots.decomposition import figure
    from tumen.plots.render import drawn

    return write_all(output, lambda: {NUMBERS: f"{as_text(content)}\n".encode(), **drawn(FIGURE, figure(made))})


def switchers(
    case: CaseName,
    scenario: Scenarios = None,
    theory: PosteriorOf = DEFAULT_THEORY,
    draw: Annotated[int | None, typer.Option("--draw", min=0, metavar="N", help="A draw (default: central).")] = None,
    people: Annotated[int, typer.Option("--people", min=1000, metavar="N", help="Sampled histories.")] = 40_000,
    parameters: PosteriorFile = None,
    allow_failed: AllowFailed = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Show who leaves in the base alone, in a scenario's world alone, or in both: the same people and random numbers.

    By sex, age and status at leaving; groups of fewer than five sampled histories are not shown.
    """
    from tumen.case import load
    from tumen.experiment.switchers import switchers as ask
    from tumen.model import theories
    from tumen.summary import decomposition as report

    stated, drives = load(case), theories.get(theory)
    chosen = [stated.scenario(name) for name in scenario or []]
    found = posterior_of(stated, drives.name, parameters, allow_failed)
    which = int(found.provenance["central"]) if draw is None else draw
    made = ask(stated, drives, chosen, found, draw=which, people=people)
    if as_json:
        document(report.switchers_json(made) | {"case": stated.name, "draw": which, "people": people})
        return
    answer(report.SWITCHERS.format(", ".join(one.name for one in chosen)))
    console().print(report.switcher_table(made))

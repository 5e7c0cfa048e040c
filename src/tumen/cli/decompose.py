"""`tumen decompose` and `tumen switchers`: where women's majority comes from, and who leaves in one world alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tumen.cli import options
from tumen.cli.files import written_to
from tumen.cli.output import document, name_files, numbers, show

if TYPE_CHECKING:
    from tumen.experiment.decomposition import Decomposition

#: The files that `decompose` writes: the numbers, and the picture in two forms.
NUMBERS, FIGURE = "decomposition.json", "decomposition"


def decompose(
    case: options.CaseName,
    scenario: options.Scenarios = None,
    theory_name: options.PosteriorOf = options.DEFAULT_THEORY,
    draws: Annotated[int, typer.Option("--draws", min=2, metavar="N", help="Draws of the posterior.")] = 20,
    first: options.FirstYear = None,
    last: options.LastYear = None,
    output: Annotated[Path | None, options.into("Write numbers and a figure there.")] = None,
    parameters: options.PosteriorFile = None,
    allow_failed: options.AllowFailed = False,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Divide the sex gap among arrivals, and its rise, among mobility, means, ways out and the journey.

    Without --from and --to, the years that were counted one by one and by sex. Ceilings say what would be left of
    women's majority if the sexes were alike in one thing. One world is simulated; for effects of policies use `tumen
    experiment`.
    """
    from tumen.cli.progress import steps_run
    from tumen.experiment.decomposition import decompose as ask
    from tumen.summary import decomposition as report

    stated, theory = options.subject(case, theory_name)
    chosen = [stated.scenario(name) for name in scenario or []]
    found = options.posterior_of(stated, theory.name, parameters, allow_failed)
    with steps_run(as_json, "draws", "decomposition") as progress:
        made = ask(
            stated, theory, found, options.both_years(first, last), scenarios=chosen, draws=draws, progress=progress
        )
    content = report.as_json(made)
    written = written_to(output, lambda: _files(made, content))
    if as_json:
        document(content | written)
        return
    (a, b), (c, d) = made.ends
    show(report.GAP.format(*made.years, draws), report.gap_table(made))
    show(report.RISE.format(a, b, c, d), report.rise_table(made))
    show(report.KITAGAWA, report.kitagawa_table(made))
    show(report.CEILINGS, report.ceiling_table(made))
    name_files(written)


def _files(made: Decomposition, content: dict[str, Any]) -> dict[str, bytes]:
    """Numbers and the picture."""
    from tumen.plots.decomposition import figure
    from tumen.plots.render import drawn

    return {NUMBERS: numbers(content), **drawn(FIGURE, figure(made))}


def switchers(
    case: options.CaseName,
    scenario: options.Scenarios = None,
    theory_name: options.PosteriorOf = options.DEFAULT_THEORY,
    draw: Annotated[int | None, typer.Option("--draw", min=0, metavar="N", help="A draw (default: central).")] = None,
    people: Annotated[int, typer.Option("--people", min=1000, metavar="N", help="Sampled histories.")] = 40_000,
    parameters: options.PosteriorFile = None,
    allow_failed: options.AllowFailed = False,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Show who leaves in the base alone, in a scenario's world alone, or in both: the same people and random numbers.

    By sex, age and status at leaving; groups of fewer than five sampled histories are not shown.
    """
    from tumen.experiment.switchers import switchers as ask
    from tumen.summary import decomposition as report

    stated, theory = options.subject(case, theory_name)
    chosen = [stated.scenario(name) for name in scenario or []]
    found = options.posterior_of(stated, theory.name, parameters, allow_failed)
    which = int(found.provenance["central"]) if draw is None else draw
    made = ask(stated, theory, chosen, found, draw=which, people=people)
    if as_json:
        document(report.switchers_json(made) | {"case": stated.name, "draw": which, "people": people})
        return
    show(report.SWITCHERS.format(", ".join(one.name for one in chosen)), report.switcher_table(made))

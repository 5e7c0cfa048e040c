"""`tumen sensitivity`: which parameters and fixed inputs move women's share, the flow, and the effects of policies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tumen.cli import options
from tumen.cli.files import check_home, written_to
from tumen.cli.output import answer, document, name_files, numbers, show

if TYPE_CHECKING:
    from tumen.experiment.sensitivity.study import Sensitivity

#: The files that -o receives beside figures.
NUMBERS, ROWS = "sensitivity.json", "sensitivity.csv"


def sensitivity(
    case: options.CaseName,
    theory_name: options.PosteriorOf = options.DEFAULT_THEORY,
    method: Annotated[
        list[str] | None, typer.Option("--method", metavar="draws|morris|sobol|prim", help="A method; by default all.")
    ] = None,
    world: Annotated[
        list[str] | None,
        typer.Option("--world", "-w", metavar="SCENARIO", help="A scenario whose effect is an outcome, too."),
    ] = None,
    runs: Annotated[
        int | None,
        typer.Option("--runs", min=1, metavar="N", help="Runs of the Morris design; by default ten trajectories."),
    ] = None,
    draws: Annotated[int, typer.Option("--draws", min=1, metavar="N", help="Draws simulated in the worlds.")] = 200,
    fall: Annotated[
        float | None, typer.Option("--fall", metavar="X", help="Points that the share may fall in a world (prim).")
    ] = None,
    first: options.FirstYear = None,
    last: options.LastYear = None,
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Random seed.")] = 1,
    output: Annotated[Path | None, options.into("Where numbers and figures go.")] = None,
    parameters: options.PosteriorFile = None,
    allow_failed: options.AllowFailed = False,
    cluster: options.Cluster = None,
    processes: options.Processes = 2,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Tell which parameters of the posterior, and which fixed inputs, move the outcomes.

    Methods: draws (regression, ranks and PAWN on draws of the posterior), morris (elementary effects on real runs),
    sobol (indices on an emulator of the runs, where it predicts well), prim (in which box of parameters women's share
    does not fall in a world). Runs are kept under TUMEN_HOME: interrupted, the same command goes on.
    """
    from contextlib import nullcontext

    from tumen.cli.progress import stages_run
    from tumen.experiment.sensitivity.study import METHODS, SOBOL, Asked, analyse

    chosen = tuple(method or METHODS)
    options.need_extra("a sensitivity analysis", "tumen sensitivity", options.SENSITIVITY, "experiment")
    if SOBOL in chosen:
        options.need_extra("an emulator", "tumen sensitivity, method sobol", options.EMULATOR)
    stated, theory = options.subject(case, theory_name)
    check_home(stated.name)
    asked = Asked(chosen, tuple(world or ()), runs, draws, fall, options.both_years(first, last), seed)
    held = options.posterior_of(stated, theory.name, parameters, allow_failed)
    with nullcontext() if as_json else stages_run("steps") as progress:
        found = analyse(stated, theory, asked, given=held, processes=processes, cluster=cluster, progress=progress)
    _answer(found, written_to(output, lambda: _files(found)), as_json)


def _answer(found: Sensitivity, written: dict[str, list[str]], as_json: bool) -> None:
    from tumen.experiment.sensitivity.outcomes import in_words
    from tumen.experiment.sensitivity.sobol import Sobol
    from tumen.summary import sensitivity as report

    if as_json:
        document(report.as_json(found) | written)
        return
    for outcome in found.outcomes:
        head = f"{in_words(outcome)}, {found.span.first}-{found.span.last}"
        if (draws := found.draws.get(outcome)) is not None:
            show(report.DRAWS.format(head, draws.n), report.draws_table(draws))
        if (morris := found.morris.get(outcome)) is not None:
            table = report.morris_table(morris, outcome, found.region.space.size)
            show(report.MORRIS.format(head, morris.trajectories), table)
        if isinstance(sobol := found.sobol.get(outcome), Sobol):
            show(report.SOBOL.format(head, sobol.q2), report.sobol_table(sobol))
    show(*report.sentences(found))
    if found.morris:
        answer("Fixed inputs that were moved: " + "; ".join(report.assumed(found)))
    name_files(written)


def _files(found: Sensitivity) -> dict[str, bytes]:
    import pandas as pd

    from tumen.plots.render import drawn
    from tumen.plots.sensitivity import interactions, tornado
    from tumen.summary import sensitivity as report

    rows = pd.DataFrame(report.rows(found), columns=list(report.COLUMNS)).to_csv(index=False, lineterminator="\n")
    files = {NUMBERS: numbers(report.as_json(found)), ROWS: rows.encode()}
    for outcome in found.morris:
        for name, draw in (("tornado", tornado), ("interactions", interactions)):
            files |= drawn(f"{name}_{outcome}", draw(found, outcome))
    return files

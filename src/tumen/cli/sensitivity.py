"""`tumen sensitivity`: which parameters and fixed inputs move women's share, the flow, and the effects of policies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tumen.cli.extra import EMULATOR, SENSITIVITY, need_extra
from tumen.cli.files import check_home, folder_to_write
from tumen.cli.options import (
    DEFAULT_THEORY,
    AllowFailed,
    AsJson,
    CaseName,
    Cluster,
    FirstYear,
    LastYear,
    PosteriorOf,
    Processes,
    Verbose,
    both_years,
)
from tumen.cli.output import answer, as_text, console, document, message
from tumen.cli.parameters import PosteriorFile, posterior_of

if TYPE_CHECKING:
    from tumen.experiment.sensitivity.study import Sensitivity

#: The files that -o receives beside figures.
NUMBERS, ROWS = "sensitivity.json", "sensitivity.csv"


def sensitivity(
    case: CaseName,
    theory: PosteriorOf = DEFAULT_THEORY,
    method: Annotated[
        list[str] | None,
        typer.Option("--method", metavar="draws|morris|sobol|prim", help="A method; by default all."),
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
    first: FirstYear = None,
    last: LastYear = None,
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Random seed.")] = 1,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Where numbers and figures go.", callback=folder_to_write),
    ] = None,
    parameters: PosteriorFile = None,
    allow_failed: AllowFailed = False,
    cluster: Cluster = None,
    processes: Processes = 2,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Tell which parameters of the posterior, and which fixed inputs, move the outcomes.

    Methods: draws (regression, ranks and PAWN on draws of the posterior), morris (elementary effects on real runs),
    sobol (indices on an emulator of the runs, where it predicts well), prim (in which box of parameters women's share
    does not fall in a world). Runs are kept under TUMEN_HOME: interrupted, the same command goes on.
    """
    from tumen.case import load
    from tumen.experiment.sensitivity.study import METHODS, SOBOL, Asked, analyse
    from tumen.model import theories

    chosen = tuple(method or METHODS)
    need_extra("a sensitivity analysis", "tumen sensitivity", SENSITIVITY, "experiment")
    if SOBOL in chosen:
        need_extra("an emulator", "tumen sensitivity, method sobol", EMULATOR)
    stated, drives = load(case), theories.get(theory)
    check_home(stated.name)
    asked = Asked(chosen, tuple(world or ()), runs, draws, fall, both_years(first, last), seed)
    held = posterior_of(stated, drives.name, parameters, allow_failed)
    with _stages(as_json) as progress:
        found = analyse(stated, drives, asked, given=held, processes=processes, cluster=cluster, progress=progress)
    written = _write(found, output) if output is not None else []
    _answer(found, written, as_json)


def _stages(quiet: bool) -> Any:
    from contextlib import nullcontext

    from tumen.cli.progress import stages_run

    return nullcontext() if quiet else stages_run("steps")


def _answer(found: Sensitivity, written: list[str], as_json: bool) -> None:
    from tumen.experiment.sensitivity.outcomes import in_words
    from tumen.experiment.sensitivity.sobol import Sobol
    from tumen.summary import sensitivity as report

    if as_json:
        document(report.as_json(found) | ({"files": written} if written else {}))
        return
    screen, years = console(), f"{found.span.first}-{found.span.last}"
    for outcome in found.outcomes:
        head = f"{in_words(outcome)}, {years}"
        if outcome in found.draws:
            answer(report.DRAWS.format(head, found.draws[outcome].n))
            screen.print(report.draws_table(found.draws[outcome]))
        if outcome in found.morris:
            answer(report.MORRIS.format(head, found.morris[outcome].trajectories))
            screen.print(report.morris_table(found.morris[outcome], outcome, found.region.space.size))
        sobol = found.sobol.get(outcome)
        if isinstance(sobol, Sobol):
            answer(report.SOBOL.format(head, sobol.q2))
            screen.print(report.sobol_table(sobol))
    for line in report.sentences(found):
        answer(line)
    if found.morris:
        answer("Fixed inputs that were moved: " + "; ".join(report.assumed(found)))
    for name in written:
        message(f"written: {name}")


def _write(found: Sensitivity, output: Path) -> list[str]:
    import pandas as pd

    from tumen.cli.files import write_all
    from tumen.plots.render import drawn
    from tumen.plots.sensitivity import interactions, tornado
    from tumen.summary import sensitivity as report

    def make() -> dict[str, bytes]:
        table = pd.DataFrame(report.rows(found), columns=list(report.COLUMNS))
        files = {
            NUMBERS: f"{as_text(report.as_json(found))}\n".encode(),
            ROWS: table.to_csv(index=False, lineterminator="\n").encode(),
        }
        for outcome in found.morris:
            for name, draw in (("tornado", tornado), ("interactions", interactions)):
                files |= drawn(f"{name}_{outcome}", draw(found, outcome))
        return files

    return write_all(output, make)

"""`tumen forecast`: who arrives in the years after the counts, by sex and age."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tumen.cli.extra import EXPERIMENT, need_extra
from tumen.cli.files import check_home, folder_to_write
from tumen.cli.options import (
    DEFAULT_THEORY,
    AllowFailed,
    AsJson,
    CaseName,
    Cluster,
    PosteriorOf,
    Processes,
    Scenarios,
    Verbose,
)
from tumen.cli.output import FAILED, answer, as_text, console, document, message
from tumen.cli.parameters import PosteriorFile, posterior_of

if TYPE_CHECKING:
    import pandas as pd

    from tumen.experiment.forecast import Forecast

#: The files that -o receives.
HUB, NUMBERS, FIGURE = "forecast.csv", "forecast.json", "forecast"


def forecast(
    case: CaseName,
    first: Annotated[int, typer.Option("--from", metavar="Y", help="First year forecast.")],
    last: Annotated[int, typer.Option("--to", metavar="Y", help="Last year forecast.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Where table and figure go.", callback=folder_to_write)
    ],
    scenario: Scenarios = None,
    theory: PosteriorOf = DEFAULT_THEORY,
    draws: Annotated[int, typer.Option("--draws", min=2, metavar="N", help="Draws of the posterior.")] = 60,
    facilities: Annotated[
        Path | None, typer.Option("--facilities", metavar="FILE.yaml", help="Places whose sufficiency is judged.")
    ] = None,
    parameters: PosteriorFile = None,
    allow_failed: AllowFailed = False,
    cluster: Cluster = None,
    processes: Processes = 2,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Forecast arrivals by sex and age, as it stands and under scenarios, from the posterior.

    It writes a table of quantiles in the format of forecast hubs, the numbers and a figure. Runs are kept under
    TUMEN_HOME: interrupted, the same command goes on.
    """
    from tumen.case import load
    from tumen.cli.progress import steps_run
    from tumen.experiment.facilities import exceeded, read_facilities
    from tumen.experiment.forecast import forecast as ask
    from tumen.model import theories

    need_extra("a forecast", "tumen forecast", EXPERIMENT, "experiment")
    stated, drives = load(case), theories.get(theory)
    check_home(stated.name)
    places = None if facilities is None else read_facilities(facilities)
    held = posterior_of(stated, drives.name, parameters, allow_failed)
    with steps_run(as_json, "draws", "forecast") as progress:
        found = ask(
            stated, drives, (first, last), scenario or [], draws=draws, found=held,
            cluster=cluster, processes=processes, progress=progress,
        )  # fmt: skip
    _answer(found, None if places is None else exceeded(found, places), output, as_json)
    if found.expected.aside:
        raise typer.Exit(FAILED)


def _answer(found: Forecast, judged: pd.DataFrame | None, output: Path, as_json: bool) -> None:
    from tumen.summary import forecast as report

    content = report.as_json(found, judged)
    if as_json:
        document(content | {"files": _write(found, content, output)})
        return
    screen = console()
    answer(report.ARRIVALS.format(found.origin))
    screen.print(report.table(found))
    if judged is not None:
        answer(report.FACILITIES)
        screen.print(report.facility_table(judged))
    for line in (*found.assumed, *report.left_out(found)):
        answer(line)
    message(f"{', '.join(_write(found, content, output))}")


def _write(found: Forecast, content: dict[str, Any], output: Path) -> list[str]:
    from tumen.cli.files import write_all
    from tumen.plots.forecasts import worlds
    from tumen.plots.render import drawn

    return write_all(
        output,
        lambda: {
            HUB: found.hub().to_csv(index=False, lineterminator="\n").encode(),
            NUMBERS: f"{as_text(content)}\n".encode(),
            **drawn(FIGURE, worlds(found)),
        },
    )

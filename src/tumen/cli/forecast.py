"""`tumen forecast`: who arrives in the years after the counts, by sex and age."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tumen.cli import options
from tumen.cli.files import check_home, written_to
from tumen.cli.output import FAILED, document, message, numbers, show

if TYPE_CHECKING:
    import pandas as pd

    from tumen.experiment.forecast import Forecast

#: The files that -o receives.
HUB, NUMBERS, FIGURE = "forecast.csv", "forecast.json", "forecast"


def forecast(
    case: options.CaseName,
    first: Annotated[int, typer.Option("--from", metavar="Y", help="First year forecast.")],
    last: Annotated[int, typer.Option("--to", metavar="Y", help="Last year forecast.")],
    output: Annotated[Path, options.into("Where table and figure go.")],
    scenario: options.Scenarios = None,
    theory_name: options.PosteriorOf = options.DEFAULT_THEORY,
    draws: Annotated[int, typer.Option("--draws", min=2, metavar="N", help="Draws of the posterior.")] = 60,
    facilities: Annotated[
        Path | None, typer.Option("--facilities", metavar="FILE.yaml", help="Places whose sufficiency is judged.")
    ] = None,
    parameters: options.PosteriorFile = None,
    allow_failed: options.AllowFailed = False,
    cluster: options.Cluster = None,
    processes: options.Processes = 2,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Forecast arrivals by sex and age, as it stands and under scenarios, from the posterior.

    It writes a table of quantiles in the format of forecast hubs, the numbers and a figure. Runs are kept under
    TUMEN_HOME: interrupted, the same command goes on.
    """
    from tumen.cli.progress import steps_run
    from tumen.experiment.forecast import exceeded, read_facilities
    from tumen.experiment.forecast import forecast as ask

    options.need_extra("a forecast", "tumen forecast", options.EXPERIMENT, "experiment")
    stated, theory = options.subject(case, theory_name)
    check_home(stated.name)
    places = None if facilities is None else read_facilities(facilities)
    held = options.posterior_of(stated, theory.name, parameters, allow_failed)
    with steps_run(as_json, "draws", "forecast") as progress:
        found = ask(
            stated, theory, (first, last), scenario or [], draws=draws, parameters=held,
            cluster=cluster, processes=processes, progress=progress,
        )  # fmt: skip
    _answer(found, None if places is None else exceeded(found, places), output, as_json)
    if found.expected.aside:
        raise typer.Exit(FAILED)


def _answer(found: Forecast, judged: pd.DataFrame | None, output: Path, as_json: bool) -> None:
    from tumen.summary import forecast as report

    content = report.as_json(found, judged)
    if not as_json:
        show(report.ARRIVALS.format(found.origin), report.table(found))
        if judged is not None:
            show(report.FACILITIES, report.facility_table(judged))
        show(*found.assumed, *report.left_out(found))
    written = written_to(output, lambda: _files(found, content))
    if as_json:
        document(content | written)
    else:
        message(", ".join(written["files"]))


def _files(found: Forecast, content: dict[str, Any]) -> dict[str, bytes]:
    from tumen.plots.forecasts import worlds
    from tumen.plots.render import drawn

    table = found.hub().to_csv(index=False, lineterminator="\n").encode()
    return {HUB: table, NUMBERS: numbers(content), **drawn(FIGURE, worlds(found))}

"""`tumen backtest`: forecasts from rolling origins, scored beside baselines."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tumen.cli import options
from tumen.cli.files import check_home, written_to
from tumen.cli.output import FAILED, document, message, numbers, show

if TYPE_CHECKING:
    from tumen.infer.backtest import Backtest

#: The files in the folder that -o names; there is a figure for each theory, as SVG and PNG.
FORECASTS, SCORED, FIGURE = "forecasts.csv", "scores.json", "backtest"
_SPAN = re.compile(r"(\d{4})(?:\.\.(\d{4}))?")


def backtest(
    case: options.CaseName,
    theory: Annotated[
        list[str] | None, typer.Option("--theory", metavar="T", help="Theory of why people leave; may be repeated.")
    ] = None,
    origins: Annotated[
        str | None, typer.Option("--origins", metavar="Y..Y", help="Years at whose end a forecast is made.")
    ] = None,
    ahead: Annotated[int, typer.Option("--ahead", min=1, max=20, metavar="N", help="Years ahead.")] = 3,
    output: Annotated[Path | None, options.into("Write forecasts, scores and figure there.")] = None,
    cluster: options.Cluster = None,
    processes: options.Processes = 2,
    people: Annotated[int | None, typer.Option("--people", min=500, metavar="N", help="Agents of a run.")] = None,
    seed: options.Seed = 1,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Forecast the years after each of several origins by what was known then, and score the forecasts.

    At every origin the parameters are estimated anew on the counts and surveys known at its end, and the years ahead
    are forecast by real runs. Beside each theory stand three baselines: last value, drift and a trend in women's share.
    Policies of the years ahead are taken as they came. Every run is kept under TUMEN_HOME: interrupted, the same
    command continues where it was. Exit code 1 says that the posterior of an origin failed a check; it is named, and
    everything is written all the same.
    """
    from tumen.case import load
    from tumen.model import theories

    options.need_extra("a backtest", "tumen backtest", options.SCORES)
    stated = load(case)
    check_home(stated.name)
    asked = [theories.get(name) for name in theory or [options.DEFAULT_THEORY]]
    years = None if origins is None else _years(origins)
    from tumen.cli.progress import stages_of_many
    from tumen.infer.backtest import PLAN
    from tumen.infer.backtest import backtest as ask

    plan = replace(PLAN, seed=seed, agents=people or PLAN.agents)
    with stages_of_many("backtest") as progress:
        found = ask(
            stated, asked, origins=years, ahead=ahead, plan=plan,
            cluster=cluster, processes=processes, progress=progress,
        )  # fmt: skip
    _answer(found, output, as_json)
    if not found.sound:
        raise typer.Exit(FAILED)


def _years(said: str) -> tuple[int, ...]:
    """The years of FIRST..LAST, or the one that is named. Raises CaseError."""
    from tumen.case import CaseError

    match = _SPAN.fullmatch(said)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if first > last:
        what, expected = f"origins {said!r}", "one year, or the first and the last of several as FIRST..LAST"
        raise CaseError.single(what, "tumen backtest --origins", expected, "type for example --origins 2008..2014")
    return tuple(range(first, last + 1))


def _answer(found: Backtest, output: Path | None, as_json: bool) -> None:
    from tumen.summary import backtest as report

    content = report.as_json(found)
    written = written_to(output, lambda: _files(found, content))
    if as_json:
        document(content | written)
        return
    show(report.SCORES, report.score_table(found))
    for theory in found.theories:
        show(report.SKILL.format(theory=theory), report.skill_table(found, theory))
    show(*report.sentences(found))
    if written:
        message(f"{FORECASTS}, {SCORED} and {len(found.theories)} figures are in {output}")


def _files(found: Backtest, content: dict[str, Any]) -> dict[str, bytes]:
    """Forecasts, scores and figures."""
    from tumen.plots.forecasts import origins
    from tumen.plots.render import drawn

    hub = found.hub.to_csv(index=False, lineterminator="\n").encode()
    files = {FORECASTS: hub, SCORED: numbers(content)}
    for theory in found.theories:
        files |= drawn(f"{FIGURE}_{theory}", origins(found, theory))
    return files

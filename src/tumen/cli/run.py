"""`tumen run`: simulate a case and write the result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tumen.cli.files import check_home
from tumen.cli.options import (
    DEFAULT_THEORY,
    AllowFailed,
    AsJson,
    CaseName,
    DrawNumber,
    Draws,
    History,
    Parameters,
    TheoryName,
    Verbose,
)  # fmt: skip
from tumen.cli.output import document, message, show

if TYPE_CHECKING:
    from tumen.case import Case, World
    from tumen.perform import PreparedRun
    from tumen.result import Result

Scenarios = Annotated[
    list[str] | None, typer.Option("--scenario", "-s", metavar="SCENARIO", help="A scenario of the case, or a file.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE[@FROM[..TO]]", help="A value, from a month to the end or to TO."),
]
Without = Annotated[list[str] | None, typer.Option("--without", metavar="POLICY", help="The world without a policy.")]
Variants = Annotated[
    list[str] | None, typer.Option("--variant", metavar="POLICY=NAME", help="The values that another source gives.")
]
People = Annotated[int | None, typer.Option("--people", min=1, metavar="N", help="Agents to simulate.")]
FirstYear = Annotated[int | None, typer.Option("--from", metavar="Y", help="First year kept in the result.")]
LastYear = Annotated[int | None, typer.Option("--to", metavar="Y", help="Last year simulated.")]
Threads = Annotated[int | None, typer.Option("--threads", min=1, max=1024, help="Threads; results stay the same.")]


def run(
    case: CaseName,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where the result goes.")],
    scenario: Scenarios = None,
    theory: TheoryName = DEFAULT_THEORY,
    settings: Settings = None,
    without: Without = None,
    variant: Variants = None,
    history: History = None,
    people: People = None,
    full: Annotated[bool, typer.Option("--full", help="One agent for each person.")] = False,
    first_year: FirstYear = None,
    last_year: LastYear = None,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**63 - 1, metavar="N", help="Random seed.")] = 1,
    parameters: Parameters = None,
    draw: DrawNumber = None,
    draws: Draws = None,
    allow_failed: AllowFailed = False,
    figures: Annotated[bool, typer.Option("--figures/--no-figures", help="Draw the six figures.")] = True,
    events: Annotated[bool, typer.Option("--events", help="Keep a sampled history of each agent.")] = False,
    threads: Threads = None,
    verbose: Verbose = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
    as_json: AsJson = False,
) -> None:
    """Simulate a case and write the result folder DIR.

    With a posterior, draws of it are simulated beside the central run and give medians and bands. Every run begins with
    the case's first month, so that people have saved by the first year shown: --from only leaves years out of the
    result.
    """
    from tumen.case import load
    from tumen.cli.run_options import WorldOptions, named_scenarios, request_as_dict, usable_threads
    from tumen.cli.show import draw_figures
    from tumen.perform import RunOptions, prepare
    from tumen.result.bundle import since

    _check(output, people, full, first_year, last_year, draw, draws)
    stated = load(case)
    scenarios = named_scenarios(stated, scenario or [], without or [])
    asked = WorldOptions(scenarios, tuple(settings or ()), _variants(variant or []), history, first_year, last_year)
    options = RunOptions(
        None if full else people or RunOptions.people, seed, parameters, draw, draws, allow_failed,
        threads=threads or usable_threads(), events=events,
    )  # fmt: skip
    prepared = prepare(asked.world(stated), theory, options)
    if prepared.draws:
        check_home(stated.name)
    _explain(prepared, verbose, quiet)
    result = perform(prepared, quiet)
    request = request_as_dict(theory, asked, prepared)
    result = since(replace(result, record={**result.record, "request": request}), first_year)
    saved = result.save(output)
    _report(saved, stated, draw_figures(saved, stated) if figures else {}, quiet, as_json)
    if not quiet:
        _warn_of_army(result, prepared.world)


def perform(prepared: PreparedRun, quiet: bool) -> Result:
    """The central run and its draws, with their progress on stderr."""
    from tumen import simulate as simulation
    from tumen.cli.progress import steps_run

    if not quiet and not simulation.ready():
        message("first run: the engine is compiled, which takes about half a minute and is kept for later runs")
    with steps_run(quiet) as progress:
        result = prepared.central(progress)
    if not prepared.draws:
        return result
    with steps_run(quiet, "draws", "posterior") as progress:
        return prepared.with_draws(result, progress)


def _check(
    output: Path,
    people: int | None,
    full: bool,
    first_year: int | None,
    last_year: int | None,
    draw: int | None,
    draws: int | None,
) -> None:
    from tumen.case import CaseError
    from tumen.result import check_target

    if draw is not None and draws:
        what = f"--draws {draws} stands beside --draw {draw}"
        raise CaseError.single(what, "tumen run", "many draws or a single one", "leave one out")
    if people is not None and full:
        raise CaseError.single("--people stands beside --full", "tumen run", "one of them", "leave one out")
    if first_year is not None and last_year is not None and first_year > last_year:
        what = f"--from {first_year} is later than --to {last_year}"
        raise CaseError.single(what, "tumen run", "years in order", "swap them")
    check_target(output)


def _variants(given: list[str]) -> dict[str, str]:
    from tumen.case import CaseError

    chosen: dict[str, str] = {}
    for text in given:
        key, equals, name = text.partition("=")
        if not (key and equals and name):
            what = f"'{text}' names no variant"
            raise CaseError.single(what, "tumen run, --variant", "POLICY=NAME", "write it as fee=smugglers")
        if chosen.setdefault(key, name) != name:
            what = f"{key} is given two variants, {chosen[key]} and {name}"
            raise CaseError.single(what, "tumen run, --variant", "one", "leave one out")
    return chosen


def _explain(prepared: PreparedRun, verbose: bool, quiet: bool) -> None:
    from tumen.case.horizon import carried
    from tumen.case.idle import idle_settings

    world = prepared.world
    if not quiet and prepared.chosen is not None:
        beyond = carried(world.case, world.start + world.months - 1)
        for line in (prepared.chosen.line(world.history), *beyond, *idle_settings(world)):
            message(line)
    if not verbose:
        return
    message(f"case {world.case.name} {world.case.hash[:8]}, theory {prepared.theory.name}, closure {world.closure}")
    for amendment in world.diff:
        part = f".{amendment.part}" if amendment.part else ""
        message(f"changed: {amendment.key}{part}: {amendment.text} ({amendment.source})")


def _warn_of_army(result: Result, world: World) -> None:
    from tumen.model.reach import unmet

    start = result.flows["month"].values[0].astype("datetime64[M]").astype(int) + 12 * 1970
    line = unmet(world, int(start), result.flows["strength"].values)
    if line:
        message(line)


def _report(saved: Result, case: Case, drawn: dict[str, list[str]], quiet: bool, as_json: bool) -> None:
    from tumen.summary.formatting import drawn_beside
    from tumen.summary.noise import as_json as noise_json
    from tumen.summary.noise import line as noise_line
    from tumen.summary.table import as_json as lines
    from tumen.summary.table import table

    if as_json:
        content: dict[str, Any] = {"folder": str(saved.folder), "arrivals": lines(saved, case)}
        content["noise"] = noise_json(saved)
        document(content | drawn | {"record": saved.record, "timings": saved.timings})
    elif not quiet:
        show(table(saved, case))
        if saved.draws is not None:
            message(drawn_beside(saved.record, saved.draws))
        message(noise_line(saved))
        figures = f", with {len(drawn['figures'])} figure files in figures" if drawn else ""
        seconds = saved.timings.get("seconds", 0) + saved.timings.get("draws_seconds", 0)
        message(f"{seconds:.1f} s; the result is in {saved.folder}{figures}")

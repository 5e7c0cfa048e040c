"""`tumen run`: simulate a case and write the result."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tumen.cli.draws import Draws
from tumen.cli.options import AllowFailed, AsJson, CaseName, Verbose
from tumen.cli.output import console, document, message
from tumen.cli.parameters import DrawNumber, Parameters

if TYPE_CHECKING:
    from tumen.case import Case, World
    from tumen.cli.run_options import RunOptions
    from tumen.infer.chosen_parameters import Chosen
    from tumen.result import Result

DEFAULT_THEORY = "interplay"

Scenarios = Annotated[
    list[str] | None, typer.Option("--scenario", "-s", metavar="SCENARIO", help="A scenario of the case, or a file.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE[@FROM[..TO]]", help="A number, from a month to the end or TO."),
]
Without = Annotated[
    list[str] | None, typer.Option("--without", metavar="POLICY", help="The world in which a policy never was.")
]
Variants = Annotated[
    list[str] | None, typer.Option("--variant", metavar="POLICY=NAME", help="What another source says instead.")
]
People = Annotated[int | None, typer.Option("--people", min=1, metavar="N", help="Rows to simulate.")]
FirstYear = Annotated[int | None, typer.Option("--from", metavar="Y", help="First year kept in the result.")]
LastYear = Annotated[int | None, typer.Option("--to", metavar="Y", help="Last year simulated.")]
Threads = Annotated[int | None, typer.Option("--threads", min=1, max=1024, help="Threads; no number depends on it.")]


def run(
    case: CaseName,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where the result goes.")],
    scenario: Scenarios = None,
    theory: Annotated[str, typer.Option("--theory", metavar="T", help="What drives an attempt.")] = DEFAULT_THEORY,
    settings: Settings = None,
    without: Without = None,
    variant: Variants = None,
    history: Annotated[str | None, typer.Option("--history", metavar="NAME", help="A named set of variants.")] = None,
    people: People = None,
    full: Annotated[bool, typer.Option("--full", help="One row a person.")] = False,
    first_year: FirstYear = None,
    last_year: LastYear = None,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**63 - 1, metavar="N", help="Chance.")] = 1,
    parameters: Parameters = None,
    draw: DrawNumber = None,
    draws: Draws = None,
    allow_failed: AllowFailed = False,
    figures: Annotated[bool, typer.Option("--figures/--no-figures", help="Draw the six figures.")] = True,
    events: Annotated[bool, typer.Option("--events", help="Keep what happened to each person.")] = False,
    threads: Threads = None,
    verbose: Verbose = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but what is wrong.")] = False,
    as_json: AsJson = False,
) -> None:
    """Simulate a case and write the result folder DIR.

    With a posterior, draws of it are simulated beside the central run and give medians and bands. A run begins with the
    case's first month, where savings come from: --from only leaves years out of the result.
    """
    from tumen.case import load
    from tumen.cli.draws import Beside
    from tumen.cli.run_options import RunOptions, history_of, named_scenarios, world_of
    from tumen.infer.chosen_parameters import choose
    from tumen.model import theories

    _check(output, people, full, first_year, last_year)
    stated = load(case)
    scenarios = named_scenarios(stated, scenario or [], without or [])
    chosen = choose(stated, theories.get(theory).name, draw, allow_failed, parameters)
    beside = Beside.asked(stated, chosen, draws, draw, history)
    request = RunOptions(
        theory=theory,
        scenarios=scenarios,
        settings=tuple(settings or ()),
        variants=_variants(variant or []),
        history=history_of(stated, scenarios, history, chosen.history),
        parameters=chosen.as_record(),
        people=None if full else people or default_people(),
        seed=seed,
        first_year=first_year,
        last_year=last_year,
        events=events,
    )
    world = world_of(stated, request)
    _explain(world, request, chosen, verbose, quiet)
    hands = threads or usable_threads()
    result = beside.put(perform(world, request, hands, quiet), stated, request, hands, quiet)
    _keep(result, stated, output, figures, quiet, as_json)


def _keep(result: Result, case: Case, output: Path, figures: bool, quiet: bool, as_json: bool) -> None:
    """Write the result, draw its figures and say what it holds."""
    from tumen.cli.show import draw_figures

    saved = result.save(output)
    _report(saved, case, draw_figures(saved, case) if figures else {}, quiet, as_json)


def perform(world: World, request: RunOptions, threads: int, quiet: bool) -> Result:
    """Run a world as it was asked for; the result carries the request and a copy of its case."""
    from tumen import simulate as simulation
    from tumen.cli.progress import steps_run
    from tumen.model import theories
    from tumen.result import copy_of

    copy = copy_of(world.case)
    theory = theories.get(request.theory)
    if not quiet and not simulation.ready():
        message("first run: the engine is compiled, which takes about half a minute and is kept for later runs")
    with steps_run(quiet) as progress:
        result = simulation.run(
            world,
            theory,
            people=request.people,
            seed=request.seed,
            threads=threads,
            events=request.events,
            progress=progress,
        )
    record = {**result.record, "parameters": request.parameters, "request": request.as_dict()}
    return since(replace(result, record=record, case=copy), request.first_year)


def since(result: Result, year: int | None) -> Result:
    """The result without the years before `year`."""
    if year is None:
        return result
    flows = result.flows.sel(month=slice(f"{year}-01-01", None), year=slice(year, None))
    window = {**result.record.get("window", {}), "start": f"{year}-01"}
    events = result.events and _events_since(result.events, year)
    return replace(result, flows=flows, events=events, record={**result.record, "window": window})


def _events_since(events: Mapping[str, Any], year: int) -> dict[str, Any]:
    import numpy as np

    from tumen.result import Coded

    late = np.asarray(events["month"]) >= np.datetime64(f"{year}-01")

    def cut(column: Any) -> Any:
        if isinstance(column, Coded):
            return Coded(column.codes[late], column.words)
        return column[late] if isinstance(column, np.ndarray) else column

    return {name: cut(column) for name, column in events.items()}


def default_people() -> int:
    """Rows of a run unless told otherwise."""
    from tumen.simulate import DEFAULT_PEOPLE

    return DEFAULT_PEOPLE


def usable_threads() -> int:
    """The processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def _check(output: Path, people: int | None, full: bool, first_year: int | None, last_year: int | None) -> None:
    from tumen.case import CaseError
    from tumen.result import check_target

    if people is not None and full:
        raise CaseError.single("--people stands beside --full", "tumen run", "one of them", "leave one out")
    if first_year is not None and last_year is not None and first_year > last_year:
        raise CaseError.single(
            f"--from {first_year} is later than --to {last_year}", "tumen run", "years in order", "swap them"
        )
    check_target(output)


def _variants(given: list[str]) -> dict[str, str]:
    from tumen.case import CaseError

    chosen: dict[str, str] = {}
    for text in given:
        key, equals, name = text.partition("=")
        if not (key and equals and name):
            raise CaseError.single(
                f"'{text}' names no variant", "tumen run, --variant", "POLICY=NAME", "write it as fee=smugglers"
            )
        if chosen.setdefault(key, name) != name:
            raise CaseError.single(
                f"{key} is given two variants, {chosen[key]} and {name}", "tumen run, --variant", "one", "leave one out"
            )
    return chosen


def _explain(world: World, request: RunOptions, chosen: Chosen, verbose: bool, quiet: bool) -> None:
    from tumen.case.horizon import carried
    from tumen.case.idle import idle_settings

    if not quiet:
        beyond = carried(world.case, world.start + world.months - 1)
        for said in (chosen.line(world.history), *beyond, *idle_settings(world)):
            message(said)
    if not verbose:
        return
    message(f"case {world.case.name} {world.case.hash[:8]}, theory {request.theory}, closure {world.closure}")
    for amendment in world.diff:
        part = f".{amendment.part}" if amendment.part else ""
        message(f"changed: {amendment.key}{part}: {amendment.text} ({amendment.source})")


def _report(saved: Result, case: Case, drawn: dict[str, list[str]], quiet: bool, as_json: bool) -> None:
    from tumen.cli.draws import said
    from tumen.summary.noise import as_json as noise_json
    from tumen.summary.noise import line as noise_line
    from tumen.summary.table import as_json as lines
    from tumen.summary.table import table

    if as_json:
        content: dict[str, Any] = {"folder": str(saved.folder), "arrivals": lines(saved, case)}
        content["noise"] = noise_json(saved)
        document(content | drawn | {"record": saved.record, "timings": saved.timings})
    elif not quiet:
        console().print(table(saved, case))
        if saved.draws is not None:
            message(said(saved.record, saved.draws))
        message(noise_line(saved))
        figures = f", with {len(drawn['figures'])} figure files in figures" if drawn else ""
        seconds = saved.timings.get("seconds", 0) + saved.timings.get("draws_seconds", 0)
        message(f"{seconds:.1f} s; the result is in {saved.folder}{figures}")

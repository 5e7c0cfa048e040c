"""`tumen experiment`: worlds of a design over draws of the posterior, and what their comparison says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tumen.cli import options
from tumen.cli.files import address_to_write, written_to
from tumen.cli.output import FAILED, answer, document, message, name_files, numbers, show

if TYPE_CHECKING:
    from tumen.experiment.design import Design
    from tumen.experiment.factorial import Factorial

experiment = typer.Typer(
    name="experiment",
    help="Simulate the worlds of a design, all with the same people, draws and random numbers, and compare them.",
    rich_markup_mode=None,
)

#: The files that `show` writes beside a figure of each flow.
NUMBERS, TABLE = "experiment.json", "table.csv"

Folder = Annotated[str, typer.Argument(metavar="DIR", help="A folder of results, or an address that fsspec knows.")]
#: No fewer, since a first run compiles the engine.
_FEWEST_SECONDS = 60
Seconds = Annotated[
    float | None,
    typer.Option(
        "--seconds", min=_FEWEST_SECONDS, metavar="N", help="Time limit of a draw in all worlds. [900, or more]"
    ),
]
Memory = Annotated[
    float | None,
    typer.Option("--memory", min=0.1, metavar="GB", help="Memory limit of a draw. [80 % of the machine / processes]"),
]
Draws = Annotated[int | None, typer.Option("--draws", min=1, metavar="N", help="Draws of the posterior.")]
Seeds = Annotated[int | None, typer.Option("--seeds", min=1, metavar="N", help="Random seeds of each draw.")]


@experiment.callback()
def _needed() -> None:
    options.need_extra("an experiment", "tumen experiment", options.EXPERIMENT, "experiment")


@experiment.command()
def run(
    design: Annotated[Path, typer.Argument(metavar="DESIGN.yaml", help="Worlds, case and theory of an experiment.")],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Folder or fsspec address where results are kept.",
            callback=address_to_write,
        ),
    ],
    draws: Draws = None,
    seeds: Seeds = None,
    cluster: options.Cluster = None,
    processes: options.Processes = 2,
    seconds: Seconds = None,
    memory: Memory = None,
    parameters: options.PosteriorFile = None,
    allow_failed: options.AllowFailed = False,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Simulate a design and print what its worlds show. After an interruption, the same command continues.

    Every draw is kept as soon as it is done in all worlds. A draw that fails three times, takes too long or needs too
    much memory is set aside and named, and the exit code is then 1. With --processes 1 it is done in this process and
    has no limits, unless --seconds or --memory is given.
    """
    from dataclasses import replace

    from tumen.experiment.design import read_design

    stated = read_design(design)
    asked = replace(stated, draws=draws or stated.draws, seeds=seeds or stated.seeds)
    _do(asked, output, (parameters, allow_failed), cluster, processes, (seconds, memory), as_json)


@experiment.command()
def resume(
    folder: Folder,
    again: Annotated[bool, typer.Option("--again", help="Try again what was set aside.")] = False,
    cluster: options.Cluster = None,
    processes: options.Processes = 2,
    seconds: Seconds = None,
    memory: Memory = None,
    parameters: options.PosteriorFile = None,
    allow_failed: options.AllowFailed = False,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Do what is left of an experiment that was interrupted; with --again, also what was set aside."""
    from tumen.experiment.factorial import begun

    _do(begun(folder), folder, (parameters, allow_failed), cluster, processes, (seconds, memory), as_json, again)


@experiment.command()
def expand(
    folder: Folder,
    draws: Draws = None,
    seeds: Seeds = None,
    cluster: options.Cluster = None,
    processes: options.Processes = 2,
    seconds: Seconds = None,
    memory: Memory = None,
    parameters: options.PosteriorFile = None,
    allow_failed: options.AllowFailed = False,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Add draws or seeds to an experiment; those that are done stay."""
    from tumen.experiment.factorial import begun

    _do(begun(folder, draws, seeds), folder, (parameters, allow_failed), cluster, processes, (seconds, memory), as_json)


@experiment.command()
def status(folder: Folder, as_json: options.AsJson = False, verbose: options.Verbose = False) -> None:
    """Print how much of an experiment is done, and what was set aside."""
    from tumen.experiment.factorial import begun
    from tumen.experiment.store import Store

    stated, store = begun(folder), Store(folder)
    done, aside = store.done(), store.aside()
    whole = stated.draws * stated.seeds
    if as_json:
        errors = {unit.name: error for unit, error in sorted(aside.items())}
        names = sorted(unit.name for unit in done)
        document({"design": stated.as_dict(), "done": names, "aside": errors, "asked": whole})
        return
    answer(f"{stated.title}: {len(done)} done, {len(aside)} set aside, of {whole} draws and seeds asked for")
    for unit, error in sorted(aside.items()):
        answer(f"{unit.name}: {error}")


@experiment.command("show")
def show_worlds(
    folder: Folder,
    output: Annotated[Path | None, options.into("Write numbers, one table and figures there.", "OUT")] = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Print what the worlds of an experiment show, as far as it is done."""
    from tumen.experiment.factorial import read_back
    from tumen.experiment.store import Store

    store = Store(folder)
    found = read_back(store)
    _answer(found, written_to(output, lambda: _files(found, store)), as_json)


def _do(
    design: Design,
    folder: str,
    which: tuple[Path | None, bool],
    cluster: str | None,
    processes: int,
    limits: tuple[float | None, float | None],
    as_json: bool,
    again: bool = False,
) -> None:
    """Simulate what is missing, and say what is found. which: a posterior by file, and whether it may have failed."""
    from tumen.cli.progress import steps_run
    from tumen.experiment.factorial import factorial
    from tumen.experiment.limits import limits_of

    case, theory = options.subject(design.case, design.theory)
    held = options.posterior_of(case, theory.name, *which)
    with steps_run(as_json, "draws", "experiment") as progress:
        found = factorial(
            design, folder, case=case, theory=theory, found=held, cluster=cluster, processes=processes,
            limits=limits_of(*limits), again=again, progress=progress,
        )  # fmt: skip
    _answer(found, {}, as_json)
    if not as_json:
        message(f"figures and one table of all worlds: tumen experiment show {folder} -o OUT")
    if found.aside:
        message(f"to try again what was set aside: tumen experiment resume {folder} --again")
        raise typer.Exit(FAILED)


def _answer(found: Factorial, written: dict[str, list[str]], as_json: bool) -> None:
    from tumen.experiment.attribution import assumptions_of, policies_of
    from tumen.summary import experiment as report

    if as_json:
        document(report.as_json(found) | written)
        return
    show(report.WORLDS.format(*found.years), report.world_table(found))
    if policies_of(found.table):
        show(report.POLICIES, report.policy_table(found))
    if assumptions_of(found.table):
        show(report.ASSUMPTIONS, report.assumption_table(found))
    show(*report.sentences(found))
    name_files(written)


def _files(found: Factorial, store: Any) -> dict[str, bytes]:
    """Numbers, the table of all worlds and a figure of each flow."""
    from tumen.plots.experiment import figure
    from tumen.plots.render import drawn
    from tumen.summary import experiment as report

    rows = store.table().to_csv(index=False, lineterminator="\n")
    files = {NUMBERS: numbers(report.as_json(found)), TABLE: rows.encode()}
    for flow in ("arrivals", "departures") if report.shown_worlds(found) else ():
        files |= drawn(flow, figure(found, flow))
    return files

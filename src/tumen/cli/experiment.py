"""`tumen experiment`: worlds of a design over draws of the posterior, and what their comparison says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tumen.cli.extra import EXPERIMENT, need_extra
from tumen.cli.files import address_to_write, folder_to_write
from tumen.cli.options import AllowFailed, AsJson, Cluster, Processes, Verbose
from tumen.cli.output import FAILED, answer, as_text, console, document, message
from tumen.cli.parameters import PosteriorFile, posterior_of

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
    need_extra("an experiment", "tumen experiment", EXPERIMENT, "experiment")


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
    cluster: Cluster = None,
    processes: Processes = 2,
    seconds: Seconds = None,
    memory: Memory = None,
    parameters: PosteriorFile = None,
    allow_failed: AllowFailed = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
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
    cluster: Cluster = None,
    processes: Processes = 2,
    seconds: Seconds = None,
    memory: Memory = None,
    parameters: PosteriorFile = None,
    allow_failed: AllowFailed = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Do what is left of an experiment that was interrupted; with --again, also what was set aside."""
    from tumen.experiment.factorial import begun

    _do(begun(folder), folder, (parameters, allow_failed), cluster, processes, (seconds, memory), as_json, again)


@experiment.command()
def expand(
    folder: Folder,
    draws: Draws = None,
    seeds: Seeds = None,
    cluster: Cluster = None,
    processes: Processes = 2,
    seconds: Seconds = None,
    memory: Memory = None,
    parameters: PosteriorFile = None,
    allow_failed: AllowFailed = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Add draws or seeds to an experiment; those that are done stay."""
    from tumen.experiment.factorial import begun

    _do(begun(folder, draws, seeds), folder, (parameters, allow_failed), cluster, processes, (seconds, memory), as_json)


@experiment.command()
def status(folder: Folder, as_json: AsJson = False, verbose: Verbose = False) -> None:
    """Print how much of an experiment is done, and what was set aside."""
    from tumen.experiment.factorial import begun
    from tumen.experiment.store import Store

    stated, store = begun(folder), Store(folder)
    done, aside = store.done(), store.aside()
    whole = stated.draws * stated.seeds
    if as_json:
        document(
            {
                "design": stated.as_dict(),
                "done": sorted(unit.name for unit in done),
                "aside": {unit.name: error for unit, error in sorted(aside.items())},
                "asked": whole,
            }
        )
        return
    answer(f"{stated.title}: {len(done)} done, {len(aside)} set aside, of {whole} draws and seeds asked for")
    for unit, error in sorted(aside.items()):
        answer(f"{unit.name}: {error}")


@experiment.command()
def show(
    folder: Folder,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            help="Write numbers, one table and figures there.",
            callback=folder_to_write,
        ),
    ] = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Print what the worlds of an experiment show, as far as it is done."""
    from tumen.experiment.factorial import read_back
    from tumen.experiment.store import Store

    store = Store(folder)
    found = read_back(store)
    written = _write(found, store, output) if output is not None else {}
    _answer(found, written, as_json)


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
    from tumen.case import load
    from tumen.cli.progress import steps_run
    from tumen.experiment.factorial import run_design
    from tumen.experiment.limits import limits_of
    from tumen.model import theories

    case, theory = load(design.case), theories.get(design.theory)
    held = posterior_of(case, theory.name, *which)
    with steps_run(as_json, "draws", "experiment") as progress:
        found = run_design(
            design, folder, case=case, theory=theory, found=held, cluster=cluster, processes=processes,
            limits=limits_of(*limits), again=again, progress=progress,
        )  # fmt: skip
    _answer(found, {}, as_json)
    if not as_json:
        message(f"figures and one table of all worlds: tumen experiment show {folder} -o OUT")
    if found.aside:
        message(f"to try again what was set aside: tumen experiment resume {folder} --again")
        raise typer.Exit(FAILED)


def _answer(found: Factorial, written: dict[str, Any], as_json: bool) -> None:
    from tumen.experiment.attribution import assumptions_of, policies_of
    from tumen.summary import experiment as report

    if as_json:
        document(report.as_json(found) | written)
        return
    screen = console()
    answer(report.WORLDS.format(*found.years))
    screen.print(report.world_table(found))
    if policies_of(found.table):
        answer(report.POLICIES)
        screen.print(report.policy_table(found))
    if assumptions_of(found.table):
        answer(report.ASSUMPTIONS)
        screen.print(report.assumption_table(found))
    for line in report.sentences(found):
        answer(line)
    for name in written.get("files", []):
        message(f"written: {name}")


def _write(found: Factorial, store: Any, output: Path) -> dict[str, Any]:
    """Numbers, the table of all worlds and a figure of each flow into a folder."""
    from tumen.cli.files import write_all
    from tumen.plots.experiment import figure
    from tumen.plots.render import drawn
    from tumen.summary import experiment as report
    from tumen.summary.experiment import shown_worlds

    def make() -> dict[str, bytes]:
        rows = store.table().to_csv(index=False, lineterminator="\n")
        files = {NUMBERS: f"{as_text(report.as_json(found))}\n".encode(), TABLE: rows.encode()}
        for flow in ("arrivals", "departures") if shown_worlds(found) else ():
            files |= drawn(flow, figure(found, flow))
        return files

    return {"files": write_all(output, make)}

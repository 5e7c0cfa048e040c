"""`tumen calibrate`: estimate the parameters of a case under a theory."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tumen.cli import options
from tumen.cli.files import check_home, file_to_write
from tumen.cli.output import FAILED, document, message, show

if TYPE_CHECKING:
    from tumen.infer.posterior import Posterior


def calibrate(
    case: options.CaseName,
    theory_name: options.TheoryName = options.DEFAULT_THEORY,
    output: Annotated[Path | None, options.into("Where to write the posterior.", "FILE.nc", file_to_write)] = None,
    cluster: options.Cluster = None,
    processes: options.Processes = 2,
    runs: Annotated[int | None, typer.Option("--runs", min=100, metavar="N", help="Maximum number of runs.")] = None,
    people: Annotated[int | None, typer.Option("--people", min=1000, metavar="N", help="Agents of a run.")] = None,
    seed: options.Seed = 1,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Estimate the parameters of a case from its counts, under a theory.

    Every run is kept under TUMEN_HOME: after an interruption, the same command continues where it stopped. The
    posterior is written there too, unless -o names a file, and is then used instead of the shipped one. Exit code 1
    means that a check failed: the posterior is kept for inspection, and other verbs refuse it.
    """
    from dataclasses import replace

    from tumen.cli.progress import stages_of_many
    from tumen.infer.posterior import own_place

    options.need_extra("calibration", "tumen calibrate", options.EVERYTHING)
    stated, theory = options.subject(case, theory_name)
    to = output or own_place(stated, theory.name)
    check_home(stated.name)
    file_to_write(to)
    from tumen.infer.calibration import CHECKED, Plan
    from tumen.infer.estimation import calibrate as ask

    plan = replace(Plan() if runs is None else Plan().within(runs), seed=seed, agents=people or Plan.agents)
    few = "" if plan.most >= CHECKED else f"; fewer than {CHECKED:,} cannot pass the check of the emulator"
    message(f"at most {plan.most:,} runs of {plan.agents:,} agents{few}")
    with stages_of_many("calibration") as progress:
        found = ask(stated, theory, plan=plan, cluster=cluster, processes=processes, progress=progress)
    found.write(to)
    if as_json:
        document(_plain(found, to))
    else:
        named = f" --parameters {shlex.quote(str(output))}" if output else ""
        show(*_words(found), f"written to {to}", f"tumen posterior {shlex.quote(case)} --theory {theory.name}{named}")
    if not found.sound:
        raise typer.Exit(FAILED)


def _words(found: Posterior) -> list[str]:
    """What was done and whether it may be used, in a line each."""
    made = found.provenance
    lines = [
        f"{found.size} draws of {len(found.parameters)} parameters from {made['runs']:,} runs, {made['seconds']} s"
    ]
    if made["refused"]:
        lines.append(f"{made['refused']} of the runs were refused by the model")
    lines += [f"{check.name}: {check.found:.3g} ({check.wanted})" for check in found.checks if check.passed]
    lines += [f"NOT PASSED - {check.said} ({check.wanted})" for check in found.checks if not check.passed]
    failed = "it failed its diagnostics: other verbs refuse it without --allow-failed-diagnostics"
    return [*lines, "it passed its diagnostics and may be used" if found.sound else failed]


def _plain(found: Posterior, to: Path) -> dict[str, object]:
    return {
        "theory": found.theory,
        "sound": found.sound,
        "draws": found.size,
        "parameters": len(found.parameters),
        "runs": found.provenance["runs"],
        "refused": found.provenance["refused"],
        "seconds": found.provenance["seconds"],
        "checks": [vars(check) for check in found.checks],
        "file": str(to),
    }

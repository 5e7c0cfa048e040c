"""`tumen size`: the sample size for a target Monte Carlo error."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tumen.cli import options
from tumen.cli.output import FAILED, document, message, show
from tumen.cli.run_options import usable_threads

if TYPE_CHECKING:
    from rich.table import Table

    from tumen.simulate.sizing import Precision, Sizing


def size(
    case: options.CaseName,
    noise: Annotated[
        float, typer.Option("--noise", metavar="SHARE", help="Standard deviation over seeds, relative to the mean.")
    ] = 0.02,
    figure: Annotated[str, typer.Option("--figure", metavar="F", help="arrivals or departures.")] = "arrivals",
    first_year: Annotated[int | None, typer.Option("--from", metavar="Y", help="First year to look at.")] = None,
    last_year: Annotated[int | None, typer.Option("--to", metavar="Y", help="Last year to look at.")] = None,
    theory_name: options.TheoryName = options.DEFAULT_THEORY,
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=2**62, metavar="N", help="Random seed of the pilot run.")
    ] = 1,
    check: Annotated[bool, typer.Option("--check/--no-check", help="Run the size found once, to confirm it.")] = True,
    parameters: options.Parameters = None,
    draw: options.DrawNumber = None,
    allow_failed: options.AllowFailed = False,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Find the sample size for a target Monte Carlo error.

    Runs a pilot, scales the standard errors that it states by the square-root law to the sample size at which every
    yearly figure by sex is below the target, and confirms that size by a second run with another seed. The years are
    those with observed counts, unless --from and --to say otherwise.
    """
    from tumen import simulate as simulation
    from tumen.cli.progress import stages_run
    from tumen.infer.chosen_parameters import choose
    from tumen.simulate.sizing import years_of

    stated, theory = options.subject(case, theory_name)
    chosen = choose(stated, theory.name, draw, allow_failed, parameters)
    world = stated.world(parameters=chosen.parameters, history=chosen.history)
    first, last = years_of(world, None)
    years = (first if first_year is None else first_year, last if last_year is None else last_year)
    with stages_run() as progress:
        found = simulation.size(
            world, theory, noise=noise, figure=figure, years=years, seed=seed,
            threads=usable_threads(), check=check, progress=progress,
        )  # fmt: skip
    message(chosen.line(world.history))
    command = f"tumen run {case} --people {found.agents}{_options(theory_name, parameters, draw, allow_failed)} -o DIR"
    about = {"case": stated.name, "theory": theory.name, "figure": figure, "from": years[0], "to": years[1]}
    if as_json:
        document(about | {"parameters": chosen.as_record()} | _plain(found) | {"command": command})
    else:
        _print(found, about, command)
    if not found.held:
        raise typer.Exit(FAILED)


def _print(found: Sizing, about: dict[str, Any], command: str) -> None:
    first, last = about["from"], about["to"]
    years = f"{first}-{last}" if first < last else str(first)
    of = f"{about['figure']} {years}, {about['case']}, {about['theory']}"
    show(f"Monte Carlo error of yearly {of}: standard error of a run", _table(found), *_sentences(found), command)


def _options(theory: str, parameters: str | None, draw: int | None, allow_failed: bool) -> str:
    """The options of this command that `tumen run` needs for the same run."""
    said = f" --theory {theory}" if theory != options.DEFAULT_THEORY else ""
    said += f" --parameters {shlex.quote(parameters)}" if parameters else ""
    return (
        said + (f" --draw {draw}" if draw is not None else "") + (" --allow-failed-diagnostics" if allow_failed else "")
    )


def _plain(found: Sizing) -> dict[str, Any]:
    from tumen.case import SEXES

    def plain(run: Precision) -> dict[str, Any]:
        figures = {"rms": run.rms, "largest": run.largest, "error_of_log": run.error}
        named = {key: dict(zip(SEXES, map(float, some), strict=True)) for key, some in figures.items()}
        return {"agents": run.agents} | named

    return {
        "noise": found.noise,
        "agents": found.agents,
        "agents_rms": found.agents_rms,
        "between": [found.low, found.high],
        "held": found.held,
        "pilot": plain(found.pilot),
        "check": None if found.check is None else plain(found.check),
    }


def _table(found: Sizing) -> Table:
    from tumen.summary.formatting import ruled_table

    columns = ("\nagents", "women\nrms", "noisiest\nyear", "men\nrms", "noisiest\nyear", "\nerror")
    shown = ruled_table("\nrun", *columns, whole=True)
    for name, run in (("pilot", found.pilot), ("check", found.check)):
        if run is not None:
            noises = [share for pair in zip(run.rms, run.largest, strict=True) for share in pair]
            cells = [f"{100 * share:.1f} %" for share in noises]
            shown.add_row(name, f"{run.agents:,}", *cells, f"{100 * run.error.max():.0f} %")
    return shown


def _sentences(found: Sizing) -> list[str]:
    wanted, bring = f"{100 * found.noise:g} %", "agents bring every yearly figure by sex to"
    if found.check is None:
        lines = [f"{found.agents:,} {bring} {wanted}, by the pilot and the square-root law; not confirmed by a run"]
    elif found.held:
        lines = [f"{found.agents:,} {bring} {wanted}, as a second run confirms"]
    else:
        lines = [f"{found.proposed:,} agents were tried and have more noise than {wanted}"]
        lines.append(f"{found.agents:,} should bring every yearly figure by sex to {wanted}; not tried")
    lines.append(f"by the pilot {found.low:,} to {found.high:,} agents (one standard error either way)")
    if found.agents == found.pilot.agents:
        lines.append(f"fewer than {found.agents:,} agents were not tried")
    lines.append(f"{found.agents_rms:,} agents bring the root mean square over the years to it")
    return lines

"""`tumen size`: how many rows a run needs for a wanted noise."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tumen.cli.options import AllowFailed, AsJson, CaseName, Verbose
from tumen.cli.output import FAILED, answer, console, document, message
from tumen.cli.parameters import DrawNumber, Parameters
from tumen.cli.run import DEFAULT_THEORY, usable_threads

if TYPE_CHECKING:
    from rich.table import Table

    from tumen.simulate.sizing import Scatter, Sizing


def size(
    case: CaseName,
    noise: Annotated[
        float, typer.Option("--noise", metavar="SHARE", help="Standard deviation over seeds, relative to the mean.")
    ] = 0.02,
    figure: Annotated[str, typer.Option("--figure", metavar="F", help="arrivals or departures.")] = "arrivals",
    first_year: Annotated[int | None, typer.Option("--from", metavar="Y", help="First year to look at.")] = None,
    last_year: Annotated[int | None, typer.Option("--to", metavar="Y", help="Last year to look at.")] = None,
    theory: Annotated[str, typer.Option("--theory", metavar="T", help="What drives an attempt.")] = DEFAULT_THEORY,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**62, metavar="N", help="The first seed.")] = 1,
    parameters: Parameters = None,
    draw: DrawNumber = None,
    allow_failed: AllowFailed = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Find the sample size for a wanted noise.

    Runs two small sizes with ten seeds each, foresees from their scatter the rows at which every yearly figure by sex
    keeps below the noise, and tries them. Looks at the years with counts to compare with, unless told otherwise.
    """
    from tumen import simulate as simulation
    from tumen.case import load
    from tumen.cli.progress import stages_run
    from tumen.infer.chosen_parameters import choose
    from tumen.model import theories
    from tumen.simulate.pilots import years_of

    stated = load(case)
    drives = theories.get(theory)
    chosen = choose(stated, drives.name, draw, allow_failed, parameters)
    world = stated.world(parameters=chosen.parameters, history=chosen.history)
    first, last = years_of(world, None)
    years = (first if first_year is None else first_year, last if last_year is None else last_year)
    with stages_run() as progress:
        found = simulation.size(
            world,
            drives,
            noise=noise,
            figure=figure,
            years=years,
            seed=seed,
            threads=usable_threads(),
            progress=progress,
        )
    message(chosen.line(world.history))
    command = f"tumen run {case} --people {found.rows}" + _options(theory, parameters, draw, allow_failed)
    if as_json:
        about = {"case": stated.name, "theory": theory, "figure": figure, "from": years[0], "to": years[1]}
        about["parameters"] = chosen.as_record()
        document(about | _plain(found) | {"command": f"{command} -o DIR"})
    else:
        named = f"{years[0]}-{years[1]}" if years[0] < years[1] else str(years[0])
        answer(f"Noise of yearly {figure} {named}, {stated.name}, {theory}: standard deviation over seeds")
        console().print(_table(found))
        for line in _words(found):
            answer(line)
        answer(f"{command} -o DIR")
    if not found.held:
        raise typer.Exit(FAILED)


def _options(theory: str, parameters: str | None, draw: int | None, allow_failed: bool) -> str:
    """The options of this command that `tumen run` needs for the same run."""
    said = f" --theory {theory}" if theory != DEFAULT_THEORY else ""
    said += f" --parameters {shlex.quote(parameters)}" if parameters else ""
    return (
        said + (f" --draw {draw}" if draw is not None else "") + (" --allow-failed-diagnostics" if allow_failed else "")
    )


def _plain(found: Sizing) -> dict[str, Any]:
    from tumen.case import SEXES

    def named(numbers: Any) -> dict[str, float]:
        return {sex: float(number) for sex, number in zip(SEXES, numbers, strict=True)}

    def scatter(each: Scatter) -> dict[str, Any]:
        noises = {"rms": named(each.rms), "largest": named(each.rms * found.law.peak)}
        return {"rows": each.rows, "seeds": each.seeds, **noises, "error_of_log": named(each.error)}

    power, error = found.law.measured
    return {
        "noise": found.noise,
        "rows": found.rows,
        "rows_rms": found.rows_rms,
        "between": [found.low, found.high],
        "held": found.held,
        "pilots": [scatter(each) for each in found.pilots],
        "check": scatter(found.check),
        "law": {
            "power": found.law.power,
            "measured_power": power,
            "error_of_power": error,
            "level": named(found.law.level),
        },
    }


def _table(found: Sizing) -> Table:
    from rich import box
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for column in ("\nrows", "\nseeds", "women\nrms", "noisiest\nyear", "men\nrms", "noisiest\nyear", "\nerror"):
        shown.add_column(column, justify="right", no_wrap=True)
    for each in (*found.pilots, found.check):
        if each is found.check:
            shown.add_section()
        noises = [share for pair in zip(each.rms, each.rms * found.law.peak, strict=True) for share in pair]
        cells = [f"{100 * share:.1f} %" for share in noises]
        shown.add_row(f"{each.rows:,}", str(each.seeds), *cells, f"{100 * each.error.max():.0f} %")
    return shown


def _words(found: Sizing) -> list[str]:
    power, error = found.law.measured
    held = "" if abs(found.law.power - power) < 0.005 else f", taken as {found.law.power:g}"
    wanted = f"{100 * found.noise:g} %"
    lines = [f"noise falls with the rows to the power -{power:.2f} +- {error:.2f}{held}"]
    if found.held:
        told = f"as far as {found.check.seeds} seeds can tell"
        lines.append(f"{found.rows:,} rows bring every yearly figure by sex to {wanted}, {told}")
    else:
        lines.append(f"{found.proposed:,} rows were tried and have more noise than {wanted}")
        lines.append(f"{found.rows:,} rows should bring every yearly figure by sex to {wanted}: not tried")
    lines.append(f"by the law {found.low:,} to {found.high:,} (one standard error either way)")
    if found.rows == found.pilots[0].rows:
        lines.append(f"fewer than {found.rows:,} rows were not tried")
    lines.append(f"{found.rows_rms:,} rows bring the root mean square over the years to it")
    return lines

"""The command line: verbs grouped by file, every refusal one sentence, nothing loaded before it is needed.

Exit codes: 0 done, 1 ran but something failed, 2 the input is wrong, 130 interrupted.
"""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Annotated, TextIO

import typer

import tumen
from tumen.cli import output as say
from tumen.cli.backtest import backtest
from tumen.cli.calibrate import calibrate
from tumen.cli.cases import cases, init, schema
from tumen.cli.check import check
from tumen.cli.decompose import decompose, switchers
from tumen.cli.difference import difference
from tumen.cli.experiment import experiment
from tumen.cli.fit import fit
from tumen.cli.forecast import forecast
from tumen.cli.inputs import inputs
from tumen.cli.output import failure, interrupted
from tumen.cli.posterior import posterior
from tumen.cli.priors import priors
from tumen.cli.run import run
from tumen.cli.scenario import scenario
from tumen.cli.sensitivity import sensitivity
from tumen.cli.show import show
from tumen.cli.size import size
from tumen.cli.streams import OutputError, prepare_streams
from tumen.cli.verify import verify

# Help is set in plain text: loading the formatter would take longer than everything else `tumen --help` does.
app = typer.Typer(
    name="tumen",
    help="Simulate who leaves a closed country: people, laws, work, money and a border, month by month.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for verb in (
    cases, init, check, inputs, scenario, priors, size, fit, calibrate, posterior, backtest, sensitivity, forecast,
    decompose, switchers, run, show, difference, verify, schema,
):  # fmt: skip
    app.command()(verb)
app.add_typer(experiment)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"tumen {tumen.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code."""
    asked = sys.argv[1:] if arguments is None else list(arguments)
    warnings.showwarning = _warn
    gc.set_threshold(50_000, 20, 100)  # by default, a tenth of a short command's time is spent searching for garbage
    if asked[:1] in (["run"], ["show"], ["difference"]):
        # Where dask is installed, xarray loads it to ask whether an array is one of dask's; here none is.
        sys.modules.setdefault("dask", None)  # type: ignore[arg-type]
    try:
        prepare_streams()
    except OutputError as error:
        sys.exit(failure(error, []))
    code = call(asked)
    if "_duckdb" not in sys.modules:  # altair may have loaded it: it lists what is never freed on stderr
        gc.freeze()  # or Python would search everything for garbage more than once before it ends
    sys.exit(code)


def _stand_somewhere() -> None:
    """Raise ResultError where the working folder was deleted: no relative path means anything there."""
    try:
        os.getcwd()  # noqa: PTH109 - Path.cwd says the same
    except OSError as error:
        from tumen.result import ResultError

        what = "the folder you are in is no longer there"
        raise ResultError(what, "the working folder", "one that exists", "change into another") from error


def _warn(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A warning as a sentence, without the line of code that gave it."""
    say.message(str(message))


def call(arguments: list[str]) -> int:
    """Run one command; returns the exit code. Whatever goes wrong is said here, in one place and one shape."""
    try:
        _stand_somewhere()
        code = app(arguments or ["--help"], prog_name="tumen", standalone_mode=False)
    except KeyboardInterrupt:
        return interrupted(arguments)
    except BrokenPipeError:  # the reader of our output has gone: there is nobody left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001 - the last door: bad input must end in a sentence, not in a trace
        return failure(error, arguments)
    return interrupted(arguments) if code == 130 else int(code or 0)

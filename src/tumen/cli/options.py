"""Arguments and options that several verbs share, each declared once, and what they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tumen.cli.files import file_to_write, folder_to_write
from tumen.cli.output import message

if TYPE_CHECKING:
    from tumen.case import Case
    from tumen.infer.posterior import Posterior
    from tumen.model.theories import Theory


def into(text: str, metavar: str = "DIR") -> Any:
    """The option -o of a folder, which is tried out before the work."""
    return typer.Option("--output", "-o", metavar=metavar, help=text, callback=folder_to_write)


def to_file(metavar: str, text: str) -> Any:
    """The option -o of a file, which is tried out before the work."""
    return typer.Option("--output", "-o", metavar=metavar, help=text, callback=file_to_write)


def though_failed(text: str) -> Any:
    """The option that admits a posterior whose diagnostics failed."""
    return typer.Option("--allow-failed-diagnostics", "--unsound", help=text)


CaseName = Annotated[str, typer.Argument(metavar="CASE", help="A shipped case by name, or a case folder.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A result folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print more, and the trace of an internal error.")]
CaseFolder = Annotated[
    str | None, typer.Option("--case", metavar="CASE", help="The case of this result, where it is not found.")
]
Cluster = Annotated[
    str | None, typer.Option("--cluster", metavar="ADDRESS", help="A Dask scheduler, as tcp://HOST:PORT.")
]
Processes = Annotated[int, typer.Option("--processes", min=1, metavar="N", help="Runs in parallel on this machine.")]
AllowFailed = Annotated[
    bool, though_failed("Use a posterior even if it failed its diagnostics or the case has changed.")
]
DEFAULT_THEORY = "interplay"
TheoryName = Annotated[str, typer.Option("--theory", metavar="T", help="Theory of why people leave.")]
Seed = Annotated[int, typer.Option("--seed", min=0, max=2**31, metavar="N", help="Random seed.")]
History = Annotated[str | None, typer.Option("--history", metavar="NAME", help="A named set of variants.")]
PosteriorOf = Annotated[str, typer.Option("--theory", metavar="T", help="Theory whose posterior is used.")]
Scenarios = Annotated[
    list[str] | None,
    typer.Option(
        "--scenario", "-s", metavar="SCENARIO", help="A scenario of the case, or a file; several make one world."
    ),
]
FirstYear = Annotated[int | None, typer.Option("--from", metavar="Y", help="First year of the outcomes.")]
LastYear = Annotated[int | None, typer.Option("--to", metavar="Y", help="Last year of the outcomes.")]
DrawNumber = Annotated[
    int | None, typer.Option("--draw", min=0, metavar="N", help="Take draw N of the posterior, not the central one.")
]
Draws = Annotated[
    int | None,
    typer.Option(
        "--draws",
        min=0,
        metavar="N",
        help="Draws of the posterior to simulate for median and bands; by default 40 if there is a posterior.",
    ),
]
Parameters = Annotated[
    str | None,
    typer.Option(
        "--parameters",
        metavar="case|fit|posterior|FILE",
        help="Where the parameters come from; by default a posterior, else a best fit, else the case.",
    ),
]
PosteriorFile = Annotated[
    Path | None,
    typer.Option(
        "--parameters", metavar="FILE.nc", help="The file of a posterior; by default your own, else the one shipped."
    ),
]

#: What a likelihood is computed with; a calibration needs all of the extra.
LIKELIHOOD = ("jax", "numpyro")
EVERYTHING = (*LIKELIHOOD, "distributed", "arviz_stats")
#: A backtest needs scores, too.
SCORES = (*EVERYTHING, "scoringrules")
#: Worlds side by side, with results at any address.
EXPERIMENT = ("distributed", "fsspec")
#: Designs and indices of sensitivity beside, and the emulator that Sobol indices are worked out on.
SENSITIVITY = (*EXPERIMENT, "SALib")
EMULATOR = ("jax", "tinygp")


def subject(case: str, theory: str) -> tuple[Case, Theory]:
    """The case and the theory that a verb is asked about. Raises CaseError."""
    from tumen.case import load
    from tumen.model import theories

    return load(case), theories.get(theory)


def both_years(first: int | None, last: int | None) -> tuple[int, int] | None:
    """The years between --from and --to; None without them. Raises CaseError for one of them alone."""
    from tumen.case import CaseError

    if first is None and last is None:
        return None
    if first is None or last is None:
        raise CaseError.single("one of --from and --to is given", "years", "both or neither", "add the other")
    return first, last


def posterior_of(case: Case, theory: str, file: Path | None, allow_failed: bool) -> Posterior:
    """The posterior that the options ask for; what is passed over is said. Raises CaseError."""
    from tumen.infer.posterior import posterior

    found = posterior(case, theory, allow_failed_diagnostics=allow_failed, file=file)
    if found.notice:
        message(found.notice)
    return found


def need_extra(what: str, verb: str, packages: tuple[str, ...], extra: str = "calibrate") -> None:
    """Raise CaseError, with what to type, where a package of the extra is not installed."""
    from importlib.util import find_spec

    from tumen.case import CaseError

    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        what = f"{what} needs packages that are not installed: " + ", ".join(missing)
        raise CaseError.single(what, verb, f"the extra '{extra}'", f"pip install 'tumen[{extra}]'")

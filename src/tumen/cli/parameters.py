"""The options that say which parameters a verb takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tumen.cli.output import message

if TYPE_CHECKING:
    from tumen.case import Case
    from tumen.infer.posterior import Posterior

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


def posterior_of(case: Case, theory: str, file: Path | None, allow_failed: bool) -> Posterior:
    """The posterior that the options ask for; what is passed over is said. Raises CaseError."""
    from tumen.infer.posterior import posterior

    found = posterior(case, theory, allow_failed_diagnostics=allow_failed, file=file)
    if found.notice:
        message(found.notice)
    return found

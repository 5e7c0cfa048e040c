"""The options that say which parameters a run takes; `tumen.infer.parameters` chooses where they are left out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tumen.case import Case
    from tumen.infer.parameters import Chosen

DrawNumber = Annotated[
    int | None, typer.Option("--draw", min=0, metavar="N", help="Take draw N of the posterior, not the central one.")
]
Parameters = Annotated[
    str | None,
    typer.Option(
        "--parameters",
        metavar="case|fit|posterior|FILE",
        help="Where the parameters come from; by default a posterior, else a best fit, else the case.",
    ),
]


def choose(case: Case, theory: str, draw: int | None, unsound: bool, given: str | None = None) -> Chosen:
    """The parameters that the options ask for. Raises CaseError."""
    from tumen.case import CaseError
    from tumen.infer import parameters

    if given is None:
        return parameters.choose(case, theory, draw, unsound)
    if given != "posterior" and draw is not None:
        raise CaseError.single(
            f"--draw {draw} stands beside --parameters {given}", "--draw", "a draw of a posterior", "leave one out"
        )
    if given == "posterior":
        return parameters.from_posterior(case, theory, draw, unsound)
    if given == "fit":
        return parameters.from_fit(case, theory)
    if given == "case":
        return parameters.from_case()
    path = Path(given)
    if not path.is_file():
        what = f"there is no file {given!r} to take parameters from"
        raise CaseError.single(what, "--parameters", "case, fit, posterior or the file of a fit", "correct the path")
    return parameters.from_file(case, theory, path)

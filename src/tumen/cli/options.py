"""Arguments and options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
    bool,
    typer.Option(
        "--allow-failed-diagnostics",
        "--unsound",
        help="Use a posterior even if it failed its diagnostics or the case has changed.",
    ),
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


def both_years(first: int | None, last: int | None) -> tuple[int, int] | None:
    """The years between --from and --to; None without them. Raises CaseError for one of them alone."""
    from tumen.case import CaseError

    if first is None and last is None:
        return None
    if first is None or last is None:
        raise CaseError.single("one of --from and --to is given", "years", "both or neither", "add the other")
    return first, last

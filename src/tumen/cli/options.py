"""Arguments and options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

CaseName = Annotated[str, typer.Argument(metavar="CASE", help="A shipped case by name, or a case folder.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A result folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more; show the trace of a fault.")]
CaseFolder = Annotated[
    str | None, typer.Option("--case", metavar="CASE", help="Where the case of this result is, if it is not found.")
]

"""`tumen init`: a new case folder to change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tumen.cli.options import AsJson, Verbose
from tumen.cli.output import answer, document


def init(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new folder, whose name is the case's.")],
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT", help="The case's title.")] = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Make a new case folder from toyland, whole and ready to be changed.

    Every number in it is invented. A folder that exists is refused unless it is empty.
    """
    from tumen.case.new import new_case

    folder = new_case(name, title)
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    steps = _next(name)
    if as_json:
        document({"folder": name, "files": files, "next": [command for command, _ in steps]})
        return
    answer(f"{name}: a case of {len(files)} files, copied from toyland; every number in it is invented")
    answer("next:")
    width = max(len(command) for command, _ in steps)
    for command, why in steps:
        answer(f"  {command:<{width}}  {why}")


def _next(name: str) -> list[tuple[str, str]]:
    """What to do with a new case: what to change, in which order, and how to see whether it still holds."""
    path = Path(name).as_posix()
    return [
        (f"edit {path}/case.yaml", "window, provinces, classes, the country of destination"),
        (f"edit {path}/population.csv, vital_rates.csv", "people by age and sex; births and deaths"),
        (f"edit {path}/inputs/*.yaml, sources.bib", "dated values, each with its source (see: tumen inputs)"),
        (f"edit {path}/targets.yaml, targets/*.csv", "the counts that the model is compared with"),
        (f"edit {path}/scenarios/*.yaml", "worlds to compare (docs/scenarios.md)"),
        (f"tumen check {path}", "every rule, and what is assumed or has no source"),
        (f"tumen run {path} --people 2000 -o results/{Path(name).name}", "a first run"),
    ]

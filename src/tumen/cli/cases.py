"""`tumen cases`, `tumen init` and `tumen schema`: the shipped cases, a new one, and the form of their files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tumen.cli.options import AsJson, Verbose, into
from tumen.cli.output import answer, document


def cases(as_json: AsJson = False) -> None:
    """List the shipped cases, one line each."""
    from tumen.case import shipped

    found = shipped()
    if as_json:
        document({"cases": [{"name": name, "title": title} for name, title in found]})
        return
    width = max((len(name) for name, _ in found), default=0)
    for name, title in found:
        answer(f"{name:<{width}}  {title}")


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


def schema(
    output: Annotated[Path | None, into("Write one file for each kind of file.")] = None, as_json: AsJson = False
) -> None:
    """Give the JSON Schema of case files.

    Editors use it to complete and to check while you type.
    """
    from tumen.case.schema import schemas, write
    from tumen.result.errors import unwritable

    if output is None:
        if as_json:
            document(schemas())
            return
        for name, content in schemas().items():
            answer(f"{name:<10}{content.get('description', '')}".rstrip())
        answer("tumen schema -o DIR writes them as files, tumen schema --json prints them")
        return
    try:
        written = write(output)
    except OSError as error:
        raise unwritable(error, output) from error
    if as_json:
        document({"files": [str(path) for path in written]})
    else:
        for path in written:
            answer(str(path))

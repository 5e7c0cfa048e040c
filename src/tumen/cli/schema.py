"""`tumen schema`: JSON Schema of the files people write."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tumen.cli import options
from tumen.cli.output import answer, document


def schema(
    output: Annotated[Path | None, options.into("Write one file for each kind of file.")] = None,
    as_json: options.AsJson = False,
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

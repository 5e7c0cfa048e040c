"""`tumen difference`: two results beside each other, paired where they have the same people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tumen.cli import options
from tumen.cli.files import written_to
from tumen.cli.output import answer, document, message, name_files, numbers, show

if TYPE_CHECKING:
    from tumen.summary.difference import Difference

#: The files that are written with -o: numbers twice, and the picture in two forms.
NAME = "difference"


def difference(
    a: Annotated[Path, typer.Argument(metavar="A", help="The result folder of the base.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="The result folder of the changed world.")],
    output: Annotated[Path | None, options.into("Write numbers and a figure there.")] = None,
    case: options.CaseFolder = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Compare two results by year: women, men and women's share, arrivals and departures, with the noise.

    Results of one case and theory with the same agents and seed have the same people and random numbers: their
    difference is paired, with far less noise than either. What was changed stands first, with the sources of what it
    replaces.
    """
    from tumen.result import read
    from tumen.result.case_copy import case_of
    from tumen.summary.difference import difference as ask
    from tumen.summary.difference_words import as_json as in_json

    base, changed = read(a), read(b)
    found_case, why = case_of(base, case)
    if found_case is None:
        message(why)
    found = ask(base, changed, case=found_case)
    content = in_json(found)
    written = written_to(output, lambda: _files(found, content))
    if as_json:
        document({**content, "folders": [str(a), str(b)]} | written)
        return
    _print(found)
    name_files(written)


def _print(found: Difference) -> None:
    """What was changed, the finding, and the tables; whether they are paired goes before all."""
    from tumen.summary.difference_words import headline, table, title
    from tumen.summary.draws import FLOWS

    answer("paired: the same people and random numbers" if found.paired else f"not paired: {'; '.join(found.apart)}")
    answer("changed from base" if found.changes else "changed from base: nothing")
    for one in found.changes:
        for text in one.lines():
            answer(f"  {text}")
    for name, because in reasons(found):
        answer(f"  because ({name}): {because}")
    show("", title(found), headline(found))
    for flow in FLOWS:
        show("", table(found, flow))
    show("", f"noise: {found.noise}")
    for note in found.notes:
        message(note)


def reasons(found: Difference) -> list[tuple[str, str]]:
    """The reasons that the scenarios of the changed world give, as far as the case has them."""
    known = found.case.scenarios if found.case is not None else {}
    names = [name for name in found.changed.record.get("scenario") or () if name in known]
    return [(name, known[name].because) for name in names if name not in (found.base.record.get("scenario") or ())]


def _files(found: Difference, content: dict[str, Any]) -> dict[str, bytes]:
    """Numbers and the picture."""
    from tumen.plots.render import drawn
    from tumen.summary.difference_words import as_csv

    return {f"{NAME}.json": numbers(content), f"{NAME}.csv": as_csv(found)} | drawn(NAME, found.plot())

"""`tumen show`: the table of a result, and its figures drawn anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tumen.cli.options import AsJson, CaseFolder, RunFolder, Verbose
from tumen.cli.say import console, document, message, to_terminal

if TYPE_CHECKING:
    from tumen.case import Case, World
    from tumen.result import Result


def show(run: RunFolder, case: CaseFolder = None, as_json: AsJson = False, verbose: Verbose = False) -> None:
    """Print the table of a result, draw its figures.

    The figures go into RUN/figures, as SVG and PNG, in place of earlier ones.
    """
    from tumen.cli.request import case_of
    from tumen.report.noise import as_json as noise
    from tumen.report.noise import line
    from tumen.report.table import as_json as lines
    from tumen.report.table import table
    from tumen.report.wording import drawn, parameters, sentence
    from tumen.result import load

    result = load(run)
    found, why = case_of(result, case)
    if found is None:
        message(why)
    if not as_json:
        console().print(table(result, found))
        message(sentence(drawn(result.record) or parameters(result.record)) + ".")
        message(line(result))
    files = draw_figures(result, found)
    if as_json:
        content = {"folder": str(run), "arrivals": lines(result, found), "noise": noise(result)}
        document(content | files | {"record": result.record})
    else:
        message(f"{len(files['figures'])} figure files are in {run / 'figures'}")


def draw_figures(result: Result, case: Case | None) -> dict[str, list[str]]:
    """Draw the figures of a saved result into its folder; the names of the files, and what was left out and why."""
    from tumen.result.bundle import save_figures

    gallery = _draw(result, case)
    for left_out in gallery.skipped:
        message(left_out)
    folder = save_figures(result, gallery.files)
    return {"figures": [str(folder / name) for name in gallery.files], "left_out": list(gallery.skipped)}


def _draw(result: Result, case: Case | None):  # type: ignore[no-untyped-def]
    from tumen.report.gallery import draw

    world = _world(result, case)
    if not to_terminal():
        return draw(result, case, world)
    from rich.console import Console

    with Console(stderr=True).status("drawing") as status:
        return draw(result, case, world, lambda name: status.update(f"drawing {name}"))


def _world(result: Result, case: Case | None) -> World | None:
    """The values in force in the run; None where the record does not say, as for a run made from Python."""
    from tumen.case import CaseError
    from tumen.cli.request import Request, world_of

    request = Request.from_record(result.record)
    if case is None or request is None:
        return None
    try:
        return world_of(case, request)
    except CaseError as error:
        message(f"the policies are shown as the case has them: {error.what}")
        return None

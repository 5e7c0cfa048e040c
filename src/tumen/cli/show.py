"""`tumen show`: the table of a result, and its figures drawn anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tumen.cli import output
from tumen.cli.options import AsJson, CaseFolder, RunFolder, Verbose
from tumen.cli.output import INTERRUPTED, document, message

if TYPE_CHECKING:
    from pathlib import Path

    from tumen.case import Case, World
    from tumen.result import Result

Figures = Annotated[bool, typer.Option("--figures/--no-figures", help="Draw the six figures.")]


def show(
    run: RunFolder, case: CaseFolder = None, figures: Figures = True, as_json: AsJson = False, verbose: Verbose = False
) -> None:
    """Print what a result is of and its table, draw its figures.

    The figures go into RUN/figures, as SVG and PNG, in place of those drawn before. No other file is touched.
    """
    from tumen.result import read
    from tumen.result.case_copy import case_of
    from tumen.result.figures import check_figures
    from tumen.summary.noise import as_json as noise
    from tumen.summary.noise import line
    from tumen.summary.table import as_json as lines
    from tumen.summary.table import table

    result = read(run)
    found, why = case_of(result, case)
    if found is None:
        message(why)
    if not as_json:
        output.show(*header(result.record, found), "", table(result, found))
        message(line(result))
    if figures:
        check_figures(result)
    files = draw_figures(result, found) if figures else {}
    if as_json:
        content = {"folder": str(run), "arrivals": lines(result, found), "noise": noise(result)}
        document(content | files | {"record": result.record})
    elif figures:
        message(f"{len(files['figures'])} figure files are in {run / 'figures'}")


def header(record: dict[str, Any], case: Case | None) -> list[str]:
    """What a result is of, a line for each: case and window, what was changed, theory, parameters, sample, draws."""
    from tumen.summary.formatting import changes, count, drawn, parameters, sentence, theory

    named, window = record.get("case") or {}, record.get("window") or {}
    title = f"{case.title} " if case else ""
    people = record.get("people")
    rows = f"{count(float(people))} agents, " if isinstance(people, (int, float)) else ""
    return [
        f"Case: {title}({named.get('name', '?')}, {str(named.get('hash', ''))[:8]}), "
        f"{window.get('start', '?')} to {window.get('end', '?')}",
        changes(record) or "Changed: nothing",
        f"Theory: {theory(record)}",
        sentence(parameters(record)),
        f"Sample: {rows}seed {record.get('seed', '?')}",
        *([sentence(drawn(record))] if record.get("draws") else []),
    ]


def draw_figures(result: Result, case: Case | None) -> dict[str, list[str]]:
    """Draw the figures of a saved result into its folder; the names of the files, and what was left out and why."""
    from tumen.cli.progress import drawing
    from tumen.plots.gallery import draw
    from tumen.result.figures import save_figures

    try:
        with drawing() as step:
            gallery = draw(result, case, _world(result, case), step)
        placed = save_figures(result, gallery.files)
    except KeyboardInterrupt as error:
        raise _kept(result.folder) from error
    for left_out in gallery.skipped:
        message(left_out)
    for name in placed.kept:
        message(f"figures/{name} was drawn before and stays")
    for name in placed.foreign:
        message(f"figures/{name} is not the one that was drawn and stays as it is: move it away to have it drawn anew")
    written = [str(placed.folder / name) for name in placed.written]
    return {"figures": written, "left_out": list(gallery.skipped)}


def _kept(folder: Path | None) -> Exception:
    """What Ctrl-C while figures are drawn leaves, and how to go on."""
    from tumen.result import ResultError

    what = "interrupted while the figures were drawn: the result is kept"
    return ResultError(what, str(folder), "its figures, too", f"draw them: tumen show {folder}", INTERRUPTED)


def _world(result: Result, case: Case | None) -> World | None:
    """The values in force in the run; None where the record does not say, as for a run made from Python."""
    from tumen.case import CaseError
    from tumen.cli.run_options import request_of

    request = request_of(result.record)
    if case is None or request is None:
        return None
    try:
        return request.of(case)
    except CaseError as error:
        message(f"the policies are shown as the case has them: {error.what}")
        return None

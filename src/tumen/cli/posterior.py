"""`tumen posterior`: what the counts say of a theory's parameters, in plain words and figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tumen.cli import options
from tumen.cli.files import write_all
from tumen.cli.output import FAILED, document, message, numbers, show

if TYPE_CHECKING:
    from tumen.case import Case
    from tumen.infer.posterior import Posterior

NUMBERS = "posterior.json"


def posterior(
    case: options.CaseName,
    theory_name: options.PosteriorOf = options.DEFAULT_THEORY,
    output: Annotated[Path | None, options.into("Write the figures and the numbers there.")] = None,
    parameters: options.PosteriorFile = None,
    allow_failed: Annotated[
        bool, options.though_failed("Write them though a check has failed or the case has changed.")
    ] = False,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Describe a posterior.

    Whether it passed its diagnostics, how well it predicts the counts, which parameters the counts identify, and what
    they say of the two keys. Your own posterior is taken before the shipped one. Exit code 1 means that it failed its
    diagnostics.
    """
    from tumen.infer.posterior import posterior as read
    from tumen.summary import posterior as report

    stated, theory = options.subject(case, theory_name)
    found = read(stated, theory.name, allow_failed_diagnostics=True, file=parameters)
    if found.notice:
        message(found.notice)
    same = found.provenance["simulation_hash"] == stated.simulation_hash
    stale = "" if same else "made from another version of the case"
    if stale and not allow_failed:
        read(stated, theory.name, file=found.place)  # refuses, and says what to type
    sound = found.sound and not stale
    content = report.as_json(found, stated, stale)
    if not as_json:
        show(*report.verdict(found, stale), "", *report.sentences(found, stated), "")
        show(report.parameter_table(found, stated), report.contribution_table(found))
    written: dict[str, Any] = {}
    if output is not None and (sound or allow_failed):
        written = _write(found, stated, content, output)
    elif output is not None:
        remedy = "--allow-failed-diagnostics writes it all the same"
        message(f"nothing is written to {output}: the posterior failed its diagnostics; {remedy}")
    if as_json:
        document(content | written)
    elif written:
        message(f"{len(written['figures'])} figure files and {NUMBERS} are in {output}")
    if not sound:
        raise typer.Exit(FAILED)


def _write(found: Posterior, case: Case, content: dict[str, Any], output: Path) -> dict[str, Any]:
    """Figures and numbers into a folder."""
    from tumen.cli.progress import drawing
    from tumen.plots.gallery import draw_posterior

    skipped = list[str]()

    def make() -> dict[str, bytes]:
        with drawing() as step:
            gallery = draw_posterior(found, case, step)
        skipped.extend(gallery.skipped)
        return {**gallery.files, NUMBERS: numbers(content)}

    *figures, _ = write_all(output, make)
    for left_out in skipped:
        message(left_out)
    return {"figures": figures, "left_out": skipped}

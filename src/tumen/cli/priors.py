"""`tumen priors`: what is held of every uncertain number before any count is looked at, and what that implies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tumen.cli import options
from tumen.cli.files import check_home, write_all
from tumen.cli.output import answer, document, message, numbers, show

if TYPE_CHECKING:
    from tumen.case import Case
    from tumen.infer.prior_predictive import PriorPredictive
    from tumen.model.theories import Theory

#: The files of the prior predictive in the folder that -o names.
FIGURE, NUMBERS = "prior_predictive", "prior_predictive.json"


def priors(
    case: options.CaseName,
    theory_name: Annotated[
        str, typer.Option("--theory", metavar="T", help="Whose priors: a theory may fix or replace some.")
    ] = options.DEFAULT_THEORY,
    predictive: Annotated[
        bool, typer.Option("--predictive", help="Run draws of the priors and compare them with the counts.")
    ] = False,
    draws: Annotated[int | None, typer.Option("--draws", min=20, metavar="N", help="Draws to run (200).")] = None,
    agents: Annotated[
        int | None, typer.Option("--people", min=1000, metavar="N", help="Agents of a run (4,000).")
    ] = None,
    processes: options.Processes = 2,
    seed: options.Seed = 1,
    output: Annotated[Path | None, options.into("Write figure and numbers of --predictive there.")] = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """List the priors of a case under a theory, or run draws of them.

    One row a parameter: unit, distribution, median and central 90 %, what it moves, why it is so and by which source.
    With --predictive: how many draws the model refuses, what the others expect of arrivals in every year, and how many
    counts they cover.
    """
    stated, theory = options.subject(case, theory_name)
    if not predictive:
        _refuse_without(output, draws, agents)
        _list(stated, theory, as_json)
        return
    options.need_extra("a prior predictive", "tumen priors --predictive", options.LIKELIHOOD)
    check_home(stated.name)
    from tumen.infer.prior_predictive import AGENTS, DRAWS

    found = _run(stated, theory, draws or DRAWS, agents or AGENTS, processes, seed)
    _answer(found, output, as_json)


def _refuse_without(output: Path | None, draws: int | None, agents: int | None) -> None:
    """Refuse options that only a prior predictive has."""
    from tumen.case import CaseError

    given = {"-o": output, "--draws": draws, "--people": agents}
    named = [name for name, value in given.items() if value is not None]
    if named:
        what = f"{', '.join(named)} without --predictive"
        raise CaseError.single(what, "tumen priors", "--predictive", "add --predictive")


def _list(stated: Case, theory: Theory, as_json: bool) -> None:
    from tumen.infer.parameter_space import parameter_space
    from tumen.summary import priors as report

    if as_json:
        document(report.as_json(stated, theory))
        return
    rows = report.rows(stated, theory)
    assumed = sum(row.source == ("assumed",) for row in rows)
    answer(f"{stated.title} ({stated.name}, {stated.hash[:8]}), theory {theory.name}: {theory.title}")
    show(f"{len(rows)} uncertain parameters, {assumed} priors assumed", report.table(rows))
    theirs = [row.name for row in rows if row.of_theory]
    if theirs:
        answer(f"* of the theory, in place of the case's: {', '.join(theirs)}")
    left_out = {"fixed by": report.fixed(stated, theory), "not read by": report.unread(stated, theory)}
    for why, names in left_out.items():
        if names:
            answer(f"{why} the theory: {', '.join(names)}")
    odds = report.history_odds(parameter_space(stated, theory))
    answer("histories: " + ", ".join(f"{name} {share:.2f}" for name, share in odds.items()))


def _run(stated: Case, theory: Theory, draws: int, agents: int, processes: int, seed: int) -> PriorPredictive:
    from tumen.cli.progress import stages_run
    from tumen.infer.prior_predictive import prior_predictive
    from tumen.infer.run_cache import own
    from tumen.infer.workers import workers

    with stages_run("runs") as progress, workers(None, processes) as some:

        def tell(done: int, whole: int) -> None:
            progress("prior predictive", done, whole)

        return prior_predictive(stated, theory, own(stated), some, draws=draws, agents=agents, seed=seed, progress=tell)


def _answer(found: PriorPredictive, output: Path | None, as_json: bool) -> None:
    from tumen.summary import prior_predictive as report

    content = report.as_json(found)
    written = _write(found, content, output) if output is not None else {}
    if as_json:
        document(content | written)
        return
    show(*report.sentences(found), report.table(found))
    if written:
        message(f"{len(written['figures'])} figure files and {NUMBERS} are in {output}")


def _write(found: PriorPredictive, content: dict[str, Any], output: Path) -> dict[str, Any]:
    """Figure and numbers into a folder."""
    from tumen.plots.prior_predictive import prior_predictive
    from tumen.plots.render import drawn

    *figures, _ = write_all(output, lambda: {**drawn(FIGURE, prior_predictive(found)), NUMBERS: numbers(content)})
    return {"figures": figures}

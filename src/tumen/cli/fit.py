"""`tumen fit`: the parameters of a case whose run lies nearest the counts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tumen.cli import options
from tumen.cli.files import check_home, file_to_write
from tumen.cli.output import FAILED, document, message, show

if TYPE_CHECKING:
    from rich.table import Table

    from tumen.infer.fit_file import Fit, Residual


def fit(
    case: options.CaseName,
    theory_name: options.TheoryName = options.DEFAULT_THEORY,
    output: Annotated[Path | None, options.into("Where to write the fit.", "FILE.json", file_to_write)] = None,
    history: options.History = None,
    agents: Annotated[int, typer.Option("--people", min=200, metavar="N", help="Agents of a run.")] = 4000,
    processes: options.Processes = 2,
    seed: options.Seed = 1,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Find the best fit of a case to its counts, under a theory.

    Least squares on real runs, within the priors: one set of parameters, without uncertainty. Every run is kept under
    TUMEN_HOME: after an interruption, the same command continues without repeating any. The fit is written there too,
    unless -o names a file, and `run` uses it while there is no posterior. Exit code 1 means that the runs were used up
    before the search converged; the fit is kept all the same.
    """
    from tumen.cli.progress import cost_of, stages_of_many
    from tumen.infer.fit_file import own_place

    options.need_extra("a best fit", "tumen fit", options.LIKELIHOOD)
    stated, theory = options.subject(case, theory_name)
    to = output or own_place(stated, theory.name)
    check_home(stated.name)
    file_to_write(to)
    from tumen.infer import best_fit

    with stages_of_many("fit", cost_of) as progress:
        found = best_fit.fit(
            stated, theory, seed=seed, agents=agents, history=history, processes=processes, progress=progress
        )
    found.write(to)
    if as_json:
        document(_plain(found, to))
    else:
        show(_table(found), *_words(found))
        message(f"written to {to}")
    if not found.converged:
        raise typer.Exit(FAILED)


def _sorted(found: Fit) -> list[Residual]:
    return sorted(found.residuals, key=lambda row: -abs(row.residual))


def _table(found: Fit) -> Table:
    from tumen.summary.formatting import ruled_table

    shown = ruled_table("compared", "data", "model", "residual", whole=True)
    for row in _sorted(found):
        shown.add_row(row.label, _number(row.data, row.unit), _number(row.model, row.unit), f"{row.residual:+.1f}")
    return shown


def _number(value: float, unit: str) -> str:
    if unit == "share":
        return f"{100 * value:.1f} %"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _words(found: Fit) -> list[str]:
    history = f", history {found.history}" if found.history else ""
    refused = f", {found.refused} of them refused by the model" if found.refused else ""
    lines = [
        f"best fit of {found.theory} to {found.case}{history}: one set of parameters, no uncertainty",
        f"cost {found.cost:.1f}: {len(found.residuals)} squared residuals {found.data_cost:.1f}, "
        f"prior of {len(found.z)} parameters {found.prior_cost:.1f}, network {found.network_cost:.1f}",
        f"{found.runs} runs of {found.agents:,} agents{refused}, {found.seconds:.0f} s, seed {found.seed}",
        "residual: model minus data, in standard deviations of the error model",
    ]
    if not found.converged:
        lines.append("NOT CONVERGED: the runs were used up; begin with fewer parameters, or run it with more agents")
    return lines


def _plain(found: Fit, to: Path) -> dict[str, Any]:
    from tumen.infer.fit_file import as_document

    content = {name: value for name, value in as_document(found).items() if name != "curvature"}
    content["residuals"] = [vars(row) for row in _sorted(found)]
    return {**content, "file": str(to)}

"""`tumen verify`: whether a result is still what was written, and whether it can be made again."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tumen.cli.options import AsJson, CaseFolder, RunFolder, Verbose
from tumen.cli.output import FAILED, answer, document, message

if TYPE_CHECKING:
    import xarray as xr

    from tumen.case import Case
    from tumen.cli.run_options import Request
    from tumen.result import Result

#: Draws that a check simulates again.
SAMPLE = 3
_ELSEWHERE = 1e-6  # agreement asked for on another version or another kind of processor


def verify(
    run: RunFolder,
    reproduce: Annotated[bool, typer.Option("--reproduce", help="Run it again and compare every number.")] = False,
    case: CaseFolder = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Check every file of a result.

    Compares each with its hash in the record; with --reproduce the run and three of its draws are made again and every
    number compared.
    """
    from tumen.result import verify as examine

    checked = examine(run)
    content: dict[str, Any] = {"folder": str(run), "sound": checked.sound, "checked": checked.checked}
    content["findings"] = [asdict(finding) for finding in checked.findings]
    failed = not checked.sound
    if not as_json:
        for finding in checked.findings:
            answer(f"{finding.file}: {finding.fault}")
        if checked.sound:
            answer(f"{checked.checked} files are as they were written")
    if reproduce and checked.sound:
        again = _again(run, case)
        content["reproduced"] = again
        failed = not again["same"]
        if not as_json:
            answer(_said(again))
    elif reproduce:
        message("not run again: the result is not what was written")
    if as_json:
        document(content)
    if failed:
        raise typer.Exit(FAILED)


def _again(run: RunFolder, given: str | None) -> dict[str, Any]:
    """Run the request of a record again, and some of its draws; how far every variable is from what was written."""
    from tumen.cli.run import perform
    from tumen.cli.run_options import request_of
    from tumen.perform import prepare
    from tumen.result import ResultError, read
    from tumen.result.bundle import cpu, since
    from tumen.result.case_copy import case_of

    old = read(run)
    request = request_of(old.record)
    if request is None:
        raise ResultError(
            "the record does not say what was asked for", f"{run}", "a run made by tumen run", "run it again by hand"
        )
    case, why = case_of(old, given)
    if case is None:
        raise ResultError(why, str(run), "the case the result was made from", "give --case CASE", FAILED)
    new = perform(prepare(request.of(case), request.theory, request.run), quiet=False)
    new = since(replace(new, draws=_draws_again(old, case, request)), request.world.first_year)
    # agreement to the bit can be asked for with the same versions, on the same kind of processor
    alike = old.record.get("versions") == new.record.get("versions") and old.timings.get("cpu") == cpu()
    gaps = compare(old.flows, new.flows)
    if old.draws is not None and new.draws is not None:
        again = compare(old.draws.sel(draw=new.draws["draw"]), new.draws)
        gaps |= {f"draws: {name}": gap for name, gap in again.items()}
    tolerance = 0.0 if alike else _ELSEWHERE
    differ = {name: gap for name, gap in gaps.items() if gap > tolerance}
    return {"to_the_bit": alike, "same": not differ, "greatest_gap": max(gaps.values(), default=0.0), "differ": differ}


def _draws_again(old: Result, case: Case, request: Request) -> xr.Dataset | None:
    """A sample of a result's draws, simulated anew without the run cache; None where it has none."""
    import tempfile
    from pathlib import Path

    import numpy as np

    from tumen.cli.progress import steps_run
    from tumen.infer.draws import simulate
    from tumen.infer.run_cache import RunCache
    from tumen.model import theories

    if old.draws is None:
        return None
    size = old.draws.sizes["draw"]
    some = old.draws.isel(draw=np.unique(np.linspace(0, size - 1, min(SAMPLE, size)).astype(int)))
    world, theory = request.without_parameters(case), theories.get(request.theory)
    with steps_run(False, "draws", "posterior") as progress, tempfile.TemporaryDirectory() as folder:
        cache = RunCache(Path(folder))
        return simulate(world, theory, some, cache=cache, processes=request.run.threads, progress=progress)


def compare(old: xr.Dataset, new: xr.Dataset) -> dict[str, float]:
    """The greatest gap of each variable that differs, relative to its greatest value; infinite where it is missing now.

    What only the new one has is no difference: a later tumen may keep more.
    """
    import numpy as np

    gaps: dict[str, float] = {}
    for name in sorted(set(old.data_vars) - set(new.data_vars), key=str):
        gaps[str(name)] = float("inf")
    for name in sorted(set(old.data_vars) & set(new.data_vars), key=str):
        one, other = old[name], new[name]
        if one.sizes != other.sizes or not np.array_equal(np.isnan(one), np.isnan(other.transpose(*one.dims))):
            gaps[str(name)] = float("inf")
            continue
        values, again = one.values, other.transpose(*one.dims).values
        if not np.array_equal(values, again, equal_nan=True):
            top = float(np.nanmax(np.abs(values), initial=0.0)) or 1.0
            gaps[str(name)] = float(np.nanmax(np.abs(values - again))) / top
    return gaps


def _said(again: dict[str, Any]) -> str:
    if again["same"]:
        return (
            "run again: the same to the bit"
            if again["greatest_gap"] == 0
            else (f"run again on other versions or another processor: the same within {again['greatest_gap']:.1e}")
        )
    names = ", ".join(f"{name} ({gap:.1e})" for name, gap in again["differ"].items())
    return f"run again: it differs in {names}"

"""Draws of the posterior beside a run: how many, simulated with their progress, and simulated again."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import xarray as xr

    from tumen.case import Case, World
    from tumen.cli.run_options import RunOptions
    from tumen.infer.chosen_parameters import Chosen
    from tumen.result import Result

Draws = Annotated[
    int | None,
    typer.Option(
        "--draws",
        min=0,
        metavar="N",
        help="Draws of the posterior to simulate for median and bands; by default 40 if there is a posterior.",
    ),
]
#: Draws that a check simulates again.
SAMPLE = 3


@dataclass(frozen=True)
class Beside:
    """Draws to simulate beside a central run; history: the one asked for, since each draw brings its own otherwise."""

    chosen: Chosen
    which: tuple[int, ...]
    history: str | None

    @staticmethod
    def asked(case: Case, chosen: Chosen, number: int | None, draw: int | None, history: str | None) -> Beside:
        """The draws that the options ask for. Raises CaseError, and ResultError where their runs cannot be kept."""
        from tumen.case import CaseError
        from tumen.cli.files import check_home
        from tumen.infer.draws import chosen_draws

        if draw is not None and number:
            raise CaseError.single(
                f"--draws {number} stands beside --draw {draw}",
                "tumen run",
                "many draws or a single one",
                "leave one out",
            )
        which = chosen_draws(chosen, number)
        if which:
            check_home(case.name)
        return Beside(chosen, which, history)

    def put(self, result: Result, case: Case, request: RunOptions, threads: int, quiet: bool) -> Result:
        """The result of the central run with the draws simulated in the same world; as it is where there are none."""
        from tumen.cli.progress import steps_run
        from tumen.infer.draws import as_record, run_draws
        from tumen.model import theories

        found = self.chosen.posterior
        if not self.which or found is None:
            return result
        began = time.perf_counter()
        world, theory = _world_of(case, request, self.history), theories.get(request.theory)
        with steps_run(quiet, "draws", "posterior") as progress:
            draws = run_draws(world, theory, found, self.which, processes=threads, progress=progress)
        timings = {**result.timings, "draws_seconds": round(time.perf_counter() - began, 3)}
        record = {**result.record, "draws": as_record(draws, self.chosen)}
        return replace(result, draws=draws_since(draws, request.first_year), record=record, timings=timings)


def draws_since(draws: xr.Dataset, year: int | None) -> xr.Dataset:
    """The draws without the years before `year`."""
    return draws if year is None else draws.sel(year=slice(year, None))


def _world_of(case: Case, request: RunOptions, history: str | None) -> World:
    """The world that was asked for, with the history that was asked for and no parameters."""
    from tumen.cli.run_options import world_of

    return world_of(case, replace(request, history=history, parameters={"name": "case", "values": {}}))


def draws_again(old: Result, case: Case, request: RunOptions, threads: int) -> tuple[xr.Dataset, xr.Dataset]:
    """A sample of a result's draws as written, and simulated anew without the run cache."""
    import tempfile
    from pathlib import Path

    import numpy as np

    from tumen.cli.progress import steps_run
    from tumen.infer.draws import simulate
    from tumen.infer.run_cache import RunCache
    from tumen.model import theories

    assert old.draws is not None
    size = old.draws.sizes["draw"]
    some = old.draws.isel(draw=np.unique(np.linspace(0, size - 1, min(SAMPLE, size)).astype(int)))
    world = _world_of(case, request, None)
    with steps_run(False, "draws", "posterior") as progress, tempfile.TemporaryDirectory() as folder:
        theory, cache = theories.get(request.theory), RunCache(Path(folder))
        new = simulate(world, theory, some, cache=cache, processes=threads, progress=progress)
    return some, draws_since(new, request.first_year)


def said(record: dict[str, Any], draws: xr.Dataset) -> str:
    """The sentence for whoever waits, once the draws are there."""
    from tumen.summary.formatting import drawn

    grown = int((draws["reproduction"].values >= 1).sum())
    beyond = f"; in {grown} of them one arrival brings about another or more through kin" if grown else ""
    return f"{drawn(record)}, beside the central run{beyond}"

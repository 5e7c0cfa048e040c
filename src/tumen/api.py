"""The Python face of runs and estimates: theories by name, parameters and posteriors found as by the command line."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tumen import simulate as simulation
from tumen.case import Case, World, case_of
from tumen.model import theories as theories
from tumen.model.theories import theory_of
from tumen.perform import RunOptions, prepare, with_parameters, world_of
from tumen.simulate import DEFAULT_PEOPLE, PILOT

if TYPE_CHECKING:
    from tumen.infer.posterior import Posterior
    from tumen.model.theories import Theory
    from tumen.result import Result
    from tumen.simulate.sizing import Sizing

_LOG = logging.getLogger("tumen")


def run(
    world: World | Case,
    theory: Theory | str = "interplay",
    *,
    people: int | None = DEFAULT_PEOPLE,
    seed: int = 1,
    draws: int | None = None,
    parameters: str | Path | None = None,
    threads: int = 2,
    events: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Simulate a world under a theory, month by month, and return its labelled flows.

    world: a case stands for its base world. A world made with parameters keeps them. Any other takes, with the
    history that belongs to them, the first that exists of: your own posterior of the theory, the shipped posterior,
    your own best fit, the shipped best fit, the case's own values. parameters: "posterior", "fit", "case" or the file
    of a posterior (.nc) or a fit, in place of that. `record["parameters"]` of the result says which were used, and so
    does the log `tumen` at level INFO. people: sample size; None for one agent for each person. seed: random seed.
    draws: how many draws of a posterior are simulated beside its central one, `threads` of them side by side, for
    `draws` of the result (arrivals and departures by draw, year and sex); None for 40 where the parameters are a
    posterior's. events: keep one sampled history for each agent beside the expected flows. progress is told the months
    done and in all of the central run. Raises CaseError.
    """
    given = RunOptions(people, seed, parameters, draws=draws, threads=threads, events=events)
    prepared = prepare(world, theory, given)
    return prepared.with_draws(prepared.central(progress))


def size(
    world: World | Case,
    theory: Theory | str,
    *,
    noise: float = 0.02,
    figure: str = "arrivals",
    years: tuple[int, int] | None = None,
    seed: int = 1,
    parameters: str | Path | None = None,
    threads: int = 2,
    pilot: int = PILOT,
    check: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
) -> Sizing:
    """Find the sample size for a target Monte Carlo error: `tumen.simulate.size`, with the parameters `run` takes."""
    theory, given = theory_of(theory), RunOptions(seed=seed, parameters=parameters, threads=threads)
    ready, _ = with_parameters(world_of(world), theory, given)
    return simulation.size(
        ready, theory, noise=noise, figure=figure, years=years, seed=given.seed, threads=given.threads,
        pilot=pilot, check=check, progress=progress,
    )  # fmt: skip


def posterior(
    case: Case,
    theory: Theory | str = "interplay",
    *,
    file: Posterior | Path | str | None = None,
    allow_failed_diagnostics: bool = False,
) -> Posterior:
    """The posterior of a theory: that of a file, else your own, else the shipped one; what is passed over is logged.

    file: its path; a posterior in hand is returned as it is. allow_failed_diagnostics: use one that failed a check.
    Raises CaseError where there is none that may be used.
    """
    from tumen.infer.posterior import Posterior, posterior

    case_of(case)
    if isinstance(file, Posterior):
        return file
    found = posterior(
        case,
        theory_of(theory).name,
        allow_failed_diagnostics=allow_failed_diagnostics,
        file=None if file is None else Path(file),
    )
    if found.notice:
        _LOG.warning("%s", found.notice)
    return found

"""From counts to a posterior: what is compared, how likely it is, and which parameters it leaves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tumen.case import Case
    from tumen.infer.best_fit import Fit, FitProgress
    from tumen.infer.calibration import CalibrationProgress, Plan
    from tumen.infer.posterior import Posterior
    from tumen.model.compiled import Floats
    from tumen.model.theories import Theory

__all__ = ["best_fit_of", "calibrate", "fit"]


def calibrate(
    case: Case,
    theory: Theory,
    *,
    plan: Plan | None = None,
    cluster: str | None = None,
    processes: int = 2,
    folder: Path | None = None,
    progress: Callable[[CalibrationProgress], None] | None = None,
) -> Posterior:
    """Estimate the parameters of a case under a theory and return what the counts leave of the priors.

    cluster: the address of a Dask scheduler; without one, `processes` run on this machine. folder: where runs and the
    points of each round are kept (default: the user's data folder); asked again after an interruption, it goes on where
    it was. progress is told what is being done, how much of it, of how much. Raises CaseError.
    """
    from tumen.infer.estimation import perform

    return perform(case, theory, plan, cluster, processes, folder, progress)


def fit(
    case: Case,
    theory: Theory | str,
    *,
    seed: int = 1,
    agents: int = 4_000,
    history: str | None = None,
    start: Fit | Floats | None = None,
    processes: int = 2,
    folder: Path | None = None,
    progress: Callable[[FitProgress], None] | None = None,
) -> Fit:
    """Find the parameters of a case whose run lies nearest the counts, within the priors: one point, no uncertainty.

    seed: random seed of every run. agents: of a run. history: a history of the case by name (None: the base).
    start: standardised coordinates or another fit to begin at (None: the middle of the priors). processes: runs side by
    side; 1 does them in this process, more need the extra `calibrate`. folder: where runs are kept (default: the user's
    data folder); asked again after an interruption, no run is repeated. At most 400 runs. Raises CaseError.

    >>> import tumen as tm
    >>> found = tm.fit(tm.load("toyland"), "interplay")  # doctest: +SKIP
    >>> found.cost, found.parameters  # doctest: +SKIP
    """
    from tumen.infer.best_fit import perform
    from tumen.model.theories import get

    drives = get(theory) if isinstance(theory, str) else theory
    return perform(case, drives, seed, agents, history, start, processes, folder, progress)


def best_fit_of(case: Case, theory: Theory | str) -> Fit:
    """The best fit kept for a case under a theory: the user's own, else the one shipped with the case.

    Raises CaseError where there is none, or where it was made from another version of the case's inputs or targets.
    """
    from tumen.infer.fit_file import best_fit_of

    return best_fit_of(case, theory)

"""From counts to a posterior: what is compared, how likely it is, and which parameters it leaves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tumen.case import Case
    from tumen.infer.calibration import Plan
    from tumen.infer.posterior import Posterior
    from tumen.theories import Theory

__all__ = ["calibrate"]


def calibrate(
    case: Case,
    theory: Theory,
    *,
    plan: Plan | None = None,
    cluster: str | None = None,
    processes: int = 2,
    folder: Path | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Posterior:
    """Estimate the parameters of a case under a theory and return what the counts leave of the priors.

    cluster: the address of a Dask scheduler; without one, `processes` run on this machine. folder: where runs and the
    points of each round are kept (default: the user's data folder); asked again after an interruption, it goes on where
    it was. progress is told what is being done, how much of it, of how much. Raises CaseError.
    """
    from tumen.infer.estimation import perform

    return perform(case, theory, plan, cluster, processes, folder, progress)

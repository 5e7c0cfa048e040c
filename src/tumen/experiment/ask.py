"""The Python face of experiments: theories by name, posteriors found as by the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tumen.api import posterior
from tumen.errors import listing
from tumen.perform import refused, theory_of

if TYPE_CHECKING:
    from pathlib import Path

    from tumen.case import Case
    from tumen.experiment.factorial import Factorial
    from tumen.experiment.sensitivity.study import Sensitivity
    from tumen.model.theories import Theory


def factorial(
    case: Case,
    theory: Theory | str,
    factors: Mapping[str, Any] | Sequence[str],
    *,
    assumptions: Mapping[str, Any] | None = None,
    worlds: Mapping[str, Any] | None = None,
    draws: int = 40,
    seeds: int = 1,
    agents: int | None = None,
    years: tuple[int, int] | None = None,
    compare: tuple[int, int] | None = None,
    title: str = "Factorial",
    folder: str | Path | None = None,
    parameters: Path | str | None = None,
    allow_failed_diagnostics: bool = False,
    cluster: str | None = None,
    processes: int = 2,
    seconds: float | None = None,
    memory: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Factorial:
    """Simulate every combination of policies with the same people, draws and random numbers, and compare them.

    factors: by name, what is in force instead of the case's own policy: a scenario, a list of them, a mapping
    `{scenario, set, variant, history}`, or several levels by name; a list of policies stands for the case's scenarios
    `no_POLICY`. assumptions: as factors, crossed with them; they have no effect of their own. worlds: single worlds
    beside the combinations.
    draws, seeds: of the theory's posterior, and random seeds of each. agents: of a run (None: as the posterior's).
    years: first and last that are kept; compare: those over which worlds are compared (None: all). folder: where
    results are kept and found again, any address that fsspec knows (None: the user's data folder). parameters: the file
    of a posterior (None: that of the theory); allow_failed_diagnostics: use one that failed a check. cluster: the
    address of a Dask scheduler; without one, `processes` work here, 1 of them in this process. seconds, memory: what a
    draw may take in all worlds, and hold in GB (10**9 bytes); a draw that goes beyond is tried three times, then
    set aside (None: 900 s, or 20 times what a draw of its size takes, and 80 % of its worker's memory; with 1 process
    no limits unless one is given). Raises CaseError.

    >>> import tumen as tm
    >>> both = {"draft": "no_military_first", "market": "no_market_reform"}
    >>> made = tm.factorial(tm.load("north_korea"), "interplay", both)  # doctest: +SKIP
    >>> made.worlds()["female_share"].median("draw"), made.shapley(), made.table  # doctest: +SKIP
    """
    from tumen.experiment import factorial as experiment
    from tumen.experiment.design import design_from
    from tumen.experiment.limits import limits_of

    drives, factors = theory_of(theory), _factors(case, factors)
    stated = {
        "title": title, "case": case.name, "theory": drives.name, "draws": draws, "seeds": seeds,
        "factors": dict(factors), "assumptions": dict(assumptions or {}), "worlds": dict(worlds or {}),
    }  # fmt: skip
    optional = {"agents": agents, "years": years and list(years), "compare": compare and list(compare)}
    stated |= {name: value for name, value in optional.items() if value is not None}
    design = design_from(stated)
    held = posterior(case, drives, file=parameters, allow_failed_diagnostics=allow_failed_diagnostics)
    return experiment.factorial(
        design, folder, case=case, theory=drives, found=held,
        cluster=cluster, processes=processes, limits=limits_of(seconds, memory), progress=progress,
    )  # fmt: skip


def sensitivity(
    case: Case,
    theory: Theory | str,
    *,
    methods: Sequence[str] = ("draws", "morris", "sobol", "prim"),
    worlds: Sequence[str] = (),
    runs: int | None = None,
    draws: int = 200,
    fall: float | None = None,
    years: tuple[int, int] | None = None,
    seed: int = 1,
    parameters: Path | str | None = None,
    allow_failed_diagnostics: bool = False,
    cluster: str | None = None,
    processes: int = 2,
    progress: Callable[[str, int, int], None] | None = None,
) -> Sensitivity:
    """Tell which parameters of the posterior, and which fixed inputs, move women's share, the flow and what worlds do.

    methods: draws (what is told by draws of the posterior), morris (elementary effects on real runs), sobol (indices on
    an emulator of these), prim (the box in which women's share does not fall in a world). worlds: scenarios of the case
    whose effect is an outcome, too. runs: of the design of elementary effects (None: ten trajectories); draws: those
    simulated in worlds; fall: points by which the share may fall there (None: none); years: first and last of the
    outcomes (None: those that were counted one by one). parameters: the file of a posterior (None: that of the theory);
    allow_failed_diagnostics: use one that failed a check. cluster: the address of a Dask scheduler; without one,
    `processes` work here. Runs are kept in the user's data folder. progress is told the stage, what is done, and of how
    many. Raises CaseError.
    """
    from tumen.experiment.sensitivity import study

    drives, asked = theory_of(theory), study.Asked(tuple(methods), tuple(worlds), runs, draws, fall, years, seed)
    held = posterior(case, drives, file=parameters, allow_failed_diagnostics=allow_failed_diagnostics)
    return study.sensitivity(case, drives, asked, given=held, cluster=cluster, processes=processes, progress=progress)


def _factors(case: Case, given: Mapping[str, Any] | Sequence[str]) -> dict[str, Any]:
    """Factors by name; of a list of policies, the scenarios of the case without them. Raises CaseError."""
    if isinstance(given, Mapping):
        return dict(given)
    names = [given] if isinstance(given, str) else list(given)
    for name in names:
        if f"no_{name}" not in case.scenarios:
            known = [one.removeprefix("no_") for one in case.scenarios if one.startswith("no_")]
            raise refused(
                "factors",
                name,
                f"a policy that a scenario of the case takes away: {listing(known)}",
                "name one, or give scenarios by name of the factor",
            )
    return {name: f"no_{name}" for name in names}

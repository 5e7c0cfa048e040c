"""What a run or a calibration of a case would refuse, found without one, and what it could not meet."""

from __future__ import annotations

from importlib.util import find_spec

from tumen.case import Case, CaseError, Problem, Scenario
from tumen.model.compiler import compile_model
from tumen.model.demography import cohorts
from tumen.model.reach import shortfall
from tumen.model.theories import get

#: Any theory compiles the same inputs; this one uses all of them.
_THEORY = "interplay"
#: A stock that is met this closely is met.
_MET = 0.02


def ready(case: Case) -> tuple[str, ...]:
    """Compile every world that the case names and build what is compared; returns what cannot be met, a line each.

    Raises CaseError with everything that a run or a calibration would refuse before it begins.
    """
    problems: dict[Problem, None] = {}
    worlds: list[tuple[Scenario | None, str | None]] = [(None, history) for history in (None, *case.histories)]
    worlds += [(scenario, None) for scenario in case.scenarios.values()]
    for scenario, history in worlds:
        try:
            compile_model(case.world(scenario, history), get(_THEORY))
        except CaseError as error:
            problems |= dict.fromkeys(error.problems)
    if compares():
        # jax takes longer to import than all else here, and not everybody has it.
        from tumen.infer.targets import profile_targets, targets

        try:
            targets(case)
            profile_targets(case, "check")
        except CaseError as error:
            problems |= dict.fromkeys(error.problems)
    if problems:
        raise CaseError(problems)
    return tuple(_unmet(case))


def compares() -> bool:
    """Whether what is compared can be built here: it needs the extra `calibrate`."""
    return all(find_spec(name) is not None for name in ("jax", "numpyro"))


def _unmet(case: Case) -> list[str]:
    missed = cohorts(case, case.start, case.months).missed
    found = []
    if missed > _MET:
        found.append(
            f"population.csv: a stock is missed by {missed:.0%} in one age group: it holds more people than were "
            "alive, or fewer than any deaths would leave"
        )
    short = shortfall(case.world())
    return [*found, *([short.text] if short else [])]

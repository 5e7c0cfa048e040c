"""Units done, each a draw and seed in some worlds: in this process one after another, or side by side by Dask.

A unit that raises is tried three times in all; then its error is its answer, and the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from tumen.case import Case
from tumen.experiment.limits import Limits
from tumen.experiment.store import Unit
from tumen.infer.branching import family
from tumen.infer.observables import Observables
from tumen.infer.run_cache import Refusal, RunSpec
from tumen.infer.runs import TRIES, failure
from tumen.model.theories import Theory

#: The answers of one draw and seed in every world, in order.
Answers = Sequence[Observables | Refusal]
OnDone = Callable[[int, int], None]


def done(
    case: Case,
    theory: Theory,
    todo: Sequence[tuple[Unit, Sequence[RunSpec]]],
    *,
    cluster: str | None,
    processes: int,
    limits: Limits | None = None,
) -> Generator[tuple[Unit, Answers | str], None, None]:
    """The units as they are done, with the answers by world or the reason why there are none.

    todo: units with their runs, one a world. One process without limits is this one, where a unit that hangs cannot be
    ended; all others have limits, the usual ones where None are given. Raises CaseError where no cluster is to be had.
    """
    if not todo:
        return
    if cluster is None and processes == 1 and limits is None:
        for unit, specs in todo:
            yield unit, _here(case, theory, specs)
        return
    from tumen.experiment.workers import answered, dask

    held = (limits or Limits()).of(max(agent_months(case, specs) for _, specs in todo))
    with dask(cluster, processes) as client:
        yield from answered(client, case, theory, todo, held)


def agent_months(case: Case, specs: Sequence[RunSpec]) -> float:
    """Agents times months of some runs."""
    ends = (case.end if one.last_year is None else 12 * one.last_year + 11 for one in specs)
    return float(sum(one.agents * (end + 1 - case.start) for one, end in zip(specs, ends, strict=True)))


def _here(case: Case, theory: Theory, specs: Sequence[RunSpec]) -> Answers | str:
    """Do one unit in this process, at most TRIES times."""
    said = ""
    for _ in range(TRIES):
        try:
            return family(case, theory, specs).answers
        except Exception as error:  # noqa: BLE001 - a unit that fails is noted with its error, and the others go on
            said = failure(error).reason
    return said

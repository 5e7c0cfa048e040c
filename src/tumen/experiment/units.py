"""Units done, each a draw and seed in some worlds: in this process one after another, or side by side by Dask.

A unit that raises is tried three times in all; then its error is its answer, and the others go on. `families` keeps the
runs of units in the run cache, where those that were done before are found again.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing

from tumen.case import Case
from tumen.experiment import workers
from tumen.experiment.limits import Limits
from tumen.experiment.store import Unit
from tumen.infer.branching import Answers, family
from tumen.infer.run_cache import RunCache, RunSpec
from tumen.infer.runs import TRIES, OnDone, RunFailedError, failure, keep
from tumen.model.theories import Theory


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
    held = (limits or Limits()).of(max(agent_months(case, specs) for _, specs in todo))
    with workers.dask(cluster, processes) as client:
        yield from workers.answered(client, case, theory, todo, held)


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


def families(
    cache: RunCache,
    case: Case,
    theory: Theory,
    specs: Sequence[Sequence[RunSpec]],
    processes: int = 1,
    cluster: str | None = None,
    progress: OnDone | None = None,
) -> list[Answers]:
    """The answers of every family, in order; each is kept as soon as it is there, and the shared past done once.

    specs: by family, one run a world, of one seed and sample size. progress is told the families done, of how many.
    Raises RunFailedError for runs that came to no answer; those kept are found again.
    """
    keys = [cache.keys(case, theory, some) for some in specs]
    answers: list[list[object]] = [[cache.get(key) for key in some] for some in keys]
    lacking = {i: [w for w, one in enumerate(row) if one is None] for i, row in enumerate(answers)}
    todo = [(Unit(i, 0), [specs[i][w] for w in which]) for i, which in lacking.items() if which]
    ended, tell = len(specs) - len(todo), progress or (lambda done, whole: None)
    tell(ended, len(specs))
    with closing(done(case, theory, todo, cluster=cluster, processes=processes)) as found:
        for unit, one in found:
            if isinstance(one, str):
                raise _failed(one, ended, len(specs), theory)
            i = unit.draw
            for w, answer in zip(lacking[i], one, strict=True):
                answers[i][w] = keep(cache, keys[i][w], specs[i][w], answer)
            ended += 1
            tell(ended, len(specs))
    return answers  # type: ignore[return-value]


def _failed(said: str, done: int, whole: int, theory: Theory) -> RunFailedError:
    return RunFailedError(
        f"a run failed {TRIES} times with: {said}",
        f"runs under {theory.name}",
        "an answer or a refusal of every run",
        f"remove the cause and ask again: {done} of {whole} points are done and kept",
    )

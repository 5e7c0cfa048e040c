"""Runs of several worlds with the same people and luck, kept in the run cache: what was done before is found again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from tumen.case import Case
from tumen.experiment import units
from tumen.experiment.store import Unit
from tumen.experiment.units import Answers, OnDone
from tumen.infer.run_cache import RunCache, RunSpec
from tumen.infer.runs import TRIES, RunFailedError
from tumen.model.theories import Theory


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
    done, tell = len(specs) - len(todo), progress or (lambda done, whole: None)
    tell(done, len(specs))
    with closing(units.done(case, theory, todo, cluster=cluster, processes=processes)) as found:
        for unit, one in found:
            if isinstance(one, str):
                raise _failed(one, done, len(specs), theory)
            i = unit.draw
            for w, answer in zip(lacking[i], one, strict=True):
                key = keys[i][w]
                if key is not None:
                    cache.put(key, specs[i][w], answer)
                answers[i][w] = answer if key is None else cache.get(key) or answer
            done += 1
            tell(done, len(specs))
    return answers  # type: ignore[return-value]


def _failed(said: str, done: int, whole: int, theory: Theory) -> RunFailedError:
    return RunFailedError(
        f"a run failed {TRIES} times with: {said}",
        f"runs under {theory.name}",
        "an answer or a refusal of every run",
        f"remove the cause and ask again: {done} of {whole} points are done and kept",
    )

"""Doing the runs that the cache lacks: in this process, in several on this machine, or on a Dask cluster.

What the model refuses is an answer and is kept. What the machine does to a run (a lost process, a full memory or disk)
says nothing about the model: it is tried again, never kept, and raised in the end.
"""

from __future__ import annotations

import math
import time
import traceback
import warnings
from collections import Counter, deque
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from tumen.case import Case, CaseError
from tumen.infer.branching import perform
from tumen.infer.identity import UnknownContentError
from tumen.infer.observables import Observables
from tumen.infer.run_cache import Refusal, RunCache, RunSpec, subject
from tumen.model.theories import Theory

#: How often a run is tried that the machine fails, and how many runs may fail before no more are begun.
TRIES = 3
OnDone = Callable[[int, int], None]


@dataclass(frozen=True)
class Progress:
    """How far an estimate is: what is done now, runs so far and at most, the lowest cost of a fit, seconds left.

    done, whole: how much of the stage is done, of how much; zero where that is not counted.
    """

    stage: str
    runs: int
    most: int
    cost: float
    seconds_left: float
    done: int = 0
    whole: int = 0


class Told:
    """Tells whoever waits how far an estimate is, with the seconds left at the pace so far."""

    def __init__(self, tell: Callable[[Progress], None] | None, most: int) -> None:
        self.most, self._tell, self._began = most, tell or (lambda said: None), time.monotonic()

    def __call__(self, stage: str, runs: int, cost: float = math.inf, done: int = 0, whole: int = 0) -> None:
        """Tell the stage, the runs so far, and the rest of `Progress`."""
        left = (self.most - runs) * (time.monotonic() - self._began) / max(runs, 1)
        self._tell(Progress(stage, runs, self.most, cost, left, done, whole))


@dataclass(frozen=True)
class Failure:
    """A run that came to no answer; machine: whether the same run may succeed another time."""

    reason: str
    machine: bool
    trace: str = field(default="", repr=False)


Outcome = Observables | Refusal | Failure
#: Runs still to do: their place in the batch and what they are. A run that failed is put back into it.
ToDo = deque[tuple[int, RunSpec]]
#: Does runs until none is left, in whatever order, and says how each went.
Runner = Callable[[Case, Theory, ToDo], Generator[tuple[int, Outcome], None, None]]


class RunFailedError(RuntimeError):
    """Runs that came to no answer: what is wrong - where - what was expected - what to do. `code`: the exit code."""

    def __init__(self, what: str, where: str, expected: str, remedy: str) -> None:
        self.what, self.where, self.expected, self.remedy, self.code = what, where, expected, remedy, 1
        super().__init__(f"{what} - {where} - expected {expected} - {remedy}")


def attempt(case: Case, theory: Theory, spec: RunSpec) -> Outcome:
    """Do one run and return how it went, whatever happens to it."""
    try:
        return perform(case, theory, spec)
    except Exception as error:  # noqa: BLE001 - told apart, counted and raised by whoever asked for the runs
        return failure(error)


def failure(error: BaseException) -> Failure:
    """An error as a failure of the run it ended."""
    words = " ".join(str(error).split())[:300]
    machine = isinstance(error, MemoryError | OSError)
    return Failure(f"{type(error).__name__}: {words}", machine, "".join(traceback.format_exception(error)))


def in_this_process(case: Case, theory: Theory, todo: ToDo) -> Generator[tuple[int, Outcome], None, None]:
    """A Runner: one run after another."""
    while todo:
        place, spec = todo.popleft()
        yield place, attempt(case, theory, spec)


class Workers:
    """Where runs are done: `do` fills the cache with the runs it lacks and returns all answers in order."""

    def __init__(self, runner: Runner | None = None) -> None:
        self._runner = runner or in_this_process

    def do(
        self, cache: RunCache, case: Case, theory: Theory, specs: Sequence[RunSpec], progress: OnDone | None = None
    ) -> list[Observables | Refusal]:
        """Every run's answer, in order. Each is kept as soon as it is there: an interruption loses those under way.

        Runs of a theory whose functions cannot be identified are done and not kept, with one warning. Raises CaseError,
        and RunFailedError for runs that came to no answer; the others stay in the cache.
        """
        keys = cache.keys(case, theory, specs)
        _warn_if_not_kept(case, theory, keys)
        answers: list[Observables | Refusal | None] = [cache.get(key) for key in keys]
        missing = deque((i, spec) for i, spec in enumerate(specs) if answers[i] is None)
        alike = _alike(keys, missing)
        done, tell = len(specs) - len(missing) - sum(map(len, alike.values())), progress or (lambda done, whole: None)
        tell(done, len(specs))
        failed, tries = list[Failure](), Counter[int]()
        with closing(self._runner(case, theory, missing)) as outcomes:
            for place, found in outcomes:
                if isinstance(found, Failure):
                    tries[place] += 1
                    if found.machine and tries[place] < TRIES:
                        missing.append((place, specs[place]))
                    else:
                        failed.append(found)
                    if len(failed) >= TRIES:
                        missing.clear()
                    continue
                answer = keep(cache, keys[place], specs[place], found)
                for same in (place, *alike.get(place, ())):
                    answers[same] = answer
                    done += 1
                tell(done, len(specs))
        if failed:
            raise _failed(failed, len(specs), done)
        return [answer for answer in answers if answer is not None]


def _alike(keys: Sequence[str | None], missing: ToDo) -> dict[int, list[int]]:
    """Take runs asked for twice out of those to do: the places that each of the others answers, too."""
    first, same, single = dict[str, int](), dict[int, list[int]](), list[tuple[int, RunSpec]]()
    for place, spec in missing:
        key = keys[place]
        if key is not None and first.setdefault(key, place) != place:
            same.setdefault(first[key], []).append(place)
        else:
            single.append((place, spec))
    missing.clear()
    missing.extend(single)
    return same


def keep(cache: RunCache, key: str | None, spec: RunSpec, found: Observables | Refusal) -> Observables | Refusal:
    """Keep an answer and return it as it will be found again."""
    if key is None:
        return found
    try:
        cache.put(key, spec, found)
    except OSError as error:
        raise RunFailedError(
            f"a run cannot be kept: {error.strerror or error}",
            str(cache.folder),
            "a folder that can be written, and room in it",
            "make room, or set TUMEN_HOME to another folder; the runs kept so far are found again",
        ) from error
    kept = cache.get(key)
    return found if kept is None else kept


def _failed(failed: Sequence[Failure], whole: int, done: int) -> RunFailedError:
    reason, count = Counter(one.reason for one in failed).most_common(1)[0]
    tried = f", each tried {TRIES} times" if all(one.machine for one in failed) else ""
    error = RunFailedError(
        f"{len(failed)} of {whole} runs failed{tried}, {count} of them with: {reason}",
        "the machine that runs the model" if failed[0].machine else "the code of the model or the theory",
        "an answer or a refusal of every run",
        f"remove the cause and ask again: {done} runs are done, and those kept are found again",
    )
    if failed[0].trace:
        error.add_note(next(one.trace for one in failed if one.reason == reason))
    return error


def refuse_if_none_done(answers: Sequence[Observables | Refusal], where: str) -> None:
    """Raise one CaseError with the commonest reason where the model refused every run of a batch."""
    refused = Counter(one.said for one in answers if isinstance(one, Refusal))
    if answers and refused.total() == len(answers):
        said, count = refused.most_common(1)[0]
        raise CaseError.single(
            f"the model refuses all {len(answers)} runs, {count} of them with: {said}",
            where,
            "runs that can be done",
            "correct what the sentence names, or narrow the priors",
        )


_warned: set[str] = set()


def _warn_if_not_kept(case: Case, theory: Theory, keys: Sequence[str | None]) -> None:
    if None not in keys:
        return
    try:
        subject(case, theory)
    except UnknownContentError as reason:
        text = f"runs under {theory.name} are done and not kept, for its functions cannot be told from others: {reason}"
        if text not in _warned:
            _warned.add(text)
            warnings.warn(text, RuntimeWarning, stacklevel=3)

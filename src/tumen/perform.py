"""One run, whoever asks for it: its options, the parameters and draws they choose, and the result they give."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from numbers import Integral
from typing import TYPE_CHECKING, Any

from tumen import simulate as simulation
from tumen.case import Case, CaseError, World, how_to_load
from tumen.errors import refused
from tumen.model.theories import theory_of
from tumen.simulate import DEFAULT_PEOPLE

if TYPE_CHECKING:
    from pathlib import Path

    from tumen.infer.chosen_parameters import Chosen
    from tumen.infer.runs import OnDone
    from tumen.model.theories import Theory
    from tumen.result import Result

_LOG = logging.getLogger("tumen")


@dataclass(frozen=True)
class RunOptions:
    """The options of a run; raises CaseError for a number that is none.

    people: agents (None: one for each person). seed: random seed. parameters: "posterior", "fit", "case" or the file of
    a posterior (.nc) or a fit (None: the first of these that exists). draw: a draw of the posterior by number (None:
    the central one). draws: how many draws are simulated beside the central run (None: 40 where the parameters are a
    posterior's). allow_failed_diagnostics: use a posterior even if it failed its checks. threads: of the central run,
    and draws side by side; no number depends on it. events: keep one sampled history for each agent.
    """

    people: int | None = DEFAULT_PEOPLE
    seed: int = 1
    parameters: str | Path | None = None
    draw: int | None = None
    draws: int | None = None
    allow_failed_diagnostics: bool = False
    threads: int = 2
    events: bool = False

    def __post_init__(self) -> None:
        for name, least, none in (("people", 1, True), ("seed", 0, False), ("threads", 1, False), ("draws", 0, True)):
            object.__setattr__(self, name, whole(name, getattr(self, name), least, none))


@dataclass(frozen=True)
class PreparedRun:
    """A run whose parameters and draws are chosen, before anything is simulated.

    asked: the world as it was asked for; each draw brings its own parameters and history to it. world: the same with
    the parameters of the central run. chosen: where these come from (None: the world was made with its own). draws:
    numbers of the draws beside it. copy: the files of the case.
    """

    asked: World
    world: World
    theory: Theory
    options: RunOptions
    chosen: Chosen | None
    draws: tuple[int, ...]
    copy: dict[str, bytes] | None

    def central(self, progress: OnDone | None = None) -> Result:
        """Simulate the central run; progress is told the months done and in all."""
        given = self.options
        result = simulation.run(
            self.world, self.theory, people=given.people, seed=given.seed, threads=given.threads,
            events=given.events, progress=progress,
        )  # fmt: skip
        found = {} if self.chosen is None else {"parameters": self.chosen.as_record()}
        return replace(result, case=self.copy, record={**result.record, **found})

    def with_draws(self, result: Result, progress: OnDone | None = None) -> Result:
        """Simulate the draws beside the central run; progress is told the draws done and in all."""
        if not self.draws or self.chosen is None or self.chosen.posterior is None:
            return result
        from tumen.infer.draws import as_record, run_draws

        began, held = time.perf_counter(), self.chosen.posterior
        draws = run_draws(
            self.asked, self.theory, held, self.draws, processes=self.options.threads, progress=progress
        )  # fmt: skip
        timings = {**result.timings, "draws_seconds": round(time.perf_counter() - began, 3)}
        record = {**result.record, "draws": as_record(draws, self.chosen)}
        return replace(result, draws=draws, record=record, timings=timings)


def prepare(world: World | Case, theory: Theory | str, options: RunOptions) -> PreparedRun:
    """Choose the parameters and draws of a run and copy its case. Raises CaseError before any work is done."""
    theory = theory_of(theory)
    asked = world_of(world)
    ready, chosen = with_parameters(asked, theory, options)
    draws = _draws(ready, chosen, options.draws)
    return PreparedRun(asked, ready, theory, options, chosen, draws, _copy(ready.case))


def with_parameters(world: World, theory: Theory, options: RunOptions) -> tuple[World, Chosen | None]:
    """The world with the parameters of a run, and where they were found; None where it had its own."""
    from tumen.infer.chosen_parameters import choose

    if world.parameters is not None:
        if options.parameters is not None:
            raise CaseError.single(
                f"parameters={str(options.parameters)!r} stands beside a world that has its own, "
                f"{world.parameters.name}",
                "tumen.run",
                "one of them",
                "leave one out",
            )
        return world, None
    chosen = choose(world.case, theory.name, options.draw, options.allow_failed_diagnostics, options.parameters)
    ready = world.with_parameters(chosen.parameters, chosen.history) if chosen.parameters is not None else world
    _LOG.info("%s", chosen.line(ready.history))
    return ready, chosen


def world_of(world: World | Case) -> World:
    """A world, or the base world of a case. Raises CaseError for anything else."""
    if isinstance(world, World):
        return world
    if isinstance(world, Case):
        return world.world()
    raise refused("world", world, "a case or a world of one", how_to_load(world))


def whole(name: str, given: Any, least: int, none: bool = False) -> Any:
    """A whole number, or None where that is allowed. Raises CaseError for anything else."""
    if given is None and none:
        return None
    number = int(given) if isinstance(given, Integral) and not isinstance(given, bool) else None
    if number is None or not least <= number < 2**63:
        expected = f"a whole number from {least}{' or None' if none else ''}"
        raise refused(name, given, expected, f"write for example {name}={max(least, 1)}")
    return number


def _draws(world: World, chosen: Chosen | None, number: int | None) -> tuple[int, ...]:
    """The draws to simulate. A world that was made with parameters of its own has none."""
    from tumen.infer.draws import chosen_draws, no_posterior, refuse_late

    if chosen is None:
        if number:
            raise no_posterior(number, world.parameters.name if world.parameters else "none")
        return ()
    draws = chosen_draws(chosen, number)
    if draws and number is None and world.start != world.case.start:
        _LOG.info("no draws: the world begins later than its case")
        return ()
    if draws:
        refuse_late(world)
    return draws


def _copy(case: Case) -> dict[str, bytes] | None:
    """The files of the case, to be saved with a result; None, with a warning, where they have changed since."""
    from tumen.result import ResultError, copy_of

    try:
        return copy_of(case)
    except ResultError as error:
        _LOG.warning("the result will hold no copy of its case: %s", error)
        return None

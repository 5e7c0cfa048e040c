"""From a world and a theory to a labelled result: compile, sample the people, run the engine, label the counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tumen.case import World
    from tumen.model.theories import Theory
    from tumen.result import Result
    from tumen.simulate.sizing import Sizing

__all__ = ["DEFAULT_PEOPLE", "PILOT", "ready", "run", "size"]

#: Agents of a run by default.
DEFAULT_PEOPLE = 100_000
#: Agents of the pilot run from which the noise of larger samples is foreseen.
PILOT = 10_000


def run(
    world: World,
    theory: Theory,
    *,
    people: int | None = DEFAULT_PEOPLE,
    seed: int = 1,
    threads: int = 2,
    events: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Simulate a world under a theory, month by month, and return its labelled flows.

    people: sample size; None for one agent a person. seed: random seed; it does not affect parameters. threads: used at
    most. events: keep a sampled history of each agent beside the expected flows. progress is told months done and
    months in all. Raises CaseError for what the world cannot answer.
    """
    from tumen.simulate.session import perform

    return perform(world, theory, people=people, seed=seed, threads=threads, events=events, progress=progress)


def ready() -> bool:
    """Return whether the engine has already been compiled; otherwise the first run waits for it."""
    from tumen.engine.cache import ready

    return ready()


def size(
    world: World,
    theory: Theory,
    *,
    noise: float = 0.02,
    figure: str = "arrivals",
    years: tuple[int, int] | None = None,
    seed: int = 1,
    threads: int = 2,
    pilot: int = PILOT,
    check: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
) -> Sizing:
    """Find the sample size at which yearly arrivals or departures have a target Monte Carlo error (noise).

    noise: standard deviation over seeds, relative to the mean, that no yearly figure by sex should exceed. years: first
    and last, both included; None for those with observed counts. seed: random seed of the pilot; the check takes the
    next. pilot: agents of the pilot run; check: run the size found once more, to confirm it. progress is told what is
    run, months done and months in all. Raises CaseError.
    """
    from tumen.simulate.pilots import perform

    return perform(
        world,
        theory,
        noise=noise,
        figure=figure,
        years=years,
        seed=seed,
        threads=threads,
        pilot=pilot,
        check=check,
        progress=progress,
    )

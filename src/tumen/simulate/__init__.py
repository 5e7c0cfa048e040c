"""A world under a theory becomes a labelled result: compile it, draw the people, run the engine, name what came out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tumen.case import World
    from tumen.model.theories import Theory
    from tumen.result import Result
    from tumen.simulate.sizing import Sizing

__all__ = ["DEFAULT_PEOPLE", "PILOT_SIZES", "ready", "run", "size"]

#: Rows of a run unless told otherwise.
DEFAULT_PEOPLE = 100_000
#: Rows of the pilot runs from which the noise of other sizes is foreseen.
PILOT_SIZES = 4_000, 16_000


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

    people: rows to sample; None for one row a person. seed: chance (what people meet), not parameters. events: keep one
    sampled life a row beside the expected flows. Raises CaseError for what the world cannot answer.
    """
    from tumen.simulate.session import perform

    return perform(world, theory, people=people, seed=seed, threads=threads, events=events, progress=progress)


def ready() -> bool:
    """Whether the engine has been compiled before, or a first run would have to wait for that."""
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
    sizes: Sequence[int] = PILOT_SIZES,
    seeds: int = 10,
    checks: int = 6,
    progress: Callable[[str, int, int], None] | None = None,
) -> Sizing:
    """Find how many rows a run needs for its yearly arrivals or departures to have a wanted noise.

    noise: standard deviation over seeds, relative to the mean, that every yearly figure by sex is to keep below. years:
    first and last, both included; None for those with counts to compare with. seed: the first of those used. Runs each
    of `sizes` with `seeds` seeds, and the size found with `checks` more. progress is told what is run, months done and
    months in all. Raises CaseError.
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
        sizes=sizes,
        seeds=seeds,
        checks=checks,
        progress=progress,
    )

"""People x months -> flows and lives. The engine knows states, hazards and mass; what they mean is told to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tumen.case import World
    from tumen.result import Result
    from tumen.theories import Theory

__all__ = ["DEFAULT_PEOPLE", "ready", "run"]

#: Rows of a run unless told otherwise.
DEFAULT_PEOPLE = 100_000


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
    from tumen.engine.session import perform

    return perform(world, theory, people=people, seed=seed, threads=threads, events=events, progress=progress)


def ready() -> bool:
    """Whether the engine has been compiled before, or a first run would have to wait for that."""
    from tumen.engine.cache import ready

    return ready()

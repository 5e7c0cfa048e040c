"""Work on a Dask cluster, which needs the same version of this package and no disk in common."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from tumen.case import Case, CaseError
from tumen.infer.runs import Failure, Outcome, Runner, ToDo, failure
from tumen.infer.shipment import answer, shipment
from tumen.model.theories import Theory

#: Runs handed out at once to each worker beyond the one it does, so that it never waits.
AHEAD = 4


@contextmanager
def connected(address: str) -> Iterator[Runner]:
    """A Runner on the cluster of a Dask scheduler. Raises CaseError where it cannot be reached."""
    with client(address) as found:
        yield partial(_on_cluster, found)


@contextmanager
def client(address: str) -> Iterator[Any]:
    """A client of a Dask scheduler. Raises CaseError where it cannot be reached."""
    try:
        from distributed import Client
    except ImportError:
        raise CaseError.single(
            "runs on a cluster need a package that is not installed: distributed",
            f"cluster {address}",
            "the extra 'calibrate'",
            "pip install 'tumen[calibrate]'",
        ) from None
    try:
        found = Client(address, timeout="30s")
    except (OSError, ValueError) as error:
        raise CaseError.single(
            f"the cluster cannot be reached: {error}",
            f"cluster {address}",
            "the address of a Dask scheduler, as tcp://HOST:PORT",
            "check that it runs, or give no cluster to use this machine",
        ) from None
    with found:
        yield found


def _on_cluster(by: Any, case: Case, theory: Theory, todo: ToDo) -> Generator[tuple[int, Outcome], None, None]:
    """A Runner through a Dask client."""
    sent = shipment(case, theory)
    for (place, _), future in completed(by, lambda one: by.submit(answer, sent, one[1], pure=False), todo):
        yield place, _outcome(future)


Item = TypeVar("Item")


def completed(
    by: Any, ask: Callable[[Item], Any], todo: deque[Item], ahead: int = AHEAD
) -> Generator[tuple[Item, Any], None, None]:
    """What a client `by` is asked for, in the order in which it is done: each of `todo` with its future.

    ask: submits one. todo is emptied as workers become free, `ahead` for each, and may be added to meanwhile.
    """
    from distributed import as_completed

    under_way, queue = dict[Any, Item](), as_completed()
    most = ahead * max(len(by.scheduler_info()["workers"]), 1)
    try:
        while todo or under_way:
            while todo and len(under_way) < most:
                one = todo.popleft()
                future = ask(one)
                under_way[future] = one
                queue.add(future)
            future = next(queue)
            yield under_way.pop(future), future
    finally:
        by.cancel(list(under_way))


def _outcome(future: Any) -> Outcome:
    """What a future came to. An error of Dask's own is the machine's; of a lost worker it has tried enough itself."""
    error = future.exception()
    if error is None:
        found: Outcome = future.result()
        return found
    said = failure(error)
    if type(error).__name__ == "ModuleNotFoundError":
        return Failure(f"{said.reason} on the worker: install the same version of tumen there", False, said.trace)
    return replace(said, machine=True)

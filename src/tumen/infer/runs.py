"""Doing the runs that the bank lacks: in this process, on local ones, or on a cluster, through Dask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np

from tumen.case import Case, CaseError, load
from tumen.engine.loop import simulate
from tumen.engine.population import Population
from tumen.infer.bank import Bank, Failure, Job
from tumen.infer.observables import Observables, observe
from tumen.simulation.assemble import reproduction
from tumen.simulation.session import sample
from tumen.theories import Theory, get, names, program

#: How often a worker may be lost over a run before the run is set aside.
TRIES = 3
#: Runs handed out at once to each worker beyond the one it does, so that it never waits.
AHEAD = 4
Progress = Callable[[int, int], None]


def perform(case: Case, theory: Theory, job: Job) -> Observables | Failure:
    """Do one run; what the model refuses is a Failure, not an error."""
    try:
        world = case.world(parameters=job.parameter_set, history=job.history, settings=job.settings)
        compiled = program(world, theory)
        population = _population(str(case.folder), case.ground, job.rows, job.seed)
        counts = simulate(compiled, population, theory, seed=job.seed, real=np.float32)
        largest = float(np.nanmax(reproduction(compiled, counts), initial=0.0))
    except CaseError as error:
        return Failure(str(error))
    return observe(case, compiled, counts, largest)


@lru_cache(maxsize=4)
def _case(folder: str) -> Case:
    return load(folder)


@lru_cache(maxsize=4)
def _population(folder: str, ground: str, rows: int, seed: int) -> Population:
    """The people of a case: the same for every run of as many rows and one seed."""
    return sample(_case(folder).world(), rows, seed)


def _on_worker(folder: str, theory: str | Theory, job: Job) -> Observables | Failure:
    return perform(_case(folder), get(theory) if isinstance(theory, str) else theory, job)


class Workers:
    """Where runs are done: `do` fills the bank with the jobs it lacks and returns all answers in order."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def do(
        self, bank: Bank, case: Case, theory: Theory, jobs: Sequence[Job], progress: Progress | None = None
    ) -> list[Observables | Failure]:
        """Every job's answer. Interrupted, it loses only the runs then under way."""
        keys = [bank.key(case, theory, job) for job in jobs]
        answers: dict[str, Observables | Failure | None] = {key: bank.get(key) for key in keys}
        missing = {key: job for key, job in zip(keys, jobs, strict=True) if answers[key] is None}
        done = len(keys) - len(missing)
        tell = progress or (lambda done, whole: None)
        tell(done, len(keys))
        for key, found in self._answers(case, theory, missing):
            bank.put(key, missing[key], found)
            answers[key] = bank.get(key)
            done += 1
            tell(done, len(keys))
        return [answer for key in keys if (answer := answers[key]) is not None]

    def _answers(
        self, case: Case, theory: Theory, missing: dict[str, Job]
    ) -> Iterator[tuple[str, Observables | Failure]]:
        if self._client is None:
            for key, job in missing.items():
                yield key, perform(case, theory, job)
            return
        from distributed import as_completed

        # A shipped theory travels by name, since compiled functions cannot be sent.
        sent = theory.name if theory.name in names() else theory
        waiting = iter(missing.items())
        under_way: dict[Any, str] = {}

        def hand_out() -> Any | None:
            key, job = next(waiting, (None, None))
            if key is None:
                return None
            future = self._client.submit(
                _on_worker,
                str(case.folder),
                sent,
                job,
                key=f"run-{key.replace('/', '-')}",
                retries=TRIES - 1,
                pure=False,
            )
            under_way[future] = key
            return future

        most = AHEAD * max(len(self._client.scheduler_info()["workers"]), 1)
        first = [future for _ in range(most) if (future := hand_out()) is not None]
        try:
            queue = as_completed(first)
            for future in queue:
                key = under_way.pop(future)
                error = future.exception()
                yield key, future.result() if error is None else Failure(f"{type(error).__name__}: {error}")
                following = hand_out()
                if following is not None:
                    queue.add(following)
        finally:
            self._client.cancel(list(under_way))


@contextmanager
def workers(cluster: str | None = None, processes: int = 2) -> Iterator[Workers]:
    """Workers for as long as the block lasts: one process each on this machine, or those of a cluster by address.

    processes = 1 does the runs in this process, without Dask.
    """
    if cluster is None and processes == 1:
        yield Workers(None)
        return
    from distributed import Client, LocalCluster

    if cluster is not None:
        try:
            client = Client(cluster, timeout="30s")
        except (OSError, ValueError) as error:
            raise CaseError.single(
                f"the cluster cannot be reached: {error}",
                "--cluster",
                "the address of a Dask scheduler, as tcp://HOST:PORT",
                "check that it runs, or leave --cluster out",
            ) from None
        with client:
            yield Workers(client)
        return
    with (
        LocalCluster(
            n_workers=processes, threads_per_worker=1, dashboard_address=":0", memory_limit=None, silence_logs=50
        ) as local,
        Client(local) as client,
    ):
        yield Workers(client)

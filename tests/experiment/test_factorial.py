"""A factorial is read back as it was simulated, from one process or from many that are killed."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

import tumen as tm
from tests.experiment.synthetic_sweep import DESIGN, THEORY, TOYLAND, drawn, made_up, planned
from tumen.case import Case, CaseError
from tumen.experiment import factorial as made
from tumen.experiment import units, workers
from tumen.experiment.design import Design, design_from
from tumen.experiment.factorial import begun, read_back
from tumen.experiment.limits import Limits
from tumen.experiment.store import Store
from tumen.experiment.sweep import sweep
from tumen.infer import posterior as posteriors
from tumen.infer.branching import Family, perform
from tumen.infer.observables import Observables
from tumen.infer.run_cache import Refusal, RunSpec
from tumen.infer.shipment import Shipment
from tumen.model.theories import Theory


@pytest.fixture(autouse=True)
def posterior(monkeypatch: pytest.MonkeyPatch) -> None:
    """The made-up posterior stands for that of toyland, which has none."""
    for room in (made, posteriors):
        monkeypatch.setattr(room, "posterior", lambda case, theory, **how: drawn())


def test_the_table_holds_what_each_run_gives_and_more_draws_can_be_asked_for(tmp_path: Path) -> None:
    few = made.run_design(DESIGN, tmp_path, processes=1)
    assert dict(few.table.sizes) == {"world": 2, "draw": 3, "seed": 1, "year": 15, "sex": 2, "age": 17}
    assert few.table["market"].values.tolist() == ["base", "closed"] and set(few.table["history"].values) == {"base"}
    what = planned()
    for unit in what.units:
        for world, spec in zip(what.worlds, what.specs(unit), strict=True):
            alone, here = (
                perform(TOYLAND, THEORY, spec),
                few.table.sel(world=world.name, draw=unit.draw, seed=unit.seed),
            )
            assert isinstance(alone, Observables)
            np.testing.assert_array_equal(here["departures"].values, alone.departures.astype(np.float32))
            np.testing.assert_array_equal(here["abroad"].values, alone.abroad.astype(np.float32))
    more = made.run_design(begun(tmp_path, draws=5), tmp_path, processes=1)
    assert more.table.sizes["draw"] == 5
    np.testing.assert_array_equal(more.table.sel(draw=few.table["draw"])["arrivals"], few.table["arrivals"])
    with pytest.raises(CaseError, match="2 draws are asked for, and the folder has been asked for 5"):
        begun(tmp_path, draws=2)


def test_a_world_that_the_model_refuses_is_named_and_its_draw_left_out_of_comparisons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit, family = planned().units[1], units.family

    def refusing(case: Case, theory: Theory, specs: Sequence[RunSpec]) -> Family:
        found = family(case, theory, specs)
        return found if specs[0].seed != 50 + unit.draw else replace(found, answers=(found.answers[0], Refusal("no")))

    monkeypatch.setattr(units, "family", refusing)
    found = made.run_design(DESIGN, tmp_path, processes=1)
    assert found.refused == {("market=closed", unit): "no"}
    assert found.worlds().attrs["left_out"] == 1 and found.worlds().sizes["draw"] == 2
    assert np.isfinite(found.table["arrivals"].sel(world="base", draw=unit.draw)).all()


def test_from_python_a_factorial_is_found_again(tmp_path: Path) -> None:
    factors = {"market": {"closed": "no_market_reform"}, "draft": "no_military_first"}
    told = list[tuple[int, int]]()
    how = {"draws": 2, "agents": 400, "compare": (1998, 2004), "folder": tmp_path, "processes": 1}
    first = tm.factorial(TOYLAND, THEORY, factors, **how)  # type: ignore[arg-type]
    again = tm.factorial(TOYLAND, THEORY, factors, **how, progress=lambda *done: told.append(done))  # type: ignore[arg-type]
    assert told == [(2, 2)] and first.years == (1998, 2004)
    assert first.table.equals(again.table)
    assert first.shapley()["factor"].values.tolist() == ["market", "draft"]
    with pytest.raises(CaseError, match="unknown scenario 'no_army'"):
        tm.factorial(TOYLAND, THEORY, {"draft": "no_army"}, draws=2, folder=tmp_path / "other")


def test_from_python_a_draw_has_the_limits_that_are_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[Limits | None]()
    monkeypatch.setattr(made, "sweep", lambda *given, limits, **how: asked.append(limits))
    monkeypatch.setattr(made, "read_back", lambda store, design: None)
    ask = partial(tm.factorial, TOYLAND, THEORY, {"draft": "no_military_first"}, draws=2, folder=tmp_path)
    for how in ({}, {"seconds": 60.0}, {"memory": 2.0}, {"seconds": 60.0, "memory": 2.0}):
        ask(**how)
    assert asked == [None, Limits(60, None), Limits(None, 2), Limits(60, 2)]
    with pytest.raises(CaseError, match=r"a limit of 0 seconds is given .* seconds .* a number above zero"):
        ask(seconds=0)
    with pytest.raises(CaseError, match=r"a limit of nan GB is given"):
        ask(memory=float("nan"))


def test_a_design_is_the_same_after_json() -> None:
    design = design_from(
        {
            "title": "T",
            "case": "toyland",
            "theory": "interplay",
            "years": [1991, 2004],
            "factors": {"a": {"x": ["no_military_first"], "y": {"set": ["fee=1"], "variant": {"market": "other"}}}},
            "worlds": {"w": {"history": "h"}},
        }
    )
    assert Design.of(design.as_dict()) == design


def test_an_empty_folder_and_another_ones_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="no experiment lies there"):
        read_back(Store(tmp_path))
    store = Store(tmp_path / "begun")
    store.open(planned().identity, planned().said)
    with pytest.raises(CaseError, match="nothing is simulated there yet"):
        read_back(store)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two workers of this machine, of which one was killed before it had joined for the first time."""
    killed, over = list[int](), threading.Event()

    def attack() -> None:
        while not killed and not over.wait(0.02):
            starting = [one.pid for one in psutil.Process().children(recursive=True) if is_worker(one)]
            for pid in starting[:1]:
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

    attacking = threading.Thread(target=attack)
    attacking.start()
    with workers.dask(None, 2) as client:
        over.set()
        attacking.join()
        assert killed
        yield client


@pytest.fixture
def shared(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sweeps of a test go through the one cluster."""
    monkeypatch.setattr(workers, "dask", lambda address, processes: nullcontext(cluster))
    return cluster


def is_worker(process: psutil.Process) -> bool:
    """Whether a process is one in which Dask does or will do units."""
    with suppress(psutil.Error):
        return "spawn_main" in " ".join(process.cmdline())
    return False


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # what Dask and tornado say of lost workers is theirs
def test_a_worker_killed_before_it_has_joined_is_started_anew(shared: Any) -> None:
    shared.wait_for_workers(2, timeout=120)
    assert len({*shared.run(os.getpid).values()}) == 2


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # what Dask and tornado say on closing is theirs
def test_side_by_side_a_failure_is_set_aside_with_its_error(
    shared: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, held, first = Store(tmp_path), made_up(planned()), planned().units[0]

    def failing(sent: Shipment, specs: Sequence[RunSpec]) -> Sequence[Observables | Refusal]:
        if specs[0].seed == 50 + first.draw:
            raise ValueError("planted")
        return held[specs[0].seed]

    monkeypatch.setattr(workers, "answers", failing)
    sweep(planned(), store, processes=2)
    assert store.aside() == {first: "ValueError: planted"} and store.done() == set(planned().units) - {first}


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # what Dask and tornado say of lost workers is theirs
def test_killed_workers_lose_nothing(shared: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same hash as undisturbed, though a worker is killed whenever six more draws are done."""
    what = planned(replace(DESIGN, draws=12))
    held = made_up(what)
    calm, stormy, killed = Store(tmp_path / "calm"), Store(tmp_path / "stormy"), list[int]()
    monkeypatch.setattr(units, "family", lambda case, theory, specs: Family(tuple(held[specs[0].seed]), 0, 0))
    monkeypatch.setattr(workers, "answers", lambda sent, specs: held[specs[0].seed])
    sweep(what, calm)

    def attack(done: int, whole: int) -> None:
        alive = [one.pid for one in psutil.Process().children(recursive=True) if is_worker(one)]
        if done % 6 == 1 and alive:
            killed.append(random.Random(done).choice(alive))
            os.kill(killed[-1], signal.SIGKILL)

    sweep(what, stormy, attack, processes=2)
    assert len(killed) == 2
    assert not stormy.aside() and stormy.done() == set(what.units)
    assert stormy.hash() == calm.hash()

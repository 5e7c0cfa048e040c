"""What does not fit into the country or the memory is refused before it begins; what the system does not say is not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import tumen as tm
from tumen.simulate import memory, session


def test_memory_is_stated_where_it_is_known() -> None:
    peak = session.peak_memory_mb()
    assert peak is None if sys.platform == "win32" else peak is not None and peak > 10


def test_a_system_without_the_module_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)  # what an import of a missing module meets
    assert session.peak_memory_mb() is None
    assert not hasattr(session, "resource")


@pytest.mark.parametrize("people", [10**20, 255_004, 10**9])
def test_more_agents_than_persons_are_refused(people: int) -> None:
    with pytest.raises(tm.CaseError) as caught:
        session.sample(tm.load("toyland").world(), people, 1)
    assert f"{people:,} agents are more than the 255,003 persons who live in the window" in str(caught.value)


def test_a_small_country_takes_the_agents_of_a_run_by_default() -> None:
    memory.refuse_too_many(100_000, 20_000.0, whole=False)
    with pytest.raises(tm.CaseError, match="at most 100,000"):
        memory.refuse_too_many(100_001, 20_000.0, whole=False)


def test_what_the_memory_cannot_hold_is_refused_before_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_bytes", lambda: 5 * 10**7)
    world = tm.load("toyland").world()
    with pytest.raises(tm.CaseError, match=r"200,000 agents need 0\.1 GB of memory - people - expected what is free"):
        session.sample(world, 200_000, 1)
    with pytest.raises(tm.CaseError, match="255,003 agents need"):
        session.sample(world, None, 1)
    assert session.sample(world, 2_000, 1).size > 1_900


def test_a_container_and_a_limit_of_the_process_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("5000000\n")
    (tmp_path / "memory.current").write_text("2000000\n")
    monkeypatch.setattr(memory, "_GROUP", tmp_path)
    assert memory.free_bytes() == 3_000_000
    (tmp_path / "memory.max").write_text("max\n")
    free = memory.free_bytes()
    assert free is None or free > 3_000_000
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "none")
    (tmp_path / "memory.max").unlink()
    assert memory.free_bytes() is None or sys.platform != "win32"

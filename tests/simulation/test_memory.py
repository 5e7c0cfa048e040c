"""Where the system does not say how much memory was held, a run is done all the same and nothing is claimed."""

from __future__ import annotations

import sys

import pytest

from tumen.simulation import session


def test_memory_is_stated_where_it_is_known() -> None:
    peak = session.peak_memory_mb()
    assert peak is None if sys.platform == "win32" else peak is not None and peak > 10


def test_a_system_without_the_module_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)  # what an import of a missing module meets
    assert session.peak_memory_mb() is None
    assert not hasattr(session, "resource")

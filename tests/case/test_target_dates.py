"""The date of a profile row may be a year alone."""

from __future__ import annotations

import pytest

from tumen.case.targets import PROFILES_COLUMNS
from tumen.errors import RefusedError


def test_a_year_alone_is_read_as_its_end() -> None:
    """A run asks for the month; before, a year passed the check and every run failed on it."""
    read = PROFILES_COLUMNS["as_of"]
    assert [read(cell) for cell in ("2000", "2000-03", "2000-03-09")] == ["2000-12", "2000-03", "2000-03-09"]
    with pytest.raises(RefusedError):
        read("20000")

"""Promise 12: sex enters only through the agents and the registered inputs."""

from __future__ import annotations

import pytest

from tumen.case import load
from validation.promises import declared_sex


def test_sex_enters_only_where_declared() -> None:
    row = declared_sex.check(declared_sex.SMALL)
    assert row.failed == 0, row.line


@pytest.mark.parametrize("theory", ["push_pull"])
def test_nor_do_other_theories_hide_a_sex(theory: str) -> None:
    differs, _ = declared_sex.neutral(declared_sex.SMALL, 2, theory)
    assert differs == []


@pytest.mark.parametrize("key", ["height_sd", "overseas_preference", "travel_order"])
def test_an_input_missing_from_the_register_would_be_noticed(key: str) -> None:
    assert key in declared_sex.registered(load("toyland").world())
    differs, _ = declared_sex.exchange(declared_sex.SMALL, 1, left_out=(key,))
    assert differs

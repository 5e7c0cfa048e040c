"""Promise 10: probabilities stay probabilities; and a function that strays is caught."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tumen.engine import month
from tumen.model import capital, keys, mobility, work
from validation.promises import probabilities, programs


@pytest.mark.parametrize("name", probabilities.CLAIMS)
def test_it_stays_in_range(name: str) -> None:
    assert probabilities.broken(name, probabilities.SMALL.tries) == (0, "")


def _strayed(function: Any) -> Any:
    return lambda *a: function(*a) * (1 + 1e-9)


def _no_number(function: Any) -> Any:
    return lambda *a: function(*a) * (np.nan if np.min(a[0]) == 0 else 1)


@pytest.mark.parametrize("fault", [_strayed, _no_number])
@pytest.mark.parametrize(
    ("module", "function", "claim"),
    [
        (keys, "affordability", "affordability"),
        (keys, "interplay", "interplay"),
        (work, "availability", "availability"),
        (work, "legality", "legality"),
        (mobility, "by_status", "by_status"),
    ],
)
def test_a_planted_fault_is_caught(
    module: Any, function: str, claim: str, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, function, fault(getattr(module, function)))
    assert probabilities.broken(claim, 300, shrink=False)[0] == 1


def test_shares_that_do_not_add_up_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probabilities, "chances", lambda hazard: 1 - np.exp(-hazard))  # each as though alone
    assert probabilities.broken("chances", 300, shrink=False)[0] == 1


def test_a_debt_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def spend(savings: Any, earnings: Any, shock: Any, support: Any, need: Any, keep: float) -> None:
        savings[:] = savings * keep + earnings * shock + support - need

    monkeypatch.setattr(capital, "capital_step", spend)
    assert probabilities.broken("capital_step", 300, shrink=False)[0] == 1


@pytest.mark.parametrize(
    "texts", [["settlement_money=0"], ["fee=1", "will_hunger=20"], ["access=0@2000-02"], ["detention=1"]]
)
def test_corner_worlds_make_sound_programs(texts: list[str]) -> None:
    assert programs.admissible(texts)


def test_chances_are_those_of_competing_hazards() -> None:
    found = month.chances(np.array([[0.0, 0.0], [0.1, 0.3], [1e9, 1e9]]))
    assert found == pytest.approx(np.array([[0, 0], [-np.expm1(-0.4) / 4, -np.expm1(-0.4) * 3 / 4], [0.5, 0.5]]))

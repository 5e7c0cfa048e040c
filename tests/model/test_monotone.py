"""Promise 11: what rises by theory never falls; and a reversal is caught."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tumen.model import keys
from validation.promises import monotone


@pytest.mark.parametrize("name", monotone.RELATIONS)
def test_it_goes_one_way(name: str) -> None:
    assert monotone.reversed_by(name, monotone.SMALL.tries) == ""


def test_no_life_goes_against_the_law() -> None:
    histories = monotone.reversals(monotone.SMALL)
    assert {name: wrong for name, (wrong, _) in histories.items()} == dict.fromkeys(histories, 0)
    assert min(moved for _, moved in histories.values()) > 10


def test_a_reversed_law_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    change, way = monotone.WORLDS["dearer crossings"]
    monkeypatch.setattr(monotone, "WORLDS", {"dearer crossings": (change, -way)})
    ((wrong, moved),) = monotone.reversals(monotone.SMALL).values()
    assert wrong == moved > 100


@pytest.mark.parametrize("name", monotone.RELATIONS)
def test_every_relation_can_be_broken(name: str) -> None:
    """Turned round, each is found to be reversed: none of them holds because nothing moves."""
    relation = monotone.RELATIONS[name]
    turned = monotone.Relation(relation.of, relation.arguments, relation.place, -relation.way)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(monotone.RELATIONS, name, turned)
        assert monotone.reversed_by(name, 300, shrink=False)


def test_a_fault_at_a_corner_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fee that stops mattering to the rich is right, one that helps them is not."""

    def helped(means: float, price: float, spread: float, free: float, sponsor: float) -> Any:
        return min(1.0, keys.affordability(means, price, spread, free, sponsor) + (0.01 if price > 10 else 0.0))

    broken = monotone.Relation(helped, monotone.RELATIONS["affordability, in the fee"].arguments, 1, monotone.DOWN)
    monkeypatch.setitem(monotone.RELATIONS, "affordability, in the fee", broken)
    assert monotone.reversed_by("affordability, in the fee", 1000, shrink=False)
    assert np.isfinite(helped(1.0, 1.0, 1.0, 0.5, 0.0))

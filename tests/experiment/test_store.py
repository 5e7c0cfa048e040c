"""A sweep's results are kept whole, wherever they lie, and another design is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tumen.case import CaseError, load
from tumen.experiment.store import Store, Unit
from tumen.infer.branching import family
from tumen.infer.observables import Observables
from tumen.infer.run_cache import RunSpec
from tumen.model import theories

TOYLAND = load("toyland")
BASE = RunSpec({}, seed=1, rows=400)
WORLDS = ("base", "a=x", "bad")
ANSWERS = family(
    TOYLAND,
    theories.interplay,
    [BASE, replace(BASE, scenarios=(TOYLAND.scenario("no_market_reform"),)), replace(BASE, settings=("fee=-1",))],
).answers


@pytest.mark.parametrize("where", ["folder", "memory"])
def test_what_is_kept_is_read_back(where: str, tmp_path: Path) -> None:
    store = Store(tmp_path / "sweep" if where == "folder" else f"memory://{tmp_path.name}")
    store.open("one", {"design": {}})
    assert store.done() == set() and len(store.table()) == 0
    for unit in (Unit(3, 0), Unit(1, 1)):
        store.keep(unit, 1990, (1995, 2004), dict(zip(WORLDS, ANSWERS, strict=True)))
    store.set_aside(Unit(2, 0), "no answer", 3)
    again = Store(store.address)
    again.open("one", {"design": {}})
    assert again.done() == {Unit(1, 1), Unit(3, 0)} and again.aside() == {Unit(2, 0): "no answer"}
    table, one = again.table(), ANSWERS[1]
    assert isinstance(one, Observables)
    some = table[(table.world == "a=x") & (table.draw == 3) & (table.sex == "male") & (table.age == "25-29")]
    np.testing.assert_array_equal(some.arrivals.to_numpy(), one.arrivals[5:, 1, 5].astype(np.float32))
    assert table[table.world == "bad"].refused.str.contains("fee").all()
    before = again.hash()
    assert before == store.hash()
    again.keep(Unit(4, 0), 1990, (1995, 2004), dict(zip(WORLDS, ANSWERS, strict=True)))
    assert again.hash() != before and len(store.done()) == 3


def test_another_design_and_a_folder_in_use_are_refused(tmp_path: Path) -> None:
    Store(tmp_path / "a").open("one", {})
    with pytest.raises(CaseError, match="another design"):
        Store(tmp_path / "a").open("two", {})
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(CaseError, match=r"holds no sweep"):
        Store(tmp_path).open("one", {})
    (tmp_path / "a" / "design.json").write_text("{", encoding="utf-8")
    with pytest.raises(CaseError, match="cannot be read"):
        Store(tmp_path / "a").open("one", {})
    with pytest.raises(CaseError, match="nothing can be kept there"):
        Store("nonsense://x")

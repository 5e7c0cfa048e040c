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
BASE = RunSpec({}, seed=1, agents=400)
WORLDS = ("base", "a=x", "bad")
SAID = {"design": {"draws": 4, "seeds": 1}}
ANSWERS = family(
    TOYLAND,
    theories.interplay,
    [BASE, replace(BASE, scenarios=(TOYLAND.scenario("no_market_reform"),)), replace(BASE, settings=("fee=-1",))],
).answers


@pytest.mark.parametrize("where", ["folder", "memory"])
def test_what_is_kept_is_read_back(where: str, tmp_path: Path) -> None:
    store = Store(tmp_path / "sweep" if where == "folder" else f"memory://{tmp_path.name}")
    store.open("one", SAID)
    assert store.done() == set() and len(store.table()) == 0
    for unit in (Unit(3, 0), Unit(1, 1)):
        store.keep(unit, 1990, (1995, 2004), dict(zip(WORLDS, ANSWERS, strict=True)))
    store.set_aside(Unit(2, 0), "no answer", 3)
    again = Store(store.address)
    again.open("one", SAID)
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
    Store(tmp_path / "a").open("one", SAID)
    with pytest.raises(CaseError, match="another design"):
        Store(tmp_path / "a").open("two", SAID)
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(CaseError, match=r"holds no sweep"):
        Store(tmp_path).open("one", SAID)
    (tmp_path / "a" / "design.json").write_text("{", encoding="utf-8")
    with pytest.raises(CaseError, match="cannot be read"):
        Store(tmp_path / "a").open("one", SAID)
    with pytest.raises(CaseError, match="nothing can be kept there"):
        Store("nonsense://x")


def kept(place: Path, *units: Unit) -> Store:
    """A store with some finished units."""
    store = Store(place)
    store.open("one", SAID)
    for unit in units:
        store.keep(unit, 1990, (1995, 2004), dict(zip(WORLDS, ANSWERS, strict=True)))
    return store


def test_a_folder_with_a_pattern_for_a_name_holds_its_own_results_only(tmp_path: Path) -> None:
    one = kept(tmp_path / "o4", Unit(1, 0), Unit(2, 0))
    for name in ("o*4", "o[4]", "o?"):
        store = kept(tmp_path / name, Unit(3, 0))
        assert set(store.table()["draw"]) == {3}, name
    assert set(one.table()["draw"]) == {1, 2}


def test_files_of_others_are_ignored_and_damaged_ones_are_named(tmp_path: Path) -> None:
    store = kept(tmp_path / "a", Unit(1, 0))
    (tmp_path / "a/units/copy of it.parquet").write_bytes(b"theirs")
    assert store.done() == {Unit(1, 0)} and set(store.table()["draw"]) == {1}
    store.set_aside(Unit(2, 0), "no answer", 3)
    (tmp_path / "a/aside/draw-000002-seed-000.json").write_text("[", encoding="utf-8")
    with pytest.raises(CaseError, match=r"aside cannot be read .*draw-000002-seed-000.json"):
        store.aside()
    whole = tmp_path / "a/units/draw-000001-seed-000.parquet"
    whole.write_bytes(whole.read_bytes()[:200])
    with pytest.raises(CaseError, match=r"results cannot be read: .* delete the damaged file"):
        store.table()


def test_a_folder_remembers_how_many_draws_and_seeds_were_asked_for(tmp_path: Path) -> None:
    store = kept(tmp_path / "a")
    for asked, held in (({"draws": 9, "seeds": 1}, (9, 1)), ({"draws": 2, "seeds": 3}, (9, 3))):
        store.open("one", {"design": asked})
        known = store.design()
        assert known is not None and (known["design"]["draws"], known["design"]["seeds"]) == held


def test_what_was_set_aside_is_taken_back(tmp_path: Path) -> None:
    store = kept(tmp_path / "a")
    for number in (1, 2):
        store.set_aside(Unit(number, 0), "no answer", 3)
    store.take_back([Unit(1, 0)])
    assert set(store.aside()) == {Unit(2, 0)}

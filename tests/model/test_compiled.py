"""Every input moves the tables the engine is handed, from its month on, and no table forgets what it depends on."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from tumen.case import VOCABULARY, CaseError, World, load
from tumen.model.compiled import CompiledModel, PiecewiseConstantTable, refuse_gaps
from tumen.model.compiler import compile_model
from tumen.model.theories import get, owned
from validation.promises import programs
from validation.stage import arrays, from_month, random_value

CASE = load("toyland")
OPENING, MONTHS, CHANGE = 36, 48, 24
#: Read at the opening of the window only, by its nature.
AT_OPENING = {"home_share_start"}


def window(world: World, opening: int = OPENING, months: int = MONTHS) -> World:
    return world.within(CASE.start + opening, months)


def monthly(made: CompiledModel) -> dict[str, np.ndarray]:
    """All tables by name, those that change at few dates written out month by month."""
    found = {}

    def take(thing: Any, name: str) -> None:
        if isinstance(thing, PiecewiseConstantTable):
            found[name] = thing.values[thing.epoch]
        elif isinstance(thing, tuple) and thing and not isinstance(thing[0], str | int):
            for number, part in enumerate(thing):
                take(part, f"{name}[{number}]")
        elif hasattr(thing, "__dataclass_fields__"):
            for field in thing.__dataclass_fields__:
                take(getattr(thing, field), f"{name}.{field}")
        elif isinstance(thing, np.ndarray):
            found[name] = thing

    take(made, "")
    return found


@cache
def base(theory: str = "interplay") -> dict[str, np.ndarray]:
    return monthly(compile_model(window(CASE.world()), get(theory)))


def changed(name: str, then: np.ndarray, now: np.ndarray, before: int | None) -> bool:
    if before is not None and then.ndim and then.shape[0] == MONTHS:
        then, now = then[:before], now[:before]
    return then.shape != now.shape or not np.array_equal(then, now, equal_nan=then.dtype.kind == "f")


@pytest.mark.parametrize("key", VOCABULARY)
def test_an_input_moves_the_program_from_its_month_on(key: str) -> None:
    theory = "no_theory" if key in owned() else "interplay"
    world = window(CASE.world())
    value = random_value(CASE, key, np.atleast_1d(world.monthly(key)[CHANGE]), np.random.default_rng(3))
    amended = window(CASE.world(from_month(CASE, key, world.start + CHANGE, value)))
    assert not np.array_equal(amended.monthly(key), world.monthly(key))
    try:
        now = monthly(compile_model(amended, get(theory)))
    except CaseError as error:
        assert "one value for the whole window" in str(error)
        return
    moved = {name for name, table in base(theory).items() if changed(name, table, now[name], None)}
    assert bool(moved) != (key in AT_OPENING), moved
    early = {name for name, table in base(theory).items() if changed(name, table, now[name], CHANGE)}
    assert not early


@pytest.mark.parametrize("later", [1, 17, 30])
def test_a_table_depends_on_its_month_alone(later: int) -> None:
    """A window that opens later has the same law: a table that forgot one of its drivers would not."""
    whole = base()
    part = monthly(compile_model(window(CASE.world(), OPENING + later, MONTHS - later), get("interplay")))
    seen = 0
    for name, table in whole.items():
        if table.ndim and table.shape[0] == MONTHS:
            assert np.array_equal(table[later:], part[name], equal_nan=True), name
            seen += 1
    assert seen > 25


@pytest.mark.parametrize("name", ["toyland", "north_korea"])
def test_the_tables_of_the_shipped_cases_have_no_flaw(name: str) -> None:
    case = load(name)
    worlds = [case.world(), *(case.world(scenario) for scenario in case.scenarios.values())]
    for world in worlds:
        assert programs.flaws(compile_model(world.within(case.start + 100, 60), get("interplay"))) == [], (
            world.scenario_names
        )


@pytest.mark.parametrize(
    ("table", "value"), [("success", 1.1), ("success", np.nan), ("release", -0.1), ("entry", 0.3), ("kin", np.inf)]
)
def test_a_flaw_is_noticed(table: str, value: float) -> None:
    made = compile_model(window(CASE.world()), get("interplay"))
    faulty = getattr(made.journey, table).copy()
    faulty[(5, *(0,) * (faulty.ndim - 1))] = value
    assert programs.flaws(replace(made, journey=replace(made.journey, **{table: faulty})))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_table_with_a_gap_is_refused(value: float) -> None:
    made = compile_model(window(CASE.world()), get("interplay"))
    ease = made.hazard_inputs.ease.copy()
    ease[7] = value
    with pytest.raises(CaseError, match=r"hazard_inputs\.ease"):
        refuse_gaps(replace(made, hazard_inputs=replace(made.hazard_inputs, ease=ease)))


def test_all_tables_are_finite_in_a_sound_program() -> None:
    made = compile_model(window(CASE.world()), get("interplay"))
    refuse_gaps(made)
    assert len(list(arrays(made))) > 40

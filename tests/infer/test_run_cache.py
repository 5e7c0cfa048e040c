"""The run cache: the same run has the same name, any other another; damage is not done; refusals stand aside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tumen.case import load
from tumen.infer.observables import Observables
from tumen.infer.run_cache import Refusal, RunCache, RunSpec, _bare, _digest
from tumen.model.theories import get

CASE = load("toyland")
SPEC = RunSpec({"fee@2001-01-01": 200.0, "homophily@1980-01-01": 0.7}, agents=400)


def made_up() -> Observables:
    rng = np.random.default_rng(1)
    shapes = [(15, 2, 17), (15, 2, 17), (15, 2, 3), (15, 2, 9), (15, 2), (15, 2), (1,), (len(CASE.profiles_rows),)]
    return Observables(*[rng.random(shape).astype(np.float32).astype(float) for shape in shapes])


def key(spec: RunSpec = SPEC, theory: str = "interplay") -> str | None:
    return RunCache(Path("nowhere")).key(CASE, get(theory), spec)


def test_the_same_run_has_the_same_name_in_whatever_order_it_is_said() -> None:
    assert key() == key(replace(SPEC, parameters=dict(reversed(SPEC.parameters.items()))))
    assert key() == key(theory="open_keys"), "theories that differ in priors alone share their runs"


@pytest.mark.parametrize(
    "changed",
    [
        {"parameters": {**SPEC.parameters, "fee@2001-01-01": float(np.nextafter(200.0, 201))}},
        {"parameters": {"fee@2001-01-01": 200.0}},
        {"history": "chronicle"},
        {"settings": ("mobility=0",)},
        {"seed": 2},
        {"agents": 401},
        {"scenarios": (CASE.scenario("dear_river"),)},
        {"variants": {"fee": "smugglers"}},
        {"last_year": 2006},
    ],
    ids=["a bit", "a parameter", "history", "settings", "seed", "rows", "scenario", "variant", "window"],
)
def test_any_change_of_a_run_is_another_run(changed: dict[str, object]) -> None:
    assert key(replace(SPEC, **changed)) != key()


def test_the_name_of_a_run_in_the_window_of_its_case_is_what_it_was_before_windows_could_be_longer() -> None:
    said = _digest(
        {
            "parameters": {"fee@2001-01-01": (200.0).hex(), "homophily@1980-01-01": (0.7).hex()},
            "history": None,
            "settings": [],
            "seed": 1,
            "agents": 400,
        }
    )
    assert str(key()).endswith(f"/{said}")


def test_a_scenario_is_what_it_changes_and_not_what_is_said_of_it() -> None:
    dear, hungry = CASE.scenario("dear_river"), CASE.scenario("hungry_years")
    change = dear.changes[0]
    told = dear.by_key | {change.key: change.model_copy(update={"because": "b"})}
    said = dear.model_copy(update={"title": "T", "because": "B", "by_key": told})
    much = {change.key: change.model_copy(update={change.verb: 4})}
    elsewhere = change.model_copy()
    elsewhere._key = "fee_spread"
    moved = dear.model_copy(update={"by_key": {"fee_spread": elsewhere}})
    placed = change.model_copy()
    placed._where = "another.yaml:7"
    same = dear.model_copy(update={"by_key": dear.by_key | {change.key: placed}})
    assert key(replace(SPEC, scenarios=(moved,))) != key(replace(SPEC, scenarios=(dear,))), "the same of another input"
    assert key(replace(SPEC, scenarios=(same,))) == key(replace(SPEC, scenarios=(dear,))), "in another line of a file"
    other = dear.model_copy(update={"by_key": dear.by_key | much})
    keys = [key(replace(SPEC, scenarios=some)) for some in ((dear,), (said,), (other,), (hungry,), (dear, hungry))]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4


def test_another_case_or_mechanism_is_another_run() -> None:
    other = RunCache(Path("nowhere")).key(replace(CASE, simulation_hash="0" * 64), get("interplay"), SPEC)
    assert len({key(), key(theory="push_pull"), key(theory="no_theory"), other}) == 4


def test_what_is_put_is_got(tmp_path: Path) -> None:
    cache, seen = RunCache(tmp_path), made_up()
    assert cache.get(key()) is None
    cache.put(key(), SPEC, seen)
    found = cache.get(key())
    assert isinstance(found, Observables)
    for name, table in seen.arrays().items():
        assert (found.arrays()[name] == table).all()


@pytest.mark.parametrize("left", [0, 1, 100, 0.5, -1])
def test_a_damaged_file_is_a_run_not_done(tmp_path: Path, left: float) -> None:
    cache = RunCache(tmp_path)
    cache.put(key(), SPEC, made_up())
    (path,) = tmp_path.glob("*/*.npz")
    whole = path.read_bytes()
    path.write_bytes(b"garbage" * 50 if left == -1 else whole[: int(left * len(whole)) if left == 0.5 else int(left)])
    assert cache.get(key()) is None


def test_a_refusal_is_kept_aside_and_listed(tmp_path: Path) -> None:
    cache = RunCache(tmp_path)
    cache.put(key(), SPEC, Refusal("too dear"))
    assert cache.get(key()) == Refusal("too dear")
    assert cache.refusals() == {key(): "too dear"}
    assert not list(tmp_path.glob("*/*.npz"))


def test_what_is_only_said_of_a_source_does_not_count(tmp_path: Path) -> None:
    said, bare, other = (tmp_path / f"{name}.py" for name in ("said", "bare", "other"))
    said.write_text('"""A module."""\n# why\ndef f(x):\n    """A claim."""\n    return x + 1  # one\n')
    bare.write_text("def f(x):\n    return x + 1\n")
    other.write_text("def f(x):\n    return x + 2\n")
    assert _bare(said) == _bare(bare) != _bare(other)

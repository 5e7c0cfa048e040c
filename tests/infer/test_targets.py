"""What is fitted: signals in the order of the names, nobody counted twice, and rows that cannot be fitted refused."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tumen.case import Case, CaseError, ErrorModel, load
from tumen.case.tables import Row
from tumen.infer.observables import Observables
from tumen.infer.targets import FEWEST, LEAST, Targets, logit, refuse_unmatched, targets


@pytest.fixture(scope="module", params=["toyland", "north_korea"])
def case(request: pytest.FixtureRequest) -> Case:
    return load(request.param)


@pytest.fixture(scope="module")
def asked(case: Case) -> Targets:
    return targets(case)


def made_up(case: Case, seed: int = 3) -> Observables:
    """What a run might have said: random numbers of the right shape."""
    rng = np.random.default_rng(seed)
    years, rows = case.months // 12, len(case.profiles_rows)
    table = np.zeros((years, 2, 1))
    return Observables(
        arrivals=rng.gamma(2, 20, (years, 2, 17)),
        departures=table,
        origin=table,
        left_from=table,
        abroad=table[..., 0],
        intercepted=table[..., 0],
        reproduction=np.array([0.4]),
        targets=rng.uniform(0.1, 0.9, rows),
    )


def cells(row: Row, **changed: object) -> Row:
    return replace(row, cells={**row.cells, **changed})


def fitted(case: Case) -> list[tuple[int, Row]]:
    return [(i, row) for i, row in enumerate(case.profiles_rows) if row["role"] == "fit"]


def test_a_signal_for_each_count_by_sex_each_row_and_the_network(case: Case, asked: Targets) -> None:
    counted = [row for row in case.arrivals_rows if row["role"] == "fit" and row["sex"] != "total"]
    assert asked.size == len(counted) + len(fitted(case)) + 1
    assert asked.signals(made_up(case)).shape == (asked.size,)


def test_every_row_to_fit_enters_once(case: Case, asked: Targets) -> None:
    entered = [m.row for m in asked.measures] + [i for table in asked.tables for i in table.rows]
    assert sorted(entered) == [i for i, _ in fitted(case)]


def test_a_name_for_each_part_and_no_name_twice(asked: Targets) -> None:
    assert len(asked.names) == 2 * len(asked.blocks) + len(asked.measures) + len(asked.tables)
    assert len(set(asked.names)) == len(asked.names)


def test_signals_are_logs_of_blocks_by_sex_then_rows_then_tables_then_the_network(case: Case, asked: Targets) -> None:
    seen = made_up(case)
    found = asked.signals(seen)
    first = case.start // 12
    for i, block in enumerate(asked.blocks):
        inside = seen.arrivals[block.first - first : block.last - first + 1]
        assert found[2 * i : 2 * i + 2] == pytest.approx(np.log(inside.sum(axis=(0, 2))))
    at = 2 * len(asked.blocks)
    for measure in asked.measures:
        value = seen.targets[measure.row]
        assert found[at] == pytest.approx(np.log(value / (1 - value)) if measure.share else np.log(value))
        at += 1
    for table in asked.tables:
        assert found[at : at + len(table.rows)] == pytest.approx(np.log(seen.targets[list(table.rows)]))
        at += len(table.rows)
    assert found[at:] == pytest.approx([np.log(0.4)])


def test_signals_of_nothing_are_finite(case: Case, asked: Targets) -> None:
    seen = made_up(case)
    nothing = replace(seen, **{name: 0 * table for name, table in seen.arrays().items()})
    found = asked.signals(nothing)
    assert found[: 2 * len(asked.blocks)] == pytest.approx(np.log(FEWEST))
    assert np.isfinite(found).all()
    assert [logit(0), -logit(1)] == pytest.approx([np.log(LEAST)] * 2, abs=1e-5)


def test_what_was_known_at_the_end_of_a_year(case: Case, asked: Targets) -> None:
    wide = asked.blocks[0]
    assert wide.first < wide.last
    assert wide not in asked.until(wide.last - 1).blocks, "a block is known when its last year is over"
    year = sorted(block.last for block in asked.blocks)[len(asked.blocks) // 2]
    then = asked.until(year)
    assert 0 < len(then.blocks) < len(asked.blocks)
    assert then.blocks == tuple(block for block in asked.blocks if block.last <= year)
    for part in (*then.measures, *then.tables):
        assert part.last <= year
    assert asked.until(3000) == asked
    assert targets(replace(case, profiles_rows=())).until(1900).size == 1


def test_signals_of_what_was_known_stand_among_those_of_all(case: Case, asked: Targets) -> None:
    found = asked.signals(made_up(case))
    for year in sorted({part.last for part in (*asked.blocks, *asked.measures, *asked.tables)}):
        then = asked.until(year)
        places = then.among(asked)
        assert len(places) == len(set(places)) == then.size
        assert found[places] == pytest.approx(then.signals(made_up(case)))
    assert asked.among(asked) == list(range(asked.size))


def test_no_person_is_counted_in_two_blocks(case: Case, asked: Targets) -> None:
    for before, after in pairwise(asked.blocks):
        assert before.last < after.first
    rows = [r for r in case.arrivals_rows if r["role"] == "fit" and r["sex"] != "total"]
    assert sum(sum(block.persons) for block in asked.blocks) == sum(row["persons"] for row in rows)


def test_tables_hold_shares_of_a_whole_that_no_other_table_holds(case: Case, asked: Targets) -> None:
    whole = set()
    for table in asked.tables:
        assert sum(table.shares) == pytest.approx(1)
        rows = [case.profiles_rows[i] for i in table.rows]
        assert {row["error"].number for row in rows} == {table.size}
        (name,) = {(row["key"], row["population"], row["sex"]) for row in rows}
        assert name not in whole
        assert len({row["category"] for row in rows}) == len(rows)
        whole.add(name)


def test_a_percentage_is_a_share() -> None:
    case = load("toyland")
    i, row = next((i, row) for i, row in fitted(case) if row["unit"] == "share")
    rows = list(case.profiles_rows)
    rows[i] = cells(row, unit="percent", value=100 * row["value"])
    found, wanted = targets(replace(case, profiles_rows=tuple(rows))).measures, targets(case).measures
    assert [m.share for m in found] == [m.share for m in wanted]
    assert [m.value for m in found] == pytest.approx([m.value for m in wanted])


def test_a_row_that_a_run_says_nothing_about_is_refused_with_its_place(case: Case, asked: Targets) -> None:
    seen = made_up(case)
    refuse_unmatched(case, asked, seen)
    for i, row in enumerate(case.profiles_rows):
        holes = seen.targets.copy()
        holes[i] = np.nan
        if row["role"] != "fit":
            refuse_unmatched(case, asked, replace(seen, targets=holes))
            continue
        with pytest.raises(CaseError) as refused:
            refuse_unmatched(case, asked, replace(seen, targets=holes))
        (problem,) = refused.value.problems
        assert f"the model has no counterpart of {row['key']} {row['as_of'][:7]}" in problem.what
        assert f"{row.file}:{row.line}" in problem.where
        assert "role check" in problem.remedy


@pytest.mark.parametrize("error", ["normal", "poisson", "negative_binomial"])
def test_an_error_model_that_no_profile_row_can_have_is_refused_with_its_place(case: Case, error: str) -> None:
    i, row = fitted(case)[-1]
    rows = list(case.profiles_rows)
    rows[i] = cells(row, error=ErrorModel(error, 0.3))
    with pytest.raises(CaseError, match=f"{error} is no error model of a profile row") as refused:
        targets(replace(case, profiles_rows=tuple(rows)))
    assert f"{row.file}:{row.line}" in str(refused.value)


@pytest.mark.parametrize("missing", ["female", "male"])
def test_arrivals_of_one_sex_only_are_refused_with_their_place(case: Case, missing: str) -> None:
    gone = next(r for r in case.arrivals_rows if r["role"] == "fit" and r["sex"] == missing)
    rows = tuple(row for row in case.arrivals_rows if row is not gone)
    with pytest.raises(CaseError, match="for one sex only") as refused:
        targets(replace(case, arrivals_rows=rows))
    assert gone.file in str(refused.value)

"""What is fitted: statistics in the order of the names, nobody counted twice, rows that cannot be fitted refused."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tumen.case import Case, CaseError, load
from tumen.case.error_models import ERROR_MODELS
from tumen.case.error_models.arrivals import Dispersions
from tumen.case.error_models.scales import FEWEST, LEAST, logit
from tumen.case.tables import Row
from tumen.infer.likelihood import Likelihood
from tumen.infer.observables import Observables
from tumen.infer.observation.rows import Rows
from tumen.infer.targets import STEEP, Targets, refuse_unmatched, targets


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


def spans(case: Case) -> dict[tuple[int, int], set[str]]:
    """The sexes that are fitted of each span of years."""
    found: dict[tuple[int, int], set[str]] = {}
    for row in case.arrivals_rows:
        if row["role"] == "fit":
            found.setdefault((row["year_start"], row["year_end"]), set()).add(row["sex"])
    return found


def test_a_statistic_for_each_count_each_row_and_the_network(case: Case, asked: Targets) -> None:
    counts = sum(2 if "female" in sexes else 1 for sexes in spans(case).values())
    assert asked.size == counts + len(fitted(case)) + 1
    assert asked.statistics(made_up(case)).shape == (asked.size,)


def test_every_row_to_fit_enters_once(case: Case, asked: Targets) -> None:
    assert sorted(i for one in asked.rows for i in one.rows) == [i for i, _ in fitted(case)]


def test_a_name_for_each_part_and_no_name_twice(asked: Targets) -> None:
    assert len(asked.names) == sum(len(block.keys) for block in asked.arrivals) + len(asked.rows)
    assert len(set(asked.names)) == len(asked.names)


def test_statistics_are_totals_and_sex_ratios_of_blocks_then_rows_then_the_network(case: Case, asked: Targets) -> None:
    seen = made_up(case)
    found = asked.statistics(seen)
    first = case.start // 12
    for block in asked.arrivals:
        women, men = seen.arrivals[block.first - first : block.last - first + 1].sum(axis=(0, 2))
        wanted = [np.log(women + men), np.log(women / men)]
        assert found[asked.place(block)] == pytest.approx(wanted[: len(block.names)])
        if block.women is not None:
            assert block.expected(found[asked.place(block)]) == pytest.approx([women, men])
    for one in asked.rows:
        value = seen.targets[list(one.rows)]
        wanted = {"logit": np.log(value / (1 - value)), "log": np.log(value), "log share": np.log(value)}
        assert found[asked.place(one)] == pytest.approx(wanted[one.error.scale.name])
    assert found[-1:] == pytest.approx([np.log(0.4)])


def test_totals_and_the_network_are_of_one_kind_and_all_else_of_another(asked: Targets) -> None:
    said = [label.name for label in asked.labels]
    first = [name for name, kind in zip(said, asked.kinds, strict=True) if kind == 0]
    assert first == [name for name in said if name.endswith(", total") or name.startswith("network")]
    assert len(first) == len(asked.arrivals) + 1


def test_statistics_of_nothing_are_finite(case: Case, asked: Targets) -> None:
    seen = made_up(case)
    nothing = replace(seen, **{name: 0 * table for name, table in seen.arrays().items()})
    found = asked.statistics(nothing)
    assert np.isfinite(found).all()
    assert np.isfinite(asked.residuals(found)).all()
    assert found[asked.place(asked.arrivals[0])][0] == pytest.approx(np.log(2 * FEWEST))
    assert [logit(np.array(0)), -logit(np.array(1))] == pytest.approx([np.log(LEAST)] * 2, abs=1e-5)


def test_counts_are_known_when_their_year_is_over_and_rows_when_published(case: Case, asked: Targets) -> None:
    published = {}
    for i, row in fitted(case):
        years = [case.sources[key].year for key in row["source"].split(";")]
        published[i] = max(year for year in years if year is not None)
    wide = asked.arrivals[0]
    assert wide.first < wide.last
    assert wide not in asked.until(wide.last - 1).arrivals
    for year in range(wide.last, case.end // 12 + 6):
        then = asked.until(year)
        assert then.arrivals == tuple(block for block in asked.arrivals if block.last <= year)
        rows = {i for one in then.rows for i in one.rows}
        for one in asked.rows:
            if "shared" not in one.name:  # a table is known as a whole
                assert (one.rows[0] in rows) == (max(published[i] for i in one.rows) <= year), one.name
            else:
                assert rows & set(one.rows) == {i for i in one.rows if published[i] <= year}
    assert asked.until(3000) == asked
    assert targets(replace(case, profiles_rows=())).until(1900).size == 1


def test_statistics_of_what_was_known_stand_among_those_of_all(case: Case, asked: Targets) -> None:
    found = asked.statistics(made_up(case))
    for year in range(case.start // 12 + 9, case.end // 12 + 6):
        then = asked.until(year)
        places = then.among(asked)
        assert len(places) == len(set(places)) == then.size
        assert found[places] == pytest.approx(then.statistics(made_up(case)))
    assert asked.among(asked) == list(range(asked.size))


def test_no_person_is_counted_in_two_blocks(case: Case, asked: Targets) -> None:
    for before, after in pairwise(asked.arrivals):
        assert before.last < after.first
    rows = [r for r in case.arrivals_rows if r["role"] == "fit"]
    counted = [r for r in rows if r["sex"] != "total" or spans(case)[r["year_start"], r["year_end"]] == {"total"}]
    assert sum(block.total for block in asked.arrivals) == sum(row["persons"] for row in counted)


def test_a_block_of_a_total_alone_has_one_statistic() -> None:
    asked = targets(load("north_korea"))
    block = asked.arrivals[0]
    assert (block.first, block.last, block.total, block.women) == (1990, 1998, 340, None)
    assert len(block.keys) == len(block.names) == len(block.labels) == 1
    assert all(other.women is not None for other in asked.arrivals[1:])


def test_tables_hold_shares_of_a_whole_that_no_other_table_holds(case: Case, asked: Targets) -> None:
    whole = set()
    for table in (one for one in asked.rows if one.name.endswith("table")):
        assert sum(table.numbers) == pytest.approx(1, abs=0.002)
        rows = [case.profiles_rows[i] for i in table.rows]
        (name,) = {(row["key"], row["population"], row["sex"]) for row in rows}
        assert name not in whole
        assert len({row["category"] for row in rows}) == len(rows)
        whole.add(name)


def test_a_percentage_is_a_share() -> None:
    case = load("toyland")
    i, row = next((i, row) for i, row in fitted(case) if row["unit"] == "share")
    rows = list(case.profiles_rows)
    rows[i] = cells(row, unit="percent", value=100 * row["value"])
    found, wanted = targets(replace(case, profiles_rows=tuple(rows))), targets(case)
    assert found.saturated == pytest.approx(wanted.saturated)
    assert [label.unit for label in found.labels] == [label.unit for label in wanted.labels]


def test_residuals_have_labels_with_the_numbers_that_are_compared(case: Case, asked: Targets) -> None:
    found = asked.statistics(made_up(case))
    residuals, values = asked.residuals(found), asked.values(found)
    assert len(residuals) == len(values) == len(asked.labels) == asked.size
    for label, value, residual in zip(asked.labels[:-1], values, residuals, strict=False):
        if "shared" in label.name or label.name.startswith("persons_abroad"):  # whitened: not the row's own gap
            continue
        if abs(residual) > 1e-3:
            assert np.sign(value - label.data) == np.sign(residual), label.text(value)
    assert asked.residuals(asked.saturated) == pytest.approx(np.zeros(asked.size), abs=1e-2)
    total = asked.labels[0]
    assert total.text(2 * total.data) == f"{total.name}: {total.data:,.0f} observed, {2 * total.data:,.0f} in the model"


@pytest.mark.parametrize("network, penalty", [(-1.0, 0.0), (-0.06, 0.0), (0.0, 0.05 * STEEP), (0.1, 0.15 * STEEP)])
def test_the_last_residual_is_the_penalty_on_a_network_that_feeds_itself(network: float, penalty: float) -> None:
    asked = targets(load("toyland"))
    statistics = asked.saturated
    statistics[-1] = network
    assert asked.residuals(statistics)[-1] == pytest.approx(penalty)


def test_replicates_scatter_around_the_model(case: Case, asked: Targets) -> None:
    other = asked.replicate(asked.saturated, 0.1, 0.004, np.random.default_rng(1))
    assert other.names == asked.names
    assert other != asked
    apart = asked.residuals(other.saturated)[:-1]
    assert 0.1 < np.sqrt((apart**2).mean()) < 2.5


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


@pytest.mark.parametrize(
    "error, unit",
    [("normal", "share"), ("normal", "percent"), ("normal", "person"), ("lognormal", "year"), ("poisson", "person"),
     ("logit_normal", "share"), ("binomial", "share"), ("beta_binomial", "percent"), ("at_least", "share"),
     ("at_most", "person")],
)  # fmt: skip
def test_every_error_model_of_a_row_can_be_fitted(error: str, unit: str) -> None:
    case = load("toyland")
    i, row = fitted(case)[-1]
    numbers = {"n": 400.0, "spread": 0.3}
    stated = [numbers[name] for name in ERROR_MODELS[error].numbers if name in numbers]
    rows = list(case.profiles_rows)
    rows[i] = cells(row, error=ERROR_MODELS[error](*stated), unit=unit, value=0.4 if unit == "share" else 40.0)
    asked = targets(replace(case, profiles_rows=tuple(rows)))
    (one,) = [one for one in asked.rows if one.rows == (i,)]
    assert isinstance(one, Rows)
    hit, dispersions = one.saturated, Dispersions(0.1, 0.004)
    found = np.asarray(one.score(hit, dispersions))
    assert found.shape == (1,)
    for by in (-2.0, 2.0):
        assert one.score(hit + by * 5, dispersions) < found + 1e-6
    assert one.residuals(hit, dispersions) == pytest.approx([0], abs=1e-3)
    assert one.values(one.statistics(made_up(case))).shape == (1,)
    drawn = one.simulate(
        np.tile(hit, (50, 1)), Dispersions(np.full(50, 0.1), np.full(50, 0.004)), np.random.default_rng(1)
    )
    assert drawn.shape == (50, 1)
    assert drawn.std() > 0


@pytest.mark.parametrize("total, women", [("poisson", "binomial"), ("lognormal", "beta_binomial")])
def test_the_error_models_of_arrivals_that_a_case_states_are_honoured(total: str, women: str) -> None:
    case = load("toyland")
    plain, other = targets(case), targets(replace(case, arrivals_error={"total": total, "women": women}))
    far = plain.saturated + 0.5
    dispersions = Dispersions(0.2, 0.02)
    scored = [np.asarray(Likelihood(one).parts(far, dispersions)) for one in (plain, other)]
    changed = np.abs(scored[0] - scored[1]) > 1e-6
    assert [name.endswith(("total", "women")) for name in np.array(plain.names)[changed]]
    assert changed[0]
    assert changed[1] == (women == "binomial")
    if total == "poisson":
        assert np.abs(other.residuals(far, dispersions)[0]) > np.abs(plain.residuals(far, dispersions)[0])


@pytest.mark.parametrize("missing", ["female", "male"])
def test_arrivals_of_one_sex_only_are_refused_with_their_place(case: Case, missing: str) -> None:
    gone = next(r for r in case.arrivals_rows if r["role"] == "fit" and r["sex"] == missing)
    rows = tuple(row for row in case.arrivals_rows if row is not gone)
    with pytest.raises(CaseError, match="for one sex only") as refused:
        targets(replace(case, arrivals_rows=rows))
    assert gone.file in str(refused.value)


def test_persons_of_unknown_sex_are_in_the_total_and_say_nothing_of_the_share() -> None:
    """Women and men are those of stated sex: the same total with five more, the same evidence on the sexes."""
    case = load("toyland")
    year = [row for row in case.arrivals_rows if row["role"] == "fit" and row["year_start"] == 2004]
    women, men, total = (next(row for row in year if row["sex"] == sex) for sex in ("female", "male", "total"))
    more = (cells(total, persons=total["persons"] + 5), cells(total, sex="unknown", persons=5))
    kept = tuple(row for row in case.arrivals_rows if row is not total)
    plain, stated = (targets(replace(case, arrivals_rows=rows)) for rows in (case.arrivals_rows, kept + more))
    before, after = (next(block for block in one.arrivals if block.first == 2004) for one in (plain, stated))
    assert (after.total, after.women) == (total["persons"] + 5, women["persons"])
    assert after.persons == pytest.approx([women["persons"], men["persons"]])
    assert after.saturated[1] == pytest.approx(before.saturated[1])
    assert after.labels[1].data == pytest.approx(before.labels[1].data)
    said, dispersions = np.array([5.7, 0.8]), Dispersions(0.1, 0.005)
    scores = [[float(one) for one in block.score(said, dispersions)] for block in (before, after)]
    assert scores[1][1] == pytest.approx(scores[0][1], rel=1e-5)
    assert scores[1][0] != pytest.approx(scores[0][0], rel=1e-5)
    drawn = [after.replicate(said, dispersions, np.random.default_rng(seed)) for seed in range(200)]
    share = [one.women / one.sexed for one in drawn if one.women is not None]
    assert np.mean(share) == pytest.approx(1 / (1 + np.exp(-0.8)), abs=0.01)

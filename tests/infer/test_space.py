"""The parameters of a case: standard normal coordinates, draws, and the dated values that they move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit, logit

from tumen.case import Case, CaseError, ParameterSet, load
from tumen.infer.parameter_space import FARTHEST, ParameterSpace, parameter_space
from tumen.model.theories import Theory, get


@pytest.fixture(scope="module", params=["toyland", "north_korea"])
def case(request: pytest.FixtureRequest) -> Case:
    return load(request.param)


def test_values_stay_within_the_ranges_of_their_inputs(case: Case) -> None:
    for name in ("interplay", "open_keys", "push_pull", "no_theory"):
        found = parameter_space(case, get(name))
        z = np.random.default_rng(2).normal(scale=3, size=(400, found.size))
        z[0], z[1] = -2 * FARTHEST, 2 * FARTHEST
        values = found.values(z)
        assert values.shape == z.shape
        for column, axis in zip(values.T, found.axes, strict=True):
            assert axis.low <= column.min() <= column.max() <= axis.high
        for column, each in zip(found.dated(values).T, found.moved, strict=True):
            given = case.inputs[each.name.partition("@")[0].partition(".")[0]]
            assert given.low <= column.min() <= column.max() <= given.high
        case.world(parameters=found.named(values[0]))
        case.world(parameters=found.named(values[1]))


def test_one_row_of_values_makes_a_set_of_parameters(case: Case) -> None:
    found = parameter_space(case, get("interplay"))
    middle = found.values(np.zeros(found.size))
    assert middle.shape == (1, found.size)
    given = found.named(middle[0], "the middle")
    assert isinstance(given, ParameterSet)
    assert (given.name, tuple(given.values)) == ("the middle", found.dated_names)
    with pytest.raises(ValueError, match=f"2 coordinates for {found.size} parameters"):
        found.values(np.zeros((1, 2)))


def test_a_theory_changes_priors_and_what_it_fixes_drops_out() -> None:
    case = load("north_korea")
    free, bound = parameter_space(case, get("open_keys")), parameter_space(case, get("interplay"))
    assert free.names == bound.names == tuple(p.name for p in case.priors if p.inputs != ("trend_rate",))
    at = next(i for i, axis in enumerate(free.axes) if axis.prior.inputs == ("complementarity",))
    assert (free.axes[at].distribution.name, bound.axes[at].distribution.name) == ("elasticity", "complements")
    fixing = replace(get("open_keys"), restrictions=("crossing_success=1",))
    left = tuple(name for name in free.names if name != "crossing_success@2011-12-01")
    assert parameter_space(case, fixing).names == left != free.names


def test_what_one_theory_alone_reads_enters_under_it_and_nothing_else_does() -> None:
    case = load("north_korea")
    trend = parameter_space(case, get("no_theory"))
    assert trend.names == tuple(p.name for p in case.priors if p.inputs == ("trend_rate",)) != ()
    assert {name.partition("@")[0].partition(".")[0] for name in trend.dated_names} == {"trend_rate"}
    for name in ("interplay", "open_keys", "push_pull"):
        assert not [each for each in parameter_space(case, get(name)).dated_names if each.startswith("trend_rate")]


def test_the_odds_of_the_histories_sum_to_one(case: Case) -> None:
    found = parameter_space(case, get("interplay"))
    assert found.histories == (None, *case.histories)
    assert sum(found.probabilities) == pytest.approx(1, abs=1e-12)
    assert min(found.probabilities) > 0
    assert np.exp(found.log_probabilities) == pytest.approx(found.probabilities)
    assert dict(zip(found.histories[1:], found.probabilities[1:], strict=True)) == {
        key: history.weight for key, history in case.histories.items()
    }


def test_a_history_without_weight_is_left_out() -> None:
    case = load("toyland")
    weightless = {key: history.model_copy(update={"weight": 0.0}) for key, history in case.histories.items()}
    found = parameter_space(replace(case, histories=weightless), get("interplay"))
    assert (found.histories, found.probabilities) == ((None,), (1,))


def test_without_priors_there_is_nothing_to_estimate() -> None:
    theory: Theory = get("interplay")
    with pytest.raises(CaseError, match=r"the case has no priors, so nothing can be estimated - case toyland"):
        parameter_space(replace(load("toyland"), priors=()), theory)


GROWTH = """
- parameter: growth
  scale: log
  moves:
    - {input: onward_later, part: [female, male], weights: {1980-01-01: -0.5, 2001-01-01: 1}}
    - {input: onward_first, dates: all}
  distribution: {lognormal: {median: 1, sigma: 0.5}}
  why: the way
  source: assumed
- parameter: tide
  scale: logit
  moves:
    - {input: free_crossing, weights: {1980-01-01: 0, 2003-07-01: 2}}
  distribution: {normal: {mean: 0, sd: 0.5}}
  why: the tide
  source: assumed
- parameter: will
  scale: linear
  moves:
    - {input: will_class, part: [loyal, hostile], dates: all}
  distribution: {normal: {mean: 0, sd: 0.5}}
  why: the wish
  source: assumed
- {input: onward_later, part: female, date: 1980-01-01, distribution: {lognormal: {median: 0.25, sigma: 0.6}}, why: w,
   source: assumed}
"""


@pytest.fixture
def grown(tmp_path: Path) -> Callable[[str], ParameterSpace]:
    """The space of toyland with other priors, and restrictions of a theory."""
    import shutil

    def made(text: str, restrictions: tuple[str, ...] = ()) -> ParameterSpace:
        folder = shutil.copytree(load("toyland").folder, tmp_path / "grown")
        (folder / "priors.yaml").write_text(text, encoding="utf-8")
        return parameter_space(load(folder), replace(get("interplay"), restrictions=restrictions))

    return made


def test_a_row_moves_every_value_it_names_on_its_scale(grown: Callable[[str], ParameterSpace]) -> None:
    found = grown(GROWTH)
    case = load("toyland")
    growth, tide, will, own = 1.3, 0.4, -0.7, 0.31
    moved = found.named([growth, tide, will, own]).values
    later, first = case.inputs["onward_later"], case.inputs["onward_first"]
    assert found.names == ("growth", "tide", "will", "onward_later.female@1980-01-01")
    assert moved["onward_later.female@1980-01-01"] == pytest.approx(own * growth**-0.5), (
        "from where its own row sets it"
    )
    assert moved["onward_later.male@1980-01-01"] == pytest.approx(later.base("1980-01-01", "male") * growth**-0.5)
    assert moved["onward_later.female@2001-01-01"] == pytest.approx(later.base("2001-01-01", "female") * growth)
    assert moved["onward_first.male@1980-01-01"] == pytest.approx(first.base("1980-01-01", "male") * growth)
    base = case.inputs["free_crossing"].base("2003-07-01", None)
    assert moved["free_crossing@2003-07-01"] == pytest.approx(expit(logit(base) + 2 * tide))
    assert "free_crossing@1980-01-01" not in moved, "weight 0: it stays"
    for part in ("loyal", "hostile"):
        name = next(name for name in moved if name.startswith(f"will_class.{part}@"))
        base = case.inputs["will_class"].base(name.partition("@")[2], part)
        assert moved[name] == pytest.approx(base + will)
    centre = found.dated(found.values(np.zeros(4)))[0]
    assert centre == pytest.approx([each.base for each in found.moved]), "the centre is the case itself"


def test_what_a_draw_moves_stays_within_the_range_of_its_input(grown: Callable[[str], ParameterSpace]) -> None:
    found = grown(GROWTH)
    far = found.named([1e9, 0.0, 0.0, 0.25]).values
    assert far["onward_first.male@1980-01-01"] == load("toyland").inputs["onward_first"].high


def test_a_row_drops_out_when_all_it_moves_is_fixed_and_keeps_the_rest(grown: Callable[..., ParameterSpace]) -> None:
    text = """
- parameter: both
  scale: log
  moves: [{input: onward_later, dates: all}, {input: direct_share, dates: all}]
  distribution: {lognormal: {median: 1, sigma: 0.1}}
  why: w
  source: assumed
- {parameter: way, scale: log, input: direct_share, dates: all,
   distribution: {lognormal: {median: 1, sigma: 0.1}}, why: w, source: assumed}
"""
    found = grown(text, ("direct_share=1",))
    assert found.names == ("both",)
    assert {name.partition(".")[0] for name in found.dated_names} == {"onward_later"}


def test_north_korea_has_a_lean_set_whose_centre_is_the_case_itself() -> None:
    case = load("north_korea")
    found = parameter_space(case, get("open_keys"))
    assert found.size <= 45
    centre = found.dated(found.values(np.zeros(found.size)))[0]
    away = [
        each.name for each, value in zip(found.moved, centre, strict=True) if abs(value / (each.base or 1) - 1) > 1e-9
    ]
    assert [name for name in away if not name.startswith(("complementarity", "homophily"))] == []
    assert all(prior.why for prior in case.priors)

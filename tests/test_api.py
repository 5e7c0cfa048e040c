"""`tm.run` and `tm.size` choose parameters as the command line does, and leave those of a world alone."""

from __future__ import annotations

import logging
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tumen as tm
from tests.infer.synthetic import posterior
from tests.infer.synthetic_fit import fit
from tests.result.synthetic import flows, record
from tumen import simulate as simulation
from tumen.case import Case, CaseError, ParameterSet, load
from tumen.infer.draws import run_draws
from tumen.model.theories import get
from tumen.result import Result, ResultError, observed_arrivals
from tumen.result.netcdf import to_bytes


@pytest.fixture
def land(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """Toyland with a best fit of `interplay`."""
    monkeypatch.setenv("TUMEN_HOME", str(tmp_path / "home"))
    case = load(shutil.copytree(load("toyland").folder, tmp_path / "land", ignore=shutil.ignore_patterns("fits")))
    fit(case, history="chronicle").write(case.folder / "fits" / "interplay.json")
    return case


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Replace the engine; the worlds and theories it was asked for."""
    worlds: list[Any] = []

    def run(world: Any, theory: Any, **options: Any) -> Result:
        worlds.append(world)
        made = record(parameters={"name": world.parameters.name if world.parameters else "case", "values": {}})
        return Result(flows("1990-01", 12), made, observed_arrivals(world.case.arrivals))

    monkeypatch.setattr(simulation, "run", run)
    return worlds


def test_a_case_is_run_with_its_best_fit_and_says_so(
    land: Case, asked: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="tumen"):
        result = tm.run(land, "interplay")
    assert (asked[0].history, asked[0].at("fee", "2001-01")) == ("chronicle", 231)
    assert result.record["parameters"]["source"] == "fit"
    assert caplog.messages == ["parameters: best fit of interplay, no uncertainty; history chronicle"]
    result = tm.run(land, tm.theories.push_pull)
    assert asked[1].parameters is None
    assert result.record["parameters"] == {"name": "case", "values": {}, "source": "case"}
    with pytest.raises(CaseError, match="no theory named 'interply'"):
        tm.run(land, "interply")


def test_a_world_keeps_what_it_was_made_from(land: Case, asked: list[Any]) -> None:
    world = land.world(land.scenario("dear_river"), settings=["fee_spread=0.5"], variants={"fee": "smugglers"})
    tm.run(world.within(world.start, 24).amend(["credit_share=0.1"]), "interplay")
    ran = asked[0]
    assert ran.parameters.name == "best fit of interplay"
    assert ran.scenario_names == ("dear_river",)
    assert ran.used_variants["fee"] == "smugglers"
    assert (ran.at("fee_spread", "1995-01"), ran.at("credit_share", "1991-01")) == (0.5, 0.1)
    assert (ran.start, ran.months) == (world.start, 24)


def test_a_history_that_was_chosen_stays(land: Case, asked: list[Any]) -> None:
    for history in ("smugglers", "base"):
        tm.run(land.world(history=history), "interplay")
        assert asked[-1].history == history
    tm.run(land.world(land.scenario("as_the_chronicle")), "interplay")
    assert asked[-1].history == "chronicle"


def test_a_world_with_parameters_is_left_alone(land: Case, asked: list[Any]) -> None:
    mine = ParameterSet("mine", {"fee@2001-01-01": 222.0})
    for parameters in (mine, ParameterSet("none", {})):
        world = land.world(parameters=parameters)
        result = tm.run(world, "interplay")
        assert asked[-1] is world
        assert "source" not in result.record["parameters"]


def test_draws_of_a_posterior_stand_beside_the_central_run(
    land: Case, asked: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    (land.folder / "posteriors").mkdir()
    posterior(land, agents=300).write(land.folder / "posteriors" / "interplay.nc")
    world = land.world(land.scenario("dear_river"))
    result = tm.run(world, "interplay", draws=3, threads=1)
    assert (asked[-1].history, asked[-1].parameters.name) == ("base", "interplay, draw 6")
    assert result.draws is not None
    assert result.draws["history"].values.tolist() == ["chronicle", "base", "base"]
    assert result.record["draws"]["draws"] == [1, 5, 8]
    expected = run_draws(world, get("interplay"), posterior(land, agents=300), (1, 5, 8))
    assert to_bytes(result.draws) == to_bytes(expected)
    assert tm.run(world, "interplay", draws=0).draws is None
    assert tm.run(world, "push_pull").draws is None
    late = world.within(world.start + 12, 24)
    with caplog.at_level(logging.INFO, logger="tumen"):
        assert tm.run(late, "interplay").draws is None
    assert caplog.messages[-1] == "no draws: the world begins later than its case"
    runs = len(asked)
    for refused, said in (
        (late, "the world begins in 1991-01, later than its case"),
        (land.world(parameters=ParameterSet("mine", {})), "3 draws are asked for, and the parameters are .*: mine"),
    ):
        with pytest.raises(CaseError, match=said):
            tm.run(refused, "interplay", draws=3)
    with pytest.raises(CaseError, match="one set of values: the case's own values"):
        tm.run(land, "push_pull", draws=3)
    assert len(asked) == runs, "refused before the run"


def test_size_takes_them_too(land: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    worlds: list[Any] = []
    monkeypatch.setattr(simulation, "size", lambda world, theory, **options: worlds.append(world))
    tm.size(land, "interplay")
    assert worlds[0].parameters.name == "best fit of interplay"


def test_a_scenario_and_a_theory_may_be_left_to_their_names(land: Case, asked: list[Any]) -> None:
    assert land.world(scenario="no_military_first").scenario_names == ("no_military_first",)
    both = land.world(["dear_river", land.scenario("no_military_first")])
    assert both.scenario_names == ("dear_river", "no_military_first")
    with pytest.raises(CaseError, match="there is no scenario 'no_militry_first'"):
        land.world("no_militry_first")
    tm.run(land)
    tm.run(land.world("dear_river"), "interplay")
    assert [world.parameters is not None for world in asked] == [True, True]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"people": -5},
            "people is -5 - people= - expected a whole number from 1 or None - write for example people=1",
        ),
        ({"people": 0}, "people is 0"),
        ({"people": 2.5}, "people is 2.5"),
        ({"people": True}, "people is True"),
        ({"people": "many"}, "people is 'many'"),
        ({"people": 1e20}, "people is 1e\\+20"),
        ({"seed": 1.5}, "seed is 1.5 - seed= - expected a whole number from 0 - write for example seed=1"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": None}, "seed is None"),
        ({"threads": 0}, "threads is 0"),
        ({"draws": 2.0}, "draws is 2.0"),
        ({"theory": 3}, "theory is 3 - theory= - expected the name of a theory"),
        ({"world": "toyland"}, r"world is 'toyland' - world= - expected a case or a world of one - write tm.load"),
    ],
)
def test_what_is_no_argument_is_refused_in_a_sentence(
    land: Case, asked: list[Any], options: dict[str, Any], words: str
) -> None:
    with pytest.raises(CaseError, match=words):
        tm.run(**{"world": land, **options})
    assert asked == [], "before any work"


def test_a_number_of_numpy_is_a_whole_number(land: Case, asked: list[Any]) -> None:
    tm.run(land, people=np.int64(2000), seed=np.uint8(3))
    assert len(asked) == 1


def test_a_result_holds_the_case_as_it_was_run(land: Case, asked: list[Any], tmp_path: Path) -> None:
    saved = tm.run(land).save(tmp_path / "out")
    assert load(tmp_path / "out" / "case").hash == land.hash
    assert tm.verify(tmp_path / "out").sound
    again = tm.read(tmp_path / "out").save(tmp_path / "second")
    assert again.record["files"] == saved.record["files"]


def test_a_case_that_has_changed_since_is_not_copied(
    land: Case, asked: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    with (land.folder / "case.yaml").open("a") as file:
        file.write("# later\n")
    assert tm.run(land).case is None
    assert "the result will hold no copy of its case: the case was changed after it was read" in caplog.text


def test_what_is_no_case_is_answered_with_what_to_write() -> None:
    """Of every function that takes one."""
    given: Any = "toyland"
    calls: list[Any] = [
        tm.run, tm.calibrate, tm.posterior, partial(tm.fit, theory="interplay"),
        partial(tm.backtest, theories="interplay"),
        partial(tm.size, theory="interplay"), partial(tm.sensitivity, theory="interplay"),
        partial(tm.factorial, theory="interplay", factors=["military_first"]),
        partial(tm.forecast, theory="interplay", years=(2005, 2006)),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(CaseError, match=r"(case|world) is 'toyland' - .* - write tm.load\("):
            call(given)
        with pytest.raises(CaseError, match=r"(case|world) is None - .* - write tm.load\("):
            call(None)


def test_arguments_of_another_kind_are_answered_in_a_sentence(land: Case) -> None:
    wrong: Any = 3
    with pytest.raises(CaseError, match="parameters is 3 - parameters= - expected case, fit, posterior or the path"):
        tm.run(land, parameters=wrong)
    with pytest.raises(CaseError, match=r"settings is 'fee=500' - .* - write settings=\['fee=500'\]"):
        land.world(settings="fee=500")
    for call in (tm.read, partial(tm.difference, b=wrong)):
        with pytest.raises(ResultError, match=r"3 is no folder - .* - write a path"):
            call(wrong)

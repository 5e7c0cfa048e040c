"""Which parameters `run` and `size` take: a posterior's, else a fit's, else the case's, and it is said which."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tumen.case as tc
from tests.infer.synthetic import CENTRAL, FAILED, NAMES, PASSED, posterior
from tests.infer.synthetic_fit import fit
from tumen import simulate as simulation
from tumen.infer.posterior import Posterior
from tumen.result import read

RUN = ("run", "land", "-o", "out", "--no-figures", "--draws", "0")
FEE = NAMES[0]


@pytest.fixture
def land(tmp_path: Path) -> tc.Case:
    """Toyland in the folder `land`, without a posterior or a fit."""
    shipped = tc.load("toyland").folder
    return tc.load(shutil.copytree(shipped, tmp_path / "land", ignore=shutil.ignore_patterns("posteriors", "fits")))


def ship(found: Posterior, land: tc.Case) -> None:
    (land.folder / "posteriors").mkdir(exist_ok=True)
    found.write(land.folder / "posteriors" / f"{found.theory}.nc")


def keep(found: Posterior, home: Path) -> None:
    (home / "posteriors" / "toyland").mkdir(parents=True)
    found.write(home / "posteriors" / "toyland" / f"{found.theory}.nc")


def given(folder: str = "out") -> dict[str, Any]:
    return json.loads(Path(folder, "run.json").read_text())["parameters"]


def test_without_a_posterior_the_case_is_run_as_it_stands(tumen: Callable, quick_engine: list, land: tc.Case) -> None:
    said = tumen(*RUN)
    assert said.code == 0, said.err
    assert (
        said.err.splitlines()[0] == "parameters: the case's own values, because interplay has no posterior and no fit"
    )
    assert quick_engine[0]["world"].parameters is None
    assert given() == {"name": "case", "values": {}, "source": "case"}
    assert "Parameters as the case states them" in tumen("show", "out").out


def test_a_run_takes_the_central_draw_and_its_history(tumen: Callable, quick_engine: list, land: tc.Case) -> None:
    ship(posterior(land, central=7), land)
    said = tumen(*RUN)
    assert said.code == 0, said.err
    first = "parameters: interplay, draw 7, the central one, of the posterior shipped; history chronicle"
    assert said.err.splitlines()[0] == first
    world = quick_engine[0]["world"]
    assert (world.history, world.at("fee", "2001-01")) == ("chronicle", 207)
    assert given() == {
        "name": "interplay, draw 7",
        "values": dict(posterior(land).draw(7).parameters.values),
        "source": "shipped",
        "sound": True,
    }
    assert "Parameters: interplay, draw 7, of the posterior shipped with the case" in tumen("show", "out").out
    assert (
        tumen(*RUN, "--theory", "push_pull")
        .err.splitlines()[0]
        .endswith("because push_pull has no posterior and no fit")
    )
    assert tumen(*RUN, "-q").err == ""


def test_a_draw_by_number_comes_out_the_same_without_its_posterior(
    tumen: Callable, quick_engine: list, land: tc.Case
) -> None:
    ship(posterior(land), land)
    said = tumen(*RUN, "--draw", "4")
    assert said.err.splitlines()[0] == "parameters: interplay, draw 4, of the posterior shipped; history chronicle"
    assert given()["values"][FEE] == 204
    shutil.rmtree(land.folder / "posteriors")
    assert "run again: the same to the bit" in tumen("verify", "out", "--reproduce").out
    one, again = (asked["world"] for asked in quick_engine)
    assert (again.history, again.parameters.values) == (one.history, one.parameters.values)


@pytest.mark.parametrize(
    ("options", "history"),
    [
        (["--history", "smugglers"], "smugglers"),
        (["--history", "base"], "base"),
        (["-s", "as_the_chronicle"], "chronicle"),
        ([], "smugglers"),
    ],
)
def test_a_history_asked_for_goes_before_that_of_the_draw(
    tumen: Callable, quick_engine: list, land: tc.Case, options: list[str], history: str
) -> None:
    made = posterior(land)
    made.groups["posterior"]["history"][:] = "smugglers"
    ship(made, land)
    said = tumen(*RUN, *options)
    assert said.code == 0, said.err
    world = quick_engine[0]["world"]
    assert (world.history, world.parameters.name) == (history, f"interplay, draw {CENTRAL}")
    assert read("out").record["request"]["history"] == (None if "-s" in options else history)


def test_ones_own_posterior_wins_and_says_so(
    tumen: Callable, quick_engine: list, land: tc.Case, tmp_path: Path
) -> None:
    ship(posterior(land, central=0), land)
    keep(posterior(land, central=2), tmp_path / "home")
    said = tumen(*RUN)
    assert said.err.splitlines()[0] == (
        "parameters: interplay, draw 2, the central one, of your own posterior, which goes before one shipped with the "
        "case"
    )
    assert (given()["name"], given()["source"]) == ("interplay, draw 2", "own")


def test_a_draw_that_is_not_there_is_refused(tumen: Callable, quick_engine: list, land: tc.Case) -> None:
    said = tumen(*RUN, "--draw", "3")
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "draw 3 is asked for, and there is no posterior of interplay to draw from - case toyland - expected "
        "posteriors/interplay.nc - ask for no draw, or make a posterior: tumen calibrate land --theory interplay\n"
    )
    ship(posterior(land), land)
    said = tumen(*RUN, "--draw", "10")
    assert (said.code, said.err) == (
        2,
        "the posterior of interplay has no draw 10 - draws of the posterior - expected 0 to 9 - give another number\n",
    )
    assert quick_engine == []
    assert not Path("out").exists()


def test_a_posterior_that_failed_its_diagnostics_is_used_only_when_asked_for_and_says_so(
    tumen: Callable, quick_engine: list, land: tc.Case
) -> None:
    ship(posterior(land, checks=(FAILED,)), land)
    said = tumen(*RUN)
    assert said.code == 0, said.err
    assert said.err.splitlines()[:2] == [
        "land/posteriors/interplay.nc is passed over: the posterior of interplay failed its diagnostics: "
        "31 transitions diverged "
        "(tumen calibrate land --theory interplay, with more runs, or use it all the same "
        "with --allow-failed-diagnostics)",
        "parameters: the case's own values, because interplay has no posterior to use and no fit",
    ]
    assert given()["source"] == "case"
    for asked in (["--parameters", "posterior"], ["--draw", "1"]):
        said = tumen(*RUN, *asked)
        assert (said.code, len(quick_engine)) == (2, 1)
        assert said.err.startswith(
            "the posterior of interplay failed its diagnostics: 31 transitions diverged - "
            "land/posteriors/interplay.nc - "
        )
    said = tumen(*RUN, "--allow-failed-diagnostics")
    assert said.code == 0, said.err
    assert (
        "draw 6, the central one, of the posterior shipped, used although it failed its diagnostics or is outdated"
        in said.err.splitlines()[0]
    )
    assert given()["sound"] is False
    assert "shipped with the case, used although it failed its diagnostics or is outdated" in tumen("show", "out").out


@pytest.mark.parametrize("fault", ["failed", "stale", "broken"])
def test_a_failed_calibration_of_ones_own_locks_nothing(
    tumen: Callable, quick_engine: list, land: tc.Case, tmp_path: Path, fault: str
) -> None:
    ship(posterior(land, central=0), land)
    simulation_hash = "0" * 64 if fault == "stale" else land.simulation_hash
    keep(
        posterior(land, checks=(FAILED,) if fault == "failed" else (PASSED,), simulation_hash=simulation_hash),
        tmp_path / "home",
    )
    own = tmp_path / "home" / "posteriors" / "toyland" / "interplay.nc"
    if fault == "broken":
        own.write_bytes(own.read_bytes()[:1000])
    said = tumen(*RUN)
    assert said.code == 0, said.err
    notice, line = said.err.splitlines()[:2]
    assert notice.startswith(f"{own} is passed over: ")
    assert line == "parameters: interplay, draw 0, the central one, of the posterior shipped"
    assert given()["source"] == "shipped"
    fit(land, fee=303).write(tmp_path / "mine.json")
    assert tumen(*RUN, "--parameters", "mine.json").err.splitlines()[0].startswith("parameters: best fit")


def test_a_posterior_in_a_file_is_read_by_every_verb(
    tumen: Callable, quick_engine: list, land: tc.Case, tmp_path: Path
) -> None:
    ship(posterior(land, central=0), land)
    posterior(land, central=5).write(tmp_path / "mine.nc")
    said = tumen(*RUN, "--parameters", "mine.nc")
    assert said.code == 0, said.err
    assert said.err.splitlines()[0].startswith(
        "parameters: interplay, draw 5, the central one, of the posterior in mine.nc"
    )
    assert (given()["source"], given()["values"][FEE]) == ("given", 205)
    assert tumen(*RUN, "--parameters", "mine.nc", "--draw", "3").code == 0
    assert given()["values"][FEE] == 203
    assert "of a posterior that the user named" in tumen("show", "out").out
    (tmp_path / "design.yaml").write_text(
        "title: one\ncase: land\ntheory: interplay\ndraws: 2\nfactors: {army: no_military_first}\n"
    )
    for verb in (
        ["experiment", "run", "design.yaml", "-o", "worlds"],
        ["forecast", "land", "--from", "2005", "--to", "2006", "-o", "next"],
        ["sensitivity", "land"],
        ["decompose", "land"],
        ["switchers", "land", "-s", "no_military_first"],
        ["posterior", "land"],
    ):
        refused = tumen(*verb, "--parameters", "nothing.nc")
        assert (refused.code, refused.err.partition(" - ")[0]) == (
            2,
            "the posterior cannot be read: No such file or directory",
        ), verb
        wrong = tumen(*verb, "--theory", "push_pull", "--parameters", "mine.nc") if verb[0] != "experiment" else None
        assert wrong is None or "holds a posterior of interplay, not of push_pull" in wrong.err, verb


def test_a_posterior_of_another_version_of_the_case_is_not_used(
    tumen: Callable, quick_engine: list, land: tc.Case
) -> None:
    ship(posterior(land, simulation_hash="0" * 64), land)
    said = tumen(*RUN)
    assert (said.code, given()["source"]) == (0, "case")
    assert "was made from another version of the case" in said.err.splitlines()[0]
    said = tumen(*RUN, "--parameters", "posterior")
    assert said.code == 2
    assert "was made from another version of the case" in said.err
    assert tumen(*RUN, "--allow-failed-diagnostics").code == 0
    assert given()["sound"] is False


def test_size_takes_them_too(tumen: Callable, monkeypatch: pytest.MonkeyPatch, land: tc.Case) -> None:
    asked = []

    def size(world: Any, theory: Any, **options: Any) -> None:
        asked.append(world)
        raise tc.CaseError.single("far enough", "here", "nothing", "stop")

    monkeypatch.setattr(simulation, "size", size)
    ship(posterior(land), land)
    for options in ([], ["--draw", "4"], ["--theory", "push_pull"]):
        assert "far enough" in tumen("size", "land", *options).err
    assert [world.parameters and world.parameters.name for world in asked] == [
        f"interplay, draw {CENTRAL}",
        "interplay, draw 4",
        None,
    ]
    assert [world.history for world in asked] == ["base", "chronicle", "base"]
    assert (
        "there is no posterior of push_pull to draw from"
        in tumen("size", "land", "--theory", "push_pull", "--draw", "1").err
    )


def test_without_a_posterior_a_best_fit_is_run_with_its_history(
    tumen: Callable, quick_engine: list, land: tc.Case
) -> None:
    fit(land, history="chronicle").write(land.folder / "fits" / "interplay.json")
    said = tumen(*RUN)
    assert said.code == 0, said.err
    assert said.err.splitlines()[0] == "parameters: best fit of interplay, no uncertainty; history chronicle"
    world = quick_engine[0]["world"]
    assert (world.history, world.at("fee", "2001-01")) == ("chronicle", 231)
    assert given() == {
        "name": "best fit of interplay",
        "values": dict(fit(land).parameters.values),
        "source": "fit",
        "sound": True,
    }
    assert "Parameters: best fit of interplay, no uncertainty" in tumen("show", "out").out
    shutil.rmtree(land.folder / "fits")
    assert "run again: the same to the bit" in tumen("verify", "out", "--reproduce").out


def test_the_order_is_posteriors_then_fits_and_ones_own_before_the_shipped(
    tumen: Callable, quick_engine: list, land: tc.Case, tmp_path: Path
) -> None:
    def now() -> tuple[str, float]:
        said = tumen(*RUN)
        assert said.code == 0, said.err
        return said.err.splitlines()[0], quick_engine[-1]["world"].at("fee", "2001-01")

    fit(land, fee=301).write(land.folder / "fits" / "interplay.json")
    assert now() == ("parameters: best fit of interplay, no uncertainty", 301)
    fit(land, fee=302).write(tmp_path / "home" / "fits" / "toyland" / "interplay.json")
    whose = "your own fit, which is used before one shipped with the case"
    assert now() == (f"parameters: best fit of interplay, no uncertainty ({whose})", 302)
    ship(posterior(land, central=0), land)
    assert now()[1] == 200
    keep(posterior(land, central=3), tmp_path / "home")
    assert now()[1] == 203


def test_the_parameters_can_be_named(tumen: Callable, quick_engine: list, land: tc.Case, tmp_path: Path) -> None:
    ship(posterior(land, central=0), land)
    fit(land, fee=301).write(land.folder / "fits" / "interplay.json")
    fit(land, fee=303).write(tmp_path / "mine.json")
    for name, fee, source in (("posterior", 200, "shipped"), ("fit", 301, "fit"), ("mine.json", 303, "file")):
        said = tumen(*RUN, "--parameters", name)
        assert said.code == 0, said.err
        assert quick_engine[-1]["world"].at("fee", "2001-01") == fee
        assert given()["source"] == source
    assert tumen(*RUN, "--parameters", "case").err.splitlines()[0] == "parameters: the case's own values"
    assert quick_engine[-1]["world"].parameters is None


def test_parameters_that_are_not_there_are_refused(tumen: Callable, quick_engine: list, land: tc.Case) -> None:
    for options, words in (
        (
            ["--parameters", "fit"],
            "there is no fit of interplay - case toyland - expected fits/interplay.json - make one",
        ),
        (["--parameters", "posterior"], "there is no posterior of interplay - case toyland"),
        (["--parameters", "ft"], "there is no file 'ft' to take parameters from - --parameters - expected case, fit, "),
        (["--parameters", "fit", "--draw", "2"], "draw 2 stands beside --parameters fit - --draw - expected a draw of"),
        (["--parameters", "land/case.yaml"], "the file holds no fit"),
    ):
        said = tumen(*RUN, *options)
        assert (said.code, said.out) == (2, "")
        assert said.err.startswith(words)
    fit(land, simulation_hash="0" * 64).write(land.folder / "fits" / "interplay.json")
    said = tumen(*RUN)
    assert said.code == 2
    assert said.err.startswith("the fit of interplay was made from another version of the case's inputs or targets")
    assert quick_engine == []

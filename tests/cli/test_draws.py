"""Draws of the posterior beside a run: asked for, shown, written, checked, and refused where there is no posterior."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tumen.case as tc
from tests.infer.synthetic import FAILED, posterior
from tests.infer.synthetic_fit import fit
from tumen.cli.files import LIST
from tumen.result import read

#: one process and few agents: a draw takes a tenth of a second
RUN = ("run", "land", "-o", "out", "--people", "300", "--threads", "1", "--no-figures")


@pytest.fixture
def land(tmp_path: Path) -> tc.Case:
    """Toyland in the folder `land`, with a posterior of ten draws under interplay and a fit under push_pull."""
    made = shutil.copytree(
        tc.load("toyland").folder, tmp_path / "land", ignore=shutil.ignore_patterns("posteriors", "fits")
    )
    case = tc.load(made)
    for folder in ("posteriors", "fits"):
        (made / folder).mkdir()
    posterior(case, agents=300).write(made / "posteriors" / "interplay.nc")
    fit(case, theory="push_pull").write(made / "fits" / "push_pull.json")
    return case


def record(folder: str = "out") -> dict[str, Any]:
    return json.loads(Path(folder, "run.json").read_text())


def test_a_run_has_the_draws_that_were_asked_for(tumen: Callable, quick_engine: list, land: tc.Case) -> None:
    said = tumen(*RUN, "--draws", "4")
    assert said.code == 0, said.err
    assert (
        "posterior of interplay (shipped with the case), 4 draws of 300 agents each, beside the central run" in said.err
    )
    assert "best fit" not in said.err + said.out
    assert "no uncertainty" not in said.err + said.out
    assert "median and 80 % interval of the draws" in said.out
    kept = record()["draws"]
    assert kept == {
        "number": 4,
        "of": 10,
        "theory": "interplay",
        "source": "shipped",
        "sound": True,
        "agents": 300,
        "draws": [1, 3, 6, 8],
        "seeds": [101, 103, 106, 108],
    }
    found = read("out").draws
    assert found is not None
    assert found["draw"].values.tolist() == kept["draws"]
    assert found["year"].values.tolist() == list(range(1990, 2005))
    shown = tumen("show", "out")
    assert shown.code == 0, shown.err
    assert "Posterior of interplay (shipped with the case), 4 draws of 300 agents each\n" in shown.out
    assert shown.out.endswith(said.out)
    assert Path("out/figures/arrivals_by_sex.png").stat().st_size > 10_000


def test_draws_come_by_default_with_a_posterior_alone(tumen: Callable, quick_engine: list, land: tc.Case) -> None:
    document = tumen(*RUN, "--json").document
    assert document["record"]["draws"]["number"] == 10, "as many as there are, at most 40"
    assert document["timings"]["draws_seconds"] > 0
    line = next(line for line in document["arrivals"] if line["years"] == "2000")
    assert line["lo80"]["total"] < line["model"]["total"] < line["hi80"]["total"]
    for options in (["--draw", "3"], ["--theory", "push_pull"], ["--parameters", "case"], ["--draws", "0"]):
        document = tumen(*RUN, "--json", *options).document
        assert "draws" not in document["record"]
        assert "lo80" not in document["arrivals"][0]
        assert not Path("out/draws.nc").exists()


def test_no_draws_is_the_run_of_before(tumen: Callable, quick_engine: list, land: tc.Case) -> None:
    tumen(*RUN, "--draws", "0")
    names = {"run.json", "flows.nc", "arrivals.csv", "case", "timings.json"}
    assert {path.name for path in Path("out").iterdir() if path.name != LIST} == names
    without = {name: Path("out", name).read_bytes() for name in ("flows.nc", "arrivals.csv")}
    assert without["arrivals.csv"].startswith(b"year,sex,measure,value,se\n")
    tumen(*RUN, "--draws", "2")
    assert Path("out/flows.nc").read_bytes() == without["flows.nc"], "the central run does not depend on draws"


def test_the_same_draws_give_the_same_bytes(
    tumen: Callable, quick_engine: list, land: tc.Case, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tumen(*RUN, "--draws", "3")
    first = {name: Path("out", name).read_bytes() for name in ("draws.nc", "run.json", "arrivals.csv")}
    tumen(*RUN, "--draws", "3")
    monkeypatch.setenv("TUMEN_HOME", str(tmp_path / "elsewhere"))
    for _ in range(2):  # from the run cache, and without it
        tumen(*RUN, "--draws", "3")
        assert {name: Path("out", name).read_bytes() for name in first} == first


def test_the_world_of_the_draws_is_the_one_asked_for(tumen: Callable, quick_engine: list, land: tc.Case) -> None:
    tumen(*RUN, "--draws", "3")
    base = read("out").draws
    said = tumen(*RUN, "--draws", "3", "-s", "dear_river", "--from", "1995", "--to", "2001")
    assert "3 draws of 300 agents each" in said.err
    shut = read("out").draws
    assert base is not None
    assert shut is not None
    assert shut["year"].values.tolist() == list(range(1995, 2002))
    assert base["history"].values.tolist() == ["chronicle", "base", "base"], "those of the draws"
    same = base.sel(year=shut["year"])
    assert not np.array_equal(shut["arrivals"], same["arrivals"])
    tumen(*RUN, "--draws", "3", "--from", "1995", "--to", "2001")
    again = read("out").draws
    assert again is not None
    np.testing.assert_array_equal(again["arrivals"], same["arrivals"])
    tumen(*RUN, "--draws", "3", "--history", "smugglers")
    chosen = read("out").draws
    assert chosen is not None
    assert set(chosen["history"].values.tolist()) == {"smugglers"}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ["--draws", "5", "--parameters", "case"],
            "5 draws are asked for, and the parameters are one set of values: the case's own values - draws - "
            "expected a posterior to draw from - ask for 0 draws, or take the parameters from a posterior "
            "(tumen calibrate makes one)",
        ),
        (["--draws", "5", "--theory", "push_pull"], "one set of values: best fit of push_pull - draws"),
        (["--draws", "5", "--draw", "3"], "--draws 5 stands beside --draw 3 - tumen run - expected many draws or"),
        (["--draws", "11"], "11 draws are asked for, and the posterior of interplay has 10 - draws - expected 1 to 10"),
        (["--draws", "-1"], "--draws"),
        (["--draws", "many"], "--draws"),
    ],
)
def test_draws_that_cannot_be_had_are_refused_before_the_run(
    tumen: Callable, quick_engine: list, land: tc.Case, options: list[str], sentence: str
) -> None:
    said = tumen(*RUN, *options)
    assert said.code == 2
    assert sentence in said.err
    assert quick_engine == []
    assert not Path("out").exists()


def test_a_posterior_that_failed_its_diagnostics_is_said_to_be_so(
    tumen: Callable, quick_engine: list, land: tc.Case
) -> None:
    posterior(land, checks=(FAILED,), agents=300).write(land.folder / "posteriors" / "interplay.nc")
    assert tumen(*RUN, "--draws", "2").code == 2
    said = tumen(*RUN, "--draws", "2", "--allow-failed-diagnostics")
    assert (
        "posterior of interplay (shipped with the case, used although it failed its diagnostics or is outdated), "
        "2 draws" in said.err
    )
    assert record()["draws"]["sound"] is False


def test_ctrl_c_leaves_no_result(
    tumen: Callable, quick_engine: list, land: tc.Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tumen.infer import draws

    def stop(*given: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(draws, "run_draws", stop)
    assert tumen(*RUN).code == 130
    assert not Path("out").exists()


def test_a_changed_file_of_draws_is_named(tumen: Callable, quick_engine: list, land: tc.Case) -> None:
    tumen(*RUN, "--draws", "2")
    assert tumen("verify", "out").code == 0
    place = Path("out/draws.nc")
    content = bytearray(place.read_bytes())
    content[len(content) // 2] ^= 1
    place.write_bytes(content)
    said = tumen("verify", "out")
    assert (said.code, said.out) == (1, "draws.nc: changed\n")
    assert tumen("show", "out").code == 2


@pytest.mark.slow
def test_draws_are_reproduced_without_their_posterior(tumen: Callable, land: tc.Case) -> None:
    options = ("--draws", "5", "-s", "dear_river", "--from", "1992", "--to", "2003")
    assert tumen(*RUN, *options).code == 0
    (land.folder / "posteriors" / "interplay.nc").unlink()
    said = tumen("verify", "out", "--reproduce")
    assert said.code == 0, said.out + said.err
    assert "run again: the same to the bit" in said.out
    result = read("out")
    assert result.draws is not None
    other = result.draws.assign(departures=result.draws["departures"] * np.float32(1.01))
    replace(result, draws=other).save("out")
    said = tumen("verify", "out", "--reproduce")
    assert said.code == 1
    assert said.out.splitlines()[-1].startswith("run again: it differs in draws: departures (")

"""`tumen priors` and `tumen posterior`: answers, files, exit codes and refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import tumen.case as tc
from tests.infer.synthetic_posterior import posterior
from tumen.cli.files import LIST
from tumen.model import theories
from tumen.plots import gallery

THEORIES = ", ".join(theories.names())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TUMEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "posteriors" / "north_korea"


@pytest.fixture
def one_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "posterior_arrivals"
    monkeypatch.setattr(gallery, "OF_POSTERIOR", {name: gallery.OF_POSTERIOR[name]})


def test_priors_lists_every_parameter_with_its_reason(tumen: Callable) -> None:
    said = tumen("priors", "toyland")
    assert (said.code, said.err) == (0, "")
    assert "11 uncertain parameters, 6 priors assumed" in said.out
    for word in ("fee@2001-01-01", "asking prices [NEWSPAPERS]", "lognormal(median 200, sigma", "112 to 356"):
        assert word in said.out, word
    assert "histories: base " in said.out
    words = " ".join(said.out.split())
    assert "multiplies 4 dated values:" in words
    assert "onward_later.male 2001: 0.5" in words


def test_priors_follow_the_theory(tumen: Callable) -> None:
    rows = {row["name"]: row for row in tumen("priors", "north_korea", "--json").document["priors"]}
    exponent = rows["complementarity@1990-01-01"]
    assert exponent["of_theory"] and exponent["high"] <= 0
    assert exponent["why"].startswith("The theory's claim: Leaving takes mobility and capital together")
    shown = tumen("priors", "north_korea", "--theory", "open_keys", "--json").document
    free = next(row for row in shown["priors"] if row["name"] == "complementarity@1990-01-01")
    assert not free["of_theory"] and free["high"] > 0
    assert shown["fixed"] == []
    assert "trend_level_female" in shown["unread"]
    assert sum(shown["histories"].values()) == pytest.approx(1)
    assert "fixed by the theory: crossing_success@1995-01-01" in tumen("priors", "toyland", "--theory", "no_theory").out
    assert "not read by the theory: trend_level_female, " in tumen("priors", "north_korea").out
    assert "* of the theory, in place of the case's: complementarity" in tumen("priors", "north_korea").out


def test_priors_predictive_runs_draws_and_draws_a_figure(tumen: Callable, home: Path, tmp_path: Path) -> None:
    options = ("--predictive", "--draws", "20", "--people", "1000", "--processes", "1", "-o", "out")
    said = tumen("priors", "toyland", *options)
    assert said.code == 0, said.err
    heading = re.match(r"20 draws of the priors, 1,000 agents a run: (\d+) % refused\n", said.out)
    assert heading
    assert "lie inside the central 90 % of the prior" in said.out
    assert said.err.splitlines()[0] == "prior predictive: 20 runs"
    written = sorted(path.name for path in (tmp_path / "out").iterdir() if path.name != LIST)
    assert written == ["prior_predictive.json", "prior_predictive.png", "prior_predictive.svg"]
    again = tumen("priors", "toyland", *options, "--json").document
    numbers = json.loads((tmp_path / "out" / "prior_predictive.json").read_text())
    assert {key: value for key, value in again.items() if key != "figures"} == numbers
    assert int(heading[1]) == 5 * numbers["refused"] < 50
    assert sum(numbers["refusals"].values()) == numbers["refused"]
    refused = tumen("priors", "toyland", "-o", "out")
    assert (refused.code, refused.err) == (
        2,
        "-o without --predictive - tumen priors - expected --predictive - add --predictive\n",
    )


def test_posterior_says_what_it_found(tumen: Callable, home: Path) -> None:
    posterior(tc.load("north_korea")).write(home / "open_keys.nc")
    said = tumen("posterior", "north_korea", "--theory", "open_keys")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("Posterior of open_keys, case north_korea: passed its diagnostics. 100 draws")
    for words in (
        "Of 15 yearly totals 2002-2016: ",
        "they do not tell whether both keys are necessary.",
        "Identified (contraction above 0.5): 4 of 8 parameters",
        "Fee level (factor)",
        "Log likelihood by row of the fit",
    ):
        assert words in said.out
    assert tumen("posterior", "north_korea", "--theory", "open_keys", "--json").document["sound"] is True


def test_posterior_writes_figures_and_numbers(tumen: Callable, home: Path, tmp_path: Path, one_figure: None) -> None:
    posterior(tc.load("north_korea")).write(home / "open_keys.nc")
    command = ("posterior", "north_korea", "--theory", "open_keys", "-o", "out")
    said = tumen(*command)
    assert (said.code, said.err) == (0, "2 figure files and posterior.json are in out\n")
    names = sorted(path.name for path in (tmp_path / "out").iterdir() if path.name != LIST)
    assert names == ["posterior.json", "posterior_arrivals.png", "posterior_arrivals.svg"]
    written = json.loads((tmp_path / "out" / "posterior.json").read_text())
    document = tumen(*command, "--json").document
    assert {key: value for key, value in document.items() if key in written} == written
    assert document["figures"] == ["out/posterior_arrivals.svg", "out/posterior_arrivals.png"]
    (tmp_path / "file").write_text("mine")
    said = tumen(*command[:-1], "file")
    assert said.code == 2
    assert "there is a file in the way - " in said.err


def test_a_posterior_that_failed_its_diagnostics_is_shown_with_its_reasons(
    tumen: Callable, home: Path, tmp_path: Path, one_figure: None
) -> None:
    posterior(tc.load("north_korea"), sound=False).write(home / "open_keys.nc")
    command = ("posterior", "north_korea", "--theory", "open_keys", "-o", "out")
    said = tumen(*command)
    assert said.code == 1
    assert "  failed: ess 31, wanted at least 400: too few effective draws (31)" in said.out
    assert "Of 15 yearly totals" in said.out
    assert (
        said.err == "nothing is written to out: the posterior failed its diagnostics; "
        "--allow-failed-diagnostics writes it all the same\n"
    )
    assert not (tmp_path / "out").exists()
    said = tumen(*command, "--allow-failed-diagnostics", "--json")
    assert (said.code, said.document["sound"]) == (1, False)
    assert "FAILED DIAGNOSTICS" in (tmp_path / "out" / "posterior_arrivals.svg").read_text()


def test_a_posterior_of_another_version_is_refused(tumen: Callable, home: Path) -> None:
    made = posterior(tc.load("north_korea"))
    replace(made, provenance={**made.provenance, "simulation_hash": "0" * 64}).write(home / "open_keys.nc")
    said = tumen("posterior", "north_korea", "--theory", "open_keys")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("the posterior of open_keys was made from another version of the case - ")
    assert (
        "tumen calibrate north_korea --theory open_keys, or use it all the same with --allow-failed-diagnostics"
        in said.err
    )
    said = tumen("posterior", "north_korea", "--theory", "open_keys", "--allow-failed-diagnostics")
    assert said.code == 1
    assert "  failed: made from another version of the case" in said.out


GOLDEN = {
    "posterior toyland": "there is no posterior of interplay - case toyland - expected posteriors/interplay.nc - make "
    "one: tumen calibrate toyland --theory interplay",
    "posterior toyland --theory interply": f"no theory named 'interply' - --theory - expected one of {THEORIES} - did "
    "you mean interplay?",
    "priors toyland --theory push": f"no theory named 'push' - --theory - expected one of {THEORIES} - did you mean "
    "push_pull?",
    "priors nowhere": "there is no case 'nowhere' - case - expected a folder or one of north_korea or toyland - check "
    "the path",
}


@pytest.mark.parametrize("line", GOLDEN)
def test_a_mistake_is_said_in_one_sentence(tumen: Callable, home: Path, line: str) -> None:
    said = tumen(*line.split())
    assert (said.code, said.out, said.err) == (2, "", GOLDEN[line] + "\n")
    said = tumen(*line.split(), "--json")
    assert said.document["error"]["exit"] == said.code == 2


def test_a_file_that_holds_no_posterior_is_refused_or_passed_over(tumen: Callable, home: Path) -> None:
    home.mkdir(parents=True)
    own = home / "open_keys.nc"
    own.write_bytes(b"nothing")
    said = tumen("posterior", "north_korea", "--theory", "open_keys", "--parameters", str(own))
    assert said.code == 2
    assert said.err.startswith("the file holds no posterior: ")
    assert "tumen calibrate" in said.err
    said = tumen("posterior", "north_korea", "--theory", "open_keys")
    assert said.code == 0
    assert said.err.startswith(f"{own} is passed over: the file holds no posterior: ")
    assert "Posterior of open_keys, case north_korea: passed its diagnostics." in said.out

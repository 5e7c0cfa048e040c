"""Whatever is wrong with the input ends in one sentence on stderr, exit code 2, and nothing written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import tumen.case as tc

SCENARIOS = ", ".join(list(tc.load("toyland").scenarios)[:-1])
LAST = list(tc.load("toyland").scenarios)[-1]
USAGE = "tumen run - expected what tumen run --help lists - correct the command line"

GOLDEN = {
    "run toyland": f"missing option '--output' / '-o' - {USAGE}",
    "run nowhere -o out": "there is no case 'nowhere' - case - expected a folder or one of north_korea or toyland - "
    "check the path",
    "run tioyland -o out": "there is no case 'tioyland' - case - expected a folder or one of north_korea or toyland - "
    "did you mean toyland?",
    "run toyland -o out --theory interply": "no theory named 'interply' - --theory - expected one of interplay, "
    "open_keys, push_pull, no_theory - did you mean interplay?",
    "run toyland -o out -s nosuch": f"there is no scenario 'nosuch' - case toyland - expected one of {SCENARIOS} or "
    f"{LAST} - write a name, or the path of a .yaml file",
    "run toyland -o out -s ./none.yaml": "file none.yaml is missing - none.yaml - expected a file none.yaml - "
    "add the file",
    "run toyland -o out --set fee": "a setting that cannot be read - setting 'fee' - expected "
    "KEY[.PART]=VALUE[@FROM[..TO]] - write for example fee=500@2000-01 or fee=500@2000-01..2002-12",
    "run toyland -o out --set fe=3": "unknown input 'fe' - setting 'fe=3' - expected a key of the vocabulary of "
    "inputs - did you mean fee?",
    "run toyland -o out --set fee=-3": "fee is -3 - setting 'fee=-3' - expected 1 to 1e+07 usd - correct the number",
    "run toyland -o out --without militry_first": "there is no policy 'militry_first' to go without - --without, case "
    "toyland - expected female_exemption, market_reform, military_first, selective_layoff, workplace_tie - did you "
    "mean military_first?",
    "run toyland -o out --without military_first --without military_first": "--without military_first (the scenario "
    "no_military_first) is given twice - tumen run, --scenario and --without - expected each once - leave one out",
    "calibrate toyland --runs 99": "invalid value for '--runs': Input should be greater than or equal to 100 - "
    "tumen calibrate - expected what tumen calibrate --help lists - correct the command line",
    "run toyland -o out --set closure=C": "closure is 'C' - setting 'closure=C' - expected one of fixed_intake or "
    "fixed_strength - write one of these",
    "run toyland -o out --variant fee": "'fee' names no variant - tumen run, --variant - expected POLICY=NAME - write "
    "it as fee=smugglers",
    "run toyland -o out --variant fee=x --variant fee=y": "fee is given two variants, x and y - tumen run, --variant - "
    "expected one - leave one out",
    "run toyland -o out --history x": "unknown history 'x' - case toyland - expected one of base, chronicle or "
    "smugglers - write one of these",
    "run toyland -o out --draw -1": "invalid value for '--draw': Input should be greater than or equal to 0 - " + USAGE,
    "run toyland -o out --theory ../x": "no theory named '../x' - --theory - expected one of interplay, open_keys, "
    "push_pull, no_theory - write one of these",
    "run toyland -o out --people 3 --full": "--people stands beside --full - tumen run - expected one of them - leave "
    "one out",
    "run toyland -o out --from 2000 --to 1999": "--from 2000 is later than --to 1999 - tumen run - expected years in "
    "order - swap them",
    "run toyland -o out --to 2030": "the year 2030 cannot be simulated - --from/--to 2030, case toyland - expected a "
    "year from 1990 to 2015 - give another year",
    "run toyland -o out --from 1989": "the year 1989 cannot be simulated - --from/--to 1989, case toyland - expected "
    "a year from 1990 to 2015 - give another year",
    "run toyland -o out --people 0": "invalid value for '--people': Input should be greater than or equal to 1 - "
    + USAGE,
    "run toyland -o out --peple 5": "no such option: --peple (Possible options: --help, --people, --seed) - " + USAGE,
    "rn toyland": "no such command 'rn'. Did you mean 'run'? - tumen - expected what tumen --help lists - correct the "
    "command line",
    "size toyland --noise 1": "1 is not a possible Monte Carlo error - --noise - expected a share between 0 and "
    "1 - write 0.02 for 2 %",
    "size toyland --noise 0": "0 is not a possible Monte Carlo error - --noise - expected a share between 0 and "
    "1 - write 0.02 for 2 %",
    "size toyland --noise nan": "nan is not a possible Monte Carlo error - --noise - expected a share between 0 and "
    "1 - write 0.02 for 2 %",
    "size toyland --figure arivals": "there is no yearly figure 'arivals' - --figure - expected arrivals or departures "
    "- did you mean arrivals?",
    "size toyland --from 1989": "the year 1989 lies outside the window - --from, --to - expected 1990 to 2004 - give "
    "another year",
    "size toyland --to 2005": "the year 2005 lies outside the window - --from, --to - expected 1990 to 2004 - give "
    "another year",
    "size toyland --from 2003 --to 2002": "the first year, 2003, is later than the last, 2002 - --from, --to - "
    "expected years in order - swap",
    "size toyland --theory push": "no theory named 'push' - --theory - expected one of interplay, open_keys, "
    "push_pull, no_theory - did you mean push_pull?",
    "size nowhere": "there is no case 'nowhere' - case - expected a folder or one of north_korea or toyland - check "
    "the path",
    "show": "missing argument 'RUN' - tumen show - expected what tumen show --help lists - correct the command line",
    "show nosuch": "there is no result here - nosuch - expected a folder with run.json - make one: tumen run CASE -o "
    "DIR",
    "verify nosuch": "there is no result here - nosuch - expected a folder with run.json - make one: tumen run CASE -o "
    "DIR",
    "check nowhere": "there is no case 'nowhere' - case - expected a folder or one of north_korea or toyland - check "
    "the path",
}


@pytest.mark.parametrize("line", GOLDEN)
def test_a_mistake_is_said_in_one_sentence(tumen: Callable, line: str, tmp_path: Path, quick_engine: list) -> None:
    said = tumen(*line.split())
    assert said.err == GOLDEN[line] + "\n"
    assert said.out == ""
    assert said.code == 2
    assert list(tmp_path.iterdir()) == []
    assert quick_engine == []


@pytest.mark.parametrize("line", list(GOLDEN)[1::4])
def test_with_json_the_mistake_is_one_document(tumen: Callable, line: str) -> None:
    said = tumen(*line.split(), "--json")
    problem = said.document["error"]["problems"][0]
    assert said.document["error"]["exit"] == said.code == 2
    assert set(problem) == {"what", "where", "expected", "remedy"}
    sentence = f"{problem['what']} - {problem['where']} - expected {problem['expected']} - {problem['remedy']}"
    assert said.err == sentence + "\n"


def test_places_that_cannot_hold_a_result_are_refused_before_the_run(
    tumen: Callable, tmp_path: Path, quick_engine: list
) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis").write_text("mine")
    for place, words in (
        ("file", f"there is a file in the way - {tmp_path}/file - expected a new folder"),
        ("full", f"the folder is in use and is no result - {tmp_path}/full - expected a new folder, an empty one"),
        ("file/below", "a file stands where a folder is needed"),
        ("/proc/run", "the folder cannot be written"),
    ):
        said = tumen("run", "toyland", "-o", place)
        assert (said.code, said.out) == (2, "")
        assert words in said.err
        assert said.err.count("\n") == 1
    assert quick_engine == []
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "full", "thesis"]


def test_every_problem_of_a_case_gets_its_line(tumen: Callable, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "case.yaml").write_text("schema: 1\nname: broken\nnmae: x\n")
    said = tumen("check", "broken")
    assert said.code == 2
    assert said.err.count("\n") > 1
    assert all(" - expected " in line for line in said.err.splitlines())
    assert "case.yaml:3" in said.err
    as_json = tumen("check", "broken", "--json")
    assert len(as_json.document["error"]["problems"]) == said.err.count("\n")


def test_what_could_move_the_cursor_is_not_printed(tumen: Callable) -> None:
    said = tumen("show", "x\x1b[31m\x07")
    assert "\x1b" not in said.err
    assert "\x07" not in said.err
    assert "x?[31m?" in said.err


def test_a_fault_of_our_own_is_a_sentence_and_with_v_a_trace(tumen: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("a\nplanted fault")

    monkeypatch.setattr(tc, "shipped", fail)
    said = tumen("cases")
    assert said.code == 1
    assert said.err == (
        "a fault of tumen's own (RuntimeError: a planted fault) - tumen - expected this never to be seen - run it "
        "again with -v and report the trace\n"
    )
    monkeypatch.setattr(tc, "load", lambda name: fail())
    assert "Traceback" not in tumen("check", "toyland").err
    assert "Traceback" in tumen("check", "toyland", "-v").err
    assert json.loads(tumen("check", "toyland", "--json").out)["error"]["exit"] == 1


def test_no_memory_is_said(tumen: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tumen import simulate as simulation

    def fail(*world: object, **options: object) -> None:
        raise MemoryError

    monkeypatch.setattr(simulation, "run", fail)
    said = tumen("run", "toyland", "-o", "out", "-q")
    assert said.err == (
        "the memory is full - tumen run - expected room for the people asked for - give fewer --people\n"
    )
    assert said.code == 1
    assert list(tmp_path.iterdir()) == []

"""What each verb does when all is well."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import tumen.case as tc
from tumen.cli import progress
from tumen.result import Result, read, record
from tumen.result import verify as examine

#: of a result of toyland without figures: the case's own, flows, arrivals, record and timings
FILES = len(tc.load("toyland").files) + 4


def test_cases_lists_one_line_each(tumen: Callable) -> None:
    said = tumen("cases")
    assert said.code == 0
    assert [line.split()[0] for line in said.out.splitlines()] == [name for name, _ in tc.shipped()]
    assert tumen("cases", "--json").document["cases"][0].keys() == {"name", "title"}


def test_check_prints_the_register_and_one_document(tumen: Callable) -> None:
    said = tumen("check", "toyland")
    assert (said.code, said.err) == (0, "")
    assert "every rule is kept" in said.out
    assert "Inputs that differ by sex" in said.out
    assert "service_years" in said.out
    assert tumen("check", "toyland", "--json").document["case"] == "toyland"
    assert len(tumen("check", "toyland", "-v").out) > len(said.out)


def test_schema_prints_and_writes(tumen: Callable, tmp_path: Path) -> None:
    assert "case" in tumen("schema", "--json").document
    said = tumen("schema", "-o", "schemas")
    assert said.code == 0
    for line in said.out.splitlines():
        json.loads((tmp_path / line).read_text())
    (tmp_path / "file").write_text("")
    assert tumen("schema", "-o", "file").code == 2


def test_run_writes_a_result_and_prints_the_table(tumen: Callable, tmp_path: Path, quick_engine: list) -> None:
    said = tumen("run", "toyland", "-o", "out")
    assert said.code == 0
    assert said.out.startswith("Arrivals in Southland")
    assert "\n 2004 " in said.out
    assert said.err.startswith("parameters: ")
    assert "Monte Carlo error of yearly arrivals 1999-2004: women 2.0 %" in said.err
    assert examine(tmp_path / "out").sound
    written = read(tmp_path / "out")
    assert written.record["request"]["people"] == quick_engine[0]["people"] == 100_000
    assert "case_folder" not in written.timings, "the case itself is there"
    assert tc.load(tmp_path / "out" / "case").hash == written.record["case"]["hash"]


def test_quiet_says_nothing_and_json_says_one_document(tumen: Callable, quick_engine: list, tmp_path: Path) -> None:
    said = tumen("run", "toyland", "-o", "out", "-q", "--no-figures")
    assert (said.code, said.out, said.err) == (0, "", "")
    said = tumen("run", "toyland", "-o", "out", "--json", "--no-figures")
    assert said.document["folder"] == str(tmp_path / "out")
    assert said.document["record"]["seal"] == read(tmp_path / "out").record["seal"]
    assert said.document["arrivals"][0]["years"] == "1990"
    assert said.document["noise"]["departures"]["rms"].keys() == {"female", "male", "total"}
    assert len(said.document["noise"]["arrivals_by_year"]) == 3 * 15


def test_every_option_reaches_the_world(tumen: Callable, quick_engine: list, tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("title: Mine\nbecause: To try.\nchanges: {onward_direct: {multiply: 0.5, from: 1996-01-01}}\n")
    options = "--without selective_layoff --set fee=500@2000-01 --set closure=fixed_intake --history chronicle"
    said = tumen(
        "run", "toyland", "-o", "out", "-s", str(mine), "-s", "dear_river", *options.split(),
        "--variant", "fee=smugglers", "--people", "77", "--seed", "9", "--threads", "1", "--from", "1995",
        "--to", "2001", "--theory", "push_pull", "-v", "--no-figures",
    )  # fmt: skip
    assert said.code == 0, said.err
    asked, world = quick_engine[0], quick_engine[0]["world"]
    assert (asked["people"], asked["seed"], asked["threads"], asked["events"]) == (77, 9, 1, False)
    assert asked["theory"].name == "push_pull"
    assert world.scenario_names == ("mine", "dear_river", "no_selective_layoff")
    assert (world.closure, world.history, world.used_variants["fee"]) == ("fixed_intake", "chronicle", "smugglers")
    assert world.at("fee", "2000-01") == 500
    assert (world.start, world.months) == (12 * 1990, 12 * 12), "a run begins with the case and ends with --to"
    written = read(tmp_path / "out")
    months = written.flows["month"].values
    assert (str(months[0])[:7], str(months[-1])[:7]) == ("1995-01", "2001-12")
    assert written.record["window"]["start"] == "1995-01"
    assert written.flows["arrivals_se"]["year"].values.tolist() == list(range(1995, 2002))
    assert "changed: fee" in said.err
    again = tumen("verify", "out", "--reproduce")
    assert (again.code, again.out) == (0, f"{FILES} files are as they were written\nrun again: the same to the bit\n")
    assert quick_engine[1]["world"].diff == world.diff, "a scenario from a file is kept in the record"


def test_a_run_past_its_case_says_what_is_assumed(tumen: Callable, quick_engine: list, tmp_path: Path) -> None:
    said = tumen("run", "toyland", "-o", str(tmp_path / "out"), "--to", "2012", "--no-figures")
    assert said.code == 0 and quick_engine[0]["world"].months == 12 * 23
    assert "no later year was estimated or tested" in said.err and "Each input keeps its last dated value" in said.err
    within = tumen("run", "toyland", "-o", str(tmp_path / "in"), "--no-figures")
    assert within.code == 0 and "estimated or tested" not in within.err


def test_full_asks_for_one_row_a_person(tumen: Callable, quick_engine: list) -> None:
    assert tumen("run", "toyland", "-o", "out", "--full", "-q", "--no-figures").code == 0
    assert quick_engine[0]["people"] is None


def test_show_prints_the_table_and_draws(tumen: Callable, quick_engine: list, tmp_path: Path) -> None:
    tumen("run", "toyland", "-o", "out", "-q", "--no-figures")
    said = tumen("show", "out")
    assert said.code == 0, said.err
    assert "Arrivals in Southland" in said.out
    assert "12 figure files are in out/figures" in said.err
    words = (
        "Monte Carlo error of yearly arrivals 1999-2004: women 2.0 %, men 2.0 %, at most 2.0 % (for fixed parameters)\n"
    )
    assert words in said.err
    assert examine(tmp_path / "out").sound
    assert len(list((tmp_path / "out" / "figures").glob("*.svg"))) == 6
    assert tumen("show", "out", "--json").document["left_out"] == []


def test_a_result_is_shown_and_made_again_from_itself(tumen: Callable, quick_engine: list, tmp_path: Path) -> None:
    mine = Path(shutil.copytree(tc.load("toyland").folder, tmp_path / "mine"))
    (mine / "sources.bib").write_text((mine / "sources.bib").read_text() + "\na remark\n")
    assert tumen("run", "mine", "-o", "out", "-q", "--no-figures").code == 0
    shutil.rmtree(mine)
    (tmp_path / "far").mkdir()
    (tmp_path / "out").rename(tmp_path / "far" / "away")
    assert tumen("show", "far/away", "--json").document["left_out"] == []
    again = tumen("verify", "far/away", "--reproduce")
    assert (again.code, again.out.splitlines()[-1]) == (0, "run again: the same to the bit"), again.err
    assert f"{FILES + 13} files are as they were written" in again.out
    case = tmp_path / "far" / "away" / "case" / "case.yaml"
    case.write_text(case.read_text() + "# mine\n")
    assert tumen("verify", "far/away").out == "case/case.yaml: changed\n"
    assert "needs the case the result was made from" in tumen("show", "far/away").err


def test_what_cannot_be_drawn_again_stays(tumen: Callable, quick_engine: list, tmp_path: Path) -> None:
    """A result without a copy of its case, as older ones are, whose case has changed since."""
    mine = Path(shutil.copytree(tc.load("toyland").folder, tmp_path / "mine"))
    (mine / "sources.bib").write_text((mine / "sources.bib").read_text() + "\na remark\n")
    tumen("run", "mine", "-o", "new", "-q", "--no-figures")
    old = read(tmp_path / "new")
    timings = {**old.timings, "case_folder": "../mine"}
    Result(old.flows, old.record, old.observed, timings).save(tmp_path / "out")
    assert tumen("show", "out", "--json").document["left_out"] == []
    before = {path.name: path.read_bytes() for path in (tmp_path / "out" / "figures").iterdir()}
    mine.rename(tmp_path / "moved")
    said = tumen("show", "out")
    assert said.code == 0
    assert "the case 'toyland' has changed since this run" in said.err
    assert "figure policies is left out: it needs the case the result was made from" in said.err
    assert "figures/policies.svg was drawn before and stays" in said.err
    assert (tmp_path / "out" / "figures" / "policies.svg").read_bytes() == before["policies.svg"]
    assert examine(tmp_path / "out").sound
    assert "8 figure files" in said.err
    assert "12 figure files" in tumen("show", "out", "--case", "moved").err
    said = tumen("show", "out", "--case", "nowhere")
    assert (said.code, said.err[:29]) == (2, "there is no case 'nowhere' - ")


def test_show_says_first_what_a_result_is_of(tumen: Callable, quick_engine: list, tmp_path: Path) -> None:
    tumen("run", "toyland", "-o", "out", "-q", "--no-figures", "-s", "dear_river", "--people", "2000", "--seed", "7")
    said = tumen("show", "out", "--no-figures")
    assert said.out.splitlines()[:6] == [
        f"Case: Toyland, an invented country (toyland, {tc.load('toyland').hash[:8]}), 1990-01 to 2016-12",
        "Changed: dear_river",
        "Theory: interplay",
        "Parameters as the case states them",
        "Sample: 2,000 agents, seed 7",
        "",
    ]
    assert not (tmp_path / "out" / "figures").exists()
    assert "figures" not in tumen("show", "out", "--no-figures", "--json").document
    (tmp_path / "out" / "figures").write_text("mine")
    said = tumen("show", "out")
    assert said.code == 2 and said.out.startswith("Case: "), "printed before anything is drawn"
    assert "figures cannot be kept there" in said.err


def test_the_users_own_files_are_never_deleted(tumen: Callable, quick_engine: list, tmp_path: Path) -> None:
    tumen("run", "toyland", "-o", "out", "-q")
    figures = tmp_path / "out" / "figures"
    (figures / "mine.svg").write_text("mine")
    (figures / "abroad.svg").write_text("edited")
    said = tumen("show", "out")
    assert (said.code, "figures/abroad.svg is not the one that was drawn and stays as it is" in said.err) == (0, True)
    assert ((figures / "mine.svg").read_text(), (figures / "abroad.svg").read_text()) == ("mine", "edited")
    assert tumen("verify", "out").out == "figures/abroad.svg: changed\nfigures/mine.svg: added\n"
    asked = len(quick_engine)
    said = tumen("run", "toyland", "-o", "out", "-q")
    assert (said.code, len(quick_engine)) == (2, asked), "refused before the work"
    assert "also holds 'figures/mine.svg', which replacing it would delete" in said.err
    (figures / "mine.svg").unlink()
    assert "'figures/abroad.svg' was changed after the result was written" in tumen("run", "toyland", "-o", "out").err
    (figures / "abroad.svg").unlink()
    assert tumen("run", "toyland", "-o", "out", "-q").code == 0


def test_an_interrupt_while_figures_are_drawn_keeps_the_result(
    tumen: Callable, quick_engine: list, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tumen.plots import gallery

    def interrupted(*details: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(gallery, "draw", interrupted)
    said = tumen("run", "toyland", "-o", "out", "-q")
    assert said.code == 130
    assert said.err.startswith("interrupted while the figures were drawn: the result is kept - ")
    assert said.err.endswith(f"draw them: tumen show {tmp_path / 'out'}\n")
    assert examine(tmp_path / "out").sound
    monkeypatch.undo()


def test_verify_names_what_changed(tumen: Callable, quick_engine: list, tmp_path: Path) -> None:
    tumen("run", "toyland", "-o", "out", "-q", "--no-figures")
    assert tumen("verify", "out").out == f"{FILES} files are as they were written\n"
    content = bytearray((tmp_path / "out" / "flows.nc").read_bytes())
    content[9999] ^= 4
    (tmp_path / "out" / "flows.nc").write_bytes(content)
    said = tumen("verify", "out", "--reproduce")
    assert (said.code, said.out) == (1, "flows.nc: changed\n")
    assert said.err == "not run again: the result is not what was written\n"
    assert tumen("verify", "out", "--json").document["findings"] == [{"file": "flows.nc", "fault": "changed"}]
    assert tumen("show", "out").code == 2


def test_verify_says_when_it_comes_out_otherwise(
    tumen: Callable, quick_engine: list, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from tumen import simulate as simulation

    tumen("run", "toyland", "-o", "out", "-q", "--no-figures")
    same = simulation.run

    def otherwise(world: object, theory: object, **options: object) -> Result:
        result = same(world, theory, **options)  # type: ignore[arg-type]
        flows = result.flows.copy(deep=True)
        flows["arrivals"].values[3, 0, 0, 0] += 1e-3
        return Result(flows, result.record, result.observed)

    monkeypatch.setattr(simulation, "run", otherwise)
    said = tumen("verify", "out", "--reproduce")
    assert said.code == 1
    assert "run again: it differs in arrivals (" in said.out
    document = tumen("verify", "out", "--reproduce", "--json").document["reproduced"]
    assert list(document["differ"]) == ["arrivals"]


def test_other_versions_need_only_agree_to_a_millionth(tumen: Callable, quick_engine: list, tmp_path: Path) -> None:
    tumen("run", "toyland", "-o", "out", "-q", "--no-figures")
    old = read(tmp_path / "out")
    flows = old.flows.copy(deep=True)
    flows["arrivals"].values[:] *= 1 + 1e-9
    Result(flows, {**old.record, "versions": {"numpy": "1.0"}}, old.observed, old.timings).save(tmp_path / "out")
    said = tumen("verify", "out", "--reproduce")
    assert said.code == 0
    assert "on other versions or another processor: the same within 1.0e-09" in said.out
    assert not np.array_equal(flows["arrivals"], old.flows["arrivals"])


def test_a_newer_result_is_refused_by_every_verb(tumen: Callable, quick_engine: list, tmp_path: Path) -> None:
    tumen("run", "toyland", "-o", "out", "-q", "--no-figures")
    path = tmp_path / "out" / "run.json"
    path.write_bytes(record.sealed({**json.loads(path.read_text()), "schema": 9}))
    for verb in ("show", "verify"):
        said = tumen(verb, "out")
        assert said.code == 2
        assert "the result was written by a newer tumen (schema 9)" in said.err


def test_a_log_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with progress.steps_run(quiet=False) as step:
        assert step is not None
        for month in range(300):
            now[0] += 60.0 if month == 0 else 0.1  # the first month waits for the compiler
            step(month + 1, 300)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert lines[0] == "2 of 300 months, 10.0 a second, 30 s left"
    assert all(line.endswith(" s left") for line in lines)
    with progress.steps_run(quiet=True) as step:
        assert step is None

"""Random edits of shipped cases: each broken one is caught in its file and line, no harmless one raises an alarm."""

import random
import re
import time

import pytest

from tumen.case import CaseError, load
from tumen.case.bibliography import read_sources
from tumen.case.documents import read_yaml
from tumen.case.population import POPULATION_COLUMNS
from tumen.case.tables import read_table
from tumen.errors import Issues
from validation.edits import broken, harmless
from validation.promises import bad_files, broken_rules, no_code

from .conftest import CASES, Workshop

SHIPPED = [name for name in ("toyland", "north_korea") if (CASES / name / "case.yaml").is_file()]
FILES = ["case.yaml", "inputs/keys.yaml", "population.csv", "targets/arrivals.csv", "sources.bib", "priors.yaml"]


@pytest.mark.parametrize(("name", "seed"), [(name, seed) for seed, name in enumerate((*SHIPPED, "toyland"), start=1)])
def test_fifty_broken_edits_are_caught_in_their_line(name, seed, tmp_path):
    workshop = Workshop(name, tmp_path)
    chosen = broken(workshop.folder, random.Random(seed))[:50]
    assert len(chosen) == 50
    missed = []
    for edit in chosen:
        edit.apply(workshop.folder)
        problems = workshop.problems()
        if not any(re.search(rf" - {re.escape(edit.file)}:{edit.line}(, | - )", problem) for problem in problems):
            missed.append((edit, problems[:3]))
        workshop.restore(edit.file)
    assert missed == []
    assert workshop.problems() == [], "the last edit was undone"


def test_every_kind_of_broken_edit_is_caught(tmp_path):
    workshop = Workshop("toyland", tmp_path)
    kinds = {edit.kind: edit for edit in broken(workshop.folder, random.Random(3))}
    assert len(kinds) > 25
    for edit in kinds.values():
        edit.apply(workshop.folder)
        problems = workshop.problems()
        assert any(f" - {edit.file}:{edit.line}" in problem for problem in problems), (edit, problems[:3])
        workshop.restore(edit.file)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_deleted_source_is_missed_wherever_it_is_cited(name, tmp_path):
    workshop = Workshop(name, tmp_path)
    bib = (workshop.folder / "sources.bib").read_text(encoding="utf-8")
    keys = sorted(read_sources("sources.bib", bib.encode(), Issues()))
    for key in random.Random(4).sample(keys, min(8, len(keys))):
        begin = bib.index(f"{{{key},")
        begin = bib.rindex("@", 0, begin)
        end = bib.find("\n@", begin + 1)
        workshop.write("sources.bib", bib[:begin] + (bib[end + 1 :] if end >= 0 else ""))
        problems = workshop.problems()
        for file in sorted((workshop.folder / "inputs").glob("*.yaml")):
            for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), start=1):
                if re.search(rf"source: (\[[^]]*)?\b{re.escape(key)}\b", line):
                    where = f"unknown source '{key}' - inputs/{file.name}:{number},"
                    assert any(problem.startswith(where) for problem in problems), where


def problems_of_harmless_edits(name, seed, tmp_path):
    rng = random.Random(seed)
    workshop = Workshop(name, tmp_path)
    used: set[tuple[str, int]] = set()
    for edit in harmless(workshop.folder, rng)[:40]:
        if (edit.file, edit.line) not in used:
            used.add((edit.file, edit.line))
            edit.apply(workshop.folder)
    assert used, "something was edited"
    return workshop.problems()


def test_random_edits_of_files_end_in_an_exit_code_and_a_sentence():
    row = bad_files.check(bad_files.SMALL)
    assert row.failed == 0, row.line
    assert row.tried == bad_files.SMALL.tries


def test_forty_rules_broken_are_caught_where_they_are_broken():
    row = broken_rules.check(broken_rules.SMALL)
    assert row.failed == 0, row.line
    assert "40 rules broken" in row.figure


def test_no_code_runs_from_data():
    row = no_code.check(no_code.SMALL)
    assert row.failed == 0, row.line
    assert row.tried > 200


@pytest.mark.parametrize("seed", range(30))
def test_no_false_alarm_on_a_valid_case(seed, tmp_path):
    assert problems_of_harmless_edits("toyland", seed, tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_no_false_alarm_on_hundreds_of_valid_cases(name, tmp_path):
    for seed in range(500 if name == "toyland" else 50):
        assert problems_of_harmless_edits(name, 1000 + seed, tmp_path / str(seed)) == []


MUTATIONS = [
    b"",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"{",
    b"}",
    b"[",
    b":",
    b"-",
    b"\n",
    b"\t",
    b"'",
    b'"',
    b"&a ",
    b"*a ",
]
MUTATIONS += [
    b"!!x ",
    b"1e400",
    b".nan",
    b"\xe2\x80\xae",
    b"9" * 400,
    b"? ",
    b"---\n",
    b"%",
    b"#",
    b",",
    b"@",
    b"|\n",
    b"<<: ",
]


def mutated(raw, rng):
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at = rng.randrange(len(raw) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            raw = raw[:at] + rng.choice(MUTATIONS) + raw[at:]
        elif kind == 1:
            raw = raw[:at] + raw[at + rng.randrange(1, 40) :]
        elif kind == 2:
            raw = raw[:at] + bytes([rng.randrange(256)]) + raw[at + 1 :]
        else:
            end = min(len(raw), at + rng.randrange(1, 200))
            raw = raw[:end] + raw[at:end] + raw[end:]
    return raw


@pytest.mark.parametrize("file", FILES)
def test_mutated_bytes_give_a_case_or_sentences_and_never_a_trace(file, tmp_path):
    workshop = Workshop("toyland", tmp_path)
    rng = random.Random(f"bytes of {file}")
    raw = (workshop.folder / file).read_bytes()
    refused = 0
    for _ in range(40):
        workshop.write(file, mutated(raw, rng))
        begin = time.process_time()
        try:
            load(workshop.folder)
        except CaseError as error:
            refused += 1
            assert all(
                problem.what and problem.where and problem.expected and problem.remedy for problem in error.problems
            )
            assert all(line.isprintable() for line in str(error).split("\n"))
        assert time.process_time() - begin < 2
    assert refused > 10, "mutations that break nothing test nothing"


@pytest.mark.parametrize("seed", range(20))
def test_readers_of_nonsense_raise_nothing_but_a_case_error(seed):
    rng = random.Random(seed)
    letters = "ab:-[]{}'\"&*!%@#,|>?\n \t0123456789.e+~\\é\0=\r"
    for _ in range(100):
        raw = "".join(rng.choice(letters) for _ in range(rng.randrange(120))).encode()
        for read in (
            lambda raw: read_yaml("x.yaml", raw),
            lambda raw: read_table("x.csv", raw, POPULATION_COLUMNS, Issues()),
            lambda raw: read_sources("x.bib", raw, Issues()),
        ):
            try:
                read(raw)
            except CaseError as error:
                assert str(error).count(" - ") >= 3

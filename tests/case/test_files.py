"""What may lie in a case folder: encodings, sizes, depths, names, links; each refusal a sentence, none a trace."""

import os
import time

import pytest

from tumen.case import CaseError, load


def sentences(error: CaseError) -> list[str]:
    return str(error).split("\n")


def test_a_byte_order_mark_is_passed_over(workshop):
    for file in ("case.yaml", "population.csv", "inputs/keys.yaml", "sources.bib"):
        workshop.write(file, b"\xef\xbb\xbf" + (workshop.folder / file).read_bytes())
    assert workshop.problems() == []


def test_windows_line_ends_are_read(workshop):
    for file in ("case.yaml", "population.csv", "inputs/keys.yaml", "sources.bib"):
        workshop.write(file, (workshop.folder / file).read_bytes().replace(b"\n", b"\r\n"))
    assert workshop.problems() == []


BYTES = [
    ("UTF-16", "case.yaml", lambda text: text.decode().encode("utf-16"), "the file is saved as UTF-16 - case.yaml:1 -"),
    ("Latin-1", "case.yaml", lambda text: b"# \xe9t\xe9\n" + text, "byte 0xe9 is not UTF-8 - case.yaml:1 -"),
    (
        "NUL",
        "inputs/keys.yaml",
        lambda text: text.replace(b"unit: usd", b"unit: u\0sd"),
        "character 0x0000 is in the text - inputs/keys.yaml:19 -",
    ),
    (
        "NUL in a table",
        "population.csv",
        lambda text: text.replace(b"1995,male,20-24", b"1995,male\0,20-24"),
        "character 0x0000 is in the text - population.csv:57 -",
    ),
    (
        "escape",
        "sources.bib",
        lambda text: text.replace(b"Laws in force", b"Laws \x1b[2J in force"),
        "character 0x001b is in the text - sources.bib:21 -",
    ),
    ("too many bytes", "inputs/keys.yaml", lambda text: text + b"#\n" * (1 << 19), "the file has 1050"),
    (
        "a very long line",
        "inputs/keys.yaml",
        lambda text: text + b"# " + b"x" * 20_000 + b"\n",
        "the line has 20002 characters - inputs/keys.yaml:",
    ),
    (
        "depth",
        "scenarios/sex_blind.yaml",
        lambda text: text + b"changes: " + b"[" * 3000,
        "more than 20 levels inside each other - scenarios/sex_blind.yaml:4 -",
    ),
    (
        "depth in a flow mapping",
        "scenarios/sex_blind.yaml",
        lambda text: text + b"changes: " + b"{a: " * 2000,
        "more than 20 levels inside each other - scenarios/sex_blind.yaml:4 -",
    ),
    (
        "too many values",
        "scenarios/sex_blind.yaml",
        lambda text: text + b"changes:\n" + b"  - [1, 2, 3, 4, 5, 6, 7, 8]\n" * 2000,
        "more than 10000 values - scenarios/sex_blind.yaml:",
    ),
    ("nothing at all", "inputs/network.yaml", lambda text: b"", "no inputs - inputs/network.yaml:1 -"),
    ("nothing but comment", "case.yaml", lambda text: b"# nothing\n", "nothing is given where a mapping"),
    ("an empty table", "population.csv", lambda text: b"", "the file is empty - population.csv:1 -"),
    (
        "a header alone",
        "population.csv",
        lambda text: text[: text.index(b"\n")],
        "the table has no rows - population.csv:1",
    ),
    ("an open quote", "population.csv", lambda text: text + b'1995,"male', "the file is not valid CSV: "),
    ("a huge cell", "population.csv", lambda text: text + b"1" * 9000 + b",male,0-4,1,YEARBOOK,derived\n", "'111"),
    ("tags without end", "scenarios/sex_blind.yaml", lambda text: text + b"x: " + b"!" * 9000, "a tag '"),
    ("a list for a case", "case.yaml", lambda text: b"- 1\n", "a list is given where a mapping (key: value) is needed"),
    ("a number for targets", "targets.yaml", lambda text: b"7\n", "number '7' is given where a mapping"),
    ("text for priors", "priors.yaml", lambda text: b"none\n", "no list of priors - priors.yaml:1 -"),
]


@pytest.mark.parametrize(("file", "change", "said"), [row[1:] for row in BYTES], ids=[row[0] for row in BYTES])
def test_bytes_that_are_no_case_are_refused_in_two_seconds(file, change, said, workshop):
    workshop.write(file, change((workshop.folder / file).read_bytes()))
    begin = time.process_time()
    problems = workshop.problems()
    assert time.process_time() - begin < 2
    assert problems, "nothing was said"
    assert problems[0].startswith(said)
    assert all(problem.isprintable() for problem in problems)


LARGE = {
    "entries of a bibliography": ("sources.bib", b"".join(b"@a{b%d,title={x}}\n" % number for number in range(40_000))),
    "entries that are not closed": ("sources.bib", b"@a{b,t={\n" * 90_000),
    "signs": ("sources.bib", (b"@" * 9_999 + b"\n") * 90),
    "unknown inputs": ("inputs/keys.yaml", b"".join(b"key%d: 1\n" % number for number in range(90_000))),
    "unknown keys": ("targets.yaml", b"".join(b"k%d: 1\n" % number for number in range(4_000))),
    "empty lines": ("population.csv", b"\n" * 1_000_000),
    "rows": ("population.csv", b"".join(b"%d,male,0-4,1,NO%d,seen\n" % (1800 + i % 400, i) for i in range(30_000))),
    "quoted words": ("case.yaml", (b'x: "' + b"a " * 4_000 + b'"\n') * 60),
    "comments": ("case.yaml", b"#\n" * 500_000),
}


@pytest.mark.parametrize("kind", LARGE)
def test_a_megabyte_of_anything_is_judged_in_two_seconds(kind, workshop):
    file, raw = LARGE[kind]
    workshop.write(file, (workshop.folder / file).read_bytes() + raw)
    begin = time.process_time()
    problems = workshop.problems()
    assert time.process_time() - begin < 2
    assert len(problems) <= 45


REQUIRED = ["case.yaml", "population.csv", "vital_rates.csv", "targets.yaml", "sources.bib", "DATA_LICENSES.md"]


@pytest.mark.parametrize("file", REQUIRED)
def test_a_missing_file_is_named(file, workshop):
    (workshop.folder / file).unlink()
    assert f"file {file} is missing - {file} - expected a file {file} - add the file" in workshop.problems()


def test_a_file_that_may_be_missing(workshop):
    (workshop.folder / "priors.yaml").unlink()
    assert workshop.problems() == []


def test_posteriors_lie_beside_the_case_and_are_no_part_of_it(workshop):
    without = workshop.load()
    workshop.write("posteriors/interplay.nc", b"not read")
    workshop.write("posteriors/.interplay.nc.part-1", b"scrap")
    beside = workshop.load()
    assert (beside.hash, beside.simulation_hash, beside.files) == (without.hash, without.simulation_hash, without.files)


@pytest.mark.parametrize("name", ["interplay.zarr", "Interplay.nc", "a b.nc", "interplay.yaml", "\udcff.nc"])
def test_a_posterior_that_would_not_be_found_is_refused(name, workshop):
    (workshop.folder / "posteriors").mkdir(exist_ok=True)
    (workshop.folder / "posteriors" / name).write_bytes(b"x")
    problems = workshop.problems()
    assert len(problems) == 1
    assert problems[0].startswith("a file that is not a posterior - posteriors/")
    assert problems[0].endswith(" - expected THEORY.nc in small letters - rename it or take it out")
    assert problems[0].isprintable()


def test_no_inputs_at_all(workshop):
    for path in (workshop.folder / "inputs").iterdir():
        path.unlink()
    (workshop.folder / "inputs").rmdir()
    problems = workshop.problems()
    assert problems == ["there are no inputs - inputs - expected inputs/*.yaml - add the folder and its files"]


def test_a_misspelt_file_is_not_passed_over_in_silence(workshop):
    (workshop.folder / "priors.yaml").rename(workshop.folder / "prior.yaml")
    (workshop.folder / "scenarios/sex_blind.yaml").rename(workshop.folder / "scenarios/sex_blind.yml")
    assert workshop.problems() == [
        "a file that is not read - prior.yaml - expected case.yaml, population.csv, vital_rates.csv, targets.yaml, "
        "sources.bib, DATA_LICENSES.md, priors.yaml - did you mean priors.yaml?",
        "a file that is not read - scenarios/sex_blind.yml - expected NAME.yaml in small letters - "
        "rename it or take it out",
    ]


@pytest.mark.parametrize("name", ["a b.yaml", "\x1b[2J.yaml", "-o.yaml", "=1+1.yaml", "<b>.yaml", "\udcff.yaml"])
def test_scenarios_have_plain_names(name, workshop):
    (workshop.folder / "scenarios" / name).write_bytes(b"title: t\nbecause: b\nclosure: {1990-01-01: fixed_intake}\n")
    problems = workshop.problems()
    assert len(problems) == 1
    assert problems[0].startswith("a file that is not read - scenarios/")
    assert problems[0].isprintable()


def test_scraps_of_editors_are_passed_over(workshop):
    for scrap in (".DS_Store", "case.yaml~", "inputs/.keys.yaml.swp", "inputs/#keys.yaml#", "README.md"):
        workshop.write(scrap, "scrap")
    assert workshop.problems() == []


@pytest.mark.parametrize("file", ["case.yaml", "population.csv", "inputs/keys.yaml", "scenarios/sex_blind.yaml"])
def test_a_link_out_of_the_folder_is_refused(file, workshop, tmp_path):
    outside = tmp_path / "outside"
    outside.write_bytes((workshop.folder / file).read_bytes())
    (workshop.folder / file).unlink()
    (workshop.folder / file).symlink_to(outside)
    assert (
        f"'{file}' leads out of the case's folder - {file} - expected a file inside it - copy the file into the case"
        in workshop.problems()
    )


def test_a_linked_folder_of_inputs_is_refused(workshop, tmp_path):
    (workshop.folder / "inputs").rename(tmp_path / "inputs")
    (workshop.folder / "inputs").symlink_to(tmp_path / "inputs")
    assert workshop.problems() == [
        "inputs is not a folder of the case - inputs - expected a folder inputs - replace it by a folder"
    ]


def test_a_link_within_the_folder_is_read(workshop):
    (workshop.folder / "sources.bib").rename(workshop.folder / "notes.txt")
    (workshop.folder / "sources.bib").symlink_to(workshop.folder / "notes.txt")
    assert workshop.problems() == []


def test_a_link_to_itself_is_refused(workshop):
    (workshop.folder / "sources.bib").unlink()
    (workshop.folder / "sources.bib").symlink_to(workshop.folder / "sources.bib")
    assert any(" - sources.bib - " in problem for problem in workshop.problems())


def test_a_folder_or_pipe_in_place_of_a_file_is_refused(workshop):
    (workshop.folder / "sources.bib").unlink()
    (workshop.folder / "sources.bib").mkdir()
    (workshop.folder / "targets.yaml").unlink()
    os.mkfifo(workshop.folder / "targets.yaml")
    problems = workshop.problems()
    assert "sources.bib is not a file - sources.bib - expected an ordinary file - replace it by a file" in problems
    assert "targets.yaml is not a file - targets.yaml - expected an ordinary file - replace it by a file" in problems


@pytest.mark.parametrize(
    "name",
    ["../arrivals.csv", "/etc/passwd", "targets/../../x.csv", "..\\x.csv", "C:x.csv", "", "targets\\x.csv", "..", "."],
)
def test_a_target_file_stays_inside(name, workshop):
    workshop.edit("targets.yaml", "file: targets/profiles.csv", f"file: '{name}'")
    problems = workshop.problems()
    assert problems
    assert all("targets.yaml:8" in problem or problem.endswith("replace it by a file") for problem in problems)


@pytest.mark.parametrize(
    "name", ["", "nowhere", "toylnd", "../toyland", "/nowhere", "a\0b", "x" * 5000, "case.yaml", "toyland/case.yaml"]
)
def test_a_case_that_is_not_there_is_a_sentence(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CaseError) as caught:
        load(name)
    assert len(sentences(caught.value)) == 1


def test_a_misspelt_name_is_corrected():
    with pytest.raises(CaseError, match="did you mean toyland\\?"):
        load("toylnd")


def test_an_unreadable_file_is_a_sentence(workshop):
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    (workshop.folder / "sources.bib").chmod(0)
    assert any("the file cannot be read: Permission denied - sources.bib" in text for text in workshop.problems())

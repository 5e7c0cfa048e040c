"""One broken rule at a time: the loader says what is wrong, in which file and line, and what to type."""

from pathlib import Path
from typing import Any

import pytest

from tumen.case import VOCABULARY, CaseError
from tumen.case.documents import read_yaml

_FILE = Path(__file__).with_name("refusals.yaml")
REFUSALS: list[dict[str, Any]] = read_yaml(_FILE.name, _FILE.read_bytes()).data


@pytest.mark.parametrize("refusal", REFUSALS, ids=[refusal["name"] for refusal in REFUSALS])
def test_a_broken_rule_is_named_with_its_place_and_remedy(refusal, workshop):
    workshop.edit(refusal["file"], refusal["old"], refusal["new"])
    assert workshop.problems() == refusal["says"]


def test_the_unbroken_case_is_accepted(workshop):
    assert workshop.problems() == []


def test_an_input_left_out_is_missed_by_name(workshop):
    text = (workshop.folder / "inputs/network.yaml").read_text()
    begin = text.index("\nhomophily:")
    workshop.write("inputs/network.yaml", text[:begin] + text[text.index("\n\n", begin) :])
    title = VOCABULARY["homophily"].title
    assert workshop.problems() == [
        f"input homophily is missing - inputs - expected every input once: {title} - "
        "add homophily: {unit: share, values: ...} to a file in inputs/"
    ]


def without_lines(workshop, file, beginning):
    lines = (workshop.folder / file).read_text().split("\n")
    workshop.write(file, "\n".join(line for line in lines if not line.startswith(beginning)))


@pytest.mark.parametrize("period", ["1990", "1995", "2000"])
def test_a_period_without_death_rates_is_a_gap(period, workshop):
    without_lines(workshop, "vital_rates.csv", f"death_rate,{period}")
    assert workshop.problems() == [
        f"no death rates from the middle of {period} - vital_rates.csv - "
        "expected periods without gaps from 1990 to 2005 - add the period"
    ]


def test_the_first_stock_covers_the_start(workshop):
    without_lines(workshop, "population.csv", "1990")
    assert workshop.problems() == [
        "the first stock is of 1995 - population.csv:2, year - expected a stock of 1990 or earlier - add it"
    ]


def test_a_sex_without_stocks_is_missed(workshop):
    without_lines(workshop, "population.csv", "1995,male")
    problems = workshop.problems()
    assert len(problems) == 1
    assert problems[0].startswith("1995 has no male group 0-4 (and 16 more) - population.csv - ")


def test_mistakes_in_several_files_are_told_at_once(workshop):
    lines = {
        "inputs/keys.yaml": workshop.edit("inputs/keys.yaml", "between: log\n  policy", "between: cubic\n  policy"),
        "inputs/work.yaml": workshop.edit("inputs/work.yaml", "1984-08-01", "1984-08-32"),
        "population.csv": workshop.edit("population.csv", "1995,male,20-24,", "1995,man,20-24,"),
        "targets/arrivals.csv": workshop.edit("targets/arrivals.csv", "2003,2003,female,175", "2003,2003,female,x"),
        "case.yaml": workshop.edit("case.yaml", "closure: fixed_strength", "closure: C"),
        "sources.bib": workshop.edit("sources.bib", "title = {Heights at call-up}", "titel = {Heights at call-up}"),
    }
    problems = workshop.problems()
    assert len(problems) == len(lines)
    for file, line in lines.items():
        # The title stands a line below the key under which its source is named.
        assert any(f" - {file}:{line - (file == 'sources.bib')}, " in problem for problem in problems), file


def test_a_file_of_garbage_is_cut_short(workshop):
    text = (workshop.folder / "population.csv").read_text()
    workshop.write("population.csv", text.replace(",female,", ",lady,"))
    problems = workshop.problems()
    assert len(problems) == 41
    assert problems[-1] == (
        "the file was left after 40 problems - population.csv - expected a file with fewer - "
        "correct the ones above first"
    )


def test_an_error_names_the_parts_of_its_first_problem(workshop):
    workshop.edit("case.yaml", "closure: fixed_strength", "closure: C")
    with pytest.raises(CaseError) as caught:
        workshop.load()
    error = caught.value
    assert (error.what, error.where) == ("closure is 'C'", "case.yaml:10, closure")
    assert (error.expected, error.remedy) == ("one of fixed_intake or fixed_strength", "write one of these")
    assert (
        str(error) == "closure is 'C' - case.yaml:10, closure - expected one of fixed_intake or fixed_strength - "
        "write one of these"
    )


@pytest.mark.parametrize("hostile", ["\x1b[2J", "<script>alert(1)</script>" * 20, "a\nb", "‮evil"])
def test_text_from_a_file_cannot_break_the_line_it_is_told_in(hostile, workshop):
    workshop.write(
        "case.yaml", (workshop.folder / "case.yaml").read_text().replace("closure: fixed_strength", "closure: PLACE")
    )
    quoted = hostile.replace("\x1b", "\\e").replace("\n", "\\n")
    workshop.edit("case.yaml", "closure: PLACE", f'closure: "{quoted}"')
    problems = workshop.problems()
    assert len(problems) == 1
    assert problems[0].isprintable()
    assert len(problems[0]) < 250

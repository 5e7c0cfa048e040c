"""A loaded case: its parts, its hash, and how long it takes."""

import random
import shutil
import subprocess
import sys
import time
from copy import deepcopy

import pytest

from tumen.case import POLICIES, VOCABULARY, Case, CaseError, load, shipped
from tumen.case.error_models import AtLeast, Binomial
from tumen.case.folder import digest, read_folder
from tumen.errors import Issues

from .conftest import CASES


def test_shipped_cases_are_listed_with_their_titles():
    assert ("toyland", "Toyland, an invented country") in shipped()


def test_a_closure_may_have_the_letter_of_older_files(workshop):
    workshop.edit("case.yaml", "closure: fixed_strength", "closure: B")
    assert load(workshop.folder).world(settings=["closure=A@1995"]).closure == (
        "fixed_strength, fixed_intake from 1995-01"
    )


def test_the_parts_of_a_case(toyland):
    assert (toyland.name, toyland.closure, toyland.destination) == ("toyland", "fixed_strength", "Southland")
    assert (toyland.start, toyland.end, toyland.months) == (12 * 1990, 12 * 2004 + 11, 180)
    assert toyland.month("1990-01") == toyland.start == toyland.month("1990-01-31")
    assert [province.key for province in toyland.provinces] == ["riverbank", "midland", "seaside"]
    assert toyland.provinces[2].source == ("CENSUS1989", "GAZETTEER")
    assert sum(social_class.share for social_class in toyland.classes) == pytest.approx(1)
    reference = toyland.reference
    assert (reference.sex, reference.age, reference.province, reference.social_class) == (
        "female",
        30,
        "riverbank",
        "plain",
    )
    assert (reference.status, reference.month, reference.capital) == ("free", 24000, 100)
    assert toyland.histories["chronicle"].variants["service_years"] == "chronicle"
    assert list(toyland.inputs) == list(VOCABULARY)
    assert toyland.sources["NEWSPAPERS"].title == "Newspapers of Southland, 1990 to 2004"
    assert toyland.sources["CENSUS1989"].fields["author"] == "Counting House"
    assert toyland.arrivals_error == {"total": "negative_binomial", "women": "beta_binomial"}


def test_an_input_knows_where_its_numbers_come_from(toyland):
    given = toyland.inputs["service_years"]
    assert (given.unit, given.by, given.policy, given.low, given.high) == ("year", "sex", "military_first", 0, 15)
    assert given.base_weight == pytest.approx(0.6)
    row = given.values[1]
    assert (row.date, row.month, row.value) == ("1993-04-01", 23919, (3, 8))
    assert (row.source, row.status) == (("LAWBOOK", "GAZETTE93"), "seen")
    assert row.where == "inputs/conscription.yaml:9, service_years.values.1993-04-01"
    assert given.policy in POLICIES
    assert toyland.inputs["openness"].title == VOCABULARY["openness"].title


def test_tables_come_as_frames(toyland):
    population = toyland.population
    assert list(population.columns) == ["year", "sex", "age_group", "persons", "source", "status"]
    assert population[population.year == 1990].persons.sum() == pytest.approx(200_000, rel=0.01)
    assert set(toyland.vital_rates.rate) == {"births", "sex_ratio_at_birth", "death_rate", "deaths"}
    arrivals = toyland.arrivals[toyland.arrivals.role == "fit"]
    assert arrivals[arrivals.sex == "total"].persons.iloc[-1] == 325
    assert toyland.profiles.error.iloc[0] == Binomial(400)
    assert toyland.profiles.error.iloc[-1] == AtLeast(0.2)


def test_priors_are_read_with_their_numbers(toyland):
    prior = next(prior for prior in toyland.priors if prior.inputs == ("onward_later",))
    assert prior.name == "onward_later.female@1980-01-01"
    assert (prior.unit, prior.distribution.name) == ("per year", "lognormal")
    assert prior.distribution.numbers == {"median": 0.25, "sigma": 0.6}
    assert str(prior.distribution) == "lognormal(median 0.25, sigma 0.6)"
    assert prior.source == ("SURVEY2003",)
    assert {prior.distribution.name for prior in toyland.priors} == {
        "normal",
        "lognormal",
        "half_normal",
        "beta",
        "logit_normal",
        "uniform",
    }


def test_the_same_bytes_have_the_same_hash_wherever_they_lie(toyland, workshop, tmp_path):
    assert workshop.load().hash == toyland.hash
    shutil.copytree(workshop.folder, tmp_path / "elsewhere")
    assert load(tmp_path / "elsewhere").hash == toyland.hash


def test_any_changed_byte_of_any_file_changes_the_hash(workshop, toyland):
    rng = random.Random(5)
    seen = {toyland.hash}
    for file in toyland.files:
        raw = (workshop.folder / file).read_bytes()
        for _ in range(3):
            at = rng.randrange(len(raw))
            workshop.write(file, raw[:at] + bytes([raw[at] ^ 1 << rng.randrange(8)]) + raw[at + 1 :])
            files = read_folder(workshop.folder, Issues())
            for table in ("targets/arrivals.csv", "targets/profiles.csv"):
                files[table] = (workshop.folder / table).read_bytes()
            assert digest(files) not in seen, file
            seen.add(digest(files))
        workshop.restore(file)


def test_a_comment_changes_the_hash_and_an_unread_file_does_not(workshop, toyland):
    workshop.write("README.md", "not part of the case")
    assert workshop.load().hash == toyland.hash
    workshop.write("case.yaml", (workshop.folder / "case.yaml").read_text() + "# a comment\n")
    assert workshop.load().hash != toyland.hash


def test_bytes_moved_between_files_change_the_hash():
    assert digest({"a": b"xy", "b": b""}) != digest({"a": b"x", "b": b"y"})
    assert digest({"a": b"x"}) != digest({"b": b"x"})
    assert digest({"a": b"bc"}) != digest({"a": b"", "b": b"c"})


def test_every_file_is_listed_and_none_else(toyland):
    lying = {path.relative_to(toyland.folder).as_posix() for path in toyland.folder.rglob("*") if path.is_file()}
    assert set(toyland.files) == {name for name in lying if not name.startswith(("posteriors/", "designs/"))}


def test_a_case_and_its_errors_can_be_copied_whole(toyland, workshop):
    copy: Case = deepcopy(toyland)
    assert copy.hash == toyland.hash
    assert copy.world().monthly("fee").tolist() == toyland.world().monthly("fee").tolist()
    workshop.edit("case.yaml", "closure: fixed_strength", "closure: C")
    with pytest.raises(CaseError) as caught:
        workshop.load()
    again = deepcopy(caught.value)
    assert again.problems == caught.value.problems
    assert str(again) == str(caught.value)


def best_of(times, function):
    seconds = []
    for _ in range(times):
        begin = time.process_time()
        function()
        seconds.append(time.process_time() - begin)
    return min(seconds)


@pytest.mark.parametrize("name", [name for name, _ in shipped()])
def test_a_case_loads_in_a_second_and_a_world_in_fifty_milliseconds(name):
    case = load(name)

    def world():
        made = case.world()
        for key in VOCABULARY:
            made.monthly(key)

    assert best_of(3, lambda: load(name)) < 1
    assert best_of(3, world) < 0.05


def test_loading_and_worlds_need_neither_pandas_nor_xarray():
    code = (
        "import sys, time, tumen.case as c; begin = time.process_time(); c.load('toyland').world().monthly('fee');"
        "print(time.process_time() - begin, *sorted({'pandas', 'xarray', 'numba', 'scipy.special'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, *imported = done.stdout.split()
    assert imported == []
    assert float(seconds) < 1, "the first load of a process, without anything cached"


@pytest.mark.parametrize("name", [name for name, _ in shipped()])
def test_no_shipped_case_counts_arrivals_after_2016(name):
    case = load(name)
    assert not case.later_targets
    assert case.arrivals.year_end.max() <= 2016


def test_later_targets_are_read_when_a_case_asks_for_them(workshop):
    workshop.edit(
        "targets/arrivals.csv", "2004,2004,total,325,2005-03,COUNTS,seen,fit", "2004,2017,total,9,x,COUNTS,seen,check"
    )
    assert workshop.problems()
    workshop.edit("case.yaml", "closure: fixed_strength", "closure: fixed_strength\ntargets_after_2016: allowed")
    assert workshop.problems() == []


def test_shipped_cases_lie_where_the_tests_look():
    assert (CASES / "toyland" / "case.yaml").is_file()

"""People beside each other: numbers that cannot be of one country are refused with their place, odd ones are told."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from tumen.case import check, load

from .conftest import Workshop

Line = dict[str, str]


def rewrite(workshop: Workshop, file: str, change: Callable[[Line], Line | None]) -> None:
    """The table with each row changed (None: taken out)."""
    reader = csv.DictReader(io.StringIO((workshop.folder / file).read_text(encoding="utf-8")))
    out = io.StringIO()
    writer = csv.DictWriter(out, reader.fieldnames or [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(row for row in map(change, reader) if row is not None)
    workshop.write(file, out.getvalue())


def scale(column: str, by: float, **where: str) -> Callable[[Line], Line]:
    def change(row: Line) -> Line:
        hit = all(row[key] == value for key, value in where.items())
        return row | {column: f"{float(row[column]) * by:.10g}"} if hit else row

    return change


@pytest.mark.parametrize("name", ["toyland", "north_korea"])
def test_shipped_cases_raise_no_alarm(name: str) -> None:
    """Neither refused nor told of: the provinces of one census beside the stocks of thirty years."""
    told = [warning for warning in check(load(name)).warnings if "provinces" in warning or "population.csv" in warning]
    assert told == []


def test_a_table_in_thousands_is_told_from_one_in_persons(workshop: Workshop) -> None:
    rewrite(workshop, "population.csv", scale("persons", 0.001))
    assert workshop.problems() == [
        "the stock of 1990 adds up to 200, the provinces to 200,000 - population.csv:2, persons - expected stocks and "
        "provinces of one country, both in persons - multiply by 1,000?"
    ]


def test_provinces_in_thousands_are_told_from_stocks_in_persons(workshop: Workshop) -> None:
    text = (workshop.folder / "case.yaml").read_text(encoding="utf-8")
    workshop.write("case.yaml", text.replace("population: 60000", "population: 60").replace("85000", "85"))
    line = workshop.edit("case.yaml", "population: 55000", "population: 55")
    problems = workshop.problems()
    assert len(problems) == 1
    assert problems[0].startswith("the stock of ")
    assert f" - case.yaml:{line - 3}, provinces - " in problems[0]
    assert problems[0].endswith("multiply by 1,000?")


@pytest.mark.parametrize("people", ["1e300", "1e12", "1000000"])
def test_provinces_many_times_the_country_are_refused(people: str, workshop: Workshop) -> None:
    workshop.edit("case.yaml", "population: 60000", f"population: {people}")
    problems = workshop.problems()
    assert len(problems) == 1
    assert " - case.yaml:14, provinces.#1.population - " in problems[0]


def test_provinces_a_tenth_above_the_country_are_told(workshop: Workshop) -> None:
    workshop.edit("case.yaml", "population: 60000", "population: 80000")
    warnings = check(workshop.load()).warnings
    assert any(
        warning.startswith("case.yaml, provinces: they add up to 220,000, the nearest stock (of 1995) to 203,598")
        for warning in warnings
    )


@pytest.mark.parametrize(("rate", "by"), [("births", 1e4), ("births", 1e-3), ("births", 100)])
def test_births_that_no_country_of_this_size_has_are_refused(rate: str, by: float, workshop: Workshop) -> None:
    rewrite(workshop, "vital_rates.csv", scale("value", by, rate=rate))
    problems = workshop.problems()
    assert len(problems) == 1, "a table in other units is one mistake"
    assert f" {rate} in 1990 in a country of 199,999 - vital_rates.csv:2, value - " in problems[0]
    assert ("multiply by 1,000?" in problems[0]) == (by == 1e-3)


def test_births_of_one_year_that_slipped_are_refused_in_their_line(workshop: Workshop) -> None:
    rewrite(workshop, "vital_rates.csv", scale("value", 1e4, rate="births", year_start="1991"))
    assert [problem.split(" - ")[:2] for problem in workshop.problems()] == [
        ["41,400,000 births in 1991 in a country of 200,719", "vital_rates.csv:3, value"]
    ]


@pytest.mark.parametrize(
    ("by", "sex", "group"),
    [
        (1e3, "male", "20-24"),
        (30, "male", "20-24"),
        (1e-3, "male", "20-24"),
        (1e3, "female", "0-4"),
        (30, "female", "0-4"),
        (1e3, "male", "80+"),
    ],
)
def test_one_age_group_that_slipped_is_refused_in_its_line(by: float, sex: str, group: str, workshop: Workshop) -> None:
    rewrite(workshop, "population.csv", scale("persons", by, year="1995", sex=sex, age_group=group))
    lines = (workshop.folder / "population.csv").read_text().split("\n")
    line = next(n for n, text in enumerate(lines, 1) if text.startswith(f"1995,{sex},{group},"))
    problems = workshop.problems()
    assert any(f" - population.csv:{line}, persons - " in problem for problem in problems), problems
    if by != 30 and group != "80+":
        assert any("by 1,000?" in problem for problem in problems)


def add_stock(workshop: Workshop, year: int, by: float) -> None:
    lines = (workshop.folder / "population.csv").read_text(encoding="utf-8").rstrip("\n").split("\n")
    copies = [line.split(",") for line in lines if line.startswith("1995,")]
    lines += [",".join([str(year), *cells[1:3], f"{float(cells[3]) * by:.0f}", *cells[4:]]) for cells in copies]
    workshop.write("population.csv", "\n".join(lines) + "\n")


def test_a_stock_ten_times_the_country_is_refused_whether_or_not_it_is_used(workshop: Workshop) -> None:
    add_stock(workshop, 1998, 10)
    problems = workshop.problems()
    assert len(problems) == 1
    assert problems[0].startswith("the stock of 1998 adds up to 2,035,980, that of 1995 to 203,598 - population.csv:")


def test_a_first_stock_that_slipped_is_the_one_that_is_named(workshop: Workshop) -> None:
    rewrite(workshop, "population.csv", scale("persons", 10, year="1990"))
    problems = workshop.problems()
    assert len(problems) == 1
    assert problems[0].startswith("the stock of 1990 adds up to 1,999,990, that of 1995 to 203,598 - population.csv:2,")


def test_stocks_that_no_run_meets_are_told(workshop: Workshop) -> None:
    add_stock(workshop, 1998, 1)
    add_stock(workshop, 1985, 1)
    told = [warning for warning in check(workshop.load()).warnings if "is not used" in warning]
    assert [warning.split(": ", 1)[1] for warning in told] == [
        f"the stock of {year} is not used, stocks count from 1990 on in steps of 5 years" for year in (1985, 1998)
    ]
    assert all(warning.startswith("population.csv:") for warning in told)

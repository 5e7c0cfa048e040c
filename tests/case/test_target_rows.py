"""Rows of profiles.csv and arrivals.csv: what a run cannot answer as it is written is refused in its line."""

from __future__ import annotations

import pytest

from tumen.case import check, load
from tumen.case.targets import gaps

from .conftest import Workshop

PROFILES = "targets/profiles.csv"
AGES = "age_at_arrival,2003-06,arrivals 1998-01..2003-06,total,20-29,0.31,share,SURVEY2003,seen,binomial(n=400),fit"
PLACES = (
    "province_of_origin,2003-06,arrivals 1998-01..2003-06,total,riverbank,0.78,share,SURVEY2003,seen,"
    "logit_normal(0.4),fit"
)
KIN = (
    "family_in_destination,2003-06,arrivals 1998-01..2003-06,total,yes,0.4,share,SURVEY2003,seen,binomial(n=400),check"
)
WORK = (
    "occupation,2003-06,arrivals 1998-01..2003-06,male,military,0.03,share,SURVEY2003,derived,logit_normal(0.5),check"
)
YEARS = "years_abroad,2003-06,arrivals 1998-01..2003-06,total,mean,2.1,year,SURVEY2003,seen,lognormal(0.3),check"
ABROAD = "persons_abroad,2000-12,abroad,total,all,1500,person,NEWSPAPERS,recalled_unconfirmed,lognormal(0.5),check"
RETURNED = "repatriations,2002-12,returned 2002,total,all,120,person,NEWSPAPERS,seen,at_least(0.2),check"

#: Row, what is changed in it, the column named, what is said and what to type.
SLIPS = [
    (AGES, "age_at_arrival", "age_at_arival", "key", "unknown key 'age_at_arival'", "did you mean age_at_arrival?"),
    (
        AGES,
        "age_at_arrival",
        "shoe_size",
        "key",
        "no counterpart of the key 'shoe_size'",
        "give the row the role check",
    ),
    (KIN, "family_in_dest", "famly_in_dest", "key", "unknown key", "did you mean family_in_destination?"),
    (AGES, "0.31,share", "124,person", "unit", "age_at_arrival in the unit 'person'", "write share"),
    (ABROAD, "person,", "thousand persons,", "unit", "in the unit 'thousand persons'", "write person"),
    (YEARS, "2.1,year", "25,month", "unit", "in the unit 'month'", "write year"),
    (KIN, "0.4,share", "0.4,person", "unit", "in the unit 'person'", "write share"),
    (AGES, "20-29", "20 to 29", "category", "'20 to 29' are not ages", "write first-last age"),
    (AGES, "20-29", "29-20", "category", "'29-20' are not ages", "write first-last age"),
    (AGES, "20-29", "adults", "category", "'adults' are not ages", "write first-last age"),
    (PLACES, "riverbank", "riverbnak", "category", "'riverbnak' is not a province", "did you mean riverbank?"),
    (PLACES, "riverbank", "riverbank+atlantis", "category", "'atlantis' is not a province", "several joined by +"),
    (PLACES, "riverbank", "riverbank+riverbank", "category", "riverbank appears twice", "delete one"),
    (PLACES, "riverbank", "unknown", "category", "'unknown' is not a province", "keys of case.yaml"),
    (KIN, ",yes,", ",no,", "category", "of the category 'no'", "write yes"),
    (YEARS, ",mean,", ",median,", "category", "of the category 'median'", "write mean"),
    (WORK, "military", "milittary", "category", "of the category 'milittary'", "did you mean military?"),
    (WORK, "check", "fit", "sex", "occupation of sex male", "give the row the role check"),
    (ABROAD, ",total,", ",female,", "sex", "persons_abroad of sex female", "correct the sex"),
    (YEARS, ",total,", ",male,", "sex", "years_abroad of sex male", "correct the sex"),
    (AGES, "arrivals 1998", "arivals 1998", "population", "of the population 'arivals", "write arrivals [FROM]..TO"),
    (AGES, "1998-01..2003-06", "1998..2003", "population", "of the population", "write arrivals [FROM]..TO"),
    (AGES, "1998-01..2003-06", "2003-06..1998-01", "population", "the months run from 2003-06 to 1998-01", "correct"),
    (AGES, "1998-01..2003-06", "1998-01..2003-13", "population", "'2003-13' is not a date", "write year, month"),
    (AGES, "1998-01..2003-06", "1985-01..2003-06", "population", "for 1985-01, outside the window", "widen the window"),
    (AGES, "1998-01..2003-06", "1998-01..2005-06", "population", "for 2005-06, outside the window", "widen the window"),
    (KIN, "1998-01..2003-06", "1998-01..2005-06", "population", "for 2005-06, outside the window", "role vintage"),
    (ABROAD, "2000-12", "1989-12", "as_of", "for 1989-12, outside the window", "correct the date"),
    (ABROAD, "2000-12", "2006-06", "as_of", "for 2006-06, outside the window", "correct the date"),
    (ABROAD, "2000-12", "2005", "as_of", "for 2005-12, outside the window", "correct the date"),
    (ABROAD, "abroad,total", "abroad 2000,total", "population", "of the population 'abroad 2000'", "write abroad"),
    (RETURNED, "returned 2002", "returned 2006", "population", "for 2006-01, outside the window", "role vintage"),
    (RETURNED, "returned 2002", "returned lately", "population", "of the population", "write returned YEAR"),
]


@pytest.mark.parametrize(("row", "old", "new", "column", "what", "remedy"), SLIPS)
def test_a_row_that_no_run_answers_as_written_is_refused_in_its_line(
    row: str, old: str, new: str, column: str, what: str, remedy: str, workshop: Workshop
) -> None:
    assert row.count(old) >= 1
    line = workshop.edit(PROFILES, row, row.replace(old, new, 1))
    said = [problem for problem in workshop.problems() if f" - {PROFILES}:{line}, {column} - " in problem]
    assert len(said) == 1, workshop.problems()
    assert what in said[0].split(" - ")[0]
    assert remedy in said[0].split(" - ")[-1]


@pytest.mark.parametrize("key", ["ever_remitted", "education", "trafficking", "remittances"])
def test_rows_of_what_the_model_leaves_out_stand_as_checks_in_silence(key: str, workshop: Workshop) -> None:
    workshop.edit(PROFILES, KIN, KIN.replace("family_in_destination", key))
    assert not any(f": {key} " in warning for warning in check(workshop.load()).warnings)


def test_a_check_that_is_compared_with_nothing_is_told(workshop: Workshop) -> None:
    workshop.edit(PROFILES, KIN, KIN.replace("family_in_destination", "shoe_size"))
    assert [warning for warning in check(workshop.load()).warnings if "no counterpart" in warning] == [
        "targets/profiles.csv:6: shoe_size (yes) has no counterpart in the model, compared with nothing",
        "targets/profiles.csv:7: occupation (military, male) has no counterpart in the model, compared with nothing",
    ]


def test_every_row_of_the_shipped_cases_is_understood() -> None:
    """Place names joined with what is unknown, open ages, checks of other occupations: none is taken for a slip."""
    for name in ("toyland", "north_korea"):
        assert load(name).profiles_rows


def test_categories_of_a_table_share_nobody(workshop: Workshop) -> None:
    table = AGES.replace("binomial", "multinomial")
    line = workshop.edit(PROFILES, AGES, table.replace("20-29,0.31", "20-39,0.6") + "\n" + table.replace("0.31", "0.4"))
    problems = workshop.problems()
    assert f"20-29 overlaps 20-39 in one table - {PROFILES}:{line + 1}, category - " in problems[0]


def test_rows_of_one_table_are_in_one_unit(workshop: Workshop) -> None:
    table = AGES.replace("binomial", "multinomial")
    line = workshop.edit(PROFILES, AGES, table + "\n" + table.replace("20-29,0.31,share", "30-59,69,percent"))
    assert any(f" - {PROFILES}:{line + 1}, error - " in problem for problem in workshop.problems())


ARRIVALS = "targets/arrivals.csv"
TOTAL = "2004,2004,total,325,2005-03,COUNTS,seen,fit"
UNKNOWN = "2004,2004,unknown,5,2005-03,COUNTS,seen,fit"


def test_persons_of_unknown_sex_close_the_sum(workshop: Workshop) -> None:
    line = workshop.edit(ARRIVALS, TOTAL, TOTAL.replace("325", "330"))
    assert workshop.problems() == [
        f"women and men add up to 325, the total is 330 - {ARRIVALS}:{line}, persons - expected 325 - "
        "correct one of the rows, or add a row of sex unknown with 5"
    ]
    workshop.edit(ARRIVALS, TOTAL.replace("325", "330"), TOTAL.replace("325", "330") + "\n" + UNKNOWN)
    assert workshop.problems() == []
    workshop.edit(ARRIVALS, UNKNOWN, UNKNOWN.replace(",5,", ",6,"))
    assert workshop.problems()[0].startswith("women, men and those of unknown sex add up to 331, the total is 330 - ")


def test_persons_of_unknown_sex_stand_beside_both_sexes(workshop: Workshop) -> None:
    text = (workshop.folder / ARRIVALS).read_text(encoding="utf-8")
    kept = [line for line in text.split("\n") if not line.startswith("2004,2004,")]
    workshop.write(ARRIVALS, "\n".join([*kept[:-1], UNKNOWN, TOTAL, ""]))
    assert workshop.problems()[0].startswith("arrivals of unknown sex of 2004-2004 without those of either sex - ")


def test_a_year_of_totals_alone_may_be_fitted(workshop: Workshop) -> None:
    text = (workshop.folder / ARRIVALS).read_text(encoding="utf-8")
    for sex, persons in (("female", 221), ("male", 104)):
        text = text.replace(f"2004,2004,{sex},{persons},2005-03,COUNTS,seen,fit\n", "")
    workshop.write(ARRIVALS, text)
    assert workshop.problems() == []


def test_years_without_counts_between_years_with_them_are_told(workshop: Workshop) -> None:
    text = (workshop.folder / ARRIVALS).read_text(encoding="utf-8")
    kept = [line for line in text.split("\n") if not (line.startswith("2000,2000,") and line.endswith(",fit"))]
    workshop.write(ARRIVALS, "\n".join(kept))
    case = workshop.load()
    assert gaps(case.arrivals_rows) == [2000]
    wanted = "targets/arrivals.csv: no arrivals to fit of 2000, between years that have them"
    assert wanted in check(case).warnings


@pytest.mark.parametrize("name", ["toyland", "north_korea"])
def test_shipped_counts_have_no_gap(name: str) -> None:
    assert gaps(load(name).arrivals_rows) == []

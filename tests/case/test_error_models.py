"""Error models of tables and of rows that share an error: the rows of one table agree, and add up to a whole."""

import pytest

from tumen.case import CaseError
from tumen.case.error_models import DirichletMultinomial, Lognormal, Normal, Poisson, error_model
from tumen.case.error_models.checks import check_error_models
from tumen.case.tables import Row
from tumen.errors import Issues, RefusedError


def rows(*cells, unit="share", key="age_at_arrival"):
    """Rows of a key and population, each given by category, value and error model."""
    shared = {"key": key, "as_of": "2003-06", "population": "p", "sex": "total", "unit": unit, "role": "fit"}
    return [
        Row({**shared, "category": category, "value": value, "error": error_model(error)}, "profiles.csv", line)
        for line, (category, value, error) in enumerate(cells, start=2)
    ]


def said(given):
    issues = Issues()
    check_error_models(given, issues)
    try:
        issues.raise_if_any()
    except CaseError as error:
        return [problem.what for problem in error.problems]
    return []


@pytest.mark.parametrize(
    "cell, found",
    [
        ("poisson", Poisson()),
        ("normal(2)", Normal(2.0)),
        ("lognormal(0.6, shared=0.8)", Lognormal(0.6, 0.8)),
        ("dirichlet_multinomial(n=120)", DirichletMultinomial(120.0)),
    ],
)
def test_an_error_model_is_read_and_written_alike(cell, found):
    assert error_model(cell) == found
    assert error_model(str(found)) == found


@pytest.mark.parametrize(
    "cell",
    ["lognormal(0.6, shared=1)", "lognormal(0.6, shared=0)", "at_least(0.6, shared=0.5)", "binomial(n=9, shared=0.5)",
     "multinomial(n=1)", "dirichlet_multinomial(0.4)", "poisson(3)", "negative_binomial", "lognormal(nan)"],
)  # fmt: skip
def test_what_is_not_an_error_model_is_refused(cell):
    with pytest.raises(RefusedError):
        error_model(cell)


def test_the_rows_of_a_table_agree_and_add_up():
    good = rows(("0-9", 0.4, "multinomial(n=100)"), ("10+", 0.6, "multinomial(n=100)"))
    assert said(good) == []
    other = rows(("0-9", 0.4, "multinomial(n=100)"), ("10+", 0.6, "multinomial(n=90)"))
    assert said(other) == ["multinomial(n=90) (share) in a table that began with multinomial(n=100) (share)"]
    part = rows(("0-9", 0.4, "multinomial(n=100)"), ("10+", 0.5, "multinomial(n=100)"))
    assert said(part) == ["the shares of the table add up to 0.9"]


def test_rows_that_share_an_error_say_so_alike():
    good = rows(("a", 5, "lognormal(0.5, shared=0.8)"), ("b", 9, "lognormal(0.6, shared=0.8)"), unit="person")
    assert said(good) == []
    other = rows(("a", 5, "lognormal(0.5, shared=0.8)"), ("b", 9, "lognormal(0.6, shared=0.7)"), unit="person")
    assert said(other) == ["lognormal(0.6, shared=0.7) beside lognormal(0.5, shared=0.8) for the same key"]

"""The table gives men, women and women's share per year, model beside data, blank where there is no count."""

from __future__ import annotations

import io
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from tests.result.synthetic import draws, flows, of_draws, record, result
from tumen.result import Result
from tumen.summary.table import as_json, rows, table

COLUMNS = ["year_start", "year_end", "sex", "persons", "vintage", "source", "status", "role"]


def printed(given: Result, case: object = None) -> list[str]:
    text = io.StringIO()
    Console(file=text, width=80).print(table(given, case))  # type: ignore[arg-type]
    return text.getvalue().splitlines()


def test_a_year_reads_as_one_line() -> None:
    whole = result()
    yearly = whole.flows["arrivals"].sel(month="2009").sum(["month", "age", "province"])
    women, men = float(yearly.sel(sex="female")), float(yearly.sel(sex="male"))
    line = next(line for line in printed(whole) if line.split()[:1] == ["2009"])
    assert line.split() == [
        "2009", f"{men:,.0f}", f"{women:,.0f}", f"{men + women:,.0f}", f"{100 * women / (men + women):.0f}", "%",
        "675", "2,025", "2,700", "75", "%",
    ]  # fmt: skip


def test_years_without_data_are_blank() -> None:
    line = next(line for line in printed(result()) if line.split()[:1] == ["1999"])
    assert len(line.split()) == 6


def test_sums_are_over_years_known_by_sex_on_both_sides() -> None:
    counts = [(1999, "total", 50.0)]
    counts += [(year, sex, {"female": 30.0, "male": 10.0, "total": 40.0}[sex]) for year in (2000, 2001) for sex in
               ("female", "male", "total")]  # fmt: skip
    given = Result(flows("1999-01", 36), record(), pd.DataFrame(counts, columns=["year", "sex", "persons"]))
    last = rows(given)[-1]
    assert last.years == "2000-2001"
    assert last.data == {"female": 60.0, "male": 20.0, "total": 80.0, "female_share": 0.75}
    expected = float(given.flows["arrivals"].sel(month=slice("2000", "2001")).sum())
    assert last.model["total"] == pytest.approx(expected)


def test_blocks_of_years_get_a_line() -> None:
    given = Result(
        flows("1999-01", 48), record(), pd.DataFrame(columns=["year", "sex", "persons"]).astype({"year": int})
    )
    arrivals = [
        (1999, 2001, "male", 565, "v", "A", "seen", "fit"),
        (1999, 2001, "female", 478, "v", "A", "seen", "fit"),
        (1990, 1998, "total", 340, "v", "A", "seen", "fit"),
    ]
    case = SimpleNamespace(destination="D", arrivals=pd.DataFrame(arrivals, columns=COLUMNS))
    blocks = [line for line in rows(given, case) if "-" in line.years]  # type: ignore[arg-type]
    assert [line.years for line in blocks] == ["1999-2001"]
    assert blocks[0].data["total"] == 1043
    assert blocks[0].model["total"] == pytest.approx(
        float(given.flows["arrivals"].sel(month=slice("1999", "2001")).sum())
    )


def test_the_table_fits_eighty_columns() -> None:
    assert max(len(line.rstrip()) for line in printed(result())) <= 80


def test_machines_get_null_where_there_is_no_number() -> None:
    lines = as_json(result())
    assert lines[0]["data"] == {"female": None, "male": None, "total": None, "female_share": None}
    assert lines[-1]["data"]["female_share"] == pytest.approx(0.728, abs=1e-3)


def test_draws_give_medians_and_intervals_of_counts() -> None:
    whole = replace(result(draws=of_draws()), draws=draws())
    held = draws()
    women, men = (held["arrivals"].sel(sex=sex, year=2009).values for sex in ("female", "male"))
    counts = held["arrivals_observed"].sel(year=2009).sum("sex").values
    shares = held["arrivals_observed"].sel(year=2009, sex="female").values / counts
    low, high = np.percentile(counts, [10, 90])
    least, most = 100 * np.percentile(shares, [10, 90])
    lines = printed(whole)
    line = next(line for line in lines if line.split()[:1] == ["2009"])
    assert line.split() == [
        "2009", f"{np.median(men):,.0f}", "675", f"{np.median(women):,.0f}", "2,025",
        f"{np.median(men + women):,.0f}", f"{low:,.0f}-{high:,.0f}", "2,700",
        f"{100 * np.median(women / (men + women)):.0f}", f"{least:.0f}-{most:.0f}", "75",
    ]  # fmt: skip
    assert lines[0].strip().endswith("median and 80 % interval of the draws")
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines), "nothing is cut short at 80 columns"
    document = next(each for each in as_json(whole) if each["years"] == "2002-2016")
    summed = held["arrivals_observed"].sel(year=slice(2002, 2016)).sum(["year", "sex"]).values
    assert document["lo80"]["total"] == pytest.approx(np.percentile(summed, 10))
    assert document["hi80"]["total"] == pytest.approx(np.percentile(summed, 90))
    assert document["lo80"]["female_share"] < document["model"]["female_share"] < document["hi80"]["female_share"]
    assert "lo80" not in as_json(result())[0]

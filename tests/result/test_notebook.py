"""What a result offers in a notebook, and what its file of flows says of itself."""

from __future__ import annotations

import pydoc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import tumen as tm
from tests.plots.test_figures import texts
from tests.result.synthetic import flows, observed, record, result
from tumen.case import load as load_case
from tumen.plots.render import svg
from tumen.result import Result, ResultError, read


def test_share_is_that_of_whole_years() -> None:
    given = result()
    share = given.share()
    by_sex = given.arrivals.sel(month="2005").sum(["month", "age", "province"])
    assert float(share.sel(year=2005)) == pytest.approx(float(by_sex.sel(sex="female") / by_sex.sum()))
    assert share.dims == ("year",) and share.attrs["units"] == "1" and share.name == "share_of_arrivals"
    assert given.share("departures").attrs["long_name"] == "Share of women among yearly departures"
    assert np.isnan(Result(flows() * 0.0, record(), observed()).share()).all(), "nobody has no share"
    part = Result(flows("1999-07", 18), record(), observed())
    assert part.share()["year"].values.tolist() == [2000], "half a year is none"
    with pytest.raises(ResultError, match="the result has no flow 'abroad' - share - expected one of arrivals, dep"):
        given.share("abroad")


def test_departures_are_those_of_the_flows() -> None:
    given = result()
    assert given.departures.equals(given.flows["departures"])


def test_a_result_plots_itself_with_what_its_case_knows() -> None:
    case = {"name": "toyland", "hash": load_case("toyland").hash}
    said = " ".join(texts(svg(result(case=case).plot())).split())
    assert "Arrivals in Southland, persons" in said and "Women among those who arrive" in said
    assert "Arrivals in the country of destination" in " ".join(texts(svg(result().plot())).split()), "another version"
    made = tm.plot(result(), load_case("toyland"))
    assert "Southland" in texts(svg(made)) and made._repr_mimebundle_() is not None, "notebooks show it"
    with pytest.raises(ResultError, match="the result holds no whole year - the figure arrivals_by_sex - expected"):
        Result(flows("1999-07", 6), record(), observed()).plot()


def test_the_file_says_what_it_is_and_nothing_of_when_or_where(tmp_path: Path) -> None:
    given = result(scenario=["dear_river"], theory={"name": "push_pull"})
    given.save(tmp_path / "one")
    replace(given, timings={"seconds": 9.0}).save(tmp_path / "elsewhere")
    assert (tmp_path / "one" / "flows.nc").read_bytes() == (tmp_path / "elsewhere" / "flows.nc").read_bytes()
    attrs = read(tmp_path / "one").flows.attrs
    assert attrs["title"] == "Simulated flows of people leaving: toyland, 1990-01 to 2016-12"
    assert (attrs["case"], attrs["theory"], attrs["seed"]) == ("toyland abababab", "push_pull", 1)
    assert attrs["Conventions"] == "ACDD-1.3" and attrs["scenario"] == "dear_river"
    assert attrs["source"] == f"tumen {tm.__version__}, a simulation model: theory push_pull, 20000 agents"
    assert attrs["history"].startswith(f"tumen {tm.__version__}: simulated case toyland abababab, ")
    assert not any(str(tmp_path) in str(value) for value in attrs.values())


def test_the_names_that_help_lists_are_all_there() -> None:
    listed = str(tm.__doc__).split("cases  ")[1].split("`help")[0].replace(",", " ").split()
    public = {name for name in dir(tm) if not name.startswith("_")}
    assert len(public) == 15
    assert set(listed) - public == {"one", "estimates", "many", "runs"}, "headings"
    assert all(hasattr(tm, name) for name in public)
    older = [
        "Case",
        "CaseError",
        "Difference",
        "Result",
        "ResultError",
        "Scenario",
        "Theory",
        "World",
        "plot",
        "shipped",
    ]
    assert all(hasattr(tm, name) for name in older)


def test_help_fits_a_screen() -> None:
    assert len(pydoc.plain(pydoc.render_doc(tm)).splitlines()) <= 40

"""Two results beside each other: what differs, how sure it is, and when they are not paired."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import tumen as tm
from tests.plots.test_figures import texts
from tests.result.synthetic import draws, flows, observed, of_draws, record
from tumen.case import load
from tumen.plots.render import LARGEST, drawn, svg
from tumen.result import Result, ResultError
from tumen.summary.difference import PAIRED, STATED, difference
from tumen.summary.difference_words import as_json, headline, title

GROUPS = 8


def grouped(given: xr.Dataset, men: float = 1.0, luck: float = 0.2) -> xr.Dataset:
    """Flows with random groups of the rows, whose luck is the same in every world; `men` times as many men."""
    rng = np.random.default_rng(3)
    made = given.copy(deep=True)
    for name in ("arrivals", "departures"):
        made[name] = made[name] * xr.DataArray([1.0, men], {"sex": ["female", "male"]})
        yearly = made[name].sum(["age", "province"]).groupby("month.year").sum()
        part = 1 + luck * rng.standard_normal(GROUPS)
        parts = xr.DataArray(part / part.sum(), dims="group")
        made[f"{name}_by_group"] = (yearly * parts).transpose("year", "sex", "group").assign_attrs(units="person")
    return made


def world(men: float = 1.0, given: xr.Dataset | None = None, **changes: Any) -> Result:
    return Result(grouped(flows() if given is None else given, men), record(**changes), observed())


def test_a_paired_difference_has_the_noise_of_what_differs() -> None:
    found = difference(world(), world(1.1, scenario=["more_men"], diff=["fee: times 0.5 (more_men)"]))
    assert found.paired and found.noise == PAIRED.format(GROUPS)
    women, men, share = (found.of(measure=name) for name in ("female", "male", "female_share"))
    assert women["difference"] == women["se"] == 0, "the same people with the same luck: nothing differs"
    assert men["difference"] == pytest.approx(0.1 * men["base"])
    part = 1 + 0.2 * np.random.default_rng(3).standard_normal(GROUPS)
    noise = (part / part.sum()).std(ddof=1) * GROUPS**0.5
    assert men["se"] == pytest.approx(noise * men["difference"]), "the noise of a tenth of the men"
    assert share["difference"] == pytest.approx(share["changed"] - share["base"]) and share["difference"] < -0.01
    assert share["se"] == pytest.approx(0, abs=1e-12), "groups that differ in size alone have one share of women"
    assert title(found).startswith("more men: ") and title(found).endswith("points fewer women")
    assert headline(found).startswith("arrivals 1990-2016: women ")
    gone = found.of("departures", "male")
    assert gone["difference"] == pytest.approx(0.1 * gone["base"])


def test_what_both_have_is_not_told_as_changed() -> None:
    base = world(scenario=["hungry"], history="chronicle")
    found = difference(base, world(1.1, scenario=["hungry", "more_men"], history="chronicle"))
    assert title(found).startswith("more men: ")
    back = difference(world(1.1, scenario=["more_men"]), world())
    assert title(back).startswith("base instead of more men: ") and title(back).endswith("points more women")


def test_the_rows_are_every_year_and_all_of_them() -> None:
    found = difference(world(), world(1.1))
    some = found.table[(found.table["flow"] == "arrivals") & (found.table["measure"] == "male")]
    assert list(some["first"]) == [*range(1990, 2017), 1990] and some.iloc[-1]["last"] == 2016
    assert some["difference"].iloc[:-1].sum() == pytest.approx(some["difference"].iloc[-1])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"seed": 2}, "another seed: 1 and 2"),
        ({"people": 10}, "another people: 20000 agents and 10 agents"),
        ({"theory": "push_pull"}, "another theory: interplay and push_pull"),
        ({"case": {"name": "toyland", "hash": "cd" * 32}}, "another case: toyland (abababab) and toyland (cdcdcdcd)"),
        ({"window": {"start": "1990-01", "end": "2020-12"}}, "simulated to 2016-12 and 2020-12"),
        ({"window": {"start": "1991-01", "end": "2016-12"}}, "simulated from other months"),
        ({"weights": {"min": 1.0, "max": 2.0}}, "other sample weights"),
    ],
)
def test_other_people_are_not_paired(changes: dict[str, Any], why: str) -> None:
    found = difference(world(), world(1.1, **changes))
    assert not found.paired and any(reason.startswith(why) for reason in found.apart)
    paired, row = difference(world(), world(1.1)).of(measure="male"), found.of(measure="male")
    assert row["se"] > 10 * paired["se"], "two samples, not one"
    begins = "theory push_pull instead of theory interplay: " if "theory" in changes else "Two runs of one world: "
    assert title(found).startswith(begins)
    assert "not paired" in repr(found) and title(found).endswith(" women, not paired")


def test_years_left_out_of_a_result_do_not_unpair_it() -> None:
    asked = {"first_year": 2000, "scenarios": [], "settings": [], "variants": {}}
    late = flows().sel(month=slice("2000", None), year=slice(2000, None))
    cut = world(1.1, late, window={"start": "2000-01", "end": "2016-12"}, request=asked)
    found = difference(world(), cut)
    assert found.paired
    assert found.notes == ("only the years 2000-2016 are in both results, and only they are compared",)
    assert set(found.table["first"]) == set(range(2000, 2017))
    late_both = difference(world(given=late, window={"start": "2000-01", "end": "2016-12"}), cut)
    assert not late_both.paired, "one began in 2000, the other in 1990"
    early = Result(grouped(flows("1980-01", 120)), record(), observed())
    with pytest.raises(ResultError, match=r"no whole year in common \(1980-1989 and 2000-2016\) - .* - expected"):
        difference(early, cut)


def test_results_without_groups_say_how_their_noise_is_found() -> None:
    old = Result(flows(), record(), observed())
    found = difference(old, old)
    assert found.noise == STATED and found.paired
    assert found.of(measure="male")["se"] > 0
    assert title(found) == "The same world twice: women's share differs by no more than its noise"


def test_paired_draws_have_their_own_interval() -> None:
    shift = xr.DataArray([1.0, 1.1], {"sex": ["female", "male"]})
    other = draws()
    for name in ("arrivals", "departures"):
        other[name] = other[name] * shift
    dated = ("draw", "dated_value"), np.arange(8.0)[:, None]
    base = replace(world(draws=of_draws()), draws=draws().assign(dated=dated))
    changed = replace(world(1.1, draws=of_draws(), seed=2), draws=other.assign(dated=dated))
    found = difference(base, changed)
    assert found.drawn and found.paired, "draws have seeds of their own: those of the central runs do not matter"
    men = found.of(measure="male")
    sums = draws()["arrivals"].sel(sex="male").sum("year").values.astype(float)
    assert (men["lo80"], men["hi80"]) == pytest.approx(tuple(np.percentile(0.1 * sums, [10, 90])), rel=1e-5)
    assert found.of(measure="female")["hi80"] == pytest.approx(0, abs=1e-6)
    for moved in (other.assign(dated=(dated[0], dated[1] + 1)), other.assign_attrs(agents=10), other.drop_vars("seed")):
        apart = difference(base, replace(changed, draws=moved))
        assert not apart.drawn and "do not have the same parameters and people" in apart.notes[0]
    alone = difference(base, replace(changed, draws=None))
    assert alone.notes == ("only the base result has draws of a posterior: central runs are compared",)
    longer = replace(changed, record=record(seed=2, window={"start": "1990-01", "end": "2020-12"}))
    assert not difference(base, longer).drawn, "another window draws other people in every draw, too"
    few = difference(base, replace(changed, draws=changed.draws.isel(draw=[0])))
    assert "fewer than two draws in common" in few.notes[0]


def test_changes_are_told_with_who_states_what_they_replace() -> None:
    case = load("toyland")
    real = {"name": "toyland", "hash": case.hash}
    diff = ["fee: times 2 from 2000-01 (dear_river)", "onward_first.female: 0.5 (setting 'onward_first.female=0.5')"]
    base = world(case=real, diff=["rations: 0.5 throughout (hungry)"])
    changed = world(1.1, case=real, diff=diff, scenario=["dear_river"], parameters={"name": "mine", "values": {}})
    found = difference(base, changed, case=case)
    lines = [text for one in found.changes for text in one.lines()]
    assert lines[0] == "fee: times 2 from 2000-01 (dear_river)"
    assert lines[1].startswith("  in place of what is stated by ") and "Newspapers of Southland" in lines[1]
    assert any(text.startswith("onward_first.female: 0.5 (setting") for text in lines)
    assert "only in the base: rations: 0.5 throughout (hungry)" in lines
    assert "parameters: mine instead of interplay, draw 17 (shipped)" in lines
    assert "Crossings at twice the smugglers' price" in repr(found)


def test_the_picture_states_the_finding_and_shows_both_worlds() -> None:
    found = difference(world(), world(1.1, scenario=["more_men"], diff=["fee: times 0.5 (more_men)"]))
    said = " ".join(texts(svg(found.plot())).split())
    assert title(found) in said and "Dashed: base. Solid: more men." in said
    assert "Difference of women's share, percentage points" in said and "20,000 agents, seed 1" in said
    files = drawn("difference", found.plot())
    assert set(files) == {"difference.svg", "difference.png"} and len(files["difference.png"]) <= LARGEST


def test_folders_can_be_given_and_numbers_are_plain(tmp_path: Path) -> None:
    world().save(tmp_path / "a")
    world(1.1).save(tmp_path / "b")
    found = tm.difference(tmp_path / "a", str(tmp_path / "b"))
    told = as_json(found)
    assert told["paired"] is True and told["arrivals"][-1]["from"] == 1990 and told["arrivals"][-1]["to"] == 2016
    assert set(told["departures"][0]["female_share"]) == {"base", "changed", "difference", "se"}


def test_results_of_different_cases_are_refused() -> None:
    other = world(case={"name": "north_korea", "hash": "ab" * 32})
    with pytest.raises(ResultError, match=r"of different cases, toyland and north_korea - .* - expected two"):
        difference(world(), other)


def test_one_world_without_arrivals_has_no_share() -> None:
    none = world(given=flows() * 0.0)
    found = difference(none, none)
    assert "too few arrivals to tell a share" in title(found)
    assert found.plot().to_dict()

"""Figures say what the numbers say, in words and marks, with their sources, and look the same every time."""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import vl_convert

import tumen.case as tc
from tests.result.synthetic import draws, flows, observed, of_draws, record, result
from tumen.plots import theme
from tumen.plots.arrivals import by_sex, chance, chance_of_share, per_year
from tumen.plots.gallery import NAMES, draw
from tumen.plots.people import people_abroad, population, serve_trade_pay
from tumen.plots.policies import over_flow
from tumen.plots.render import png, svg
from tumen.result import Result, yearly, yearly_arrivals
from tumen.summary.formatting import parameters

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def toyland() -> tc.Case:
    return tc.load("toyland")


@pytest.fixture(scope="module")
def run(toyland: tc.Case) -> Result:
    data = observed().assign(year=lambda table: table["year"] - 10)
    return Result(flows("1990-01", 180), record(case={"name": "toyland", "hash": toyland.hash}), data)


@pytest.fixture(scope="module")
def drawn(run: Result, toyland: tc.Case) -> dict[str, bytes]:
    return draw(run, toyland, toyland.world()).files


def texts(drawing: bytes | str) -> str:
    """Everything a reader can read in a figure; broken lines joined."""
    tree = ElementTree.fromstring(drawing)
    parts = [
        " ".join("".join(piece.itertext()).strip() for piece in ([text] if not len(text) else list(text)))
        for text in tree.iter(f"{SVG}text")
    ]
    return "\n".join(parts)


def marks(drawing: bytes | str) -> str:
    tree = ElementTree.fromstring(drawing)
    return "\n".join(node.get("aria-label", "") for node in tree.iter())


def test_every_figure_is_a_file_of_its_own_twice(drawn: dict[str, bytes]) -> None:
    assert set(drawn) == {f"{name}.{kind}" for name in NAMES for kind in ("svg", "png")}
    for name in NAMES:
        width, height = (
            float(value) for value in re.findall(rb'(?:width|height)="([\d.]+)"', drawn[f"{name}.svg"])[:2]
        )
        image = drawn[f"{name}.png"]
        assert image.startswith(b"\x89PNG")
        assert struct.unpack(">II", image[16:24]) == pytest.approx((2 * width, 2 * height), abs=2)
        assert 560 <= width <= 660, "a figure wider than a phone can show without its text becoming unreadable"


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_says_where_it_comes_from(drawn: dict[str, bytes], toyland: tc.Case, name: str) -> None:
    said = texts(drawn[f"{name}.svg"])
    joined = " ".join(said.split())
    assert "Parameters: interplay, draw 17, of the posterior shipped with the case." in joined
    assert f"{toyland.title} (toyland, {toyland.hash[:8]})" in joined
    assert "Theory: interplay." in joined
    assert "20,000 agents, seed 1." in joined


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": "case", "values": {}, "source": "case"}, "parameters as the case states them"),
        ({"name": "case", "values": {}}, "parameters as the case states them"),
        (None, "parameters as the case states them"),
        ({"name": "mine", "values": {"fee@2001-01-01": 3}}, "parameters: mine"),
        ({"name": "a, draw 3", "source": "own", "sound": True}, "parameters: a, draw 3, of the user's own posterior"),
        (
            {"name": "a, draw 3", "source": "shipped", "sound": False},
            "parameters: a, draw 3, of the posterior shipped with the case, "
            "used although it failed its diagnostics or is outdated",
        ),
    ],
)
def test_a_figure_says_what_its_parameters_are(given: Any, words: str) -> None:
    assert parameters({"parameters": given}) == words


@pytest.mark.parametrize("name", NAMES)
def test_no_letter_becomes_a_box(drawn: dict[str, bytes], name: str) -> None:
    """The bundled font has Latin letters, digits and common signs; a box would be anything beyond."""
    assert set(texts(drawn[f"{name}.svg"])) <= set(map(chr, range(32, 127))) | {"\n"}


@pytest.mark.parametrize("name", NAMES)
def test_type_is_large_enough_for_a_phone(drawn: dict[str, bytes], name: str) -> None:
    """Shown 390 pixels wide, the smallest letters are still 7.5 pixels high."""
    width = float(re.search(rb'width="([\d.]+)"', drawn[f"{name}.svg"])[1])  # type: ignore[index]
    sizes = [float(size) for size in re.findall(rb'font-size="([\d.]+)px"', drawn[f"{name}.svg"])]
    assert min(sizes) * 390 / width >= 7.5
    assert set(re.findall(rb'font-family="([^"]+)"', drawn[f"{name}.svg"])) == {theme.FONT.encode()}


def test_the_same_result_gives_the_same_figures(run: Result, toyland: tc.Case, drawn: dict[str, bytes]) -> None:
    again = svg(per_year(run, toyland))
    assert again.encode() == drawn["arrivals.svg"]
    assert png(again) == drawn["arrivals.png"]


def test_arrivals_shows_every_year_of_model_and_data(run: Result) -> None:
    found = marks(svg(per_year(run)))
    yearly = run.flows["arrivals"].sum(["sex", "age", "province"]).groupby("month.year").sum()
    for year in (1990, 1999, 2004):
        shown = re.search(rf"x: {year}; y: ([\d.]+); sex: total", found)
        assert shown is not None or year == 1990  # a line has one label, that of its first point
    shown = re.search(r"x: 1990; y: ([\d.]+); sex: total", found)
    assert shown is not None
    assert float(shown[1]) == pytest.approx(float(yearly.sel(year=1990)), rel=1e-6)
    for year, persons in run.observed[run.observed["sex"] == "total"][["year", "persons"]].itertuples(index=False):
        assert (f"x: {year}; y: {persons:.0f}; sex: total" in found) == (year <= 2004)


def test_titles_state_the_numbers() -> None:
    whole = result()
    yearly = whole.flows["arrivals"].sum(["sex", "age", "province"]).groupby("month.year").sum()
    top = int(yearly["year"][int(np.argmax(yearly.values))])
    said = texts(svg(per_year(whole)))
    assert f"are highest in {top}: {float(yearly.max()):,.0f} in the model, 2,700 in the data" in said
    women = whole.flows["arrivals"].sel(sex="female", month=slice("2002", "2016")).sum()
    share = float(women / whole.flows["arrivals"].sel(month=slice("2002", "2016")).sum())
    data = whole.observed.groupby("sex")["persons"].sum()
    said = texts(svg(by_sex(whole)))
    assert f"From 2002 to 2016, {data['female'] / data['total']:.0%}".replace("%", " %") in said
    assert f"in the model {100 * share:.0f} %" in said


def test_the_sexes_keep_their_colours(drawn: dict[str, bytes]) -> None:
    for name in ("arrivals_by_sex", "serve_trade_pay", "abroad", "population", "policies"):
        drawing = drawn[f"{name}.svg"].decode()
        for word, colour in (("Women", theme.WOMEN), ("Men", theme.MEN)):
            assert re.search(rf'fill="{colour}"[^>]*>{word}<', drawing), (name, word)


def test_colours_differ_for_the_colour_blind() -> None:
    """Women's and men's colours stay apart in lightness or hue for both common dichromacies (after Vienot)."""

    def seen(colour: str, matrix: list[list[float]]) -> np.ndarray:
        channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]) ** 2.2
        return np.clip(np.array(matrix) @ channels, 0, 1) ** (1 / 2.2)

    protan = [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]
    deutan = [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]
    for matrix in (protan, deutan):
        pairs = {(theme.WOMEN, theme.MEN): 0.3, (theme.WOMEN, theme.BOTH): 0.15, (theme.MEN, theme.BOTH): 0.15}
        for (one, other), gap in pairs.items():
            assert np.abs(seen(one, matrix) - seen(other, matrix)).max() > gap, (one, other)


def test_policies_show_what_is_in_force_and_what_others_say(run: Result, toyland: tc.Case) -> None:
    said = texts(svg(over_flow(run, toyland)))
    variants = {name for given in toyland.inputs.values() for name in given.variants}
    assert "Price of a crossing (US dollars)" in said
    assert any(name[:5] in said for name in variants)
    shut = texts(svg(over_flow(run, toyland, toyland.world(settings=["fee=777"]))))
    assert "777" in shut
    assert "777" not in said


def test_the_pyramid_compares_mid_years(run: Result, toyland: tc.Case) -> None:
    drawing = svg(population(run, toyland))
    model = float(run.flows["population"].sel(month="2000-06").sum())
    data = float(toyland.population.query("year == 2000")["persons"].sum())
    assert model > 0 < data
    last = int(re.search(r"In (\d{4}) the model holds", texts(drawing))[1])  # type: ignore[index]
    held = float(run.flows["population"].sel(month=f"{last}-06").sum())
    assert f"the model holds {held:,.0f} people" in texts(drawing)


def test_what_cannot_be_drawn_is_said_and_left_out(run: Result) -> None:
    gallery = draw(run, None)
    assert set(gallery.files) == {
        f"{name}.{kind}" for name in NAMES if name not in ("policies", "population") for kind in ("svg", "png")
    }
    assert gallery.skipped == (
        "figure policies is left out: it needs the case the result was made from",
        "figure population is left out: it needs the case the result was made from",
    )
    short = Result(flows("1990-02", 4), run.record, run.observed)
    assert len(draw(short, None).skipped) == 6


def test_figures_of_nobody_can_be_drawn(toyland: tc.Case, run: Result) -> None:
    empty = Result(run.flows * 0.0, run.record, run.observed.iloc[:0])
    gallery = draw(empty, toyland)
    assert gallery.skipped == ()
    assert "Nobody is abroad" in texts(gallery.files["abroad.svg"])


def test_script_in_a_name_stays_text(run: Result, toyland: tc.Case) -> None:
    fields: dict[str, Any] = {name: getattr(toyland, name) for name in ("arrivals", "sources", "population", "inputs")}
    evil = SimpleNamespace(**fields, title="<script>alert(1)</script>\x07", destination='"><img src=x onerror=y>')
    drawing = svg(per_year(run, evil))  # type: ignore[arg-type]
    assert "<script" not in drawing
    assert "<img" not in drawing
    assert "<script>alert(1)</script>?" in texts(drawing)


def test_the_renderer_brings_its_own_font() -> None:
    """On a machine without fonts text must not vanish: with the generic family letters leave ink on the paper."""
    square = '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40">{}</svg>'
    words = '<text y="30" font-size="30px" font-family="no such font, sans-serif">Women</text>'
    assert len(vl_convert.svg_to_png(square.format(words))) > 2 * len(vl_convert.svg_to_png(square.format("")))
    assert theme.FONT.endswith("sans-serif")


def test_no_figure_holds_more_rows_than_altair_allows(run: Result, toyland: tc.Case) -> None:
    spec = over_flow(run, toyland).to_dict()
    assert sum(len(rows) for rows in spec["datasets"].values()) < 1000


def test_a_case_with_blocks_of_years_shows_them(run: Result) -> None:
    columns = ["year_start", "year_end", "sex", "persons", "vintage", "source", "status", "role"]
    rows = [
        (1990, 1993, "female", 40, "v", "A", "seen", "fit"),
        (1990, 1993, "male", 60, "v", "A", "seen", "fit"),
        (1990, 1993, "total", 90, "old", "A", "seen", "vintage"),
        (1985, 1989, "total", 5, "v", "A", "seen", "fit"),
        (1990, 1997, "total", 900, "v", "A", "seen", "check"),
    ]
    case = SimpleNamespace(
        title="T", destination="D", sources={}, arrivals=pd.DataFrame(rows, columns=columns), inputs={}
    )
    bare = replace(run, observed=run.observed.iloc[:0])
    assert "1990-1993: 100 in all" in texts(svg(per_year(bare, case)))  # type: ignore[arg-type]
    assert "1997" not in texts(svg(per_year(bare, case))), "a longer block would hide the shorter"  # type: ignore[arg-type]
    assert "y: 10; x2: 1993.4; sex: female" in marks(svg(by_sex(scaled(bare, 0.02), case)))  # type: ignore[arg-type]
    assert "y: 10; x2: 1993.4; sex: female" not in marks(svg(by_sex(bare, case)))  # type: ignore[arg-type]


def test_rendering_needs_no_network(run: Result) -> None:
    source = (Path(theme.__file__).parent / "render.py").read_text()
    assert "allowed_base_urls=[]" in source
    spec = per_year(run).to_dict()
    assert "url" not in str(spec.get("data", "")) + str(list(spec["datasets"]))


@pytest.fixture(scope="module")
def banded(run: Result) -> Result:
    asked = {"scenarios": [{"name": "dear_river"}], "settings": [], "variants": {}}
    made = {**run.record, "draws": of_draws(), "request": asked, "history": "chronicle"}
    return replace(run, record=made, draws=draws(1990, 2004))


def areas(chart: Any) -> list[str]:
    return re.findall(r'"type": "area"', chart.to_json())


def test_draws_are_bands_around_their_median(run: Result, banded: Result, toyland: tc.Case) -> None:
    for figure, bands in ((per_year, 3), (by_sex, 6)):
        assert len(areas(figure(banded, toyland))) == bands
        assert len(areas(figure(run, toyland))) == {per_year: 1, by_sex: 2}[figure], "the chance of a single run"
    held = banded.draws
    assert held is not None
    data = per_year(banded, toyland).to_dict()["datasets"].values()
    line = next(rows for rows in data if {"x", "y", "sex"} == set(rows[0]))
    by_year = {row["x"]: row["y"] for row in line}
    expected = held["arrivals"].sum("sex").median("draw")
    assert by_year[2000] == pytest.approx(float(expected.sel(year=2000)), rel=1e-5)
    band = next(rows for rows in data if "level" in rows[0] and rows[0]["level"] == 0.8)
    ends = next((row["low"], row["high"]) for row in band if row["x"] == 2000)
    counts = held["arrivals_observed"].sum("sex").sel(year=2000).values
    assert ends == pytest.approx(tuple(np.percentile(counts, [10, 90])))


def test_a_figure_of_draws_says_so(banded: Result, toyland: tc.Case) -> None:
    drawn = draw(banded, toyland, toyland.world()).files
    for name in ("arrivals", "arrivals_by_sex"):
        said = texts(drawn[f"{name}.svg"])
        assert "Bands: 50, 80 and 95 % of the counts they predict." in said
        assert "Posterior of interplay (shipped with the case), 8 draws of 4,000 agents each." in said
        assert "Changed: dear_river." in said, "each draw has a history of its own"
        assert "seed 1" not in said
        assert "no uncertainty" not in said
    assert "80 % interval" in texts(drawn["arrivals_by_sex.svg"])
    other = texts(drawn["serve_trade_pay.svg"])
    assert "Parameters: interplay, draw 17" in other
    assert "seed 1" in other


def titled(run: Result, **record: Any) -> str:
    return texts(svg(by_sex(replace(run, record={**run.record, **record}))))


def test_a_title_says_what_keeps_numbers_from_being_estimates(run: Result, toyland: tc.Case) -> None:
    estimated = {"name": "interplay, draw 17", "source": "shipped", "sound": True}
    asked = {"scenarios": [{"name": "no_military_first"}], "settings": ["fee=1"], "variants": {}}
    for given, words in (
        ({"parameters": {"name": "case", "values": {}}}, "Not an estimate. From "),
        ({"parameters": {**estimated, "sound": False}}, "From a posterior that failed its checks. From "),
        (
            {"parameters": estimated, "request": asked},
            "World without military first and with 1 value set by hand. From ",
        ),
    ):
        assert words in titled(run, **given)
        for figure in (per_year, serve_trade_pay, people_abroad):
            changed = replace(run, record={**run.record, **given})
            assert words.removesuffix(" From ") in texts(svg(figure(changed, toyland)))
    said = titled(run, parameters=estimated)
    assert "estimate" not in said
    assert "World " not in said


def test_a_title_states_a_misfit_that_the_share_hides(run: Result) -> None:
    def told(times: float, **record: Any) -> str:
        table = yearly_arrivals(run.flows)
        observed = table.rename(columns={"value": "persons"})[["year", "sex", "persons"]]
        observed = observed.assign(persons=observed["persons"] / times)
        return texts(svg(by_sex(replace(run, observed=observed, record={**run.record, **record}))))

    assert "off by a factor" not in told(1.1)
    assert "its yearly numbers are off by a factor of 2.3, their sum is 2.3 times the count" in told(2.3)
    assert "its yearly numbers are off by a factor of 2.0, their sum is 0.5 times the count" in told(0.5)
    asked = {"scenarios": [{"name": "no_military_first"}], "settings": [], "variants": {}}
    assert "off by a factor" not in told(2.3, request=asked), "what a world changes is no misfit"


def test_no_bar_hides_another(run: Result, toyland: tc.Case) -> None:
    spec = by_sex(replace(run, observed=run.observed.iloc[:0]), toyland).to_dict()
    bars = [rows for rows in spec["datasets"].values() if rows and {"x", "x2", "y", "sex"} <= set(rows[0])]
    both = next(rows for rows in bars if len({row["sex"] for row in rows}) == 2)
    for one in both:
        for other in both:
            if one["x"] == other["x"] and one["sex"] < other["sex"]:
                assert abs(one["y"] - other["y"]) > 0.02 * run.flows["arrivals"].sum(["age", "province"]).max()


def test_the_chance_of_a_run_is_two_standard_errors_about_it(run: Result) -> None:
    table = yearly(run.flows, "arrivals").set_index(["sex", "year"])
    shown = chance(run, ("female",)).set_index("x")
    one = table.loc[("female", 2000)]
    assert shown.loc[2000, "high"] - one["value"] == pytest.approx(1.96 * one["se"])
    assert shown.loc[2000, "low"] == pytest.approx(max(0.0, one["value"] - 1.96 * one["se"]))
    men = table.loc[("male", 2000)]
    draw = np.random.default_rng(1).standard_normal((2, 200_000))
    women, rest = (part["value"] + part["se"] * luck for part, luck in zip((one, men), draw, strict=True))
    share = chance_of_share(run).set_index("x").loc[2000]
    assert (share["high"] - share["low"]) / 3.92 == pytest.approx(float((women / (women + rest)).std()), rel=0.05)


def scaled(run: Result, by: float) -> Result:
    """The same result with a share of its arrivals."""
    flows = run.flows.assign(arrivals=by * run.flows["arrivals"], arrivals_se=by * run.flows["arrivals_se"])
    return replace(run, flows=flows)

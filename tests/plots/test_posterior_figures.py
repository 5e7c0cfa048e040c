"""Figures of a posterior: each is drawn, can be read, and shows the data."""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

import tumen.case as tc
from tests.infer.synthetic_posterior import TARGETS, changed, posterior
from tumen.infer.posterior import Posterior
from tumen.plots import gallery, theme
from tumen.plots.posterior import arrivals, women
from tumen.plots.render import svg
from tumen.plots.targets import every, period_said, scale_of, ticks
from tumen.summary.draws import counted
from tumen.summary.identified import NECESSITY

SVG = "{http://www.w3.org/2000/svg}"
NAMES = tuple(gallery.OF_POSTERIOR)


@pytest.fixture(scope="module")
def case() -> tc.Case:
    return tc.load("north_korea")


@pytest.fixture(scope="module")
def found(case: tc.Case) -> Posterior:
    return posterior(case)


@pytest.fixture(scope="module")
def drawn(found: Posterior, case: tc.Case) -> dict[str, bytes]:
    told: list[str] = []
    drawn = gallery.draw_posterior(found, case, told.append)
    assert drawn.skipped == ()
    assert tuple(told) == NAMES
    return drawn.files


def texts(drawing: bytes | str) -> str:
    tree = ElementTree.fromstring(drawing)
    parts = [
        " ".join("".join(piece.itertext()).strip() for piece in ([text] if not len(text) else list(text)))
        for text in tree.iter(f"{SVG}text")
    ]
    return " ".join(" ".join(parts).split())


def marks(drawing: bytes | str) -> str:
    return "\n".join(node.get("aria-label", "") for node in ElementTree.fromstring(drawing).iter())


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_is_drawn_twice_and_can_be_read(drawn: dict[str, bytes], name: str) -> None:
    drawing, image = drawn[f"{name}.svg"], drawn[f"{name}.png"]
    assert image.startswith(b"\x89PNG") and len(image) > 20_000
    width, height = (float(value) for value in re.findall(rb'(?:width|height)="([\d.]+)"', drawing)[:2])
    assert struct.unpack(">II", image[16:24]) == pytest.approx((2 * width, 2 * height), abs=2)
    assert 560 <= width <= 660
    sizes = [float(size) for size in re.findall(rb'font-size="([\d.]+)px"', drawing)]
    assert min(sizes) * 390 / width >= 7.5
    assert set(texts(drawing)) <= set(map(chr, range(32, 127))), "a sign that the font may not have"


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_says_where_it_comes_from(drawn: dict[str, bytes], case: tc.Case, name: str) -> None:
    said = texts(drawn[f"{name}.svg"])
    assert f"(north_korea, {case.hash[:8]})" in said
    assert "Theory: open_keys." in said
    assert "100 draws, from 4,000 runs of 8,000 agents." in said
    assert "FAILED DIAGNOSTICS" not in said


def test_a_posterior_that_failed_its_diagnostics_says_so_in_its_figures(case: tc.Case) -> None:
    said = texts(svg(arrivals(posterior(case, sound=False), case)))
    assert "FAILED DIAGNOSTICS." in said
    stale = posterior(None)  # of no case's ground
    assert "OUTDATED: made from another version of the case." in texts(svg(arrivals(stale, case)))


def test_arrivals_hold_a_dot_for_every_count(drawn: dict[str, bytes], found: Posterior) -> None:
    for name in ("posterior_arrivals", "prior_arrivals"):
        shown = marks(drawn[f"{name}.svg"]).replace(",", "")
        for row in counted(found).to_dict(orient="records"):
            middle, length = (row["first"] + row["last"]) / 2, row["last"] - row["first"] + 1
            for sex in ("female", "male"):
                pairs = re.findall(rf"x: {middle:g}; y: ([\d.]+); sex: {sex}", shown)
                wanted = pytest.approx(row[sex] / length, rel=1e-3, abs=0.51)  # the logarithmic axis says whole persons
                assert any(float(value) == wanted for value in pairs), (name, middle, sex)


def test_the_share_of_women_shows_data_and_departures(drawn: dict[str, bytes], found: Posterior) -> None:
    shown, said = marks(drawn["posterior_women.svg"]), texts(drawn["posterior_women.svg"])
    blocks = counted(found)
    for year, share in blocks[blocks["first"] == blocks["last"]][["first", "share"]].itertuples(index=False):
        values = re.findall(rf"x: {year}; y: ([\d.]+); sex: female", shown)
        assert any(float(value) == pytest.approx(share, rel=1e-3) for value in values), year
    assert "arrivals are not departures" in said
    assert {"arrive", "leave"} <= set(said.split())
    assert b"stroke-dasharray" in drawn["posterior_women.svg"]


def test_a_share_of_a_handful_is_left_out(found: Posterior) -> None:
    few = found.groups["posterior_predictive"]["arrivals_replicated"].values.copy()
    few[:, :, :10] = 1.0  # two persons a year
    chart = women(changed(found, "posterior_predictive", arrivals_replicated=few)).to_dict()
    lines = [rows for rows in chart["datasets"].values() if rows and set(rows[0]) == {"x", "y", "sex"}]
    model = [rows for rows in lines if all(row["sex"] == "female" for row in rows)]
    assert min(row["x"] for rows in model for row in rows) == 2000


def test_every_target_has_its_dot_and_the_missed_ones_a_ring(found: Posterior, case: tc.Case) -> None:
    observed = found.groups["observed_data"]["targets"].values.copy()
    observed[4] = 0.95  # where the model says 0.62
    drawing = svg(every(changed(found, "observed_data", targets=observed), case))  # type: ignore[arg-type]
    shown = marks(drawing)
    for place, row in enumerate(TARGETS):
        values = re.findall(r"observed: ([\d.]+)", shown.replace(",", ""))
        assert (any(float(v) == pytest.approx(observed[place], rel=1e-3) for v in values)) == row[6], row
    assert drawing.count("#b00020") == 1
    said = texts(drawing)
    assert "6 of 7 targets that were fitted and 2 of 2 targets that were not fitted" in said
    assert "Persons abroad, persons, logarithmic" in said
    assert "Kangwon + 2 more" in said


def test_ages_show_sexes_and_data(drawn: dict[str, bytes]) -> None:
    said, shown = texts(drawn["posterior_ages.svg"]), marks(drawn["posterior_ages.svg"])
    assert "Arrivals 1998 to 2003-08" in said
    for word in ("0-19", "20-39", "40+", "Women", "Men", "Both"):
        assert word in said
    for value in (0.19, 0.6, 0.21):
        assert f"y: {value:g}; sex: total" in shown


def test_shares_by_age_and_sex_add_up_to_one(found: Posterior) -> None:
    from tumen.plots.targets import _by_sex

    lines = _by_sex(found, "arrivals 1998-01..2003-08", ["0-19", "20-39", "40+"])
    assert lines["y"].sum() == pytest.approx(1, abs=0.01)
    assert _by_sex(found, "arrivals of some day", ["0-19"]).empty


def test_contraction_shows_every_parameter(drawn: dict[str, bytes]) -> None:
    said = texts(drawn["identified.svg"])
    assert "The counts identify 4 of 8 parameters and leave 2 about as they were" in said
    assert said.index("Attempt rate of a woman") < said.index("Share of attempts that are not")
    assert said.index("Share of attempts that are not") < said.index("Fee level")


def test_the_two_keys_show_prior_and_posterior(drawn: dict[str, bytes], found: Posterior) -> None:
    said = texts(drawn["two_keys.svg"])
    assert "they do not tell whether both keys are necessary" in said
    assert "Departures that vanish without mobility" in said
    assert "<= -5" in said
    extreme = found.groups["posterior"]["theta"].values.copy()
    extreme[..., 1] = -80.0
    chart = gallery.OF_POSTERIOR["two_keys"](changed(found, "posterior", theta=extreme), None)
    assert not isinstance(chart, str)
    rows = [row for data in chart.to_dict()["datasets"].values() for row in data if row.get("of") == "posterior"]
    assert max(row["y"] for row in rows if row["low"] == -5) == 1.0, "what lies beyond stands at the end"
    shape = found.groups["posterior_predictive"]["mobility_necessity"].shape
    backwards = changed(found, "posterior_predictive", mobility_necessity=np.full(shape, -0.2))
    chart = gallery.OF_POSTERIOR["two_keys"](backwards, None)
    assert not isinstance(chart, str)
    rows = [row for data in chart.to_dict()["datasets"].values() for row in data if row.get("of") == "posterior"]
    assert 1.0 in [row["y"] for row in rows if row["low"] == 0], "so does a share below zero"


def test_what_cannot_be_drawn_is_said(found: Posterior) -> None:
    groups = dict(found.groups)
    for name in ("posterior", "prior"):
        groups[name] = groups[name].isel(parameter=[0])
    for name in ("posterior_predictive", "prior_predictive"):
        groups[name] = groups[name].drop_vars(list(NECESSITY))
    none = np.zeros(len(TARGETS), dtype=bool)
    bare = changed(replace(found, groups=groups), "constant_data", compared=none)
    drawn = gallery.draw_posterior(bare)
    assert drawn.skipped == (
        "figure posterior_ages is left out: no ages at arrival were fitted",
        "figure posterior_targets is left out: the model has no counterpart of any target",
        "figure trade_offs is left out: fewer than two parameters move",
        "figure two_keys is left out: the theory has neither an exponent nor keys to take away",
    )
    assert "posterior_arrivals.png" in drawn.files


def test_words_on_the_axes() -> None:
    assert [
        period_said(p) for p in ("arrivals ..2016-12", "leavers 2006-01..2010-12", "arrivals 2003-01..2003-12")
    ] == ["arrivals to 2016", "leavers 2006 to 2010", "arrivals 2003"]
    assert (scale_of("percent"), scale_of("share"), scale_of("person")) == ("share", "share", "person")
    for low, high in ((2500.0, 70000.0), (2.5, 6.9), (900_000.0, 3e6), (0.5, 5.0)):
        found = ticks(low, high)
        assert 2 <= len(found) <= 7
        assert all(low <= value <= high for value in found)
    assert theme.WOMEN != theme.MEN

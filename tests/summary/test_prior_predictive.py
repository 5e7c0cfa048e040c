"""The prior predictive as words and as a figure: bands, the median, and a dot for every count."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from tests.infer.test_prior_predictive import around, made
from tumen.cli.output import as_text
from tumen.plots.prior_predictive import prior_predictive
from tumen.plots.render import svg
from tumen.summary import prior_predictive as report


def marks(drawing: str) -> str:
    return "\n".join(node.get("aria-label", "") for node in ElementTree.fromstring(drawing).iter())


def test_the_report_says_what_is_refused_and_what_is_covered() -> None:
    found = made(around(1.9, 0.1))
    lines = report.sentences(found)
    size = len(found.single("total"))
    assert lines[0] == "42 draws of the priors, 400 agents a run: 2 % refused"
    assert lines[1] == "  1 times: too dear"
    assert f"{size} yearly totals" in lines[2] and "0 lie inside" in lines[2] and f"factor of 2 of {size}" in lines[2]
    assert f"{size} lie inside the central 90 %" in lines[3]
    assert report.table(found).row_count == len(found.blocks)
    content = report.as_json(found)
    assert (content["refused"], content["draws"]) == (1, 42)
    assert not content["totals"][0]["inside"]
    assert "NaN" not in as_text(content)


def test_the_figure_has_bands_and_a_dot_for_every_count() -> None:
    found = made(around(1.0, 0.3))
    drawing = svg(prior_predictive(found))
    shown = marks(drawing).replace(",", "")
    for what, sex in (("total", "total"), ("women", "female")):
        for each in found.single(what):
            pairs = re.findall(rf"x: {each.first}; y: ([\d.]+); sex: {sex}", shown)
            assert any(float(value) == pytest.approx(each.counted, rel=1e-3, abs=0.51) for value in pairs), each
    said = "".join(ElementTree.fromstring(drawing).itertext())
    assert "Bands: 50 and 90 %" in said and "42 draws of the priors" in said
    widths = [float(value) for value in re.findall(r'width="([\d.]+)"', drawing)[:1]]
    assert 560 <= widths[0] <= 660

"""A PNG shows what the SVG shows in few colours, and never exceeds the largest size."""

from __future__ import annotations

import io

import altair as alt
import numpy as np
import pandas as pd
import pytest
import vl_convert
from PIL import Image

from tumen.plots import render, theme
from tumen.plots.render import LARGEST, drawn, png


def bands() -> alt.VConcatChart:
    """Six panels of half-transparent bands over each other in many shades."""
    rng, x = np.random.default_rng(3), np.arange(60.0)
    panels = []
    for _ in range(6):
        walks = [rng.normal(0, 1, 60).cumsum() for _ in range(5)]
        frames = [
            pd.DataFrame({"x": x, "low": one - 4, "high": one + 4, "which": str(i)}) for i, one in enumerate(walks)
        ]
        chart = (
            alt.Chart(pd.concat(frames)).mark_area(opacity=0.3).encode(x="x:Q", y="low:Q", y2="high:Q", color="which:N")
        )
        panels.append(chart.properties(width=theme.WIDTH, height=150))
    return theme.sheet(panels, theme.Words("Many", "bands", "made up"))


def pixels(made: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(made)).convert("RGB"), dtype=int)


def test_a_large_figure_is_a_small_file_that_shows_the_same() -> None:
    made = drawn("bands", bands())
    assert list(made) == ["bands.svg", "bands.png"]
    assert len(made["bands.png"]) <= LARGEST
    whole = pixels(vl_convert.svg_to_png(made["bands.svg"].decode(), scale=2.0))
    packed = pixels(made["bands.png"])
    assert packed.shape == whole.shape, "fewer colours before fewer pixels"
    assert (packed[whole.sum(axis=2) == 3 * 255] == 255).all(), "the background stays white"
    away = np.abs(packed - whole).max(axis=2)
    assert np.mean(away) < 3 and np.quantile(away, 0.99) <= 24
    assert drawn("bands", bands()) == made, "the same bytes every time"


def test_a_picture_that_cannot_be_small_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "LARGEST", 4_000)
    rng, places = np.random.default_rng(2), range(0, 200, 2)
    squares = "".join(
        f'<rect x="{x}" y="{y}" width="2" height="2" fill="#{rng.integers(0, 1 << 24):06x}"/>'
        for x in places
        for y in places
    )
    noise = f'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200">{squares}</svg>'
    with pytest.raises(ValueError, match=r"a figure takes [\d,]+ bytes as PNG, 4,000 are the most - draw fewer"):
        png(noise)

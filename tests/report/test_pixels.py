"""A PNG is packed without loss where its size allows, and a figure never exceeds the largest size."""

from __future__ import annotations

import zlib

import altair as alt
import numpy as np
import pandas as pd
import pytest

from tumen.report import render, theme
from tumen.report.pixels import _chunk, _read, packed
from tumen.report.render import LARGEST, png, svg

SIGNATURE = b"\x89PNG\r\n\x1a\n"
NEVER = 10**9


def stored(pixels: np.ndarray, kinds: list[int]) -> bytes:
    """An opaque PNG whose lines are stored with these filters in turn (ISO/IEC 15948, 9.2)."""
    height, width, _ = pixels.shape
    opaque = np.concatenate([pixels, np.full((height, width, 1), 255)], axis=2).astype(int)
    around = np.pad(opaque, ((1, 0), (1, 0), (0, 0)))
    left, above, corner = around[1:, :-1], around[:-1, 1:], around[:-1, :-1]
    guess = left + above - corner
    far = np.abs(np.stack([left, above, corner]) - guess)
    paeth = np.where((far[0] <= far[1]) & (far[0] <= far[2]), left, np.where(far[1] <= far[2], above, corner))
    told = [0 * left, left, above, (left + above) // 2, paeth]
    lines = [bytes([k]) + ((opaque[i] - told[k][i]) % 256).astype(np.uint8).tobytes() for i, k in enumerate(kinds)]
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 6, 0, 0, 0])
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(b"".join(lines))), (b"IEND", b"")
    return SIGNATURE + b"".join(_chunk(name, content) for name, content in chunks)


def shown(made: bytes) -> np.ndarray:
    """The pixels of a packed PNG, with its palette or without: what any viewer would show."""
    at, parts = 8, dict[bytes, bytes]()
    while at < len(made):
        size = int.from_bytes(made[at : at + 4], "big")
        name, content = made[at + 4 : at + 8], made[at + 8 : at + 8 + size]
        assert int.from_bytes(made[at + 8 + size : at + 12 + size], "big") == zlib.crc32(name + content)
        parts[name] = content
        at += 12 + size
    width, height = (int.from_bytes(parts[b"IHDR"][i : i + 4], "big") for i in (0, 4))
    lines = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(height, -1)
    assert not lines[:, 0].any(), "no filter"
    if b"PLTE" not in parts:
        return lines[:, 1:].reshape(height, width, 3)
    return np.frombuffer(parts[b"PLTE"], np.uint8).reshape(-1, 3)[lines[:, 1:]]


@pytest.mark.parametrize("colours", [7, 256, 2000])
def test_what_suffices_is_packed_without_loss_however_it_was_stored(colours: int) -> None:
    rng = np.random.default_rng(colours)
    pixels = rng.integers(0, 256, (colours, 3))[rng.integers(0, colours, (60, 50))]
    made = packed(stored(pixels, [i % 5 for i in range(60)]), NEVER)
    np.testing.assert_array_equal(shown(made), pixels)
    assert made == packed(stored(pixels, [1] * 60), NEVER), "the same picture gives the same bytes"


def test_what_is_too_large_keeps_the_colours_that_most_pixels_have() -> None:
    rng = np.random.default_rng(1)
    rare = rng.integers(0, 256, (3000, 3))
    common = rng.integers(0, 256, (100, 3))
    pixels = np.concatenate([common[rng.integers(0, 100, 9000)], rare]).reshape(120, 100, 3)
    found = shown(packed(stored(pixels, [1] * 120), 20_000)).reshape(-1, 3)
    np.testing.assert_array_equal(found[:9000], pixels.reshape(-1, 3)[:9000])
    assert len(np.unique(found, axis=0)) == 256
    away = np.linalg.norm(found[9000:].astype(int) - rare, axis=1)
    assert np.median(away) < 40, "and puts others to the nearest of them"


def test_a_large_figure_is_a_small_file() -> None:
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
    drawn = svg(theme.sheet(panels, theme.Words("Many", "bands", "made up")))
    made = png(drawn)
    assert LARGEST / 2 < len(made) <= LARGEST
    assert b"PLTE" in made[:100] and shown(made).shape[0] > 2000, "fewer colours before fewer pixels"


def test_a_picture_that_cannot_be_small_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "LARGEST", 4_000)
    rng, places = np.random.default_rng(2), range(0, 200, 2)
    squares = "".join(
        f'<rect x="{x}" y="{y}" width="2" height="2" fill="#{rng.integers(0, 1 << 24):06x}"/>'
        for x in places
        for y in places
    )
    noise = f'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200">{squares}</svg>'
    with pytest.raises(ValueError, match=r"a figure takes [\d,]+ bytes as PNG, and 4,000 are the most - draw fewer"):
        png(noise)


def test_what_no_renderer_of_figures_makes_is_refused() -> None:
    made = stored(np.zeros((2, 2, 3), int), [0, 0])
    clear = made.replace(bytes([8, 6, 0, 0, 0]), bytes([8, 4, 0, 0, 0]))
    with pytest.raises(ValueError, match="a PNG of kind 0804000000 was rendered, and 8 bits of red"):
        packed(clear, NEVER)
    half = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="2" height="2" fill="#123456"/></svg>'
    )
    with pytest.raises(ValueError, match="transparent in part"):
        png(half)
    pixels, rest = _read(made)
    assert pixels.shape == (2, 2, 3) and rest == []

"""A chart as SVG and PNG, made offline."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import altair as alt

_VEGA_LITE = "6.4"
#: Pixels to a point: two, and fewer for a figure that would be larger than LARGEST.
_SCALES = (2.0, 1.5, 1.0)
#: Bytes of a PNG: what a page with several of them still loads at once.
LARGEST = 200_000
#: Colours of a palette, whose places are one byte each: a quarter of the size, and enough for flat figures.
_COLOURS = 256


def drawn(name: str, chart: alt.VConcatChart) -> dict[str, bytes]:
    """A chart as the files `name.svg` and `name.png`."""
    made = svg(chart)
    return {f"{name}.svg": made.encode("utf-8"), f"{name}.png": png(made)}


def svg(chart: alt.VConcatChart) -> str:
    """The chart as SVG; nothing is fetched from anywhere."""
    import vl_convert

    spec = json.dumps(chart.to_dict())
    return str(vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE, allowed_base_urls=[]))


def png(made: str) -> bytes:
    """An SVG as PNG of at most LARGEST bytes. Raises ValueError for one that shows too much for that."""
    import vl_convert
    from PIL import Image

    for scale in _SCALES:
        pixels = Image.open(io.BytesIO(vl_convert.svg_to_png(made, scale=scale))).convert("RGB")
        packed = io.BytesIO()
        pixels.quantize(_COLOURS, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
        if packed.tell() <= LARGEST:
            return packed.getvalue()
    raise ValueError(f"a figure takes {packed.tell():,} bytes as PNG, {LARGEST:,} are the most - draw fewer panels")

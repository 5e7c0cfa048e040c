"""A chart as SVG and PNG, made offline."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tumen.report.pixels import packed

if TYPE_CHECKING:
    import altair as alt

_VEGA_LITE = "6.4"
#: Pixels to a point: two, and fewer for a figure that would be larger than LARGEST.
_SCALES = (2.0, 1.5, 1.0)
#: Bytes of a PNG: what a page with several of them still loads at once.
LARGEST = 200_000


def svg(chart: alt.VConcatChart) -> str:
    """The chart as SVG; nothing is fetched from anywhere."""
    import vl_convert

    spec = json.dumps(chart.to_dict())
    return str(vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE, allowed_base_urls=[]))


def png(drawn: str) -> bytes:
    """An SVG as PNG of at most LARGEST bytes. Raises ValueError for one that shows too much for that."""
    import vl_convert

    for scale in _SCALES:
        made = packed(bytes(vl_convert.svg_to_png(drawn, scale=scale)), LARGEST)
        if len(made) <= LARGEST:
            return made
    raise ValueError(f"a figure takes {len(made):,} bytes as PNG, and {LARGEST:,} are the most - draw fewer panels")

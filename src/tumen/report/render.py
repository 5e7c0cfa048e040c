"""A chart as SVG and PNG, made offline."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import altair as alt

_VEGA_LITE = "6.4"
_SCALE = 2.0


def svg(chart: alt.VConcatChart) -> str:
    """The chart as SVG; nothing is fetched from anywhere."""
    import vl_convert

    spec = json.dumps(chart.to_dict())
    return str(vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE, allowed_base_urls=[]))


def png(drawn: str) -> bytes:
    """An SVG as PNG, two pixels to a point."""
    import vl_convert

    return bytes(vl_convert.svg_to_png(drawn, scale=_SCALE))

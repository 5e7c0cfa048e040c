"""Women's share of a flow, year by year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tumen.result.errors import ResultError
from tumen.result.tables import yearly

if TYPE_CHECKING:
    import xarray as xr

#: The monthly flows that have a share.
FLOWS = ("arrivals", "departures", "attempts", "interceptions", "repatriations")


def share_of_women(flows: xr.Dataset, flow: str) -> xr.DataArray:
    """Women among the persons of a flow by calendar year, of whole years; NaN below one person. Raises ResultError."""
    import numpy as np
    import xarray as xr

    if flow not in FLOWS or flow not in flows:
        known = [name for name in FLOWS if name in flows]
        raise ResultError(
            f"the result has no flow '{flow}'", "share", f"one of {', '.join(known)}", "name one of these"
        )
    table = yearly(flows, flow).pivot(index="year", columns="sex", values="value")
    total = table["total"].where(table["total"] >= 1, np.nan)
    about = {"units": "1", "long_name": f"Share of women among yearly {flow}"}
    years = table.index.to_numpy(dtype=np.int64)
    return xr.DataArray((table["female"] / total).to_numpy(), {"year": years}, ("year",), f"share_of_{flow}", about)

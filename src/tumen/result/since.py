"""A result without its first years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tumen.result.bundle import Result


def since(result: Result, year: int | None) -> Result:
    """The result without the years before `year`; unchanged where it is None."""
    if year is None:
        return result
    window = {**result.record.get("window", {}), "start": f"{year}-01"}
    return replace(
        result,
        flows=result.flows.sel(month=slice(f"{year}-01-01", None), year=slice(year, None)),
        events=result.events and _events_since(result.events, year),
        draws=None if result.draws is None else result.draws.sel(year=slice(year, None)),
        record={**result.record, "window": window},
    )


def _events_since(events: Mapping[str, Any], year: int) -> dict[str, Any]:
    import numpy as np

    from tumen.result.events import Coded

    late = np.asarray(events["month"]) >= np.datetime64(f"{year}-01")

    def cut(column: Any) -> Any:
        if isinstance(column, Coded):
            return Coded(column.codes[late], column.words)
        return column[late] if isinstance(column, np.ndarray) else column

    return {name: cut(column) for name, column in events.items()}

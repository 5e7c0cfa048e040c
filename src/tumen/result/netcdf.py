"""The same flows give the same bytes: a netCDF file in which nothing depends on the clock or on the order of keys."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tumen.result.record import named

if TYPE_CHECKING:
    import xarray as xr

#: the order in which dimensions are written; those not named follow in alphabetical order
DIMENSIONS = ("scenario", "draw", "replicate", "month", "year", "sex", "age", "province", "channel", "status")
#: Whose names the global attributes have. Not CF's, whose units know no persons.
CONVENTIONS = "ACDD-1.3"
_SUMMARY = "Monthly flows and stocks by sex, age and province, expected numbers of persons; see docs/result.md"

_EPOCH = {"units": "days since 1970-01-01", "calendar": "proleptic_gregorian", "dtype": "int64"}


def to_bytes(flows: xr.Dataset) -> bytes:
    """The flows as netCDF-4, compressed; times as whole days since 1970."""
    ordered = _ordered(flows)
    encoding: dict[str, dict[str, Any]] = {}
    for name in ordered.data_vars:
        if ordered[name].ndim and ordered[name].dtype.kind in "fiu":
            encoding[str(name)] = {"zlib": True, "complevel": 4, "shuffle": True, "chunksizes": ordered[name].shape}
    for name in ordered.coords:
        if ordered[name].dtype.kind == "M":
            encoding[str(name)] = dict(_EPOCH)
    return written(ordered, encoding)


def written(flows: xr.Dataset, encoding: dict[str, dict[str, Any]]) -> bytes:
    """A dataset as netCDF-4. `to_netcdf` would do the same, but imports dask, which takes longer than a small run."""
    from xarray.backends import H5NetCDFStore

    buffer = io.BytesIO()
    store = H5NetCDFStore.open(buffer, mode="w", lock=False)
    flows.dump_to_store(store, encoding=encoding)
    store.close()
    return buffer.getvalue()


def from_bytes(content: bytes) -> xr.Dataset:
    """The flows a netCDF file holds, in memory; the file is not kept open and nothing is locked."""
    import xarray as xr

    return xr.load_dataset(io.BytesIO(content), engine="h5netcdf")


def described(flows: xr.Dataset, record: Mapping[str, Any], version: str) -> xr.Dataset:
    """The flows with global attributes: what they are, of which case, theory and seed, made by what, in which steps.

    Nothing in them depends on the clock, the machine or its paths.
    """
    case, theory = (named(record.get(key)) for key in ("case", "theory"))
    window = record.get("window") or {}
    years = f"{window.get('start', '?')} to {window.get('end', '?')}"
    scenarios = ", ".join(str(name) for name in record.get("scenario") or ()) or "none"
    given = record.get("case")
    stamp = f"{case} {str(given.get('hash', ''))[:8]}".strip() if isinstance(given, Mapping) else case
    parameters = named(record.get("parameters"))
    return flows.assign_attrs(
        {
            "Conventions": CONVENTIONS,
            "title": f"Simulated flows of people leaving: {case}, {years}",
            "summary": _SUMMARY,
            "keywords": "migration, microsimulation",
            "case": stamp,
            "theory": theory,
            "scenario": scenarios,
            "parameters": parameters,
            "seed": int(record.get("seed") or 0),
            "source": f"tumen {version}, a simulation model: theory {theory}, {record.get('people', '?')} agents",
            "history": (
                f"tumen {version}: simulated case {stamp}, {years}; theory {theory}; scenarios {scenarios}; "
                f"parameters {parameters}; seed {record.get('seed')}"
            ),
        }
    )


def _ordered(flows: xr.Dataset) -> xr.Dataset:
    """Dimensions, variables and attributes in one order, without what an earlier file left in the encodings."""
    import numpy as np
    import xarray as xr

    known = [name for name in DIMENSIONS if name in flows.dims]
    dims = known + sorted(str(name) for name in flows.dims if name not in DIMENSIONS)

    def clean(name: Any) -> xr.Variable:
        variable = flows[name].variable.transpose(*[dim for dim in dims if dim in flows[name].dims])
        words = variable.dtype.kind not in "fiubM"
        values = np.asarray(variable.values, dtype=str) if words else variable.values
        return xr.Variable(variable.dims, values, dict(sorted(variable.attrs.items())))

    coords = {str(name): clean(name) for name in sorted(flows.coords, key=str)}
    data = {str(name): clean(name) for name in sorted(flows.data_vars, key=str)}
    return xr.Dataset(data, coords, dict(sorted(flows.attrs.items())))

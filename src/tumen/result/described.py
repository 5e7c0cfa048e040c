"""What a file of flows says of itself: global attributes from the record, so that equal runs give equal bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

#: Whose names the global attributes have. Not CF's, whose units know no persons.
CONVENTIONS = "ACDD-1.3"


def described(flows: xr.Dataset, record: Mapping[str, Any], version: str) -> xr.Dataset:
    """The flows with global attributes: what they are, of which case, theory and seed, made by what, in which steps.

    Nothing in them depends on the clock, the machine or its paths.
    """
    case, theory = (_named(record.get(key)) for key in ("case", "theory"))
    window = record.get("window") or {}
    years = f"{window.get('start', '?')} to {window.get('end', '?')}"
    names = [str(name) for name in record.get("scenario") or ()]
    scenarios = ", ".join(names) or "none"
    given = record.get("case")
    stamp = f"{case} {str(given.get('hash', ''))[:8]}".strip() if isinstance(given, Mapping) else case
    parameters = _named(record.get("parameters"))
    said = {
        "Conventions": CONVENTIONS,
        "title": f"Simulated flows of people leaving: {case}, {years}",
        "summary": "Monthly flows and stocks by sex, age and province, expected numbers of persons; see docs/result.md",
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
    return flows.assign_attrs(said)


def _named(entry: Any) -> str:
    """The name of what a record tells of by name and details."""
    return str(entry.get("name", "?")) if isinstance(entry, Mapping) else str(entry or "?")

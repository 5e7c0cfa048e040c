"""A best fit in hand and on disk: one JSON document, whole or absent, and where a case's fits are found.

`docs/inference.md` lists what stands in it. A fit shipped with a case lies in its folder `fits`; the user's own lie in
the data folder and are used first.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import ConfigDict, PlainValidator, TypeAdapter

from tumen.case import Case, CaseError, ParameterSet
from tumen.case.folder import FITS, migrated
from tumen.infer.run_cache import home
from tumen.model.compiled import Floats
from tumen.model.theories import Theory
from tumen.result.atomic import replace_file

#: Changes when the file's shape changes.
SCHEMA = 1
_WANTED = "a JSON file written by tumen fit"
#: Fields that stand in the file in another shape than here.
_APART = ("names", "values", "z", "parameters", "residuals", "curvature")


@dataclass(frozen=True)
class Residual:
    """One comparison: data and model in the unit, and model minus data in standard deviations of the error model."""

    label: str
    data: float
    model: float
    unit: str
    residual: float


@dataclass(frozen=True, eq=False)
class Fit:
    """The best fit of a case under a theory. `curvature` is J'J + I of half the cost, (rows, rows)."""

    __pydantic_config__ = ConfigDict(arbitrary_types_allowed=True)  # of reading one from a file
    case: str
    theory: str
    history: str | None  # None: the base
    names: tuple[str, ...]
    values: tuple[float, ...]
    z: tuple[float, ...]
    parameters: ParameterSet
    data_cost: float
    prior_cost: float
    network_cost: float
    residuals: tuple[Residual, ...] = field(repr=False)
    curvature: Annotated[Floats, PlainValidator(lambda held: np.array(held, dtype=float))] = field(repr=False)
    runs: int
    refused: int
    seconds: float
    seed: int
    agents: int
    converged: bool
    provenance: dict[str, Any] = field(repr=False)

    @property
    def cost(self) -> float:
        """Squared residuals, prior and network together."""
        return self.data_cost + self.prior_cost + self.network_cost

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all. Raises CaseError where nothing can be written there."""
        content = json.dumps(as_document(self), indent=1, allow_nan=False, ensure_ascii=False)
        try:
            replace_file(path, f"{content}\n".encode())
        except OSError as error:
            what = f"the fit cannot be written: {error.strerror or error}"
            raise CaseError.single(what, str(path), "a file in a folder", "give another file") from None


def as_document(fit: Fit) -> dict[str, Any]:
    """A fit in JSON's own types."""
    rows = zip(fit.names, fit.values, fit.z, strict=True)
    return {
        "schema": SCHEMA,
        **{one.name: getattr(fit, one.name) for one in fields(Fit) if one.name not in _APART},
        "cost": fit.cost,
        "rows_of_priors": [{"name": name, "value": value, "z": z} for name, value, z in rows],
        "parameters": {"name": fit.parameters.name, "values": dict(fit.parameters.values)},
        "residuals": [asdict(row) for row in fit.residuals],
        "curvature": fit.curvature.tolist(),
    }


def read(path: Path) -> Fit:
    """The fit in a file. Raises CaseError where there is none or it cannot be read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CaseError.single(
            f"the fit cannot be read: {error.strerror or error}",
            path.name,
            _WANTED,
            "check the path, or make one: tumen fit",
        ) from None
    try:
        held = json.loads(content)
        if isinstance(held, dict) and isinstance(held.get("schema"), int) and held["schema"] > SCHEMA:
            raise CaseError.single(
                f"the fit was written by a newer tumen (schema {held['schema']})",
                path.name,
                f"schema {SCHEMA}",
                "update tumen, or make it again: tumen fit",
            )
        return _fit(held)
    except CaseError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CaseError.single(
            f"the file holds no fit: {type(error).__name__}", path.name, _WANTED, "make it again: tumen fit"
        ) from None


def _fit(held: Any) -> Fit:
    """A fit from its document. Raises KeyError, TypeError or ValueError where the document is of another shape."""
    held = migrated(held)
    rows, own = held["rows_of_priors"], {one.name: held[one.name] for one in fields(Fit) if one.name in held}
    columns = {field: [row[key] for row in rows] for field, key in (("names", "name"), ("values", "value"), ("z", "z"))}
    fit = TypeAdapter(Fit).validate_python(own | columns | {"provenance": migrated(held["provenance"])})
    if fit.curvature.shape != (len(rows), len(rows)) or not fit.parameters.values:
        raise ValueError("the curvature is not square")
    if not isinstance(fit.provenance["simulation_hash"], str):
        raise TypeError("no provenance")
    return fit


def own_place(case: Case, theory: str) -> Path:
    """Where the user's own fit of a theory is kept."""
    return home() / FITS / case.name / f"{theory}.json"


def place(case: Case, theory: str) -> tuple[Path | None, bool]:
    """Where a fit of a theory is, the user's own before the shipped one, and whether it is the user's own."""
    own, shipped = own_place(case, theory), case.folder / FITS / f"{theory}.json"
    return (own, True) if own.exists() else (shipped, False) if shipped.exists() else (None, False)


def best_fit_of(case: Case, theory: Theory | str) -> Fit:
    """The best fit of a case under a theory: the user's own, else the one shipped with the case.

    Raises CaseError where there is none, where the file cannot be read, and where it was made from another version of
    the case's inputs or targets.
    """
    name = theory if isinstance(theory, str) else theory.name
    path, _ = place(case, name)
    again = f"tumen fit {case.name} --theory {name}"
    if path is None:
        raise CaseError.single(
            f"there is no fit of {name}", f"case {case.name}", f"{FITS}/{name}.json", f"make one: {again}"
        )
    return matching(read(path), case, name, path)


def matching(found: Fit, case: Case, theory: str, path: Path) -> Fit:
    """The fit, if it is one of this case under this theory. Raises CaseError where it is not."""
    again = f"tumen fit {case.name} --theory {theory}"
    if found.theory != theory:
        raise CaseError.single(
            f"the file holds a fit of {found.theory}, not of {theory}",
            path.name,
            f"a fit of {theory}",
            f"make it: {again}",
        )
    made_from, now = found.provenance["simulation_hash"], case.simulation_hash
    if made_from != now:
        raise CaseError.single(
            f"the fit of {theory} was made from another version of the case's inputs or targets",
            path.name,
            f"inputs and targets that hash to {made_from[:12]}, not {now[:12]}",
            f"make it again: {again}",
        )
    return found

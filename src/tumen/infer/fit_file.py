"""A best fit in hand and on disk: one JSON document, whole or absent, and where a case's fits are found.

`docs/inference.md` lists what stands in it. A fit shipped with a case lies in its folder `fits`; the user's own lie in
the data folder and are used first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tumen.case import Case, CaseError, ParameterSet
from tumen.case.folder import FITS, migrated
from tumen.infer.run_cache import home
from tumen.model.compiled import Floats
from tumen.result.atomic import replace_file

if TYPE_CHECKING:
    from tumen.model.theories import Theory

#: Changes when the file's shape changes.
SCHEMA = 1
_WANTED = "a JSON file written by tumen fit"
_SCALARS = (
    "case",
    "theory",
    "history",
    "data_cost",
    "prior_cost",
    "network_cost",
    "runs",
    "refused",
    "seconds",
    "seed",
    "agents",
    "converged",
    "provenance",
)
_NUMBERS = ("data_cost", "prior_cost", "network_cost", "seconds", "runs", "refused", "seed", "agents")
_RESIDUAL = ("label", "data", "model", "unit", "residual")


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
    curvature: Floats = field(repr=False)
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
        write(self, path)


def as_document(fit: Fit) -> dict[str, Any]:
    """A fit in JSON's own types."""
    rows = zip(fit.names, fit.values, fit.z, strict=True)
    return {
        "schema": SCHEMA,
        **{name: getattr(fit, name) for name in _SCALARS},
        "cost": fit.cost,
        "rows_of_priors": [{"name": name, "value": value, "z": z} for name, value, z in rows],
        "parameters": {"name": fit.parameters.name, "values": dict(fit.parameters.values)},
        "residuals": [{name: getattr(row, name) for name in _RESIDUAL} for row in fit.residuals],
        "curvature": fit.curvature.tolist(),
    }


def write(fit: Fit, path: Path) -> None:
    """Write a fit, whole or not at all. Raises CaseError where nothing can be written there."""
    content = json.dumps(as_document(fit), indent=1, allow_nan=False, ensure_ascii=False)
    try:
        replace_file(path, f"{content}\n".encode())
    except OSError as error:
        raise CaseError.single(
            f"the fit cannot be written: {error.strerror or error}",
            str(path),
            "a file in a folder",
            "give another file",
        ) from None


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
    rows, parameters = held["rows_of_priors"], held["parameters"]
    fit = Fit(
        **{name: held[name] for name in _SCALARS} | {"provenance": migrated(held["provenance"])},
        names=tuple(str(row["name"]) for row in rows),
        values=tuple(float(row["value"]) for row in rows),
        z=tuple(float(row["z"]) for row in rows),
        parameters=ParameterSet(
            str(parameters["name"]), {str(name): float(v) for name, v in parameters["values"].items()}
        ),
        residuals=tuple(
            Residual(
                str(row["label"]), float(row["data"]), float(row["model"]), str(row["unit"]), float(row["residual"])
            )
            for row in held["residuals"]
        ),
        curvature=np.array(held["curvature"], dtype=float),
    )
    for name in _NUMBERS:
        float(getattr(fit, name))
    if fit.curvature.shape != (len(rows), len(rows)) or not fit.parameters.values:
        raise ValueError("the curvature is not square")
    if not isinstance(fit.provenance["simulation_hash"], str) or not isinstance(fit.theory, str):
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

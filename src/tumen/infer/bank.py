"""The run bank: what every run of the model said, on disk under a name made from all it followed from.

A run is written once and found again by whoever asks the same: calibration, diagnostics, recovery, experiments.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from tumen.case import Case, ParameterSet
from tumen.infer.observables import Observables
from tumen.result.atomic import replace_file
from tumen.theories import Theory

#: Changes when what is kept of a run changes.
SCHEMA = 1
#: Rows of a run in calibration: see docs/inference.md for the noise that this leaves.
ROWS = 8_000
_CODE = (
    "mechanism/*",
    "engine/*",
    "simulation/*",
    "theories",
    "case/series",
    "case/world",
    "case/resolve",
    "infer/observables",
)


@dataclass(frozen=True)
class Job:
    """One run: the values of uncertain parameters, a history (None: the base), settings on top, chance and rows."""

    parameters: Mapping[str, float]
    history: str | None = None
    settings: tuple[str, ...] = ()
    seed: int = 1
    rows: int = ROWS

    @property
    def parameter_set(self) -> ParameterSet:
        """The parameters as a world takes them."""
        return ParameterSet("draw", dict(self.parameters))


@dataclass(frozen=True)
class Failure:
    """A run that cannot be done, and what it said."""

    said: str


@lru_cache(maxsize=1)
def code() -> str:
    """A hash of the sources a run's numbers come from; what is only said in them (comments, docstrings) is left out."""
    package = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for pattern in _CODE:
        for source in sorted(package.glob(f"{pattern}.py")):
            digest.update(f"{source.relative_to(package).as_posix()}\n{_bare(source)}".encode())
    return digest.hexdigest()[:16]


def _bare(source: Path) -> str:
    """A source as its syntax tree without docstrings."""
    tree = ast.parse(source.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            del node.body[0]
    return ast.dump(tree)


def mechanism(theory: Theory) -> dict[str, object]:
    """What a theory does to a run, apart from its priors: two theories that do the same share their runs."""
    named = (theory.attempt_hazard, theory.capital_step, theory.rows, theory.lead)
    functions = [f"{f.__module__}.{f.__qualname__}" if f is not None else None for f in named]
    return {"restrictions": list(theory.restrictions), "functions": functions}


@dataclass(frozen=True)
class Bank:
    """A folder of runs of one case: one folder inside for each mechanism and version, in it one file for each run."""

    folder: Path

    def key(self, case: Case, theory: Theory, job: Job) -> str:
        """The name of a run: what it is a run of (case, mechanism, code), and which (the job), both hashed."""
        of = {"schema": SCHEMA, "case": case.ground, "code": code(), "mechanism": mechanism(theory)}
        return f"{_digest(of)[:20]}/{_digest(_said(job))}"

    def get(self, key: str) -> Observables | Failure | None:
        """What a run said, or why there is none, or None where it has not been done or its file is damaged."""
        try:
            content = self._place(key).read_bytes()
        except FileNotFoundError:
            return self._failure(key)
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as held:
                return Observables(**{f.name: held[f.name].astype(float) for f in fields(Observables)})
        except (ValueError, KeyError, OSError, EOFError, BadZipFile):
            return None

    def put(self, key: str, job: Job, found: Observables | Failure) -> None:
        """Keep a run with what it was a run of, or the reason why there is none."""
        if isinstance(found, Failure):
            replace_file(self._set_aside(key), json.dumps({"said": found.said, "job": _said(job)}).encode())
            return
        held = io.BytesIO()
        tables = {name: table.astype(np.float32) for name, table in found.arrays().items()}
        np.savez_compressed(held, job=np.array(json.dumps(_said(job))), **tables)  # type: ignore[arg-type]
        replace_file(self._place(key), held.getvalue())

    def failures(self) -> dict[str, str]:
        """The runs set aside, with what they said."""
        found = sorted(self.folder.glob("*/failed/*.json"))
        return {f"{path.parent.parent.name}/{path.stem}": json.loads(path.read_bytes())["said"] for path in found}

    def _place(self, key: str) -> Path:
        return self.folder / f"{key}.npz"

    def _set_aside(self, key: str) -> Path:
        of, which = key.split("/")
        return self.folder / of / "failed" / f"{which}.json"

    def _failure(self, key: str) -> Failure | None:
        path = self._set_aside(key)
        return Failure(json.loads(path.read_bytes())["said"]) if path.exists() else None


def _said(job: Job) -> dict[str, object]:
    """A job in JSON, its numbers to the last bit."""
    parameters = {name: float(value).hex() for name, value in sorted(job.parameters.items())}
    settings = list(job.settings)
    return {"parameters": parameters, "history": job.history, "settings": settings, "seed": job.seed, "rows": job.rows}


def _digest(said: object) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def home() -> Path:
    """Where a user's own runs and posteriors live: TUMEN_HOME, or the user's data folder."""
    base = os.environ.get("TUMEN_HOME")
    if base:
        return Path(base)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "tumen"


def own(case: Case) -> Bank:
    """The user's bank of a case's runs."""
    return Bank(home() / "runs" / case.name)

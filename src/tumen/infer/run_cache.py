"""The run cache: the observables of every run of the model, on disk under a name made from all they follow from.

A run is written once and found again by whoever asks the same: fit, calibration, diagnostics, recovery, experiments.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from weakref import WeakKeyDictionary
from zipfile import BadZipFile

import numpy as np

from tumen.case import Case, CaseError, Change, Scenario
from tumen.infer.identity import UnknownContentError, digest, refuse_changed
from tumen.infer.observables import Observables
from tumen.model.theories import Theory
from tumen.result.atomic import replace_file

#: Changes when what is kept of a run changes.
SCHEMA = 3
#: Agents of a run in calibration: see docs/inference.md for the noise that this leaves.
AGENTS = 8_000
_CODE = ("model/*", "engine/*", "simulate/*", "case/*", "infer/observables")
#: Modules of the package whose functions the hash of the code covers.
_COVERED = ("tumen.model.",)
#: Fields of a case that bear on no run whose parameters are given.
_NO_BEARING = {"folder", "sources", "priors", "scenarios", "hash", "files"}
#: Hashes of the cases in memory, which are frozen.
_contents: WeakKeyDictionary[Case, str] = WeakKeyDictionary()


@dataclass(frozen=True)
class RunSpec:
    """One run: values of uncertain parameters, a history (None: the base), settings, random seed, sample size.

    scenarios and variants (input or policy: name): what a counterfactual world changes beside. last_year: where the
    window ends (None: with the case); a longer window has other people, since everyone in it is a row from the start.
    """

    parameters: Mapping[str, float]
    history: str | None = None
    settings: tuple[str, ...] = ()
    seed: int = 1
    agents: int = AGENTS
    scenarios: tuple[Scenario, ...] = ()
    variants: Mapping[str, str] = field(default_factory=dict)
    last_year: int | None = None


@dataclass(frozen=True)
class Refusal:
    """A run that the model refuses, and the sentence it refuses it with."""

    said: str


def code() -> str:
    """A hash of the sources a run's numbers come from; what is only said in them (comments, docstrings) is left out."""
    return _sources(_CODE)


@lru_cache(maxsize=2)
def _sources(patterns: tuple[str, ...]) -> str:
    package = Path(__file__).parent.parent
    total = hashlib.sha256()
    for pattern in patterns:
        for source in sorted(package.glob(f"{pattern}.py")):
            total.update(f"{source.relative_to(package).as_posix()}\n{_bare(source)}".encode())
    return total.hexdigest()[:16]


def _bare(source: Path) -> str:
    """A source as its syntax tree without docstrings."""
    tree = ast.parse(source.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            del node.body[0]
    return ast.dump(tree)


def versions(*further: str) -> dict[str, str]:
    """The versions that an estimate was made with: of this package, its numerics, further libraries, and Python."""
    libraries = ("tumen", "numpy", "scipy", "numba", *further)
    return {name: version(name) for name in libraries} | {"python": platform.python_version()}


def mechanism(theory: Theory) -> str:
    """A hash of what a theory does to a run, apart from its priors: theories that do the same share their runs.

    Raises UnknownContentError where this cannot be established, CaseError where a compiled function is out of date.
    """
    compiled, plain = (theory.attempt_hazard, theory.capital_step), (theory.hazard_parameters, theory.log_rate_offset)
    own = all(f is None or (getattr(f, "__module__", None) or "").startswith(_COVERED) for f in (*compiled, *plain))
    # a theory from outside the package may use any of its sources
    found = digest(theory.restrictions, compiled, plain, "" if own else _sources(("**/*",)))
    if not own:
        for function in compiled:  # the engine compiles them, whether they are decorated or not
            refuse_changed(getattr(function, "py_func", function))
    return found


def subject(case: Case, theory: Theory) -> str:
    """The name of what runs are runs of: the case as it is in memory, the mechanism, and the code.

    Raises UnknownContentError where it cannot be established, and CaseError.
    """
    of = {"schema": SCHEMA, "case": _content(case), "code": code(), "mechanism": mechanism(theory)}
    return _digest(of)[:20]


def _content(case: Case) -> str:
    """A hash of a case; unlike `simulation_hash`, which is of its files, it sees what was replaced in memory."""
    if case not in _contents:
        bears = (field.name for field in fields(case) if field.name not in _NO_BEARING)
        _contents[case] = digest({name: getattr(case, name) for name in bears})
    return _contents[case]


@dataclass(frozen=True)
class RunCache:
    """A folder of runs of one case: one folder inside for each subject, in it one file for each run."""

    folder: Path

    def key(self, case: Case, theory: Theory, spec: RunSpec) -> str | None:
        """The name of a run; None where its theory cannot be told from another, so that it must not be kept."""
        return self.keys(case, theory, [spec])[0]

    def keys(self, case: Case, theory: Theory, specs: Sequence[RunSpec]) -> list[str | None]:
        """The names of several runs: what they are runs of, and which, both hashed."""
        try:
            of = subject(case, theory)
        except UnknownContentError:
            return [None] * len(specs)
        return [f"{of}/{_digest(_said(spec))}" for spec in specs]

    def get(self, key: str | None) -> Observables | Refusal | None:
        """What a run said, or why there is none, or None where it has not been done or its file is damaged."""
        if key is None:
            return None
        try:
            content = self._place(key).read_bytes()
        except OSError:
            return self._refusal(key)
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as held:
                return Observables(**{f.name: held[f.name].astype(float) for f in fields(Observables)})
        except (ValueError, KeyError, OSError, EOFError, BadZipFile):
            return None

    def put(self, key: str, spec: RunSpec, found: Observables | Refusal) -> None:
        """Keep a run with what it was a run of, or the reason why there is none."""
        if isinstance(found, Refusal):
            replace_file(self._set_aside(key), json.dumps({"said": found.said, "spec": _said(spec)}).encode())
            return
        held = io.BytesIO()
        tables = {name: table.astype(np.float32) for name, table in found.arrays().items()}
        np.savez_compressed(held, spec=np.array(json.dumps(_said(spec))), **tables)  # type: ignore[arg-type]
        replace_file(self._place(key), held.getvalue())

    def refusals(self) -> dict[str, str]:
        """The runs that the model refused, with what it said."""
        found = sorted(self.folder.glob("*/refused/*.json"))
        return {f"{path.parent.parent.name}/{path.stem}": json.loads(path.read_bytes())["said"] for path in found}

    def _place(self, key: str) -> Path:
        return self.folder / f"{key}.npz"

    def _set_aside(self, key: str) -> Path:
        of, which = key.split("/")
        return self.folder / of / "refused" / f"{which}.json"

    def _refusal(self, key: str) -> Refusal | None:
        try:
            return Refusal(str(json.loads(self._set_aside(key).read_bytes())["said"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _said(spec: RunSpec) -> dict[str, object]:
    """A specification in JSON, its numbers to the last bit."""
    said: dict[str, object] = {
        "parameters": {name: float(value).hex() for name, value in sorted(spec.parameters.items())},
        "history": spec.history,
        "settings": list(spec.settings),
        "seed": spec.seed,
        "agents": spec.agents,
    }
    if spec.scenarios:
        said["scenarios"] = [f"{one.name}: {_changed_by(one)}" for one in spec.scenarios]
    if spec.variants:
        said["variants"] = dict(sorted(spec.variants.items()))
    if spec.last_year is not None:
        said["last_year"] = spec.last_year
    return said


def _changed_by(scenario: Scenario) -> str:
    """A hash of all that a scenario changes, whatever its file and what is said in it."""
    own = [_bare_change(change) for change in scenario.changes]
    combined = {other: [_bare_change(one) for one in changes] for other, changes in scenario.combined.items()}
    return digest(scenario.history, scenario.closure, scenario.neutralise, own, combined)


def _bare_change(change: Change) -> Change:
    return change.model_copy(update={"source": None, "because": None})


def _digest(said: object) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def home() -> Path:
    """Where a user's own runs and posteriors live: TUMEN_HOME, or the user's data folder. Raises CaseError."""
    from platformdirs import user_data_path

    try:
        return Path(os.environ.get("TUMEN_HOME") or user_data_path("tumen", appauthor=False))
    except RuntimeError:
        raise CaseError.single(
            "the home folder of the user is unknown",
            "TUMEN_HOME",
            "a folder for runs and posteriors",
            "set TUMEN_HOME, and TUMEN_CACHE for compiled code, to folders that can be written",
        ) from None


def own(case: Case) -> RunCache:
    """The user's cache of a case's runs."""
    return RunCache(home() / "runs" / case.name)

"""A design: policies and their levels, every combination of which is a world, read strictly from a DESIGN.yaml."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter

from tumen.case import CaseError
from tumen.case.documents import Document, read_yaml
from tumen.case.inputs import BASE
from tumen.case.models import STRICT, Name, Text
from tumen.case.validation_errors import validated
from tumen.errors import Issues, shown

#: Names that a table of results gives to its own axes and columns.
TAKEN = frozenset(
    ("world", "draw", "seed", "year", "sex", "age", "history", "arrivals", "departures", "abroad", "intercepted")
)
#: What a level is called in messages.
_LEVEL = "a scenario, a list of scenarios, or {scenario:, set:, variant:, history:}"


class LevelModel(BaseModel):
    """What a level changes, written in full."""

    model_config = STRICT
    scenario: Text | Annotated[list[Text], Field(min_length=1)] | None = None
    set: Annotated[list[Text], Field(min_length=1)] | None = None
    variant: Annotated[dict[Text, Text], Field(min_length=1)] | None = None
    history: Text | None = None


class DesignModel(BaseModel):
    """The keys of a design file; levels are read one by one, since they come in several shapes."""

    model_config = STRICT
    title: Text
    case: Text
    theory: Text
    draws: Annotated[int, Field(ge=1)] = 40
    seeds: Annotated[int, Field(ge=1)] = 1
    agents: Annotated[int, Field(ge=100)] | None = None
    years: Annotated[list[int], Field(min_length=2, max_length=2)] | None = None
    compare: Annotated[list[int], Field(min_length=2, max_length=2)] | None = None
    factors: dict[Name, Any] = {}
    assumptions: dict[Name, Any] = {}
    worlds: dict[Name, Any] = {}


@dataclass(frozen=True)
class Level:
    """One level of a factor, or a single world: scenarios by name, settings, variants and a history.

    where: the place in the design file that a message names.
    """

    name: str
    scenarios: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    variants: tuple[tuple[str, str], ...] = ()
    history: str | None = None
    where: str = field(default="", compare=False)


@dataclass(frozen=True)
class Factor:
    """A policy, or an assumption, and its levels beside `base`, the case as it is.

    assumed: an assumption. Effects of policies are measured at each of its levels; it has no effect of its own.
    """

    name: str
    levels: tuple[Level, ...]
    assumed: bool = False


@dataclass(frozen=True)
class Design:
    """What is to be simulated: worlds by draws by seeds.

    years: first and last that are kept, included (None: the case's window); compare: those over which worlds are
    compared (None: all that are kept).
    """

    title: str
    case: str
    theory: str
    factors: tuple[Factor, ...]
    worlds: tuple[Level, ...]
    draws: int
    seeds: int
    agents: int | None
    years: tuple[int, int] | None
    compare: tuple[int, int] | None = None
    file: str = field(default="", compare=False)

    @property
    def fingerprint(self) -> str:
        """A hash of all that bears on a run: not the title, how many draws and seeds, or what is compared."""
        free = ("title", "draws", "seeds", "compare")
        said = {name: value for name, value in self.as_dict().items() if name not in free}
        for factor in said["factors"]:  # effects are measured otherwise, runs are the same
            del factor["assumed"]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """The design as JSON holds it, without places in files."""
        return asdict(self, dict_factory=lambda held: {key: one for key, one in held if key not in ("file", "where")})

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Design:
        """The design that `as_dict` gave, as JSON gives it back."""
        return TypeAdapter(cls).validate_python(said)


def read_design(path: str | Path) -> Design:
    """The design in a file. Raises CaseError, with file and line, for whatever in it is wrong."""
    return design_of(document_in(Path(path), "the design", "a DESIGN.yaml"))


def document_in(path: Path, what: str, expected: str) -> Document:
    """The YAML document in a file. Raises CaseError where it cannot be read; what, expected: the file in words."""
    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        said = f"{what} cannot be read: {getattr(error, 'strerror', None) or error}"
        raise CaseError.single(said, shown(path.name, quote=False), expected, "check the path") from None
    return read_yaml(path.name, raw)


def design_from(said: Mapping[str, Any]) -> Design:
    """The design that a mapping with the keys of a design file states. Raises CaseError."""
    return design_of(Document("design", dict(said), {}))


def design_of(document: Document) -> Design:
    """The design in a document. Raises CaseError."""
    issues = Issues()
    model = validated(DesignModel, document.data, document, (), issues)
    if model is None:
        issues.raise_if_any()
        raise AssertionError("a design without a model has problems")
    factors = tuple(
        replace(_factor(section, name, given, document, issues), assumed=section == "assumptions")
        for section in ("factors", "assumptions")
        for name, given in getattr(model, section).items()
    )
    _refuse_names(model, document, issues)
    worlds = tuple(_level(name, given, ("worlds", name), document, issues) for name, given in model.worlds.items())
    if not (factors or worlds):
        issues.note("the design has no world but the base", document.place(), "factors or worlds", "add factors: ...")
    for name in ("years", "compare"):
        span = getattr(model, name)
        if span is not None and span[0] > span[1]:
            issues.note("the last year is before the first", document.place(name), "[FIRST, LAST]", "exchange them")
    issues.raise_if_any()
    made = {"factors": factors, "worlds": worlds, "file": document.name}
    return TypeAdapter(Design).validate_python(model.model_dump(exclude={"assumptions"}) | made)


def _refuse_names(model: DesignModel, document: Document, issues: Issues) -> None:
    """Note factors and assumptions whose names label something else in a table of results, or stand twice."""
    for section in ("factors", "assumptions"):
        for name in getattr(model, section):
            twice = section == "assumptions" and name in model.factors
            if name in TAKEN or twice:
                what = "stands among the factors, too" if twice else "is what a table of results calls something else"
                issues.note(f"{name} {what}", document.place(section, name), "another name", "rename it")


def _factor(section: str, name: str, given: Any, document: Document, issues: Issues) -> Factor:
    """A factor: a mapping of levels, or the short form of a single one, named after what it chooses."""
    path = (section, name)
    if isinstance(given, Mapping):
        if not given:
            issues.note(f"{name} has no level", document.place(*path), "levels by name", "add one, or delete it")
        return Factor(name, tuple(_level(k, one, (*path, k), document, issues) for k, one in given.items()))
    level = _level(name, given, path, document, issues)
    return Factor(name, (replace(level, name="+".join(level.scenarios) or name),))


def _level(name: str, given: Any, path: tuple[str, ...], document: Document, issues: Issues) -> Level:
    where = document.place(*path)
    if name == BASE or not name.replace("_", "").isalnum():
        issues.note(
            f"a level is called {shown(name)}", where, "letters, digits and _, and not base", "give another name"
        )
    if isinstance(given, str) and given:
        return Level(name, (given,), where=where)
    if isinstance(given, list) and given and all(isinstance(one, str) and one for one in given):
        return Level(name, tuple(given), where=where)
    if not isinstance(given, Mapping) or not given:
        issues.note(f"{name} is {shown(given)}", where, _LEVEL, "write the name of a scenario")
        return Level(name, where=where)
    model = validated(LevelModel, given, document, path, issues)
    if model is None:
        return Level(name, where=where)
    scenarios = [model.scenario] if isinstance(model.scenario, str) else model.scenario or []
    variants = tuple(sorted((model.variant or {}).items()))
    return Level(name, tuple(scenarios), tuple(model.set or ()), variants, model.history, where)

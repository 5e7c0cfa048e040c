"""The shapes of the YAML files people write: types of fields, and entries that know their place.

A model is the object that the rest of the package uses. It checks fields and types; what needs a second file is checked
by the module that declares it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    WithJsonSchema,
    model_validator,
)

from tumen.case.closure import CLOSURES, checked
from tumen.case.dates import month_index
from tumen.case.documents import Block
from tumen.errors import RefusedError, shown

Status = Literal["seen", "seen_date_recalled", "seen_dataset", "derived", "recalled_unconfirmed", "assumed"]
Between = Literal["hold", "linear", "log"]
#: What a draw does to the dated values that it moves: sets, multiplies, shifts the log odds, adds.
Scale = Literal["value", "log", "logit", "linear"]
#: Policies that can be switched as one; an input may belong to one of them.
Policy = Literal[
    "military_first",
    "market_reform",
    "marketisation",
    "workplace_tie",
    "female_exemption",
    "selective_layoff",
    "border_tightening",
]
STATUSES_OF_VALUES: tuple[str, ...] = get_args(Status)
POLICIES: tuple[str, ...] = get_args(Policy)
STRICT = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def _is_date(text: str) -> str:
    month_index(text)
    return text


def _number_or_table(value: Any) -> Any:
    """A number, or a mapping from names to numbers. Raises RefusedError for anything else."""
    entries = list(value.values()) if isinstance(value, dict) else [value]
    for entry in entries or [None]:
        if isinstance(entry, bool) or not isinstance(entry, (int, float)):
            what = f"{shown(_kind(entry))} is given where a number is needed"
            expected = "a number, or a mapping that gives one number for each member"
            raise RefusedError(what, expected, "write the number without quotes or units")
    return value


def _sources(value: Any) -> Any:
    keys = tuple(value) if isinstance(value, list) else (value,)
    if not keys or not all(isinstance(key, str) and key for key in keys):
        what = f"{shown(_kind(value))} is given where a source is needed"
        raise RefusedError(what, "a key of sources.bib, a list of keys, or assumed", "write source: KEY")
    return keys


def _parts(value: Any) -> Any:
    parts = tuple(value) if isinstance(value, list) else (value,)
    if not parts or not all(isinstance(part, str) and part for part in parts):
        what = f"{shown(_kind(value))} is given where a part is needed"
        expected = "a member of the input's dimension, or a list of them"
        raise RefusedError(what, expected, "write part: NAME or part: [NAME, NAME]")
    return parts


def _neutralise(value: Any) -> Any:
    named = isinstance(value, list) and value and all(isinstance(key, str) for key in value)
    if not (named or value in ("unsourced", "all")):
        what = f"neutralise is {shown(_kind(value))}"
        raise RefusedError(what, "a list of inputs, unsourced or all", "write neutralise: [KEY], unsourced or all")
    return tuple(value) if named else value


def _dated_closure(value: Any) -> Any:
    """A mapping from dates to closures. Raises RefusedError where the date is missing."""
    if not isinstance(value, dict):
        name = checked(value)
        raise RefusedError(f"closure {name} without its first date", "closure: {DATE: NAME}", "add the date")
    return value


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    return f"{type(value).__name__} {value}" if isinstance(value, bool) else str(value) or "empty text"


_DATE_SCHEMA = {"type": "string", "pattern": r"^\d{4}-\d{2}(-\d{2})?$"}
_NUMBER_SCHEMA = {
    "anyOf": [{"type": "number"}, {"type": "object", "additionalProperties": {"type": "number"}, "minProperties": 1}]
}
_SOURCES_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}

_NEUTRALISE_SCHEMA = {"anyOf": [{"enum": ["unsourced", "all"]}, {"type": "array", "items": {"type": "string"}}]}

DateText = Annotated[str, AfterValidator(_is_date), WithJsonSchema(_DATE_SCHEMA)]
#: A number, or one number for each member of the input's dimension (`default` gives that of members not named).
Amount = Annotated[Any, BeforeValidator(_number_or_table), WithJsonSchema(_NUMBER_SCHEMA)]
Sources = Annotated[tuple[str, ...], BeforeValidator(_sources), WithJsonSchema(_SOURCES_SCHEMA)]
Closure = Annotated[str, BeforeValidator(checked), WithJsonSchema({"enum": list(CLOSURES)})]
ClosureByDate = Annotated[dict[DateText, Closure], Field(min_length=1), BeforeValidator(_dated_closure)]
#: Which sexed inputs a scenario puts to neutral.
Neutralise = Annotated[
    tuple[str, ...] | Literal["unsourced", "all"], BeforeValidator(_neutralise), WithJsonSchema(_NEUTRALISE_SCHEMA)
]
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
#: One member of a dimension, or several.
PartNames = Annotated[tuple[str, ...], BeforeValidator(_parts), WithJsonSchema(_SOURCES_SCHEMA)]


class Entry(BaseModel):
    """A mapping of a file under a key of its own; `where` is its place as `file:line, key`."""

    model_config = STRICT
    _key: str = PrivateAttr("")
    _where: str = PrivateAttr("")

    @property
    def key(self) -> str:
        """The key of the entry."""
        return self._key

    @property
    def where(self) -> str:
        """The place of the entry, `file:line, key`."""
        return self._where

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        yield "key", self.key
        yield from super().__repr_args__()

    @model_validator(mode="wrap")
    @classmethod
    def _placed(cls, data: Any, read: ModelWrapValidatorHandler[Self]) -> Self:
        made = read(data)
        if isinstance(data, Block):
            made._key, made._where = data.key, data.where
        return made

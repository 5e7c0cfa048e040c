"""pydantic's validation errors as problems with file, line and key."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from tumen.case.documents import Document
from tumen.errors import Issues, Problem, RefusedError, listing, shown, suggestion

Model = TypeVar("Model", bound=BaseModel)

_KINDS = {
    "string_type": "text",
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "dict_type": "a mapping (key: value)",
    "model_type": "a mapping (key: value)",
    "list_type": "a list",
}
_BOUNDS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}


def validated(
    model: type[Model], data: Any, document: Document, path: Sequence[object], issues: Issues, context: Any = None
) -> Model | None:
    """The model read from the `data` at `path` in the document; None when something is wrong.

    context: what its validators need to know of other files.
    """
    try:
        return model.model_validate(data, context=context)
    except ValidationError as error:
        for found in error.errors(include_url=False):
            # A wrong kind of thing is reported once for every arm of a union; Issues keeps one of equal problems.
            issues.add(_problem(model, found, document, path))
        return None


def _problem(model: type[BaseModel], found: Any, document: Document, path: Sequence[object]) -> Problem:
    location = [step for step in found["loc"] if step != "[key]"]
    kind, context, given = found["type"], found.get("ctx", {}), found["input"]
    where = document.place(*path, *location)
    name = shown(location[-1] if location else "entry")
    if kind == "value_error" and isinstance(context.get("error"), RefusedError):
        return context["error"].at(where)
    if kind == "missing":
        remedy = f"add {location[-1]}: ..."
        return Problem(f"{name} is missing", where, f"an entry {name}", remedy)
    if kind == "extra_forbidden":
        known = fields_at(model, location[:-1])
        return Problem(f"unknown key {name}", where, listing(known), suggestion(str(location[-1]), known, "delete it"))
    if kind == "literal_error":
        known = [word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")]
        return Problem(f"{location[-1]} is {shown(given)}", where, listing(known), _remedy(given, known))
    if kind in _KINDS:
        what = f"{_given(given)} is given where {_KINDS[kind]} is needed"
        return Problem(what, where, _KINDS[kind], "correct the entry")
    if kind in _BOUNDS:
        words, key = _BOUNDS[kind]
        what = f"{name} is {shown(given, quote=False)}"
        return Problem(what, where, f"{words} {context[key]:g}", "correct the number")
    if kind == "string_pattern_mismatch":
        wanted = "small letters, digits and _, beginning with a letter"
        return Problem(f"{shown(given)} is not a valid name", where, wanted, "rename it")
    return _by_length(found, name, where) or Problem(
        f"{name}: {shown(found['msg'], 120, quote=False)}", where, "another value", "correct the entry"
    )


def _by_length(found: Any, name: str, where: str) -> Problem | None:
    """A problem of too few or too many letters or entries, or None when the finding is another."""
    kind, context = found["type"].removeprefix("string_"), found.get("ctx", {})
    if kind not in ("too_short", "too_long"):
        return None
    count = len(found["input"])
    things = "letters" if isinstance(found["input"], str) else "entries"
    what = f"{name} has {count} {things}" if count else f"{name} is empty"
    if kind == "too_short":
        return Problem(what, where, f"at least {context['min_length']}", "fill it in, or leave it out")
    return Problem(what, where, f"at most {context['max_length']}", "shorten it")


def _given(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, (dict, list)):
        return "a mapping" if isinstance(value, dict) else "a list"
    kind = "true or false" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
    return f"{kind} {shown(value)}"


def _remedy(given: Any, known: list[str]) -> str:
    return suggestion(str(given), known, "write one of these" if known[1:] else f"write {known[0]}")


def fields_at(model: type[BaseModel], path: Sequence[object]) -> list[str]:
    """The keys a file may use at a path below a model."""
    at: Any = model
    for step in path:
        at = _below(at, step)
    return [field.alias or name for name, field in at.model_fields.items()] if _is_model(at) else []


def _below(at: Any, step: object) -> Any:
    if _is_model(at):
        for name, field in at.model_fields.items():
            if (field.alias or name) == step:
                return _core(field.annotation)
        return None
    return _core(get_args(at)[-1]) if get_origin(at) in (dict, list) else at


def _core(annotation: Any) -> Any:
    """The model or container inside optional and annotated types."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _core(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return next((_core(arm) for arm in get_args(annotation) if arm is not type(None)), None)
    return annotation


def _is_model(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, BaseModel)

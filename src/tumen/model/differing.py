"""The month from which two compiled models differ: before it, runs with the same people and seed are identical."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import numpy as np

from tumen.model.compiled import CompiledModel, PiecewiseConstantTable

#: Arrays of a model that have no axis of months; a difference in one of them affects every month.
UNDATED = frozenset(
    (
        "idle",
        "entry.solved",
        "savings.fed",
        "savings.shares",
        "savings.shock",
        "hazard_inputs.able",
        "journey.shift",
        "journey.lifted",
        "channel",
    )
)


def parting(one: CompiledModel, other: CompiledModel) -> int:
    """Return the first month in which runs of two models may differ, 0 to `months`; `months` if they are the same.

    A month reads its own tables and those of the next (terms, and the bar for those who come of age then), so it is the
    month before the first in which a table differs in some bit.
    """
    if one.months != other.months:
        return 0
    first = min((_first(a, b, one.months) for a, b in _pairs(one, other, "")), default=one.months)
    return first if first == one.months else max(first - 1, 0)


def leaves(thing: object, name: str = "") -> Iterator[tuple[str, object]]:
    """Yield every table, array and single value of a model with its path."""
    if is_dataclass(thing) and not isinstance(thing, PiecewiseConstantTable):
        for part in fields(thing):
            yield from leaves(getattr(thing, part.name), f"{name}.{part.name}".lstrip("."))
    elif isinstance(thing, tuple) and any(is_dataclass(part) for part in thing):
        for place, part in enumerate(thing):
            yield from leaves(part, f"{name}[{place}]")
    else:
        yield name, thing


def _pairs(
    one: CompiledModel, other: CompiledModel, name: str
) -> Iterator[tuple[tuple[str, object], tuple[str, object]]]:
    held, against = list(leaves(one, name)), list(leaves(other, name))
    if [at for at, _ in held] != [
        at for at, _ in against
    ]:  # another number of states or moves: they cannot be compared
        yield ("", 0), ("", 1)
        return
    yield from zip(held, against, strict=True)


def _first(one: tuple[str, object], other: tuple[str, object], months: int) -> int:
    """Return the first month in which a leaf differs; 0 for a differing leaf without months."""
    (name, a), (_, b) = one, other
    if isinstance(a, PiecewiseConstantTable) and isinstance(b, PiecewiseConstantTable):
        return _first_stepped(a, b, months)
    if not isinstance(a, np.ndarray) or not isinstance(b, np.ndarray):
        return months if a == b else 0
    if a.shape != b.shape or a.dtype != b.dtype:
        return 0
    if name in UNDATED or a.shape[:1] != (months,):
        return months if a.tobytes() == b.tobytes() else 0
    apart = (_bits(a) != _bits(b)).any(axis=1)
    return int(np.argmax(apart)) if apart.any() else months


def _first_stepped(a: PiecewiseConstantTable, b: PiecewiseConstantTable, months: int) -> int:
    """Compare tables, not epoch numbers, which two models may assign differently."""
    pairs, first = np.unique(np.stack([a.epoch, b.epoch]), axis=1, return_index=True)
    for place in np.argsort(first):
        i, j = pairs[:, place]
        if a.values[i].tobytes() != b.values[j].tobytes():
            return int(first[place])
    return months


def _bits(table: np.ndarray) -> np.ndarray:
    """Return a table by month as bytes, so that 0 and -0 differ."""
    held = np.ascontiguousarray(table)
    return held.view(np.uint8).reshape(held.shape[0], -1)

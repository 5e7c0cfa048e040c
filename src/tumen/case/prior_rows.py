"""Reading priors.yaml: each row with its place, and every problem found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from tumen.case.bibliography import ASSUMED
from tumen.case.dates import effect_month, month_text
from tumen.case.distributions import distribution
from tumen.case.inputs import Input
from tumen.case.models import STRICT, DateText, Name, PartNames, Scale, Sources, Text
from tumen.case.prior_checks import check_distribution, check_moves, check_together
from tumen.case.priors import VALUE, Move, Prior
from tumen.case.reading import LOOK, OF_VOCABULARY, Reading
from tumen.case.settings import check_date, check_part, parameter_name
from tumen.errors import place, shown

DistributionNumbers = Annotated[dict[str, dict[str, float]], Field(min_length=1, max_length=1)]
#: What a draw of each moving scale is counted in; that of `linear` is the unit of the input.
_UNITS = {"log": "factor", "logit": "log odds"}


class MoveModel(BaseModel):
    """Dated values of one input that a prior moves: exactly one of date, dates and weights says which."""

    model_config = STRICT
    input: Text
    part: PartNames | None = None
    date: DateText | None = None
    dates: Literal["all"] | Annotated[list[DateText], Field(min_length=1)] | None = None
    weights: Annotated[dict[DateText, float], Field(min_length=1)] | None = None


class PriorModel(MoveModel):
    """The prior distribution of one parameter that moves dated values of one input."""

    parameter: Name | None = None
    scale: Scale = "value"
    distribution: DistributionNumbers
    why: Text
    source: Sources


class MovingPriorModel(BaseModel):
    """The prior distribution of one parameter that moves dated values of several inputs or parts."""

    model_config = STRICT
    parameter: Name
    scale: Scale
    moves: Annotated[list[MoveModel], Field(min_length=1)]
    distribution: DistributionNumbers
    why: Text
    source: Sources


def read_priors(reading: Reading) -> tuple[Prior, ...]:
    """The priors of a document that is a list of rows; what is wrong goes to its issues."""
    document, issues = reading.document, reading.issues
    if not isinstance(document.data, list):
        issues.note("no list of priors", place(document.name, 1), "- {input, date, ...}", "write a list of rows")
        return ()
    before = len(issues)
    priors: dict[str, Prior] = {}
    for number, data in enumerate(document.data):
        prior = _read_prior(number, data, reading)
        if prior is None:
            continue
        if prior.name in priors:
            what = f"a second prior for {prior.name}"
            issues.note(what, prior.where, f"one (the first is at {priors[prior.name].where})", "delete one of them")
        priors.setdefault(prior.name, prior)
    if len(issues) == before:
        check_together(tuple(priors.values()), reading.inputs, issues)
    return tuple(priors.values())


def _read_prior(number: int, data: object, reading: Reading) -> Prior | None:
    """The prior of one row, or None where something is wrong."""
    before = len(reading.issues)
    several = isinstance(data, dict) and "moves" in data
    kind: type[PriorModel] | type[MovingPriorModel] = MovingPriorModel if several else PriorModel
    model = reading.model(kind, number, data=data)
    if model is None:
        return None
    entries = [model] if isinstance(model, PriorModel) else model.moves
    paths = [(number, "moves", i) for i in range(len(entries))] if several else [(number,)]
    read = [_read_move(model.scale, entry, path, reading) for entry, path in zip(entries, paths, strict=True)]
    moves = tuple(move for move in read if move is not None)
    # `why` is required of every prior, so an assumed one has its reason there.
    if model.source != (ASSUMED,):
        reading.cites(model, number)
    if len(moves) < len(entries):
        return None
    with reading.placed(number, "distribution"):
        found = distribution(*next(iter(model.distribution.items())))
        check_moves(model.scale, moves, reading.inputs)
        check_distribution(model.scale, found, moves, reading.inputs)
        name = model.parameter or _name(model.scale, moves[0], number, reading)
        if len(reading.issues) == before:
            unit = _UNITS.get(model.scale) or reading.inputs[moves[0].input].unit
            where = reading.document.place(number)
            return Prior(name, model.scale, moves, found, model.why, model.source, where, unit)
    return None


def _read_move(scale: str, entry: MoveModel, path: tuple[object, ...], reading: Reading) -> Move | None:
    """The dated values that an entry moves, with a weight for each date as the input writes it; None if it is wrong."""
    before = len(reading.issues)
    if entry.input not in reading.inputs:
        what = f"unknown input {shown(entry.input)}"
        reading.unknown([*path, "input"], what, entry.input, reading.inputs, LOOK, OF_VOCABULARY)
        return None
    given = reading.inputs[entry.input]
    for part in entry.part or ():
        with reading.placed(*path, "part"):
            check_part(given, part)
    stated = [key for key in ("date", "dates", "weights") if getattr(entry, key) is not None]
    weights: dict[str, float] = {}
    if len(stated) != 1:
        what = " and ".join(stated) + " at once" if stated else "no date"
        expected = "one of date, dates (a list, or all) and weights"
        reading.note(path, what, expected, "say once which dated values are moved")
    elif scale == VALUE and stated == ["weights"]:
        remedy = "write date or dates, or scale: log, logit or linear"
        reading.note([*path, "weights"], "weights in a row that sets values", "date or dates", remedy)
    elif entry.dates == "all":
        weights = {row.date: 1.0 for row in given.values}
    else:
        asked = entry.weights or dict.fromkeys(entry.dates or [entry.date or ""], 1.0)
        weights = _weights(asked, given, (*path, stated[0]), reading)
    return Move(given.key, entry.part or (), weights) if len(reading.issues) == before else None


def _weights(asked: Mapping[str, float], given: Input, path: Sequence[object], reading: Reading) -> dict[str, float]:
    """The weights under the dates as the input writes them."""
    by_month = {row.month: row.date for row in given.values}
    found: dict[str, float] = {}
    for date, weight in asked.items():
        with reading.placed(*path):
            month = effect_month(date)
            check_date(given, month, date)
            if by_month[month] in found:
                reading.note(path, f"{month_text(month)} appears twice", "each date once", "delete one of them")
            found[by_month[month]] = weight
    return found


def _name(scale: str, move: Move, number: int, reading: Reading) -> str:
    if scale != VALUE or len(move.parts) > 1:
        expected = "a name where values are moved or several parts are set"
        reading.note([number], "a parameter without a name", expected, "add parameter: NAME")
    return parameter_name(move.input, move.parts[0] if move.parts else None, next(iter(move.weights)))

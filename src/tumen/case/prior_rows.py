"""Reading priors.yaml: each row with its place, and every problem found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from tumen.case.bibliography import ASSUMED, check_source
from tumen.case.dates import effect_month, month_text
from tumen.case.distributions import distribution
from tumen.case.documents import Document
from tumen.case.inputs import Input
from tumen.case.models import STRICT, DateText, Name, PartNames, Scale, Sources, Text
from tumen.case.prior_checks import check_distribution, check_moves, check_together
from tumen.case.priors import VALUE, Move, Prior
from tumen.case.settings import check_date, check_part, parameter_name
from tumen.case.validation_errors import validated
from tumen.errors import CaseError, Issues, RefusedError, place, shown, suggestion

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


def read_priors(
    document: Document, inputs: Mapping[str, Input], sources: Mapping[str, object] | None, issues: Issues
) -> tuple[Prior, ...]:
    """The priors of a document that is a list of rows; what is wrong goes to `issues`."""
    if not isinstance(document.data, list):
        issues.note("no list of priors", place(document.name, 1), "- {input, date, ...}", "write a list of rows")
        return ()
    before = len(issues)
    priors: dict[str, Prior] = {}
    for number, data in enumerate(document.data):
        prior = _PriorRow(number, data, document, inputs, sources, issues).prior()
        if prior is None:
            continue
        if prior.name in priors:
            what = f"a second prior for {prior.name}"
            issues.note(what, prior.where, f"one (the first is at {priors[prior.name].where})", "delete one of them")
        priors.setdefault(prior.name, prior)
    if len(issues) == before:
        check_together(tuple(priors.values()), inputs, issues)
    return tuple(priors.values())


class _PriorRow:
    """One row as it is read: `prior` gives what it says, or None where something is wrong."""

    def __init__(
        self,
        number: int,
        data: object,
        document: Document,
        inputs: Mapping[str, Input],
        sources: Mapping[str, object] | None,
        issues: Issues,
    ) -> None:
        self.number, self.data, self.document = number, data, document
        self.inputs, self.sources, self.issues = inputs, sources, issues

    def prior(self) -> Prior | None:
        """The prior of this row."""
        before = len(self.issues)
        model = self._model()
        if model is None:
            return None
        moves = self._moves(model)
        # `why` is required of every prior, so an assumed one has its reason there.
        if model.source != (ASSUMED,):
            check_source(model, self._place("source"), self.sources, self.issues)
        if len(moves) < len(self._entries(model)):
            return None
        try:
            found = distribution(*next(iter(model.distribution.items())))
            check_moves(model.scale, moves, self.inputs)
            check_distribution(model.scale, found, moves, self.inputs)
        except RefusedError as refusal:
            self.issues.add(refusal.at(self._place("distribution")))
            return None
        name = self._name(model, moves)
        if len(self.issues) > before:
            return None
        unit = _UNITS.get(model.scale) or self.inputs[moves[0].input].unit
        return Prior(name, model.scale, moves, found, model.why, model.source, self.document.place(self.number), unit)

    def _place(self, *path: object) -> str:
        return self.document.place(self.number, *path)

    def _model(self) -> PriorModel | MovingPriorModel | None:
        several = isinstance(self.data, dict) and "moves" in self.data
        kind: type[PriorModel] | type[MovingPriorModel] = MovingPriorModel if several else PriorModel
        return validated(kind, self.data, self.document, (self.number,), self.issues)

    def _entries(self, model: PriorModel | MovingPriorModel) -> Sequence[tuple[MoveModel, tuple[object, ...]]]:
        """What is moved, and its path in the row."""
        if isinstance(model, PriorModel):
            return [(model, ())]
        return [(entry, ("moves", i)) for i, entry in enumerate(model.moves)]

    def _moves(self, model: PriorModel | MovingPriorModel) -> tuple[Move, ...]:
        """The moves of the row that can be read; what is wrong with the others goes to the issues."""
        found = []
        for entry, path in self._entries(model):
            if entry.input not in self.inputs:
                remedy = suggestion(entry.input, self.inputs, "look for the key in the vocabulary of inputs")
                what = f"unknown input {shown(entry.input)}"
                self.issues.note(what, self._place(*path, "input"), "a key of the vocabulary of inputs", remedy)
                continue
            before = len(self.issues)
            given = self.inputs[entry.input]
            for part in entry.part or ():
                self._try(check_part, given, part, self._place(*path, "part"))
            weights = self._weights(model.scale, entry, given, path)
            if len(self.issues) == before:
                found.append(Move(given.key, entry.part or (), weights))
        return tuple(found)

    def _weights(self, scale: str, entry: MoveModel, given: Input, path: tuple[object, ...]) -> dict[str, float]:
        """A weight for each date, under the dates as the input writes them."""
        stated = [key for key in ("date", "dates", "weights") if getattr(entry, key) is not None]
        if len(stated) != 1:
            what = " and ".join(stated) + " at once" if stated else "no date"
            expected = "one of date, dates (a list, or all) and weights"
            self.issues.note(what, self._place(*path), expected, "say once which dated values are moved")
            return {}
        key = stated[0]
        where = self._place(*path, key)
        if scale == VALUE and key == "weights":
            remedy = "write date or dates, or scale: log, logit or linear"
            self.issues.note("weights in a row that sets values", where, "date or dates", remedy)
            return {}
        if entry.dates == "all":
            return {row.date: 1.0 for row in given.values}
        asked = entry.weights or dict.fromkeys(entry.dates or [entry.date or ""], 1.0)
        by_month = {row.month: row.date for row in given.values}
        found: dict[str, float] = {}
        for date, weight in asked.items():
            month = effect_month(date)
            if not self._try(check_date, given, month, date, where):
                continue
            if by_month[month] in found:
                self.issues.note(f"{month_text(month)} appears twice", where, "each date once", "delete one of them")
            found[by_month[month]] = weight
        return found

    def _name(self, model: PriorModel | MovingPriorModel, moves: tuple[Move, ...]) -> str:
        if model.parameter is not None:
            return model.parameter
        move = moves[0]
        if model.scale != VALUE or len(move.parts) > 1:
            what = "a parameter without a name"
            remedy = "add parameter: NAME"
            self.issues.note(what, self._place(), "a name where values are moved or several parts are set", remedy)
        return parameter_name(move.input, move.parts[0] if move.parts else None, next(iter(move.weights)))

    def _try(self, check, *arguments: object) -> bool:  # type: ignore[no-untyped-def]
        try:
            check(*arguments)
        except CaseError as error:
            self.issues.add(error.problems[0])
            return False
        return True

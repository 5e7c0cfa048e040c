"""The uncertain parameters of a case: every prior as a monotone map of a standard normal coordinate.

In these coordinates z the prior of any case is the same, N(0, I), so that designs, emulator and sampler know no units.
A parameter moves one dated value or several; `named` gives the dated values that a run is made with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy import special

from tumen.case import Case, CaseError, Distribution, Input, Move, ParameterSet, Prior
from tumen.model.compiled import Floats
from tumen.model.theories import Theory, owned

#: Coordinates are kept within this many standard deviations: beyond, u rounds to 0 or 1.
FARTHEST = 6.0
_VALUE = "value"


@dataclass(frozen=True)
class Axis:
    """One parameter: its prior row, the distribution a theory gives it, what it moves, and the range of its draw."""

    prior: Prior
    distribution: Distribution
    moves: tuple[Move, ...]
    low: float
    high: float


@dataclass(frozen=True)
class DatedValue:
    """One dated value that parameters move.

    base: the case's own value; axis: the parameter that sets it, if one does; shifts: those that move it from there,
    each with its weight; scale: how.
    """

    name: str
    base: float
    low: float
    high: float
    axis: int | None
    scale: str
    shifts: tuple[tuple[int, float], ...]

    def at(self, values: Floats) -> Floats:
        """The dated value at values of the parameters (n, parameters), within the range of its input; shape (n,)."""
        start = np.full(len(values), self.base) if self.axis is None else values[:, self.axis]
        if self.shifts:
            which, weights = [axis for axis, _ in self.shifts], np.array([weight for _, weight in self.shifts])
            drawn = values[:, which]
            if self.scale == "log":
                start = start * np.exp(np.log(drawn) @ weights)
            elif self.scale == "logit":
                start = special.expit(special.logit(start) + drawn @ weights)
            else:
                start = start + drawn @ weights
        return np.clip(start, self.low, self.high)


@dataclass(frozen=True, eq=False)
class ParameterSpace:
    """The uncertain parameters of a case under a theory, and the histories to choose from with their probabilities."""

    axes: tuple[Axis, ...]
    histories: tuple[str | None, ...]  # None: the base
    probabilities: tuple[float, ...]
    inputs: Mapping[str, Input] = field(repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters, one a row of priors.yaml that the theory leaves free."""
        return tuple(axis.prior.name for axis in self.axes)

    @property
    def size(self) -> int:
        """The number of parameters."""
        return len(self.axes)

    @cached_property
    def log_probabilities(self) -> Floats:
        """Log prior probability of each history."""
        return np.log(np.array(self.probabilities))

    @cached_property
    def moved(self) -> tuple[DatedValue, ...]:
        """Every dated value that a parameter moves, in the order in which the rows name them."""
        found = dict[str, DatedValue]()
        for i, axis in enumerate(self.axes):
            for move in axis.moves:
                given, scale = self.inputs[move.input], axis.prior.scale
                for name, part, date, weight in move.values(given):
                    if weight == 0:
                        continue
                    base = DatedValue(name, given.base(date, part), given.low, given.high, None, _VALUE, ())
                    one = found.get(name, base)
                    shifts = (*one.shifts, (i, weight))
                    found[name] = replace(one, axis=i) if scale == _VALUE else replace(one, scale=scale, shifts=shifts)
        return tuple(found.values())

    @property
    def dated_names(self) -> tuple[str, ...]:
        """The dated values that the parameters move, as `KEY[.PART]@DATE`."""
        return tuple(each.name for each in self.moved)

    def values(self, z: Floats) -> Floats:
        """The parameters at coordinates, both (n, parameters); a draw beyond the input's range is held at its end."""
        z = np.clip(np.atleast_2d(z), -FARTHEST, FARTHEST)
        if z.shape[1] != self.size:
            raise ValueError(f"{z.shape[1]} coordinates for {self.size} parameters")
        columns = [np.clip(a.distribution.at(z[:, i]), a.low, a.high) for i, a in enumerate(self.axes)]
        return np.stack(columns, axis=1) if columns else np.empty((len(z), 0))

    def coordinates(self, values: Floats) -> Floats:
        """The coordinates (n, parameters) of values; not finite where a prior holds them impossible."""
        return np.stack([a.distribution.coordinate(values[:, i]) for i, a in enumerate(self.axes)], axis=1)

    def dated(self, values: Floats) -> Floats:
        """The dated values (n, dated values) at values of the parameters (n, parameters), in order of `dated_names`."""
        values = np.atleast_2d(np.asarray(values, dtype=float))
        columns = [each.at(values) for each in self.moved]
        return np.stack(columns, axis=1) if columns else np.empty((len(values), 0))

    def named(self, values: Sequence[float] | Floats, name: str = "draw") -> ParameterSet:
        """The dated values, `KEY[.PART]@DATE`, at one row of values of the parameters."""
        row = self.dated(np.asarray(values, dtype=float)[None])[0]
        return ParameterSet(name, dict(zip(self.dated_names, row.tolist(), strict=True)))


def parameter_space(case: Case, theory: Theory) -> ParameterSpace:
    """The space of a case under a theory. Raises CaseError where the case has no priors."""
    if not case.priors:
        raise CaseError.single(
            "the case has no priors, so nothing can be estimated", f"case {case.name}", "priors.yaml", "add the file"
        )
    found = (_axis(prior, case, theory) for prior in case.priors)
    weights: Mapping[str, float] = {key: h.weight for key, h in case.histories.items() if h.weight > 0}
    return ParameterSpace(
        tuple(axis for axis in found if axis is not None),
        (None, *weights),
        (1 - sum(weights.values()), *weights.values()),
        case.inputs,
    )


def _axis(prior: Prior, case: Case, theory: Theory) -> Axis | None:
    """The parameter of a row under a theory; None where the theory fixes all that it moves or does not read it."""
    foreign = owned() - set(theory.own)
    if (theory.own and not set(prior.inputs) <= set(theory.own)) or set(prior.inputs) <= foreign:
        return None
    fixed = {text.partition("=")[0].partition(".")[0] for text in theory.restrictions}
    moves = tuple(move for move in prior.moves if move.input not in fixed)
    if not moves:
        return None
    if prior.scale != _VALUE:
        return Axis(prior, prior.distribution, moves, -np.inf, np.inf)
    held = [case.inputs[key] for key in prior.inputs]
    own = theory.priors.get(prior.inputs[0], prior.distribution) if len(held) == 1 else prior.distribution
    return Axis(prior, own, moves, max(given.low for given in held), min(given.high for given in held))

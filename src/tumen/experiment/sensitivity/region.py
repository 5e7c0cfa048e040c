"""Where a sensitivity analysis moves: a box of the posterior, and fixed inputs beside it, as one unit cube.

Coordinate u of a parameter is its marginal quantile: 0 and 1 are the ends of the posterior's central 80 %. Coordinate u
of a fixed input runs evenly from the low to the high end of its range; 0.5 is the value that the case states.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tumen.case import Case
from tumen.infer.parameter_space import ParameterSpace, parameter_space
from tumen.infer.posterior import Posterior
from tumen.model.compiled import Floats
from tumen.model.theories import Theory

#: The central part of each parameter's marginal distribution that the box spans: these two quantiles.
LOW, HIGH = 0.1, 0.9
#: A fixed input without a range of its own is multiplied by 1 - SPAN to 1 + SPAN.
SPAN = 0.2


@dataclass(frozen=True)
class FixedInput:
    """An input that is not estimated: its dated values move together.

    part: the member that moves (None: all). times: whether `low` and `high` multiply the case's values, or are added to
    them. why: where the range comes from.
    """

    key: str
    low: float = 1 - SPAN
    high: float = 1 + SPAN
    times: bool = True
    part: str | None = None
    why: str = "assumed: 20 % below and above what the case states"

    @property
    def name(self) -> str:
        """`KEY[.PART]`."""
        return self.key if self.part is None else f"{self.key}.{self.part}"


#: The inputs that calibration leaves at the case's own values, which are conventions or assumptions.
FIXED = (
    FixedInput("mobility_weight", -0.2, 0.2, False, None, "0.3 to 0.7 around an even weight, as the case states"),
    FixedInput("trading_taste", -0.7, 0.7, False, "male", "assumed: half to twice the odds of men's taking a stall"),
    *map(FixedInput, (
        "starting_capital", "capital_decay", "cash_loss", "stalls", "ban_enforcement", "home_share_start",
        "returnee_watch", "will_benefits", "onward_direct", "onward_kin", "other_channel_rate", "crossing_success",
    )),
)  # fmt: skip


@dataclass(frozen=True)
class Moved:
    """One fixed input in a case: the dated values that move, with the case's own, and the ends of their range."""

    given: FixedInput
    names: tuple[str, ...]
    own: tuple[float, ...]
    low: float
    high: float

    def at(self, u: float) -> dict[str, float]:
        """The dated values at coordinate u, held within the range of the input."""
        by = self.given.low + u * (self.given.high - self.given.low)
        made = [own * by if self.given.times else own + by for own in self.own]
        return {name: min(max(value, self.low), self.high) for name, value in zip(self.names, made, strict=True)}


@dataclass(frozen=True, eq=False)
class Region:
    """The unit cube of D factors: parameters of the posterior first, then fixed inputs. base: the base history."""

    space: ParameterSpace = field(repr=False)
    grid: Floats = field(repr=False)  # (D_estimated, draws) each parameter's values in the posterior, in order
    fixed: tuple[Moved, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The factors: parameters as the posterior names them, fixed inputs as `KEY[.PART]`."""
        return (*self.space.names, *(one.given.name for one in self.fixed))

    @property
    def size(self) -> int:
        """How many factors there are, D."""
        return self.space.size + len(self.fixed)

    def values(self, u: Floats) -> Floats:
        """The parameters (n, D_estimated) at coordinates (n, D)."""
        at = LOW + (HIGH - LOW) * np.asarray(u)
        columns = [np.quantile(row, at[:, i]) for i, row in enumerate(self.grid)]
        return np.stack(columns, axis=1)

    def parameters(self, u: Floats) -> list[dict[str, float]]:
        """The dated values of a run at each row of coordinates (n, D)."""
        estimated = self.values(u)
        made = []
        for i, row in enumerate(np.asarray(u)):
            held = dict(self.space.named(estimated[i]).values)
            for one, at in zip(self.fixed, row[self.space.size :], strict=True):
                held |= one.at(float(at))
            made.append(held)
        return made

    def coordinates(self, values: Floats) -> Floats:
        """Coordinates (n, D) of parameters (n, D_estimated): below 0 or above 1 outside the box, fixed inputs at 0.5.

        Outside the box the coordinate goes on as the posterior's quantile does, to -0.125 and 1.125.
        """
        level = (np.arange(self.grid.shape[1]) + 0.5) / self.grid.shape[1]
        columns = [(np.interp(values[:, i], row, level) - LOW) / (HIGH - LOW) for i, row in enumerate(self.grid)]
        rest = np.full((len(values), len(self.fixed)), 0.5)
        return np.concatenate([np.stack(columns, axis=1), rest], axis=1)


def region(case: Case, theory: Theory, found: Posterior, fixed: Sequence[FixedInput] = FIXED) -> Region:
    """The region of a posterior and of the fixed inputs that the case states and the posterior leaves alone.

    Raises CaseError where the case has no priors.
    """
    of = parameter_space(case, theory)
    return Region(of, np.sort(theta_of(of, found), axis=0).T, moved(case, set(found.dated), fixed))


def theta_of(space: ParameterSpace, found: Posterior) -> Floats:
    """The parameters of a space in all draws of a posterior, (draws, D_estimated)."""
    return np.asarray(found.flat("theta")[:, [found.parameters.index(name) for name in space.names]])


def moved(case: Case, estimated: set[str], fixed: Sequence[FixedInput] = FIXED) -> tuple[Moved, ...]:
    """The fixed inputs of a case with the dated values that nothing estimates; those without one are left out.

    A dated value that is zero and multiplied does not move.
    """
    found = []
    for one in fixed:
        given = case.inputs[one.key]
        parts: list[str | None] = [one.part] if one.part is not None else [*given.members] or [None]
        names, own = list[str](), list[float]()
        for row in given.values:
            for part in parts:
                name = f"{one.key}@{row.date}" if part is None else f"{one.key}.{part}@{row.date}"
                value = given.base(row.date, part)
                if name not in estimated and not (one.times and value == 0):
                    names.append(name)
                    own.append(value)
        if names:
            found.append(Moved(one, tuple(names), tuple(own), given.low, given.high))
    return tuple(found)

"""Prior distributions, one row a parameter: what is uncertain, which dated values it moves, how far, and why.

A row sets dated values to its draw (`scale: value`), or moves the case's own values by it: `log` multiplies them by
draw ** weight, `logit` adds weight x draw to their log odds, `linear` adds weight x draw. So one parameter can be the
level of a path, its growth, or the ratio of the sexes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tumen.case.distributions import Distribution
from tumen.case.inputs import Input
from tumen.case.settings import parameter_name

#: The scale of a row that sets values; the others move values.
VALUE = "value"


@dataclass(frozen=True)
class Move:
    """Dated values of one input: its parts (none named: all members) and a weight for each date, as the input has it.

    A date of weight 0 is named to say that it stays where it is.
    """

    input: str
    parts: tuple[str, ...]
    weights: Mapping[str, float] = field(hash=False)

    def members(self, given: Input) -> tuple[str | None, ...]:
        """The parts that are moved; a single None for an input without parts."""
        return self.parts or given.members or (None,)

    def values(self, given: Input) -> Iterator[tuple[str, str | None, str, float]]:
        """Each dated value: its name `KEY[.PART]@DATE`, its part, its date and its weight."""
        for part in self.members(given):
            for date, weight in self.weights.items():
                yield parameter_name(self.input, part, date), part, date, weight

    def names(self, given: Input) -> Iterator[tuple[str, float]]:
        """The name of each dated value with its weight."""
        return ((name, weight) for name, _, _, weight in self.values(given))


@dataclass(frozen=True)
class Prior:
    """The prior of one parameter; unit: of the draw (`factor` on the log scale, `log odds` on the logit scale)."""

    name: str
    scale: str
    moves: tuple[Move, ...]
    distribution: Distribution
    why: str
    source: tuple[str, ...]
    where: str
    unit: str

    @property
    def inputs(self) -> tuple[str, ...]:
        """The inputs that are moved, each once."""
        return tuple(dict.fromkeys(move.input for move in self.moves))

"""What every error model can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from tumen.case.error_models.arrivals import Dispersions
from tumen.case.error_models.scales import Scale
from tumen.case.series import Array

#: Units of shares; `person` counts people, every other unit is a measured number.
SHARE_UNITS = ("share", "percent")


class ErrorModel(ABC):
    """An error model with its numbers; every subclass is a frozen dataclass."""

    name: ClassVar[str]
    #: The numbers that its cell states: none, the sample size `n`, or `spread` and, where it may be shared, `shared`.
    numbers: ClassVar[tuple[str, ...]]
    scale: Scale
    #: Whether it is of shares alone (True) or of other numbers alone (False).
    of_shares: ClassVar[bool | None] = None
    #: The least sample size.
    least: ClassVar[float] = 1
    #: Whether a number must be finite on the scale, so that zero (and, of a share, the whole) is refused.
    finite: ClassVar[bool] = False
    #: Whether it is one of rows that divide a whole.
    table: ClassVar[bool] = False
    #: The share of the variance that all rows of one key have in common; None for independent rows.
    shared: float | None = None

    def __str__(self) -> str:
        given = {name: getattr(self, name) for name in self.numbers}
        prefix = {"n": "n=", "shared": "shared="}
        said = ", ".join(f"{prefix.get(name, '')}{number:g}" for name, number in given.items() if number is not None)
        return f"{self.name}({said})" if said else self.name

    @classmethod
    def suits(cls, unit: str) -> bool:
        """Whether numbers in a unit can scatter so."""
        return cls.of_shares in (None, unit in SHARE_UNITS)

    @classmethod
    def allows(cls, name: str, number: float) -> bool:
        """Whether a number of its cell is in its range."""
        return {"n": number >= cls.least, "spread": number > 0, "shared": 0 < number < 1}[name]

    def in_unit(self, unit: str) -> Self:
        """The error model of rows in a unit, with its numbers on the scale of data."""
        return self

    def together(self, others: Sequence[ErrorModel]) -> ErrorModel:
        """The error model of rows that are compared together, of which this is the first's."""
        return self

    def saturated(self, data: Array) -> Array:
        """The statistics (k,) of a model that hits the data."""
        return np.asarray(self.scale.forward(data))

    def natural(self, statistics: Array) -> Array:
        """The model's numbers on the natural scale, (k,)."""
        return self.scale.back(statistics)

    @abstractmethod
    def score(self, statistics: Any, data: Any, dispersions: Dispersions) -> Any:
        """Log likelihood, (1,), with jax: data may be traced as well as statistics."""

    @abstractmethod
    def residuals(self, statistics: Array, data: Array, dispersions: Dispersions) -> Array:
        """Model minus data over the standard deviation, (k,)."""

    @abstractmethod
    def simulate(self, statistics: Array, dispersions: Dispersions, rng: Any) -> Array:
        """Replicate data (n, k) around statistics (n, k), dispersions (n,)."""

    def among(self, inside: tuple[int, ...]) -> ErrorModel | None:
        """The error model of some of its rows; None where the rows cannot be parted."""
        return None

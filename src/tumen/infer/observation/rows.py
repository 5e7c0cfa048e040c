"""A target made of profile rows: what was published, and the error model by which it scatters around a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import jax.numpy as jnp
import numpy as np

from tumen.case.error_models import ErrorModel
from tumen.case.error_models.arrivals import Dispersions
from tumen.infer.observables import Observables
from tumen.model.compiled import Floats


@dataclass(frozen=True)
class Label:
    """What a residual compares: a name, the observed number on the natural scale (shares in [0, 1]) and its unit."""

    name: str
    data: float
    unit: str

    def text(self, model: float) -> str:
        """The comparison in one line, with the model's number on the natural scale (see `Targets.values`)."""
        return f"{self.name}: {self.number(self.data)} observed, {self.number(model)} in the model"

    def number(self, value: float) -> str:
        """A number in the label's unit.

        >>> Label("women", 0.5, "share").number(0.7312), Label("total", 2e3, "person").number(2040.2)
        ('73.1 %', '2,040')
        """
        if self.unit == "share":
            return f"{100 * value:.1f} %"
        return f"{value:,.0f}" if self.unit == "person" else f"{value:.3g}"


@dataclass(frozen=True)
class Datum:
    """One profile row: its place, name, value (shares in [0, 1]), unit, and the year in which it was known."""

    row: int
    name: str
    value: float
    unit: str
    known: int


@dataclass(frozen=True)
class Rows:
    """Profile rows that are compared together: one, the rows of a table, or those of a key that share an error."""

    name: str
    data: tuple[Datum, ...]
    error: ErrorModel

    @property
    def names(self) -> tuple[str, ...]:
        """The target's name."""
        return (self.name,)

    @property
    def rows(self) -> tuple[int, ...]:
        """The places of its rows among `case.profiles_rows`."""
        return tuple(datum.row for datum in self.data)

    @property
    def keys(self) -> tuple[tuple[object, ...], ...]:
        """The rows' places."""
        return tuple(("row", row) for row in self.rows)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The rows' numbers."""
        return tuple(Label(datum.name, datum.value, datum.unit) for datum in self.data)

    @cached_property
    def numbers(self) -> Floats:
        """The published numbers, (k,)."""
        return np.array([datum.value for datum in self.data])

    @property
    def saturated(self) -> Floats:
        """The statistics of a model that hits the rows."""
        return self.error.saturated(self.numbers)

    def on_scale(self, values: Floats) -> Floats:
        """Statistics from natural numbers, (..., k) both."""
        return self.error.scale.forward(values)

    def statistics(self, seen: Observables) -> Floats:
        """The run's numbers on the scale."""
        return self.on_scale(seen.targets[list(self.rows)])

    def values(self, statistics: Floats) -> Floats:
        """The run's numbers beside `labels`."""
        return self.error.natural(np.asarray(statistics))

    def score(self, statistics: Any, dispersions: Dispersions) -> Any:
        """Log likelihood, (1,)."""
        return self.error.score(statistics, jnp.array([datum.value for datum in self.data]), dispersions)

    def residuals(self, statistics: Floats, dispersions: Dispersions) -> Floats:
        """Model minus data over the standard deviation, (k,)."""
        return self.error.residuals(np.asarray(statistics), self.numbers, dispersions)

    def until(self, year: int) -> Rows | None:
        """The rows published by the end of a year."""
        inside = tuple(i for i, datum in enumerate(self.data) if datum.known <= year)
        if len(inside) == len(self.data):
            return self
        error = self.error.among(inside) if inside else None
        return None if error is None else Rows(self.name, tuple(self.data[i] for i in inside), error)

    def simulate(self, statistics: Floats, dispersions: Dispersions, rng: Any) -> Floats:
        """Replicate data on the natural scale (n, k) around statistics (n, k), dispersions (n,)."""
        return self.error.simulate(np.asarray(statistics), dispersions, rng)

    def with_numbers(self, numbers: Any) -> Rows:
        """The rows with other published numbers, (k,); of jax, they can only be scored."""
        return replace(
            self, data=tuple(replace(datum, value=one) for datum, one in zip(self.data, numbers, strict=True))
        )

    def replicate(self, statistics: Floats, dispersions: Dispersions, rng: Any) -> Rows:
        """The rows of another survey of the same model."""
        drawn = self.simulate(np.asarray(statistics)[None], Dispersions(*(np.reshape(v, 1) for v in dispersions)), rng)[
            0
        ]
        return self.with_numbers(drawn.tolist())

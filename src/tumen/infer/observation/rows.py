"""A target made of profile rows: what was published, and the error model by which it scatters around a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import jax.numpy as jnp
import numpy as np

from tumen.infer.observation.scales import Scale
from tumen.infer.observation.target import Label, Noise
from tumen.model.compiled import Floats

if TYPE_CHECKING:
    from tumen.infer.observables import Observables


@dataclass(frozen=True)
class Datum:
    """One profile row: its place, name, value (shares in [0, 1]), unit, and the year in which it was known."""

    row: int
    name: str
    value: float
    unit: str
    known: int


class ErrorLaw(Protocol):
    """An error model of k rows; statistics and data have k numbers, data on the natural scale."""

    @property
    def scale(self) -> Scale:
        """The scale on which the rows scatter."""

    def saturated(self, data: Floats) -> Floats:
        """The statistics (k,) of a model that hits the data."""

    def natural(self, statistics: Floats) -> Floats:
        """The model's numbers on the natural scale, (k,)."""

    def score(self, statistics: Any, data: Any, noise: Noise) -> Any:
        """Log likelihood, (1,), with jax: data may be traced as well as statistics."""

    def residuals(self, statistics: Floats, data: Floats, noise: Noise) -> Floats:
        """Model minus data over the standard deviation, (k,)."""

    def simulate(self, statistics: Floats, noise: Noise, rng: Any) -> Floats:
        """Replicate data (n, k) around statistics (n, k), dispersions (n,)."""

    def among(self, inside: tuple[int, ...]) -> ErrorLaw | None:
        """The law of some of its rows; None where the rows cannot be parted."""


@dataclass(frozen=True)
class Rows:
    """Profile rows that are compared together: one, the rows of a table, or those of a key that share an error."""

    name: str
    data: tuple[Datum, ...]
    law: ErrorLaw

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
        return self.law.saturated(self.numbers)

    def on_scale(self, values: Floats) -> Floats:
        """Statistics from natural numbers, (..., k) both."""
        return self.law.scale.forward(values)

    def statistics(self, seen: Observables) -> Floats:
        """The run's numbers on the scale."""
        return self.on_scale(seen.targets[list(self.rows)])

    def values(self, statistics: Floats) -> Floats:
        """The run's numbers beside `labels`."""
        return self.law.natural(np.asarray(statistics))

    def score(self, statistics: Any, noise: Noise) -> Any:
        """Log likelihood, (1,)."""
        return self.law.score(statistics, jnp.array([datum.value for datum in self.data]), noise)

    def residuals(self, statistics: Floats, noise: Noise) -> Floats:
        """Model minus data over the standard deviation, (k,)."""
        return self.law.residuals(np.asarray(statistics), self.numbers, noise)

    def until(self, year: int) -> Rows | None:
        """The rows published by the end of a year."""
        inside = tuple(i for i, datum in enumerate(self.data) if datum.known <= year)
        if len(inside) == len(self.data):
            return self
        law = self.law.among(inside) if inside else None
        return None if law is None else Rows(self.name, tuple(self.data[i] for i in inside), law)

    def simulate(self, statistics: Floats, noise: Noise, rng: Any) -> Floats:
        """Replicate data on the natural scale (n, k) around statistics (n, k), dispersions (n,)."""
        return self.law.simulate(np.asarray(statistics), noise, rng)

    def with_numbers(self, numbers: Any) -> Rows:
        """The rows with other published numbers, (k,); of jax, they can only be scored."""
        return replace(
            self, data=tuple(replace(datum, value=one) for datum, one in zip(self.data, numbers, strict=True))
        )

    def replicate(self, statistics: Floats, noise: Noise, rng: Any) -> Rows:
        """The rows of another survey of the same model."""
        drawn = self.simulate(np.asarray(statistics)[None], Noise(*(np.reshape(v, 1) for v in noise)), rng)[0]
        return self.with_numbers(drawn.tolist())

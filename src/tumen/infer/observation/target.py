"""What every target can do, whatever its error model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from tumen.case.error_models.arrivals import Dispersions
from tumen.model.compiled import Floats

if TYPE_CHECKING:
    from tumen.infer.observables import Observables


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


class Target(Protocol):
    """Numbers that were counted together, and how they scatter around the model.

    S is the number of summary statistics; statistics are on the scale on which the number scatters.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each part of the score."""

    @property
    def keys(self) -> tuple[tuple[object, ...], ...]:
        """What identifies each summary statistic within a case, (S,)."""

    @property
    def labels(self) -> tuple[Label, ...]:
        """A label for each residual, (R,)."""

    @property
    def saturated(self) -> Floats:
        """The statistics (S,) of a model that hits the target."""

    @property
    def numbers(self) -> Floats:
        """What was counted, a number beside each statistic, (S,)."""

    def with_numbers(self, numbers: Any) -> Target:
        """The same target had other numbers been counted, (S,)."""

    def statistics(self, seen: Observables) -> Floats:
        """The summary statistics of a run, (S,)."""

    def values(self, statistics: Floats) -> Floats:
        """The model's numbers beside `labels`, on the natural scale, (R,)."""

    def score(self, statistics: Any, dispersions: Dispersions) -> Any:
        """Log likelihood of each part, (len(names),), with jax."""

    def residuals(self, statistics: Floats, dispersions: Dispersions) -> Floats:
        """Model minus data over the standard deviation, (R,)."""

    def until(self, year: int) -> Target | None:
        """What of the target was known at the end of a year; None for nothing."""

    def replicate(self, statistics: Floats, dispersions: Dispersions, rng: Any) -> Target:
        """The target with data drawn around a model whose statistics (S,) are given."""

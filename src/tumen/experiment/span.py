"""The years that outcomes are of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tumen.case import SEXES, Case, CaseError
from tumen.model.compiled import Floats


@dataclass(frozen=True)
class Span:
    """The years an outcome is of, first and last, and the year in which the case begins."""

    opening: int
    first: int
    last: int

    def of(self, yearly: Floats) -> Floats:
        """A flow (..., years, sexes) added up over the span, (..., sexes)."""
        kept = yearly[..., self.first - self.opening : self.last - self.opening + 1, :]
        return np.asarray(kept.sum(axis=-2), dtype=float)


def span(case: Case, years: tuple[int, int] | None) -> Span:
    """The years asked for, else those that were counted one by one and by sex, else all of the case.

    Raises CaseError for years that the case does not simulate.
    """
    opening, end = case.start // 12, case.end // 12
    if years is None:
        table = case.arrivals
        single = table[(table["year_start"] == table["year_end"]) & table["sex"].isin(SEXES)]
        counted = single[(single["year_start"] >= opening) & (single["year_end"] <= end)]["year_start"]
        years = (opening, end) if counted.empty else (int(counted.min()), int(counted.max()))
    if not opening <= years[0] <= years[1] <= end:
        raise CaseError.single(
            f"the years {years[0]} to {years[1]} are asked for",
            f"case {case.name}",
            f"years within {opening} to {end}",
            "choose years that the case simulates",
        )
    return Span(opening, *years)

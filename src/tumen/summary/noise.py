"""How large the noise of a result's yearly figures is: the part of them that another seed would change."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tumen.case import SEXES
from tumen.result import yearly

if TYPE_CHECKING:
    import pandas as pd

    from tumen.result import Result

FIGURES = ("arrivals", "departures")
_WORDS = {"female": "women", "male": "men"}
#: A figure of fewer persons has no noise in per cent worth telling.
FEWEST = 1.0
NOT_STATED = "Monte Carlo error of yearly figures: the result does not state it (an earlier tumen wrote it)"


@dataclass(frozen=True)
class Noise:
    """Standard errors relative to the figures of some years: root-mean-square and largest by sex (with `total`)."""

    figure: str
    first: int
    last: int
    rms: dict[str, float]
    largest: dict[str, float]

    @property
    def worst(self) -> float:
        """The largest of women's and men's."""
        return max(self.largest["female"], self.largest["male"])


def noise(result: Result, figure: str) -> Noise | None:
    """The noise of a yearly figure over the years with counts to compare with, or all years of the run without.

    None where the result states no errors, or where no year has a person of each sex.
    """
    table = yearly(result.flows, figure)
    table = table[table["se"].notna() & (table["value"] >= FEWEST)]
    years = _years(table, result.observed)
    if not years:
        return None
    table = table[table["year"].isin(years)]
    share = (table["se"] / table["value"]).groupby(table["sex"])
    rms = {str(sex): math.sqrt(float((part**2).mean())) for sex, part in share}
    return Noise(figure, min(years), max(years), rms, {str(sex): float(part.max()) for sex, part in share})


def _years(table: pd.DataFrame, observed: pd.DataFrame) -> list[int]:
    """The years with a figure for each sex, and with a count of each sex where there are any such years."""
    told, counted = (rows[rows["sex"].isin(SEXES)]["year"].value_counts() for rows in (table, observed))
    both = sorted(int(year) for year in told[told == 2].index)
    return [year for year in both if counted.get(year) == 2] or both


def line(result: Result) -> str:
    """One line for a terminal."""
    found = noise(result, "arrivals")
    if found is None:
        if "arrivals_se" not in result.flows:
            return NOT_STATED
        return "Monte Carlo error of yearly arrivals: no whole year has an arrival of each sex"
    years = f"{found.first}-{found.last}" if found.last > found.first else f"{found.first}"
    sexes = ", ".join(f"{word} {fine(found.rms[sex])}" for sex, word in _WORDS.items())
    whose = " of the central run" if result.draws is not None else ""
    most = f"at most {fine(found.worst)} (for fixed parameters)"
    return f"Monte Carlo error of yearly arrivals{whose} {years}: {sexes}, {most}"


def fine(share: float) -> str:
    """A share in per cent with one decimal."""
    return f"{100 * share:.1f} %"


def as_json(result: Result) -> dict[str, Any]:
    """The same for machines: relative noise by figure, null where there is none; and every yearly figure's error."""
    content: dict[str, Any] = {}
    for figure in FIGURES:
        found = noise(result, figure)
        table = yearly(result.flows, figure)
        content[figure] = found and {"from": found.first, "to": found.last, "rms": found.rms, "largest": found.largest}
        content[f"{figure}_by_year"] = table.astype(object).where(table.notna(), None).to_dict("records")
    return content

"""Forecasts of arrivals as samples, the quantities they are judged by, and their table in the format of forecast hubs.

One row of the table is one quantile or mean of one quantity of one year ahead, said by one model at one origin
(hubverse, https://docs.hubverse.io: model output).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tumen.case.error_models.arrivals import HALF, WOMEN
from tumen.model.compiled import Floats

#: Levels of the quantiles in files and of the weighted interval score: the median and the ends of eleven central
#: intervals (Bracher et al. 2021, PLOS Comput. Biol. 17(2), e1008618, p. 4).
LEVELS = np.round([0.01, 0.025, *np.arange(1, 20) / 20, 0.975, 0.99], 3)
#: Quantities: persons by sex and in all, and women among all.
SHARE = "female_share"
QUANTITIES = ("female", "male", "total", SHARE)
COLUMNS = (
    "origin_date",
    "target",
    "horizon",
    "target_end_date",
    "location",
    "sex",
    "age",
    "output_type",
    "output_type_id",
    "value",
    "model_id",
)


@dataclass(frozen=True, eq=False)
class Forecast:
    """What a model said at the end of one year of the years after it.

    draws: samples of counts (n, years, sex); counted: what was counted then, (years, sex).
    """

    model: str
    origin: int
    years: tuple[int, ...]
    draws: Floats
    counted: Floats

    def samples(self, quantity: str) -> Floats:
        """Samples of a quantity, (n, years)."""
        return of(self.draws, quantity)

    def truth(self, quantity: str) -> Floats:
        """The quantity as counted, (years,)."""
        return of(self.counted, quantity)


def of(persons: Floats, quantity: str) -> Floats:
    """A quantity of persons by sex (..., sex), (...). Raises ValueError for one that is not in QUANTITIES.

    >>> of(np.array([[30.0, 10.0]]), "female_share").tolist()
    [0.75]
    """
    women, total = persons[..., WOMEN], persons.sum(axis=-1)
    by_name = {"female": women, "male": persons[..., 1 - WOMEN], "total": total}
    if quantity == SHARE:
        return np.asarray(women / np.maximum(total, HALF))
    if quantity not in by_name:
        raise ValueError(f"no quantity {quantity!r}, expected one of {', '.join(QUANTITIES)}")
    return np.asarray(by_name[quantity])


def hub_table(forecasts: Sequence[Forecast], location: str) -> pd.DataFrame:
    """All forecasts in the format of forecast hubs, COLUMNS; `target` is arrivals or female_share (of both sexes)."""
    rows = [row for one in forecasts for quantity in QUANTITIES for row in _rows(one, quantity, location)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(one: Forecast, quantity: str, location: str) -> list[tuple[object, ...]]:
    target, sex = (SHARE, "total") if quantity == SHARE else ("arrivals", quantity)
    return hub_rows(one.samples(quantity), one.origin, one.years, (target, location, sex, "all"), one.model)


def hub_rows(
    drawn: Floats, origin: int, years: Sequence[int], of: tuple[str, str, str, str], model: str
) -> list[tuple[object, ...]]:
    """Quantiles and means of samples (n, years) as rows of COLUMNS. of: target, location, sex and age."""
    target, location, sex, age = of
    quantiles, means = np.quantile(drawn, LEVELS, axis=0), drawn.mean(axis=0)
    made = list[tuple[object, ...]]()
    for i, year in enumerate(years):
        at = (f"{origin}-12-31", target, year - origin, f"{year}-12-31", location, sex, age)
        said = [("quantile", f"{level:g}", float(v)) for level, v in zip(LEVELS, quantiles[:, i], strict=True)]
        made += [(*at, *each, model) for each in (*said, ("mean", "", float(means[i])))]
    return made

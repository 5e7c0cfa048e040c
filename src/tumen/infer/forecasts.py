"""Forecasts of arrivals as samples, the quantities they are judged by, and their table in the format of forecast hubs.

One row of the table is one quantile or mean of one quantity of one year ahead, said by one model at one origin
(hubverse, https://docs.hubverse.io: model output).

How good they were is told by proper scores of their samples, coverage of their bands, and skill beside other models.
CRPS, of counts and of log(count + 1) (Bosse et al. 2023, PLOS Comput. Biol. 19(8), e1011393), and the weighted interval
score (Bracher et al. 2021) are those of the library `scoringrules`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tumen.case import SEXES
from tumen.case.error_models.arrivals import HALF, WOMEN
from tumen.model.compiled import Floats

#: Levels of the quantiles in files and of the weighted interval score: the median and the ends of eleven central
#: intervals (Bracher et al. 2021, PLOS Comput. Biol. 17(2), e1008618, p. 4).
LEVELS = np.round([0.01, 0.025, *np.arange(1, 20) / 20, 0.975, 0.99], 3)
#: Quantities: persons by sex and in all, and women among all.
SHARE = "female_share"
QUANTITIES = ("female", "male", "total", SHARE)
COLUMNS = (
    "origin_date", "target", "horizon", "target_end_date", "location", "sex", "age",
    "output_type", "output_type_id", "value", "model_id",
)  # fmt: skip

#: Central bands whose coverage is told.
BANDS = (0.5, 0.8, 0.95)
#: The scores, the lower the better.
RULES = ("crps", "log_crps", "wis")
#: The horizon of the mean over all horizons.
ALL = 0
COVERED = tuple(f"covered_{100 * band:g}" for band in BANDS)

#: Names of the baselines, as they stand in files: what counts alone say of the years ahead, without a model of people.
BASELINES = ("last_value", "drift", "share_trend")
#: Single years that a baseline must have seen.
FEWEST_YEARS = 4


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


def crps(drawn: Floats, counted: Floats) -> Floats:
    """Continuous ranked probability score of samples (n, ...) of counts (...): E|X - y| - E|X - X'| / 2."""
    import scoringrules

    return np.asarray(scoringrules.crps_ensemble(counted, drawn, m_axis=0, estimator="qd", backend="numpy"))


def log_crps(drawn: Floats, counted: Floats) -> Floats:
    """The CRPS of log(count + 1): errors count by their ratio, so that small years weigh as much as large ones."""
    return crps(np.log1p(drawn), np.log1p(counted))


def wis(drawn: Floats, counted: Floats) -> Floats:
    """Weighted interval score of samples (n, ...): over the median and the eleven central intervals of LEVELS."""
    import scoringrules

    quantiles = np.moveaxis(np.quantile(drawn, LEVELS, axis=0), 0, -1)
    half = len(LEVELS) // 2
    low, median, high = quantiles[..., :half], quantiles[..., half], quantiles[..., :half:-1]
    # Of scoringrules 0.10, the numpy backend adds the median where its distance from the count belongs.
    return np.asarray(
        scoringrules.weighted_interval_score(counted, median, low, high, 2 * LEVELS[:half], backend="numba")
    )


def each_score(forecasts: Sequence[Forecast]) -> pd.DataFrame:
    """One row for every model, origin, year ahead and quantity: what was counted, said and scored.

    Columns: model, origin, year, horizon, quantity, counted, median, RULES and COVERED. log_crps of a share is NaN.
    """
    return pd.concat([_scored(one, quantity) for one in forecasts for quantity in QUANTITIES], ignore_index=True)


def _scored(one: Forecast, quantity: str) -> pd.DataFrame:
    drawn, counted = one.samples(quantity), one.truth(quantity)
    frame = pd.DataFrame({"model": one.model, "origin": one.origin, "year": one.years})
    frame["horizon"] = frame["year"] - one.origin
    frame["quantity"], frame["counted"], frame["median"] = quantity, counted, np.median(drawn, axis=0)
    frame["crps"], frame["wis"] = crps(drawn, counted), wis(drawn, counted)
    frame["log_crps"] = np.nan if quantity == SHARE else log_crps(drawn, counted)
    for name, band in zip(COVERED, BANDS, strict=True):
        low, high = np.quantile(drawn, [(1 - band) / 2, (1 + band) / 2], axis=0)
        frame[name] = (low <= counted) & (counted <= high)
    return frame


def mean_scores(each: pd.DataFrame) -> pd.DataFrame:
    """Means over origins by model, quantity and horizon, the last over all horizons (ALL).

    Columns: model, quantity, horizon, forecasts (how many), RULES, and COVERED (how many bands held the count).
    """
    both = pd.concat([each, each.assign(horizon=ALL)], ignore_index=True)
    grouped = both.groupby(["model", "quantity", "horizon"], sort=False)
    means = grouped[list(RULES)].mean()
    held = grouped[list(COVERED)].sum()
    return pd.concat([grouped.size().rename("forecasts"), means, held], axis=1).reset_index()


def skill(means: pd.DataFrame) -> pd.DataFrame:
    """1 - score / the other model's score: 1 is perfect, 0 is as good as the other, below 0 is worse.

    Columns: model, against, quantity, horizon, RULES. One row for each pair of models, quantity and horizon.
    """
    at = ["quantity", "horizon"]
    pairs = means.merge(means, on=at, suffixes=("", "_of_other"))
    pairs = pairs[pairs["model"] != pairs["model_of_other"]]
    made = pairs[["model", "model_of_other", *at]].rename(columns={"model_of_other": "against"})
    for rule in RULES:
        # A perfect score of the other model leaves no ratio; NaN says so, and JSON has null.
        made[rule] = 1 - pairs[rule] / pairs[f"{rule}_of_other"].where(pairs[f"{rule}_of_other"] > 0)
    return made.reset_index(drop=True)


def baseline_forecasts(counted: Floats, ahead: int, size: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Samples of arrivals (size, year ahead, sex) by each baseline, from counts of consecutive years (year, sex).

    Each is a distribution, not a point: last value is a random walk of both sexes in logs, drift the same about its
    mean step, share trend a random walk of the total with a straight line through the logit of women's share. Raises
    ValueError for fewer than FEWEST_YEARS years.
    """
    if len(counted) < FEWEST_YEARS:
        raise ValueError(f"{len(counted)} years are counted, a baseline needs {FEWEST_YEARS}")
    logs = np.log(np.maximum(counted, HALF))
    total = np.log(np.maximum(counted.sum(axis=1), HALF))
    steps, moves = np.diff(logs, axis=0), np.diff(total)
    years, none = np.arange(1, ahead + 1)[:, None], np.zeros(len(SEXES))

    def walk(covariance: Floats) -> Floats:
        return np.asarray(rng.multivariate_normal(none, covariance, (size, ahead)).cumsum(axis=1))

    about_mean = np.asarray(np.cov(steps.T), dtype=float)
    slope = steps.mean(axis=0) + rng.multivariate_normal(none, about_mean / len(steps), size)
    persons = np.exp(total[-1] + np.sqrt((moves**2).mean()) * rng.standard_normal((size, ahead)).cumsum(axis=1))
    odds = _line(logs[:, WOMEN] - logs[:, 1 - WOMEN], ahead, size, rng)
    trend = np.empty((size, ahead, len(SEXES)))
    trend[..., WOMEN] = persons / (1 + np.exp(-odds))
    trend[..., 1 - WOMEN] = persons - trend[..., WOMEN]
    return {
        "last_value": np.exp(logs[-1] + walk(np.asarray(steps.T @ steps / len(steps), dtype=float))),
        "drift": np.exp(logs[-1] + slope[:, None] * years + walk(about_mean)),
        "share_trend": trend,
    }


def _line(values: Floats, ahead: int, size: int, rng: np.random.Generator) -> Floats:
    """Samples (size, ahead) of a straight line through values, its coefficients and its residuals uncertain."""
    design = np.stack([np.ones(len(values)), np.arange(len(values))], axis=1)
    inverse = np.asarray(np.linalg.inv(design.T @ design), dtype=float)
    middle = np.asarray(inverse @ design.T @ values, dtype=float)
    variance = float(((values - design @ middle) ** 2).sum() / (len(values) - 2))
    drawn = rng.multivariate_normal(middle, np.asarray(variance * inverse, dtype=float), size)
    later = len(values) + np.arange(ahead)
    return np.asarray(
        drawn[:, :1] + drawn[:, 1:] * later + np.sqrt(variance) * rng.standard_normal((size, ahead)), dtype=float
    )

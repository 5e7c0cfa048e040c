"""Statistical baselines of a forecast: what counts alone say of the years ahead, without any model of people.

Each is a distribution, not a point: last value is a random walk of both sexes in logs, drift the same about its mean
step, share trend a random walk of the total with a straight line through the logit of women's share.
"""

from __future__ import annotations

import numpy as np

from tumen.case import SEXES
from tumen.case.error_models.arrivals import HALF, WOMEN
from tumen.model.compiled import Floats

#: Names of the baselines, as they stand in files of forecasts.
BASELINES = ("last_value", "drift", "share_trend")
#: Single years that a baseline must have seen.
FEWEST_YEARS = 4


def baseline_forecasts(counted: Floats, ahead: int, size: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Samples of arrivals (size, year ahead, sex) by each baseline, from counts of consecutive years (year, sex).

    Raises ValueError for fewer than FEWEST_YEARS years.
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

"""A backtest that no model made: forecasts around a smooth path, from a fixed seed, with one posterior that failed."""

from __future__ import annotations

import numpy as np

import tumen.case as tc
from tumen.infer.backtest import PLAN, SAMPLES, Backtest, Refit, known_counts, years_ahead
from tumen.infer.forecasts import BASELINES, Forecast, baseline_forecasts
from tumen.infer.posterior import Check
from tumen.infer.targets import targets


def backtest(
    case: tc.Case,
    theories: tuple[str, ...] = ("interplay",),
    origins: tuple[int, ...] = (2002, 2003),
    ahead: int = 3,
    sound: bool = True,
) -> Backtest:
    """Forecasts of counts that a model would have made had it known them to one part in ten."""
    rng, asked = np.random.default_rng(11), targets(case)
    forecasts, refits = list[Forecast](), list[Refit]()
    for origin in origins:
        blocks, known = years_ahead(asked, origin, ahead), known_counts(asked, origin)
        years, counted = tuple(one.first for one in blocks), np.array([one.persons for one in blocks])
        for theory in theories:
            off = np.exp(0.1 * rng.standard_normal((400, *counted.shape)) + 0.05 * rng.standard_normal(counted.shape))
            forecasts.append(Forecast(theory, origin, years, counted * off, counted))
            failed = not sound and origin == origins[-1]
            rhat = Check("rhat", 1.2 if failed else 1.0, "at most 1.01", not failed, "the chains have not met")
            refits.append(Refit(theory, origin, 300, 90, True, 100, (rhat,)))
        made = baseline_forecasts(known, len(years), SAMPLES, rng)
        forecasts += [Forecast(name, origin, years, made[name], counted) for name in BASELINES]
    return Backtest(case, theories, PLAN, tuple(forecasts), tuple(refits), 60.0)

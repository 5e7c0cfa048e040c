"""Forecasts from rolling origins: what would have been said of the years ahead at the end of a year, and how well.

At each origin everything is estimated anew on the targets known then: counts of years that were over, rows that were
published. Best fit, emulator and sampler see nothing else. The fit begins where that of the origin before ended, and
the emulator learns from the runs of the origins before too: a run says what the model does, whatever was counted. The
years ahead are those of real runs of draws from that posterior, scattered by each draw's phi and rho.

Three things are known ahead. The policies, prices and controls of the years ahead are taken as they came. Priors and
error models were chosen with all counts at hand. Counts are those of the latest vintage, as revised later.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from tumen.case import Case, CaseError, case_of
from tumen.case.error_models.arrivals import Dispersions
from tumen.infer import best_fit
from tumen.infer.best_fit import PointRuns
from tumen.infer.calibration import Calibration, Estimate, Plan, Runs
from tumen.infer.diagnose import diagnose
from tumen.infer.fit_file import Fit
from tumen.infer.forecasts import (
    BASELINES,
    FEWEST_YEARS,
    Forecast,
    baseline_forecasts,
    each_score,
    hub_table,
    mean_scores,
    skill,
)
from tumen.infer.observation.arrivals import Arrivals
from tumen.infer.posterior import Check
from tumen.infer.run_cache import RunCache, home
from tumen.infer.runs import Progress, Told
from tumen.infer.targets import Targets, targets
from tumen.infer.workers import workers
from tumen.model.compiled import Floats
from tumen.model.theories import Theory, theory_of

#: Years ahead, and origins where none are named.
AHEAD, ORIGINS = 3, 7
#: Samples of counts for each draw that was run, and samples of a baseline.
FUTURES, SAMPLES = 10, 2000
#: Fewer real runs of draws are enough at an origin than in a calibration, this share of those of the plan's check, and
#: more bias is allowed for it, in posterior standard deviations.
ENOUGH, BIAS = 0.9, 0.25
#: Runs at one origin beside those of the fit. Later origins learn from the runs of the earlier ones, and need fewer.
PLAN = Plan(
    laplace=300, rounds=120, check=100, most=1000, scatter=8, prior=20, without_key=0,
    warm=250, tried=300, kept=600, learned=1200,
)  # fmt: skip


@dataclass(frozen=True)
class Refit:
    """The posterior of a theory at one origin: runs it took, those of its fit, and the checks it passed or failed."""

    theory: str
    origin: int
    runs: int
    fit_runs: int
    fit_converged: bool
    draws: int
    checks: tuple[Check, ...]

    @property
    def sound(self) -> bool:
        """Whether every check was passed."""
        return all(check.passed for check in self.checks)


@dataclass(frozen=True, eq=False)
class Backtest:
    """Forecasts of theories and of baselines from the same origins, and how the posteriors behind them were found."""

    case: Case
    theories: tuple[str, ...]
    plan: Plan
    forecasts: tuple[Forecast, ...]
    refits: tuple[Refit, ...]
    seconds: float

    @property
    def models(self) -> tuple[str, ...]:
        """Theories, then baselines."""
        return (*self.theories, *BASELINES)

    @property
    def origins(self) -> tuple[int, ...]:
        """The origins, in their order."""
        return tuple(sorted({one.origin for one in self.forecasts}))

    @property
    def runs(self) -> int:
        """Runs of all posteriors."""
        return sum(one.runs for one in self.refits)

    @property
    def sound(self) -> bool:
        """Whether the posterior of every origin passed its checks."""
        return all(one.sound for one in self.refits)

    @cached_property
    def each(self) -> pd.DataFrame:
        """Every forecast scored: see `forecasts.each_score`."""
        return each_score(self.forecasts)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Mean scores and coverage: see `forecasts.mean_scores`."""
        return mean_scores(self.each)

    @cached_property
    def skill(self) -> pd.DataFrame:
        """Skill of every model beside every other: see `forecasts.skill`."""
        return skill(self.scores)

    @property
    def hub(self) -> pd.DataFrame:
        """The forecasts in the format of forecast hubs: see `forecasts.hub_table`."""
        return hub_table(self.forecasts, self.case.name)


def backtest(
    case: Case,
    theories: Theory | str | Sequence[Theory | str],
    *,
    origins: Sequence[int] | None = None,
    ahead: int = AHEAD,
    plan: Plan | None = None,
    cluster: str | None = None,
    processes: int = 2,
    folder: Path | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Backtest:
    """Forecast the years after each of several origins by what was known then, and score it beside baselines.

    theories: one or several, judged by the same rule. origins: calendar years at whose end a forecast is made (None:
    the latest seven with two counted years ahead; 2008 to 2014 for North Korea). ahead: years ahead. plan: runs at one
    origin beside those of its fit (None: at most 368). cluster: the address of a Dask scheduler; without one,
    `processes` run on this machine. folder: where runs are kept (default: the user's data folder); asked again after an
    interruption, it continues where it was. What is still known ahead stands in docs/backtest.md. Raises CaseError.

    >>> import tumen as tm
    >>> made = tm.backtest(tm.load("toyland"), ["interplay", "no_theory"])  # doctest: +SKIP
    >>> made.skill, made.hub  # doctest: +SKIP
    """
    named = list(theories) if isinstance(theories, Sequence) and not isinstance(theories, str) else [theories]
    case, judged, plan = case_of(case), [theory_of(one) for one in named], plan or PLAN
    began, asked, at = time.monotonic(), targets(case), folder or home()
    _refuse_names([theory.name for theory in judged])
    chosen = tuple(sorted(set(origins))) if origins is not None else default_origins(asked)
    _refuse_nothing_ahead(chosen, ahead)
    coming = {origin: years_ahead(asked, origin, ahead) for origin in chosen}
    known = {origin: known_counts(asked, origin) for origin in chosen}
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    each = best_fit.MOST_RUNS + plan.most
    told = Told(progress, len(judged) * len(chosen) * each)
    forecasts, refits = list[Forecast](), list[Refit]()
    cache = RunCache(at / "runs" / case.name)
    with workers(cluster, processes) as some:
        for theory in judged:
            fit, learned = None, None
            for origin in chosen:
                before = sum(one.runs for one in refits)
                runs = PointRuns(case, theory, asked.until(origin), cache, some, None, plan.seed, plan.agents)
                fit, estimate = _estimate(runs, origin, plan, at / "backtests" / case.name, fit, learned, told, before)
                learned = estimate.known + estimate.drawn
                refits.append(_refit(theory, origin, fit, estimate, plan))
                told.most += refits[-1].runs - each  # fewer than it might have taken
                drawn = _futures(estimate, coming[origin], np.random.default_rng([plan.seed, origin]))
                forecasts.append(_forecast(theory.name, origin, coming[origin], drawn))
    for origin in chosen:
        rng = np.random.default_rng([plan.seed, origin, 1])
        made = baseline_forecasts(known[origin], len(coming[origin]), SAMPLES, rng)
        forecasts += [_forecast(name, origin, coming[origin], made[name]) for name in BASELINES]
    names, seconds = tuple(theory.name for theory in judged), round(time.monotonic() - began, 1)
    return Backtest(case, names, plan, tuple(forecasts), tuple(refits), seconds)


def _estimate(
    runs: PointRuns,
    origin: int,
    plan: Plan,
    folder: Path,
    start: Fit | None,
    learned: Runs | None,
    told: Told,
    before: int,
) -> tuple[Fit, Estimate]:
    """Best fit and posterior by what was known at an origin, after so many runs for other origins."""
    name = f"{runs.theory.name}, origin {origin}"
    of_fit = Told(lambda said: told(f"{name}: best fit, {said.stage}", before + said.runs), best_fit.MOST_RUNS)
    fit = best_fit.search(runs, start, of_fit)
    made = Calibration(
        runs.case, runs.theory, plan, runs.cache, folder, runs.workers,
        lambda said: told(f"{name}: {said.stage}", before + fit.runs + said.runs),
        asked=runs.asked, fit=fit, learned=learned,
    )  # fmt: skip
    return fit, made.run()


def _refit(theory: Theory, origin: int, fit: Fit, estimate: Estimate, plan: Plan) -> Refit:
    runs, draws = fit.runs + estimate.runs, len(estimate.drawn.z)
    checks = diagnose(estimate, enough=int(ENOUGH * plan.check), bias=BIAS)
    return Refit(theory.name, origin, runs, fit.runs, fit.converged, draws, checks)


def _futures(estimate: Estimate, ahead: Sequence[Arrivals], rng: np.random.Generator) -> Floats:
    """Counts of years ahead (FUTURES x draws, year, sex): real runs of draws, with the scatter of counts."""
    at = [block.first - block.window for block in ahead]
    expected = np.array([seen.arrivals[at].sum(axis=2) for seen in estimate.drawn.seen])
    flat = estimate.sample.flat
    phi, rho = (np.repeat(flat[name][estimate.checked], FUTURES)[:, None] for name in ("phi", "rho"))
    return estimate.targets.errors.simulate(np.repeat(expected, FUTURES, axis=0), Dispersions(phi, rho), rng)


def _forecast(model: str, origin: int, ahead: Sequence[Arrivals], drawn: Floats) -> Forecast:
    counted = np.array([block.persons for block in ahead])
    return Forecast(model, origin, tuple(block.first for block in ahead), drawn, counted)


# --- what was counted before an origin and after it


def single_years(asked: Targets) -> list[Arrivals]:
    """The years that were counted by themselves and by sex, in their order."""
    found = [block for block in asked.arrivals if block.first == block.last and block.women is not None]
    return sorted(found, key=lambda block: block.first)


def default_origins(asked: Targets) -> tuple[int, ...]:
    """The latest origins, ORIGINS of them at most, with two counted years ahead and enough before.

    Raises CaseError where there is none.
    """
    years = [block.first for block in single_years(asked)]
    held = [year for year in years if {year + 1, year + 2} <= set(years) and _in_a_row(years, year) >= FEWEST_YEARS]
    if not held:
        raise CaseError.single(
            f"no year has {FEWEST_YEARS} counted single years up to it and two after it",
            "targets/arrivals.csv",
            "yearly counts by sex with the role fit",
            "count more years by themselves, or name the origins",
        )
    return tuple(held[-ORIGINS:])


def _in_a_row(years: Sequence[int], last: int) -> int:
    """How many years without a gap end with `last`."""
    length = 0
    while last - length in years:
        length += 1
    return length


def known_counts(asked: Targets, origin: int) -> Floats:
    """Counts (year, sex) of the single years in a row up to an origin. Raises CaseError for too few."""
    by_year = {block.first: block.persons for block in single_years(asked)}
    length = _in_a_row(list(by_year), origin)
    if length < FEWEST_YEARS:
        raise CaseError.single(
            f"only {length} single years in a row are counted up to {origin}",
            "targets/arrivals.csv",
            f"{FEWEST_YEARS} at least, by sex and with the role fit",
            "take a later origin",
        )
    return np.array([by_year[year] for year in range(origin - length + 1, origin + 1)])


def years_ahead(asked: Targets, origin: int, ahead: int) -> list[Arrivals]:
    """The counted single years after an origin, without a gap, `ahead` at most. Raises CaseError for none."""
    by_year = {block.first: block for block in single_years(asked)}
    found = list[Arrivals]()
    while len(found) < ahead and origin + len(found) + 1 in by_year:
        found.append(by_year[origin + len(found) + 1])
    if not found:
        raise CaseError.single(
            f"the year after {origin} is not counted by itself",
            "targets/arrivals.csv",
            "a count by sex with the role fit for the year after an origin",
            "take an earlier origin",
        )
    return found


def _refuse_names(names: Sequence[str]) -> None:
    every = [*names, *BASELINES]
    twice = sorted({name for name in every if every.count(name) > 1})
    if twice or not names:
        raise CaseError.single(
            f"two models are named {twice[0]}" if twice else "no theory is named",
            "theories of a backtest",
            f"one theory at least, each named once and none of them {', '.join(BASELINES)}",
            "name each theory once",
        )


def _refuse_nothing_ahead(origins: Sequence[int], ahead: int) -> None:
    if ahead < 1:
        raise CaseError.single(f"{ahead} years ahead", "horizon of a backtest", "one year at least", "give 1 or more")
    if not origins:
        raise CaseError.single(
            "no origin is named", "origins of a backtest", "one year at least", "name years, or leave the origins out"
        )

"""Cohorts by month of birth and their death hazards, reconciled with the published population stocks.

Stocks are given by five-year age group at mid-year; within a group, ages are interpolated by a monotone cubic (PCHIP)
through the cumulated counts. Death rates are given by period and abridged age; within a period they follow the yearly
deaths. Because stocks and rates may come from different revisions, the hazard of every five-year birth group is scaled,
period by period, so that its survivors equal the next stock; births are scaled likewise to the youngest group.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq

from tumen.case import SEXES, Case, CaseError
from tumen.case.plausible import STOCK_STEP
from tumen.model.compiled import Floats

#: Earliest month of birth distinguished, before a stock; the open group is spread over its first five years.
EARLIEST = -105 * 12
_OLDEST = -EARLIEST
_GROUP = 60
#: Largest factor by which a death hazard is scaled to meet the next stock.
_MOST = 50.0
#: Groups smaller than this (persons) are ignored in how well stocks are met.
_TELLING = 1000.0


@dataclass(frozen=True)
class Cohorts:
    """People by month of birth (relative to the window) and sex, and their cumulated death hazard.

    first: earliest month of birth; people: (cohorts, 2), alive when the window opens or born later; hazard:
    (cohorts, 2, months + 1), cumulated from the later of birth and the start of the window; missed: the largest
    relative gap between a stock and the raked cohorts (stocks that grow where nobody is born cannot be met).
    """

    first: int
    people: Floats
    hazard: Floats
    missed: float


@lru_cache(maxsize=2)
def cohorts(case: Case, start: int, months: int) -> Cohorts:
    """Return the cohorts (read-only) of a window of `months` from calendar month `start`.

    Cached: they take a fifth of the time of a run in calibration, whose runs all share them. Raises CaseError where no
    stock of people lies in or after the window's first year.
    """
    stocks = _stocks(case)
    base = min((y for y in stocks if 12 * y + 6 >= start), default=None)
    if base is None:
        raise CaseError.single(
            what=f"no stock of people in or after {start // 12}, the year the window opens",
            where=str(case.folder / "population.csv"),
            expected="a mid-year stock from which the initial population is carried back",
            remedy="add one, or open the window earlier",
        )
    years = [y for y in range(base, max(stocks) + 1, STOCK_STEP) if y in stocks]
    origin = 12 * base + 6 - start
    first = origin - _OLDEST
    last = max(months, 12 * years[-1] + 6 - start)
    alive = np.zeros((last - first, len(SEXES)))
    alive[:_OLDEST] = _by_month(stocks[base])[::-1]
    hazard = _hazard(case, start, first, last, 12 * years[-1] + 6 - start)
    people = np.zeros_like(alive)
    people[:_OLDEST] = alive[:_OLDEST] * np.exp(hazard[:_OLDEST, :, -first:_OLDEST].sum(axis=2))
    people[_OLDEST:] = _births(case, start, last)[origin:]
    table = _Table(first, alive, people, hazard)
    ends = [(12 * year + 6 - start, stocks[year]) for year in years]
    missed = max((_rake(table, a, b, stock) for (a, _), (b, stock) in pairwise(ends)), default=0.0)
    lived = hazard[: months - first, :, -first : months - first]
    cumulated = np.concatenate([np.zeros((*lived.shape[:2], 1)), np.cumsum(lived, axis=2)], axis=2)
    for kept in (people, cumulated):
        kept.flags.writeable = False
    return Cohorts(first, people[: months - first], cumulated, missed)


@dataclass(frozen=True)
class _Table:
    """The cohorts while they are raked, in place: alive at the last stock met, people, monthly hazards."""

    first: int
    alive: Floats
    people: Floats
    hazard: Floats


def _rake(table: _Table, start: int, stop: int, stock: Floats) -> float:
    """Scale hazards and births between two stocks so that survivors meet the later; returns the largest gap left."""
    worst = 0.0
    for group in range(stock.shape[0]):
        newest = stop - _GROUP * group - table.first
        oldest = max(newest - _GROUP, 0) if group < stock.shape[0] - 1 else 0
        rows = slice(oldest, max(newest, 0))
        if rows.start >= rows.stop:
            continue
        for sex in range(len(SEXES)):
            if rows.start + table.first >= start:
                _meet_births(table, rows, sex, start, stop, stock[group, sex])
            else:
                worst = max(worst, _meet_deaths(table, rows, sex, start, stop, stock[group, sex]))
    return worst


def _meet_births(table: _Table, rows: slice, sex: int, start: int, stop: int, target: float) -> None:
    """Those born within the interval: births give way, rates stand."""
    exposure = table.hazard[rows, sex, start - table.first : stop - table.first].sum(axis=1)
    table.people[rows, sex] *= target / (table.people[rows, sex] * np.exp(-exposure)).sum()
    table.alive[rows, sex] = table.people[rows, sex] * np.exp(-exposure)


def _meet_deaths(table: _Table, rows: slice, sex: int, start: int, stop: int, target: float) -> float:
    """Those alive at the earlier stock: one factor on their hazard; returns the relative gap left, if not tiny."""
    hazard = table.hazard[rows, sex, start - table.first : stop - table.first]
    exposure, present = hazard.sum(axis=1), table.alive[rows, sex].copy()

    def gap(factor: float) -> float:
        return float((present * np.exp(-factor * exposure)).sum() - target)

    if gap(0.0) <= 0:
        factor = 0.0
    else:
        factor = _MOST if gap(_MOST) > 0 else float(brentq(gap, 0.0, _MOST, xtol=1e-12))
    hazard *= factor
    table.alive[rows, sex] = present * np.exp(-factor * exposure)
    return abs(gap(factor)) / target if target > _TELLING else 0.0


def _stocks(case: Case) -> dict[int, Floats]:
    """Stocks by year, (groups, 2); groups are five years wide and the last is open."""
    stocks = {}
    for year, rows in case.population.groupby("year"):
        table = rows.pivot(index="age_group", columns="sex", values="persons")
        order = sorted(table.index, key=_first_age)
        stocks[int(str(year))] = table.loc[order, list(SEXES)].to_numpy(dtype=float)
    return stocks


def _first_age(group: str) -> int:
    return int(group.rstrip("+").split("-")[0])


def _by_month(stock: Floats) -> Floats:
    """People by age in completed months from 0, (months, 2), preserving each group's total."""
    edges = np.arange(stock.shape[0] + 1) * _GROUP
    ages = np.arange(_OLDEST + 1)
    columns = []
    for sex in range(len(SEXES)):
        cumulated = np.concatenate([[0.0], np.cumsum(stock[:, sex])])
        curve = PchipInterpolator(edges, cumulated)
        columns.append(np.diff(curve(np.minimum(ages, edges[-1]))))
    return np.stack(columns, axis=1)


def _births(case: Case, start: int, months: int) -> Floats:
    """Births by month of the window and sex: a year's births are spread evenly over its months."""
    vital = case.vital_rates
    yearly = vital[vital["rate"] == "births"].set_index("year_start")["value"]
    ratio = vital[vital["rate"] == "sex_ratio_at_birth"].set_index("year_start")["value"]
    year = (start + np.arange(months)) // 12
    total = _nearest(yearly, year) / 12
    male = _nearest(ratio, year)
    share = {"male": male / (1 + male), "female": 1 / (1 + male)}
    return np.stack([total * share[sex] for sex in SEXES], axis=1)


def _nearest(series: Any, year: Any) -> Floats:
    """Values of a yearly series, the first and last year standing for those outside."""
    known = series.sort_index()
    return known.reindex(np.clip(year, known.index.min(), known.index.max())).to_numpy(dtype=float)


def _hazard(case: Case, start: int, first: int, last: int, known: int) -> Floats:
    """Monthly death hazard by month of birth, sex and month, zero before birth; (cohorts, 2, first..last).

    known: the month of the last stock. Deaths of a period are relative to their mean up to it, so that a window which
    runs past it has the same past.
    """
    rates = _rates(case, start, first, last, known)
    born = np.arange(first, last)
    month = np.arange(first, last)
    age = (month[None, :] - born[:, None]) // 12
    lived = np.empty((born.size, len(SEXES), month.size))
    for sex in range(len(SEXES)):
        lived[:, sex] = rates[np.arange(month.size)[None, :], sex, np.clip(age, 0, rates.shape[2] - 1)]
    return np.where(age[:, None, :] >= 0, lived, 0.0) / 12


def _rates(case: Case, start: int, first: int, last: int, known: int) -> Floats:
    """Yearly death rates by month, sex and single year of age, (months, 2, 106)."""
    vital = case.vital_rates
    table = vital[vital["rate"] == "death_rate"].copy()
    table["from_age"] = table["age"].astype(str).map(_first_age)
    periods = sorted(set(table["year_start"]))
    by_period = np.stack([_single_ages(table[table["year_start"] == p]) for p in periods])
    month = start + np.arange(first, last)
    place = np.searchsorted([12 * p + 6 for p in periods], month, side="right") - 1
    place = np.clip(place, 0, len(periods) - 1)
    rates = by_period[place]
    deaths = vital[vital["rate"] == "deaths"]
    if len(deaths):
        inside = month >= start
        yearly = _nearest(deaths.set_index("year_start")["value"], month // 12)
        for p in range(len(periods)):
            rows = (place == p) & inside
            usual = rows & (month < start + known)
            if rows.any():
                mean = yearly[usual if usual.any() else rows].mean()
                rates[rows] *= (yearly[rows] / mean)[:, None, None]
    return rates


def _single_ages(table: Any) -> Floats:
    """An abridged table by sex and single year of age, (2, 106)."""
    ages = np.arange(_OLDEST // 12 + 1)
    columns = []
    for sex in SEXES:
        rows = table[table["sex"] == sex].sort_values("from_age")
        at = np.searchsorted(rows["from_age"].to_numpy(), ages, side="right") - 1
        columns.append(rows["value"].to_numpy(dtype=float)[at])
    return np.stack(columns)

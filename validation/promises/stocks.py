"""Promise 9: with nobody leaving, the simulated population follows the published stocks by age and sex."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from tumen.case import Case, load
from tumen.engine.population import Population
from tumen.model.demography import cohorts
from tumen.simulate import assemble
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED, stage

ID = 9
SMALL, FULL = Size(tries=1, people=20_000, months=324), Size(tries=3, people=60_000, months=324)
#: Settings under which nobody leaves, so that everybody alive is counted at home.
NOBODY_LEAVES = ("reference_rate=0", "other_channel_rate=0", "overseas_exit_rate=0")
SLACK = 0.02
#: Chance that at least one of the groups looked at is off by more than the standard errors allowed it.
FALSE_ALARM = 0.01


def published(case: Case, year: int) -> np.ndarray:
    """The mid-year stock by the age groups of results and sex (female, male)."""
    rows = case.population[case.population["year"] == year]
    table = np.zeros((len(assemble.AGE_GROUPS), 2))
    for _, row in rows.iterrows():
        first = int(str(row["age_group"]).rstrip("+").split("-")[0])
        table[min(first // 5, table.shape[0] - 1), ("female", "male").index(row["sex"])] += float(row["persons"])
    return table


def chance(case: Case, people: Population, start: int, months: int, month: int) -> np.ndarray:
    """Standard error of the sampled stock by age group and sex: deaths are drawn, and a cell has whole rows.

    A row survives to the month with the probability its cohort's hazard gives; the systematic sample of births misses
    a cell by less than one row a place.
    """
    made = cohorts(case, start, months)
    living = people.birth <= month
    at = people.birth[living] - made.first, people.group[living]
    survive = np.exp(-made.hazard[(*at, np.full(at[0].size, month + 1))])
    weight = people.weight[living]
    age = np.minimum((month - people.birth[living]) // 60, len(assemble.AGE_GROUPS) - 1)
    variance = np.zeros((len(assemble.AGE_GROUPS), 2))
    np.add.at(variance, (age, people.group[living]), weight**2 * survive * (1 - survive))
    _, first = np.unique(people.place, return_index=True)
    return np.sqrt(variance + (people.weight[first] ** 2).sum() / 6)


def compare(size: Size, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Relative gaps to the published stocks and their standard errors, by year, age group and sex."""
    case = load("north_korea")
    world = case.world(settings=NOBODY_LEAVES).within(case.start, size.months)
    staged = stage(world, size.people, seed=seed)
    stock = staged.run(seed=seed, threads=2).stock.sum(axis=1)
    gaps, errors = [], []
    for year in sorted(set(case.population["year"])):
        month = 12 * int(year) + 5 - world.start  # the end of June is the middle of the year
        if not 0 <= month < size.months:
            continue
        counted = np.add.reduceat(stock[month].sum(axis=2), np.arange(0, 81, 5), axis=1).T
        known = published(case, year)
        gaps.append(counted / known - 1)
        errors.append(chance(case, staged.population, world.start, size.months, month) / known)
    return np.array(gaps), np.array(errors)


def exact(size: Size) -> float:
    """Largest relative gap between the raked cohorts, with no chance in them, and the published stocks."""
    case = load("north_korea")
    made = cohorts(case, case.start, size.months)
    birth = made.first + np.arange(made.people.shape[0])
    worst = made.missed
    for year in sorted(set(case.population["year"])):
        month = 12 * int(year) + 6 - case.start
        if 0 <= month < size.months:
            some = birth < month
            alive = (made.people * np.exp(-made.hazard[:, :, month]))[some]
            table = np.zeros((len(assemble.AGE_GROUPS), 2))
            np.add.at(table, np.minimum((month - 1 - birth[some]) // 60, table.shape[0] - 1), alive)
            worst = max(worst, float(np.abs(table / published(case, year) - 1).max()))
    return worst


def check(size: Size) -> Row:
    """Every group of age, sex and year lies within 2 % or the standard errors that so many groups need.

    Three standard errors are meant for one group; with many, the bound is the one that all of them together exceed by
    chance in FALSE_ALARM of runs. The cohorts before any chance must meet the stocks exactly.
    """
    watch = Watch(ID, "population tracks WPP 2019", SEED)
    tried = failed = 0
    worst = typical = 0.0
    for number in range(size.tries):
        gaps, errors = compare(size, SEED + number)
        bound = max(3.0, float(norm.isf(FALSE_ALARM / (2 * gaps.size * size.tries))))
        tried += gaps.size
        failed += int((np.abs(gaps) > np.maximum(SLACK, bound * errors)).sum())
        worst, typical = max(worst, float(np.abs(gaps / errors).max())), max(typical, float(np.abs(gaps).mean()))
    missed = exact(size)
    figure = (
        f"{tried} groups of age, sex and year at {size.people} rows: mean gap {100 * typical:.2f} %, largest "
        f"{worst:.1f} of {bound:.1f} SE allowed; before chance the gap is {missed:.0e}; false alarm {FALSE_ALARM}"
    )
    return watch.row(tried + 1, failed + (missed > 1e-9), figure)

"""The sample size for a target Monte Carlo error: one pilot run, the square-root law, and a run that confirms it.

The Monte Carlo error (noise) of a figure is its standard deviation over seeds, relative to its mean. A run states it,
from the scatter between its random groups of agents. It falls with the square root of the number of agents or, because
of quasi-random draws, somewhat faster (docs/sampling.md): the law is on the safe side for samples larger than the
pilot, and smaller ones are not advised.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tumen.case import SEXES, CaseError, World
from tumen.engine.loop import simulate
from tumen.errors import suggestion
from tumen.model.compiled import Floats
from tumen.model.compiler import compile_model
from tumen.model.demography import cohorts
from tumen.model.theories import Theory
from tumen.result import observed_arrivals
from tumen.simulate import PILOT
from tumen.simulate.assemble import refuse_runaway
from tumen.simulate.session import sample

#: The yearly figures, in the order of `Counts.by_group`.
FIGURES = ("arrivals", "departures")
#: Yearly figures of a run by group of people and random group, (years, X, G), for a number of agents and a seed.
Measure = Callable[[int, int], Floats]
#: The fewest persons that a figure may count, to have a relative noise.
FEWEST = 1.0
#: Standard errors by which the confirming run may exceed the target.
MARGIN = 2.0


@dataclass(frozen=True)
class Precision:
    """The noise of yearly figures as one run states it.

    agents: sample size; variance: (years, X) squared noise; error: (X,) standard error of the logarithm of `largest`,
    by leaving out one random group at a time.
    """

    agents: int
    variance: Floats
    error: Floats

    @property
    def rms(self) -> Floats:
        """Root-mean-square noise over the years, (X,)."""
        return np.asarray(np.sqrt(self.variance.mean(axis=0)))

    @property
    def largest(self) -> Floats:
        """Noise of the noisiest year, (X,), with variances averaged over three years: single ones scatter too much."""
        return _largest(self.variance)

    def needed(self, noise: float) -> float:
        """Agents at which the noisiest year of every group has the target noise, by the square-root law."""
        return self.agents * float((self.largest / noise).max()) ** 2


@dataclass(frozen=True)
class Sizing:
    """The sample size for a target noise.

    proposed: agents by the pilot and the square-root law; check: what a run of that size states, or None; held: whether
    the check is within MARGIN standard errors of the target (True without one). agents: the advice: `proposed`, or what
    the check implies where it failed, which was not tried. agents_rms: agents for the root mean square over the years.
    low, high: the advice by the pilot, one standard error either way.
    """

    noise: float
    pilot: Precision
    proposed: int
    check: Precision | None
    held: bool
    agents: int
    agents_rms: int
    low: int
    high: int


def size(
    world: World,
    theory: Theory,
    *,
    noise: float = 0.02,
    figure: str = "arrivals",
    years: tuple[int, int] | None = None,
    seed: int = 1,
    threads: int = 2,
    pilot: int = PILOT,
    check: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
) -> Sizing:
    """Find the sample size at which yearly arrivals or departures have a target Monte Carlo error (noise).

    noise: standard deviation over seeds, relative to the mean, that no yearly figure by sex should exceed. years: first
    and last, both included; None for those with observed counts. seed: random seed of the pilot; the check takes the
    next. pilot: agents of the pilot run; check: run the size found once more, to confirm it. progress is told what is
    run, months done and months in all. Raises CaseError.
    """
    if figure not in FIGURES:
        raise CaseError.single(
            f"there is no yearly figure '{figure}'",
            "figure=",
            " or ".join(FIGURES),
            suggestion(figure, FIGURES, "write one of these"),
        )
    first, last = years_of(world, years)
    compiled, runs = compile_model(world, theory), 1 + check

    def measure(agents: int, number: int) -> Floats:
        at = number - seed
        stage = f"{('pilot', 'check')[at]} of {agents:,} agents ({at + 1} of {runs})"

        def step(month: int, months: int) -> None:
            if progress is not None:
                progress(stage, month, months)

        people = sample(world, agents, number)
        counts = simulate(compiled, people, theory, seed=number, threads=threads, progress=step)
        refuse_runaway(compiled, counts)
        asked = (counts.years >= first) & (counts.years <= last)
        return counts.by_group[asked, FIGURES.index(figure)]

    persons = round(cohorts(world.case, world.start, world.months).people.sum())
    return find(measure, noise, pilot=pilot, seed=seed, most=persons, check=check)


def years_of(world: World, asked: tuple[int, int] | None) -> tuple[int, int]:
    """The first and last year to look at: those asked for, or the years with counts of each sex, or all of the window.

    Raises CaseError where a year is not wholly in the window or the two are not in order.
    """
    first, last = -(-world.start // 12), (world.start + world.months) // 12 - 1
    if asked is None:
        observed = observed_arrivals(world.case.arrivals)
        by_year = observed[observed["sex"].isin(SEXES)].groupby("year")["sex"].nunique()
        counted = [year for year in by_year.index[by_year == len(SEXES)].tolist() if first <= year <= last]
        asked = (min(counted), max(counted)) if counted else (first, last)
    for year in asked:
        if not first <= year <= last:
            raise CaseError.single(
                f"the year {year} lies outside the window", "years=", f"{first} to {last}", "give another year"
            )
    if asked[0] > asked[1]:
        raise CaseError.single(
            f"the first year, {asked[0]}, is later than the last, {asked[1]}", "years=", "years in order", "swap"
        )
    return asked


def find(measure: Measure, noise: float, *, pilot: int, seed: int, most: int, check: bool = True) -> Sizing:
    """Run a pilot, scale its stated noise to the target, and run the proposed size with another seed.

    measure: makes a run; noise: target, in (0, 1); pilot: agents of the pilot run; seed: of the pilot, the check takes
    the next; most: the largest size worth trying. Raises CaseError where more are needed or a figure is too small.
    """
    if not 0 < noise < 1:
        raise CaseError.single(
            f"{noise:g} is not a possible Monte Carlo error", "noise=", "a share between 0 and 1", "write 0.02 for 2 %"
        )
    first = stated(pilot, measure(pilot, seed))
    proposed = _rounded(max(first.needed(noise), pilot))
    if proposed > most:
        raise CaseError.single(
            f"a noise of {noise:g} needs about {proposed:,} agents",
            "noise=",
            f"one that {most:,} agents can have, about {first.largest.max() * math.sqrt(pilot / most):.2g} or more",
            "give a larger noise",
        )
    second = stated(proposed, measure(proposed, seed + 1)) if check else None
    held = second is None or bool((second.largest <= noise * np.exp(MARGIN * second.error)).all())
    error = 2 * float(first.error[np.argmax(first.largest)])  # of the logarithm of agents
    return Sizing(
        noise=noise,
        pilot=first,
        proposed=proposed,
        check=second,
        held=held,
        agents=proposed if second is None or held else _rounded(second.needed(noise)),
        agents_rms=_rounded(max(pilot * float((first.rms / noise).max()) ** 2, pilot)),
        low=_rounded(first.needed(noise) * math.exp(-error)),
        high=_rounded(first.needed(noise) * math.exp(error)),
    )


def stated(agents: int, figures: Floats) -> Precision:
    """Return the noise that a run states; figures: (years, X, G). Raises CaseError where a figure is too small."""
    if (figures.sum(axis=2) < FEWEST).any() or (figures.std(axis=2) == 0).any():
        raise CaseError.single(
            f"a yearly figure has fewer than one person, or no scatter, at {agents:,} agents",
            "years=",
            "years with persons of each sex, or there is no relative noise",
            "give other years",
        )
    groups = figures.shape[2]
    without = [np.log(_largest(_variance(np.delete(figures, g, axis=2)))) for g in range(groups)]
    error = np.sqrt((groups - 1) * np.var(without, axis=0))
    least = 1 / math.sqrt(2 * (groups - 1) * min(figures.shape[0], 3))  # if the years averaged were independent
    return Precision(agents, _variance(figures), np.maximum(error, least))


def _variance(figures: Floats) -> Floats:
    """Squared noise of the sum over random groups, (years, X)."""
    return np.asarray(figures.shape[2] * figures.var(axis=2, ddof=1) / figures.sum(axis=2) ** 2)


def _largest(variance: Floats) -> Floats:
    """Noise of the noisiest year, (X,), from (years, X) squared noise averaged over three years."""
    padded = np.pad(variance, ((1, 1), (0, 0)), mode="edge")
    smooth = (padded[:-2] + padded[1:-1] + padded[2:]) / 3
    return np.asarray(np.sqrt(np.maximum(smooth.max(axis=0), variance.mean(axis=0))))


def _rounded(agents: float) -> int:
    """Round up to two digits."""
    unit = 10 ** max(math.floor(math.log10(agents)) - 1, 0)
    return math.ceil(agents / unit - 1e-9) * unit

"""The runs of `tumen.simulate.sizing`: what is measured, and over which years."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tumen.case import SEXES, CaseError
from tumen.engine.loop import simulate
from tumen.errors import suggestion
from tumen.model.compiled import Floats
from tumen.model.compiler import compile_model
from tumen.model.demography import cohorts
from tumen.model.theories import Theory
from tumen.result import observed_arrivals
from tumen.simulate.assemble import refuse_runaway
from tumen.simulate.session import sample
from tumen.simulate.sizing import Sizing, find

if TYPE_CHECKING:
    from tumen.case import World

#: The yearly figures, in the order of `Counts.by_group`.
FIGURES = ("arrivals", "departures")


def perform(
    world: World,
    theory: Theory,
    *,
    noise: float,
    figure: str,
    years: tuple[int, int] | None,
    seed: int,
    threads: int,
    pilot: int,
    check: bool,
    progress: Callable[[str, int, int], None] | None,
) -> Sizing:
    """Do what `tumen.simulate.size` says."""
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

"""Doing runs: one by itself, or those of several worlds with the same people and luck, whose shared past is done once.

Two worlds with the same people and luck are one run until the first month in which their compiled programs differ. That
month is read from the programs themselves, never from the dates that scenarios state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tumen.case import Case, CaseError, ParameterSet, World
from tumen.engine.loop import simulate
from tumen.engine.paused import Paused
from tumen.engine.population import Population
from tumen.infer.observables import Observables, observe
from tumen.infer.run_cache import Refusal, RunSpec
from tumen.model.compiled import CompiledModel
from tumen.model.compiler import compile_model
from tumen.model.differing import parting
from tumen.model.theories import Theory
from tumen.simulate.assemble import reproduction
from tumen.simulate.session import sample

#: The answers of one draw and seed in every world, in order.
Answers = Sequence[Observables | Refusal]


@dataclass(frozen=True)
class Family:
    """The answers of one draw and seed in every world, in order, and how many months were simulated, of how many."""

    answers: tuple[Observables | Refusal, ...]
    simulated: int
    months: int


def perform(case: Case, theory: Theory, spec: RunSpec) -> Observables | Refusal:
    """Do one run; what the model refuses is a Refusal, not an error."""
    return family(case, theory, [spec]).answers[0]


def family(case: Case, theory: Theory, specs: Sequence[RunSpec]) -> Family:
    """Do the runs of several worlds that have people and luck in common; each answer is that of its run alone.

    specs: one a world, all of one seed, sample size and last year. Raises ValueError where they are not.
    """
    if len({(spec.seed, spec.agents, spec.last_year) for spec in specs}) != 1:
        raise ValueError("a family has one seed, one sample size and one last year")
    answers: list[Observables | Refusal | None] = [None] * len(specs)
    programs = dict[int, CompiledModel]()
    for place, spec in enumerate(specs):
        try:
            given = ParameterSet("draw", dict(spec.parameters))
            world = case.world(spec.scenarios, spec.history, spec.variants, spec.settings, given)
            programs[place] = compile_model(_until(world, spec.last_year), theory)
        except CaseError as error:
            answers[place] = Refusal(str(error))
    simulated = 0
    if programs:
        simulated = _simulated(case, theory, specs[0], programs, answers)
    months = sum(one.months for one in programs.values())
    return Family(tuple(one for one in answers if one is not None), simulated, months)


def _simulated(
    case: Case,
    theory: Theory,
    of: RunSpec,
    programs: dict[int, CompiledModel],
    answers: list[Observables | Refusal | None],
) -> int:
    """Answer for every model; returns the months that were simulated."""
    try:
        people = _people(case, of.agents, of.seed, of.last_year)
    except CaseError as error:
        for place in programs:
            answers[place] = Refusal(str(error))
        return 0
    tree = _Tree(case, theory, people, of.seed, programs, answers)
    tree.run(list(programs), None)
    return tree.simulated


@lru_cache(maxsize=4)
def _people(case: Case, agents: int, seed: int, last_year: int | None) -> Population:
    """The people of a window: the same for every run of one sample size and seed. A case is told by its identity."""
    return sample(_until(case.world(), last_year), agents, seed)


def _until(world: World, last_year: int | None) -> World:
    """The world to the end of a year (None: to that of its case)."""
    return world if last_year is None else world.within(world.start, 12 * (last_year + 1) - world.start)


@dataclass
class _Tree:
    """The runs of a family, each begun where it parts from another."""

    case: Case
    theory: Theory
    people: Population
    seed: int
    programs: dict[int, CompiledModel]
    answers: list[Observables | Refusal | None]
    simulated: int = 0

    def run(self, group: list[int], before: Paused | None) -> None:
        """Run the first of a group to its end and the others from where they part from it.

        All of the group are the same until the pause. The month in which two worlds part is at least the earlier of
        those in which they part from a third, so that no month is simulated twice, whichever is the first.
        """
        first, *others = group
        parts = {place: parting(self.programs[first], self.programs[place]) for place in others}
        begun, held = before.month if before else 0, dict[int, Paused]()
        alike = [place for place in others if parts[place] == self.programs[first].months]
        pauses = {month for month in parts.values() if begun < month < self.programs[first].months}
        self._one(first, alike, before, pauses, held)
        self.simulated += self.programs[first].months - begun
        for month in sorted({parts[place] for place in others if place not in alike}):
            some = [place for place in others if parts[place] == month]
            # Where the first run was refused before the pause, the others go back to the last one there is.
            self.run(some, held.pop(month, before))

    def _one(
        self, first: int, alike: list[int], before: Paused | None, pauses: set[int], held: dict[int, Paused]
    ) -> None:
        """Run one model from the pause before; its answer is also that of the models that are alike."""
        compiled = self.programs[first]

        def keep(run: Paused) -> None:
            held[run.month] = run

        try:
            counts = simulate(
                compiled, self.people, self.theory, seed=self.seed, real=np.float32,
                pauses=pauses, hand_out=keep, resume=before,
            )  # fmt: skip
            largest = float(np.nanmax(reproduction(compiled, counts), initial=0.0))
        except CaseError as error:
            for place in (first, *alike):
                self.answers[place] = Refusal(str(error))
            return
        for place in (first, *alike):
            self.answers[place] = observe(self.case, self.programs[place], counts, largest)

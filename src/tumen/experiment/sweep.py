"""A sweep: every draw and seed of a design in all its worlds, each done once, whatever interrupts it.

Units are done one after another in this process, or side by side by Dask. A unit that raises, takes too long or needs
too much memory is tried three times in all, then set aside with its error, and the sweep goes on; a world that the
model refuses is an answer and no failure.
"""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import qmc

from tumen.case import Case, CaseError
from tumen.case.horizon import last_year
from tumen.experiment.cells import Cell, cells
from tumen.experiment.design import Design
from tumen.experiment.limits import Limits
from tumen.experiment.store import Store, Unit
from tumen.experiment.units import done
from tumen.infer.posterior import Posterior
from tumen.infer.run_cache import RunCache, RunSpec
from tumen.infer.runs import TRIES, OnDone
from tumen.model.theories import Theory


@dataclass(frozen=True)
class Sweep:
    """A design with all it is simulated from."""

    design: Design
    case: Case
    theory: Theory
    posterior: Posterior
    worlds: tuple[Cell, ...]

    @property
    def identity(self) -> str:
        """A hash of the worlds, their runs, the posterior's draws and the code: what a folder of results is of.

        Raises CaseError for a theory whose functions cannot be told from others.
        """
        keys = RunCache(self.case.folder).keys(
            self.case, self.theory, [one.spec({}, None, 0, self.agents, self._beyond) for one in self.worlds]
        )
        if None in keys:
            raise CaseError.single(
                "the theory's functions cannot be told from others, so that nothing can be kept under their name",
                f"the theory {self.theory.name}",
                "functions that read only numbers, arrays and functions",
                "take out what else they hold on to",
            )
        total = hashlib.sha256(f"{self.design.fingerprint} {[one.name for one in self.worlds]} {keys}".encode())
        for name in ("dated", "seed"):
            total.update(np.ascontiguousarray(self.posterior.flat(name)).tobytes())
        total.update(" ".join([*self.posterior.dated, *self.posterior.flat("history").astype(str)]).encode())
        return total.hexdigest()

    @property
    def said(self) -> dict[str, Any]:
        """What a folder of results says of itself: the design, and all that its table is labelled with."""
        return {
            "design": self.design.as_dict(),
            "case": self.case.name,
            "theory": self.theory.name,
            "agents": self.agents,
            "factors": [one.name for one in self.design.factors],
            "assumptions": [one.name for one in self.design.factors if one.assumed],
            "worlds": {one.name: list(one.levels) for one in self.worlds},
            "titles": {one.name: one.title for one in self.worlds},
            "histories": self.posterior.flat("history").astype(str).tolist(),
        }

    @property
    def agents(self) -> int:
        """Agents of a run: those of the design, else of the posterior's own runs."""
        return self.design.agents or self.posterior.agents

    @property
    def years(self) -> tuple[int, int]:
        """The first and last year that are kept."""
        return self.design.years or (self.case.start // 12, self.case.end // 12)

    @property
    def _beyond(self) -> int | None:
        """The last year where it lies after the case; else a run is the case's own, which the longer one is not."""
        last = self.years[1]
        return last if last > self.case.end // 12 else None

    @property
    def units(self) -> tuple[Unit, ...]:
        """Every draw with every seed; more draws or seeds hold those of fewer."""
        which = in_any_number(self.posterior.size)[: self.design.draws]
        return tuple(Unit(draw, seed) for seed in range(self.design.seeds) for draw in which)

    def specs(self, unit: Unit) -> list[RunSpec]:
        """The runs of a unit, one a world. Seed 0 is the draw's own; others are derived from it."""
        draw = self.posterior.draw(unit.draw)
        others = np.random.SeedSequence([draw.seed, unit.seed]).generate_state(1)
        seed = draw.seed if unit.seed == 0 else int(others[0] >> 1)
        return [one.spec(draw.parameters.values, draw.history, seed, self.agents, self._beyond) for one in self.worlds]


def plan(design: Design, case: Case, theory: Theory, posterior: Posterior) -> Sweep:
    """What is to be done for a design. Raises CaseError, naming lines of the design."""
    first, last = case.start // 12, last_year(case)
    if design.years is not None and not first <= design.years[0] <= design.years[1] <= last:
        raise CaseError.single(
            f"the years {design.years[0]} to {design.years[1]} cannot all be simulated",
            f"{design.file or 'the design'}, years",
            f"years from {first} to {last}",
            "give other years",
        )
    kept, compared = design.years or (first, case.end // 12), design.compare
    if compared is not None and not kept[0] <= compared[0] <= compared[1] <= kept[1]:
        raise CaseError.single(
            f"the years {compared[0]} to {compared[1]} are not all kept",
            f"{design.file or 'the design'}, compare",
            f"years from {kept[0]} to {kept[1]}",
            "give other years",
        )
    posterior.refuse_more(design.draws, f"{design.file or 'the design'}, draws")
    return Sweep(design, case, theory, posterior, cells(design, case))


def sweep(
    what: Sweep,
    store: Store,
    progress: OnDone | None = None,
    *,
    cluster: str | None = None,
    processes: int = 1,
    limits: Limits | None = None,
    again: bool = False,
) -> None:
    """Do the units that the store lacks, and keep each as soon as it is done.

    again: try units again that were set aside. progress is told how many are done or set aside, of how many. cluster:
    the address of a Dask scheduler; without one, `processes` work side by side here. limits: of each unit (see
    `units.done`). Raises CaseError where the store holds another design, and where no cluster is to be had.
    """
    store.open(what.identity, what.said)
    if again:
        store.take_back(unit for unit in what.units if unit in store.aside())
    units, closed = what.units, store.done() | set(store.aside())
    tell, todo = progress or (lambda done, whole: None), [unit for unit in units if unit not in closed]
    before = len(units) - len(todo)
    tell(before, len(units))
    asked = [(unit, what.specs(unit)) for unit in todo]
    with closing(done(what.case, what.theory, asked, cluster=cluster, processes=processes, limits=limits)) as found:
        for number, (unit, one) in enumerate(found, before + 1):
            if isinstance(one, str):
                store.set_aside(unit, one, TRIES)
            else:
                worlds = [world.name for world in what.worlds]
                store.keep(unit, what.case.start // 12, what.years, dict(zip(worlds, one, strict=True)))
            tell(number, len(units))


def in_any_number(size: int) -> list[int]:
    """The draws of a posterior in an order of which every beginning is spread over all of it (van der Corput 1935).

    >>> in_any_number(6)
    [0, 3, 1, 4, 2, 5]
    """
    points = qmc.Halton(1, scramble=False).random(2 ** (size - 1).bit_length()).ravel()
    return list(dict.fromkeys((points * size).astype(int).tolist()))

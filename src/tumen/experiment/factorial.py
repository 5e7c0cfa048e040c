"""A factorial: the worlds of a design over draws of a posterior, simulated or found again, and what they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from tumen.api import posterior
from tumen.case import SEXES, Case, CaseError, case_of, load
from tumen.case.inputs import BASE
from tumen.errors import listing, refused
from tumen.experiment import attribution, neither_alone
from tumen.experiment.design import Design, design_from
from tumen.experiment.limits import Limits, limits_of
from tumen.experiment.measures import alike_at, measures
from tumen.experiment.store import Store, Unit
from tumen.experiment.sweep import plan, sweep
from tumen.infer.posterior import Posterior
from tumen.infer.run_cache import home
from tumen.infer.runs import OnDone
from tumen.model.theories import Theory, theory_of
from tumen.simulate.assemble import AGE_GROUPS

#: The policies that stand for the draft and the market in the paper's sentence, where a design has them.
PAIR = ("military_first", "market_reform")
#: Age groups within which men of the countries at hand serve.
AGES_OF_SERVICE = ("15-19", "20-24", "25-29")


@dataclass(frozen=True, eq=False)
class Factorial:
    """What a sweep has found so far.

    table: persons a year: `arrivals`, `departures` with dims world, draw, seed, year, sex, age; `abroad` at the end of
    the year and `intercepted` in it, without age. Coordinates: one for each factor along `world`, `history` along
    `draw`. NaN: refused by the model or not done. aside: what was set aside, with its error; refused: worlds of a draw
    and seed that the model refused, with its sentence.
    """

    design: Design
    table: xr.Dataset = field(repr=False)
    aside: Mapping[Unit, str]
    refused: Mapping[tuple[str, Unit], str]
    about: Mapping[str, Any] = field(repr=False)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{self.table.sizes[name]} {name}s" for name in ("world", "draw", "seed"))
        return (
            f"<Factorial of case {self.design.case}, theory {self.design.theory}: {sizes}>\n"
            f"  compared over {self.years[0]} to {self.years[1]}; {len(self.aside)} draws set aside"
        )

    @property
    def years(self) -> tuple[int, int]:
        """The years over which worlds are compared, both included."""
        kept = self.table["year"].values
        return self.design.compare or (int(kept[0]), int(kept[-1]))

    def worlds(self, flow: str = "arrivals") -> xr.Dataset:
        """Women, men, both, women's share and log odds by world and draw: `tumen.experiment.measures.measures`."""
        return measures(self.table, self.years, flow)

    def ceiling(self, ages: Sequence[str] = AGES_OF_SERVICE, flow: str = "arrivals") -> xr.DataArray:
        """Women's share of the base, by draw, if as many men as women of some ages came: `measures.alike_at`."""
        made = measures(alike_at(self.table, ages, flow), self.years, flow)
        return made["female_share"].sel(world=BASE, drop=True)

    def effects(self, flow: str = "arrivals", choice: attribution.Choice | None = None) -> xr.Dataset:
        """Effects and interactions of policies on all scales: `tumen.experiment.attribution.effects`."""
        return attribution.effects(self.table, self.years, flow, choice)

    def shapley(
        self, measure: str = "female_share", flow: str = "arrivals", choice: attribution.Choice | None = None
    ) -> xr.DataArray:
        """What each policy adds over all orders: `tumen.experiment.attribution.shapley`."""
        return attribution.shapley(self.table, measure, self.years, flow, choice)

    def neither_alone(self, pair: tuple[str, str] = PAIR, flow: str = "arrivals") -> pd.DataFrame:
        """The share of draws in which neither policy alone suffices: `tumen.experiment.neither_alone`."""
        return neither_alone.neither_alone(self.table, self.years, pair, flow)


def factorial(
    case: Case,
    theory: Theory | str,
    factors: Mapping[str, Any] | Sequence[str],
    *,
    assumptions: Mapping[str, Any] | None = None,
    worlds: Mapping[str, Any] | None = None,
    draws: int = 40,
    seeds: int = 1,
    agents: int | None = None,
    years: tuple[int, int] | None = None,
    compare: tuple[int, int] | None = None,
    title: str = "Factorial",
    folder: str | Path | None = None,
    parameters: Path | str | None = None,
    allow_failed_diagnostics: bool = False,
    cluster: str | None = None,
    processes: int = 2,
    seconds: float | None = None,
    memory: float | None = None,
    progress: OnDone | None = None,
) -> Factorial:
    """Simulate every combination of policies with the same people, draws and random numbers, and compare them.

    factors: by name, what is in force instead of the case's own policy: a scenario, a list of them, a mapping
    `{scenario, set, variant, history}`, or several levels by name; a list of policies stands for the case's scenarios
    `no_POLICY`. assumptions: as factors, crossed with them; they have no effect of their own. worlds: single worlds
    beside the combinations.
    draws, seeds: of the theory's posterior, and random seeds of each. agents: of a run (None: as the posterior's).
    years: first and last that are kept; compare: those over which worlds are compared (None: all). folder: where
    results are kept and found again, any address that fsspec knows (None: the user's data folder). parameters: the file
    of a posterior (None: that of the theory); allow_failed_diagnostics: use one that failed a check. cluster: the
    address of a Dask scheduler; without one, `processes` work here, 1 of them in this process. seconds, memory: what a
    draw may take in all worlds, and hold in GB (10**9 bytes); a draw that goes beyond is tried three times, then
    set aside (None: 900 s, or 20 times what a draw of its size takes, and 80 % of its worker's memory; with 1 process
    no limits unless one is given). Raises CaseError.

    >>> import tumen as tm
    >>> both = {"draft": "no_military_first", "market": "no_market_reform"}
    >>> made = tm.factorial(tm.load("north_korea"), "interplay", both)  # doctest: +SKIP
    >>> made.worlds()["female_share"].median("draw"), made.shapley(), made.table  # doctest: +SKIP
    """
    case, theory = case_of(case), theory_of(theory)
    factors = _factors(case, factors)
    stated = {
        "title": title, "case": case.name, "theory": theory.name, "draws": draws, "seeds": seeds,
        "factors": dict(factors), "assumptions": dict(assumptions or {}), "worlds": dict(worlds or {}),
    }  # fmt: skip
    optional = {"agents": agents, "years": years and list(years), "compare": compare and list(compare)}
    stated |= {name: value for name, value in optional.items() if value is not None}
    design = design_from(stated)
    held = posterior(case, theory, file=parameters, allow_failed_diagnostics=allow_failed_diagnostics)
    return run_design(
        design, folder, case=case, theory=theory, found=held,
        cluster=cluster, processes=processes, limits=limits_of(seconds, memory), progress=progress,
    )  # fmt: skip


def run_design(
    design: Design,
    folder: str | Path | None = None,
    *,
    case: Case | None = None,
    theory: Theory | None = None,
    found: Posterior | None = None,
    cluster: str | None = None,
    processes: int = 2,
    limits: Limits | None = None,
    again: bool = False,
    progress: OnDone | None = None,
) -> Factorial:
    """Simulate what a folder lacks of a design, and return all that is there. Raises CaseError.

    folder: a folder or an address that fsspec knows; a sweep that was interrupted there goes on (None: one in the
    user's data folder, named by all that its runs follow from). case, theory: those that the design names (None: looked
    up by name). found: the posterior (None: that of the theory). cluster: the address of a Dask scheduler; without one,
    `processes` work here. again: try draws again that were set aside.
    """
    of, theory = case or load(design.case), theory or theory_of(design.theory)
    what = plan(design, of, theory, found or posterior(of, theory))
    store = Store(folder or home() / "experiments" / of.name / what.identity[:16])
    sweep(what, store, progress, cluster=cluster, processes=processes, limits=limits, again=again)
    return read_back(store, design)


def begun(folder: str | Path, draws: int | None = None, seeds: int | None = None) -> Design:
    """The design that a folder was begun with, with more draws or seeds where they are asked for. Raises CaseError."""
    held = _held(Store(folder))
    design = Design.of(held["design"])
    for name, asked in (("draws", draws), ("seeds", seeds)):
        if asked is not None and asked < getattr(design, name):
            raise CaseError.single(
                f"{asked} {name} are asked for, and the folder has been asked for {getattr(design, name)}",
                f"{folder}, design.json",
                f"at least {getattr(design, name)}",
                "ask for more, or begin in another folder",
            )
    return replace(design, draws=draws or design.draws, seeds=seeds or design.seeds)


def read_back(store: Store, design: Design | None = None) -> Factorial:
    """What a folder holds; design: what is asked of it now, if not what it was begun with. Raises CaseError."""
    about = _held(store)
    rows = store.table()
    if rows.empty:
        raise CaseError.single(
            "nothing is simulated there yet", store.address, "at least one draw", "resume the experiment"
        )
    return Factorial(design or Design.of(about["design"]), _cube(rows, about), store.aside(), _refused(rows), about)


def _held(store: Store) -> dict[str, Any]:
    held = store.design()
    if held is None:
        raise CaseError.single(
            "no experiment lies there", store.address, "a folder that `tumen experiment run` has begun", "check it"
        )
    return held


def _refused(rows: pd.DataFrame) -> dict[tuple[str, Unit], str]:
    found = rows[rows["refused"].notna()]
    names = zip(found["world"], found["draw"].astype(int), found["seed"].astype(int), found["refused"], strict=True)
    return {(str(world), Unit(draw, seed)): str(said) for world, draw, seed, said in names}


def _cube(rows: pd.DataFrame, about: Mapping[str, Any]) -> xr.Dataset:
    """The rows of a store as labelled arrays."""
    done = rows[rows["refused"].isna()]
    if done.empty:
        raise CaseError.single(
            f"the model refused every run, the first with: {rows['refused'].iloc[0]}",
            "the experiment",
            "runs that can be done",
            "correct what the sentence names",
        )
    axes: dict[str, list[Any]] = {
        "world": list(about["worlds"]),
        "draw": sorted(set(rows["draw"])),
        "seed": sorted(set(rows["seed"])),
        "year": np.unique(done["year"].to_numpy(dtype=int)).tolist(),
        "sex": list(SEXES),
        "age": list(AGE_GROUPS),
    }
    place = {name: pd.Index(labels).get_indexer(done[name]) for name, labels in axes.items()}
    by_age = (done["age"] != "all").to_numpy()
    variables = {}
    for name, dims, which in (
        ("arrivals", tuple(axes), by_age),
        ("departures", tuple(axes), by_age),
        ("abroad", tuple(axes)[:-1], ~by_age),
        ("intercepted", tuple(axes)[:-1], ~by_age),
    ):
        held = np.full([len(axes[dim]) for dim in dims], np.nan, dtype=np.float32)
        held[tuple(place[dim][which] for dim in dims)] = done[name].to_numpy()[which]
        variables[name] = (dims, held, {"units": "persons"})
    levels = np.array(list(about["worlds"].values()), dtype=str).reshape(len(axes["world"]), -1)
    assumed = about.get("assumptions", ())
    coords: dict[str, Any] = {
        name: ("world", levels[:, i], {"assumed": int(name in assumed)}) for i, name in enumerate(about["factors"])
    }
    coords["history"] = ("draw", np.array(about["histories"])[axes["draw"]])
    return xr.Dataset(variables, {**axes, **coords})


def _factors(case: Case, given: Mapping[str, Any] | Sequence[str]) -> dict[str, Any]:
    """Factors by name; of a list of policies, the scenarios of the case without them. Raises CaseError."""
    if isinstance(given, Mapping):
        return dict(given)
    names = [given] if isinstance(given, str) else list(given)
    for name in names:
        if f"no_{name}" not in case.scenarios:
            known = [one.removeprefix("no_") for one in case.scenarios if one.startswith("no_")]
            raise refused(
                "factors",
                name,
                f"a policy that a scenario of the case takes away: {listing(known)}",
                "name one, or give scenarios by name of the factor",
            )
    return {name: f"no_{name}" for name in names}

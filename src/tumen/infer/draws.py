"""Draws of a posterior simulated in a world: how far its yearly flows are known.

Each draw is one run with the parameters, the history and the random seed that it has in the posterior, and with as many
agents as the posterior's own runs: in the base world these are the runs its predictions rest on. Draws need no jax, and
a run that was done before is found in the run cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tumen.case import SEXES, Case, CaseError, World
from tumen.case.dates import month_text
from tumen.case.error_models.arrivals import CountModels, Dispersions
from tumen.case.inputs import BASE
from tumen.infer.run_cache import RunCache, RunSpec, own
from tumen.infer.runs import OnDone, Refusal
from tumen.infer.workers import workers
from tumen.model.theories import Theory

if TYPE_CHECKING:
    import xarray as xr

    from tumen.infer.chosen_parameters import Chosen
    from tumen.infer.observables import Observables
    from tumen.infer.posterior import Posterior

#: Draws of a run unless told otherwise.
DRAWS = 40
#: Counts made of each draw: few draws with one count each would give ragged intervals.
REPLICATES = 20
_FLOW, _COUNT = ("draw", "year", "sex"), ("draw", "replicate", "year", "sex")


def chosen_draws(chosen: Chosen, number: int | None) -> tuple[int, ...]:
    """The numbers of the draws that a run takes beside its central one; none for parameters that are no posterior.

    number: how many (None: as many as usual, if there are so many). Raises CaseError for a number that cannot be had.
    """
    found = chosen.posterior
    if number is not None and number > 0 and found is None:
        name = "the case's own values" if chosen.parameters is None else chosen.parameters.name
        raise no_posterior(number, name)
    if found is None or number == 0:
        return ()
    return spread(found, min(DRAWS, found.size) if number is None else number)


def no_posterior(number: int, name: str) -> CaseError:
    """The error for draws asked for of parameters that are one set of values."""
    return CaseError.single(
        f"{number} draws are asked for, and the parameters are one set of values: {name}",
        "draws",
        "a posterior to draw from",
        "ask for 0 draws, or take the parameters from a posterior (tumen calibrate makes one)",
    )


def spread(found: Posterior, number: int) -> tuple[int, ...]:
    """The numbers of draws spread evenly over the chains and along each. Raises CaseError where there are too few."""
    found.refuse_more(number, "draws")
    return tuple(((np.arange(number) + 0.5) * found.size / number).astype(int).tolist())


def run_draws(
    world: World,
    theory: Theory,
    found: Posterior,
    which: Sequence[int],
    *,
    cache: RunCache | None = None,
    processes: int = 1,
    progress: OnDone | None = None,
) -> xr.Dataset:
    """Simulate draws of a posterior in a world and return their yearly flows by sex.

    world: its scenarios, variants, settings and last year, which may lie after the case's, are used, and its history
    where one was chosen; the draws bring the parameters and, otherwise, the history. which: numbers of draws, 0 to
    size - 1. cache: where runs are kept (None: the user's run cache). processes: runs side by side; 1 does them in
    this process. progress is told how many draws are done, of how many.

    Variables in persons a calendar year: `arrivals` and `departures` by draw, year and sex; `arrivals_observed`, with a
    further dimension `replicate`, counts that might be made of these arrivals under the draw's own phi and rho. By
    draw: `reproduction`, `phi`, `rho`, and `dated`, the values that the draw gives to inputs. Coordinates: `draw`,
    `seed`, `history`. Raises CaseError where the world begins later than the case, and where the model refuses a draw.
    """
    return simulate(world, theory, _drawn(world, found, which), cache=cache, processes=processes, progress=progress)


def as_record(draws: xr.Dataset, chosen: Chosen) -> dict[str, Any]:
    """What `run.json` says of draws: how many of how many, whose, with how many agents, and the seed of each."""
    assert chosen.posterior is not None
    return {
        "number": draws.sizes["draw"],
        "of": chosen.posterior.size,
        "theory": chosen.posterior.theory,
        "source": chosen.source,
        "sound": chosen.sound,
        "agents": int(draws.attrs["agents"]),
        "draws": draws["draw"].values.tolist(),
        "seeds": draws["seed"].values.tolist(),
    }


def simulate(
    world: World,
    theory: Theory,
    draws: xr.Dataset,
    *,
    cache: RunCache | None = None,
    processes: int = 1,
    progress: OnDone | None = None,
) -> xr.Dataset:
    """Simulate draws again from a dataset of `run_draws`, which holds all of them but the world; returns the same.

    The posterior is not needed. Arguments and errors are those of `run_draws`.
    """
    refuse_late(world)
    case, specs = world.case, _specs(world, draws)
    with workers(processes=min(processes, len(specs))) as hands:
        answers = hands.do(cache or own(case), case, theory, specs, progress)
    seen = _allowed(draws, answers)
    years = np.arange(case.start // 12, (_beyond(world) or case.end // 12) + 1)
    kept = (12 * years >= world.start) & (12 * years + 12 <= world.start + world.months)
    # Flows by year, sex and age (Y, X, A) of each draw added up over ages: (n, Y, X).
    arrivals = np.array([one.arrivals.sum(axis=2) for one in seen], dtype=np.float32)
    departures = np.array([one.departures.sum(axis=2) for one in seen], dtype=np.float32)
    counted = _observed(case, draws, arrivals)
    variables = {
        "arrivals": (_FLOW, arrivals[:, kept], "Arrivals in the year"),
        "arrivals_observed": (_COUNT, counted[:, :, kept], "Arrivals that might have been counted in the year"),
        "departures": (_FLOW, departures[:, kept], "Departures in the year"),
    }
    bare = draws.drop_dims(["replicate", "year", "sex"], errors="ignore")
    made = bare.assign_coords(year=years[kept], sex=list(SEXES))
    for name, (dims, table, said) in variables.items():
        made[name] = (dims, table, {"units": "person", "long_name": said})
    most = np.array([one.reproduction[0] for one in seen], dtype=np.float32)
    about = {"units": "person", "long_name": "Most arrivals that one arrival brings about through kin"}
    made["reproduction"] = (("draw",), most, about)
    return made


def _drawn(world: World, found: Posterior, which: Sequence[int]) -> xr.Dataset:
    """What the draws are, without their flows."""
    import xarray as xr

    at = np.array(which, dtype=np.int64)
    flat = {name: found.flat(name)[at] for name in ("dated", "history", "phi", "rho", "seed")}
    chose = world.asked.history is not None or _history_of_scenarios(world)
    history = np.full(len(at), world.history) if chose else flat["history"].astype(str)
    return xr.Dataset(
        {
            "dated": (
                ("draw", "dated_value"),
                flat["dated"],
                {"long_name": "Values that the draw gives to inputs, each in the unit of its input"},
            ),
            "phi": ("draw", flat["phi"], {"units": "1", "long_name": "Dispersion of a counted total"}),
            "rho": ("draw", flat["rho"], {"units": "1", "long_name": "Correlation of sex within a count"}),
        },
        {
            "draw": ("draw", at, {"long_name": "Number of the draw in the posterior"}),
            "dated_value": list(found.dated),
            "seed": ("draw", flat["seed"].astype(np.int64), {"long_name": "Random seed of the run"}),
            "history": ("draw", history, {"long_name": "History of the case"}),
        },
        {"theory": found.theory, "agents": found.agents},
    )


def _history_of_scenarios(world: World) -> bool:
    return any(scenario.history is not None for scenario in world.asked.scenarios)


def refuse_late(world: World) -> None:
    """Raise CaseError for a world that begins later than its case, in which no draw can be simulated."""
    if world.start != world.case.start:
        raise CaseError.single(
            f"the world begins in {month_text(world.start)}, later than its case",
            f"draws in a world of the case {world.case.name}",
            f"a world that begins in {month_text(world.case.start)}, from where draws are simulated",
            "simulate the whole world and leave years out of the result, or ask for 0 draws",
        )


def _specs(world: World, draws: xr.Dataset) -> list[RunSpec]:
    """The run of each draw. A scenario's own history needs no naming, and the base has none."""
    asked, names = world.asked, [str(name) for name in draws["dated_value"].values]
    histories = [None if _history_of_scenarios(world) or h == BASE else str(h) for h in draws["history"].values]
    values = draws["dated"].transpose("draw", "dated_value").values.tolist()
    of = RunSpec(
        {}, None, asked.settings, 1, int(draws.attrs["agents"]), asked.scenarios, asked.variants, _beyond(world)
    )  # fmt: skip
    return [
        replace(of, parameters=dict(zip(names, row, strict=True)), history=history, seed=int(seed))
        for row, history, seed in zip(values, histories, draws["seed"].values, strict=True)
    ]


def _beyond(world: World) -> int | None:
    """The last year of a window that ends after the case; None for any other, which takes the case's own runs."""
    end = world.start + world.months - 1
    return end // 12 if end > world.case.end else None


def _allowed(draws: xr.Dataset, answers: Sequence[Observables | Refusal]) -> list[Observables]:
    """The answers. Raises CaseError where one is a refusal: leaving a draw out would move every band."""
    numbers = draws["draw"].values.tolist()
    refused = [(k, one.said) for k, one in zip(numbers, answers, strict=True) if isinstance(one, Refusal)]
    if refused:
        number, said = refused[0]
        raise CaseError.single(
            f"the model refuses {len(refused)} of {len(answers)} draws, draw {number} with: {said}",
            "draws",
            "a world in which every draw can be run",
            "correct what the sentence names, or ask for 0 draws",
        )
    return [one for one in answers if not isinstance(one, Refusal)]


def _observed(case: Case, draws: xr.Dataset, expected: Any) -> Any:
    """Counts around expected arrivals (n, Y, X): (n, R, Y, X). Each draw has random numbers of its own."""
    errors = CountModels.of(case)
    made = np.empty((len(expected), REPLICATES, *expected.shape[1:]), dtype=np.float32)
    columns = (draws[name].values for name in ("draw", "seed", "phi", "rho"))
    for i, (number, seed, phi, rho) in enumerate(zip(*columns, strict=True)):
        rng = np.random.default_rng([int(seed), int(number)])
        repeated = np.broadcast_to(expected[i].astype(float), made[i].shape)
        made[i] = errors.simulate(repeated, Dispersions(float(phi), float(rho)), rng)
    return made

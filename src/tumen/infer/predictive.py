"""From an estimate to a posterior in hand: the draws kept, what they predict by real runs, and what was counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from tumen.case import SEXES, Case
from tumen.case.error_models.arrivals import Dispersions
from tumen.infer.calibration import Estimate
from tumen.infer.observation.arrivals import Arrivals
from tumen.infer.precision import in_double
from tumen.infer.targets import Targets, profile_targets
from tumen.model.compiled import Floats
from tumen.simulate.assemble import AGE_GROUPS

if TYPE_CHECKING:
    import xarray as xr

#: Draws of the prior kept beside the posterior.
PRIOR_DRAWS = 1000
_DISPERSIONS = ("phi", "rho")


def groups(estimate: Estimate, case: Case, seed: int) -> dict[str, xr.Dataset]:
    """The groups of the posterior's file (docs/inference.md lists the variables)."""
    chains = estimate.sample.z.shape[0]
    which = np.arange(len(estimate.checked) // chains * chains)
    flat = {name: values[estimate.checked[which]] for name, values in estimate.sample.flat.items()}
    rng = np.random.default_rng(seed)
    rows = np.flatnonzero(~np.isnan(np.array([one.targets for one in estimate.drawn.seen])).all(axis=0))
    return {
        "prior": _prior(estimate, rng),
        "prior_predictive": _before(estimate, case, rows),
        "posterior": _posterior(estimate, flat, which, chains),
        "posterior_predictive": _after(estimate, case, rows, which, flat, chains, rng),
        "sample_stats": _stats(flat, chains),
        "observed_data": _observed(estimate.targets, case, rows),
        "constant_data": _constant(estimate, case, rows, which, flat),
    }


_DRAWN, _SAMPLE = ("chain", "draw"), ("sample",)


def _by_draw(table: Any, chains: int) -> Any:
    table = np.asarray(table)
    return table.reshape(chains, -1, *table.shape[1:])


def _named(estimate: Estimate) -> Any:
    return np.array([name or "base" for name in estimate.space.histories])


def _prior(estimate: Estimate, rng: Any) -> xr.Dataset:
    import xarray as xr

    space = estimate.space
    z = rng.standard_normal((PRIOR_DRAWS, space.size))
    history = _named(estimate)[rng.choice(len(space.probabilities), PRIOR_DRAWS, p=space.probabilities)]
    held = {"theta": ((*_SAMPLE, "parameter"), space.values(z)), "history": (_SAMPLE, history)}
    return xr.Dataset(held, coords={"parameter": list(space.names)})


def _before(estimate: Estimate, case: Case, rows: np.ndarray) -> xr.Dataset:
    """What the runs of the prior said."""
    import xarray as xr

    arrivals = np.array([one.arrivals.sum(axis=2) for one in estimate.prior.seen])
    held = {
        "arrivals": ((*_SAMPLE, "year", "sex"), arrivals),
        "targets": ((*_SAMPLE, "target"), np.array([one.targets[rows] for one in estimate.prior.seen])),
    }
    return xr.Dataset(held, coords=_coords(estimate, case, rows))


def _posterior(estimate: Estimate, flat: dict[str, Any], which: np.ndarray, chains: int) -> xr.Dataset:
    import xarray as xr

    dispersions = {name: (_DRAWN, _by_draw(flat[name], chains)) for name in _DISPERSIONS}
    space = estimate.space
    values = space.values(flat["z"])
    held = {
        "theta": ((*_DRAWN, "parameter"), _by_draw(values.astype(np.float32), chains)),
        "dated": ((*_DRAWN, "dated_value"), _by_draw(space.dated(values), chains)),
        "z": ((*_DRAWN, "parameter"), _by_draw(flat["z"].astype(np.float32), chains)),
        "history": (_DRAWN, _by_draw(_named(estimate)[flat["history"]], chains)),
        "seed": (_DRAWN, _by_draw([estimate.drawn.specs[i].seed for i in which], chains)),
    }
    coords = {"parameter": list(space.names), "dated_value": list(space.dated_names)}
    return xr.Dataset(held | dispersions, coords=coords)


def _after(
    estimate: Estimate,
    case: Case,
    rows: np.ndarray,
    which: np.ndarray,
    flat: dict[str, Any],
    chains: int,
    rng: Any,
) -> xr.Dataset:
    """What the kept draws predict, by real runs, and what might have been counted."""
    import xarray as xr

    seen = [estimate.drawn.seen[i] for i in which]
    by_age = np.array([one.arrivals for one in seen])  # (n, Y, X, A)
    expected = np.array([one.targets for one in seen])
    dispersions = Dispersions(flat["phi"], flat["rho"])
    by_year = Dispersions(flat["phi"][:, None], flat["rho"][:, None])
    counted = estimate.targets.errors.simulate(by_age.sum(axis=3), by_year, rng)
    found = replicated_rows(expected, case, dispersions, rng)
    tables = {
        "arrivals": (("year", "sex"), by_age.sum(axis=3).astype(np.float32)),
        "arrivals_replicated": (("year", "sex"), counted),
        "departures": (("year", "sex"), np.array([one.departures.sum(axis=2) for one in seen], dtype=np.float32)),
        "arrivals_by_age": (("year", "sex", "age"), by_age.astype(np.float32)),
        "targets": (("target",), expected[:, rows]),
        "targets_replicated": (("target",), found[:, rows]),
    }
    held = {name: ((*_DRAWN, *dims), _by_draw(table, chains)) for name, (dims, table) in tables.items()}
    return xr.Dataset(held, coords=_coords(estimate, case, rows) | {"age": list(AGE_GROUPS)})


def _stats(flat: dict[str, Any], chains: int) -> xr.Dataset:
    import xarray as xr

    tables = {"lp": flat["lp"], "diverging": flat["diverging"].astype(np.int8)}
    return xr.Dataset({name: (_DRAWN, _by_draw(table, chains)) for name, table in tables.items()})


def _coords(estimate: Estimate, case: Case, rows: np.ndarray) -> dict[str, Any]:
    return {"year": estimate.targets.years.astype(int), "sex": list(SEXES), "target": _labels(case)[rows]}


def replicated_rows(expected: Floats, case: Case, dispersions: Dispersions, rng: Any) -> Floats:
    """What surveys might have found: all profile rows (n, T) drawn by their error models around a model's numbers.

    Rows whose model numbers are NaN, and rows of the role vintage, are left as they are.
    """
    made = expected.copy()
    for target in (*profile_targets(case, "fit"), *profile_targets(case, "check")):
        at = list(target.rows)
        if not np.isnan(expected[:, at]).any():
            made[:, at] = target.simulate(target.on_scale(expected[:, at]), dispersions, rng)
    return made


def _labels(case: Case) -> np.ndarray:
    return np.array(
        [f"{i}: {r['key']} {r['population']} {r['sex']} {r['category']}" for i, r in enumerate(case.profiles_rows)]
    )


def _observed(asked: Targets, case: Case, rows: np.ndarray) -> xr.Dataset:
    """What was counted; of a block fitted by its total alone, the sexes are those of rows to check, or NaN."""
    import xarray as xr

    data = np.array([float(row["value"]) / (100 if row["unit"] == "percent" else 1) for row in case.profiles_rows])
    return xr.Dataset(
        {
            "arrivals": (("block", "sex"), np.array([_by_sex(block, case) for block in asked.arrivals])),
            "arrivals_total": ("block", np.array([block.total for block in asked.arrivals])),
            "targets": (("target",), data[rows]),
        },
        coords={
            "first_year": ("block", [block.first for block in asked.arrivals]),
            "last_year": ("block", [block.last for block in asked.arrivals]),
            "sex": list(SEXES),
            "target": _labels(case)[rows],
        },
    )


def _by_sex(block: Arrivals, case: Case) -> Floats:
    if block.women is not None:
        return block.persons
    shown = {
        row["sex"]: float(row["persons"])
        for row in case.arrivals_rows
        if row["role"] == "check" and (row["year_start"], row["year_end"]) == (block.first, block.last)
    }
    return np.array([shown.get(sex, np.nan) for sex in SEXES])


@in_double
def _constant(estimate: Estimate, case: Case, rows: np.ndarray, which: np.ndarray, flat: dict[str, Any]) -> xr.Dataset:
    """What the rows are, and what each part of the fit contributes beside the most it could."""
    import xarray as xr

    dispersions = Dispersions(flat["phi"], flat["rho"])
    parts = jax.vmap(estimate.likelihood.parts)
    best = np.tile(estimate.targets.saturated, (len(which), 1))
    found, most = np.asarray(parts(estimate.drawn.statistics[which], dispersions)), np.asarray(parts(best, dispersions))
    some = [case.profiles_rows[i] for i in rows]
    error = [str(r["error"]) for r in some]
    return xr.Dataset(
        {
            **{name: ("target", [str(r[name]) for r in some]) for name in ("key", "population", "category", "unit")},
            "compared": ("target", np.ones(len(some), dtype=bool)),
            "sex": ("target", [r["sex"] for r in some]),
            "as_of": ("target", [r["as_of"] for r in some]),
            "role": ("target", [r["role"] for r in some]),
            "error": ("target", error),
            "contribution_name": ("row", list(estimate.targets.names)),
            "contribution": ("row", found.mean(axis=0)),
            "contribution_saturated": ("row", most.mean(axis=0)),
        },
        coords={"target": _labels(case)[rows]},
    )

"""From an estimate to a posterior in hand: the draws kept, what they predict by real runs, and what was counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from arviz_stats.base import array_stats
from scipy.special import expit

from tumen.case import SEXES, Case
from tumen.case.tables import Row
from tumen.infer import diagnose
from tumen.infer.calibration import Estimate
from tumen.infer.likelihood import Noise
from tumen.infer.targets import FEWEST, Targets, logit
from tumen.mechanism.program import Floats
from tumen.simulation.assemble import AGE_GROUPS

if TYPE_CHECKING:
    import xarray as xr

#: Draws of the prior kept beside the posterior.
PRIOR_DRAWS = 1000
_NOISE = ("phi", "rho", "shock_sd", "shock_persistence")


def kept(estimate: Estimate, seed: int) -> tuple[np.ndarray, Floats]:
    """Which of the checked draws are kept, in order, and the log weight of each checked draw.

    Weights that can be trusted are used up by drawing by them; else every draw is kept as it is.
    """
    raw = diagnose.log_weights(estimate)
    every = np.arange(len(raw))
    if not diagnose.trusted(estimate):
        return every, np.zeros(len(raw))
    smooth = np.asarray(array_stats.psislw(raw)[0])
    chance = np.exp(smooth - smooth.max())
    edges = (np.random.default_rng(seed).random() + every) / len(raw)  # systematic: least noise
    drawn = np.searchsorted(np.cumsum(chance / chance.sum()), edges)
    return np.minimum(drawn, len(raw) - 1), smooth


def groups(estimate: Estimate, case: Case, seed: int) -> dict[str, xr.Dataset]:
    """The groups of the posterior's file (docs/inference.md lists the variables)."""
    which, weights = kept(estimate, seed)
    chains = estimate.sample.z.shape[0] if not weights.any() else 1
    which = which[: len(which) // chains * chains]
    flat = {name: values[estimate.checked[which]] for name, values in estimate.sample.flat.items()}
    rng = np.random.default_rng(seed)
    rows = np.flatnonzero(~np.isnan(np.array([one.targets for one in estimate.seen])).all(axis=0))
    return {
        "prior": _prior(estimate, rng),
        "prior_predictive": _before(estimate, case, rows),
        "posterior": _posterior(estimate, flat, chains),
        "posterior_predictive": _after(estimate, case, rows, which, flat, chains, rng),
        "sample_stats": _stats(flat, weights[which], chains),
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
    history = _named(estimate)[rng.choice(len(space.odds), PRIOR_DRAWS, p=space.odds)]
    held = {"theta": ((*_SAMPLE, "parameter"), space.values(z)), "history": (_SAMPLE, history)}
    return xr.Dataset(held, coords={"parameter": list(space.names)})


def _before(estimate: Estimate, case: Case, rows: np.ndarray) -> xr.Dataset:
    """What the runs of the prior said."""
    import xarray as xr

    arrivals = np.array([one.arrivals.sum(axis=2) for one in estimate.start])
    held = {
        "arrivals": ((*_SAMPLE, "year", "sex"), arrivals),
        "targets": ((*_SAMPLE, "target"), np.array([one.targets[rows] for one in estimate.start])),
    }
    return xr.Dataset(held, coords=_coords(estimate, case, rows))


def _posterior(estimate: Estimate, flat: dict[str, Any], chains: int) -> xr.Dataset:
    import xarray as xr

    noise = {name: (_DRAWN, _by_draw(flat[name], chains)) for name in _NOISE}
    space = estimate.space
    values = space.values(flat["z"])
    held = {
        "theta": ((*_DRAWN, "parameter"), _by_draw(values, chains)),
        "dated": ((*_DRAWN, "dated_value"), _by_draw(space.dated(values), chains)),
        "z": ((*_DRAWN, "parameter"), _by_draw(flat["z"], chains)),
        "history": (_DRAWN, _by_draw(_named(estimate)[flat["history"]], chains)),
        "shock": ((*_DRAWN, "shock_year"), _by_draw(flat["shock"], chains)),
    }
    coords = {"parameter": list(space.names), "dated_value": list(space.dated_names)}
    return xr.Dataset(held | noise, coords={**coords, "shock_year": estimate.likelihood.years})


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

    seen = [estimate.seen[i] for i in which]
    by_age = np.array([one.arrivals for one in seen])  # (n, Y, X, A)
    expected = np.array([one.targets for one in seen])
    years, single = estimate.targets.years.astype(int), estimate.likelihood.years
    counted = replicated(by_age.sum(axis=3), years, flat, single, rng)
    found = scattered(expected, case, estimate.targets, rng)
    tables = {
        "arrivals": (("year", "sex"), by_age.sum(axis=3)),
        "arrivals_replicated": (("year", "sex"), counted),
        "departures": (("year", "sex"), np.array([one.departures.sum(axis=2) for one in seen])),
        "arrivals_by_age": (("year", "sex", "age"), by_age.astype(np.float32)),
        "targets": (("target",), expected[:, rows]),
        "targets_replicated": (("target",), found[:, rows]),
    }
    held = {name: ((*_DRAWN, *dims), _by_draw(table, chains)) for name, (dims, table) in tables.items()}
    return xr.Dataset(held, coords=_coords(estimate, case, rows) | {"age": list(AGE_GROUPS)})


def _stats(flat: dict[str, Any], weights: Floats, chains: int) -> xr.Dataset:
    import xarray as xr

    tables = {"lp": flat["emulated"], "log_weight": weights, "diverging": flat["diverging"].astype(np.int8)}
    return xr.Dataset({name: (_DRAWN, _by_draw(table, chains)) for name, table in tables.items()})


def _coords(estimate: Estimate, case: Case, rows: np.ndarray) -> dict[str, Any]:
    return {"year": estimate.targets.years.astype(int), "sex": list(SEXES), "target": _labels(case)[rows]}


def replicated(arrivals: Floats, years: Floats, flat: dict[str, Any], single: list[int], rng: Any) -> Floats:
    """What might have been counted: arrivals (n, Y, X) with fresh shocks in the single years, and chance.

    Fresh, since shocks fitted to the counts would follow them whatever the model says.
    """
    shock = np.zeros(arrivals.shape[:2])
    first, size = int(np.searchsorted(years, single[0])) if single else 0, len(single)
    if size:
        shock[:, first : first + size] = autoregression(flat["shock_sd"], flat["shock_persistence"], size, rng)
    return chance(arrivals * np.exp(shock)[..., None], flat["phi"][:, None], flat["rho"][:, None], rng)


def chance(expected: Floats, phi: Floats, rho: Floats, rng: Any) -> Floats:
    """What chance makes of expected arrivals (..., sex): NegBin totals, BetaBinomial women; phi and rho (...)."""
    total = expected.sum(axis=-1)
    mean = np.maximum(total, 1e-9)
    spread = 1 / np.maximum(phi, 1e-4) ** 2
    counted = rng.poisson(rng.gamma(spread, mean / spread))
    share = np.clip(expected[..., SEXES.index("female")] / mean, 1e-6, 1 - 1e-6)
    alike = 1 / np.clip(rho, 1e-7, 0.999) - 1
    women = rng.binomial(counted, rng.beta(share * alike, (1 - share) * alike))
    made = np.empty(expected.shape)
    made[..., SEXES.index("female")], made[..., SEXES.index("male")] = women, counted - women
    return made


def autoregression(sd: Floats, persistence: Floats, size: int, rng: Any) -> Floats:
    """Stationary AR(1) paths (n, size) with standard deviations and persistences (n,)."""
    path = np.empty((len(sd), size))
    now = rng.standard_normal(len(sd))
    for t in range(size):
        path[:, t] = now
        now = persistence * now + np.sqrt(1 - persistence**2) * rng.standard_normal(len(sd))
    return path * np.asarray(sd)[:, None]


def scattered(expected: Floats, case: Case, asked: Targets, rng: Any) -> Floats:
    """What surveys might have found: profile rows (n, T) scattered by their error models."""
    made = expected.copy()
    for i, row in enumerate(case.profiles_rows):
        if not np.isnan(expected[:, i]).all():
            made[:, i] = _scatter(expected[:, i], row, rng)
    for table in asked.tables:
        share = np.maximum(expected[:, list(table.rows)], 0)
        share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-12)
        made[:, list(table.rows)] = [rng.multinomial(round(table.size), one) / table.size for one in share]
    return made


def _scatter(values: Floats, row: Row, rng: Any) -> Floats:
    name, number = row["error"].name, row["error"].number
    if name in ("binomial", "beta_binomial", "multinomial"):
        return np.asarray(rng.binomial(round(number), np.clip(values, 0, 1)) / number)
    if name not in ("logit_normal", "lognormal", "at_least", "at_most"):
        return np.asarray(rng.poisson(np.maximum(values, 0)))
    noise = number * rng.standard_normal(len(values))
    if row["unit"] in ("share", "percent"):
        return np.asarray(expit(np.array([logit(value) for value in values]) + noise))
    return np.asarray(np.maximum(values, FEWEST) * np.exp(noise))


def _labels(case: Case) -> np.ndarray:
    return np.array(
        [f"{i}: {r['key']} {r['population']} {r['sex']} {r['category']}" for i, r in enumerate(case.profiles_rows)]
    )


def _observed(asked: Targets, case: Case, rows: np.ndarray) -> xr.Dataset:
    import xarray as xr

    return xr.Dataset(
        {
            "arrivals": (("block", "sex"), np.array([block.persons for block in asked.blocks])),
            "targets": (("target",), np.array([float(case.profiles_rows[i]["value"]) for i in rows])),
        },
        coords={
            "first_year": ("block", [block.first for block in asked.blocks]),
            "last_year": ("block", [block.last for block in asked.blocks]),
            "sex": list(SEXES),
            "target": _labels(case)[rows],
        },
    )


def _constant(estimate: Estimate, case: Case, rows: np.ndarray, which: np.ndarray, flat: dict[str, Any]) -> xr.Dataset:
    """What the rows are, and what each part of the fit contributes beside the most it could."""
    import xarray as xr

    noise = Noise(flat["phi"], flat["rho"], flat["shock"])
    parts = jax.vmap(estimate.likelihood.parts)
    best = np.tile(ideal(estimate.targets), (len(which), 1))
    found, most = np.asarray(parts(estimate.signals[which], noise)), np.asarray(parts(best, noise))
    some = [case.profiles_rows[i] for i in rows]
    error = [f"{r['error'].name}({r['error'].number:g})" if r["error"].number else r["error"].name for r in some]
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


def ideal(asked: Targets) -> Floats:
    """The signals of a model that hits every target."""
    blocks = [np.log(np.maximum(block.persons, FEWEST)) for block in asked.blocks]
    measures = [logit(m.value) if m.share else float(np.log(max(m.value, FEWEST))) for m in asked.measures]
    tables = [np.log(np.maximum(table.shares, 1e-6)) for table in asked.tables]
    return np.concatenate([*blocks, np.array(measures), *tables, [-20.0]])

"""A posterior that no model made: random numbers of the right shape, from a fixed seed, with things planted in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

import tumen.case as tc
from tumen.infer.posterior import Check, Posterior
from tumen.simulate.assemble import AGE_GROUPS

CHAINS, DRAWS, SAMPLES = 2, 50, 400
YEARS = np.arange(1990, 2017)
SEXES = ("female", "male")
PARAMETERS = (
    "reference_rate@1990-01-01",
    "complementarity@1990-01-01",
    "mobility.tied@1990-01-01",
    "mobility_trading",
    "fee_level",
    "crossing_success@2011-12-01",
    "layoff_level",
    "kin_per_arrival@1990-01-01",
)
#: sd of z: the first is pinned down, the last is untouched
WIDTHS = (0.2, 0.95, 0.5, 0.5, 0.8, 0.7, 0.9, 1.0)
SHIFTS = (1.0, 0.0, -0.8, 0.4, 0.0, 0.5, -0.2, 0.0)
#: the strongest correlation, between the two mobilities
PLANTED = -0.9
#: key, population, category, unit, error, role, compared, observed
TARGETS: tuple[tuple[str, str, str, str, str, str, bool, float], ...] = (
    ("age_at_arrival", "arrivals 1998-01..2003-08", "0-19", "share", "multinomial(n=1000)", "fit", True, 0.19),
    ("age_at_arrival", "arrivals 1998-01..2003-08", "20-39", "share", "multinomial(n=1000)", "fit", True, 0.60),
    ("age_at_arrival", "arrivals 1998-01..2003-08", "40+", "share", "multinomial(n=1000)", "fit", True, 0.21),
    ("age_at_arrival", "arrivals ..2015-11", "20-39", "share", "logit_normal(0.2)", "check", True, 0.58),
    ("province_of_origin", "arrivals ..2016-12", "north_hamgyong", "share", "multinomial(n=1000)", "fit", True, 0.62),
    ("province_of_origin", "arrivals ..2016-12", "kangwon+pyongyang+unknown", "share", "multinomial(n=1000)", "fit",
     True, 0.05),
    ("persons_abroad", "abroad", "all", "person", "lognormal(0.6)", "fit", True, 40000.0),
    ("repatriations", "returned 2002", "all", "person", "lognormal(0.4)", "check", True, 4809.0),
    ("years_abroad", "arrivals 2005-01..2005-09", "mean", "year", "lognormal(0.3)", "fit", True, 4.0),
    ("ever_remitted", "arrivals ..2010-12", "yes", "share", "binomial(n=396)", "check", False, 0.495),
)  # fmt: skip


def posterior(case: tc.Case | None = None, sound: bool = True, theory: str = "open_keys") -> Posterior:
    """Draws under which counts of North Korea's shape were made."""
    rng = np.random.default_rng(7)
    z = _coordinates(rng)
    prior_z = rng.standard_normal((SAMPLES, len(PARAMETERS)))
    expected = _arrivals(1 + 0.15 * rng.standard_normal((CHAINS, DRAWS)))
    level = np.exp(0.1 * rng.standard_normal((CHAINS, DRAWS, len(YEARS))))
    replicated = rng.poisson(expected * level[..., None]).astype(float)
    groups = {
        "posterior": _posterior(rng, z),
        "prior": xr.Dataset(
            {
                "theta": (("sample", "parameter"), values(prior_z)),
                "history": ("sample", rng.choice(["base", "paper"], SAMPLES, p=[0.6, 0.4]).astype(str)),
            },
            {"parameter": list(PARAMETERS)},
        ),
        "sample_stats": xr.Dataset(
            {
                "lp": (("chain", "draw"), rng.standard_normal((CHAINS, DRAWS))),
                "diverging": (("chain", "draw"), np.zeros((CHAINS, DRAWS), dtype=np.int8)),
            }
        ),
        "posterior_predictive": _predictive(rng, expected, replicated),
        "prior_predictive": _prior_predictive(rng),
        "observed_data": _observed(rng),
        "constant_data": _constant(),
    }
    checks = (
        Check("rhat", 1.01, "at most 1.01", True, "chains agree (largest R-hat 1.01)"),
        Check("ess", 812.0 if sound else 31.0, "at least 400", sound, "too few effective draws (31)"),
    )
    return Posterior(groups, provenance(case, theory), checks)


def provenance(case: tc.Case | None, theory: str) -> dict[str, Any]:
    """What the posterior says it was made from."""
    return {
        "theory": theory,
        "case": case.name if case else "north_korea",
        "simulation_hash": case.simulation_hash if case else "0" * 64,
        "hash": case.hash if case else "1" * 64,
        "code": "abcd" * 4,
        "runs": 4000,
        "agents": 8000,
        "seed": 1,
        "central": 3,
        "seconds": 12.0,
        "versions": {},
    }


def changed(found: Posterior, group: str, **variables: Any) -> Posterior:
    """The posterior with variables of one group in place of its own, given as arrays of the same shape."""
    held = found.groups[group]
    given = {name: (held[name].dims, np.asarray(array)) for name, array in variables.items()}
    groups: Mapping[str, xr.Dataset] = {**found.groups, group: held.assign(given)}
    return replace(found, groups=groups)


def values(z: np.ndarray) -> np.ndarray:
    """Parameters at coordinates, by the priors of the case of North Korea."""
    priors = {prior.name: prior.distribution for prior in tc.load("north_korea").priors}
    return np.stack([priors[name].at(z[..., i]) for i, name in enumerate(PARAMETERS)], axis=-1)


def _coordinates(rng: np.random.Generator) -> np.ndarray:
    z = rng.standard_normal((CHAINS * DRAWS, len(PARAMETERS)))
    z[:, 3] = PLANTED * z[:, 2] + np.sqrt(1 - PLANTED**2) * z[:, 3]
    z = (z - z.mean(axis=0)) / z.std(axis=0, ddof=1)
    return (z * WIDTHS + SHIFTS).reshape(CHAINS, DRAWS, -1)


def _arrivals(level: np.ndarray) -> np.ndarray:
    """A hump, women after men: (..., year, sex)."""
    men = 650 / (1 + np.exp(-(YEARS - 2001) / 1.2)) * np.exp(-np.maximum(YEARS - 2010, 0) / 8)
    women = 2100 / (1 + np.exp(-(YEARS - 2004.5) / 1.5)) * np.exp(-np.maximum(YEARS - 2010, 0) / 8)
    return np.maximum(level, 0.2)[..., None, None] * np.stack([women, men], axis=-1)


def _posterior(rng: np.random.Generator, z: np.ndarray) -> xr.Dataset:
    two = ("chain", "draw")
    size = (CHAINS, DRAWS)
    return xr.Dataset(
        {
            "theta": ((*two, "parameter"), values(z)),
            "dated": ((*two, "dated_value"), values(z)[..., :3]),
            "z": ((*two, "parameter"), z),
            "history": (two, rng.choice(["base", "paper"], size, p=[0.7, 0.3]).astype(str)),
            "seed": (two, 1000 + np.arange(CHAINS * DRAWS).reshape(size)),
            "phi": (two, rng.lognormal(np.log(0.05), 0.3, size)),
            "rho": (two, rng.lognormal(np.log(0.002), 0.3, size)),
        },
        {"parameter": list(PARAMETERS), "dated_value": list(PARAMETERS[:3])},
    )


def _targets(rng: np.random.Generator, size: tuple[int, ...], spread: float) -> np.ndarray:
    observed = np.array([row[-1] for row in TARGETS])
    share = np.array([row[3] == "share" for row in TARGETS])
    noise = spread * rng.standard_normal((*size, len(TARGETS)))
    logit = np.log(np.where(share, observed, 0.5) / (1 - np.where(share, observed, 0.5)))
    drawn = np.where(share, 1 / (1 + np.exp(-(logit + noise))), observed * np.exp(noise))
    return np.where([row[6] for row in TARGETS], drawn, np.nan)


def _predictive(rng: np.random.Generator, expected: np.ndarray, replicated: np.ndarray) -> xr.Dataset:
    two = ("chain", "draw")
    weight = np.exp(-(((np.arange(len(AGE_GROUPS)) - 5.5) / 3) ** 2))
    ages = expected[..., None] * weight / weight.sum()
    necessity = rng.beta(12, 3, (2, CHAINS, DRAWS))
    return xr.Dataset(
        {
            "arrivals": ((*two, "year", "sex"), expected),
            "arrivals_replicated": ((*two, "year", "sex"), replicated),
            "departures": ((*two, "year", "sex"), expected * (1.9, 1.2)),
            "arrivals_by_age": ((*two, "year", "sex", "age"), ages),
            "targets": ((*two, "target"), _targets(rng, (CHAINS, DRAWS), 0.1)),
            "targets_replicated": ((*two, "target"), _targets(rng, (CHAINS, DRAWS), 0.2)),
            "mobility_necessity": (two, necessity[0]),
            "payment_necessity": (two, 0.5 - necessity[1] / 4),
            "capital_necessity": (two, 1 - necessity[1] / 2),
        },
        {"year": YEARS, "sex": list(SEXES), "age": list(AGE_GROUPS)},
    )


def _prior_predictive(rng: np.random.Generator) -> xr.Dataset:
    arrivals, targets = _arrivals(rng.lognormal(0, 1.2, SAMPLES)), _targets(rng, (SAMPLES,), 0.8)
    mobility, capital = rng.beta(2, 2, (2, SAMPLES))
    return xr.Dataset(
        {
            "arrivals": (("sample", "year", "sex"), arrivals),
            "targets": (("sample", "target"), targets),
            "mobility_necessity": ("sample", mobility),
            "payment_necessity": ("sample", capital / 2),
            "capital_necessity": ("sample", capital),
        },
        {"year": YEARS, "sex": list(SEXES)},
    )


def _observed(rng: np.random.Generator) -> xr.Dataset:
    truth = rng.poisson(_arrivals(np.array(1.0)) * np.exp(0.1 * rng.standard_normal((len(YEARS), 1)))).astype(float)
    spans = [(1990, 1998), (1999, 2001), *((year, year) for year in range(2002, 2017))]
    blocks = [truth[(first <= YEARS) & (last >= YEARS)].sum(axis=0) for first, last in spans]
    return xr.Dataset(
        {
            "arrivals": (("block", "sex"), np.array(blocks)),
            "targets": ("target", np.array([row[-1] for row in TARGETS])),
        },
        {
            "first_year": ("block", [first for first, _ in spans]),
            "last_year": ("block", [last for _, last in spans]),
            "sex": list(SEXES),
        },
    )


def _constant() -> xr.Dataset:
    columns = ("key", "population", "category", "unit", "error", "role", "compared")
    held = {name: ("target", np.array([row[i] for row in TARGETS])) for i, name in enumerate(columns)}
    rows = ["arrivals 1990-1998, total", "arrivals 2002, total", "arrivals 2002, women", "age_at_arrival 2003-08"]
    return xr.Dataset(
        {
            **held,
            "contribution_name": ("row", np.array(rows)),
            "contribution": ("row", np.array([-6.1, -5.2, -4.0, -21.5])),
            "contribution_saturated": ("row", np.array([-4.0, -5.0, -3.9, -12.0])),
        }
    )

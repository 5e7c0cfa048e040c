"""A posterior of toyland that no model made, sixty draws around the mean of its priors, and runs that are made up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import xarray as xr

from tests.experiment.synthetic_sweep import THEORY, TOYLAND
from tests.infer.synthetic_posterior import provenance
from tumen.case import Case
from tumen.infer.branching import Family
from tumen.infer.observables import Observables
from tumen.infer.parameter_space import parameter_space
from tumen.infer.posterior import Posterior
from tumen.infer.run_cache import RunSpec
from tumen.model.theories import Theory

CHAINS, DRAWS, ROWS = 2, 30, 200


@lru_cache(maxsize=1)
def drawn() -> Posterior:
    """Draws with what an analysis of sensitivity reads of them; women's share follows the first parameter."""
    rng, of, two = np.random.default_rng(11), parameter_space(TOYLAND, THEORY), ("chain", "draw")
    z = 0.4 * rng.standard_normal((CHAINS * DRAWS, of.size))
    theta = of.values(z)
    years = np.arange(TOYLAND.start // 12, TOYLAND.end // 12 + 1)
    women = 0.6 + 0.1 * z[:, 0] + 0.01 * rng.standard_normal(len(z))
    flows = 500 * np.stack([women, 1 - women], axis=1)[:, None].repeat(len(years), axis=1)
    flows = flows.reshape(CHAINS, DRAWS, len(years), 2)
    held = xr.Dataset(
        {
            "z": ((*two, "parameter"), z.reshape(CHAINS, DRAWS, -1)),
            "theta": ((*two, "parameter"), theta.reshape(CHAINS, DRAWS, -1)),
            "dated": ((*two, "dated_value"), of.dated(theta).reshape(CHAINS, DRAWS, -1)),
            "history": (two, np.full((CHAINS, DRAWS), "base")),
            "seed": (two, 50 + np.arange(CHAINS * DRAWS).reshape(CHAINS, DRAWS)),
            "phi": (two, np.full((CHAINS, DRAWS), 0.1)),
            "rho": (two, np.full((CHAINS, DRAWS), 0.004)),
        },
        {"parameter": list(of.names), "dated_value": list(of.dated_names)},
    )
    said = xr.Dataset(
        dict.fromkeys(("arrivals", "departures"), ((*two, "year", "sex"), flows)),
        {"year": years, "sex": ["female", "male"]},
    )
    about = provenance(TOYLAND, "interplay") | {"agents": ROWS}
    return Posterior({"posterior": held, "posterior_predictive": said}, about, ())


def quick_family(case: Case, theory: Theory, specs: Sequence[RunSpec]) -> Family:
    """Answers of made-up runs: men's taste for trading moves women, the fee moves both, and a scenario takes women."""
    return Family(tuple(_quick(case, spec) for spec in specs), 0, 0)


def _quick(case: Case, spec: RunSpec) -> Observables:
    years, luck = case.end // 12 - case.start // 12 + 1, np.random.default_rng(spec.seed).normal(0, 0.002)
    values = spec.parameters
    level = 40 * (200 / values["fee@2001-01-01"]) * values.get("onward_kin@1980-01-01", 2.0) / 2
    women = level * np.exp(0.3 * values["trading_taste.male@1980-01-01"] + luck) * (0.8 if spec.scenarios else 1.0)
    flow = np.ones((years, 2, 17)) * np.array([women, level])[:, None]
    none = np.zeros((years, 2))
    return Observables(flow, flow, none, none, none, none, np.zeros(1), np.zeros(1))

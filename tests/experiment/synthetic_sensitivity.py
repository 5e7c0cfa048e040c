"""A posterior of toyland that no model made: sixty draws around the middle of its priors."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import xarray as xr

from tests.experiment.synthetic_sweep import THEORY, TOYLAND
from tests.infer.synthetic_posterior import provenance
from tumen.infer.posterior import Posterior
from tumen.infer.space import space

CHAINS, DRAWS, ROWS = 2, 30, 300


@lru_cache(maxsize=1)
def drawn() -> Posterior:
    """Draws with what an analysis of sensitivity reads of them; women's share follows the first parameter."""
    rng, of, two = np.random.default_rng(11), space(TOYLAND, THEORY), ("chain", "draw")
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
    about = provenance(TOYLAND, "interplay") | {"rows": ROWS}
    return Posterior({"posterior": held, "posterior_predictive": said}, about, ())

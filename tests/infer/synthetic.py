"""A small posterior of toyland, made up: for tests of what is done with a posterior."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from tumen.case import Case
from tumen.infer.posterior import Check, Posterior

NAMES = ("fee@2001-01-01", "onward_later.female@2001-01-01", "reference_rate@1980-01-01")
CHAINS, DRAWS, CENTRAL = 2, 5, 6
PASSED = Check("rhat", 1.002, "below 1.01", True, "R-hat is 1.002")
FAILED = Check("divergences", 31, "0", False, "31 transitions diverged")


def posterior(case: Case, theory: str = "interplay", checks: tuple[Check, ...] = (PASSED,), **said: Any) -> Posterior:
    """Ten draws in two chains; draw k of all has a fee of 200 + k and seed 100 + k. `said` goes into provenance."""
    number = np.arange(CHAINS * DRAWS).reshape(CHAINS, DRAWS)
    theta = np.stack([200.0 + number, 0.5 + number / 100, 0.05 + number / 1000], axis=-1)
    history = np.array(["base", "chronicle"])[number % 3 % 2]
    coords = {"chain": np.arange(CHAINS), "draw": np.arange(DRAWS), "parameter": list(NAMES)}
    two = ("chain", "draw")
    draws = xr.Dataset(
        {
            "theta": ((*two, "parameter"), theta),
            "dated": ((*two, "dated_value"), theta),
            "history": (two, history),
            "seed": (two, 100 + number),
            "phi": (two, 0.1 + number / 1000),
            "rho": (two, 0.001 + number / 10_000),
        },
        {**coords, "dated_value": list(NAMES)},
    )
    observed = xr.Dataset({"arrivals": (("year", "sex"), np.array([[3, 4], [5, 6]]))}, {"year": [2001, 2002]})
    provenance = {
        "theory": theory,
        "case": case.name,
        "simulation_hash": case.simulation_hash,
        "central": CENTRAL,
        "agents": 400,
    }
    return Posterior({"posterior": draws, "observed_data": observed}, provenance | said, checks)

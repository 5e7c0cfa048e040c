"""A small best fit of toyland that no search made: for tests of what is done with a fit."""

from __future__ import annotations

from typing import Any

import numpy as np

from tumen.case import Case, ParameterSet
from tumen.infer.fit_file import Fit, Residual

NAMES = ("fee@2001-01-01", "reference_rate@1980-01-01")


def fit(case: Case, theory: str = "interplay", fee: float = 231.0, history: str | None = None, **said: Any) -> Fit:
    """Two parameters; `said` goes into the provenance."""
    values = (fee, 0.05)
    return Fit(
        case=case.name,
        theory=theory,
        history=history,
        names=NAMES,
        values=values,
        z=(0.4, -0.3),
        parameters=ParameterSet(f"best fit of {theory}", dict(zip(NAMES, values, strict=True))),
        data_cost=5.0,
        prior_cost=0.25,
        network_cost=0.0,
        residuals=(
            Residual("arrivals 2001, total", 221.0, 230.0, "person", 1.0),
            Residual("arrivals 2001, women's share", 0.64, 0.7, "share", -2.0),
        ),
        curvature=np.array([[3.0, 0.5], [0.5, 2.0]]),
        runs=31,
        refused=2,
        seconds=4.5,
        seed=1,
        agents=400,
        converged=True,
        provenance={"simulation_hash": case.simulation_hash, "hash": case.hash} | said,
    )

"""A small sweep of toyland with a made-up posterior."""

from __future__ import annotations

import numpy as np
import xarray as xr

from tests.infer.synthetic_posterior import provenance
from tumen.case import load
from tumen.experiment.design import Design, Factor, Level
from tumen.experiment.sweep import Sweep, plan
from tumen.infer.observables import Observables
from tumen.infer.posterior import Posterior
from tumen.model import theories

TOYLAND, THEORY = load("toyland"), theories.interplay
DESIGN = Design(
    "Trial", "toyland", "interplay", (Factor("market", (Level("closed", ("no_market_reform",)),)),), (), 3, 1, 400, None
)


def drawn(shift: float = 0.0) -> Posterior:
    """Twelve draws of one parameter."""
    two, rates = ("chain", "draw"), np.linspace(0.02, 0.04, 12).reshape(2, 6, 1) + shift
    held = xr.Dataset(
        {
            "dated": ((*two, "dated_value"), rates),
            "history": (two, np.full((2, 6), "base")),
            "seed": (two, 50 + np.arange(12).reshape(2, 6)),
            "phi": (two, np.full((2, 6), 0.1)),
            "rho": (two, np.full((2, 6), 0.004)),
        },
        {"dated_value": ["reference_rate@1980-01-01"]},
    )
    return Posterior({"posterior": held}, provenance(TOYLAND, "interplay") | {"agents": 500}, ())


def planned(design: Design = DESIGN, shift: float = 0.0) -> Sweep:
    """The sweep of a design."""
    return plan(design, TOYLAND, THEORY, drawn(shift))


def made_up(what: Sweep) -> dict[int, list[Observables]]:
    """Answers of each unit in every world, by its seed, that take no run; no two are alike."""
    years, found = TOYLAND.end // 12 - TOYLAND.start // 12 + 1, dict[int, list[Observables]]()
    for unit in what.units:
        specs = what.specs(unit)
        rng = np.random.default_rng(specs[0].seed)
        flows, stocks = rng.random((len(specs), years, 2, 17)), rng.random((len(specs), years, 2))
        found[specs[0].seed] = [
            Observables(flow, 2 * flow, stock, stock, stock, stock, np.zeros(1), np.zeros(1))
            for flow, stock in zip(flows, stocks, strict=True)
        ]
    return found

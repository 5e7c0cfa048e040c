"""A sweep of toyland that the checks kill and plant failures in: draws made up, two policies, four worlds a unit."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import xarray as xr

from tumen.case import load
from tumen.experiment.design import design_from
from tumen.experiment.store import UNITS, Store
from tumen.experiment.sweep import Sweep, plan
from tumen.infer.posterior import Posterior
from tumen.model import theories

#: Draws of the made-up posterior, and worlds of a unit.
DRAWS, WORLDS, AGENTS = 12, 4, 400
FACTORS = {"draft": "no_military_first", "market": "no_market_reform"}


def planned(units: int, agents: int = AGENTS) -> Sweep:
    """A sweep of so many units: a dozen draws, or fewer, with as many seeds as it takes."""
    two, rates = ("chain", "draw"), np.linspace(0.02, 0.04, DRAWS).reshape(2, -1, 1)
    shape = rates.shape[:2]
    held = xr.Dataset(
        {
            "dated": ((*two, "dated_value"), rates),
            "history": (two, np.full(shape, "base")),
            "seed": (two, 50 + np.arange(DRAWS).reshape(shape)),
        },
        {"dated_value": ["reference_rate@1980-01-01"]},
    )
    draws = min(units, DRAWS)
    said = {
        "title": "Killed", "case": "toyland", "theory": "interplay", "draws": draws, "seeds": -(-units // draws),
        "agents": agents, "factors": FACTORS,
    }  # fmt: skip
    made_up = Posterior({"posterior": held}, {"rows": agents, "theory": "interplay"}, ())
    return plan(design_from(said), load("toyland"), theories.interplay, made_up)


def kept(folder: Path) -> dict[str, tuple[int, str]]:
    """When each finished unit was written, and a hash of its file."""
    files = sorted((folder / UNITS).glob("*.parquet"))
    return {one.name: (one.stat().st_mtime_ns, hashlib.sha256(one.read_bytes()).hexdigest()) for one in files}


def wrong(found: Store, asked: Sweep, right: str) -> tuple[int, int, int]:
    """Of a finished sweep: units lost, rows that stand twice, and whether its table differs from the right one."""
    rows = found.table()
    twice = int(rows.duplicated(["world", "draw", "seed", "year", "sex", "age"]).sum())
    return len(set(asked.units) - found.done()), twice, int(found.hash() != right)

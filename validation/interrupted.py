"""The process that promise 24 kills: a sweep or a calibration of toyland into a folder.

usage: python -m validation.interrupted sweep FOLDER UNITS
       python -m validation.interrupted calibration FOLDER      prints a hash of the posterior's draws
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np

from tumen.case import load
from tumen.experiment.store import Store
from tumen.experiment.sweep import sweep
from tumen.infer.calibration import Plan
from tumen.infer.estimation import calibrate
from tumen.model import theories
from validation.sweeps import planned

#: Too few runs for a posterior that anyone should use, in all the stages that one has.
PLAN = Plan(
    laplace=40, rounds=20, check=24, most=180, scatter=4, prior=24, without_key=4,
    warm=60, kept=60, chains=2, learned=100, agents=600,
)  # fmt: skip


def calibrated(folder: Path) -> str:
    """Calibrate toyland, or go on with it, in this process; a hash of every bit of the draws."""
    found = calibrate(load("toyland"), theories.open_keys, plan=PLAN, processes=1, folder=folder)
    total, draws = hashlib.sha256(), found.groups["posterior"]
    for name in sorted(map(str, draws.data_vars)):
        held = np.ascontiguousarray(draws[name].values)
        content = held.tobytes() if held.dtype.kind in "biuf" else str(held.tolist()).encode()
        total.update(f"{name}{held.shape}".encode() + content)
    return total.hexdigest()


if __name__ == "__main__":
    kind, place = sys.argv[1], Path(sys.argv[2])
    if kind == "calibration":
        print(calibrated(place))
    else:
        sweep(planned(int(sys.argv[3])), Store(place))

"""Promise 20: forecasts are scored, beside naive rivals, and the skill is printed, also when negative.

Needs the runs of a finished calibration in the user's folder (`tumen calibrate north_korea --theory open_keys`).
Small: two origins and few draws.
"""

from __future__ import annotations

import numpy as np

from tumen.case import CaseError, load
from tumen.infer.calibration import Calibration, Plan
from tumen.infer.rolling import RIVALS, Rolled, crps, rolling, wis
from tumen.infer.run_cache import home, own
from tumen.infer.runs import Workers
from tumen.theories import get
from validation.scoreboard import Row, Size, Watch

ID = 20
CASE, THEORY = "north_korea", "open_keys"
SEED = 1
#: tries: origins, the last of them 2014.
SMALL, FULL = Size(tries=2), Size(tries=7)
LAST = 2014


def rolled(origins: int) -> Rolled:
    """Forecasts from so many origins by the user's own runs. Raises CaseError where there are none."""
    case, theory = load(CASE), get(THEORY)
    folder = home() / "calibrations" / case.name
    asked = Calibration(case, theory, Plan(), own(case), folder, Workers(None), lambda stage, done, whole: None)
    return rolling(asked, tuple(range(LAST - origins + 1, LAST + 1)), seed=SEED)


def check(size: Size) -> Row:
    """Every forecast has its scores; what they are is the figure, and no failure."""
    watch = Watch(ID, "forecasts are scored", SEED)
    try:
        found = rolled(size.tries)
    except CaseError as error:
        return watch.row(1, 1, f"not scored: {str(error).splitlines()[0]}")
    scores = np.array([found.score(rule, of) for rule in (crps, wis) for of in (None, *RIVALS)])
    figure = f"{len(found.forecasts)} forecasts from {size.tries} origins, {found.runs} runs; "
    return watch.row(scores.size, int((~np.isfinite(scores)).sum()), figure + "; ".join(found.lines()))

"""Promise 42: a posterior of the paper's theory in at most 4,000 runs and half an hour on two cores, checks passed.

Read from what the posterior's file says of itself: the user's own, else the one shipped with the case. Its seconds are
those of the call that ended it; a calibration that was taken up again after an interruption, or that began with the
runs of another theory, took longer in all.
"""

from __future__ import annotations

from tumen.case import CaseError, load
from tumen.infer.posterior import place, posterior
from validation.scoreboard import Row, Size, Watch

ID = 42
SMALL = FULL = Size(tries=1)
CASE, THEORY = "north_korea", "interplay"
RUNS, SECONDS = 4000, 30 * 60


def check(size: Size) -> Row:
    """Three things asked of one posterior: runs, seconds, its own checks."""
    watch, case = Watch(ID, "a posterior is affordable", 1), load(CASE)
    try:
        found = posterior(case, THEORY, unsound=True)
    except CaseError as error:
        return watch.row(3, 3, str(error).splitlines()[0])
    said = found.provenance
    failed = [check.name for check in found.checks if not check.passed]
    heir = said["plan"].get("heir_of", "")
    figure = (
        f"{THEORY}, {'the user' if place(case, THEORY)[1] else 'the case'}'s: {said['runs']} runs (at most {RUNS})"
        f"{', among them those of ' + heir if heir else ''}, {said['seconds']} s (at most {SECONDS}), "
        f"{len(found.checks) - len(failed)} of {len(found.checks)} checks passed"
        f"{''.join(', not ' + name for name in failed)}"
    )
    other = found.provenance["ground"] != case.ground
    wrong = (said["runs"] > RUNS) + (said["seconds"] > SECONDS) + bool(failed or other)
    return watch.row(3, wrong, figure + (", of another version of the case" if other else ""))

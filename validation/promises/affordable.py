"""Promise 42: best fit, then posterior, of the paper's theory in few runs and minutes on two cores, checks passed.

Read from what the posterior's file says of itself: the user's own, else the one shipped with the case. Its seconds are
those of the call that ended it; a calibration that was taken up again after an interruption took longer in all.
"""

from __future__ import annotations

from tumen.case import CaseError, load
from tumen.infer.fit_file import best_fit_of
from tumen.infer.posterior import own_place, posterior
from validation.scoreboard import Row, Size, Watch

ID = 42
SMALL = FULL = Size(tries=1)
CASE, THEORY = "north_korea", "interplay"
RUNS, SECONDS = 2000, 20 * 60
FIT_RUNS, FIT_SECONDS = 400, 3 * 60


def check(size: Size) -> Row:
    """Runs and seconds of the fit; runs, seconds and checks of the posterior."""
    watch, case = Watch(ID, "best fit and posterior are affordable", 1), load(CASE)
    try:
        fit, found = best_fit_of(case, THEORY), posterior(case, THEORY, allow_failed_diagnostics=True)
    except CaseError as error:
        return watch.row(5, 5, str(error).splitlines()[0])
    said = found.provenance
    failed = [check.name for check in found.checks if not check.passed]
    other = said["simulation_hash"] != case.simulation_hash
    whose = "the user" if found.place == own_place(case, THEORY) else "the case"
    figure = (
        f"{THEORY}: fit in {fit.runs} runs (at most {FIT_RUNS}), {fit.seconds:.0f} s (at most {FIT_SECONDS}); "
        f"posterior of {whose}, fit included, in {said['runs']} runs "
        f"(at most {RUNS}), {said['seconds']} s (at most {SECONDS}), "
        f"{len(found.checks) - len(failed)} of {len(found.checks)} checks passed"
        f"{''.join(', not ' + name for name in failed)}{', of another version of the case' if other else ''}"
    )
    wrong = (fit.runs > FIT_RUNS) + (fit.seconds > FIT_SECONDS) + (said["runs"] > RUNS) + (said["seconds"] > SECONDS)
    return watch.row(5, wrong + bool(failed or other), figure)

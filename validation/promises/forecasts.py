"""Promise 20: forecasts from rolling origins are scored beside baselines, and the skill is printed, also when negative.

Small: one origin of toyland and few runs. Full: the paper's theory and the theory without a mechanism on North Korea
from seven origins; runs in the user's folder are found again.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from tumen.case import load
from tumen.infer.backtest import PLAN, Backtest, backtest
from tumen.infer.calibration import Plan
from tumen.infer.forecasts import ALL, BASELINES, COVERED, QUANTITIES, RULES, SHARE
from validation.scoreboard import Row, Size, Watch

ID = 20
SEED = 1
#: tries: origins.
SMALL, FULL = Size(tries=1, people=400), Size(tries=7, people=PLAN.agents)
TINY = Plan(
    laplace=24, rounds=12, check=16, most=46, scatter=3, prior=3,
    warm=30, tried=30, kept=30, chains=2, learned=36, agents=SMALL.people, seed=SEED,
)  # fmt: skip


def done(size: Size) -> Backtest:
    """The backtest of a size."""
    if size.tries < FULL.tries:
        with tempfile.TemporaryDirectory() as folder:
            land = load("toyland")
            return backtest(land, "interplay", origins=[2002], plan=TINY, processes=1, folder=Path(folder))
    return backtest(load("north_korea"), ["interplay", "no_theory"], plan=PLAN)


def said(found: Backtest, theory: str) -> str:
    """Skill by baseline and sex over all horizons, and coverage."""
    skill = found.skill.set_index(["model", "against", "quantity", "horizon"])["crps"]
    beside = "; ".join(
        f"{name} " + " ".join(f"{q} {skill[theory, name, q, ALL]:+.2f}" for q in ("female", "male", "total"))
        for name in BASELINES
    )
    held = found.scores.set_index(["model", "quantity", "horizon"])
    bands = "; ".join(
        f"{what} {'/'.join(f'{held.loc[(theory, q, ALL), name]:.0f}' for name in COVERED)} "
        f"of {held.loc[(theory, q, ALL), 'forecasts']:.0f}"
        for q, what in (("total", "totals"), (SHARE, "women's shares"))
    )
    sound = sum(one.sound for one in found.refits if one.theory == theory)
    return (
        f"{theory}: skill in CRPS against {beside}; bands of 50/80/95 % hold {bands}; "
        f"{sound} of {len(found.origins)} posteriors sound"
    )


def check(size: Size) -> Row:
    """Every model has every score at every horizon; what they are is the figure, and no failure."""
    watch = Watch(ID, "forecasts are scored", SEED)
    found = done(size)
    scores = found.scores
    counts = scores[scores["quantity"] != SHARE][list(RULES)].to_numpy()
    shares = scores[scores["quantity"] == SHARE][["crps", "wis"]].to_numpy()
    wanted = len(found.models) * len(QUANTITIES) * (len(set(found.each["horizon"])) + 1)
    wrong = int((~np.isfinite(counts)).sum() + (~np.isfinite(shares)).sum()) + abs(wanted - len(scores))
    figure = f"{found.case.name}, origins {found.origins[0]} to {found.origins[-1]}, {found.runs:,} runs; "
    told = "; ".join(said(found, theory) for theory in found.theories)
    return watch.row(counts.size + shares.size, wrong, figure + told)

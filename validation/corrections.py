"""What each correction of the mechanism does: undone one at a time and run at the shipped fit.

usage: python -m validation.corrections [--theory T] [--refit] [NAME...]      prints the table of docs/fit.md

A run at the shipped parameters says how much the fit rests on a correction; --refit adds what the old rule can do at
its best. Runs are kept, so that an interrupted table is continued.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numba import njit

from tumen.case import SEXES, Case, Distribution, distribution, load
from tumen.infer.best_fit import fit
from tumen.infer.fit_file import Fit, best_fit_of
from tumen.infer.observables import Observables
from tumen.infer.run_cache import RunSpec, own
from tumen.infer.runs import Workers
from tumen.infer.targets import targets
from tumen.infer.workers import workers
from tumen.model import keys, theories
from tumen.model.elementary import FAST, exp, logistic
from tumen.model.theories import Theory

WOMEN = SEXES.index("female")
FIRST, LAST = 2002, 2016


@njit(nogil=True, error_model="numpy", fastmath=FAST)
def _nearness_in_mobility(out, will, mobility, capital, aid, sponsor, price, lead, theta):  # type: ignore[no-untyped-def]
    """The old rule: nearness of the border is a factor on mobility, inside the first key."""
    for i in range(out.size):
        key = keys.affordability(
            capital[i] + aid[i], price[i], theta[keys.SPREAD], theta[keys.FREE_CROSSING], sponsor[i]
        )
        near = mobility[i] * exp(lead[i])
        out[i] = theta[keys.BASE] * logistic(will[i])
        out[i] *= keys.interplay(near, key, theta[keys.EXPONENT], theta[keys.WEIGHT])


@njit(nogil=True, error_model="numpy", fastmath=FAST)
def _sponsor_shares(out, will, mobility, capital, aid, sponsor, price, lead, theta):  # type: ignore[no-untyped-def]
    """The old rule: kin pay a sure share of the fee, which opens nothing where the rest is far above savings."""
    for i in range(out.size):
        means = capital[i] + aid[i] + sponsor[i] * exp(price[i])
        key = keys.affordability(means, price[i], theta[keys.SPREAD], theta[keys.FREE_CROSSING], 0.0)
        out[i] = theta[keys.BASE] * logistic(will[i]) * exp(lead[i])
        out[i] *= keys.interplay(mobility[i], key, theta[keys.EXPONENT], theta[keys.WEIGHT])


@dataclass(frozen=True)
class Undone:
    """A correction taken back: its number in the list of corrections, what the old rule was, and how it is restored."""

    number: str
    old: str
    settings: tuple[str, ...] = ()
    attempt_hazard: object = None
    priors: tuple[tuple[str, Distribution], ...] = ()

    def of(self, theory: Theory) -> Theory:
        """The theory under the old rule; it keeps the name, so that it begins at the same fit."""
        return replace(
            theory,
            restrictions=(*theory.restrictions, *self.settings),
            attempt_hazard=self.attempt_hazard or theory.attempt_hazard,
            priors={**theory.priors, **dict(self.priors)},
        )


UNDONE = (
    Undone("none", "the current model"),
    Undone("1", "nearness inside the mobility key", attempt_hazard=_nearness_in_mobility),
    Undone(
        "2",
        "one rate of repatriation, nobody goes home",
        ("repatriation_first=0.08", "repatriation_later=0.08", "return_home_rate=0", "first_months=12"),
    ),
    Undone("3", "kin pay a fixed share of the fee", attempt_hazard=_sponsor_shares),
    Undone("4", "no lasting differences in earnings", ("earning_power_spread=0",)),
    Undone("5", "savings are individual", ("purse_pooling=0",)),
    Undone(
        "6", "homophily of a half and more", priors=(("homophily", distribution("uniform", {"low": 0.5, "high": 1.0})),)
    ),
    Undone("7", "strength kept by intake alone", ("discharge_leeway=0", "intake_floor=0.2")),
    Undone(
        "8",
        "one duty for women of all ages",
        (
            "duty_to_report.female=0.4@1990-01",
            "duty_when_married.female=0.4@1990-01",
            "duty_to_report.female=0.2@1995-01",
            "duty_when_married.female=0.2@1995-01",
        ),
    ),
    Undone("9", "only children accompany", ("spouse_ratio=0",)),
    Undone("10", "rations as guessed, flat from 2008", ("rations=0.35@2008-01",)),
    Undone("2004", "no airlift from Vietnam", ("airlift=0",)),
)


def at_the_fit(case: Case, theory: Theory, at: Fit, some: Workers) -> str:
    """Arrivals of 2002-2016, women's share of them and squared residuals at the parameters of a fit, as cells."""
    spec = RunSpec(at.parameters.values, at.history, (), at.seed, at.agents)
    (seen,) = some.do(own(case), case, theory, [spec])
    if not isinstance(seen, Observables):
        return "refused | |"
    first = FIRST - case.start // 12
    by_sex = seen.arrivals[first : first + LAST - FIRST + 1].sum(axis=(0, 2))
    asked = targets(case)
    misfit = np.square(asked.residuals(asked.statistics(seen))[:-1]).sum()
    return f"{by_sex.sum():,.0f} | {100 * by_sex[WOMEN] / by_sex.sum():.1f} | {misfit:.0f}"


def main(arguments: Sequence[str]) -> int:
    """Print the table; see the module."""
    reader = argparse.ArgumentParser(prog="python -m validation.corrections")
    reader.add_argument("--theory", default="interplay")
    reader.add_argument("--refit", action="store_true")
    reader.add_argument("names", nargs="*")
    asked = reader.parse_args(arguments)
    case, theory = load("north_korea"), theories.get(asked.theory)
    base = best_fit_of(case, theory)
    columns = ["undone", "arrivals 2002-16", "women, %", "squared residuals"]
    columns += ["cost refitted", "of it residuals", "runs"] if asked.refit else []
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|")
    for one in UNDONE:
        if asked.names and one.number not in asked.names:
            continue
        old = one.of(theory)
        with workers(None, 2) as some:
            cells = at_the_fit(case, old, base, some)
        if asked.refit:
            again = fit(case, old, start=base, seed=base.seed, agents=base.agents)
            cells += f" | {again.cost:.0f} | {again.data_cost:.0f} | {again.runs}"
        print(f"| {one.number}: {one.old} | {cells} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

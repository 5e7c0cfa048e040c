"""The outcomes whose sensitivity is asked, as plain arrays: flows of some years by sex, and what worlds do to them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tumen.case import SEXES
from tumen.experiment.measures import Span
from tumen.infer.observables import Observables
from tumen.infer.posterior import Posterior
from tumen.infer.run_cache import Refusal
from tumen.model.compiled import Floats

#: Outcomes of the base world: women's share of arrivals, arrivals, women's share of departures.
SHARE, ARRIVALS, LEAVING = BASE_OUTCOMES = ("female_share", "arrivals", "female_share_of_departures")
_EFFECT = "effect_of_"
_WOMEN = SEXES.index("female")


def effect_of(world: str) -> str:
    """The outcome that is a world's effect: women's share of arrivals there, less that of the base."""
    return f"{_EFFECT}{world}"


def in_words(outcome: str) -> str:
    """An outcome as a reader takes it, with its unit."""
    if outcome.startswith(_EFFECT):
        return f"what {outcome.removeprefix(_EFFECT).replace('_', ' ')} does to women's share of arrivals, points"
    return {
        SHARE: "women's share of arrivals, points",
        ARRIVALS: "arrivals, persons",
        LEAVING: "women's share of departures, points",
    }[outcome]


def scale(outcome: str) -> float:
    """What an outcome is multiplied by to be told: shares, and differences of shares, in points."""
    return 1.0 if outcome == ARRIVALS else 100.0


def base_of_draws(found: Posterior, over: Span) -> dict[str, Floats]:
    """The base outcomes of the posterior's own runs, (draws,) each."""
    held = found.groups["posterior_predictive"]
    flows = {
        name: over.of(held[name].transpose("chain", "draw", "year", "sex").sel(sex=list(SEXES)).values)
        for name in ("arrivals", "departures")
    }
    return _outcomes(*(flow.reshape(-1, len(SEXES)) for flow in flows.values()))


def of_runs(answers: Sequence[Sequence[Observables | Refusal]], worlds: Sequence[str], over: Span) -> dict[str, Floats]:
    """The outcomes of families of runs, (n,) each: NaN where the model refused the run, or the base that it is set
    against. answers: by point, the base and then each world in order of `worlds`.
    """
    base = [family[0] for family in answers]
    found = _outcomes(_flow(base, "arrivals", over), _flow(base, "departures", over))
    for w, world in enumerate(worlds, 1):
        there = _share(_flow([family[w] for family in answers], "arrivals", over))
        found[effect_of(world)] = there - found[SHARE]
    return found


def _outcomes(arrivals: Floats, departures: Floats) -> dict[str, Floats]:
    return {SHARE: _share(arrivals), ARRIVALS: arrivals.sum(axis=1), LEAVING: _share(departures)}


def _share(persons: Floats) -> Floats:
    """Women among persons (n, sexes); NaN where there is less than one person, too few for a share."""
    total = persons.sum(axis=1)
    return np.asarray(np.where(total >= 1, persons[:, _WOMEN] / np.maximum(total, 1), np.nan))


def _flow(runs: Sequence[Observables | Refusal], name: str, over: Span) -> Floats:
    nothing = np.full(len(SEXES), np.nan)
    made = [nothing if isinstance(one, Refusal) else over.of(getattr(one, name).sum(axis=2)) for one in runs]
    return np.array(made).reshape(len(runs), len(SEXES))

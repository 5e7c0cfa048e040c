"""The prior predictive: what the priors of a theory expect of arrivals, by runs drawn from them, beside the counts.

Priors that are fit for use give runs that the model does not refuse and cover the counts without hugging them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from tumen.case import SEXES, Case, CaseError
from tumen.infer.calibration import run_specifications
from tumen.infer.observables import Observables
from tumen.infer.observation.arrivals import Arrivals
from tumen.infer.parameter_space import parameter_space
from tumen.infer.run_cache import Refusal, RunCache
from tumen.infer.runs import Workers
from tumen.infer.targets import targets
from tumen.model.compiled import Floats
from tumen.model.theories import Theory

#: Draws, and agents of each run: enough for a 90 % interval, small enough to wait for.
DRAWS, AGENTS = 200, 4_000
#: The interval that the counts are held against, and the factor by which a prior median may miss one.
LEVEL, FACTOR = 0.9, 2.0
#: Why a run is refused whose network would feed itself without end.
RUNAWAY = "one arrival brings about one other or more through kin"
_WOMEN = SEXES.index("female")
_DIGITS = re.compile(r"\d[\d,.]*\d|\d")


@dataclass(frozen=True)
class Compared:
    """One count, of a year or of several, beside the central 90 % and the median of the prior (per count, not year)."""

    first: int
    last: int
    what: str  # "total" (persons) or "women" (share of the total)
    counted: float
    low: float
    median: float
    high: float

    @property
    def inside(self) -> bool:
        """Whether the count lies inside the interval, ends included."""
        return self.low <= self.counted <= self.high

    @property
    def near(self) -> bool:
        """Whether the median is within a factor of two of the count."""
        return self.counted / FACTOR <= self.median <= self.counted * FACTOR


@dataclass(frozen=True, eq=False)
class PriorPredictive:
    """Expected arrivals (draw, year, sex) of the runs that were not refused, and why the others were."""

    case: Case = field(repr=False)
    theory: Theory
    years: Floats
    arrivals: Floats
    blocks: tuple[Arrivals, ...]
    refusals: Mapping[str, int]
    agents: int
    seed: int

    @property
    def refused(self) -> int:
        """The number of draws that the model refused."""
        return sum(self.refusals.values())

    @property
    def draws(self) -> int:
        """The number of draws, refused ones included."""
        return len(self.arrivals) + self.refused

    def compared(self, what: str) -> list[Compared]:
        """Every count beside the prior: totals, or women's shares, each of one year or of several, in order of time."""
        found = []
        for block in self.blocks:
            inside = (self.years >= block.first) & (self.years <= block.last)
            drawn = self.arrivals[:, inside].sum(axis=1)
            total = drawn.sum(axis=1)
            if what == "total":
                seen, observed = total, block.total
            elif block.women is not None:
                seen = drawn[:, _WOMEN] / np.maximum(total, 1e-9)
                observed = block.women / max(block.sexed, 1e-9)
            else:
                continue  # the count is fitted by its total alone
            low, median, high = np.quantile(seen, [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2]).tolist()
            found.append(Compared(block.first, block.last, what, float(observed), low, median, high))
        return found

    def single(self, what: str) -> list[Compared]:
        """The counts of one year each."""
        return [each for each in self.compared(what) if each.first == each.last]


def prior_predictive(
    case: Case,
    theory: Theory,
    cache: RunCache,
    workers: Workers,
    *,
    draws: int = DRAWS,
    agents: int = AGENTS,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> PriorPredictive:
    """Draw parameters and histories from the priors and run each; runs done before are found again.

    The runs share their people and their random seed (`seed`), as those of a calibration do. Raises CaseError where the
    case has no priors, and where every run is refused.
    """
    asked, rng = parameter_space(case, theory), np.random.default_rng(seed)
    z = rng.standard_normal((draws, asked.size))
    history = rng.choice(len(asked.probabilities), size=draws, p=asked.probabilities)
    found = workers.do(cache, case, theory, run_specifications(asked, asked.values(z), history, agents, seed), progress)
    refusals = Counter(reason(one.said) if isinstance(one, Refusal) else RUNAWAY for one in found if _refused(one))
    seen = [one for one in found if isinstance(one, Observables) and not _refused(one)]
    if not seen:
        raise CaseError.single(
            f"the model refuses all {draws} draws of the priors: {next(iter(refusals))}",
            f"case {case.name}, theory {theory.name}",
            "priors under which the model runs",
            "move the values in inputs/ or narrow the priors",
        )
    held = targets(case)
    arrivals = np.array([one.arrivals.sum(axis=2) for one in seen])
    return PriorPredictive(
        case, theory, held.years, arrivals, held.arrivals, dict(refusals.most_common()), agents, seed
    )


def _refused(one: Observables | Refusal) -> bool:
    """Whether a run cannot be done, or would be refused for a network that grows without end (`simulation`)."""
    return isinstance(one, Refusal) or bool(one.reproduction[0] >= 1)


def reason(said: str) -> str:
    """What a refusal says is wrong, without the numbers that differ from draw to draw.

    >>> reason("fee is 0.3 - setting 'fee' - expected 1 to 1e7 usd - correct the number")
    'fee is ...'
    """
    return _DIGITS.sub("...", said.partition(" - ")[0])

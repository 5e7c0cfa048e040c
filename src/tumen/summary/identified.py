"""What the counts say of the parameters: which they pin down, which only together, and what of the two keys.

Contraction is 1 - (posterior sd / prior sd)^2 in the coordinate z in which every prior is standard normal: 1 where the
counts leave nothing open, 0 where they say nothing (Schad, Betancourt & Vasishth 2021). It can be negative.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from tumen.summary.draws import Floats, interval, pooled
from tumen.summary.formatting import sentence

if TYPE_CHECKING:
    from tumen.case import Case
    from tumen.infer.posterior import Posterior

#: A parameter is called identified above the one contraction, and untouched below the other.
IDENTIFIED, UNTOUCHED = 0.5, 0.1
#: The input whose values at or below zero make both keys necessary.
EXPONENT = "complementarity"
#: Index of necessity in the file, and what is taken from everybody in it.
NECESSITY = {
    "mobility_necessity": "mobility",
    "payment_necessity": "payment (crossings without payment kept)",
    "capital_necessity": "the capital key (no payment and no crossing without payment)",
}


@dataclass(frozen=True)
class Label:
    """A parameter as a reader knows it: its own name, or the title of its input, then its part and date."""

    title: str
    detail: str = ""

    def __str__(self) -> str:
        return self.title + self.detail

    def short(self, letters: int) -> str:
        """The label in at most so many letters; the title is cut, never the detail.

        >>> Label("Price of a crossing with help", ", 2009").short(20)
        'Price of a..., 2009'
        """
        room = letters - len(self.detail)
        title = self.title if len(self.title) <= room else self.title[: max(room - 3, 1)].rstrip(" ,") + "..."
        return title + self.detail


@dataclass(frozen=True)
class Known:
    """One parameter before and after the counts: low, median and high in its unit; contraction, mean and sd in z."""

    name: str
    label: Label
    unit: str
    prior: Mapping[str, float]
    posterior: Mapping[str, float]
    contraction: float
    shift: float
    sd: float


@dataclass(frozen=True)
class TradeOff:
    """Two parameters that the counts pin down only together, by their correlation in z."""

    first: Label
    second: Label
    correlation: float


@dataclass(frozen=True)
class Odds:
    """The probability of a statement before and after the counts, among `draws` draws."""

    statement: str
    prior: float
    posterior: float
    draws: int

    @property
    def assumed(self) -> bool:
        """Whether the prior leaves nothing to ask."""
        return self.prior in (0.0, 1.0)

    @property
    def factor(self) -> float:
        """Posterior odds over prior odds; a probability of 0 or 1 among n draws counts as half a draw from it."""
        if self.assumed:
            return math.nan
        nearest = 0.5 / (self.draws + 1)
        p = min(max(self.posterior, nearest), 1 - nearest)
        return (p / (1 - p)) / (self.prior / (1 - self.prior))

    @property
    def change(self) -> float:
        """The factor or its reciprocal, whichever is larger; NaN where the prior leaves nothing to ask."""
        return self.factor if math.isnan(self.factor) else max(self.factor, 1 / self.factor)


def parameters(found: Posterior, case: Case | None = None) -> list[Known]:
    """Every parameter, in the order of the posterior."""
    values = pooled(found.groups["posterior"], "theta", "parameter")
    z = pooled(found.groups["posterior"], "z", "parameter")
    before = pooled(found.groups["prior"], "theta", "parameter")
    names = found.parameters
    shown = labels(names, case)
    return [
        Known(
            name,
            shown[i],
            unit_of(name, case),
            interval(before[:, i]),
            interval(values[:, i]),
            contraction(z[:, i]),
            float(z[:, i].mean()),
            float(z[:, i].std(ddof=1)),
        )
        for i, name in enumerate(names)
    ]


def contraction(z: Floats) -> float:
    """1 - the variance of a posterior's draws in z, where the prior has variance 1."""
    return float(1 - np.var(z, ddof=1))


def identified(known: list[Known]) -> list[Known]:
    """The parameters the counts pin down, most of all first."""
    return sorted((k for k in known if k.contraction > IDENTIFIED), key=lambda k: -k.contraction)


def untouched(known: list[Known]) -> list[Known]:
    """The parameters of which the counts say next to nothing."""
    return [k for k in known if k.contraction < UNTOUCHED]


def tradeoffs(found: Posterior, case: Case | None = None, most: int = 15) -> list[TradeOff]:
    """The pairs of parameters with the strongest correlation in z, strongest first; a fixed parameter has none."""
    z = pooled(found.groups["posterior"], "z", "parameter")
    moving = np.flatnonzero(np.ptp(z, axis=0) > 0)
    if len(moving) < 2:
        return []
    correlation = np.corrcoef(z[:, moving], rowvar=False)
    shown = labels(found.parameters, case)
    pairs = sorted(combinations(range(len(moving)), 2), key=lambda pair: -abs(correlation[pair]))
    return [TradeOff(shown[moving[i]], shown[moving[j]], float(correlation[i, j])) for i, j in pairs[:most]]


def exponents(found: Posterior) -> tuple[Floats, Floats] | None:
    """Prior and posterior draws of the exponent r; None where the theory has none."""
    place = next((i for i, name in enumerate(found.parameters) if _split(name)[0] == EXPONENT), None)
    if place is None:
        return None
    before = pooled(found.groups["prior"], "theta", "parameter")[:, place]
    return before, pooled(found.groups["posterior"], "theta", "parameter")[:, place]


def both_needed(found: Posterior) -> Odds | None:
    """That both keys are necessary, r <= 0; None where the theory has no exponent."""
    held = exponents(found)
    if held is None:
        return None
    before, after = held
    return Odds("r <= 0", float((before <= 0).mean()), float((after <= 0).mean()), found.size)


def necessity(found: Posterior) -> dict[str, tuple[Floats | None, Floats]]:
    """By what is taken from everybody: draws of the share of departures that vanish, prior (if kept) and posterior."""
    before, after = found.groups["prior_predictive"], found.groups["posterior_predictive"]
    return {
        taken: (pooled(before, name) if name in before else None, pooled(after, name))
        for name, taken in NECESSITY.items()
        if name in after
    }


def histories(found: Posterior) -> list[Odds]:
    """Each history of the policies, with its probability before and after the counts, likeliest first."""
    before, after = (Counter(map(str, pooled(found.groups[g], "history"))) for g in ("prior", "posterior"))
    every = [
        Odds(name, before[name] / before.total(), after[name] / after.total(), found.size)
        for name in sorted(before | after)
    ]
    return sorted(every, key=lambda odds: (-odds.posterior, odds.statement))


def labels(names: tuple[str, ...], case: Case | None) -> list[Label]:
    """Parameters by their own name, or the title of their input, with part, and date where that tells them apart.

    The date is left out where the value holds from the start of the case and none follows. Without a case, the names.
    """
    if case is None:
        return [Label(name) for name in names]
    split = [_split(name) for name in names]
    dated = Counter((key, part) for key, part, _ in split)
    return [
        Label(_title(key, case), _part(part, case) + _date(date, case, dated[key, part] > 1))
        for key, part, date in split
    ]


def unit_of(name: str, case: Case | None) -> str:
    """The unit of a parameter's draw; nothing without a case or a prior of this name."""
    rows = case.priors if case is not None else ()
    return next((row.unit for row in rows if row.name == name), "")


def _split(name: str) -> tuple[str, str, str]:
    whole, _, date = name.partition("@")
    key, _, part = whole.partition(".")
    return key, part, date


def _title(key: str, case: Case) -> str:
    return case.inputs[key].title if key in case.inputs else sentence(key.replace("_", " "))


def _part(part: str, case: Case) -> str:
    words = {"": "", "female": ", women", "male": ", men"} | {place.key: f", {place.title}" for place in case.provinces}
    return words.get(part, f", {part.replace('_', ' ')}")


def _date(date: str, case: Case, several: bool) -> str:
    if not date:
        return ""
    year, _, rest = date.partition("-")
    at_start = (int(year), int(rest[:2] or 1)) <= (case.start // 12, case.start % 12 + 1)
    if at_start and not several:
        return ""
    return f", {year if rest in ('', '01', '01-01') else date[:7]}"

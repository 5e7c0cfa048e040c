"""How far a run is from the counts: one residual for each number that is fitted, in units of its error.

Each is a difference on the scale on which the number scatters: the log of a year's total, the log of women over men
(the logit of women's share), the logit or log of a profile row, the log of each share of a table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from tumen.case import SEXES
from tumen.infer.targets import LEAST, Block, Measure, Table, Targets, logit
from tumen.mechanism.program import Floats

#: Dispersion that a fit takes as given: sd of the log of a year's total beyond its counting error, and correlation of
#: sex within a year. Middles of what the likelihood estimates beside the parameters.
PHI, RHO = 0.1, 0.004
_WOMEN = SEXES.index("female")


@dataclass(frozen=True, eq=False)
class Comparison:
    """What is compared, in order: labels, the data and their errors on the comparing scale, and which scale that is."""

    asked: Targets
    labels: tuple[str, ...]
    data: Floats
    sd: Floats
    logits: tuple[bool, ...]  # logit, else log
    side: Floats  # +1 at least, -1 at most, 0 equal

    def residuals(self, signals: Floats) -> Floats:
        """Model minus data over the error; zero where a bound holds."""
        gap = (_compared(self.asked, signals) - self.data) / self.sd
        return np.where(self.side > 0, np.minimum(gap, 0), np.where(self.side < 0, np.maximum(gap, 0), gap))

    def natural(self, scaled: Floats) -> Floats:
        """Numbers on the comparing scale as persons, years and shares."""
        return np.where(self.logits, special.expit(scaled), np.exp(scaled))

    def model(self, signals: Floats) -> Floats:
        """The run's own numbers, as persons, years and shares."""
        return self.natural(_compared(self.asked, signals))


def comparison(asked: Targets, phi: float = PHI, rho: float = RHO) -> Comparison:
    """The comparison of a case's targets under given dispersion."""
    rows = [
        *(_total(block, phi) for block in asked.blocks),
        *(_women(block, rho) for block in asked.blocks),
        *map(_measure, asked.measures),
        *(row for table in asked.tables for row in _shares(table)),
    ]
    labels, data, sd, logits, side = zip(*rows, strict=True)
    return Comparison(asked, labels, np.array(data), np.array(sd), logits, np.array(side))


_Row = tuple[str, float, float, bool, float]


def _span(block: Block) -> str:
    return str(block.first) if block.first == block.last else f"{block.first}-{block.last}"


def _total(block: Block, phi: float) -> _Row:
    persons = max(sum(block.persons), 0.5)
    return f"arrivals {_span(block)}, total", np.log(persons), np.hypot(phi, persons**-0.5), False, 0.0


def _women(block: Block, rho: float) -> _Row:
    """Half a person stands for none, which keeps a year with one sex only finite."""
    women, men = max(block.persons[_WOMEN], 0.5), max(block.persons[1 - _WOMEN], 0.5)
    persons = women + men
    sd = np.sqrt((1 + (persons - 1) * rho) * persons / (women * men))
    return f"arrivals {_span(block)}, women's share", np.log(women / men), sd, True, 0.0


def _measure(measure: Measure) -> _Row:
    side = {"at_least": 1.0, "at_most": -1.0}.get(measure.error, 0.0)
    number = float(measure.number or 1)
    if measure.error in ("binomial", "beta_binomial"):
        share = np.clip(measure.value, 0.5 / number, 1 - 0.5 / number)
        return measure.where, logit(float(share)), (number * share * (1 - share)) ** -0.5, True, side
    scaled = logit(measure.value) if measure.share else float(np.log(max(measure.value, LEAST)))
    return measure.where, scaled, number, measure.share, side


def _shares(table: Table) -> list[_Row]:
    rows = []
    for i, share in enumerate(table.shares, start=1):
        held = max(share, 0.5 / table.size)
        sd = np.sqrt((1 - min(held, 0.999)) / (table.size * held))
        rows.append((f"{table.where}, row {i}", float(np.log(held)), float(sd), False, 0.0))
    return rows


def _compared(asked: Targets, signals: Floats) -> Floats:
    """A run's signals on the comparing scale, in the order of the comparison."""
    count = 2 * len(asked.blocks)
    arrivals = signals[:count].reshape(-1, 2)
    parts = [np.logaddexp(arrivals[:, 0], arrivals[:, 1]), arrivals[:, _WOMEN] - arrivals[:, 1 - _WOMEN]]
    at = count + len(asked.measures)
    parts.append(signals[count:at])
    for table in asked.tables:
        shares = signals[at : at + len(table.rows)]
        parts.append(shares - special.logsumexp(shares))
        at += len(table.rows)
    return np.concatenate(parts)

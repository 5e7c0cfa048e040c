"""Ranks of truths among draws, and whether they are uniform: the band that holds all of an ECDF at once.

For uniform ranks the number of n replicates at or below a point is binomial; the smallest two-sided probability over
all points is compared with that of simulated uniform samples (Säilynoja, Bürkner & Vehtari 2022, Statistics and
Computing 32, 32, section 2).
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from tumen.model.compiled import Floats

#: Draws that a rank is taken among, and uniform samples that the band is simulated from.
AMONG, SIMULATED = 99, 40_000


def rank(truth: Floats, draws: Floats) -> Floats:
    """Share of evenly thinned draws (n, K) below the truth (K,), ties not expected: k / 100 for k in 0..99."""
    thinned = draws[np.linspace(0, len(draws) - 1, AMONG).round().astype(int)]
    return np.asarray((thinned < truth).sum(axis=0) / (AMONG + 1))


def unevenness(ranks: Floats) -> Floats:
    """Smallest two-sided probability over all points of each column's ECDF, (K,); ranks (n, K)."""
    points = np.arange(1, AMONG + 1) / (AMONG + 1)
    below = (ranks[:, None, :] < points[:, None] - 1e-9).sum(axis=0)  # (points, K)
    law = stats.binom(len(ranks), points[:, None])
    return np.asarray(2 * np.minimum(law.cdf(below), law.sf(below - 1)).min(axis=0))


def chance(ranks: Floats, rng: np.random.Generator) -> Floats:
    """The probability of ranks as uneven as each column's were they uniform, (K,)."""
    uniform = rng.integers(0, AMONG + 1, (len(ranks), SIMULATED)) / (AMONG + 1)
    simulated = np.sort(unevenness(uniform))
    return np.asarray((1 + np.searchsorted(simulated, unevenness(ranks), side="right")) / (1 + SIMULATED))

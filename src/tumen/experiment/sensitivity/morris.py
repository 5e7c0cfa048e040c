"""Elementary effects (Morris 1991; Campolongo et al. 2007): every factor moved by itself, from many places of the box.

An effect is the change of the outcome over the change of one coordinate, so that it is told per width of the box. All
runs have one random seed; an input that is not read has effects of exactly zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tumen.model.compiled import Floats

#: Levels of each coordinate; steps are 2/3 of the box.
LEVELS = 4
STEP = LEVELS / (2 * (LEVELS - 1))
RESAMPLES = 2_000


@dataclass(frozen=True, eq=False)
class Morris:
    """Statistics of the effects on one outcome, (D,) each; `*_ends`: 95 % bootstrap interval over trajectories (D, 2).

    mu: mean effect; mu_star: mean size; sigma: standard deviation, large where effects are curved or depend on others.
    middle: mean outcome of the design. chance: the mean size that luck alone would give with random seeds of their own,
    its 95th percentile; an upper bound, as all runs share one seed (NaN where the scatter was not measured).
    trajectories: how many are whole; refused: how many were left out because the model refused one of their runs.
    """

    names: tuple[str, ...]
    mu: Floats = field(repr=False)
    mu_star: Floats = field(repr=False)
    sigma: Floats = field(repr=False)
    mu_ends: Floats = field(repr=False)
    mu_star_ends: Floats = field(repr=False)
    sigma_ends: Floats = field(repr=False)
    middle: float
    chance: float
    trajectories: int
    refused: int

    @property
    def order(self) -> list[int]:
        """The factors from the largest mu* to the smallest."""
        return [int(i) for i in np.argsort(-self.mu_star, kind="stable")]


def design(size: int, trajectories: int, seed: int) -> Floats:
    """Trajectories of size + 1 points each, one after another: coordinates (trajectories * (size + 1), size).

    Each trajectory has random numbers of its own, so that more of them hold those of fewer and their runs are found.
    """
    from SALib.sample.morris import sample

    problem = {"num_vars": size, "names": [str(i) for i in range(size)], "bounds": [[0.0, 1.0]] * size}
    seeds = np.random.SeedSequence(seed).generate_state(trajectories).tolist()
    return np.concatenate([sample(problem, 1, num_levels=LEVELS, seed=one) for one in seeds]).astype(float)


def elementary(u: Floats, y: Floats) -> Floats:
    """The effects (trajectories, D) of a design (n, D) with outcomes (n,), where every trajectory moves each once."""
    size = u.shape[1]
    points, outcome = u.reshape(-1, size + 1, size), y.reshape(-1, size + 1)
    moves, change = np.diff(points, axis=1), np.diff(outcome, axis=1)
    which = np.abs(moves).argmax(axis=2)
    step = np.take_along_axis(moves, which[..., None], axis=2)[..., 0]
    found = np.empty((len(points), size))
    np.put_along_axis(found, which, change / step, axis=1)
    return found


def morris(names: Sequence[str], u: Floats, y: Floats, scatter: float = float("nan"), seed: int = 1) -> Morris:
    """Statistics of a design u (n, D) with outcomes y (n,), NaN where the model refused a run.

    scatter: standard deviation of the outcome over random seeds. Raises ValueError where fewer than two trajectories
    are whole.
    """
    effects = elementary(u, y)
    whole = np.isfinite(effects).all(axis=1)
    kept = effects[whole]
    if len(kept) < 2:
        raise ValueError(f"{len(kept)} of {len(effects)} trajectories are whole")
    rng = np.random.default_rng([seed, len(kept)])
    again = kept[rng.integers(0, len(kept), (RESAMPLES, len(kept)))]  # (resamples, trajectories, D)

    def ends(resampled: Floats) -> Floats:
        return np.asarray(np.percentile(resampled, [2.5, 97.5], axis=0).T)

    luck = np.abs(rng.standard_normal((RESAMPLES, len(kept)))).mean(axis=1) * np.sqrt(2) * scatter / STEP
    return Morris(
        tuple(names),
        kept.mean(axis=0),
        np.abs(kept).mean(axis=0),
        kept.std(axis=0, ddof=1),
        ends(again.mean(axis=1)),
        ends(np.abs(again).mean(axis=1)),
        ends(again.std(axis=1, ddof=1)),
        float(y.reshape(len(effects), -1)[whole].mean()),
        float(np.percentile(luck, 95)),
        len(kept),
        len(effects) - len(kept),
    )

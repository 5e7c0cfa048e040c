"""How many rows a wanted noise needs: pilot runs over several seeds, a power law through their scatter, a check.

The noise of a figure is its standard deviation over seeds, relative to its mean. It falls with the rows as
noise = level x rows^-power, with a power of 1/2 for independent rows and up to 1 for rows spread evenly over people.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tumen.case import CaseError
from tumen.model.compiled import Floats

#: Yearly figures by group of one run, (years, X), for so many rows and a seed.
Measure = Callable[[int, int], Floats]
#: Powers that samples can have: independent rows, rows spread evenly in one dimension.
SLOWEST, FASTEST = 0.5, 1.0
#: The fewest persons a mean figure may be, to have a relative noise.
FEWEST = 1.0
#: Standard errors by which a check may exceed what was wanted.
MARGIN = 2.0


@dataclass(frozen=True)
class Scatter:
    """Relative variances over seeds of each yearly figure, (years, X), at one size.

    error: standard error of the logarithm of each group's root-mean-square noise, (X,), by leaving out a seed in turn.
    """

    rows: int
    seeds: int
    cells: Floats
    error: Floats

    @property
    def rms(self) -> Floats:
        """Root-mean-square noise over the years, (X,)."""
        return _rms(self.cells)


@dataclass(frozen=True)
class Law:
    """noise = level x rows^-power, with one level a group and one power for all.

    measured: the power that the scatter alone gives, and its standard error; `power` is held between SLOWEST and
    FASTEST. peak: how far the noisiest year stands above the root mean square of the years, (X,). covariance: of the
    logarithms of the levels and of the power.
    """

    level: Floats
    power: float
    measured: tuple[float, float]
    peak: Floats
    covariance: Floats

    def rms(self, rows: float) -> Floats:
        """Root-mean-square noise over the years at so many rows, (X,)."""
        return np.asarray(self.level * float(rows) ** -self.power)

    def largest(self, rows: float) -> Floats:
        """Noise of the noisiest year, (X,)."""
        return self.rms(rows) * self.peak

    def needed(self, noise: float, *, largest: bool) -> tuple[float, float]:
        """The rows at which the noise of every group is the wanted one, and the standard error of their logarithm."""
        level = self.level * self.peak if largest else self.level
        rows = np.log(level / noise) / self.power
        group = int(np.argmax(rows))
        slope = np.zeros(self.level.size + 1)
        slope[group], slope[-1] = 1 / self.power, -rows[group] / self.power
        return float(np.exp(rows[group])), math.sqrt(float(slope @ self.covariance @ slope))


@dataclass(frozen=True)
class Sizing:
    """How many rows a wanted noise needs.

    proposed: the rows by the pilots' law; check: the scatter there; held: whether it is within MARGIN standard errors
    of what was wanted. law: through pilots and check. rows: those proposed, where the check held, or else what the law
    now says, which has not been tried. rows_rms: for the root mean square over the years only. low, high: the law's
    rows, one standard error either way.
    """

    noise: float
    pilots: tuple[Scatter, ...]
    law: Law
    proposed: int
    check: Scatter
    held: bool
    rows: int
    rows_rms: int
    low: int
    high: int


def find(
    measure: Measure, noise: float, *, sizes: Sequence[int], seeds: int, checks: int, seed: int, most: int
) -> Sizing:
    """Pilot runs at each of `sizes`, the law, and `checks` runs at the rows it proposes; no seed is used twice.

    most: the largest size worth trying. Raises CaseError where more are needed or a figure is too small.
    """
    _check(noise, sizes, seeds, checks)
    pilots = tuple(
        scatter(measure, size, range(seed + k * seeds, seed + (k + 1) * seeds)) for k, size in enumerate(sorted(sizes))
    )
    law = fit(pilots)
    proposed = _rounded(max(law.needed(noise, largest=True)[0], pilots[0].rows))
    if proposed > most:
        raise CaseError.single(
            f"a noise of {noise:g} needs about {proposed:,} rows",
            "--noise",
            f"one that {most:,} rows can have, about {law.largest(most).max():.2g} or more",
            "give a larger noise",
        )
    first = seed + len(pilots) * seeds
    check = scatter(measure, proposed, range(first, first + checks))
    everything = fit((*pilots, check))
    measured = check.rms * everything.peak
    held = bool((measured <= noise * np.exp(MARGIN * check.error)).all())
    best, error = everything.needed(noise, largest=True)
    retried = max(best, proposed * float((measured / noise).max()))
    return Sizing(
        noise=noise,
        pilots=pilots,
        law=everything,
        proposed=proposed,
        check=check,
        held=held,
        rows=proposed if held else _rounded(retried),
        rows_rms=_rounded(max(everything.needed(noise, largest=False)[0], pilots[0].rows)),
        low=_rounded(best * math.exp(-error)),
        high=_rounded(best * math.exp(error)),
    )


def _check(noise: float, sizes: Sequence[int], seeds: int, checks: int) -> None:
    if not 0 < noise < 1:
        raise CaseError.single(
            f"{noise:g} is no noise one can ask for", "--noise", "a share between 0 and 1", "write 0.02 for 2 %"
        )
    if len(set(sizes)) < 2 or len(set(sizes)) < len(sizes) or min(sizes) < 1 or seeds < 3 or checks < 3:
        raise CaseError.single(
            f"sizes {', '.join(map(str, sizes))} with {seeds} seeds and {checks} checks tell no law",
            "sizes, seeds, checks",
            "two different sizes or more, with three seeds or more each",
            "try more",
        )


def scatter(measure: Measure, rows: int, seeds: Sequence[int]) -> Scatter:
    """Run one size with each seed; the scatter of its figures. Raises CaseError where a figure is too small."""
    runs = np.stack([measure(rows, seed) for seed in seeds])  # (seeds, years, X)
    if (runs.mean(axis=0) < FEWEST).any() or (runs.std(axis=0) == 0).any():
        raise CaseError.single(
            f"a yearly figure has fewer than one person, or no scatter, at {rows:,} rows",
            "--from, --to",
            "years with persons of each sex, or there is no relative noise",
            "give other years",
        )
    leave = [np.log(_rms(_cells(np.delete(runs, i, axis=0)))) for i in range(len(seeds))]
    error = np.sqrt((len(seeds) - 1) * np.var(leave, axis=0))
    least = 1 / math.sqrt(2 * (len(seeds) - 1) * runs.shape[1])  # if every year were independent of the others
    return Scatter(rows, len(seeds), _cells(runs), np.maximum(error, least))


def fit(scatters: Sequence[Scatter]) -> Law:
    """The power law through the root-mean-square noise of several sizes, weighted by how well each is known."""
    groups = scatters[0].error.size
    target = np.concatenate([np.log(each.rms) for each in scatters])
    weight = np.concatenate([each.error for each in scatters]) ** -2.0
    rows = np.log(np.repeat([each.rows for each in scatters], groups).astype(float))
    which = np.tile(np.eye(groups), (len(scatters), 1))
    design = np.column_stack([which, -rows])
    covariance = np.linalg.inv(design.T @ (weight[:, None] * design))
    measured = float((covariance @ design.T @ (weight * target))[-1])
    power = min(max(measured, SLOWEST), FASTEST)
    level = (which.T @ (weight * (target + power * rows))) / (which.T @ weight)
    spread = (float(measured), math.sqrt(float(covariance[-1, -1])))
    return Law(np.exp(level), power, spread, _peak(scatters), covariance)


def _peak(scatters: Sequence[Scatter]) -> Floats:
    """How far the noisiest year stands above the root mean square, by group.

    From the shape over the years that all sizes share; three years are averaged, since the largest of many scatters
    measured with few seeds is large by chance.
    """
    freedom = np.array([each.seeds - 1 for each in scatters], dtype=float)
    shape = np.einsum("s,syx->yx", freedom, np.stack([each.cells / each.rms**2 for each in scatters]))
    padded = np.pad(shape / freedom.sum(), ((1, 1), (0, 0)), mode="edge")
    smooth = (padded[:-2] + padded[1:-1] + padded[2:]) / 3
    return np.asarray(np.sqrt(np.maximum(smooth.max(axis=0), 1.0)))


def _cells(runs: Floats) -> Floats:
    return np.asarray(runs.var(axis=0, ddof=1) / runs.mean(axis=0) ** 2)


def _rms(cells: Floats) -> Floats:
    return np.asarray(np.sqrt(cells.mean(axis=0)))


def _rounded(rows: float) -> int:
    """Up to two digits."""
    unit = 10 ** max(math.floor(math.log10(rows)) - 1, 0)
    return math.ceil(rows / unit - 1e-9) * unit

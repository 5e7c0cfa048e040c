"""Forecasts from rolling origins: what would have been said of the years ahead at the end of a year, and how well.

For each origin the likelihood is cut to what was known then, the parameters are sampled anew on an emulator, and the
following years are forecast: emulated arrivals, scattered as in the likelihood. Scores are CRPS and WIS on counts by
sex, beside three naive rivals.

What this tests is the use the fit makes of its information, not a forecast as it could have been made at the time.
The emulator's runs were placed, and the priors and error models chosen, with all counts at hand; only the likelihood is
cut. And the laws, prices and controls of the years ahead are taken as they then came to be, which no rival is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax
import numpy as np

from tumen.case import SEXES, CaseError
from tumen.infer import emulator
from tumen.infer.calibration import Calibration, Runs
from tumen.infer.likelihood import Likelihood, Noise
from tumen.infer.observation import Arrivals
from tumen.infer.precision import in_double
from tumen.infer.sampler import Sample, sample
from tumen.infer.targets import Targets
from tumen.mechanism.program import Floats

#: Years ahead, chains, steps of adaptation, draws kept of each chain, and futures drawn of each draw.
AHEAD, CHAINS, WARM, KEPT, FUTURES = 3, 2, 150, 200, 5
#: Quantiles of the weighted interval score: the median and eleven intervals (Bracher et al. 2021, PLOS Comput. Biol.
#: 17(2), e1008618, p. 4).
LEVELS = np.array([0.01, 0.025, *np.arange(1, 20) / 20, 0.975, 0.99])
#: Share of chance that a band on women's share is to hold, and single years that a rival must have seen.
BAND, FEWEST_YEARS = 0.8, 4
#: A count of none under a logarithm.
_NONE = 0.5

RIVALS = ("last value", "drift", "sex-share trend")
#: Called with the origin being done, how many are done, and how many there are.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Forecast:
    """What was said at the end of one year of a later one: samples (n, sex) by the model and by each rival."""

    origin: int
    year: int
    counted: Floats  # (sex,)
    model: Floats
    rivals: dict[str, Floats]

    @property
    def horizon(self) -> int:
        """Years ahead."""
        return self.year - self.origin


@dataclass(frozen=True, eq=False)
class Rolled:
    """Forecasts from several origins, and how many runs the emulators were fitted to."""

    forecasts: tuple[Forecast, ...]
    runs: int

    @property
    def horizons(self) -> tuple[int, ...]:
        """The horizons there are."""
        return tuple(sorted({one.horizon for one in self.forecasts}))

    def score(self, rule: Callable[[Floats, float], float], of: str | None = None) -> Floats:
        """Mean score over origins, shape (horizon, sex), of the model or of a rival; the lower the better."""
        return np.array(
            [
                np.mean([_scores(rule, one, of) for one in self.forecasts if one.horizon == h], axis=0)
                for h in self.horizons
            ]
        )

    def skill(self, rule: Callable[[Floats, float], float], rival: str) -> Floats:
        """1 - score / the rival's score, shape (horizon, sex): 1 is perfect, below nought is worse than the rival."""
        return 1 - self.score(rule) / self.score(rule, rival)

    def covered(self, of: str | None = None) -> tuple[int, int]:
        """How many bands on women's share, each of BAND, held the share counted, and how many there were."""
        inside = [_inside(one.model if of is None else one.rivals[of], one.counted) for one in self.forecasts]
        return sum(inside), len(inside)

    def lines(self) -> list[str]:
        """Skill by score, rival, sex and horizon, and the bands, as text."""
        made = []
        for name, rule in (("CRPS", crps), ("WIS", wis)):
            for rival in RIVALS:
                skill = self.skill(rule, rival)
                said = [f"{sex} " + " ".join(f"{v:+.2f}" for v in skill[:, i]) for i, sex in enumerate(SEXES)]
                made.append(f"skill in {name} against {rival}, {len(skill)} years ahead: " + "; ".join(said))
        for of in (None, "sex-share trend"):
            inside, whole = self.covered(of)
            made.append(f"bands of {BAND:.0%} on women's share, {of or 'model'}: {inside} of {whole} hold it")
        return made


def crps(drawn: Floats, counted: float) -> float:
    """Continuous ranked probability score from a sample: E|X - y| - E|X - X'| / 2 (Gneiting & Raftery 2007, p. 367).

    >>> crps(np.array([1.0, 3.0]), 2.0)
    0.5
    """
    x, n = np.sort(drawn), len(drawn)
    within = ((2 * np.arange(1, n + 1) - n - 1) * x).sum() / n**2
    return float(np.abs(x - counted).mean() - within)


def wis(drawn: Floats, counted: float) -> float:
    """Weighted interval score from a sample: twice the mean quantile loss over LEVELS.

    >>> wis(np.full(9, 5.0), 7.0)
    2.0
    """
    short = counted - np.quantile(drawn, LEVELS)
    return float(2 * np.maximum(LEVELS * short, (LEVELS - 1) * short).mean())


def rolling(
    calibration: Calibration,
    origins: Sequence[int] = tuple(range(2008, 2015)),
    *,
    ahead: int = AHEAD,
    chains: int = CHAINS,
    warm: int = WARM,
    kept: int = KEPT,
    seed: int = 1,
    progress: Progress | None = None,
) -> Rolled:
    """Forecast from each origin with the runs of a finished calibration; no run is done.

    Raises CaseError where there are no runs, too few years before an origin, or none counted after it.
    """
    runs, forecasts = calibration.finished(), list[Forecast]()
    for done, origin in enumerate(origins):
        if progress is not None:
            progress(f"origin {origin}", done, len(origins))
        blocks = _ahead(calibration.targets, origin, ahead)
        history = known(calibration.targets, origin)
        drawn, expected = _refit(calibration, runs, origin, blocks, (chains, warm, kept, seed + origin))
        rng = np.random.default_rng([seed, origin])
        future = scattered(drawn, expected, calibration.targets, rng)
        naive = naive_futures(history, len(blocks), len(future), rng)
        for i, block in enumerate(blocks):
            others = {name: made[:, i] for name, made in naive.items()}
            forecasts.append(Forecast(origin, block.first, block.persons, future[:, i], others))
    return Rolled(tuple(forecasts), len(runs.z))


def known(asked: Targets, origin: int) -> Floats:
    """Counts (year, sex) of the single years up to an origin. Raises CaseError for too few, or none in a row."""
    found = [block for block in _single(asked) if block.last <= origin]
    years = [block.first for block in found]
    if len(years) < FEWEST_YEARS or years != list(range(origin - len(years) + 1, origin + 1)):
        raise CaseError.single(
            f"too few single years are counted up to {origin}",
            "targets/arrivals.csv",
            f"{FEWEST_YEARS} in a row at least",
            "take a later origin",
        )
    return np.array([block.persons for block in found])


def _single(asked: Targets) -> list[Arrivals]:
    """The years counted by themselves and by sex."""
    return [block for block in asked.arrivals if block.first == block.last and block.women is not None]


def _ahead(asked: Targets, origin: int, ahead: int) -> list[Arrivals]:
    found = [block for block in _single(asked) if origin < block.first <= origin + ahead]
    if not found or [b.first for b in found] != list(range(origin + 1, origin + 1 + len(found))):
        raise CaseError.single(
            f"no year after {origin} is counted by itself", "targets/arrivals.csv", "one", "take an earlier origin"
        )
    return found


@in_double
def _refit(
    calibration: Calibration, runs: Runs, origin: int, blocks: Sequence[Arrivals], how: tuple[int, int, int, int]
) -> tuple[Sample, Floats]:
    """Draws given what was known at an origin, and their emulated arrivals (draw, year, sex) of blocks ahead."""
    space, whole, chosen = calibration.space, calibration.targets, calibration.targets.until(origin)
    likelihood, which = Likelihood(chosen), np.array(chosen.among(whole))
    middling = Noise(0.15, 0.005)
    worth = np.asarray(jax.jit(jax.vmap(lambda one: likelihood.total(one, middling)))(runs.signals[:, which]))
    best = np.argsort(-np.nan_to_num(worth, nan=-1e12))[: calibration.plan.learned_last]
    some = runs.only(best)
    fitted = emulator.fit(some.z, some.history, some.signals, len(space.odds), worth[best])
    chains, warm, kept, seed = how
    drawn = sample(
        lambda z: fitted(z)[:, which],
        likelihood,
        space.log_odds,
        space.size,
        seed=seed,
        chains=chains,
        warm=warm,
        kept=kept,
    )
    flat = drawn.flat
    places = np.array([np.arange(whole.size)[whole.place(block)] for block in blocks])
    each = np.asarray(jax.jit(jax.vmap(lambda z: fitted(z)[:, places]))(flat["z"]))  # (draw, history, year, 2)
    return drawn, blocks[0].expected(each[np.arange(len(each)), flat["history"]])


def scattered(drawn: Sample, expected: Floats, asked: Targets, rng: np.random.Generator) -> Floats:
    """Counts of years ahead (FUTURES x draws, year, sex) around expected arrivals (draw, year, sex)."""
    phi, rho = (np.repeat(np.asarray(drawn.flat[name]), FUTURES)[:, None] for name in ("phi", "rho"))
    return asked.laws.draw(np.repeat(expected, FUTURES, axis=0), Noise(phi, rho), rng)


def naive_futures(counted: Floats, ahead: int, size: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Samples (size, year ahead, sex) of the rivals from counts (year, sex).

    last value: a random walk in logs, its steps about nought; drift: the same about their mean, itself uncertain;
    sex-share trend: such a walk of the total, and a straight line in the logit of women's share.
    """
    logs = np.log(np.maximum(counted, _NONE))
    steps = np.diff(logs, axis=0)
    n, years = len(steps), np.arange(1, ahead + 1)[:, None]
    nought = np.zeros(2)

    def walk(spread: Floats) -> Floats:
        return np.asarray(rng.multivariate_normal(nought, spread, (size, ahead)).cumsum(axis=1))

    about = np.asarray(np.cov(steps.T), dtype=float)
    slope = steps.mean(axis=0) + rng.multivariate_normal(nought, about / n, size)
    total = np.log(np.maximum(counted.sum(axis=1), _NONE))
    moved = np.sqrt((np.diff(total) ** 2).mean()) * rng.standard_normal((size, ahead)).cumsum(axis=1)
    women = 1 / (1 + np.exp(-_line(logs[:, 0] - logs[:, 1], ahead, size, rng)))
    return {
        "last value": np.exp(logs[-1] + walk(steps.T @ steps / n)),
        "drift": np.exp(logs[-1] + slope[:, None] * years + walk(about)),
        "sex-share trend": np.exp(total[-1] + moved)[..., None] * np.stack([women, 1 - women], axis=-1),
    }


def _line(values: Floats, ahead: int, size: int, rng: np.random.Generator) -> Floats:
    """Samples (size, ahead) of a straight line through values, its coefficients and its residuals uncertain."""
    design = np.stack([np.ones(len(values)), np.arange(len(values))], axis=1)
    inverse = np.real(np.linalg.inv(design.T @ design))
    middle = np.asarray(inverse @ design.T @ values, dtype=float)
    variance = ((values - design @ middle) ** 2).sum() / (len(values) - 2)
    about: Floats = np.asarray(variance * inverse, dtype=float)
    drawn = rng.multivariate_normal(middle, about, size)
    later = len(values) + np.arange(ahead)
    return drawn[:, :1] + drawn[:, 1:] * later + np.sqrt(variance) * rng.standard_normal((size, ahead))


def _scores(rule: Callable[[Floats, float], float], one: Forecast, of: str | None) -> list[float]:
    drawn = one.model if of is None else one.rivals[of]
    return [rule(drawn[:, i], float(one.counted[i])) for i in range(len(SEXES))]


def _inside(drawn: Floats, counted: Floats) -> bool:
    share = drawn[:, 0] / np.maximum(drawn.sum(axis=1), _NONE)
    low, high = np.quantile(share, [(1 - BAND) / 2, (1 + BAND) / 2])
    return bool(low <= counted[0] / counted.sum() <= high)

"""Whether a posterior may be used: each check says what it found, what it had to be, and refuses where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from arviz_stats.base import array_stats

from tumen.infer.likelihood import DISPERSION_PRIORS
from tumen.infer.posterior import Check
from tumen.model.compiled import Floats

if TYPE_CHECKING:
    from tumen.infer.calibration import Estimate
    from tumen.infer.sampler import Sample

#: Chains must agree and know their middle and their tails (Vehtari et al. 2021, Bayesian Analysis 16(2), 667-718: R-hat
#: at most 1.01, 100 draws a chain); trajectories must hold.
RHAT, ESS, DIVERGING = 1.01, 400.0, 0.01
#: Real runs of so many draws must put every summary statistic, on average, within so many posterior standard deviations
#: of where the emulator had it.
ENOUGH, BIAS = 400, 0.2
#: A parameter whose posterior mean is further from its prior's middle than this many prior standard deviations is at
#: odds with the counts, and so are dispersions beyond what their priors hold likely.
CONFLICT = 3.0
#: Share of a calibration's runs that the model may refuse.
REFUSED = 0.05
#: After a round that does no worse than this the draws are checked: R-hat, and bias over its fewer runs.
_NEAR_RHAT, _NEAR_BIAS = 1.03, 0.25
#: The quantiles whose effective sample sizes are those of the tails.
_TAILS = (0.05, 0.95)


@dataclass(frozen=True)
class Round:
    """How a round went: runs learned from, how well the chains met, and how far the emulator was from the runs done.

    bias: mean error of the worst statistic in posterior standard deviations; error: root mean square of all errors in
    the same unit.
    """

    learned: int
    runs: int
    rhat: float
    ess_bulk: float
    ess_tail: float
    diverging: float
    bias: float
    error: float

    @classmethod
    def of(cls, learned: int, drawn: Sample, emulated: Floats, real: Floats, scatter: Floats) -> Round:
        """A round from its draws, and from emulated and real statistics (n, F) and their scatter over seeds (F,).

        The last statistic, the network's, is left out.
        """
        error = float(np.sqrt(np.mean(((emulated - real)[:, :-1] / _spread(emulated, real, scatter)) ** 2)))
        bias = float(biases(emulated, real, scatter).max(initial=0.0))
        return cls(learned, len(real), *_quality(drawn), float(np.mean(drawn.diverging)), bias, error)


def ready(last: Round) -> bool:
    """Whether a round was good enough to check its draws, or a check to be the last."""
    if last.runs < ENOUGH:
        return last.rhat <= _NEAR_RHAT and last.bias <= _NEAR_BIAS
    return last.rhat <= RHAT and min(last.ess_bulk, last.ess_tail) >= ESS and last.bias < BIAS


def diagnose(estimate: Estimate, *, enough: int = ENOUGH, bias: float = BIAS) -> tuple[Check, ...]:
    """All checks of an estimate; enough, bias: real runs of draws, and what is allowed of them (see ENOUGH, BIAS)."""
    emulated = emulation(estimate, enough, bias)
    return (*convergence(estimate.sample), emulated, *conflict(estimate), refusals(estimate))


def convergence(sample: Sample) -> tuple[Check, ...]:
    """Whether the chains have met and moved."""
    rhat, bulk, tail = _quality(sample)
    apart = float(np.mean(sample.diverging))
    few = "too few independent draws{}: smallest effective sample size {{:.0f}}"
    return (
        _check("rhat", rhat, f"at most {RHAT}", rhat <= RHAT, "the chains have not met: largest R-hat {:.3f}"),
        _check("ess", bulk, f"at least {ESS:.0f}", bulk >= ESS, few.format("")),
        _check("ess_tail", tail, f"at least {ESS:.0f}", tail >= ESS, few.format(" in the tails")),
        _check("diverging", apart, f"at most {DIVERGING}", apart <= DIVERGING, "{:.1%} of trajectories diverge"),
    )


def _quality(sample: Sample) -> tuple[float, float, float]:
    """Largest R-hat, smallest bulk and tail effective sample size over parameters and dispersions."""
    tables = [sample.z, *(getattr(sample, name)[..., None] for name in DISPERSION_PRIORS)]
    draws = np.concatenate(tables, axis=-1)  # (chain, draw, quantity)
    if draws.shape[1] < 4 or not np.isfinite(draws).all():
        return float("inf"), 0.0, 0.0
    each = [draws[..., i] for i in range(draws.shape[-1])]
    # A quantity that never moves has no R-hat: it is stuck.
    if any((np.ptp(one, axis=1) == 0).any() for one in each):
        return float("inf"), 0.0, 0.0
    axes = {"chain_axis": 0, "draw_axis": 1}
    return (
        max(float(array_stats.rhat(one, **axes)) for one in each),
        min(float(array_stats.ess(one, **axes, method="bulk")) for one in each),
        min(float(array_stats.ess(one, **axes, method="tail", prob=_TAILS)) for one in each),
    )


def biases(emulated: Floats, real: Floats, scatter: Floats) -> Floats:
    """Mean error of each statistic in standard deviations over the posterior, (F - 1,): the network is left out."""
    return np.asarray(np.abs((emulated - real)[:, :-1].mean(axis=0)) / _spread(emulated, real, scatter))


def _spread(emulated: Floats, real: Floats, scatter: Floats) -> Floats:
    """Posterior standard deviation of each statistic of a run.

    It is that of the real runs, or what emulator and scatter would have it if that is less, lest errors count as a wide
    posterior.
    """
    expected = np.hypot(emulated[:, :-1].std(axis=0), scatter[:-1])
    return np.maximum(np.nan_to_num(np.minimum(expected, real[:, :-1].std(axis=0))), 1e-12)


def emulation(estimate: Estimate, enough: int = ENOUGH, allowed: float = BIAS) -> Check:
    """Whether the emulator is right, on average, where the posterior is: by real runs of draws."""
    real = estimate.drawn.statistics
    shift = np.nan_to_num(biases(estimate.emulated, real, estimate.scatter), nan=np.inf)
    worst = int(np.argmax(shift))
    where = estimate.targets.labels[worst].name
    said = f"over {len(real)} runs of draws the emulator errs by {{:.2f}} posterior sd in {where}"
    passed = len(real) >= enough and shift[worst] < allowed
    return _check("bias", shift[worst], f"below {allowed} posterior sd over {enough} runs or more", passed, said)


def conflict(estimate: Estimate) -> tuple[Check, ...]:
    """Whether the counts pull a parameter, or a dispersion, to where its prior holds next to nothing."""
    flat = estimate.sample.flat
    away = np.abs(flat["z"].mean(axis=0))
    worst = int(np.argmax(away)) if away.size else 0
    name = estimate.space.names[worst] if away.size else ""
    phi = float(flat["phi"].mean()) / DISPERSION_PRIORS["phi"].scale
    return (
        _check(
            "conflict",
            float(away.max(initial=0.0)),
            f"at most {CONFLICT} prior standard deviations",
            bool(away.max(initial=0.0) <= CONFLICT),
            f"prior and counts are at odds over {name}: " + "{:.1f} prior standard deviations apart",
        ),
        _check(
            "dispersion",
            phi,
            f"at most {CONFLICT} prior standard deviations",
            phi <= CONFLICT,
            "the model misses the yearly totals: phi at {:.1f} times its prior's scale",
        ),
    )


def refusals(estimate: Estimate) -> Check:
    """Whether the model could be run where it was asked."""
    share = estimate.refused / max(estimate.runs, 1)
    return _check(
        "refused", share, f"at most {REFUSED:.0%} of runs", share <= REFUSED, "the model refuses {:.1%} of the runs"
    )


def _check(name: str, found: float, wanted: str, passed: bool, said: str) -> Check:
    return Check(name, float(found), wanted, bool(passed), said.format(found))

"""Whether a posterior may be used: each check says what it found, what it had to be, and refuses where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import numpy as np
from arviz_stats.base import array_stats

from tumen.infer.likelihood import NOISE, Noise
from tumen.infer.posterior import Check
from tumen.infer.precision import in_double
from tumen.mechanism.program import Floats

if TYPE_CHECKING:
    from tumen.infer.calibration import Estimate
    from tumen.infer.sampler import Sample

#: Chains must agree (Vehtari et al. 2021, Bayesian Analysis 16(2), 667-718: 1.01 for reporting; here a little more is
#: let pass) and know their middle; trajectories must hold.
RHAT, ESS, DIVERGING = 1.03, 400.0, 0.01
#: Importance weights with a Pareto k below this are trusted (Vehtari et al. 2024, JMLR 25(72), 1-58), if they are worth
#: as many draws as this: k says nothing of weights of which all but a few vanish.
KHAT, WORTH = 0.7, 100.0
#: Else at least so many real runs of draws must put every signal within so many posterior standard deviations of where
#: the emulator had it, on average.
ENOUGH, BIAS = 500, 0.2
#: A parameter whose posterior mean is further from its prior's middle than this many prior standard deviations, or
#: dispersions beyond what their priors hold likely, are at odds with the counts.
CONFLICT = 3.0
FAILED = 0.05


def diagnose(estimate: Estimate) -> tuple[Check, ...]:
    """All checks of an estimate."""
    return (*convergence(estimate.sample), *emulation(estimate), *conflict(estimate), failures(estimate))


def convergence(sample: Sample) -> tuple[Check, ...]:
    """Whether the chains have met and moved."""
    tables = [sample.z, *(getattr(sample, name)[..., None] for name in NOISE)]
    draws = np.concatenate(tables, axis=-1)  # (chain, draw, quantity)
    enough = draws.shape[1] >= 4 and bool(np.isfinite(draws).all())
    each = [draws[..., i] for i in range(draws.shape[-1])] if enough else []
    # A quantity that never moves has no R-hat: it is stuck.
    stuck = [one for one in each if np.ptp(one) == 0 or (np.ptp(one, axis=1) == 0).any()]
    rhat = np.inf if stuck or not each else max(_rhat(one) for one in each)
    ess = 0.0 if stuck or not each else min(_ess(one) for one in each)
    apart = float(np.mean(sample.diverging))
    return (
        _check("rhat", rhat, f"at most {RHAT}", rhat <= RHAT, "the chains have not met: largest R-hat {:.3f}"),
        _check("ess", ess, f"at least {ESS:.0f}", ess >= ESS, "too few independent draws: smallest ESS {:.0f}"),
        _check("diverging", apart, f"at most {DIVERGING}", apart <= DIVERGING, "{:.1%} of trajectories diverge"),
    )


def emulation(estimate: Estimate) -> tuple[Check, ...]:
    """Whether the emulator is right where the posterior is: by importance weights, else by real runs."""
    k = khat(estimate)
    shift = biases(estimate)
    runs, worst = len(estimate.seen), float(np.max(shift)) if shift.size else np.inf
    passed = trusted(estimate) or (runs >= ENOUGH and worst < BIAS)
    wanted = f"k-hat below {KHAT} and weights worth {WORTH:.0f} draws, or {ENOUGH} runs with bias below {BIAS} sd"
    weighed = f"k-hat {k:.2f}, weights worth {worth(estimate):.0f} draws"
    said = f"the emulator errs: {weighed}, bias {worst:.2f} sd over {runs} runs"
    return (
        Check("khat", float(k), wanted, bool(passed), said),
        Check("bias", worst, wanted, bool(passed), said),
    )


@in_double
def log_weights(estimate: Estimate) -> Floats:
    """Log likelihood of the checked draws by real runs less that by the emulator, (checked,)."""
    flat, which = estimate.sample.flat, estimate.checked
    noise = Noise(flat["phi"][which], flat["rho"][which])
    real = jax.vmap(estimate.likelihood.total)(estimate.signals, noise)
    return np.asarray(real) - flat["emulated"][which]


def khat(estimate: Estimate) -> float:
    """Pareto k of the importance weights; infinite where there are too few runs to tell."""
    weights = log_weights(estimate)
    if len(weights) < 25 or not np.isfinite(weights).all():
        return float("inf")
    with np.errstate(invalid="ignore", divide="ignore"):  # of weights that all vanish
        k = float(array_stats.psislw(weights - weights.max())[1])
    return k if np.isfinite(k) else float("inf")


def worth(estimate: Estimate) -> float:
    """How many draws the importance weights are worth: 1 / sum of their squares."""
    weights = log_weights(estimate)
    if not len(weights) or not np.isfinite(weights).all():
        return 0.0
    share = np.exp(weights - weights.max())
    share /= share.sum()
    return float(1 / (share**2).sum())


def trusted(estimate: Estimate) -> bool:
    """Whether the importance weights may be used."""
    return khat(estimate) < KHAT and worth(estimate) >= WORTH


@in_double
def emulated_signals(estimate: Estimate) -> Floats:
    """What the emulator says of the checked draws, (checked, signals)."""
    flat, which = estimate.sample.flat, estimate.checked
    each = np.asarray(jax.jit(jax.vmap(estimate.emulator))(flat["z"][which]))
    return each[np.arange(len(which)), flat["history"][which]]


def biases(estimate: Estimate) -> Floats:
    """Mean error of each signal in standard deviations over the posterior; the network is left out."""
    error = (emulated_signals(estimate) - estimate.signals)[:, :-1].mean(axis=0)
    spread = estimate.signals[:, :-1].std(axis=0)
    return np.abs(error) / np.maximum(spread, 1e-12)


def conflict(estimate: Estimate) -> tuple[Check, ...]:
    """Whether the counts pull a parameter, or a dispersion, to where its prior holds next to nothing."""
    flat = estimate.sample.flat
    away = np.abs(flat["z"].mean(axis=0))
    worst = int(np.argmax(away)) if away.size else 0
    name = estimate.space.names[worst] if away.size else ""
    phi = float(flat["phi"].mean()) / 0.1
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


def failures(estimate: Estimate) -> Check:
    """Whether the model could be run where it was asked."""
    share = estimate.failed / max(estimate.runs, 1)
    return _check("failed", share, f"at most {FAILED:.0%} of runs", share <= FAILED, "{:.1%} of the runs failed")


def _check(name: str, found: float, wanted: str, passed: bool, said: str) -> Check:
    return Check(name, float(found), wanted, bool(passed), said.format(found))


def _rhat(draws: Floats) -> float:
    return float(array_stats.rhat(draws, chain_axis=0, draw_axis=1))


def _ess(draws: Floats) -> float:
    return float(array_stats.ess(draws, chain_axis=0, draw_axis=1))

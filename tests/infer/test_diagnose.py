"""Unsound posteriors are refused: every kind of seeded failure fails the check meant for it, healthy ones none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.infer.laws import LAWS
from tumen.case import CaseError
from tumen.infer.diagnose import ENOUGH, diagnose
from tumen.infer.likelihood import Likelihood
from tumen.infer.observation import LOGIT, Datum, Normal, Rows
from tumen.infer.posterior import Check, Posterior, refuse_unsound
from tumen.infer.sampler import Sample
from tumen.infer.targets import Targets

D, CHAINS, DRAWS = 3, 4, 500
SD = 0.4
ROWS = tuple(Rows(f"row {i}", (Datum(i, f"row {i}", 0.5, "share", 2003),), Normal(LOGIT, SD)) for i in range(D))
LIKELIHOOD = Likelihood(Targets(np.arange(2000.0, 2004), LAWS, (), ROWS))
ALL = {"rhat", "ess", "diverging", "khat", "bias", "conflict", "dispersion", "failed"}


def emulator(z: Any) -> Any:
    """Signals are the coordinates, in one history; the network is far from the wall."""
    return np.append(z, -5.0)[None] if isinstance(z, np.ndarray) else _traced(z)


def _traced(z: Any) -> Any:
    import jax.numpy as jnp

    return jnp.append(z, -5.0)[None]


@dataclass
class Fake:
    """What a calibration might have ended with, to be spoilt: draws by chain, real runs, and how many failed."""

    sample: Sample
    checked: np.ndarray
    signals: np.ndarray
    runs: int = 3000
    failed: int = 20

    @property
    def estimate(self) -> Any:
        seen = (None,) * len(self.checked)
        space = SimpleNamespace(names=("fee", "mobility", "taste"))
        return SimpleNamespace(
            **vars(self), seen=seen, space=space, emulator=emulator, likelihood=LIKELIHOOD, targets=LIKELIHOOD.targets
        )


def healthy(seed: int = 1, checked: int = ENOUGH, middle: float = 0.0) -> Fake:
    """Independent draws of the exact posterior, and real runs that say nearly what the emulator says."""
    rng = np.random.default_rng(seed)
    sd = SD / np.sqrt(1 + SD**2)
    z = middle + sd * rng.standard_normal((CHAINS, DRAWS, D))
    shape = (CHAINS, DRAWS)
    logit = -0.5 * (z / SD) ** 2 - np.log(SD) - 0.5 * np.log(2 * np.pi)
    drawn = Sample(
        z=z,
        history=np.zeros(shape, dtype=int),
        phi=np.abs(0.1 * rng.standard_normal(shape)),
        rho=np.abs(0.005 * rng.standard_normal(shape)),
        emulated=logit.sum(axis=-1),
        diverging=np.zeros(shape, dtype=bool),
    )
    which = np.linspace(0, CHAINS * DRAWS - 1, checked).round().astype(int)
    real = drawn.flat["z"][which] + 0.02 * SD * rng.standard_normal((checked, D))
    return Fake(drawn, which, np.column_stack([real, np.full(checked, -5.0)]))


def stuck(fake: Fake, chains: int) -> None:
    """Some chains never leave where they began."""
    fake.sample.z[:chains] = fake.sample.z[:chains, :1]


def one_number_stuck(fake: Fake, name: str) -> None:
    getattr(fake.sample, name)[2] = 0.05


def apart(fake: Fake, by: float) -> None:
    """One chain found another hill."""
    fake.sample.z[0, :, 1] += by * SD


def drifting(fake: Fake, by: float) -> None:
    """Chains still on their way from where they began."""
    fake.sample.z[..., 2] += by * np.linspace(-SD, SD, DRAWS)


def slow(fake: Fake, persistence: float) -> None:
    """Draws that follow one another closely."""
    z = fake.sample.z[..., 0]
    for t in range(1, DRAWS):
        z[:, t] = persistence * z[:, t - 1] + np.sqrt(1 - persistence**2) * z[:, t]


def short(fake: Fake, draws: int) -> None:
    """Chains that were ended early; real runs of what there is."""
    fake.sample = Sample(**{name: values[:, :draws] for name, values in vars(fake.sample).items()})
    fake.checked = np.arange(len(fake.checked)) % (CHAINS * draws)


def hole(fake: Fake, name: str, number: float) -> None:
    getattr(fake.sample, name)[1, 7] = number


def diverging(fake: Fake, share: float) -> None:
    fake.sample.diverging[:, : round(share * DRAWS)] = True


def astray(fake: Fake, by: float) -> None:
    """Real runs that all differ from the emulator, and the same way."""
    fake.signals[:, 0] += by * SD


def blind_in_one(fake: Fake, number: float) -> None:
    """A real run that says something no number can be made of."""
    fake.signals[3, 0] = number


def pulled(fake: Fake, coordinate: int, by: float) -> None:
    fake.sample.z[..., coordinate] += by


def scattered(fake: Fake, times: float) -> None:
    """Yearly totals that the model misses by more than its dispersion was held likely to be."""
    fake.sample.phi[:] += times * 0.1


def failing(fake: Fake, share: float) -> None:
    fake.failed = round(share * fake.runs)


@dataclass(frozen=True)
class Seeded:
    check: str
    spoil: Callable[..., None]
    how: tuple[Any, ...]
    checked: int = ENOUGH


SEEDED = [
    Seeded("rhat", stuck, (1,)),
    Seeded("ess", stuck, (CHAINS,)),
    Seeded("rhat", one_number_stuck, ("phi",)),
    Seeded("ess", one_number_stuck, ("rho",)),
    Seeded("rhat", apart, (1.0,)),
    Seeded("rhat", apart, (4.0,)),
    Seeded("rhat", apart, (-20.0,)),
    Seeded("rhat", drifting, (1.0,)),
    Seeded("rhat", drifting, (5.0,)),
    Seeded("ess", slow, (0.9,)),
    Seeded("ess", slow, (0.99,)),
    Seeded("ess", short, (3,)),
    Seeded("ess", short, (60,)),
    Seeded("rhat", hole, ("z", np.nan)),
    Seeded("ess", hole, ("phi", np.nan)),
    Seeded("rhat", hole, ("rho", np.inf)),
    Seeded("diverging", diverging, (0.02,)),
    Seeded("diverging", diverging, (1.0,)),
    Seeded("bias", astray, (4.0,)),
    Seeded("khat", astray, (8.0,)),
    Seeded("bias", astray, (6.0,), 60),
    Seeded("khat", astray, (4.0,), 60),
    Seeded("bias", blind_in_one, (np.nan,)),
    Seeded("khat", blind_in_one, (np.nan,), 60),
    Seeded("khat", astray, (0.0,), 10),
    Seeded("conflict", pulled, (0, 3.2)),
    Seeded("conflict", pulled, (2, -8.0)),
    Seeded("dispersion", scattered, (3.0,)),
    Seeded("dispersion", scattered, (20.0,)),
    Seeded("failed", failing, (0.06,)),
    Seeded("failed", failing, (1.0,)),
]


def said(of: Seeded) -> str:
    return f"{of.check}-{of.spoil.__name__}-{'-'.join(map(str, of.how))}-{of.checked}"


def posterior(checks: tuple[Check, ...]) -> Posterior:
    return Posterior({}, {"theory": "interplay"}, checks)


@pytest.mark.parametrize("seeded", SEEDED, ids=said)
def test_a_seeded_failure_fails_its_check_and_the_posterior_is_refused(seeded: Seeded) -> None:
    fake = healthy(checked=seeded.checked)
    seeded.spoil(fake, *seeded.how)
    checks = diagnose(fake.estimate)
    failed = {check.name: check for check in checks if not check.passed}
    assert seeded.check in failed
    assert not posterior(checks).sound
    with pytest.raises(CaseError) as refused:
        refuse_unsound(posterior(checks), "interplay.nc", False, "tumen calibrate toyland")
    assert failed[seeded.check].said in str(refused.value)
    assert "--unsound" in str(refused.value)
    refuse_unsound(posterior(checks), "interplay.nc", True, "tumen calibrate toyland")


@pytest.mark.parametrize("seed", range(6))
def test_a_healthy_estimate_passes_every_check(seed: int) -> None:
    checks = diagnose(healthy(seed).estimate)
    assert {check.name for check in checks} == ALL
    assert [check.said for check in checks if not check.passed] == []
    refuse_unsound(posterior(checks), "interplay.nc", False, "")


@pytest.mark.parametrize(
    "spoil, how",
    [(diverging, (0.004,)), (scattered, (1.0,)), (failing, (0.04,))],
    ids=lambda one: one.__name__ if callable(one) else None,
)
def test_what_is_short_of_a_failure_passes(spoil: Callable[..., None], how: tuple[Any, ...]) -> None:
    fake = healthy()
    spoil(fake, *how)
    assert all(check.passed for check in diagnose(fake.estimate))


def test_few_real_runs_are_enough_where_weights_can_be_trusted() -> None:
    assert all(check.passed for check in diagnose(healthy(checked=200).estimate))


def test_a_conflict_names_the_parameter() -> None:
    fake = healthy()
    pulled(fake, 1, 5.0)
    (said,) = [check.said for check in diagnose(fake.estimate) if check.name == "conflict"]
    assert "at odds over mobility" in said


def test_bias_is_no_matter_below_its_bound_where_runs_are_many_and_not_where_they_are_few() -> None:
    """Weights that cannot be trusted are forgiven where enough real runs show that the emulator's mean is right."""
    outcome = {}
    for checked in (ENOUGH - 1, ENOUGH):
        fake = healthy(checked=checked)
        fake.sample.emulated[:] += np.random.default_rng(2).standard_cauchy(fake.sample.emulated.shape)
        outcome[checked] = {c.name: c for c in diagnose(fake.estimate)}["khat"]
    assert min(one.found for one in outcome.values()) > 0.7
    assert [one.passed for one in outcome.values()] == [False, True]


@pytest.mark.xfail(reason="bias is counted in standard deviations of the real runs, which grow with the error itself")
def test_real_runs_all_over_the_place_are_not_taken_for_an_emulator_without_bias() -> None:
    fake = healthy()
    fake.signals[:, 0] += 3 * SD
    fake.signals[:, :-1] += 30 * SD * np.random.default_rng(9).standard_normal((ENOUGH, D))
    assert "bias" in {check.name for check in diagnose(fake.estimate) if not check.passed}

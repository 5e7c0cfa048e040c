"""Each kind of seeded failure fails the check meant for it, a healthy posterior fails none; failed ones are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.infer.count_errors import COUNT_ERRORS
from tumen.case import CaseError
from tumen.case.error_models import LogitNormal
from tumen.infer.diagnose import ENOUGH, Round, diagnose, ready
from tumen.infer.observation.rows import Datum, Rows
from tumen.infer.posterior import Check, Posterior, refuse_failed
from tumen.infer.sampler import Sample
from tumen.infer.targets import Targets
from validation.promises import refused

D, CHAINS, DRAWS = 3, 4, 500
SD = 0.4
ROWS = tuple(Rows(f"row {i}", (Datum(i, f"row {i}", 0.5, "share", 2003),), LogitNormal(SD)) for i in range(D))
TARGETS = Targets(np.arange(2000.0, 2004), COUNT_ERRORS, (), ROWS)
ALL = {"rhat", "ess", "ess_tail", "diverging", "bias", "conflict", "dispersion", "refused"}


@dataclass
class Fake:
    """What a calibration might have ended with, to be spoilt: draws by chain, real runs, and how many were refused."""

    sample: Sample
    checked: np.ndarray
    statistics: np.ndarray
    runs: int = 1800
    refused: int = 12

    @property
    def estimate(self) -> Any:
        return SimpleNamespace(
            sample=self.sample,
            drawn=SimpleNamespace(statistics=self.statistics),
            emulated=np.column_stack([self.sample.flat["z"][self.checked], np.full(len(self.checked), -5.0)]),
            space=SimpleNamespace(names=("fee", "mobility", "taste")),
            targets=TARGETS,
            scatter=np.full(D + 1, 0.01),
            runs=self.runs,
            refused=self.refused,
        )


def healthy(seed: int = 1, checked: int = ENOUGH, middle: float = 0.0) -> Fake:
    """Independent draws of the exact posterior, and real runs that say nearly what the emulator says."""
    rng = np.random.default_rng(seed)
    sd = SD / np.sqrt(1 + SD**2)
    z = middle + sd * rng.standard_normal((CHAINS, DRAWS, D))
    shape = (CHAINS, DRAWS)
    drawn = Sample(
        z=z,
        history=np.zeros(shape, dtype=int),
        phi=np.abs(0.1 * rng.standard_normal(shape)),
        rho=np.abs(0.005 * rng.standard_normal(shape)),
        lp=-0.5 * ((z / sd) ** 2).sum(axis=-1),
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
    fake.statistics[:, 0] += by * SD


def everywhere(fake: Fake, by: float) -> None:
    """Real runs so far and wide that their own spread would hide how wrong the emulator is."""
    fake.statistics[:, 0] += 3 * SD
    fake.statistics[:, :-1] += by * SD * np.random.default_rng(9).standard_normal((len(fake.statistics), D))


def blind_in_one(fake: Fake, number: float) -> None:
    """A real run that says something no number can be made of."""
    fake.statistics[3, 0] = number


def pulled(fake: Fake, coordinate: int, by: float) -> None:
    fake.sample.z[..., coordinate] += by


def scattered(fake: Fake, times: float) -> None:
    """Yearly totals that the model misses by more than its dispersion was held likely to be."""
    fake.sample.phi[:] += times * 0.1


def refusing(fake: Fake, share: float) -> None:
    fake.refused = round(share * fake.runs)


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
    Seeded("ess_tail", slow, (0.95,)),
    Seeded("bias", astray, (4.0,)),
    Seeded("bias", astray, (0.3,)),
    Seeded("bias", astray, (-0.3,)),
    Seeded("bias", astray, (0.0,), ENOUGH - 1),
    Seeded("bias", everywhere, (30.0,)),
    Seeded("bias", blind_in_one, (np.nan,)),
    Seeded("conflict", pulled, (0, 3.2)),
    Seeded("conflict", pulled, (2, -8.0)),
    Seeded("dispersion", scattered, (3.0,)),
    Seeded("dispersion", scattered, (20.0,)),
    Seeded("refused", refusing, (0.06,)),
    Seeded("refused", refusing, (1.0,)),
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
        refuse_failed(posterior(checks), "interplay.nc", False, "tumen calibrate toyland")
    assert failed[seeded.check].said in str(refused.value)
    assert "allow_failed_diagnostics=True" in str(refused.value)
    refuse_failed(posterior(checks), "interplay.nc", True, "tumen calibrate toyland")


@pytest.mark.parametrize("seed", range(6))
def test_a_healthy_estimate_passes_every_check(seed: int) -> None:
    checks = diagnose(healthy(seed).estimate)
    assert {check.name for check in checks} == ALL
    assert [check.said for check in checks if not check.passed] == []
    refuse_failed(posterior(checks), "interplay.nc", False, "")


@pytest.mark.parametrize(
    "spoil, how",
    [(diverging, (0.004,)), (scattered, (1.0,)), (refusing, (0.04,))],
    ids=lambda one: one.__name__ if callable(one) else None,
)
def test_what_is_short_of_a_failure_passes(spoil: Callable[..., None], how: tuple[Any, ...]) -> None:
    fake = healthy()
    spoil(fake, *how)
    assert all(check.passed for check in diagnose(fake.estimate))


def test_a_conflict_names_the_parameter() -> None:
    fake = healthy()
    pulled(fake, 1, 5.0)
    (said,) = [check.said for check in diagnose(fake.estimate) if check.name == "conflict"]
    assert "at odds over mobility" in said


def test_the_sentence_names_the_statistic_that_is_off() -> None:
    fake = healthy()
    fake.statistics[:, 2] += 2 * SD
    (said,) = [check.said for check in diagnose(fake.estimate) if check.name == "bias"]
    assert "row 2" in said


@pytest.mark.parametrize("off, rhat, wanted", [(0.0, False, True), (0.5, False, False), (0.0, True, False)])
def test_draws_are_checked_only_after_a_good_round(off: float, rhat: bool, wanted: bool) -> None:
    fake = healthy(checked=200)
    astray(fake, off)
    if rhat:
        apart(fake, 2.0)
    made = fake.estimate
    assert ready(Round.of(900, made.sample, made.emulated, made.drawn.statistics, made.scatter)) is wanted


def test_planted_failures_of_random_size_are_refused() -> None:
    row = refused.check(refused.SMALL)
    assert row.failed == 0, row.line

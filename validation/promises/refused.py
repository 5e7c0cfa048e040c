"""Promise 18: a posterior that failed its diagnostics is refused, with the reason; a sound one is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from tumen.infer.diagnose import ENOUGH, conflict, convergence, emulation, refusals
from tumen.infer.likelihood import DISPERSION_PRIORS
from tumen.infer.observation.rows import Label
from tumen.infer.posterior import Check
from tumen.infer.sampler import Sample
from tumen.model.compiled import Floats
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED

ID = 18
SMALL, FULL = Size(tries=20), Size(tries=200)
CHAINS, DRAWS, PARAMETERS = 4, 500, 5
SCATTER = 0.3
LABELS = tuple(Label(f"statistic {i}", 1.0, "ratio") for i in range(PARAMETERS + 1))


@dataclass(frozen=True)
class Given:
    """What a calibration might have ended with: draws, and real statistics less emulated ones (n, F)."""

    sample: Sample
    errors: Floats
    refused: int = 12

    @property
    def estimate(self) -> Any:
        """As the checks ask for it: the emulated statistics are the coordinates, and the network."""
        z = self.sample.flat["z"][: len(self.errors)]
        emulated = np.column_stack([z, np.zeros(len(z))])
        return SimpleNamespace(
            sample=self.sample,
            space=SimpleNamespace(names=tuple(f"parameter_{i}" for i in range(PARAMETERS))),
            targets=SimpleNamespace(labels=LABELS),
            emulated=emulated,
            drawn=SimpleNamespace(statistics=emulated + self.errors),
            scatter=np.full(PARAMETERS + 1, SCATTER),
            runs=2000,
            refused=self.refused,
        )


def sound(rng: np.random.Generator) -> Given:
    """Independent draws of chains that agree, and an emulator that errs by the simulator's scatter."""
    shape = (CHAINS, DRAWS)
    noise = {name: np.abs(0.1 * rng.standard_normal(shape)) for name in DISPERSION_PRIORS}
    drawn = Sample(
        z=rng.standard_normal((*shape, PARAMETERS)),
        history=np.zeros(shape, dtype=int),
        lp=rng.standard_normal(shape),
        diverging=np.zeros(shape, dtype=bool),
        **noise,
    )
    return Given(drawn, SCATTER * rng.standard_normal((ENOUGH, PARAMETERS + 1)))


def _moved(given: Given, change: Callable[[np.ndarray], None]) -> Given:
    z = given.sample.z.copy()
    change(z)
    return replace(given, sample=replace(given.sample, z=z))


def _few(given: Given, rng: np.random.Generator) -> Given:
    kept = int(rng.integers(5, 60))
    fewer = Sample(**{name: value[:, :kept] for name, value in vars(given.sample).items()})
    return Given(fewer, given.errors[: CHAINS * kept])


def _stuck(given: Given, rng: np.random.Generator) -> Given:
    chain, place = rng.integers(CHAINS), rng.integers(PARAMETERS)

    def hold(z: np.ndarray) -> None:
        z[chain, :, place] = z[chain, 0, place]

    return _moved(given, hold)


def _apart(given: Given, rng: np.random.Generator) -> Given:
    chain, place, by = rng.integers(CHAINS), rng.integers(PARAMETERS), rng.uniform(1, 5)

    def shift(z: np.ndarray) -> None:
        z[chain, :, place] += by

    return _moved(given, shift)


def _diverging(given: Given, rng: np.random.Generator) -> Given:
    apart = rng.random(given.sample.diverging.shape) < rng.uniform(0.03, 0.3)
    return replace(given, sample=replace(given.sample, diverging=apart))


def _at_odds(given: Given, rng: np.random.Generator) -> Given:
    place, by = rng.integers(PARAMETERS), rng.choice([-1, 1]) * rng.uniform(3.3, 6)

    def shift(z: np.ndarray) -> None:
        z[..., place] = by + 0.3 * z[..., place]

    return _moved(given, shift)


def _scattered(given: Given, rng: np.random.Generator) -> Given:
    return replace(given, sample=replace(given.sample, phi=given.sample.phi + rng.uniform(0.35, 1)))


def _astray(given: Given, rng: np.random.Generator) -> Given:
    errors = given.errors.copy()
    errors[:, rng.integers(PARAMETERS)] += rng.choice([-1, 1]) * rng.uniform(0.35, 3)
    return replace(given, errors=errors)


def _unchecked(given: Given, rng: np.random.Generator) -> Given:
    return replace(given, errors=given.errors[: rng.integers(20, ENOUGH)])


def _refusing(given: Given, rng: np.random.Generator) -> Given:
    return replace(given, refused=int(rng.integers(150, 1900)))


#: What goes wrong, and the checks of which one must say so.
FAILURES: dict[str, tuple[Callable[[Given, np.random.Generator], Given], tuple[str, ...]]] = {
    "stuck": (_stuck, ("rhat", "ess")),
    "too few draws": (_few, ("ess",)),
    "chains apart": (_apart, ("rhat",)),
    "diverging": (_diverging, ("diverging",)),
    "prior and data at odds": (_at_odds, ("conflict",)),
    "dispersion beyond its prior": (_scattered, ("dispersion",)),
    "emulator astray": (_astray, ("bias",)),
    "too few real runs": (_unchecked, ("bias",)),
    "runs refused": (_refusing, ("refused",)),
}


def refused(given: Given) -> dict[str, str]:
    """The checks that it fails, with the reason each gives."""
    made = given.estimate
    checks: tuple[Check, ...] = (*convergence(given.sample), emulation(made), *conflict(made), refusals(made))
    return {check.name: check.said for check in checks if not check.passed}


def check(size: Size) -> Row:
    """Failures planted in turn, each beside the sound one it was made of."""
    watch, rng = Watch(ID, "a posterior that failed its diagnostics is refused", SEED), np.random.default_rng(SEED)
    passed, alarms = [], 0
    for number in range(size.tries):
        name = list(FAILURES)[number % len(FAILURES)]
        plant, wanted = FAILURES[name]
        given = sound(rng)
        alarms += bool(refused(given))
        said = refused(plant(given, rng))
        if not any(said.get(one) for one in wanted):
            passed.append(name)
    figure = (
        f"{size.tries - len(passed)} of {size.tries} planted failures of {len(FAILURES)} kinds refused with the reason"
        f"{''.join('; let pass: ' + name for name in passed)}; {alarms} of {size.tries} sound ones refused"
    )
    return watch.row(2 * size.tries, len(passed) + alarms, figure)

"""Promise 18: an unsound posterior is refused, with the reason; a sound one is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from tumen.infer.diagnose import conflict, convergence
from tumen.infer.likelihood import NOISE
from tumen.infer.posterior import Check
from tumen.infer.sampler import Sample
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED

ID = 18
SMALL, FULL = Size(tries=20), Size(tries=200)
CHAINS, DRAWS, PARAMETERS = 4, 500, 5


def sound(rng: np.random.Generator) -> Sample:
    """Independent draws of chains that agree."""
    shape = (CHAINS, DRAWS)
    noise = {name: np.abs(0.1 * rng.standard_normal(shape)) for name in NOISE}
    return Sample(
        z=rng.standard_normal((*shape, PARAMETERS)),
        history=np.zeros(shape, dtype=int),
        emulated=rng.standard_normal(shape),
        diverging=np.zeros(shape, dtype=bool),
        **noise,
    )


def _moved(given: Sample, change: Callable[[np.ndarray], None]) -> Sample:
    z = given.z.copy()
    change(z)
    return replace(given, z=z)


def _few(given: Sample, rng: np.random.Generator) -> Sample:
    kept = int(rng.integers(5, 60))
    return Sample(**{name: value[:, :kept] for name, value in vars(given).items()})


def _stuck(given: Sample, rng: np.random.Generator) -> Sample:
    chain, place = rng.integers(CHAINS), rng.integers(PARAMETERS)

    def hold(z: np.ndarray) -> None:
        z[chain, :, place] = z[chain, 0, place]

    return _moved(given, hold)


def _apart(given: Sample, rng: np.random.Generator) -> Sample:
    chain, place, by = rng.integers(CHAINS), rng.integers(PARAMETERS), rng.uniform(1, 5)

    def shift(z: np.ndarray) -> None:
        z[chain, :, place] += by

    return _moved(given, shift)


def _diverging(given: Sample, rng: np.random.Generator) -> Sample:
    return replace(given, diverging=rng.random(given.diverging.shape) < rng.uniform(0.03, 0.3))


def _at_odds(given: Sample, rng: np.random.Generator) -> Sample:
    place, by = rng.integers(PARAMETERS), rng.choice([-1, 1]) * rng.uniform(3.3, 6)

    def shift(z: np.ndarray) -> None:
        z[..., place] = by + 0.3 * z[..., place]

    return _moved(given, shift)


def _scattered(given: Sample, rng: np.random.Generator) -> Sample:
    return replace(given, phi=given.phi + rng.uniform(0.35, 1))


#: What goes wrong, and the checks of which one must say so.
FAILURES: dict[str, tuple[Callable[[Sample, np.random.Generator], Sample], tuple[str, ...]]] = {
    "stuck": (_stuck, ("rhat", "ess")),
    "too few draws": (_few, ("ess",)),
    "chains apart": (_apart, ("rhat",)),
    "diverging": (_diverging, ("diverging",)),
    "prior and data at odds": (_at_odds, ("conflict",)),
    "dispersion beyond its prior": (_scattered, ("dispersion",)),
}


def refusals(given: Sample) -> dict[str, str]:
    """The checks that a sample fails, with the reason each gives."""
    estimate = SimpleNamespace(
        sample=given, space=SimpleNamespace(names=tuple(f"parameter_{i}" for i in range(PARAMETERS)))
    )
    checks: tuple[Check, ...] = (*convergence(given), *conflict(cast(Any, estimate)))
    return {check.name: check.said for check in checks if not check.passed}


def check(size: Size) -> Row:
    """Failures planted in turn, each beside the sound sample it was made of."""
    watch, rng = Watch(ID, "an unsound posterior is refused", SEED), np.random.default_rng(SEED)
    passed, alarms = [], 0
    for number in range(size.tries):
        name = list(FAILURES)[number % len(FAILURES)]
        plant, wanted = FAILURES[name]
        given = sound(rng)
        alarms += bool(refusals(given))
        said = refusals(plant(given, rng))
        if not any(said.get(one) for one in wanted):
            passed.append(name)
    figure = (
        f"{size.tries - len(passed)} of {size.tries} planted failures of {len(FAILURES)} kinds refused with the reason"
        f"{''.join('; let pass: ' + name for name in passed)}; {alarms} of {size.tries} sound ones refused"
    )
    return watch.row(2 * size.tries, len(passed) + alarms, figure)

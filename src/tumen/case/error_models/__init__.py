"""Error models of profile rows, one class each: how published numbers scatter around those of a run.

A class says how its cell in profiles.csv reads, which units it suits, and on which scale the numbers scatter; it scores
numbers (with jax), gives standardised residuals and simulates replicate numbers (with numpy). To add one, write a class
in `measured` or `sampled` and name it in `_ALL`. jax and scipy are imported where they are used: reading and
checking a case does without them.

Summary statistics (k,) are a run's numbers on the scale; data (k,) are published numbers, shares in [0, 1].
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from tumen.case.error_models.base import SHARE_UNITS, ErrorModel
from tumen.case.error_models.measured import AtLeast, AtMost, LogitNormal, Lognormal, Normal, SharedNormal
from tumen.case.error_models.sampled import BetaBinomial, Binomial, DirichletMultinomial, Multinomial, Poisson
from tumen.errors import RefusedError, shown

__all__ = [
    "ERROR_MODELS", "SHARE_UNITS", "AtLeast", "AtMost", "BetaBinomial", "Binomial", "DirichletMultinomial",
    "ErrorModel", "LogitNormal", "Lognormal", "Multinomial", "Normal", "Poisson", "SharedNormal", "error_model",
]  # fmt: skip

_NUMBER = r"[0-9.eE+-]+"
_CELL = re.compile(rf"([a-z][a-z_]*)(?:\((n\s*=\s*)?({_NUMBER})(?:\s*,\s*shared\s*=\s*({_NUMBER}))?\))?\Z", re.ASCII)
_ALL: tuple[type[ErrorModel], ...] = (
    *(Normal, Lognormal, LogitNormal, AtLeast, AtMost),
    *(Binomial, BetaBinomial, Multinomial, DirichletMultinomial, Poisson),
)
#: Every error model under the name that profiles.csv uses.
ERROR_MODELS: Mapping[str, type[ErrorModel]] = {kind.name: kind for kind in _ALL}


def error_model(cell: str) -> ErrorModel:
    """An error model: `binomial(n=3000)`, `logit_normal(0.4)`, `lognormal(0.6, shared=0.8)`, `poisson`.

    >>> error_model("binomial(n=3000)")
    Binomial(n=3000.0)
    """
    match = _CELL.match(cell)
    kind = ERROR_MODELS.get(match[1]) if match else None
    if match and kind:
        stated = {"n" if match[2] else "spread": match[3], "shared": match[4]}
        numbers = {name: _number(digits) for name, digits in stated.items() if digits is not None}
        fits = set(kind.numbers[:1]) <= set(numbers) <= set(kind.numbers)
        if fits and all(kind.allows(name, number) for name, number in numbers.items()):
            return kind(**numbers)
    raise RefusedError(
        f"{shown(cell)} is not an error model",
        f"NAME(n=SIZE) for {_with('n')}; NAME(SPREAD) for {_with('spread')}; "
        f"NAME(SPREAD, shared=SHARE) for {_with('shared')}; or {_names(kind for kind in _ALL if not kind.numbers)}",
        "write for example binomial(n=3000) or logit_normal(0.4)",
    )


def _with(number: str) -> str:
    return _names(kind for kind in _ALL if number in kind.numbers)


def _names(kinds: Iterable[type[ErrorModel]]) -> str:
    return ", ".join(kind.name for kind in kinds)


def _number(digits: str) -> float:
    """A finite number; NaN, which no range allows, for anything else."""
    try:
        value = float(digits)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan

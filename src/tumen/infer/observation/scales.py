"""The scales on which numbers scatter: as they are, their logarithm, or the logit of a share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from tumen.model.compiled import Floats

#: Least number under a logarithm, and least share: below, a run's number is not told from zero.
FEWEST, LEAST = 1e-2, 1e-6


@dataclass(frozen=True)
class Scale:
    """A monotone map from natural numbers to the scale on which they scatter, and back; both elementwise.

    forward takes numpy's arrays and jax's.
    """

    name: str
    forward: Callable[[Any], Any]
    back: Callable[[Floats], Floats]


def logit(share: Any) -> Any:
    """The logit of a share, kept at least LEAST away from zero and one."""
    of = _namespace(share)
    kept = of.clip(share, LEAST, 1 - LEAST)
    return of.log(kept) - of.log1p(-kept)


def _namespace(value: Any) -> Any:
    """numpy or jax.numpy, whichever an array is of; numpy for plain numbers."""
    return value.__array_namespace__() if hasattr(value, "__array_namespace__") else np


def _same(value: Any) -> Any:
    return _namespace(value).asarray(value, dtype=float)


def _log(value: Any) -> Any:
    of = _namespace(value)
    return of.log(of.maximum(value, FEWEST))


def _log_share(value: Any) -> Any:
    of = _namespace(value)
    return of.log(of.maximum(value, LEAST))


IDENTITY = Scale("identity", _same, _same)
LOG = Scale("log", _log, np.exp)
LOGIT = Scale("logit", logit, special.expit)
#: Of the shares of a table.
LOG_SHARE = Scale("log share", _log_share, np.exp)

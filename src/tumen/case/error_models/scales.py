"""The scales on which numbers scatter: as they are, their logarithm, or the logit of a share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import scipy  # loads its parts at their first use

from tumen.case.series import Array

#: Least number under a logarithm, and least share: smaller numbers of a run are treated as zero.
FEWEST, LEAST = 1e-2, 1e-6


@dataclass(frozen=True)
class Scale:
    """A monotone map from natural numbers to the scale on which they scatter, and back; both elementwise.

    forward takes numpy's arrays and jax's.
    """

    name: str
    forward: Callable[[Any], Any]
    back: Callable[[Array], Array]


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


def _log_above(least: float, value: Any) -> Any:
    """The logarithm of numbers, of which those below `least` count as that."""
    of = _namespace(value)
    return of.log(of.maximum(value, least))


def _expit(value: Array) -> Array:
    return np.asarray(scipy.special.expit(value))


IDENTITY = Scale("identity", _same, _same)
LOG = Scale("log", partial(_log_above, FEWEST), np.exp)
LOGIT = Scale("logit", logit, _expit)
#: Of the shares of a table.
LOG_SHARE = Scale("log share", partial(_log_above, LEAST), np.exp)

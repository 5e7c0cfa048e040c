"""The scales on which numbers scatter: as they are, their logarithm, or the logit of a share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from tumen.mechanism.program import Floats

#: Least number under a logarithm, and least share: below, a run's number is not told from zero.
FEWEST, LEAST = 1e-2, 1e-6


@dataclass(frozen=True)
class Scale:
    """A monotone map from natural numbers to the scale on which they scatter, and back; both elementwise."""

    name: str
    forward: Callable[[Floats], Floats]
    back: Callable[[Floats], Floats]


def logit(share: Floats) -> Floats:
    """The logit of a share, kept at least LEAST away from zero and one."""
    return np.asarray(special.logit(np.clip(share, LEAST, 1 - LEAST)))


def _same(value: Floats) -> Floats:
    return np.asarray(value, dtype=float)


def _log(value: Floats) -> Floats:
    return np.log(np.maximum(value, FEWEST))


def _log_share(value: Floats) -> Floats:
    return np.log(np.maximum(value, LEAST))


IDENTITY = Scale("identity", _same, _same)
LOG = Scale("log", _log, np.exp)
LOGIT = Scale("logit", logit, special.expit)
#: Of the shares of a table.
LOG_SHARE = Scale("log share", _log_share, np.exp)

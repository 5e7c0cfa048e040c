"""The space of uncertain parameters: every prior as a monotone map of a standard normal coordinate.

In these coordinates z the prior of any case is the same, N(0, I), so that designs, emulator and sampler know no units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special, stats

from tumen.case import Case, CaseError, Distribution, ParameterSet, Prior
from tumen.mechanism.program import Floats
from tumen.theories import Theory

#: Coordinates are kept within this many standard deviations: beyond, u rounds to 0 or 1.
FARTHEST = 6.0


def quantile(distribution: Distribution, z: Floats) -> Floats:
    """The value at which a distribution has as much below it as a standard normal has below z."""
    n, name = distribution.numbers, distribution.name
    z = np.clip(z, -FARTHEST, FARTHEST)
    u = special.ndtr(z)
    if name == "lognormal":
        value = n["median"] * np.exp(n["sigma"] * z)
    elif name == "normal":
        value = n["mean"] + n["sd"] * z
    elif name == "logit_normal":
        value = special.expit(special.logit(n["median"]) + n["sigma"] * z)
    elif name == "half_normal":
        value = stats.halfnorm.ppf(u, scale=n["sd"])
    elif name == "beta":
        value = stats.beta.ppf(u, n["a"], n["b"])
    elif name == "uniform":
        value = n["low"] + (n["high"] - n["low"]) * u
    elif name == "elasticity":
        value = 1 - np.exp(-n["sigma"] * z) / n["median"]
    elif name == "complements":  # half-normal log elasticity, below an elasticity of one
        value = 1 - np.exp(n["sigma"] * stats.halfnorm.ppf(special.ndtr(-z)))
    else:
        raise ValueError(f"no map for a prior {name}")
    return np.asarray(value, dtype=float)


def coordinate(distribution: Distribution, value: Floats) -> Floats:
    """The inverse of `quantile`; not finite where the distribution has no mass."""
    n, name = distribution.numbers, distribution.name
    with np.errstate(divide="ignore", invalid="ignore"):
        if name == "lognormal":
            z = np.log(value / n["median"]) / n["sigma"]
        elif name == "normal":
            z = (value - n["mean"]) / n["sd"]
        elif name == "logit_normal":
            z = (special.logit(value) - special.logit(n["median"])) / n["sigma"]
        elif name == "half_normal":
            z = special.ndtri(stats.halfnorm.cdf(value, scale=n["sd"]))
        elif name == "beta":
            z = special.ndtri(stats.beta.cdf(value, n["a"], n["b"]))
        elif name == "uniform":
            z = special.ndtri((value - n["low"]) / (n["high"] - n["low"]))
        elif name == "elasticity":
            z = -np.log((1 - value) * n["median"]) / n["sigma"]
        elif name == "complements":
            z = -special.ndtri(stats.halfnorm.cdf(np.log(1 - value) / n["sigma"]))
            z = np.where(value <= 0, z, np.nan)
        else:
            raise ValueError(f"no map for a prior {name}")
    return np.asarray(z, dtype=float)


@dataclass(frozen=True)
class Axis:
    """One parameter: its prior row, the distribution a theory gives it, and the range its input admits."""

    prior: Prior
    distribution: Distribution
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Space:
    """The uncertain parameters of a case under a theory, and the histories to choose from with their odds."""

    axes: tuple[Axis, ...]
    histories: tuple[str | None, ...]  # None: the base
    odds: tuple[float, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters as `KEY[.PART]@DATE`."""
        return tuple(axis.prior.name for axis in self.axes)

    @property
    def size(self) -> int:
        """The number of parameters."""
        return len(self.axes)

    @cached_property
    def log_odds(self) -> Floats:
        """Log prior probability of each history."""
        return np.log(np.array(self.odds))

    def values(self, z: Floats) -> Floats:
        """The values at coordinates, both (n, parameters); a tail beyond the input's range is held at its end."""
        z = np.atleast_2d(z)
        if z.shape[1] != self.size:
            raise ValueError(f"{z.shape[1]} coordinates for {self.size} parameters")
        columns = [np.clip(quantile(a.distribution, z[:, i]), a.low, a.high) for i, a in enumerate(self.axes)]
        return np.stack(columns, axis=1) if columns else np.empty((len(z), 0))

    def coordinates(self, values: Floats) -> Floats:
        """The coordinates (n, parameters) of values; not finite where a prior holds them impossible."""
        return np.stack([coordinate(a.distribution, values[:, i]) for i, a in enumerate(self.axes)], axis=1)

    def named(self, values: Sequence[float] | Floats, name: str = "draw") -> ParameterSet:
        """A set of parameters from one row of values."""
        return ParameterSet(name, dict(zip(self.names, map(float, values), strict=True)))


def space(case: Case, theory: Theory) -> Space:
    """The space of a case under a theory. Raises CaseError where the case has no priors."""
    if not case.priors:
        raise CaseError.single(
            "the case has no priors, so nothing can be estimated", f"case {case.name}", "priors.yaml", "add the file"
        )
    axes = tuple(
        Axis(p, theory.priors.get(p.input, p.distribution), case.inputs[p.input].low, case.inputs[p.input].high)
        for p in case.priors
        if not _restricted(p, theory)
    )
    weights: Mapping[str, float] = {key: h.weight for key, h in case.histories.items() if h.weight > 0}
    return Space(axes, (None, *weights), (1 - sum(weights.values()), *weights.values()))


def _restricted(prior: Prior, theory: Theory) -> bool:
    """Whether a theory fixes the input, so that its prior says nothing."""
    keys = {text.partition("=")[0].partition(".")[0] for text in theory.restrictions}
    return prior.input in keys

"""The distributions a prior may have: one class each, as a monotone map of a standard normal coordinate.

`at(z)` is the value below which the distribution has as much mass as a standard normal has below z, and
`coordinate(value)` its inverse; `ppf` and `cdf` are the same two maps with probabilities in place of coordinates.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import ClassVar, final

import numpy as np
import scipy  # loads its parts at their first use

from tumen.case.series import Array
from tumen.errors import RefusedError, listing, shown, suggestion


class Distribution(ABC):
    """A distribution by name and numbers; every subclass is a frozen dataclass whose fields are its numbers."""

    name: ClassVar[str]
    #: The numbers that must be above 0.
    positive: ClassVar[tuple[str, ...]]

    #: The support, where it is the same whatever the numbers.
    bounds: ClassVar[tuple[float, float]]

    @property
    def support(self) -> tuple[float, float]:
        """The least and greatest value the distribution can give."""
        return self.bounds

    @property
    def middle(self) -> float:
        """The median."""
        return float(self.at(np.zeros(1))[0])

    @abstractmethod
    def at(self, z: Array) -> Array:
        """The values at standard normal coordinates; never falls as z grows."""

    @abstractmethod
    def coordinate(self, value: Array) -> Array:
        """The standard normal coordinates of values; not finite where the distribution has no mass."""

    def ppf(self, u: Array) -> Array:
        """The quantile function: the values below which a share u of the mass lies."""
        return self.at(np.asarray(scipy.special.ndtri(u)))

    def cdf(self, value: Array) -> Array:
        """The share of the mass at or below each value."""
        value, (low, high) = np.asarray(value, dtype=float), self.support
        inside = scipy.special.ndtr(self.coordinate(np.clip(value, low, high)))
        return np.where(value < low, 0.0, np.where(value >= high, 1.0, inside))

    @property
    def numbers(self) -> dict[str, float]:
        """The numbers by name, as priors.yaml has them."""
        return {name: getattr(self, name) for name in numbers_of(type(self))}

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{name} {number:g}' for name, number in self.numbers.items())})"


@final
@dataclass(frozen=True)
class Lognormal(Distribution):
    """The logarithm is normal around log(median) with standard deviation sigma."""

    median: float
    sigma: float
    name: ClassVar[str] = "lognormal"
    positive: ClassVar[tuple[str, ...]] = ("sigma",)
    bounds = (0.0, math.inf)

    def at(self, z: Array) -> Array:
        """Median x exp(sigma z)."""
        return np.asarray(self.median * np.exp(self.sigma * z))

    def coordinate(self, value: Array) -> Array:
        """Log of value over median, in units of sigma."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log(value / self.median) / self.sigma)


@final
@dataclass(frozen=True)
class Normal(Distribution):
    """Normal with mean and standard deviation."""

    mean: float
    sd: float
    name: ClassVar[str] = "normal"
    positive: ClassVar[tuple[str, ...]] = ("sd",)
    bounds = (-math.inf, math.inf)

    def at(self, z: Array) -> Array:
        """Mean + sd z."""
        return np.asarray(self.mean + self.sd * z)

    def coordinate(self, value: Array) -> Array:
        """Distance from the mean in units of sd."""
        return np.asarray((value - self.mean) / self.sd)


@final
@dataclass(frozen=True)
class HalfNormal(Distribution):
    """The absolute value of a normal around 0 with standard deviation sd."""

    sd: float
    name: ClassVar[str] = "half_normal"
    positive: ClassVar[tuple[str, ...]] = ("sd",)
    bounds = (0.0, math.inf)

    def at(self, z: Array) -> Array:
        """sd x the upper quantile of half the remaining tail."""
        return np.asarray(-self.sd * scipy.special.ndtri(scipy.special.ndtr(-z) / 2))

    def coordinate(self, value: Array) -> Array:
        """The inverse of `at`."""
        tail = 2 * scipy.special.ndtr(-np.asarray(value) / self.sd)
        return np.where(np.asarray(value) >= 0, -scipy.special.ndtri(np.minimum(tail, 1.0)), np.nan)


@final
@dataclass(frozen=True)
class Beta(Distribution):
    """Beta on [0, 1]."""

    a: float
    b: float
    name: ClassVar[str] = "beta"
    positive: ClassVar[tuple[str, ...]] = ("a", "b")
    bounds = (0.0, 1.0)

    def at(self, z: Array) -> Array:
        """The inverse of the regularised incomplete beta function."""
        return np.asarray(scipy.special.betaincinv(self.a, self.b, scipy.special.ndtr(z)))

    def coordinate(self, value: Array) -> Array:
        """The inverse of `at`."""
        inside = (np.asarray(value) >= 0) & (np.asarray(value) <= 1)
        return np.where(
            inside, scipy.special.ndtri(scipy.special.betainc(self.a, self.b, np.clip(value, 0, 1))), np.nan
        )


@final
@dataclass(frozen=True)
class LogitNormal(Distribution):
    """The log odds are normal around logit(median) with standard deviation sigma."""

    median: float
    sigma: float
    name: ClassVar[str] = "logit_normal"
    positive: ClassVar[tuple[str, ...]] = ("sigma",)
    bounds = (0.0, 1.0)

    @property
    def middle(self) -> float:
        """The median."""
        return self.median

    def at(self, z: Array) -> Array:
        """expit(logit(median) + sigma z)."""
        return np.asarray(scipy.special.expit(scipy.special.logit(self.median) + self.sigma * z))

    def coordinate(self, value: Array) -> Array:
        """Difference of log odds in units of sigma."""
        return np.asarray((scipy.special.logit(value) - scipy.special.logit(self.median)) / self.sigma)


@final
@dataclass(frozen=True)
class Uniform(Distribution):
    """Uniform between low and high."""

    low: float
    high: float
    name: ClassVar[str] = "uniform"
    positive: ClassVar[tuple[str, ...]] = ()

    @property
    def support(self) -> tuple[float, float]:
        """From low to high."""
        return self.low, self.high

    @property
    def middle(self) -> float:
        """Half-way."""
        return (self.low + self.high) / 2

    def at(self, z: Array) -> Array:
        """Low + (high - low) x the share of a standard normal below z."""
        return np.asarray(self.low + (self.high - self.low) * scipy.special.ndtr(z))

    def coordinate(self, value: Array) -> Array:
        """The inverse of `at`."""
        return np.asarray(scipy.special.ndtri((value - self.low) / (self.high - self.low)))


@final
@dataclass(frozen=True)
class Elasticity(Distribution):
    """An exponent r = 1 - 1/s whose elasticity of substitution s is lognormal with `median` and `sigma`."""

    median: float
    sigma: float
    name: ClassVar[str] = "elasticity"
    positive: ClassVar[tuple[str, ...]] = ("median", "sigma")
    bounds = (-math.inf, 1.0)

    def at(self, z: Array) -> Array:
        """1 - exp(-sigma z) / median."""
        return np.asarray(1 - np.exp(-self.sigma * z) / self.median)

    def coordinate(self, value: Array) -> Array:
        """The inverse of `at`."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(-np.log((1 - value) * self.median) / self.sigma)


@final
@dataclass(frozen=True)
class Complements(Distribution):
    """The half of `Elasticity` around a median of 1 in which two inputs are complements: r <= 0."""

    sigma: float
    name: ClassVar[str] = "complements"
    positive: ClassVar[tuple[str, ...]] = ("sigma",)
    bounds = (-math.inf, 0.0)

    def at(self, z: Array) -> Array:
        """1 - exp of a half-normal with standard deviation sigma."""
        return np.asarray(1 - np.exp(HalfNormal(self.sigma).at(-np.asarray(z))))

    def coordinate(self, value: Array) -> Array:
        """The inverse of `at`."""
        below = np.asarray(value) <= 0
        return np.where(below, -HalfNormal(self.sigma).coordinate(np.log(1 - np.where(below, value, 0.0))), np.nan)


_ALL = (Lognormal, Normal, HalfNormal, Beta, LogitNormal, Uniform, Elasticity, Complements)
#: Every distribution under the name that priors.yaml uses.
DISTRIBUTIONS: Mapping[str, type[Distribution]] = {kind.name: kind for kind in _ALL}


def numbers_of(kind: type[Distribution]) -> tuple[str, ...]:
    """The numbers a distribution is given by, in order."""
    return tuple(entry.name for entry in fields(kind))  # type: ignore[arg-type]


def distribution(name: str, numbers: Mapping[str, float]) -> Distribution:
    """A distribution by name and numbers. Raises RefusedError for a name or numbers it cannot have."""
    if name not in DISTRIBUTIONS:
        remedy = suggestion(name, DISTRIBUTIONS, "write one of these")
        raise RefusedError(f"unknown distribution {shown(name)}", listing(DISTRIBUTIONS), remedy)
    kind = DISTRIBUTIONS[name]
    wanted = numbers_of(kind)
    if set(numbers) != set(wanted):
        given = ", ".join(map(shown, numbers)) or "nothing"
        raise RefusedError(f"{name} of {given}", ", ".join(wanted), "give these numbers")
    for key in wanted:
        if key in kind.positive and numbers[key] <= 0:
            raise RefusedError(f"{key} of {name} is {numbers[key]:g}", "a number above 0", "correct the number")
    return kind(**{key: float(numbers[key]) for key in wanted})

"""Prior distributions of dated values, one row each, checked against the range of what they describe."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from tumen.case.dates import effect_month
from tumen.case.documents import Document
from tumen.case.errors import CaseError, Findings, RefusedError, listing, place, shown, suggestion
from tumen.case.inputs import Input, check_source
from tumen.case.models import PriorModel
from tumen.case.sentences import validated
from tumen.case.settings import check_date, check_part, parameter_name

#: The numbers each distribution is given by.
DISTRIBUTIONS: dict[str, tuple[str, ...]] = {
    "lognormal": ("median", "sigma"),
    "normal": ("mean", "sd"),
    "half_normal": ("sd",),
    "beta": ("a", "b"),
    "logit_normal": ("median", "sigma"),
    "uniform": ("low", "high"),
    "elasticity": ("median", "sigma"),
    "complements": ("sigma",),
}
_POSITIVE = {"sigma", "sd", "a", "b"}


@dataclass(frozen=True)
class Distribution:
    """A distribution by name and numbers (`lognormal`: median and standard deviation of the logarithm).

    `elasticity` is that of an exponent r = 1 - 1/s whose elasticity of substitution s is lognormal; `complements` keeps
    the half of it with s below a median of 1, where r <= 0.
    """

    name: str
    numbers: Mapping[str, float] = field(hash=False)

    @property
    def support(self) -> tuple[float, float]:
        """The least and greatest number the distribution can give."""
        if self.name == "uniform":
            return self.numbers["low"], self.numbers["high"]
        if self.name in ("beta", "logit_normal"):
            return 0.0, 1.0
        if self.name in ("elasticity", "complements"):
            return -math.inf, 1.0 if self.name == "elasticity" else 0.0
        return (-math.inf if self.name == "normal" else 0.0), math.inf

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{name} {number:g}' for name, number in self.numbers.items())})"


@dataclass(frozen=True)
class Prior:
    """The prior of one dated value of an input, or of one of its members."""

    input: str
    part: str | None
    date: str
    unit: str
    distribution: Distribution
    why: str
    source: tuple[str, ...]
    where: str

    @property
    def name(self) -> str:
        """The name of the parameter, `KEY[.PART]@DATE`."""
        return parameter_name(self.input, self.part, self.date)


def read_priors(
    document: Document, inputs: Mapping[str, Input], sources: Mapping[str, object] | None, findings: Findings
) -> tuple[Prior, ...]:
    """The priors of a document that is a list of rows; what is wrong goes to `findings`."""
    if not isinstance(document.data, list):
        findings.note("no list of priors", place(document.name, 1), "- {input, date, ...}", "write a list of rows")
        return ()
    priors: dict[str, Prior] = {}
    for number, data in enumerate(document.data):
        prior = _prior(number, data, document, inputs, sources, findings)
        if prior is None:
            continue
        if prior.name in priors:
            what = f"a second prior for {prior.name}"
            findings.note(what, prior.where, f"one (the first is at {priors[prior.name].where})", "delete one of them")
        priors.setdefault(prior.name, prior)
    return tuple(priors.values())


def _prior(
    number: int,
    data: object,
    document: Document,
    inputs: Mapping[str, Input],
    sources: Mapping[str, object] | None,
    findings: Findings,
) -> Prior | None:
    model = validated(PriorModel, data, document, (number,), findings)
    if model is None:
        return None
    before = len(findings)
    where = document.place(number)
    if model.input not in inputs:
        remedy = suggestion(model.input, inputs, "look for the key in the vocabulary of inputs")
        what = f"unknown input {shown(model.input)}"
        findings.note(what, document.place(number, "input"), "a key of the vocabulary of inputs", remedy)
        return None
    given = inputs[model.input]
    for check, key in ((_check_part, "part"), (_check_date, "date")):
        try:
            check(given, model, document.place(number, key))
        except CaseError as error:
            findings.add(error.problems[0])
    keys = tuple(model.source) if isinstance(model.source, list) else (model.source,)
    # `why` is required of every prior, so an assumed one has its reason there.
    if keys != ("assumed",):
        check_source(model, document.place(number, "source"), sources, findings)
    try:
        distribution = _distribution(model.distribution, given)
    except RefusedError as refusal:
        findings.add(refusal.at(document.place(number, "distribution")))
        return None
    if len(findings) > before:
        return None
    date = next(row.date for row in given.values if row.month == effect_month(model.date))
    return Prior(given.key, model.part, date, given.unit, distribution, model.why, keys, where)


def _check_part(given: Input, model: PriorModel, where: str) -> None:
    check_part(given, model.part, where)


def _check_date(given: Input, model: PriorModel, where: str) -> None:
    check_date(given, effect_month(model.date), model.date, where)


def _distribution(data: Mapping[str, Mapping[str, float]], given: Input) -> Distribution:
    name, numbers = next(iter(data.items()))
    if name not in DISTRIBUTIONS:
        raise RefusedError(
            f"unknown distribution {shown(name)}",
            listing(DISTRIBUTIONS),
            suggestion(name, DISTRIBUTIONS, "write one of these"),
        )
    wanted = DISTRIBUTIONS[name]
    if set(numbers) != set(wanted):
        given_numbers = ", ".join(map(shown, numbers)) or "nothing"
        raise RefusedError(f"{name} of {given_numbers}", ", ".join(wanted), "give these numbers")
    for key, number in numbers.items():
        if number <= 0 and (key in _POSITIVE or (name, key) == ("elasticity", "median")):
            raise RefusedError(f"{key} of {name} is {number:g}", "a number above 0", "correct the number")
    found = Distribution(name, {key: float(numbers[key]) for key in wanted})
    _check_support(found, given)
    return found


def _check_support(found: Distribution, given: Input) -> None:
    """Refuse a prior that can leave the input's range, but for the far upper tail of an open-ended quantity."""
    low, high = found.support
    if found.name == "uniform" and not given.low <= low < high <= given.high:
        wanted = f"low < high within {given.low:g} to {given.high:g}"
        raise RefusedError(f"uniform from {low:g} to {high:g}", wanted, "narrow it")
    # The outer limits of other quantities only catch slips of the pen; a thin tail beyond them does no harm.
    least = given.low if given.unit == "share" else 0.0 if given.low >= 0 else -math.inf
    if low < least:
        raise RefusedError(
            f"{found.name} can fall below {least:g}, the least {given.key}",
            "a distribution that cannot",
            "write lognormal, half_normal, beta, logit_normal or uniform",
        )
    if given.unit == "share" and high > given.high:
        raise RefusedError(
            f"{found.name} can exceed {given.high:g}, the greatest {given.key}",
            "a distribution that cannot",
            "write beta, logit_normal or uniform",
        )
    medians = {"lognormal": "median", "logit_normal": "median", "normal": "mean", "elasticity": "median"}
    if found.name in medians:
        middle = found.numbers[medians[found.name]]
        if found.name == "elasticity":
            middle = 1 - 1 / middle
        if not (low < middle < high and given.low <= middle <= given.high):
            wanted = f"a middle within {given.low:g} to {given.high:g}"
            raise RefusedError(f"{found.name} around {middle:g}", wanted, "move it")

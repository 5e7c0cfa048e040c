"""What a row of priors may not do: alone, by its scale and distribution, and together with the other rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from tumen.case.distributions import Distribution
from tumen.case.inputs import Input
from tumen.case.priors import VALUE, Move, Prior
from tumen.case.settings import parameter_name
from tumen.errors import Issues, RefusedError, listing

#: The median at which a row of a moving scale leaves the case's own values as they are.
_CENTRES = {"log": 1.0, "logit": 0.0, "linear": 0.0}


def check_moves(scale: str, moves: Sequence[Move], inputs: Mapping[str, Input]) -> None:
    """Raise RefusedError where the values that a row moves do not admit its scale."""
    names = [name for move in moves for name, _ in move.names(inputs[move.input])]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise RefusedError(f"{twice} appears twice in one row", "each dated value once", "delete one of them")
    if not any(weight for move in moves for weight in move.weights.values()):
        raise RefusedError("every weight is 0", "a dated value that is moved", "give a weight, or delete the row")
    units = list(dict.fromkeys(inputs[move.input].unit for move in moves))
    if scale in (VALUE, "linear") and len(units) > 1:
        what = f"one draw in {' and '.join(units)}"
        raise RefusedError(what, "inputs of one unit", "write scale: log or logit, or a row for each input")
    for move in moves:
        given = inputs[move.input]
        for date, weight in move.weights.items():
            if weight:
                _check_base(scale, given, move, date)


def _check_base(scale: str, given: Input, move: Move, date: str) -> None:
    """Raise RefusedError where a moved value cannot be multiplied, or has no log odds."""
    for part in move.members(given):
        value = given.base(date, part)
        name = parameter_name(given.key, part, date)
        if scale == "log" and (given.low < 0 or value <= 0):
            fault = f"can be {given.low:g}" if given.low < 0 else f"is {value:g}"
            raise RefusedError(f"scale: log, and {name} {fault}", "values above 0", "write scale: linear, or weight 0")
        if scale == "logit" and not (given.low >= 0 and given.high <= 1 and 0 < value < 1):
            fault = f"is {value:g}" if given.high <= 1 else f"can be {given.high:g}"
            what = f"scale: logit, and {name} {fault}"
            raise RefusedError(what, "shares above 0 and below 1", "write scale: log, or weight 0")


def check_distribution(scale: str, found: Distribution, moves: Sequence[Move], inputs: Mapping[str, Input]) -> None:
    """Raise RefusedError for a distribution that does not suit the scale, or can leave the range of an input."""
    if scale == VALUE:
        for key in dict.fromkeys(move.input for move in moves):
            _check_support(found, inputs[key])
        return
    if scale == "log" and found.support[0] < 0:
        raise RefusedError(f"{found.name} on the log scale can be negative", "positive draws", "write lognormal")
    centre, middle = _CENTRES[scale], found.middle
    if not math.isclose(middle, centre, abs_tol=1e-9):
        what = f"{found.name} around {middle:g} on the {scale} scale"
        expected = f"a median of {centre:g}, which leaves the case's own values as they are"
        raise RefusedError(what, expected, "correct it, and change the values in inputs/ instead")


def _check_support(found: Distribution, given: Input) -> None:
    """Refuse a prior that can leave the input's range, except in the far upper tail of an open-ended quantity."""
    low, high = found.support
    if found.name == "uniform" and not given.low <= low < high <= given.high:
        wanted = f"low < high within {given.low:g} to {given.high:g}"
        raise RefusedError(f"uniform from {low:g} to {high:g}", wanted, "narrow it")
    # The outer limits of other quantities only catch slips of the pen; a thin tail beyond them does no harm.
    least = given.low if given.unit == "share" else 0.0 if given.low >= 0 else -math.inf
    if low < least:
        what, expected = f"{found.name} can fall below {least:g}, the least {given.key}", "a distribution that cannot"
        raise RefusedError(what, expected, "write lognormal, half_normal, beta, logit_normal or uniform")
    if given.unit == "share" and high > given.high:
        what = f"{found.name} can exceed {given.high:g}, the greatest {given.key}"
        raise RefusedError(what, "a distribution that cannot", "write beta, logit_normal or uniform")
    if found.name in ("beta", "half_normal", "complements"):  # no number of theirs is a centre
        return
    if not (low < found.middle < high and given.low <= found.middle <= given.high):
        wanted = f"a middle within {given.low:g} to {given.high:g}"
        raise RefusedError(f"{found.name} around {found.middle:g}", wanted, "move it")


def check_together(priors: Sequence[Prior], inputs: Mapping[str, Input], issues: Issues) -> None:
    """Note what no row does alone: values set twice, scales that do not commute, paths left half free by accident."""
    setting: dict[str, Prior] = {}
    moving: dict[str, Prior] = {}
    for prior in priors:
        held = setting if prior.scale == VALUE else moving
        for name, weight in (each for move in prior.moves for each in move.names(inputs[move.input])):
            first = held.get(name)
            if first is None:
                if weight:
                    held[name] = prior
            elif prior.scale == VALUE:
                what = f"{prior.name} sets {name}, which {first.name} sets"
                issues.note(what, prior.where, f"one row (the first is at {first.where})", "delete one of them")
            elif weight and first.scale != prior.scale:
                what = f"{name} is moved on the {first.scale} scale by {first.name} and on the {prior.scale} scale"
                expected = f"one scale (the first row is at {first.where})"
                issues.note(what, prior.where, expected, f"write scale: {first.scale}")
    named = {name for prior in priors for move in prior.moves for name, _ in move.names(inputs[move.input])}
    for prior in priors:
        if prior.scale != VALUE:
            _check_whole(prior, inputs, named, issues)


def _check_whole(prior: Prior, inputs: Mapping[str, Input], named: set[str], issues: Issues) -> None:
    """Note a path that a row moves in part while nothing says what becomes of the rest: it would have a kink."""
    for move in prior.moves:
        given = inputs[move.input]
        for part in move.members(given):
            left = [row.date for row in given.values if parameter_name(given.key, part, row.date) not in named]
            if left:
                path = f"{given.key}.{part}" if part else given.key
                what = f"{prior.name} moves {path} and leaves it fixed at {', '.join(left[:4])}"
                expected = f"every date of {listing([given.key])}, those that stay with weight 0"
                issues.note(what, prior.where, expected, f"write dates: all, or weights: {{..., {left[0]}: 0}}")
                return

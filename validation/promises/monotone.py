"""Promise 11: what the theory says rises, rises; what it says falls, falls; never the other way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any
from unittest import mock

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tumen.engine import kernel
from tumen.engine.feedback import Feedback
from tumen.engine.month import chances
from tumen.engine.population import Population
from tumen.model import capital, conscription, duty, keys, mobility, work
from tumen.model.compiled import AGES, EXITS, CompiledModel, PiecewiseConstantTable
from tumen.model.journey import ARRIVE
from validation.promises import domains as d
from validation.promises.probabilities import filled
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED, Stage, stage, toyland

ID = 11
SMALL, FULL = Size(tries=200, people=1000, months=60), Size(tries=5000, people=1000, months=180)
OPENING = 90
UP, DOWN = 1, -1
#: What rounding may turn round, relative to the value: near r = 0 the mean of the keys loses six of sixteen digits.
ROUNDING = 1e-9
#: Numbers this small are rounding alone: 5e-324, the least there is, has no half.
LEAST = 1e-30


@dataclass(frozen=True)
class Relation:
    """`of(*arguments)` rises (UP) or falls (DOWN) with argument `place`; `arguments` are strategies."""

    of: Callable[..., Any]
    arguments: tuple[SearchStrategy[Any], ...]
    place: int
    way: int


def _attempt(
    will: float,
    mobile: float,
    means: float,
    aid: float,
    sponsor: float,
    price: float,
    near: float,
    hazard_parameters: tuple[float, ...],
) -> np.ndarray:
    out = np.empty(1)
    keys.attempt_hazard(
        out, *(np.array([x]) for x in (will, mobile, means, aid, sponsor, price, near)), np.array(hazard_parameters)
    )
    return out


def _savings(*a: float) -> np.ndarray:
    savings = np.array([a[0]])
    capital.capital_step(savings, *(np.array([x]) for x in a[1:5]), a[5])
    return savings


def _arriving(onward: float, other: float) -> float:
    hazard = np.full(len(EXITS), other)
    hazard[ARRIVE] = onward
    return float(chances(hazard)[ARRIVE])


def _barred(age: float, extra: np.ndarray, enforcement: float) -> np.ndarray:
    return work.legality(np.full(2, age), extra, enforcement)


def _duty(share_married: float, one: float, other: float) -> np.ndarray:
    """Marriage frees from the duty, never the other way."""
    single, wed = np.full(2, max(one, other)), np.full(2, min(one, other))
    return duty.bound(single, wed, np.full((2, AGES), share_married))


def _freed(years: float) -> np.ndarray:
    return conscription.terms(np.full((60, 2), years)).astype(float)


def _entering(wanted: float, crowd: np.ndarray, liking: np.ndarray) -> np.ndarray:
    return filled(crowd, liking, np.array([wanted]), True)[0]


_USUAL_MOBILITY = np.array([0, 0.05, 0.2, 0.7, 0.7, 0.5, 0])
_KEYS = (d.SHARE, d.SHARE, d.EXPONENT, d.SHARE)
_PAY = (d.DOLLARS, d.PRICE, d.SPREAD, d.SHARE, d.SHARE)
_THETA = st.tuples(st.floats(0, 1e3), d.EXPONENT, d.SHARE, d.SPREAD, d.SHARE)
_TRY = (d.LOGIT, d.SHARE, d.DOLLARS, d.DOLLARS, d.SHARE, d.PRICE, d.NEAR, _THETA)
_SAVE = (*[d.DOLLARS] * 5, d.SHARE)
_BAN = (d.AGE, d.vector(d.AGE, 2), d.SHARE)
_POST = (d.SHARE, d.SHARE)

RELATIONS: dict[str, Relation] = {
    "the keys together, in mobility": Relation(keys.interplay, _KEYS, 0, UP),
    "the keys together, in capital": Relation(keys.interplay, _KEYS, 1, UP),
    "the keys together, in how far one stands in for the other": Relation(keys.interplay, _KEYS, 2, UP),
    "affordability, in means": Relation(keys.affordability, _PAY, 0, UP),
    "affordability, in the fee": Relation(keys.affordability, _PAY, 1, DOWN),
    "affordability, in free crossings": Relation(keys.affordability, _PAY, 3, UP),
    "affordability, in the chance of a sponsor": Relation(keys.affordability, _PAY, 4, UP),
    "willingness, in its logit": Relation(keys.logistic, (d.LOGIT,), 0, UP),
    "attempts, in willingness": Relation(_attempt, _TRY, 0, UP),
    "attempts, in mobility": Relation(_attempt, _TRY, 1, UP),
    "attempts, in savings": Relation(_attempt, _TRY, 2, UP),
    "attempts, in help of kin": Relation(_attempt, _TRY, 3, UP),
    "attempts, in the chance of a sponsor": Relation(_attempt, _TRY, 4, UP),
    "attempts, in the fee": Relation(_attempt, _TRY, 5, DOWN),
    "attempts, in nearness": Relation(_attempt, _TRY, 6, UP),
    **{f"savings, in {what}": Relation(_savings, _SAVE, i, way) for i, (what, way) in enumerate(
        [("savings", UP), ("earnings", UP), ("luck", UP), ("remittances", UP), ("need", DOWN), ("what is kept", UP)]
    )},
    "days free, in the duty": Relation(lambda x, b: work.availability(np.full((2, AGES), x), b), _POST, 0, DOWN),
    "days free, in bought absence": Relation(lambda x, b: work.availability(np.full((2, AGES), x), b), _POST, 1, UP),
    "stalls allowed, in the least age": Relation(_barred, _BAN, 0, DOWN),
    "stalls allowed, in enforcement": Relation(_barred, _BAN, 2, DOWN),
    "mobility of the tied, in the duty": Relation(
        lambda x: mobility.by_status(_USUAL_MOBILITY, np.full((2, AGES), x)), (d.SHARE,), 0, DOWN
    ),
    "duty, in the share married": Relation(_duty, (d.SHARE, *_POST), 0, DOWN),
    "mobility left, in control": Relation(
        lambda x, y: mobility.ease(d.said(control=x, control_on_mobility=y)), _POST, 0, DOWN
    ),
    "end of service, in its length": Relation(_freed, (st.floats(0, 12),), 0, UP),
    "arriving, in its own rate": Relation(_arriving, (d.RATE, d.RATE), 0, UP),
    "arriving, in other ways out": Relation(_arriving, (d.RATE, d.RATE), 1, DOWN),
    "people entering a pool, in vacancies": Relation(_entering, (st.floats(0, 1e8), d.CROWD, d.LIKING), 0, UP),
}  # fmt: skip


def reversed_by(name: str, tries: int, shrink: bool = True) -> str:
    """A pair of arguments that reverses a relation, made small unless told otherwise, or nothing."""
    relation = RELATIONS[name]

    @settings(
        max_examples=tries, database=None, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
    )  # fmt: skip
    @given(st.tuples(*relation.arguments), relation.arguments[relation.place])
    def trying(given_arguments: tuple[Any, ...], other: Any) -> None:
        low, high = sorted((given_arguments[relation.place], other))
        ends = [list(given_arguments), list(given_arguments)]
        ends[0][relation.place], ends[1][relation.place] = low, high
        first, second = (np.asarray(relation.of(*end), dtype=float) for end in ends)
        slack = LEAST + ROUNDING * np.maximum(np.abs(first), np.abs(second))
        wrong = relation.way * (second - first) < -slack
        assert not wrong.any(), f"{name}: {ends[0]} against {high}"

    try:
        trying()
    except AssertionError as error:
        return str(error).splitlines()[0][:300]
    return ""


def attempts(staged: Stage, feedback: tuple[Feedback, ...]) -> np.ndarray:
    """Every person's hazard of trying the border who never tried before, cumulated over the months; (people,)."""
    total = np.zeros(staged.population.size)
    original = kernel.month

    def watching(lo: int, hi: int, agents: Any, params: Any, count: Any, workspace: Any, *rest: Any) -> None:
        original(lo, hi, agents, params, count, workspace, *rest)
        alive = lo + np.flatnonzero(agents.status[lo:hi] < params.opens.size)
        total[alive] += workspace.border[0, alive - alive[:1]]  # the workspace begins with the first who is alive

    with mock.patch.object(kernel, "month", watching):
        staged.run(replay=feedback, ranges=stretches(staged.population))
    return total


def stretches(people: Population) -> list[tuple[int, int]]:
    """Ranges that the kernel takes in one go: neighbours of one group and place, no more than its workspace holds."""
    change = np.flatnonzero(np.diff(people.group) | np.diff(people.place)) + 1
    edges = np.unique([0, *change, *range(0, people.size, kernel.BLOCK), people.size])
    return [(int(a), int(b)) for a, b in pairwise(edges)]


def _hazard_inputs(**change: Callable[[Any], Any]) -> Callable[[CompiledModel], CompiledModel]:
    def amend(made: CompiledModel) -> CompiledModel:
        return replace(
            made,
            hazard_inputs=replace(
                made.hazard_inputs, **{k: f(getattr(made.hazard_inputs, k)) for k, f in change.items()}
            ),
        )

    return amend


def _scaled(factor: float) -> Callable[[PiecewiseConstantTable], PiecewiseConstantTable]:
    return lambda table: PiecewiseConstantTable(table.values * factor, table.epoch)


def _theta(column: int, change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def amend(hazard_parameters: np.ndarray) -> np.ndarray:
        hazard_parameters = hazard_parameters.copy()
        hazard_parameters[:, column] = change(hazard_parameters[:, column])
        return hazard_parameters

    return amend


#: Changes of one month's law for everybody, and which way a person's cumulated hazard of trying may go.
WORLDS: dict[str, tuple[Callable[[CompiledModel], CompiledModel], int]] = {
    "dearer crossings": (_hazard_inputs(price=lambda x: x + 0.7), DOWN),
    "cheaper crossings": (_hazard_inputs(price=lambda x: x - 0.7), UP),
    "fewer free crossings": (_hazard_inputs(hazard_parameters=_theta(keys.FREE_CROSSING, lambda x: x * 0.5)), DOWN),
    "stricter permits": (_hazard_inputs(ease=lambda x: x * 0.8), DOWN),
    "less mobility": (_hazard_inputs(mobility=_scaled(0.6)), DOWN),
    "farther from the river": (_hazard_inputs(log_rate_offset=lambda x: x - 0.5), DOWN),
    "less credit": (_hazard_inputs(aid=lambda x: x * 0.5), DOWN),
    "fewer sponsors": (_hazard_inputs(sponsor=lambda x: x * 0.5), DOWN),
    "more hunger": (_hazard_inputs(place=lambda x: x + 0.5), UP),
    "less kept of savings": (
        lambda made: replace(made, savings=replace(made.savings, keep=made.savings.keep * 0.9)),
        DOWN,
    ),
    "dearer life": (lambda made: replace(made, savings=replace(made.savings, need=made.savings.need * 2)), DOWN),
}


def reversals(size: Size) -> dict[str, tuple[int, int]]:
    """By change: how many people's hazard went the wrong way, and how many moved at all."""
    staged = stage(toyland(min(size.months, 90), OPENING), size.people - 8)  # provinces round up
    base = staged.run()
    usual = attempts(staged, base.feedback)
    found = {}
    for name, (amend, way) in WORLDS.items():
        now = attempts(Stage(amend(staged.model), staged.population, staged.theory), base.feedback)
        wrong = way * (now - usual) < -ROUNDING * np.maximum(now, usual)
        found[name] = int(wrong.sum()), int((now != usual).sum())
    return found


def check(size: Size) -> Row:
    """Functions on random pairs; then whole lives, each compared with itself in a changed world."""
    watch = Watch(ID, "monotone where theory says", SEED)
    examples = [text for name in RELATIONS if (text := reversed_by(name, size.tries))]
    histories = reversals(size)
    people = sum(moved for _, moved in histories.values())
    wrong = sum(count for count, _ in histories.values())
    tried = len(RELATIONS) * size.tries + people
    figure = (
        f"{len(RELATIONS)} relations x {size.tries} pairs, {len(examples)} reversed; {len(histories)} changes x "
        f"{size.people} people ({people} touched), {wrong} reversals{''.join('; ' + text for text in examples)}"
    )
    return watch.row(tried, len(examples) + wrong, figure)

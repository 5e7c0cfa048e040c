"""Promise 10: probabilities stay probabilities, rates and savings stay finite and not negative, whatever the corner."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tumen.engine.feedback import at_entry, entry_intensity
from tumen.engine.month import chances
from tumen.engine.state import SCALE
from tumen.model import capital, conscription, duty, journey, keys, mobility, work
from tumen.model.compiled import AT_ONCE, EXITS, CapacityLimitedState, PiecewiseConstantTable
from validation.promises import domains as d
from validation.promises import programs
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED

ID = 10
SMALL, FULL = Size(tries=300), Size(tries=100_000)
ROUNDING = 1e-12
#: Months by which the terms of the entry rule that is tried may be cut or prolonged.
LEEWAY = 6

Claim = tuple[SearchStrategy[Any], Callable[[Any], bool]]


def _share(x: Any) -> bool:
    """Whether every entry is a number in [0, 1]; what is no number is not."""
    return bool(np.all((np.asarray(x) >= 0) & (np.asarray(x) <= 1)))


def _amount(x: Any) -> bool:
    """Whether every entry is a finite number not below zero."""
    return bool(np.all((np.asarray(x) >= 0) & np.isfinite(x)))


def _attempt(a: Any) -> bool:
    will, mobile, means, aid, sponsor, price, near, hazard_parameters = a
    out = np.empty(1)
    one = (np.array([x]) for x in (will, mobile, means, aid, sponsor, price, near))
    keys.attempt_hazard(out, *one, np.array(hazard_parameters))
    return _amount(out) and out[0] <= hazard_parameters[0]


def _pushed(a: Any) -> bool:
    from tumen.model.theories import get

    will, log_rate_offset, base = a
    out, nothing = np.empty(1), np.zeros(1)
    get("push_pull").attempt_hazard(
        out, np.array([will]), *[nothing] * 5, np.array([log_rate_offset]), np.array([base, 0, 0, 1, 0])
    )
    return _amount(out) and out[0] <= base


def _savings(a: Any) -> bool:
    savings = np.array([a[0]])
    capital.capital_step(savings, *(np.array([x]) for x in a[1:5]), a[5])
    return _amount(savings)


def _ways(hazard: np.ndarray) -> bool:
    found = chances(hazard)
    total = found.sum(axis=-1)
    right = np.allclose(total, -np.expm1(-hazard.sum(axis=-1)), rtol=1e-12, atol=0)
    return _share(found) and bool(np.all(total <= 1 + ROUNDING)) and right


def _entered(a: Any) -> bool:
    entry = journey._entry(d.said(direct_share=a[0], trafficked_share=a[1]))
    return _share(entry) and bool(np.all(np.abs(entry.sum(axis=-1) - 1) <= ROUNDING))


def _luck(spread: float) -> bool:
    luck = capital.shocks(spread)
    return bool(np.all(luck >= 0)) and abs(luck.mean() - 1) <= 1e-9 and luck.shape == (1024,)


def _taken(a: Any) -> bool:
    share, goal, coming, service, solved, floor, term, cohort = a
    entry = SimpleNamespace(
        share=share[None], goal=np.array([goal]), solved=np.array(solved) | [False, not any(solved)], floor=[floor],
        term=np.full((1, 2), term), leeway=LEEWAY, into=0,
    )  # fmt: skip
    accumulator = SimpleNamespace(coming=fixed_point(np.array(coming)), service=fixed_point(service))
    found, off_term, mean = at_entry(
        SimpleNamespace(entry=entry), 0, float(service.sum()), accumulator, np.array(cohort), 1
    )
    return _share(found) and bool(np.all(np.abs(off_term) <= LEEWAY)) and _amount(mean)


def fixed_point(persons: np.ndarray) -> np.ndarray:
    """Persons as the counts keep them; no country has more than 2**32."""
    return np.rint(np.minimum(persons, 2.0**32) * SCALE).astype(np.int64)


def filled(crowd: np.ndarray, liking: np.ndarray, vacancies: np.ndarray, shared: bool) -> tuple[np.ndarray, np.ndarray]:
    """How many enter a capacity-limited state under the intensity solved for it, and how many should, by place."""
    crowd = crowd.copy()
    crowd[work.STALL] = 0.0
    limited = CapacityLimitedState(
        work.STALL, vacancies[None], np.ones(1), PiecewiseConstantTable(liking[None], np.zeros(1, np.int32)), shared
    )
    found = entry_intensity(limited, 0, fixed_point(crowd), crowd.sum(axis=(1, 2)), np.zeros(crowd.shape[3]))
    with np.errstate(over="ignore"):
        chance = -np.expm1(-liking * found)
    if not (_amount(found) and _share(chance)):
        return np.array([np.nan]), vacancies
    axes = (0, 1, 2, 3) if shared else (0, 1, 2)
    eligible = np.where(liking > 0, crowd, 0.0).sum(axis=axes)
    return np.atleast_1d((crowd * chance).sum(axis=axes)), np.minimum(vacancies, np.atleast_1d(eligible))


def _vacancies(a: Any) -> bool:
    entered, wanted = filled(*a)
    lost = 1e-14 * a[0].sum()  # of a hundred million people, rounding may lose a millionth of one
    return bool(np.all(np.abs(entered - wanted) <= 1e-6 * wanted + lost))


def _terms(a: Any) -> bool:
    term = conscription.terms(a)
    return bool(np.all(term >= 1) and np.all(np.diff(term, axis=0) >= -1) and np.all(term >= 12 * a - 1e-6))


def _seen(a: Any) -> bool:
    base, single, wed, mean, spread, order, control, taken, watch = a
    world = d.said(
        mobility=base, duty_to_report=single, duty_when_married=wed, marriage_age=mean, marriage_age_spread=spread,
        travel_order=order, control=control, control_on_mobility=taken, returnee_watch=watch,
    )  # fmt: skip
    world.provinces = (None,) * 3
    return all(map(_share, (mobility.table(world).at(0), mobility.ease(world), mobility.watched(world))))


_THETA = st.tuples(st.floats(0, 1e6), d.EXPONENT, d.SHARE, d.SPREAD, d.SHARE)
_LENGTHS = d.table(st.floats(0, 40), 36, 2)

#: What each function is tried on, and what must hold.
CLAIMS: dict[str, Claim] = {
    "affordability": (
        st.tuples(d.DOLLARS, d.PRICE, d.SPREAD, d.SHARE, d.SHARE),
        lambda a: _share(keys.affordability(*a)),
    ),
    "interplay": (st.tuples(d.SHARE, d.SHARE, d.EXPONENT, d.SHARE), lambda a: _share(keys.interplay(*a))),
    "logistic": (d.LOGIT, lambda x: _share(keys.logistic(x))),
    "attempt_hazard": (st.tuples(d.LOGIT, d.SHARE, d.DOLLARS, d.DOLLARS, d.SHARE, d.PRICE, d.NEAR, _THETA), _attempt),
    "pushed_and_pulled": (st.tuples(d.LOGIT, st.floats(-30, 0), st.floats(0, 1e6)), _pushed),
    "capital_step": (st.tuples(*[d.DOLLARS] * 5, d.SHARE), _savings),
    "availability": (st.tuples(d.BY_SEX_AND_AGE, d.SHARE), lambda a: _share(work.availability(*a))),
    "legality": (st.tuples(d.vector(d.AGE, 2), d.vector(d.AGE, 3), d.SHARE), lambda a: _share(work.legality(*a))),
    "by_status": (st.tuples(d.vector(d.SHARE, d.STATES), d.BY_SEX_AND_AGE), lambda a: _share(mobility.by_status(*a))),
    "married": (st.tuples(d.MARRYING, d.MARRYING_SPREAD), lambda a: _share(duty.married(*a))),
    "bound": (st.tuples(d.BY_SEX, d.BY_SEX, d.BY_SEX_AND_AGE), lambda a: _share(duty.bound(*a))),
    "release": (d.BY_SEX_AND_AGE, lambda a: _amount(duty.release(a))),
    "mobility": (
        st.tuples(
            d.vector(d.SHARE, d.STATES), d.BY_SEX, d.BY_SEX, d.MARRYING, d.MARRYING_SPREAD, d.BY_SEX, *[d.SHARE] * 3
        ),
        _seen,
    ),
    "shortfall": (
        st.tuples(d.SHARE, d.vector(st.floats(0, 10), 3)),
        lambda a: _share(capital.shortfall(d.said(rations=a[0], hunger_place=a[1]))),
    ),
    "chances": (d.table(d.RATE, 2, 3, len(EXITS)), _ways),
    "entry": (st.tuples(d.SHARE, d.BY_SEX), _entered),
    "shocks": (st.floats(0, 3), _luck),
    "at_entry": (
        st.tuples(
            d.BY_SEX,
            st.one_of(st.just(np.nan), d.DOLLARS),
            st.lists(d.DOLLARS, min_size=2, max_size=2),
            d.table(st.sampled_from([0.0, 1e-6, 1.0, 3e5]), 2, 2 * LEEWAY + 2),
            st.lists(st.booleans(), min_size=2, max_size=2),
            d.SHARE,
            st.floats(0, 480),
            st.lists(st.floats(0, 1e7), min_size=2, max_size=2),
        ),
        _taken,
    ),
    "entry_intensity, by place": (
        st.tuples(d.CROWD, d.LIKING, d.vector(st.one_of(st.just(0.0), st.floats(0, 1e8)), 3), st.just(False)),
        _vacancies,
    ),
    "entry_intensity, shared": (
        st.tuples(d.CROWD, d.LIKING, d.vector(st.one_of(st.just(0.0), st.floats(0, 1e8)), 1), st.just(True)),
        _vacancies,
    ),
    "at once": (st.floats(1e-6, 150), lambda w: _share(-np.expm1(-w * AT_ONCE))),
    "terms": (_LENGTHS, _terms),
    "model": (programs.WORLDS, programs.admissible),
}
#: Claims of which each example costs so many times more.
COSTLY = {"model": 20}


def broken(name: str, tries: int, shrink: bool = True) -> tuple[int, str]:
    """How many examples broke a claim (0 or 1: the search stops at the first, made small), and that example."""
    strategy, holds = CLAIMS[name]

    @settings(
        max_examples=max(tries // COSTLY.get(name, 1), 1), database=None, derandomize=True, deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
    )  # fmt: skip
    @given(strategy)
    def trying(example: Any) -> None:
        assert holds(example), f"{name}: {example}"

    try:
        trying()
    except AssertionError as error:
        return 1, str(error).splitlines()[0][:300]
    return 0, ""


def check(size: Size) -> Row:
    """Every claim on as many examples as the size says, corners first."""
    watch = Watch(ID, "probabilities stay probabilities", SEED)
    found = {name: broken(name, size.tries) for name in CLAIMS}
    failed = sum(count for count, _ in found.values())
    text = "".join(f"; {example}" for count, example in found.values() if count)
    figure = f"{len(CLAIMS)} functions x {size.tries} examples, {failed} functions leave their range{text}"
    tried = sum(size.tries // COSTLY.get(name, 1) for name in CLAIMS)
    return watch.row(tried, failed, figure)

"""The paper's theory and its rivals: what each restricts, what drives an attempt under it, and where it differs.

A theory is a set of restrictions on a case's inputs and at most one function of fixed signature; the rest of the
mechanism is common to all. To add one, make a `Theory` and hand it to `tumen.run`: the engine is not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from tumen.case import SEXES, STATUSES, CaseError, Distribution, World, suggestion
from tumen.mechanism import (
    capital,
    conscription,
    demography,
    journey,
    keys,
    mobility,
    network,
    willingness,
    work,
)
from tumen.mechanism.elementary import FAST, exp, logistic
from tumen.mechanism.program import Drive, Floats, Program, refuse_gaps

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Theory:
    """A claim about what makes people leave.

    restrictions: settings `KEY=VALUE[@DATE]` put on the case; attempt_hazard: yearly rate of trying, of the signature
    of `tumen.mechanism.keys.attempt_hazard`; rows: its monthly scalars, from the world and how the reference person
    stands; lead: its own log rate by month, sex and province; priors: by input, where they differ from the case's.
    """

    name: str
    title: str
    claim: str
    citation: str
    restrictions: tuple[str, ...] = ()
    attempt_hazard: Any = keys.attempt_hazard
    capital_step: Any = capital.capital_step
    rows: Callable[[World, keys.Standing], Floats] = keys.rows
    lead: Callable[[World], Floats] | None = None
    priors: Mapping[str, Distribution] = field(default_factory=dict, hash=False)


interplay = Theory(
    name="interplay",
    title="Two keys, both necessary",
    claim="Leaving takes mobility and capital together; two policies that turned one key each made the imbalance.",
    citation="Sung & Cho 2018",
    priors={"complementarity": Distribution("complements", {"sigma": 1.0})},
)

open_keys = Theory(
    name="open_keys",
    title="Two keys, perhaps exchangeable",
    claim="Mobility and capital drive leaving together; whether both are necessary is for the data to say.",
    citation="Sung & Cho 2018, whose abstract calls capital sufficient and whose body calls both necessary",
)


@njit(nogil=True, error_model="numpy", fastmath=FAST)
def _pushed_and_pulled(out, will, mobility, capital, aid, price, lead, theta):  # type: ignore[no-untyped-def]
    """Yearly rate = base x willingness x nearness of the border; keys and sex play no part."""
    for i in range(out.size):
        out[i] = theta[keys.BASE] * logistic(will[i]) * exp(lead[i])


def _nearness(world: World) -> Floats:
    access = np.log(np.maximum(world.monthly("access"), 1e-12))
    return np.repeat(access[:, None, :], len(SEXES), axis=1)


def _rate_of_the_willing(world: World, someone: keys.Standing) -> Floats:
    return np.asarray(world.monthly("reference_rate")[:, None] / logistic(someone.will))


push_pull = Theory(
    name="push_pull",
    title="Push and pull, blind to sex",
    claim="Hunger, repression and the pull of the South set the flow; neither mobility nor capital differs in effect.",
    citation="Lee 1966",
    attempt_hazard=_pushed_and_pulled,
    rows=_rate_of_the_willing,
    lead=_nearness,
)


@njit(nogil=True, error_model="numpy", fastmath=FAST)
def _led(out, will, mobility, capital, aid, price, lead, theta):  # type: ignore[no-untyped-def]
    """Yearly rate = exp(lead): a trend by sex and nothing else."""
    for i in range(out.size):
        out[i] = exp(lead[i])


def _trend(world: World) -> Floats:
    """Log yearly rate by month, sex and province: a cubic through the log of each sex's counts, over access.

    The counts are those of the spans of years that the case fits, by sex even where only the total is fitted; a block
    of years counts as its yearly mean at mid-block; beyond them the trend keeps its last value. People are those of the
    opening, so the level is that of arrivals per person within reach then.
    Under this theory's restrictions whoever leaves arrives, after a month on average.
    """
    counts = _fitted_spans(world.case.arrivals)
    year = (world.start + np.arange(world.months)) / 12
    within = _people_within_reach(world)
    lead = np.empty((world.months, len(SEXES), len(world.provinces)))
    for sex, name in enumerate(SEXES):
        rows = counts[(counts["sex"] == name) & (counts["persons"] > 0)]
        span = rows["year_end"] - rows["year_start"] + 1
        middle = rows["year_start"] + span / 2
        curve = np.polynomial.Polynomial.fit(middle, np.log(rows["persons"] / span), 3)
        lead[:, sex] = (curve(np.clip(year, middle.min(), middle.max())) - np.log(within[sex]))[:, None]
    return lead + _nearness(world)


def _fitted_spans(arrivals: pd.DataFrame) -> pd.DataFrame:
    """Counts by sex of the spans of years that are fitted: those to fit, or those to check where a total is fitted."""
    span, columns = ["year_start", "year_end"], ["year_start", "year_end", "sex"]
    fitted = arrivals.loc[arrivals["role"] == "fit", span].drop_duplicates()
    shown = arrivals[arrivals["role"].isin(["fit", "check"]) & (arrivals["sex"] != "total")]
    ordered = shown.sort_values("role", key=lambda role: role != "fit", kind="stable").drop_duplicates(columns)
    return ordered.merge(fitted, on=span)


def _people_within_reach(world: World) -> Floats:
    """Adults who can try the border when the window opens, weighted by access of their province; shape (2,)."""
    cohorts = demography.cohorts(world.case, world.start, 1)
    adult = cohorts.first + np.arange(cohorts.people.shape[0]) <= -conscription.gate(world).adult_months
    share = np.array([p.population for p in world.provinces], dtype=float)
    near = float(share @ world.monthly("access")[0] / share.sum())
    return np.asarray(cohorts.people[adult].sum(axis=0) * near)


no_theory = Theory(
    name="no_theory",
    title="A smooth trend by sex",
    claim="No mechanism: each sex's rate of leaving follows a cubic trend. The baseline a theory must beat.",
    citation="statistical baseline",
    restrictions=(
        "crossing_success=1",
        "direct_share=1",
        "onward_direct=12",
        "onward_kin=1",
        "repatriation_rate=0",
        "death_rate_abroad=0",
        "overseas_exit_rate=0",
        "other_channel_rate=0",
        "companion_ratio=0",
    ),
    attempt_hazard=_led,
    rows=_rate_of_the_willing,
    lead=_trend,
)

_SHIPPED = {theory.name: theory for theory in (interplay, open_keys, push_pull, no_theory)}


def names() -> tuple[str, ...]:
    """The shipped theories."""
    return tuple(_SHIPPED)


def get(name: str) -> Theory:
    """A shipped theory by name. Raises CaseError, naming the nearest, when there is none."""
    if name in _SHIPPED:
        return _SHIPPED[name]
    raise CaseError.single(
        what=f"no theory named {name!r}",
        where="--theory",
        expected="one of " + ", ".join(_SHIPPED),
        remedy=suggestion(name, _SHIPPED, "write one of these"),
    )


def program(world: World, theory: Theory) -> Program:
    """Turn a world under a theory into the tables the engine runs on."""
    world = world.under(theory.restrictions)
    offset = -demography.EARLIEST
    compiled = Program(
        start=world.start,
        months=world.months,
        states=STATUSES,
        groups=SEXES,
        places=tuple(p.key for p in world.provinces),
        classes=tuple(c.key for c in world.classes),
        young=work.CHILD,
        grown=work.TIED,
        free=work.FREE,
        idle=work.idle_at_start(world),
        gate=conscription.gate(world),
        due=work.ends(world, offset),
        offset=offset,
        moves=work.moves(world),
        pools=work.pools(world),
        purse=capital.purse(world),
        drive=_drive(world, theory),
        journey=journey.journey(world),
        links=network.links(world),
        channel=journey.channel(),
    )
    refuse_gaps(compiled)
    return compiled


def standing(world: World) -> keys.Standing:
    """How willing and mobile the reference person is at the reference date, before scenarios and settings.

    A scenario that makes her poorer or the border dearer must lower the flow, not the yardstick it is measured by.
    """
    someone = world.case.reference
    then = world.baseline.within(someone.month, 1)
    member = [p.key for p in world.provinces].index(someone.province)
    klass = [c.key for c in world.classes].index(someone.klass)
    sex, age = SEXES.index(someone.sex), int(someone.age)
    terms = willingness.place(then)[0, member], willingness.group(then)[0, klass, sex], willingness.age(then)[0, age]
    mobile = mobility.table(then).at(0)[STATUSES.index(someone.status), sex, age, member] * mobility.ease(then)[0]
    return keys.Standing(then, float(sum(terms)), float(mobile), float(keys.price(then)[0, member]), someone.capital)


def _drive(world: World, theory: Theory) -> Drive:
    place, group, age = willingness.place(world), willingness.group(world), willingness.age(world)
    table, ease = mobility.table(world), mobility.ease(world)
    lead = theory.lead(world) if theory.lead else np.zeros((world.months, len(SEXES), len(world.provinces)))
    return Drive(
        place=place,
        group=group,
        age=age,
        kin=world.monthly("will_kin"),
        mobility=table,
        ease=ease,
        watched=mobility.watched(world),
        price=keys.price(world),
        aid=keys.aid(world),
        lead=lead,
        theta=theory.rows(world, standing(world)),
        aside=journey.aside(world),
        able=~np.isin(STATUSES, ("child", "posted")),
    )

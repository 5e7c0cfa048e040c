"""A world under a theory as the tables that the engine runs on."""

from __future__ import annotations

import numpy as np

from tumen.case import SEXES, STATUSES, World
from tumen.model import (
    capital,
    conscription,
    journey,
    keys,
    mobility,
    network,
    willingness,
    work,
)
from tumen.model.compiled import Drive, Program, refuse_gaps
from tumen.model.theories import Theory


def program(world: World, theory: Theory) -> Program:
    """Turn a world under a theory into the tables the engine runs on."""
    world = world.under(theory.restrictions)
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
    return keys.Standing(
        then,
        float(sum(terms)),
        float(mobile),
        float(keys.price(then)[0, member]),
        someone.capital,
        float(keys.nearness(then)[0, sex, member]),
    )


def _drive(world: World, theory: Theory) -> Drive:
    place, group, age = willingness.place(world), willingness.group(world), willingness.age(world)
    table, ease = mobility.table(world), mobility.ease(world)
    lead = keys.nearness(world) + (theory.lead(world) if theory.lead else 0.0)
    return Drive(
        place=place,
        group=group,
        age=age,
        kin=world.monthly("will_kin"),
        mobility=table,
        ease=ease,
        watched=mobility.watched(world),
        price=keys.price(world),
        aid=keys.credit(world),
        sponsor=world.monthly("sponsor_probability"),
        lead=lead,
        theta=theory.rows(world, standing(world)),
        aside=journey.aside(world),
        able=~np.isin(STATUSES, ("child", "posted")),
    )

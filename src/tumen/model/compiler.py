"""Compile a world under a theory into the tables that the engine runs on."""

from __future__ import annotations

import numpy as np

from tumen.case import SEXES, STATUSES, World
from tumen.model import capital, conscription, journey, keys, mobility, network, willingness, work
from tumen.model.compiled import CompiledModel, HazardInputs, refuse_gaps
from tumen.model.theories import Theory


def compile_model(world: World, theory: Theory) -> CompiledModel:
    """Return the tables of a world under a theory. Raises CaseError where one is not finite."""
    world = world.under(theory.restrictions)
    compiled = CompiledModel(
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
        entry=conscription.entry(world),
        moves=work.moves(world),
        capacity_limited=work.capacity_limited(world),
        savings=capital.savings(world),
        hazard_inputs=_hazard_inputs(world, theory),
        journey=journey.journey(world),
        links=network.links(world),
        channel=journey.channel(),
    )
    refuse_gaps(compiled)
    return compiled


def reference_person(world: World) -> keys.ReferencePerson:
    """Return the reference person at the reference date, before scenarios and settings.

    A scenario that makes them poorer or raises the fee must lower the flow, not the reference that it is measured by.
    """
    someone = world.case.reference
    then = world.baseline.within(someone.month, 1)
    province = [p.key for p in world.provinces].index(someone.province)
    social_class = [c.key for c in world.classes].index(someone.social_class)
    sex, age = SEXES.index(someone.sex), int(someone.age)
    terms = (
        willingness.place(then)[0, province],
        willingness.group(then)[0, social_class, sex],
        willingness.age(then)[0, age],
    )
    mobile = mobility.table(then).at(0)[STATUSES.index(someone.status), sex, age, province] * mobility.ease(then)[0]
    return keys.ReferencePerson(
        then,
        float(sum(terms)),
        float(mobile),
        float(keys.price(then)[0, province]),
        someone.capital,
        float(keys.nearness(then)[0, sex, province]),
    )


def _hazard_inputs(world: World, theory: Theory) -> HazardInputs:
    place, group, age = willingness.place(world), willingness.group(world), willingness.age(world)
    table, ease = mobility.table(world), mobility.ease(world)
    log_rate_offset = keys.nearness(world) + (theory.log_rate_offset(world) if theory.log_rate_offset else 0.0)
    return HazardInputs(
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
        log_rate_offset=log_rate_offset,
        hazard_parameters=theory.hazard_parameters(world, reference_person(world)),
        other_channels=journey.other_channels(world),
        able=~np.isin(STATUSES, ("child", "posted")),
    )

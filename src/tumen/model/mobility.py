"""The first key: who can be away from their post unnoticed (Sung & Cho 2018, "Unintended Consequences")."""

from __future__ import annotations

import numpy as np

from tumen.case import SEXES, STATUSES, World
from tumen.model.compiled import AGES, LAYERS, Floats, PiecewiseConstantTable, piecewise_constant
from tumen.model.duty import duty, duty_drivers

#: Ages the order of May 2011 names (Chosun Ilbo via NK Economy Watch, 28 May 2011).
ORDER_AGES = slice(10, 61)
_TIED, _FREE = STATUSES.index("tied"), STATUSES.index("free")


def by_status(mobility: Floats, duty: Floats) -> Floats:
    """Return the share of days on which an absence goes unnoticed: a post holds only those with the duty.

    `mobility`: (7,) in [0, 1]; `duty`: (2, 101) in [0, 1]; result: (7, 2, 101) in [0, 1].
    """
    table = np.repeat(mobility[:, None, None], len(SEXES), axis=1)
    table = np.repeat(table, AGES, axis=2)
    table[_TIED] = duty * mobility[_TIED] + (1 - duty) * mobility[_FREE]
    return np.asarray(table)


def table(world: World) -> PiecewiseConstantTable:
    """Return mobility by status, sex, age and province, before the month's control.

    Nearness of the border is excluded: inside this key, geography would affect how the keys interact.
    """
    base, order = world.monthly("mobility"), world.monthly("travel_order")
    duties = duty_drivers(world)

    def build(t: int) -> Floats:
        ordered = np.ones((len(SEXES), AGES))
        ordered[:, ORDER_AGES] = 1 - order[t][:, None]
        status = by_status(base[t], duty(world, t)) * ordered[None]
        return np.repeat(status[..., None], len(world.provinces), axis=3)

    return piecewise_constant([base, order, *duties], build)


def ease(world: World) -> Floats:
    """Return the factor that party control and travel permits leave of mobility; (months,), in [0, 1]."""
    return np.asarray(1 - world.monthly("control_on_mobility") * world.monthly("control"))


def watched(world: World) -> Floats:
    """Return the factor that surveillance leaves of the mobility of past returnees; (months, LAYERS)."""
    factor = np.ones((world.months, LAYERS))
    factor[:, 1:] -= world.monthly("returnee_watch")[:, None]
    return factor

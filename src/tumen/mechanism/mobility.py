"""The first key: who can be away from their post unobserved (Sung & Cho 2018,
"Unintended Consequences")."""

from __future__ import annotations

import numpy as np

from tumen.case import SEXES, STATUSES, World
from tumen.mechanism.program import AGES, LAYERS, Floats, Stepped, stepped

#: Ages the order of May 2011 names (Chosun Ilbo via NK Economy Watch, 28 May 2011).
ORDER_AGES = slice(10, 61)
_TIED, _FREE = STATUSES.index("tied"), STATUSES.index("free")


def by_status(mobility: Floats, duty: Floats) -> Floats:
    """Share of days a week's absence goes unnoticed, by status and sex: a post holds only those with the duty.

    `mobility`: (7,) in [0, 1]; `duty`: (2,) in [0, 1]; result: (7, 2) in [0, 1].
    """
    table = np.repeat(mobility[:, None], len(SEXES), axis=1)
    table[_TIED] = duty * mobility[_TIED] + (1 - duty) * mobility[_FREE]
    return table


def table(world: World) -> Stepped:
    """Mobility by status, sex, age and province, before the month's control: nearness of the narrow river included."""
    base, duty = world.monthly("mobility"), world.monthly("duty_to_report")
    order, access = world.monthly("travel_order"), world.monthly("access")

    def build(t: int) -> Floats:
        ordered = np.ones((len(SEXES), AGES))
        ordered[:, ORDER_AGES] = 1 - order[t][:, None]
        status = by_status(base[t], duty[t])
        return np.asarray(status[:, :, None, None] * ordered[None, :, :, None] * access[t])

    return stepped([base, duty, order, access], build)


def ease(world: World) -> Floats:
    """What party control and travel permits leave of mobility, by month, in [0, 1], for both sexes."""
    return np.asarray(1 - world.monthly("control_on_mobility") * world.monthly("control"))


def watched(world: World) -> Floats:
    """What watching leaves of the mobility of those caught before, by month and layer of past attempts."""
    factor = np.ones((world.months, LAYERS))
    factor[:, 1:] -= world.monthly("returnee_watch")[:, None]
    return factor

"""Networks: those who arrived help those at home (Sung & Cho 2018, "Conclusion"); families leave together."""

from __future__ import annotations

import numpy as np

from tumen.case import World
from tumen.model.compiled import Links

#: Adults whom children and spouses leave with.
PARENT_AGES = (25, 49)
#: The age from which children follow at a rate of their own.
OLDER_CHILD = 10


def links(world: World) -> Links:
    """Return relatives reached per arrival, the weight of the own sex, and children and spouses per adult who crosses.

    The monthly hazard of gaining kin abroad is reach x 2 [h arrivals(same sex) + (1 - h) arrivals(other)] / people, by
    province: the number of people with kin grows with the number who arrived, not with the years since. With h = 0
    arrivals reach the other sex only. Families leave together: with each adult of 25 to 49 who crosses go some children
    and, at an estimated rate common to both sexes, an adult of the other sex of these ages.
    """
    return Links(
        reach=world.monthly("kin_per_arrival"),
        homophily=world.monthly("homophily"),
        followers=np.stack([world.monthly("companion_ratio"), world.monthly("companion_ratio_older")], axis=1),
        spouses=world.monthly("spouse_ratio"),
        older=OLDER_CHILD,
        leaders=PARENT_AGES,
    )

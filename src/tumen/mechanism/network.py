"""Those who arrived open the way for those at home (Sung & Cho 2018, "Conclusion"), and children go with adults."""

from __future__ import annotations

from tumen.case import World
from tumen.mechanism.program import Links

#: Adults whom children leave with.
PARENT_AGES = (25, 49)


def links(world: World) -> Links:
    """Relatives reached per arrival, the weight of the own sex among them, and children leaving per adult leaving.

    In a month the hazard of gaining kin abroad is reach x 2 [h arrivals(same sex) + (1 - h) arrivals(other)] / people,
    by province: the number of people with kin grows with the number who arrived, not with the years since.
    """
    return Links(
        reach=world.monthly("kin_per_arrival"),
        homophily=world.monthly("homophily"),
        followers=world.monthly("companion_ratio"),
        leaders=PARENT_AGES,
    )

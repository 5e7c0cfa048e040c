"""Who would leave if they could (Sung & Cho 2018, "Prior Studies").

Push and pull affect both sexes alike: the term for sex is zero unless a rival theory claims otherwise.
"""

from __future__ import annotations

import numpy as np

from tumen.case import World
from tumen.model.capital import shortfall
from tumen.model.compiled import AGES, Floats


def place(world: World) -> Floats:
    """Return the willingness logit's part by month and province: hunger, control, information, benefits."""
    usual = world.baseline.at("settlement_money", world.case.reference.month)
    pull = np.log1p(world.monthly("settlement_money")) - np.log1p(usual)
    common = (
        world.monthly("will_base")
        + world.monthly("will_control") * world.monthly("control")
        + world.monthly("will_information") * world.monthly("information")
        + world.monthly("will_benefits") * pull
    )
    return np.asarray(common[:, None] + world.monthly("will_hunger")[:, None] * shortfall(world))


def group(world: World) -> Floats:
    """Return the part by class and sex, (months, classes, 2)."""
    return np.asarray(world.monthly("will_class")[:, :, None] + world.monthly("will_sex")[:, None, :])


def age(world: World) -> Floats:
    """Return the part by age, (months, 101): a slope per ten years beyond 30, zero before."""
    return np.asarray(world.monthly("will_age")[:, None] * np.maximum(np.arange(AGES) - 30, 0) / 10)

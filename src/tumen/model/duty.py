"""Who has the duty to report at a state post: all before marriage, men after it too (Sung & Cho 2018, "Unintended
Consequences").

The duty of married women was loosened, that of the unmarried was not, so women of 17 to 25 are held by their post as
men of these ages are held by the army. Who is married follows from the mean age at first marriage and its spread.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from tumen.case import World
from tumen.model.compiled import AGES, Floats

#: Below this the share with the duty counts as none.
_NONE = 1e-9
#: The largest yearly rate of leaving a post at marriage: within a month nearly all.
_FASTEST = 60.0


def married(mean: Floats, spread: Floats) -> Floats:
    """Share ever married by sex and single year of age: a normal distribution of the age at first marriage.

    `mean`, `spread`: (2,) years, above zero; result: (2, 101) in [0, 1].
    """
    age = np.arange(AGES) + 0.5
    return np.asarray(ndtr((age[None, :] - mean[:, None]) / spread[:, None]))


def bound(single: Floats, wed: Floats, share_married: Floats) -> Floats:
    """Share of people with the duty to report: that of the unmarried and of the married, by who is married.

    `single`, `wed`: (2,) in [0, 1]; `share_married`: (2, 101) in [0, 1]; result: (2, 101) in [0, 1].
    """
    return np.asarray(single[:, None] * (1 - share_married) + wed[:, None] * share_married)


def release(share_bound: Floats) -> Floats:
    """Yearly rate at which holders of a post are released from the duty as they grow older, at marriage.

    It is the rate at which the share with the duty falls from one age to the next. `share_bound`: (2, 101) in [0, 1];
    result: (2, 101) per year, >= 0.
    """
    level = np.log(np.maximum(share_bound, _NONE))
    fall = np.zeros_like(level)
    fall[:, :-1] = level[:, :-1] - level[:, 1:]
    return np.clip(fall, 0.0, _FASTEST)


def duty(world: World, t: int) -> Floats:
    """Share of people with the duty to report in month t, by sex and age; shape (2, 101)."""
    single, wed, mean, spread = (table[t] for table in duty_drivers(world))
    return bound(single, wed, married(mean, spread))


def duty_drivers(world: World) -> list[Floats]:
    """The dated inputs from which the duty follows, each (months, 2)."""
    return [
        np.asarray(world.monthly(key))
        for key in ("duty_to_report", "duty_when_married", "marriage_age", "marriage_age_spread")
    ]

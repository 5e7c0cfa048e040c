"""Who is called up, how many, and for how long (Sung & Cho 2018, "Male-Targeted Military Draft System")."""

from __future__ import annotations

import numpy as np

from tumen.case import SEXES, STATUSES, World
from tumen.mechanism.program import NEVER, Floats, Gate, Ints


def gate(world: World) -> Gate:
    """A person of call-up age who is tall enough and of a liable class is taken with the dated intake share.

    In months of the closure `fixed_intake` the intake share is given and strength follows; in those of `fixed_strength`
    strength is given (the goal, NaN in the other months) and the intake of the sexes marked in `strength_solved_by` is
    solved. The physical minimum is turned into a z-score of height at call-up age.
    """
    height = world.monthly("minimum_height")
    z = (height - world.monthly("height_mean")) / world.monthly("height_sd")
    goal = np.where(world.fixed_strength, world.monthly("strength"), np.nan)
    return Gate(
        adult_months=round(12 * float(world.constant("enlistment_age"))),
        share=world.monthly("intake_share"),
        liable=world.monthly("drafted"),
        bar=np.where(height > 0, z, -np.inf),
        goal=goal,
        solved=np.asarray(world.constant("strength_solved_by")) > 0.5,
        floor=world.monthly("intake_floor"),
        into=STATUSES.index("serving"),
    )


def discharge(length: Floats, offset: int) -> Ints:
    """The month a term ends: the first in which the time served reaches the length then in force.

    A law that lengthens service holds those who serve. One that shortens it is carried out over the years it
    cuts (assumed): the length in force falls by no more than a month a month, so that two cohorts leave a year instead
    of all at once. `length`: (months, 2) years; result: (offset + months, 2), for terms begun `offset` months before
    the window up to its last month.
    """
    months = length.shape[0]
    required = np.ceil(12 * length - 1e-9)
    for t in range(1, months):
        required[t] = np.maximum(required[t], required[t - 1] - 1)
    due = np.full((offset + months, len(SEXES)), NEVER, dtype=np.int32)
    served = np.arange(months)[None, :] - np.arange(-offset, months)[:, None]
    for sex in range(len(SEXES)):
        done = served >= np.maximum(required[:, sex], 1)
        due[:, sex] = np.where(done.any(axis=1), done.argmax(axis=1), NEVER)
    return due

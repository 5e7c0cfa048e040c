"""Who is called up, how many, and for how long (Sung & Cho 2018, "Male-Targeted Military Draft System")."""

from __future__ import annotations

import numpy as np

from tumen.case import STATUSES, World
from tumen.model.compiled import EntrySelection, Floats, Ints


def entry(world: World) -> EntrySelection:
    """A person of call-up age who is tall enough and of a liable class is taken with the dated intake share.

    In months of the closure `fixed_intake` the intake share is kept and strength follows. In those of `fixed_strength`
    the strength is given (the goal, NaN in the other months): the sexes marked in `strength_solved_by` are discharged
    up to `discharge_leeway` months early or late, and beyond that their intake adjusts. The physical minimum is turned
    into a z-score of height at call-up age.
    """
    height = world.monthly("minimum_height")
    z = (height - world.monthly("height_mean")) / world.monthly("height_sd")
    goal = np.where(world.fixed_strength, world.monthly("strength"), np.nan)
    return EntrySelection(
        adult_months=round(12 * float(world.constant("enlistment_age"))),
        share=world.monthly("intake_share"),
        liable=world.monthly("drafted"),
        bar=np.where(height > 0, z, -np.inf),
        goal=goal,
        solved=np.asarray(world.constant("strength_solved_by")) > 0.5,
        floor=world.monthly("intake_floor"),
        term=terms(world.monthly("service_years")),
        leeway=round(float(world.constant("discharge_leeway"))),
        into=STATUSES.index("serving"),
    )


def terms(length: Floats) -> Ints:
    """Months to be served under the law of each month, by whoever is serving then.

    A law that lengthens service holds those who serve. One that shortens it is carried out over the years it cuts
    (assumed): the length in force falls by no more than a month a month, so that two cohorts leave a year instead of
    all at once. `length`: (months, 2) years; result: (months, 2), at least 1.
    """
    required = np.ceil(12 * length - 1e-9)
    for t in range(1, required.shape[0]):
        required[t] = np.maximum(required[t], required[t - 1] - 1)
    return np.maximum(required, 1).astype(np.int32)

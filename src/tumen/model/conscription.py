"""Who is called up, how many, and for how long (Sung & Cho 2018, "Male-Targeted Military Draft System")."""

from __future__ import annotations

import numpy as np

from tumen.case import STATUSES, World
from tumen.model.compiled import EntrySelection, Floats, Ints


def entry(world: World) -> EntrySelection:
    """Return the rules of conscription: who is tall enough and of a liable class is taken with the dated intake share.

    In months of the closure `fixed_intake` the intake share is given and strength follows. In months of
    `fixed_strength` the strength is given (the goal; NaN in other months): the sexes in `strength_solved_by` are
    discharged up to `discharge_leeway` months early or late, and beyond that their intake adjusts. The minimum height
    becomes a z-score of height at call-up age.
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
    """Return the months of service required in each month, of everybody serving then; (months, 2), at least 1.

    length: (months, 2) years by law. A longer service applies at once. A shorter one is phased in (assumed): the length
    in force falls by at most a month per month, so that two cohorts a year are discharged instead of all at once.
    """
    required = np.ceil(12 * length - 1e-9)
    for t in range(1, required.shape[0]):
        required[t] = np.maximum(required[t], required[t - 1] - 1)
    return np.maximum(required, 1).astype(np.int32)

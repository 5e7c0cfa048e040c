"""The border and the journey to the destination: arrivals differ from departures."""

from __future__ import annotations

import numpy as np

from tumen.case import SEXES, STATUSES, World
from tumen.model.compiled import EXITS, STAGES, Floats, Ints, Journey, PiecewiseConstantTable, piecewise_constant

DIRECT, FIRST, LATER, HELD = range(len(STAGES))
ARRIVE, RETURN, SETTLE, DIE, SHIFT, HOME = range(len(EXITS))
CHANNELS = ("border", "overseas", "other", "companion")
BORDER, OVERSEAS, OTHER, COMPANION = range(len(CHANNELS))


def journey(world: World) -> Journey:
    """Return interception, detention, and monthly exit hazards abroad by stage and sex.

    Stages: direct, with brokers all the way; first, the months near the river; later; held, in a forced marriage. Those
    held are neither on their way nor counted as settled. Most forced returns happen in the first stage, from which
    people also go home voluntarily, without penalty.
    """
    return Journey(
        success=world.monthly("crossing_success"),
        release=1 / world.monthly("detention"),
        loss=world.monthly("detention_death_rate") / 12,
        entry=_entry(world),
        exits=_exits(world),
        shift=np.array([DIRECT, LATER, LATER, LATER], dtype=np.int32),
        kin=world.monthly("onward_kin"),
        airlift=world.monthly("airlift"),
        lifted=np.isin(STAGES, ("first", "later")),
    )


def _entry(world: World) -> Floats:
    direct, trafficked = world.monthly("direct_share"), world.monthly("trafficked_share")
    entry = np.zeros((world.months, len(SEXES), len(STAGES)))
    entry[..., DIRECT] = direct[:, None]
    entry[..., HELD] = (1 - direct[:, None]) * trafficked
    entry[..., FIRST] = (1 - direct[:, None]) * (1 - trafficked)
    return entry


def _exits(world: World) -> Floats:
    exits = np.zeros((world.months, len(STAGES), len(SEXES), len(EXITS)))
    exits[:, DIRECT, :, ARRIVE] = world.monthly("onward_direct")[:, None]
    exits[:, FIRST, :, ARRIVE] = world.monthly("onward_first")
    exits[:, LATER, :, ARRIVE] = world.monthly("onward_later")
    exits[:, :, :, RETURN] = world.monthly("repatriation_later")[:, None, :]
    exits[:, FIRST, :, RETURN] = world.monthly("repatriation_first")
    exits[:, FIRST, :, HOME] = world.monthly("return_home_rate")[:, None]
    exits[:, FIRST : LATER + 1, :, SETTLE] = world.monthly("settling_rate")[:, None, :]
    exits[:, :, :, DIE] = world.monthly("death_rate_abroad")[:, None, None]
    exits[:, FIRST, :, SHIFT] = 12 / world.monthly("first_months")[:, None]
    exits[:, HELD, :, SHIFT] = world.monthly("escape_marriage_rate")
    return exits / 12


def other_channels(world: World) -> PiecewiseConstantTable:
    """Return the monthly hazard of leaving by other channels: from a posting abroad, by sea, front line or office."""
    overseas, other = world.monthly("overseas_exit_rate"), world.monthly("other_channel_rate")

    def build(t: int) -> Floats:
        rate = np.repeat(other[t][None, :], len(STATUSES), axis=0)
        rate[STATUSES.index("child")] = 0.0
        rate[STATUSES.index("posted")] = overseas[t]
        return np.asarray(rate / 12)

    return piecewise_constant([overseas, other], build)


def channel() -> Ints:
    """Return the channel index that departures by other channels count as, by status."""
    return np.where(np.array(STATUSES) == "posted", OVERSEAS, OTHER).astype(np.int32)

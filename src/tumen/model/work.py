"""Who holds a post, who is at home, who trades (Sung & Cho 2018, "Female-Dominated Marketization").

Men lead a market exactly when exp(taste of men) x free men exceeds exp(taste of women) x free women: the sex of traders
follows from who is free to trade; it is not an input.
"""

from __future__ import annotations

import numpy as np

from tumen.case import SEXES, STATUSES, World
from tumen.model.compiled import (
    AGES,
    AT_ONCE,
    CapacityLimitedState,
    Floats,
    Move,
    PiecewiseConstantTable,
    piecewise_constant,
)
from tumen.model.duty import duty, duty_drivers, release

CHILD, SERVING, TIED, STALL, PRIVATE, FREE, POSTED = range(len(STATUSES))
#: Ages at which people are sent to work abroad (assumed: working adults past service).
POSTING_AGES = slice(25, 51)
_AGE = np.arange(AGES)


def availability(bound: Floats, bought_absence: Floats) -> Floats:
    """Share of a person's working days free for private work, by status, sex and age: all at home, none in the army.

    A tied worker's days are free as far as the duty to report does not bind or absence can be bought. `bound`: (2, 101)
    in [0, 1]; `bought_absence`: scalar in [0, 1]; result: (7, 2, 101) in [0, 1].
    """
    free = np.zeros((len(STATUSES), len(SEXES), AGES))
    free[TIED] = (1 - bound) + bound * bought_absence
    free[[STALL, PRIVATE, FREE]] = 1.0
    return free


def legality(minimum_age: Floats, extra: Floats, enforcement: float) -> Floats:
    """Chance that a person of a sex and age may take a stall in a province, where age bans are kept only in part.

    A ban keeps newcomers out; those who hold a stall give it up at the usual rate, so that in time the barred hold the
    share of places that is not enforced.

    `minimum_age`: (2,) years, 0 for no ban; `extra`: (provinces,) years added to a ban; result: (2, 101, provinces).
    """
    raised = np.where(minimum_age[:, None] > 0, minimum_age[:, None] + extra[None, :], 0.0)
    barred = _AGE[None, :, None] < raised[:, None, :]
    return np.where(barred, 1.0 - enforcement, 1.0)


def moves(world: World) -> tuple[Move, ...]:
    """Return the monthly hazards of moving between a post, home and private work."""
    return (Move(FREE, _to_home(world)), Move(TIED, _to_post(world)), Move(PRIVATE, _to_private(world)))


def _shape(world: World) -> tuple[int, int, int, int]:
    return len(STATUSES), len(SEXES), AGES, len(world.provinces)


def _to_home(world: World) -> PiecewiseConstantTable:
    """Lay-off, release at marriage, quitting without the duty, retirement; and giving up private work without it."""
    layoff, quitting, retirement = (world.monthly(k) for k in ("layoff_rate", "quit_rate", "retirement_age"))
    stall, private = world.monthly("stall_exit_rate"), world.monthly("private_exit_rate")

    def build(t: int) -> Floats:
        rate, bound = np.zeros(_shape(world)), duty(world, t)
        post = layoff[t][:, None] + quitting[t] * (1 - bound) + release(bound)
        rate[TIED] = post[..., None] / 12
        retired = _AGE[None, :] >= retirement[t][:, None]
        rate[TIED][retired] = AT_ONCE
        idle = np.where(retired, 1.0, 1 - bound)[..., None]
        rate[STALL] = idle * stall[t] / 12
        rate[PRIVATE] = idle * private[t] / 12
        return rate

    return piecewise_constant([*duty_drivers(world), layoff, quitting, retirement, stall, private], build)


def _to_post(world: World) -> PiecewiseConstantTable:
    """Those with the duty to report are assigned to a state post from home, and return to it from private work.

    Workers posted abroad return to one, too.
    """
    assignment = world.monthly("assignment_rate")
    retirement, term = world.monthly("retirement_age"), world.monthly("overseas_term")
    stall, private = world.monthly("stall_exit_rate"), world.monthly("private_exit_rate")

    def build(t: int) -> Floats:
        rate = np.zeros(_shape(world))
        working = _AGE[None, :] < retirement[t][:, None]
        bound = np.where(working, duty(world, t), 0.0)[..., None]
        rate[FREE] = bound * assignment[t] / 12
        rate[STALL] = bound * stall[t] / 12
        rate[PRIVATE] = bound * private[t] / 12
        rate[POSTED] = 1 / term[t]
        return rate

    return piecewise_constant([*duty_drivers(world), assignment, retirement, term, stall, private], build)


def _to_private(world: World) -> PiecewiseConstantTable:
    """Brokerage, transport, handicraft: open to whoever has free days, as far as trade is tolerated."""
    bought, openness, entry = (world.monthly(k) for k in ("bought_absence", "openness", "private_entry_rate"))

    def build(t: int) -> Floats:
        rate = np.zeros(_shape(world))
        free = availability(duty(world, t), bought[t])
        for status in (TIED, FREE):
            rate[status] = (free[status] * openness[t] * entry[t] / 12)[..., None]
        return rate

    return piecewise_constant([*duty_drivers(world), bought, openness, entry], build)


def capacity_limited(world: World) -> tuple[CapacityLimitedState, ...]:
    """Return stalls, allocated to provinces by population, and posts abroad, filled from the whole country."""
    return (_stalls(world), _posts(world))


def _stalls(world: World) -> CapacityLimitedState:
    bought = world.monthly("bought_absence")
    taste, least = world.monthly("trading_taste"), world.monthly("trading_minimum_age")
    extra, enforcement = world.monthly("trading_minimum_age_extra"), world.monthly("ban_enforcement")

    def build(t: int) -> Floats:
        weight = np.zeros(_shape(world))
        liking = np.exp(taste[t])[None, :, None] * availability(duty(world, t), bought[t])
        allowed = legality(least[t], extra[t], enforcement[t])
        for status in (TIED, FREE, PRIVATE):
            weight[status] = liking[status][..., None] * allowed
        return weight

    places = world.monthly("stalls") * world.monthly("openness")
    people = np.array([p.population for p in world.provinces], dtype=float)
    return CapacityLimitedState(
        to=STALL,
        goal=places[:, None] * (people / people.sum())[None, :],
        keep=np.exp(-world.monthly("stall_exit_rate") / 12),
        weight=piecewise_constant([*duty_drivers(world), bought, taste, least, extra, enforcement], build),
        shared=False,
    )


def _posts(world: World) -> CapacityLimitedState:
    preference = world.monthly("overseas_preference")

    def build(t: int) -> Floats:
        weight = np.zeros(_shape(world))
        weight[TIED, :, POSTING_AGES] = preference[t][:, None, None]
        return weight

    return CapacityLimitedState(
        to=POSTED,
        goal=world.monthly("overseas_posts")[:, None],
        keep=np.exp(-1 / world.monthly("overseas_term")),
        weight=piecewise_constant([preference], build),
        shared=True,
    )


def idle_at_start(world: World) -> Floats:
    """Share of adults out of the army who are at home when the window opens, by sex and age; shape (2, 101).

    Those without the duty, and of those with it the few who are between two posts.
    """
    share = 1 - duty(world, 0) * (1 - world.monthly("home_share_start")[0])
    return np.where(_AGE[None, :] >= world.monthly("retirement_age")[0][:, None], 1.0, share)

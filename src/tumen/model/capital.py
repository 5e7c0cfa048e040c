"""Savings from the work a person does (Sung & Cho 2018, "Female-Dominated Marketization")."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.special import ndtri

from tumen.case import STATUSES, World
from tumen.model.compiled import Floats, Savings, piecewise_constant
from tumen.model.elementary import FAST

#: Number of equally likely values of the monthly shock, so that ten random bits choose one.
SHOCKS = 1024
_PRIVATE_WORK = ("stall", "private")
_FED = ("serving", "posted")
#: Statuses that live in a household at home, unlike soldiers and workers abroad.
_AT_HOME = ("tied", "stall", "private", "free")


@njit(nogil=True, error_model="numpy", fastmath=FAST)
def capital_step(capital, earnings, shock, support, need, keep):  # type: ignore[no-untyped-def]
    """Move savings by a month: capital x keep + earnings x shock + support - need, at least zero (US dollars).

    All arrays have one entry per agent; `keep` is a scalar in [0, 1]. Writes `capital` in place.
    """
    for i in range(capital.size):
        capital[i] = max(capital[i] * keep + earnings[i] * shock[i] + support[i] - need[i], 0.0)


def shocks(spread: float) -> Floats:
    """Return the mid-quantiles of a lognormal with log standard deviation `spread`, scaled to mean 1; shape (1024,)."""
    value = np.exp(spread * ndtri((np.arange(SHOCKS) + 0.5) / SHOCKS))
    return np.asarray(value / value.mean(), dtype=np.float64)


def savings(world: World) -> Savings:
    """Return how savings move: earnings by status and province, the cost of living beyond rations, and dated losses.

    Soldiers are fed by the army and workers abroad by their employer. A currency reform takes a share of savings in its
    month. Rations fall short by province as `hunger_place` says. People differ in lifelong earning power, because
    monthly shocks alone average out and nobody could then pay a fee of many months' earnings. The part `purse_pooling`
    of earnings at home is shared between women and men of a province and ten-year age band.
    """
    earnings, place = world.monthly("earnings"), world.monthly("earnings_place")

    def build(t: int) -> Floats:
        factor = np.where(np.isin(STATUSES, _PRIVATE_WORK)[:, None], place[t][None, :], 1.0)
        return np.asarray(earnings[t][:, None] * factor)

    decay, loss = world.monthly("capital_decay"), world.monthly("cash_loss")
    return Savings(
        earnings=piecewise_constant([earnings, place], build),
        need=world.monthly("subsistence")[:, None] * shortfall(world),
        fed=np.isin(STATUSES, _FED),
        power=float(world.constant("earning_power_spread")),
        pooling=world.monthly("purse_pooling"),
        shares=np.isin(STATUSES, _AT_HOME),
        keep=np.exp(-decay / 12) * (1 - loss),
        support=world.monthly("remittance"),
        starting_capital=world.monthly("starting_capital"),
        line=world.monthly("cash_line"),
        shock=shocks(float(world.constant("earnings_spread"))),
    )


def shortfall(world: World) -> Floats:
    """Return the share of subsistence that rations do not cover; (months, provinces), in [0, 1]."""
    missing = (1 - world.monthly("rations"))[:, None] * world.monthly("hunger_place")
    return np.minimum(missing, 1.0)

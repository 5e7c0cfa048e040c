"""What a person can save by the work they do (Sung & Cho 2018, "Female-Dominated Marketization")."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.special import ndtri

from tumen.case import STATUSES, World
from tumen.model.compiled import Floats, Savings, piecewise_constant
from tumen.model.elementary import FAST

#: Values of the monthly shock: equally likely, so that ten random bits choose one.
SHOCKS = 1024
_PRIVATE_WORK = ("stall", "private")
_FED = ("serving", "posted")
#: Who lives in a household at home: soldiers and workers abroad do not.
_AT_HOME = ("tied", "stall", "private", "free")


@njit(nogil=True, error_model="numpy", fastmath=FAST)
def capital_step(capital, earnings, shock, support, need, keep):  # type: ignore[no-untyped-def]
    """Savings after a month: capital x keep + earnings x shock + support - need, never below zero (US dollars).

    All arrays have one entry a person; `keep` is a scalar in [0, 1]. `capital` is changed in place.
    """
    for i in range(capital.size):
        capital[i] = max(capital[i] * keep + earnings[i] * shock[i] + support[i] - need[i], 0.0)


def shocks(spread: float) -> Floats:
    """The mid-quantiles of a lognormal with log standard deviation `spread`, scaled to mean 1; shape (1024,)."""
    value = np.exp(spread * ndtri((np.arange(SHOCKS) + 0.5) / SHOCKS))
    return np.asarray(value / value.mean(), dtype=np.float64)


def savings(world: World) -> Savings:
    """Earnings by status and province against the cost of living that rations leave uncovered, and the dated losses.

    Soldiers are fed by the army and workers abroad by their employer. A currency reform takes its share of savings in
    its month. Rations fall short by province as `hunger_place` says. People differ in earning power for life: monthly
    shocks alone average out, and then nobody could pay a fee of many months' earnings. The part `purse_pooling` of
    earnings at home is shared between women and men of a province and ten-year age band.
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
    """Share of bare living that rations leave uncovered, by month and province, in [0, 1]."""
    missing = (1 - world.monthly("rations"))[:, None] * world.monthly("hunger_place")
    return np.minimum(missing, 1.0)

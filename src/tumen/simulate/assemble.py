"""From counts to a labelled dataset: five-year age groups, names, units, and figures derived from the counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tumen.case import CaseError
from tumen.engine.counts import Counts
from tumen.engine.state import ADULTS, CAN_PAY, FLOWS, GROUP_PAIRS, KIN, MOBILITY
from tumen.model.compiled import STAGES, CompiledModel
from tumen.model.journey import CHANNELS

if TYPE_CHECKING:
    import xarray as xr

AGE_GROUPS = (*(f"{a}-{a + 4}" for a in range(0, 80, 5)), "80+")
#: Years over which the arrivals that one arrival causes are added up.
REPRODUCTION_YEARS = 10
#: Variables that count the people of one status.
BY_STATE = {"soldiers": "serving", "traders": "stall", "state_workers": "tied", "private_workers": "private"}
#: Variables of a dataset: dimensions, values, attributes.
Labelled = dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, str]]]
_DIMS = ("month", "sex", "age", "province")


def dataset(model: CompiledModel, counts: Counts) -> xr.Dataset:
    """Return all figures of a run as an xarray Dataset; docs/result.md lists the variables."""
    import xarray as xr

    months = np.array(model.start + np.arange(model.months) - 12 * 1970, dtype="datetime64[M]")
    names = {"arrivals": "Arrivals in the month", "departures": "Departures in the month"}
    names |= {"attempts": "Attempts to cross in the month", "interceptions": "Attempts intercepted in the month"}
    names |= {"repatriations": "Persons returned from abroad in the month", "abroad": "People abroad on their way"}
    variables = {
        name: (_DIMS, _five_years(counts.flow[:, FLOWS.index(name)]), {"units": "person", "long_name": text})
        for name, text in names.items()
    }
    held = counts.flow[:, FLOWS.index("held")]
    everyone = _five_years(counts.stock.sum(axis=1) + held)
    variables["population"] = (_DIMS, everyone, {"units": "person", "long_name": "People at home, end of month"})
    for name, state in BY_STATE.items():
        some = _five_years(counts.stock[:, model.states.index(state)])
        variables[name] = (_DIMS, some, {"units": "person", "long_name": name.replace("_", " ").capitalize()})
    return xr.Dataset(
        variables | _noise(counts) | _summaries(model, counts),
        coords={
            "month": months.astype("datetime64[ns]"),
            "year": counts.years,
            "sex": list(model.groups),
            "age": list(AGE_GROUPS),
            "province": list(model.places),
            "status": list(model.states),
            "channel": list(CHANNELS),
            "group": np.arange(GROUP_PAIRS),
        },
    )


def _five_years(table: np.ndarray) -> np.ndarray:
    """Sum single years of age (axis 2 of month, group, age, place) to five-year groups."""
    starts = np.arange(0, 81, 5)
    return np.add.reduceat(table, starts, axis=2)


def _noise(counts: Counts) -> Labelled:
    """Return yearly figures by sex and random group of agents, and their standard errors.

    The scatter of the groups is the standard error. Two worlds with the same agents have the same groups, so the
    scatter of their differences is the noise of a paired difference.
    """
    errors, found = counts.yearly()[1], Labelled()
    about = "Monte Carlo error of sampling people and their draws, not of parameters; random groups share the feedback"
    of_group = "by random group of agents; the groups add up to the total"
    for k, name in enumerate(("arrivals", "departures")):
        stated, groups = f"Standard error of yearly {name}: {about}", f"Yearly {name} {of_group}"
        found[f"{name}_se"] = (("year", "sex"), errors[:, k], _about("person", stated))
        found[f"{name}_by_group"] = (("year", "sex", "group"), counts.by_group[:, k], _about("person", groups))
    return found


def _summaries(model: CompiledModel, counts: Counts) -> Labelled:
    sums, dims = counts.adult_sums, ("month", "sex")
    adults = np.maximum(sums[:, ADULTS], 1e-9)
    serving = counts.stock[:, model.entry.into].sum(axis=(1, 2, 3))
    by_state, by_channel = np.swapaxes(counts.by_state, 1, 2), np.swapaxes(counts.by_channel, 1, 2)
    years = transit_years(model, counts)
    return {
        "departures_by_status": ((*dims, "status"), by_state, _about("person", "Departures by status")),
        "departures_by_channel": ((*dims, "channel"), by_channel, _about("person", "Departures by channel")),
        "adults": (dims, sums[:, ADULTS], _about("person", "People of call-up age or older at home")),
        "can_pay": (dims, sums[:, CAN_PAY], _about("person", "Adults whose means reach the fee")),
        "mobility": (dims, sums[:, MOBILITY] / adults, _about("share", "Mean mobility of adults")),
        "kin": (dims, sums[:, KIN] / adults, _about("share", "Adults with kin abroad")),
        "transit_years": (dims, years, _about("year", "Mean years abroad of arrivals")),
        "strength": (("month",), serving, _about("person", "People under arms")),
        "reproduction": (("month",), reproduction(model, counts), _about("person", "Arrivals caused by one arrival")),
    }


def _about(units: str, long_name: str) -> dict[str, str]:
    return {"units": units, "long_name": long_name}


def transit_years(model: CompiledModel, counts: Counts) -> np.ndarray:
    """Return the mean years abroad of those who arrive, (months, X); NaN where nobody arrives.

    Time abroad is tracked with the stock of each stage, assuming that those who leave a stage are a random
    sample of it.
    """
    stock, arrived, shifted = (counts.stage[:, i] for i in range(3))  # (months, R, X)
    spent = np.zeros(stock.shape[1:])  # person-months abroad of those in the stage
    years = np.full((model.months, stock.shape[2]), np.nan)
    before = np.zeros(stock.shape[1:])
    for t in range(model.months):
        spent = spent + before  # everyone there has been there a month longer
        mean = np.divide(spent, before, out=np.zeros_like(spent), where=before > 0)
        came = arrived[t].sum(axis=0)
        years[t] = np.divide((arrived[t] * mean).sum(axis=0), 12 * came, out=years[t], where=came > 0)
        moved = np.zeros_like(spent)
        for r in range(len(STAGES)):
            moved[model.journey.shift[r]] += shifted[t, r] * mean[r]
        left = model.journey.exits[t].sum(axis=2)  # (R, X) hazards, kin aside
        left = left + model.journey.lifted[:, None] * counts.feedback[t].airlift
        stay = np.exp(-left) * before
        spent = stay * mean + moved
        before = stock[t]
    return years


def reproduction(model: CompiledModel, counts: Counts) -> np.ndarray:
    """Return the arrivals that one arrival causes through kin within ten years, (months,); NaN except in December.

    Relatives reached by one arrival x departures that kin add per relative and year x ten years x share of departures
    that arrive (over the five years past). One or more would be a network that feeds itself without end.
    """
    number = np.full(model.months, np.nan)
    arrived = counts.flow[:, FLOWS.index("arrivals")].sum(axis=(1, 2, 3))
    left = counts.flow[:, FLOWS.index("departures")].sum(axis=(1, 2, 3))
    for t in range(model.months):
        added, relatives = counts.kin_effect[t]
        if relatives > 0:
            past = slice(max(t - 59, 0), t + 1)
            share = min(arrived[past].sum() / max(left[past].sum(), 1e-9), 1.0)
            number[t] = model.links.reach[t] * added / relatives * 12 * REPRODUCTION_YEARS * share
    return number


def refuse_runaway(model: CompiledModel, counts: Counts) -> None:
    """Raise CaseError where the network would grow without limit."""
    number = reproduction(model, counts)
    if np.nanmax(number, initial=0.0) < 1:
        return
    t = int(np.nanargmax(number))
    month = model.start + t
    raise CaseError.single(
        what=f"one arrival brings about {number[t]:.2f} others through kin in {month // 12}",
        where="kin_per_arrival",
        expected="fewer than one, or the network grows without end",
        remedy="lower kin_per_arrival, will_kin, credit_share or sponsor_probability",
    )

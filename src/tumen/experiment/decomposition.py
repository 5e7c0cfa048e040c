"""Where women's majority comes from, by arithmetic on one world: no other world is simulated.

Three accounts of the same flows. The sex gap of arrivals as a product of factors, each women's over men's, and its
division among them (Das Gupta 1993, Standardization and Decomposition of Rates, U.S. Bureau of the Census P23-186). A
rise between two spans of years as a change of who leaves and arrives and of women's share within each group (Kitagawa
1955, Journal of the American Statistical Association 50(272), 1168-1194). And ceilings: what would be left of women's
majority if one sex were as often in a status as the other, everything else as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from tumen import simulate as simulation
from tumen.case import SEXES, Case, CaseError, Scenario
from tumen.case.inputs import BASE
from tumen.experiment.attribution import shapley_values
from tumen.experiment.measures import span
from tumen.infer.draws import spread
from tumen.infer.posterior import Posterior
from tumen.model.compiled import Floats
from tumen.model.theories import Theory
from tumen.simulate.assemble import BY_STATE

Years = tuple[int, int]
#: Years at either end of a span that its rise is measured between.
END = 3
#: Arrivals of a sex are the product of these: adult person-years at home; their mean mobility; the share whose means
#: reach the fee; border departures for each of those (will, kin, both keys being with the same person, the border);
#: all adults' departures for one over the border; all departures for one of an adult, children and spouses included;
#: arrivals for a departure.
FACTORS = ("people", "mobility", "able_to_pay", "response", "other_ways", "companions", "transit")
#: The statuses whose head count is made alike, by the variable of a result that counts them.
CHANNELS = {
    "army": "soldiers",
    "workplace": "state_workers",
    "market": "traders",
    "other private work": "private_workers",
}
#: What a rise is split by (Kitagawa).
GROUPED = ("age", "province")
#: Bound of the logarithm of how many times as often the people of a status leave.
_MOST_LOG_HAZARD = 15.0
_FEMALE, _MALE = (SEXES.index(sex) for sex in ("female", "male"))


@dataclass(frozen=True, eq=False)
class Decomposition:
    """The three accounts of one world over draws of a posterior; every field has the dimension `draw`.

    gap: as `gap` says; rise: as `rise`, from the first END years to the last; kitagawa: as `kitagawa`, between the
    same, with the dimension `by`; ceilings: as `ceilings`.
    """

    case: str
    world: str
    years: Years
    gap: xr.Dataset
    rise: xr.Dataset
    kitagawa: xr.DataArray
    ceilings: xr.DataArray

    @property
    def ends(self) -> tuple[Years, Years]:
        """The spans that the rise is measured between."""
        return _ends(self.years)


def decompose(
    case: Case,
    theory: Theory,
    found: Posterior,
    years: Years | None = None,
    *,
    scenarios: Sequence[Scenario] = (),
    draws: int = 20,
    threads: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> Decomposition:
    """Simulate a world with some draws of a posterior, with as many agents as its own runs, and take it apart.

    years: first and last, both included, 2 x END at least (None: those that were counted one by one and by sex).
    progress is told how many draws are done, of how many.
    Raises CaseError for years that cannot be had and for more draws than there are.
    """
    over = span(case, years)
    first, last = years = over.first, over.last
    if last - first + 1 < 2 * END:
        raise CaseError.single(
            f"the years {first} to {last} are taken apart", "years", f"{2 * END} years at least", "choose a longer span"
        )
    before, after = _ends(years)
    which = spread(found, draws)
    found_of = {name: list[Any]() for name in ("gap", "rise", "kitagawa", "ceilings")}
    for number, i in enumerate(which, 1):
        one = found.draw(i)
        world = case.world(tuple(scenarios), one.history, parameters=one.parameters)
        made = simulation.run(world, theory, people=found.agents, seed=one.seed, threads=threads).flows
        found_of["gap"].append(gap(made, years))
        found_of["rise"].append(rise(made, before, after))
        found_of["kitagawa"].append(xr.concat([kitagawa(made, before, after, by) for by in GROUPED], "by"))
        found_of["ceilings"].append(ceilings(made, years))
        if progress is not None:
            progress(number, len(which))
    together = {name: xr.concat(each, "draw").assign_coords(draw=list(which)) for name, each in found_of.items()}
    together["kitagawa"] = together["kitagawa"].assign_coords(by=list(GROUPED))
    return Decomposition(case.name, "+".join(one.name for one in scenarios) or BASE, years, **together)


def _ends(years: Years) -> tuple[Years, Years]:
    first, last = years
    return (first, first + END - 1), (last - END + 1, last)


def factors(flows: xr.Dataset, years: Years) -> xr.DataArray:
    """The factors of arrivals over some years, dims factor, sex; their product is arrivals in persons.

    flows: of a result (docs/result.md); years: first and last, both included. NaN where a factor is 0 / 0. Arrivals of
    the span are set beside departures of the same span, though many left earlier: in years of growth `transit` is low.
    """
    some = _within(flows, years)
    each = some[["departures", "arrivals"]].sum(["month", "age", "province"])
    ways = some["departures_by_channel"].sum("month")
    over = ways.sel(channel="border", drop=True)
    adults = ways.sum("channel") - ways.sel(channel="companion", drop=True)
    people = some["adults"].sum("month") / 12
    mobile = (some["mobility"] * some["adults"]).sum("month") / 12
    paying = some["can_pay"].sum("month") / 12
    made = (
        people,
        mobile / people,
        paying / people,
        over / (mobile * paying / people),
        adults / over,
        each["departures"] / adults,
        each["arrivals"] / each["departures"],
    )
    return xr.concat(made, "factor", coords="minimal", compat="override").assign_coords(factor=list(FACTORS))


def gap(flows: xr.Dataset, years: Years) -> xr.Dataset:
    """The sex gap of arrivals over some years, divided among the factors, dims factor.

    ratio: women's value over men's; log_ratio: its logarithm, which adds up to log(women / men) among arrivals exactly;
    points: what each adds to women's share above one half, in shares, averaged over all orders (Shapley = Das Gupta),
    which adds up to the share less 0.5.
    """
    ratio = _ratio(factors(flows, years))
    return _divided(ratio, ratio.copy(data=np.ones(ratio.size)))


def rise(flows: xr.Dataset, first: Years, last: Years) -> xr.Dataset:
    """The change of women's share of arrivals from one span of years to another, divided among the factors.

    ratio: the factor's ratio of women to men in the later span over that in the earlier; log_ratio and points as in
    `gap`; points add up to the share of the later span less that of the earlier one.
    """
    return _divided(_ratio(factors(flows, last)), _ratio(factors(flows, first)))


def kitagawa(flows: xr.Dataset, first: Years, last: Years, by: str, flow: str = "arrivals") -> xr.DataArray:
    """The change of women's share of a flow between two spans: dims component (composition, share_within).

    composition: more of those groups in which women are many; share_within: more women in the same groups; both in
    shares, and they add up to the change. by: `age` or `province`. Raises CaseError for another.
    """
    if by not in GROUPED:
        raise CaseError.single(f"a flow cannot be split by {by}", "kitagawa", "age or province", "name one of them")
    parts, shares = [], []
    for years in (first, last):
        one = _within(flows, years)[flow].sum("month").sum([dim for dim in GROUPED if dim != by])
        whole = one.sum("sex")
        parts.append((whole / whole.sum()).values)
        women = one.sel(sex="female").values
        shares.append(np.divide(women, whole.values, out=np.zeros_like(women), where=whole.values > 0))
    mixed = float(((parts[1] - parts[0]) * (shares[0] + shares[1]) / 2).sum())
    within = float(((shares[1] - shares[0]) * (parts[0] + parts[1]) / 2).sum())
    return xr.DataArray([mixed, within], {"component": ["composition", "share_within"]}, ("component",))


def ceilings(flows: xr.Dataset, years: Years) -> xr.DataArray:
    """Women's share of arrivals over some years if the sexes were alike in one thing, dims channel.

    `as it is`; each of CHANNELS: in each month, age group and province, as large a part of men is in the status as of
    women, and men leave as often as they do in and outside of it. `transit`: the sexes arrive as often. It tells what
    the number of people in a status does by itself. The effect of a policy may be larger, since a policy also changes
    how often people leave.

    Departures by status are known by sex and month only. Within a month, men in the status are taken to leave k times
    as often as other men of their age and province (proportional hazards), k being what makes the sum over ages and
    provinces that of the status.
    """
    some = _within(flows, years)
    transit = factors(flows, years).sel(factor="transit")
    gone = some["departures"].sum(["month", "age", "province"])
    men = float(transit.sel(sex="male"))
    found = {"as it is": _share(gone, transit)}
    for name, variable in CHANNELS.items():
        found[name] = _share(gone.copy(data=[float(gone[_FEMALE]), _men_alike(some, variable)]), transit)
    found["transit"] = _share(gone, transit.copy(data=[men, men]))
    return xr.DataArray(list(found.values()), {"channel": list(found)}, ("channel",))


def _men_alike(some: xr.Dataset, variable: str) -> float:
    """Men's departures if as large a part of them were in a status as of women of their age and province."""
    heads = some["population"].transpose("month", "sex", "age", "province").values.astype(float)  # (M, 2, A, P)
    there = some[variable].transpose("month", "sex", "age", "province").values.astype(float)
    left = some["departures"].transpose("month", "sex", "age", "province").values[:, _MALE].astype(float)
    own = some["departures_by_status"].sel(sex="male", status=BY_STATE[variable]).values.astype(float)  # (M,)
    part, alike = (_over(there[:, sex], heads[:, sex]) for sex in (_MALE, _FEMALE))
    k = _relative_hazard(left, part, own)[:, None, None]
    return float((left * (1 + (k - 1) * alike) / (1 + (k - 1) * part)).sum())


def _relative_hazard(left: Floats, part: Floats, own: Floats) -> Floats:
    """How many times as often those in a status leave, (M,), given departures by cell and of the status in all.

    left, part: (M, A, P) departures, and the part of people in the status; own: (M,) departures from the status.
    Bisection on log k: departures from the status rise with k. Where they are none, k is practically zero.
    """
    low, high = np.full(own.shape, -_MOST_LOG_HAZARD), np.full(own.shape, _MOST_LOG_HAZARD)
    for _ in range(60):
        middle = (low + high) / 2
        inside = np.exp(middle)[:, None, None] * part
        short = (left * _over(inside, inside + 1 - part)).sum((1, 2)) < own
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.asarray(np.exp((low + high) / 2))


def _share(gone: xr.DataArray, transit: xr.DataArray) -> float:
    came = gone.values * transit.values
    return float(came[_FEMALE] / came.sum())


def _ratio(found: xr.DataArray) -> xr.DataArray:
    return found.sel(sex="female", drop=True) / found.sel(sex="male", drop=True)


def _divided(now: xr.DataArray, before: xr.DataArray) -> xr.Dataset:
    """A change of ratios, on the log scale and in points of women's share."""
    change = now / before
    value = _shares(np.asarray(before.values), np.asarray(now.values))
    points = now.copy(data=shapley_values(value, now.size))
    return xr.Dataset({"ratio": change, "log_ratio": np.log(change), "points": points})


def _shares(before: Floats, now: Floats) -> Floats:
    """Women's share with every set of factors at its later value, (2, ..., 2)."""
    total = np.ones((2,) * now.size)
    for i, pair in enumerate(zip(before, now, strict=True)):
        total = total * np.reshape(pair, [2 if axis == i else 1 for axis in range(now.size)])
    return np.asarray(total / (1 + total))


def _over(a: Floats, b: Floats) -> Floats:
    return np.divide(a, b, out=np.zeros(np.broadcast(a, b).shape), where=b > 0)


def _within(flows: xr.Dataset, years: Years) -> xr.Dataset:
    """The months of some years. Raises CaseError where the result lacks one."""
    held = flows["month"].dt.year
    missing = [year for year in range(years[0], years[1] + 1) if int((held == year).sum()) < 12]
    if missing or years[0] > years[1]:
        raise CaseError.single(
            f"the years {years[0]} to {years[1]} are asked for",
            "years",
            f"whole years within {int(held.min())} to {int(held.max())}",
            "choose years that were simulated",
        )
    return flows.isel(month=np.flatnonzero(((held >= years[0]) & (held <= years[1])).values))

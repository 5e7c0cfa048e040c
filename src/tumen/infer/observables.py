"""What a run of the model says about everything that was counted: yearly tables, and one number for each target row.

Shares of leavers by what they did are taken among those who left and had arrived by the survey. The engine does not
carry a leaver's former post through the journey; leavers of one month and sex are taken to have the same probability of
having arrived, worked out from the hazards of the journey at the mean share with kin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from tumen.case import SEXES, STATUSES, Case
from tumen.case.dates import month_index
from tumen.case.profile_rows import LEAVERS, PERIOD
from tumen.case.tables import Row
from tumen.engine.counts import Counts
from tumen.engine.month import chances
from tumen.engine.state import ABROAD, ADULTS, ARRIVALS, DEPARTURES, FLOWS, KIN, PENNILESS, REPATRIATIONS, WITH_KIN
from tumen.model.compiled import STAGES, CompiledModel, Floats
from tumen.model.journey import ARRIVE, BORDER, COMPANION, RETURN, SHIFT
from tumen.simulate.assemble import AGE_GROUPS, transit_years

#: Provinces at least this near count as border markets.
BORDER_ACCESS = 0.5
_WORK = {"state_only": ("tied",), "private_or_both": ("stall", "private")}
_OCCUPATION = {"military": ("serving",), "worker": ("tied",)}


@dataclass(frozen=True, eq=False)
class Observables:
    """What is kept of a run. Axes: Y years, X sexes, 17 ages, P provinces, S statuses, T profile rows.

    `targets`, persons, years or shares, follows `case.profiles_rows`, NaN where the model has no counterpart.
    """

    arrivals: Floats  # (Y, X, 17)
    departures: Floats  # (Y, X, 17)
    origin: Floats  # (Y, X, P) arrivals
    left_from: Floats  # (Y, X, S) departures
    abroad: Floats  # (Y, X) in December
    intercepted: Floats  # (Y, X)
    reproduction: Floats  # (1,) the largest arrivals that one arrival brings about
    targets: Floats  # (T,)

    def arrays(self) -> dict[str, Floats]:
        """The fields by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


def observe(case: Case, model: CompiledModel, counts: Counts, reproduction: float) -> Observables:
    """Everything the run cache keeps of a run."""
    near = np.asarray(case.world().within(model.start, 1).monthly("access")[0])
    # Targets are of the case's own window: a longer one must not move what leavers "of any arrival" say.
    run = _Run(model, counts, near, min(model.months, case.end + 1 - model.start))
    by_year = run.by_year
    flow = counts.flow
    return Observables(
        arrivals=by_year(_ages(flow[:, ARRIVALS].sum(axis=-1))),
        departures=by_year(_ages(flow[:, DEPARTURES].sum(axis=-1))),
        origin=by_year(flow[:, ARRIVALS].sum(axis=2)),
        left_from=by_year(np.swapaxes(counts.by_state, 1, 2)),
        abroad=flow[run.last, ABROAD].sum(axis=(2, 3)),
        intercepted=by_year(flow[:, FLOWS.index("interceptions")].sum(axis=(2, 3))),
        reproduction=np.array([reproduction]),
        targets=np.array([predicted(run, row) for row in case.profiles_rows]),
    )


def _ages(table: Floats) -> Floats:
    """Five-year groups from single years on the last axis."""
    return np.asarray(np.add.reduceat(table, 5 * np.arange(len(AGE_GROUPS)), axis=-1))


class _Run:
    """A model and its counts, with what several targets need worked out once."""

    def __init__(self, model: CompiledModel, counts: Counts, near: Floats, months: int) -> None:
        self.model, self.counts, self.near = model, counts, near
        year = (model.start + np.arange(model.months)) // 12
        self.first = np.flatnonzero(np.diff(year, prepend=-1))
        self.last = np.append(self.first[1:] - 1, model.months - 1)
        self.months = months  # that targets may look at
        self._reached: dict[tuple[int, int], Floats] = {}  # many rows ask for the same

    def by_year(self, monthly: Floats) -> Floats:
        """Months (first axis) added up to calendar years."""
        return np.asarray(np.add.reduceat(monthly, self.first, axis=0))

    def span(self, first: int | None, last: int) -> slice:
        """The months from one month index to another, both included, that lie in the window."""
        low = 0 if first is None else max(first - self.model.start, 0)
        return slice(low, last - self.model.start + 1)

    @cached_property
    def years_abroad(self) -> Floats:
        return transit_years(self.model, self.counts)

    @cached_property
    def _steps(self) -> tuple[Floats, Floats, Floats]:
        """Monthly chances abroad at the mean share with kin: to arrive, to be returned, (t, R, X), and to move on."""
        journey, mean = self.model.journey, self.counts.adult_sums
        share = mean[:, KIN].sum(axis=1) / np.maximum(mean[:, ADULTS].sum(axis=1), 1e-9)
        hazard = journey.exits.copy()
        hazard[..., ARRIVE] *= (1 + share * (journey.kin - 1))[:, None, None]
        airlift = np.array([met.airlift for met in self.counts.feedback])
        hazard[..., ARRIVE] += airlift[:, None, None] * journey.lifted[:, None]
        probability = chances(hazard)
        stay = 1 - probability.sum(axis=-1)
        return probability[..., ARRIVE], probability[..., RETURN], np.stack([stay, probability[..., SHIFT]], axis=-1)

    def reached(self, end: int, way_out: int) -> Floats:
        """Chance, by month of crossing and sex, of having arrived (way_out 0) or been returned (1) by month `end`."""
        if (end, way_out) not in self._reached:
            self._reached[end, way_out] = self._backwards(end, way_out)
        return self._reached[end, way_out]

    def _backwards(self, end: int, way_out: int) -> Floats:
        steps = self._steps
        leave, onward, shift = steps[way_out], steps[2], self.model.journey.shift
        probability = np.zeros((end + 1, len(SEXES)))
        ahead = np.zeros((len(STAGES), len(SEXES)))  # of those in a stage at the end of month t
        for t in range(end, -1, -1):
            probability[t] = (self.model.journey.entry[t].T * ahead).sum(axis=0)
            ahead = leave[t] + onward[t, ..., 0] * ahead + onward[t, ..., 1] * ahead[shift]
        return probability

    def arriving(self, left: slice, came: slice) -> Floats:
        """Chance, by month of crossing in `left` and sex, of arriving in the months `came`."""
        probability = np.zeros((max(left.stop, came.stop), len(SEXES)))
        probability[: came.stop] = self.reached(came.stop - 1, 0)
        if came.start > 0:
            probability[: came.start] -= self.reached(came.start - 1, 0)
        return probability[left]

    def left_and_arrived(self, period: slice, came: slice) -> Floats:
        """People by status left (S,) who left in a period and arrived in the months `came`."""
        weight = self.arriving(period, came)
        return np.asarray((self.counts.by_state[period] * weight[:, None, :]).sum(axis=(0, 2)))


def predicted(run: _Run, row: Row) -> float:
    """The model's number for one row of profiles.csv, in its unit; NaN where it has no counterpart."""
    rule = _RULES.get(row["key"])
    if rule is None:
        return float("nan")
    return float(rule(run, row))


def _span(run: _Run, first: str | None, last: str) -> slice | None:
    """Months from first (None: the window's) to last, both included; None where the window ends before."""
    end = month_index(last)
    if end >= run.model.start + run.months:
        return None
    return run.span(month_index(first) if first else None, end)


def _period(run: _Run, row: Row, kind: str) -> slice | None:
    """The months a population such as `arrivals 1998-01..2003-08` names; None where it is of another kind."""
    word, _, rest = row["population"].partition(" ")
    match = PERIOD.match(rest)
    return _span(run, match[1], match[2]) if word == kind and match else None


def _leavers(run: _Run, row: Row) -> tuple[slice, slice] | None:
    """Months of leaving and of arriving of `leavers FROM..TO arriving FROM..TO`; without `arriving`, of any arrival.

    Whoever is asked after arriving, in a survey that began late, left long ago and took long, or left lately.
    """
    word, _, rest = row["population"].partition(" ")
    match = LEAVERS.match(rest)
    if word != "leavers" or match is None:
        return None
    left = _span(run, match[1], match[2])
    came = _span(run, match[3], match[4]) if match[4] else slice(0, run.months)
    return (left, came) if left is not None and came is not None else None


def _sexes(row: Row) -> slice:
    return slice(None) if row["sex"] == "total" else slice(SEXES.index(row["sex"]), SEXES.index(row["sex"]) + 1)


def _age_at_arrival(run: _Run, row: Row) -> float:
    period = _period(run, row, "arrivals")
    if period is None:
        return float("nan")
    by_age = run.counts.flow[period, ARRIVALS].sum(axis=(0, 3))[_sexes(row)].sum(axis=0)
    low, _, high = row["category"].rstrip("+").partition("-")
    inside = slice(int(low), int(high) + 1 if high else None)
    return float(by_age[inside].sum() / max(by_age.sum(), 1e-12))


def _province_of_origin(run: _Run, row: Row) -> float:
    period = _period(run, row, "arrivals")
    if period is None:
        return float("nan")
    by_place = run.counts.flow[period, ARRIVALS].sum(axis=(0, 2))[_sexes(row)].sum(axis=0)
    wanted = [i for i, place in enumerate(run.model.places) if place in row["category"].split("+")]
    return float(by_place[wanted].sum() / max(by_place.sum(), 1e-12))


def _share_by_status(run: _Run, row: Row, kind: str, meaning: Mapping[str, tuple[str, ...]]) -> float:
    if row["category"] not in meaning or row["sex"] != "total":
        return float("nan")
    # Occupations are those of arrivals up to a date; work is that of leavers who were asked after arriving.
    period = _period(run, row, "arrivals")
    months = _leavers(run, row) if kind == "leavers" else period and (period, slice(0, period.stop))
    if months is None:
        return float("nan")
    left = run.left_and_arrived(*months)
    adults = left.sum() - left[run.model.young]
    wanted = [STATUSES.index(name) for name in meaning[row["category"]]]
    whole = left.sum() if kind == "arrivals" else adults
    return float(left[wanted].sum() / max(whole, 1e-12))


def _cash(run: _Run, row: Row) -> float:
    months = _leavers(run, row)
    if months is None or row["category"] != "none":
        return float("nan")
    period, weight = months[0], run.arriving(*months)
    without = (run.counts.auxiliary[period, PENNILESS] * weight).sum()
    crossed = (run.counts.by_channel[period, BORDER] * weight).sum()
    return float(without / max(crossed, 1e-12))


def _women_among_traders(run: _Run, row: Row) -> float:
    t = month_index(row["as_of"]) - run.model.start
    stalls = run.counts.stock[t, STATUSES.index("stall")].sum(axis=1)  # (X, P)
    if row["category"] == "border markets":
        stalls = stalls[:, run.near >= BORDER_ACCESS]
    return float(stalls[SEXES.index("female")].sum() / max(stalls.sum(), 1e-12))


def _family(run: _Run, row: Row) -> float:
    period = _period(run, row, "arrivals")
    if period is None:
        return float("nan")
    came = run.counts.flow[period, ARRIVALS].sum()
    return float(run.counts.auxiliary[period, WITH_KIN].sum() / max(came, 1e-12))


def _accompanied(run: _Run, row: Row) -> float:
    """Share of the arrivals of a period who came with family: companions, and those whom companions followed.

    Companions and others are those of all who left, weighted by their probability of arriving in the period. How
    companions divide over those they follow is not simulated: each is assumed to follow one drawn at random, so that of
    the others 1 - exp(-companions for each of them) are accompanied.
    """
    period = _period(run, row, "arrivals")
    if period is None or row["category"] != "yes" or row["sex"] != "total":
        return float("nan")
    left = (run.counts.by_channel[: period.stop] * run.arriving(slice(0, period.stop), period)[:, None]).sum(
        axis=(0, 2)
    )
    companions = left[COMPANION]
    others = left.sum() - companions
    with_company = others * -np.expm1(-companions / max(others, 1e-12))
    return float((companions + with_company) / max(left.sum(), 1e-12))


def _abroad(run: _Run, row: Row) -> Floats:
    t = month_index(row["as_of"]) - run.model.start
    return np.asarray(run.counts.flow[t, ABROAD].sum(axis=(1, 2)))


def _women_abroad(run: _Run, row: Row) -> float:
    stock = _abroad(run, row)
    return float(stock[SEXES.index("female")] / max(stock.sum(), 1e-12))


def _year(row: Row) -> int:
    return int(row["population"].partition(" ")[2])


def _returned(run: _Run, row: Row) -> float:
    months = run.span(12 * _year(row), 12 * _year(row) + 11)
    whole = len(range(*months.indices(run.months))) == 12
    return float(run.counts.flow[months, REPATRIATIONS].sum()) if whole and row["category"] == "all" else float("nan")


def _returned_at_once(run: _Run, row: Row) -> float:
    """Share of a year's returns that fall on people who left in the same year."""
    months = run.span(12 * _year(row), 12 * _year(row) + 11)
    left = run.counts.by_channel[months].sum(axis=1)  # (12, X)
    probability = run.reached(months.stop - 1, 1)[months]
    return float((left * probability).sum() / max(run.counts.flow[months, REPATRIATIONS].sum(), 1e-12))


def _years_abroad(run: _Run, row: Row) -> float:
    period = _period(run, row, "arrivals")
    if period is None:
        return float("nan")
    came = run.counts.flow[period, ARRIVALS].sum(axis=(2, 3))
    years = np.nan_to_num(run.years_abroad[period])
    return float((years * came).sum() / max(came.sum(), 1e-12))


def _traders(run: _Run, row: Row) -> float:
    return float(run.counts.stock[month_index(row["as_of"]) - run.model.start, STATUSES.index("stall")].sum())


def _serving(run: _Run, row: Row) -> float:
    low, _, high = row["category"].partition("-")
    ages, t = slice(int(low), int(high) + 1), month_index(row["as_of"]) - run.model.start
    at_home = run.counts.stock[t][:, _sexes(row), ages].sum(axis=(1, 2, 3))
    return float(at_home[STATUSES.index("serving")] / max(at_home.sum(), 1e-12))


_RULES: Mapping[str, Callable[[_Run, Row], float]] = {
    "age_at_arrival": _age_at_arrival,
    "province_of_origin": _province_of_origin,
    "province_sex": lambda run, row: _share_of_sex(run, row),
    "occupation": lambda run, row: _share_by_status(run, row, "arrivals", _OCCUPATION),
    "work_before_leaving": lambda run, row: _share_by_status(run, row, "leavers", _WORK),
    "cash_before_leaving": _cash,
    "women_among_traders": _women_among_traders,
    "family_in_destination": _family,
    "accompanied_by_family": _accompanied,
    "persons_abroad": lambda run, row: float(_abroad(run, row).sum()),
    "women_among_abroad": _women_abroad,
    "repatriations": _returned,
    "returned_in_year_of_leaving": _returned_at_once,
    "years_abroad": _years_abroad,
    "traders": _traders,
    "serving": _serving,
}


def _share_of_sex(run: _Run, row: Row) -> float:
    """Share of a sex among the arrivals from one province."""
    period = _period(run, row, "arrivals")
    if period is None or row["category"] not in run.model.places:
        return float("nan")
    came = run.counts.flow[period, ARRIVALS].sum(axis=(0, 2))[:, run.model.places.index(row["category"])]
    return float(came[_sexes(row)].sum() / max(came.sum(), 1e-12))

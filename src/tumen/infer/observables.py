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


class _NoCounterpartError(Exception):
    """The model has no number that a row of profiles.csv could be compared with."""


def predicted(run: _Run, row: Row) -> float:
    """The model's number for one row of profiles.csv, in its unit; NaN where it has no counterpart."""
    try:
        return float(_RULES[row["key"]](run, row)) if row["key"] in _RULES else float("nan")
    except _NoCounterpartError:
        return float("nan")


def _need(there: object) -> None:
    """Go on where something is there; otherwise the row has no counterpart."""
    if not there:
        raise _NoCounterpartError


def _share(part: Floats, whole: Floats) -> float:
    """A part of a whole, zero where the whole is zero."""
    return float(part.sum() / max(whole.sum(), 1e-12))


def _span(run: _Run, first: str | None, last: str) -> slice:
    """Months from first (None: the window's) to last, both included; no counterpart where the window ends before."""
    end = month_index(last)
    _need(end < run.model.start + run.months)
    return run.span(month_index(first) if first else None, end)


def _period(run: _Run, row: Row) -> slice:
    """The months of a population `arrivals FROM..TO`, such as `arrivals 1998-01..2003-08`."""
    word, _, rest = row["population"].partition(" ")
    match = PERIOD.match(rest)
    if word != "arrivals" or not match:
        raise _NoCounterpartError
    return _span(run, match[1], match[2])


def _leavers(run: _Run, row: Row) -> tuple[slice, slice]:
    """Months of leaving and of arriving of `leavers FROM..TO arriving FROM..TO`; without `arriving`, of any arrival.

    Whoever is asked after arriving, in a survey that began late, left long ago and took long, or left lately.
    """
    word, _, rest = row["population"].partition(" ")
    match = LEAVERS.match(rest)
    if word != "leavers" or not match:
        raise _NoCounterpartError
    left = _span(run, match[1], match[2])
    return left, _span(run, match[3], match[4]) if match[4] else slice(0, run.months)


def _sexes(row: Row) -> slice:
    return slice(None) if row["sex"] == "total" else slice(SEXES.index(row["sex"]), SEXES.index(row["sex"]) + 1)


def _age_at_arrival(run: _Run, row: Row) -> float:
    by_age = run.counts.flow[_period(run, row), ARRIVALS].sum(axis=(0, 3))[_sexes(row)].sum(axis=0)
    low, _, high = row["category"].rstrip("+").partition("-")
    return _share(by_age[int(low) : int(high) + 1 if high else None], by_age)


def _province_of_origin(run: _Run, row: Row) -> float:
    by_place = run.counts.flow[_period(run, row), ARRIVALS].sum(axis=(0, 2))[_sexes(row)].sum(axis=0)
    wanted = [i for i, place in enumerate(run.model.places) if place in row["category"].split("+")]
    return _share(by_place[wanted], by_place)


def _share_of_sex(run: _Run, row: Row) -> float:
    """Share of a sex among the arrivals from one province."""
    period = _period(run, row)
    _need(row["category"] in run.model.places)
    came = run.counts.flow[period, ARRIVALS].sum(axis=(0, 2))[:, run.model.places.index(row["category"])]
    return _share(came[_sexes(row)], came)


def _occupation(run: _Run, row: Row) -> float:
    """Share of a status among arrivals up to a date."""
    period = _period(run, row)
    left = run.left_and_arrived(period, slice(0, period.stop))
    return _share(left[_statuses(row, _OCCUPATION)], left)


def _work(run: _Run, row: Row) -> float:
    """Share of a status among leavers who were asked after arriving, children left out."""
    left = run.left_and_arrived(*_leavers(run, row))
    return _share(left[_statuses(row, _WORK)], np.asarray(left.sum() - left[run.model.young]))


def _statuses(row: Row, meaning: Mapping[str, tuple[str, ...]]) -> list[int]:
    _need(row["category"] in meaning and row["sex"] == "total")
    return [STATUSES.index(name) for name in meaning[row["category"]]]


def _cash(run: _Run, row: Row) -> float:
    period, came = _leavers(run, row)
    _need(row["category"] == "none")
    weight = run.arriving(period, came)
    return _share(run.counts.auxiliary[period, PENNILESS] * weight, run.counts.by_channel[period, BORDER] * weight)


def _women_among_traders(run: _Run, row: Row) -> float:
    stalls = run.counts.stock[_month(run, row), STATUSES.index("stall")].sum(axis=1)  # (X, P)
    if row["category"] == "border markets":
        stalls = stalls[:, run.near >= BORDER_ACCESS]
    return _share(stalls[SEXES.index("female")], stalls)


def _family(run: _Run, row: Row) -> float:
    period = _period(run, row)
    return _share(run.counts.auxiliary[period, WITH_KIN], run.counts.flow[period, ARRIVALS])


def _accompanied(run: _Run, row: Row) -> float:
    """Share of the arrivals of a period who came with family: companions, and those whom companions followed.

    Companions and others are those of all who left, weighted by their probability of arriving in the period. How
    companions divide over those they follow is not simulated: each is assumed to follow one drawn at random, so that of
    the others 1 - exp(-companions for each of them) are accompanied.
    """
    period = _period(run, row)
    _need(row["category"] == "yes" and row["sex"] == "total")
    weight = run.arriving(slice(0, period.stop), period)[:, None]
    left = (run.counts.by_channel[: period.stop] * weight).sum(axis=(0, 2))
    companions = left[COMPANION]
    others = left.sum() - companions
    with_company = others * -np.expm1(-companions / max(others, 1e-12))
    return _share(companions + with_company, left)


def _month(run: _Run, row: Row) -> int:
    return month_index(row["as_of"]) - run.model.start


def _abroad(run: _Run, row: Row) -> Floats:
    """Persons abroad by sex, (X,)."""
    return np.asarray(run.counts.flow[_month(run, row), ABROAD].sum(axis=(1, 2)))


def _months_of_year(run: _Run, row: Row) -> slice:
    """The months of a population such as `returned 2005`."""
    year = int(row["population"].partition(" ")[2])
    return run.span(12 * year, 12 * year + 11)


def _returned(run: _Run, row: Row) -> float:
    months = _months_of_year(run, row)
    _need(len(range(*months.indices(run.months))) == 12 and row["category"] == "all")
    return float(run.counts.flow[months, REPATRIATIONS].sum())


def _returned_at_once(run: _Run, row: Row) -> float:
    """Share of a year's returns that fall on people who left in the same year."""
    months = _months_of_year(run, row)
    left = run.counts.by_channel[months].sum(axis=1)  # (12, X)
    return _share(left * run.reached(months.stop - 1, 1)[months], run.counts.flow[months, REPATRIATIONS])


def _years_abroad(run: _Run, row: Row) -> float:
    period = _period(run, row)
    came = run.counts.flow[period, ARRIVALS].sum(axis=(2, 3))
    return _share(np.nan_to_num(run.years_abroad[period]) * came, came)


def _serving(run: _Run, row: Row) -> float:
    low, _, high = row["category"].partition("-")
    at_home = run.counts.stock[_month(run, row)][:, _sexes(row), int(low) : int(high) + 1].sum(axis=(1, 2, 3))
    return _share(at_home[STATUSES.index("serving")], at_home)


_RULES: Mapping[str, Callable[[_Run, Row], float]] = {
    "age_at_arrival": _age_at_arrival,
    "province_of_origin": _province_of_origin,
    "province_sex": _share_of_sex,
    "occupation": _occupation,
    "work_before_leaving": _work,
    "cash_before_leaving": _cash,
    "women_among_traders": _women_among_traders,
    "family_in_destination": _family,
    "accompanied_by_family": _accompanied,
    "persons_abroad": lambda run, row: float(_abroad(run, row).sum()),
    "women_among_abroad": lambda run, row: _share(_abroad(run, row)[SEXES.index("female")], _abroad(run, row)),
    "repatriations": _returned,
    "returned_in_year_of_leaving": _returned_at_once,
    "years_abroad": _years_abroad,
    "traders": lambda run, row: float(run.counts.stock[_month(run, row), STATUSES.index("stall")].sum()),
    "serving": _serving,
}

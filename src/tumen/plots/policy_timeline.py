"""What was in force when: the dated values of an input as segments of time, and what other sources say instead."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tumen.case import Case, World
from tumen.case.inputs import Input
from tumen.case.series import Series

#: the inputs that are policies or their price, in the order of the argument, with a short title
POLICIES = (
    ("service_years", "Length of service"),
    ("minimum_height", "Least height of a recruit"),
    ("strength", "People under arms"),
    ("duty_to_report", "Unmarried people bound to report at a state post"),
    ("duty_when_married", "Married people bound to report at a state post"),
    ("layoff_rate", "Lay-off from a state post"),
    ("openness", "Private trade tolerated"),
    ("trading_minimum_age", "Least age for a stall"),
    ("cash_loss", "Savings destroyed by a currency reform"),
    ("travel_order", "Mobility taken away by a travel order"),
    ("crossing_success", "Attempts that are not intercepted"),
    ("fee", "Price of a crossing"),
    ("settlement_money", "Settlement money on arrival"),
)
_UNITS = {"year": "years", "usd": "US dollars", "share": "", "person": "persons"}
#: Share by which the army reached may differ from the one asked for before both are shown.
_APART = 0.02
#: Years from one figure of that army to the next.
_EVERY = 5


@dataclass(frozen=True)
class Segment:
    """A mean value from a time to a time (in years, 1990.5 is July 1990); `dated` has the value at its beginning where
    that is a date of the case, and nothing where the value is on its way from one date to the next."""

    start: float
    end: float
    value: float
    dated: float | None


@dataclass(frozen=True)
class Account:
    """One account of an input's values: the one in force (no name), or what a variant says instead."""

    name: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class PolicyTimeline:
    """One policy for one sex or both: its title with the unit, the sex it binds, its accounts, the first in force.

    Where the sexes differ there are two with one title, the men's first.

    `contested` where the accounts of the case themselves differ within the window.
    """

    key: str
    sex: str
    title: str
    unit: str
    accounts: tuple[Account, ...]
    contested: bool

    @property
    def momentary(self) -> bool:
        """Whether the policy strikes in single months: zero between them needs no words."""
        return self.key == "cash_loss"

    @property
    def reach(self) -> tuple[float, float]:
        """Least and greatest value above zero; a share runs from none to all."""
        values = [segment.value for account in self.accounts for segment in account.segments if segment.value > 0]
        return (0.0, 1.0) if self.unit == "share" or not values else (min(values), max(values))


def policy_timelines(case: Case, world: World | None, first: int, months: int) -> list[PolicyTimeline]:
    """The policies of the case that change within the window or that sources disagree on.

    `world` has the values in force (the case's own where there is none); `first` is the window's first month as an
    index, `months` its length.
    """
    found: list[PolicyTimeline] = []
    for key, title in POLICIES:
        if key not in case.inputs:
            continue
        given = case.inputs[key]
        series = world.series[key] if world is not None else given.series()
        by_member = [_accounts(given, series, member, first, months) for member in range(max(1, len(given.members)))]
        if any(len(accounts) > 1 or len(accounts[0].segments) > 1 for accounts, _ in by_member):
            words = _UNITS.get(given.unit, given.unit)
            title += f" ({words})" if words else ""
            found += [
                PolicyTimeline(key, sex, title, given.unit, *by_member[member])
                for sex, member in _binds(given, by_member)
            ]
    return found


def _binds(given: Input, by_member: list[tuple[tuple[Account, ...], bool]]) -> list[tuple[str, int]]:
    """The sexes to show and their members: both together where they do not differ, else each, men first."""
    if given.by != "sex" or by_member[0][0] == by_member[1][0]:
        return [("total", 0)]
    return [(given.members[member], member) for member in (1, 0)]


def _accounts(given: Input, series: Series, member: int, first: int, months: int) -> tuple[tuple[Account, ...], bool]:
    """The account in force and those that say something else; and whether those of the case differ."""
    accounts = [Account("", segments(series, member, first, months))]
    told = {name: segments(given.series(name), member, first, months) for name in ("base", *given.variants)}
    for name, said in told.items():
        if all(said != one.segments for one in accounts):
            accounts.append(Account("case" if name == "base" else name, said))
    return tuple(accounts), len(set(told.values())) > 1


def segments(series: Series, member: int, first: int, months: int) -> tuple[Segment, ...]:
    """The values of one member within the window; what runs between dates is cut into years."""
    index = np.arange(first, first + months)
    index = index[index >= series.start]
    if not len(index):
        return ()
    values = series.at(index)[:, member]
    moving = _moving(series, index)
    dates = {segment.month for segment in series.segments} | {int(index[0])}
    found: list[Segment] = []
    begin = 0
    for at in range(1, len(index) + 1):
        month = int(index[min(at, len(index) - 1)])
        if at < len(index) and not _cut(values, moving, at, month, dates):
            continue
        mean = float(values[begin:at].mean())
        dated = float(values[begin]) if int(index[begin]) in dates else None
        found.append(Segment(index[begin] / 12, (index[at - 1] + 1) / 12, mean, dated))
        begin = at
    return tuple(found)


def _moving(series: Series, index: np.ndarray) -> np.ndarray:
    """Whether the value runs towards the next date at each month, rather than being held."""
    starts = np.array([segment.month for segment in series.segments])
    flags = np.array([segment.between != "hold" for segment in series.segments])
    flags[-1] = False  # the last value holds for good
    return flags[np.searchsorted(starts, index, side="right") - 1]


def _cut(values: np.ndarray, moving: np.ndarray, at: int, month: int, dates: set[int]) -> bool:
    """Whether a new segment begins at this month."""
    if moving[at] or moving[at - 1]:
        return month in dates or month % 12 == 0
    return bool(values[at] != values[at - 1])


def with_reached(found: list[PolicyTimeline], months: np.ndarray, strength: np.ndarray) -> list[PolicyTimeline]:
    """The timelines, with the army that the world had in force and the asked one below it, where they differ by 2 %.

    months: month indices; strength: people under arms in each.
    """
    return [_reached(timeline, months, strength) if timeline.key == "strength" else timeline for timeline in found]


def _reached(timeline: PolicyTimeline, months: np.ndarray, strength: np.ndarray) -> PolicyTimeline:
    years, at = np.unique(months // 12, return_inverse=True)
    means = np.bincount(at, strength) / np.bincount(at)
    asked = np.array([_mean(timeline.accounts[0].segments, year) for year in years])
    if not (np.abs(means / np.where(asked > 0, asked, np.nan) - 1) > _APART).any():
        return timeline
    told = [float(mean) if i % _EVERY == 0 else None for i, mean in enumerate(means)]
    parts = zip(years.tolist(), means.tolist(), told, strict=True)
    reached = Account("", tuple(Segment(float(year), float(year) + 1, mean, said) for year, mean, said in parts))
    asked_for = Account("asked", timeline.accounts[0].segments)
    return replace(timeline, title=f"{timeline.title}, reached", accounts=(reached, asked_for, *timeline.accounts[1:]))


def _mean(parts: tuple[Segment, ...], year: int) -> float:
    """The mean of a timeline's values over a calendar year, as far as it has any."""
    inside = [(max(0.0, min(one.end, year + 1) - max(one.start, year)), one.value) for one in parts]
    whole = sum(length for length, _ in inside)
    return sum(length * value for length, value in inside) / whole if whole > 0 else float("nan")


def value_text(value: float, unit: str) -> str:
    """A value as its timeline says it: shares in percent, large numbers short, zero as none."""
    if unit == "share":
        return f"{100 * value:.0f} %"
    if value == 0:
        return "none"
    if value >= 1e6:
        return f"{value / 1e6:.3g} m"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"

"""What a loaded case rests on: values by status, what has no source, what is contested, what differs by sex."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from tumen.case.bibliography import ASSUMED
from tumen.case.country import Case
from tumen.case.dates import month_text
from tumen.case.horizon import carried, last_year
from tumen.case.idle import idle_changes
from tumen.case.inputs import BASE, Dated
from tumen.case.models import STATUSES_OF_VALUES
from tumen.case.plausible import oddities
from tumen.case.profile_rows import unanswered
from tumen.case.register import SexedInput
from tumen.case.tables import Row
from tumen.case.targets import gaps


@dataclass(frozen=True)
class Unsourced:
    """A number that no seen source carries: assumed, or recalled and not confirmed."""

    key: str
    date: str
    status: str
    because: str
    where: str


@dataclass(frozen=True)
class Contested:
    """An input with several histories, and the weight of each (the base has what the variants leave)."""

    key: str
    weights: dict[str, float]
    where: str


@dataclass(frozen=True)
class Report:
    """What `check` found in a case that loads; carried: what is assumed of a window that runs as late as it may."""

    case: str
    title: str
    hash: str
    window: tuple[str, str]
    inputs: int
    values: int
    scenarios: tuple[str, ...]
    histories: tuple[str, ...]
    sources: int
    by_status: dict[str, int]
    unsourced: tuple[Unsourced, ...]
    register: tuple[SexedInput, ...]
    contested: tuple[Contested, ...]
    priors: int
    assumed_priors: tuple[str, ...]
    warnings: tuple[str, ...]
    carried: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The report as plain mappings and lists; a gap that is not a number is null."""
        return {"schema": 1} | _plain(asdict(self))

    def to_json(self) -> str:
        """The report as one JSON document."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=2, allow_nan=False)


def check(case: Case) -> Report:
    """Count and list what the case rests on. A case that loads has passed every rule; this shows what remains soft."""
    values = list(_values(case))
    counts: Counter[str] = Counter(row.status for _, row in values)
    for table in _tables(case):
        counts.update(line["status"] for line in table)
    counts.update(province.status for province in case.provinces)
    counts.update(social_class.status for social_class in case.classes)
    return Report(
        case.name,
        case.title,
        case.hash,
        (month_text(case.start), month_text(case.end)),
        len(case.inputs),
        len(values),
        tuple(case.scenarios),
        (BASE, *case.histories),
        len(case.sources),
        {status: counts[status] for status in STATUSES_OF_VALUES},
        tuple(_unsourced(case, values)),
        case.world().register,
        tuple(
            Contested(
                key,
                {BASE: round(given.base_weight, 12)} | {v.key: v.weight for v in given.variants.values()},
                given.where,
            )
            for key, given in case.inputs.items()
            if given.variants
        ),
        len(case.priors),
        tuple(prior.name for prior in case.priors if prior.source == (ASSUMED,)),
        tuple(_warnings(case, values)),
        carried(case, 12 * last_year(case) + 11),
    )


def _values(case: Case) -> Iterator[tuple[str, Dated]]:
    for key, given in case.inputs.items():
        for name in (BASE, *given.variants):
            yield from ((key, row) for row in given.rows(name))


def _unsourced(case: Case, values: list[tuple[str, Dated]]) -> Iterator[Unsourced]:
    soft = (ASSUMED, "recalled_unconfirmed")
    for social_class in case.classes:
        if social_class.status in soft:
            yield Unsourced(
                f"classes.{social_class.key}", "", social_class.status, social_class.because or "", "case.yaml"
            )
    for province in case.provinces:
        if province.status in soft:
            yield Unsourced(f"provinces.{province.key}", "", province.status, "", "case.yaml")
    for key, row in values:
        if row.status in soft:
            yield Unsourced(key, row.date, row.status, row.because or "", row.where)
    for line in (line for table in _tables(case) for line in table):
        if line["status"] in soft:
            yield Unsourced(line.file, "", line["status"], "", line.place())


def _warnings(case: Case, values: list[tuple[str, Dated]]) -> Iterator[str]:
    used = {source for _, row in values for source in row.source}
    used |= {key for table in _tables(case) for line in table for key in _keys(line["source"])}
    used |= {key for prior in case.priors for key in prior.source}
    used |= {key for province in case.provinces for key in province.source}
    used |= {key for social_class in case.classes for key in social_class.source}
    used |= {key for scenario in case.scenarios.values() for change in scenario.changes for key in change.source or ()}
    reasons = " ".join(row.because or "" for _, row in values)
    used |= {key for key in case.sources if re.search(rf"\b{re.escape(key)}\b", reasons)}
    for key, source in case.sources.items():
        if key not in used:
            yield f"sources.bib:{source.line}, {key}: no value cites this source"
    stocks = [row["year"] for row in case.population_rows]
    if stocks and max(stocks) < case.end // 12:
        yield f"population.csv: the last stock is of {max(stocks)}, the window ends in {month_text(case.end)}"
    yield from oddities(case.population_rows, sum(province.population for province in case.provinces), case.start)
    yield from unanswered(case.profiles_rows, [province.key for province in case.provinces])
    if missing := gaps(case.arrivals_rows):
        years = ", ".join(map(str, missing))
        file = case.arrivals_rows[0].file
        yield f"{file}: no arrivals to fit of {years}, between years that have them"
    yield from idle_changes(case)
    for prior in case.priors:
        if any(case.inputs[key].variants for key in prior.inputs):
            yield f"{prior.where}: the prior of {prior.name} holds for the base history only, the input has variants"


def _tables(case: Case) -> tuple[tuple[Row, ...], ...]:
    return case.population_rows, case.vital_rows, case.arrivals_rows, case.profiles_rows


def _keys(cell: str) -> list[str]:
    return [key.strip() for key in cell.split(";")]


def _plain(thing: Any) -> Any:
    if isinstance(thing, dict):
        return {key: _plain(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [_plain(value) for value in thing]
    return None if isinstance(thing, float) and not math.isfinite(thing) else thing

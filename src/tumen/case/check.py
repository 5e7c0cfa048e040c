"""What a loaded case rests on: values by status, what has no source, what is contested, what differs by sex."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tumen.case.bibliography import ASSUMED
from tumen.case.country import Case
from tumen.case.dates import month_text
from tumen.case.horizon import carried, last_year
from tumen.case.idle import idle_changes
from tumen.case.inputs import BASE, Dated, Input
from tumen.case.models import STATUSES_OF_VALUES
from tumen.case.plausible import oddities
from tumen.case.profile_rows import unanswered
from tumen.case.register import SexedInput
from tumen.case.targets import gaps

#: Statuses of numbers that no seen source carries.
_SOFT = (ASSUMED, "recalled_unconfirmed")


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
    dated = [row for given in case.inputs.values() for name in (BASE, *given.variants) for row in given.rows(name)]
    stated = list(_stated(case))
    counts = Counter(one.status for one, _ in stated)
    contested = [(key, given) for key, given in case.inputs.items() if given.variants]
    return Report(
        case.name,
        case.title,
        case.hash,
        (month_text(case.start), month_text(case.end)),
        len(case.inputs),
        len(dated),
        tuple(case.scenarios),
        (BASE, *case.histories),
        len(case.sources),
        {status: counts[status] for status in STATUSES_OF_VALUES},
        tuple(one for one, _ in stated if one.status in _SOFT),
        case.world().register,
        tuple(Contested(key, _weights(given), given.where) for key, given in contested),
        len(case.priors),
        tuple(prior.name for prior in case.priors if prior.source == (ASSUMED,)),
        tuple(_warnings(case, {key for _, sources in stated for key in sources}, dated)),
        carried(case, 12 * last_year(case) + 11),
    )


def _stated(case: Case) -> Iterator[tuple[Unsourced, Sequence[str]]]:
    """Every number of the case, as it would be listed if it had no source, and the keys of its sources."""
    for kind, entries in (("classes", case.classes), ("provinces", case.provinces)):
        for entry in entries:
            yield Unsourced(f"{kind}.{entry.key}", "", entry.status, entry.because or "", "case.yaml"), entry.source
    for key, given in case.inputs.items():
        for row in (row for name in (BASE, *given.variants) for row in given.rows(name)):
            yield Unsourced(key, row.date, row.status, row.because or "", row.where), row.source
    for line in (*case.population_rows, *case.vital_rows, *case.arrivals_rows, *case.profiles_rows):
        yield Unsourced(line.file, "", line["status"], "", line.place()), line.sources


def _weights(given: Input) -> dict[str, float]:
    return {BASE: round(given.base_weight, 12)} | {name: variant.weight for name, variant in given.variants.items()}


def _warnings(case: Case, used: set[str], dated: Sequence[Dated]) -> Iterator[str]:
    """What is possible but worth a look; used: the sources of all numbers."""
    used |= {key for prior in case.priors for key in prior.source}
    used |= {key for scenario in case.scenarios.values() for change in scenario.changes for key in change.source or ()}
    reasons = " ".join(row.because or "" for row in dated)
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


def _plain(thing: Any) -> Any:
    if isinstance(thing, dict):
        return {key: _plain(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [_plain(value) for value in thing]
    return None if isinstance(thing, float) and not math.isfinite(thing) else thing

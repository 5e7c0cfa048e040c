"""What is fitted: the counts and the profile rows of a case, and the summary statistics of a run beside them.

A summary statistic is a run's number on the scale on which it scatters: the log of a total, the log of women over men,
the log of a number, the logit of a share, the log of each share of a table. Emulator and sampler know these only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tumen.case import SEXES, Case, CaseError
from tumen.case.error_models import SHARE_UNITS, ErrorModel
from tumen.case.error_models.arrivals import TYPICAL_DISPERSIONS, CountModels, Dispersions
from tumen.case.error_models.checks import OF_TABLE
from tumen.case.error_models.scales import LEAST
from tumen.case.tables import Row
from tumen.case.targets import UNKNOWN, published
from tumen.infer.observables import Observables
from tumen.infer.observation.arrivals import Arrivals
from tumen.infer.observation.rows import Datum, Label, Rows
from tumen.model.compiled import Floats

Target = Arrivals | Rows
#: The last summary statistic: the log of the most arrivals that one arrival brings about through kin. At zero the
#: network would grow without end; the penalty 0.5 x (STEEP x (log R + MARGIN))^2 sets in a little before.
NETWORK, STEEP, MARGIN = "network", 20.0, 0.05
#: The log reproduction number of a saturated model.
_NO_NETWORK = -20.0


@dataclass(frozen=True)
class Targets:
    """Everything that is fitted, in the order of the statistics: arrivals, profile rows, the network.

    years: calendar years of the case's window.
    """

    years: Floats
    errors: CountModels
    arrivals: tuple[Arrivals, ...]
    rows: tuple[Rows, ...]

    def __iter__(self) -> Iterator[Target]:
        yield from self.arrivals
        yield from self.rows

    @property
    def size(self) -> int:
        """The number of summary statistics, with the network's."""
        return sum(len(target.keys) for target in self) + 1

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each part of the likelihood; the network's penalty is apart."""
        return tuple(name for target in self for name in target.names)

    @property
    def labels(self) -> tuple[Label, ...]:
        """A label for each residual; the last is the network's."""
        network = f"{NETWORK}, arrivals that one arrival brings about, below"
        return (*(o for target in self for o in target.labels), Label(network, float(np.exp(-MARGIN)), "ratio"))

    @property
    def saturated(self) -> Floats:
        """The statistics of a model that hits every target, (size,)."""
        return np.concatenate([*(target.saturated for target in self), [_NO_NETWORK]])

    def parts(self, statistics: Any) -> Iterator[tuple[Target, Any]]:
        """Each target with its statistics, out of those of all on the last axis."""
        at = 0
        for target in self:
            size = len(target.keys)
            yield target, statistics[..., at : at + size]
            at += size

    def place(self, target: Target) -> slice:
        """Where a target's statistics stand. Raises ValueError where it is not among these."""
        for one, places in self.parts(np.arange(self.size)):
            if one == target:
                return slice(places[0], places[-1] + 1)
        raise ValueError(f"{target.names[0]} is not a target here")

    def statistics(self, seen: Observables) -> Floats:
        """The summary statistics of one run, (size,)."""
        network = np.log(np.maximum(seen.reproduction, LEAST))
        return np.concatenate([*(target.statistics(seen) for target in self), network])

    def values(self, statistics: Floats) -> Floats:
        """The model's numbers beside `labels`, on the natural scale."""
        own = [target.values(some) for target, some in self.parts(np.asarray(statistics))]
        return np.concatenate([*own, np.exp(statistics[-1:])])

    def residuals(self, statistics: Floats, dispersions: Dispersions = TYPICAL_DISPERSIONS) -> Floats:
        """Model minus data in standard deviations under given dispersions, beside `labels`; last the network's penalty.

        The default is the prior's scale of phi and, for rho, four fifths of it.
        """
        own = [target.residuals(some, dispersions) for target, some in self.parts(np.asarray(statistics))]
        return np.concatenate([*own, STEEP * np.maximum(statistics[-1:] + MARGIN, 0)])

    @property
    def kinds(self) -> np.ndarray:
        """Statistics that depend on the parameters alike, by number, (size,): 0 totals and the network, 1 all others.

        Totals, as the network, grow and shrink with every arrival that draws others after it; shares hardly do.
        """
        total = [key[-1] == target.names[0] for target in self.arrivals for key in target.keys]
        return np.array([*(0 if one else 1 for one in total), *(1 for one in self.rows for _ in one.keys), 0])

    @property
    def numbers(self) -> Floats:
        """What was counted, a number beside each statistic but the network's, (size - 1,)."""
        return np.concatenate([target.numbers for target in self])

    def with_numbers(self, numbers: Any) -> Targets:
        """The targets had other numbers been counted, (size - 1,); where jax traces them, they can only be scored."""
        return self._of([target.with_numbers(some) for target, some in self.parts(numbers)])

    def replicate(self, statistics: Floats, phi: float, rho: float, rng: Any) -> Targets:
        """The targets with data drawn around a model whose statistics (size,) are given."""
        dispersions = Dispersions(phi, rho)
        return self._of([target.replicate(some, dispersions, rng) for target, some in self.parts(statistics)])

    def until(self, year: int) -> Targets:
        """Only what was known at the end of a year: counts of years that were over, rows that were published."""
        return self._of([target.until(year) for target in self])

    def _of(self, each: Sequence[Target | None]) -> Targets:
        """The same years and error models with other targets, as far as there are any."""
        arrivals = tuple(one for one in each if isinstance(one, Arrivals))
        return Targets(self.years, self.errors, arrivals, tuple(one for one in each if isinstance(one, Rows)))

    def among(self, wider: Targets) -> list[int]:
        """Where this one's statistics stand among those of a wider set."""
        place = {key: i for i, key in enumerate(key for target in wider for key in target.keys)}
        return [place[key] for target in self for key in target.keys] + [wider.size - 1]


def targets(case: Case) -> Targets:
    """The targets of a case. Raises CaseError for arrivals that are fitted for one sex only."""
    years = np.arange(case.start // 12, case.end // 12 + 1, dtype=float)
    errors = CountModels.of(case)
    return Targets(years, errors, _blocks(case, errors), profile_targets(case, "fit"))


def profile_targets(case: Case, role: str) -> tuple[Rows, ...]:
    """The profile rows of a role as targets: single rows and rows that share an error, then tables."""
    groups: dict[tuple[object, ...], list[tuple[int, Row]]] = defaultdict(list)
    for i, row in enumerate(case.profiles_rows):
        if row["role"] == role:
            groups[_group(i, row)].append((i, row))
    ordered = sorted(groups, key=lambda group: group[0] == "table")
    return tuple(_rows(case, groups[group]) for group in ordered)


def _group(i: int, row: Row) -> tuple[object, ...]:
    """What rows that are compared together have in common."""
    if row["error"].table:
        return "table", *(row[column] for column in OF_TABLE)
    return ("shared", row["key"]) if row["error"].shared is not None else ("row", i)


def _rows(case: Case, held: Sequence[tuple[int, Row]]) -> Rows:
    key = held[0][1]["key"]
    data = tuple(_datum(case, i, row) for i, row in held)
    each: list[ErrorModel] = [row["error"].in_unit(row["unit"]) for _, row in held]
    name = f"{data[0].name.partition(':')[0]}, table" if each[0].table else data[0].name
    return Rows(f"{key}, shared error" if each[0].shared is not None else name, data, each[0].together(each))


def _datum(case: Case, i: int, row: Row) -> Datum:
    """A row; only a row that is not fitted may lack a year of publication, and its own date stands in."""
    share = row["unit"] in SHARE_UNITS
    value = row["value"] / 100 if row["unit"] == "percent" else float(row["value"])
    known = published(row, case.sources) or int(row["as_of"][:4])
    return Datum(i, _said(row), value, "share" if share else row["unit"], known)


def _blocks(case: Case, errors: CountModels) -> tuple[Arrivals, ...]:
    spans: dict[tuple[int, int], dict[str, Row]] = defaultdict(dict)
    for row in case.arrivals_rows:
        if row["role"] == "fit":
            spans[row["year_start"], row["year_end"]][row["sex"]] = row
    return tuple(_block(span, rows, errors, case.start // 12) for span, rows in sorted(spans.items()))


def _block(span: tuple[int, int], rows: Mapping[str, Row], errors: CountModels, window: int) -> Arrivals:
    first, last = span
    by_sex = {sex: float(rows[sex]["persons"]) for sex in SEXES if sex in rows}
    if len(by_sex) == 1:
        raise CaseError.single(
            f"arrivals of {first}-{last} are to be fitted for one sex only",
            next(row for sex, row in rows.items() if sex in SEXES).place("sex"),
            "a row for each sex, or a row of the total alone",
            "add the other sex, or give the row the role check",
        )
    if not by_sex:
        return Arrivals(first, last, float(rows["total"]["persons"]), None, errors, window)
    sexed = sum(by_sex.values())
    total = sexed + (float(rows[UNKNOWN]["persons"]) if UNKNOWN in rows else 0.0)
    return Arrivals(first, last, total, by_sex["female"], errors, window, sexed / total if total else 1.0)


def _said(row: Row) -> str:
    of = "" if row["sex"] == "total" else f", {row['sex']}"
    return f"{row['key']} {row['as_of'][:7]}{of}: {row['category']}"


def refuse_unmatched(case: Case, asked: Targets, seen: Observables) -> None:
    """Raise CaseError where a run says nothing about a row that is to be fitted."""
    for i in sorted(i for one in asked.rows for i in one.rows):
        if np.isnan(seen.targets[i]):
            row = case.profiles_rows[i]
            raise CaseError.single(
                f"the model has no counterpart of {_said(row)}",
                row.place("key"),
                "a population, key and category that docs/inference.md lists",
                "give the row the role check, or write it as the page says",
            )

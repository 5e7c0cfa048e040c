"""What is fitted: the counts and the profile rows of a case, and the signals of a run that they are compared with.

A signal is a run's number on the scale on which it scatters: the log of arrivals of a sex, the log of a number, the
logit of a share, the log of each share of a table. The likelihood and the emulator know signals only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tumen.case import SEXES, Case, CaseError
from tumen.case.tables import Row
from tumen.infer.observables import Observables
from tumen.mechanism.program import Floats

#: Stands for nothing under a logarithm: fewer persons, or a smaller share, are told apart from none no more.
FEWEST, LEAST = 1e-2, 1e-6


@dataclass(frozen=True)
class Block:
    """Counted arrivals of one calendar year or several, by sex."""

    first: int
    last: int
    persons: tuple[float, float]  # in the order of SEXES
    where: str


@dataclass(frozen=True)
class Measure:
    """A profile row of its own: value, unit, error model, and its place among the case's profile rows."""

    row: int
    value: float
    share: bool
    error: str
    number: float | None
    last: int
    where: str


@dataclass(frozen=True)
class Table:
    """Profile rows that make up a whole: shares, the size that counts as evidence, and their places."""

    rows: tuple[int, ...]
    shares: tuple[float, ...]
    size: float
    last: int
    where: str


@dataclass(frozen=True)
class Targets:
    """Everything that enters the likelihood, in the order of the signals: blocks, measures, tables, the network."""

    years: Floats  # calendar years of the window
    blocks: tuple[Block, ...]
    measures: tuple[Measure, ...]
    tables: tuple[Table, ...]

    @property
    def size(self) -> int:
        """The number of signals."""
        return 2 * len(self.blocks) + len(self.measures) + sum(len(t.rows) for t in self.tables) + 1

    @property
    def names(self) -> tuple[str, ...]:
        """What each part of the likelihood is called: totals and women's shares of blocks, then rows and tables."""
        spans = [str(b.first) if b.first == b.last else f"{b.first}-{b.last}" for b in self.blocks]
        return (
            *(f"arrivals {span}, total" for span in spans),
            *(f"arrivals {span}, women" for span in spans),
            *(m.where for m in self.measures),
            *(t.where for t in self.tables),
        )

    def signals(self, seen: Observables) -> Floats:
        """The signals of one run, shape (size,)."""
        by_year = seen.arrivals.sum(axis=2)
        parts = [np.log(np.maximum(self._in_block(by_year, b), FEWEST)) for b in self.blocks]
        measures = [self._measure(seen, m) for m in self.measures]
        tables = [np.log(np.maximum(seen.targets[list(t.rows)], LEAST)) for t in self.tables]
        network = np.log(np.maximum(seen.reproduction, LEAST))
        return np.concatenate([*parts, np.array(measures), *tables, network])

    def until(self, year: int) -> Targets:
        """Only what was known at the end of a year."""
        return Targets(
            self.years,
            tuple(b for b in self.blocks if b.last <= year),
            tuple(m for m in self.measures if m.last <= year),
            tuple(t for t in self.tables if t.last <= year),
        )

    def among(self, wider: Targets) -> list[int]:
        """Where this one's signals stand among those of a wider set."""
        place: dict[object, list[int]] = {}
        for i, block in enumerate(wider.blocks):
            place[block] = [2 * i, 2 * i + 1]
        at = 2 * len(wider.blocks)
        for part in (*wider.measures, *wider.tables):
            size = len(part.rows) if isinstance(part, Table) else 1
            place[part] = list(range(at, at + size))
            at += size
        return [i for part in (*self.blocks, *self.measures, *self.tables) for i in place[part]] + [at]

    def _in_block(self, by_year: Floats, block: Block) -> Floats:
        inside = (self.years >= block.first) & (self.years <= block.last)
        return np.asarray(by_year[inside].sum(axis=0))

    def _measure(self, seen: Observables, measure: Measure) -> float:
        value = seen.targets[measure.row]
        if not measure.share:
            return float(np.log(max(value, FEWEST)))
        return logit(float(value))


def logit(share: float) -> float:
    """The logit of a share, kept off nought and one."""
    inside = min(max(share, LEAST), 1 - LEAST)
    return float(np.log(inside) - np.log1p(-inside))


def targets(case: Case) -> Targets:
    """The targets of a case. Raises CaseError for a row to fit that the model has no counterpart of."""
    years = np.arange(case.start // 12, case.end // 12 + 1, dtype=float)
    measures, whole = [], defaultdict(list)
    for i, row in enumerate(case.profiles_rows):
        if row["role"] != "fit":
            continue
        if row["error"].name == "multinomial":
            whole[row["key"], row["as_of"], row["population"], row["sex"]].append((i, row))
        else:
            measures.append(_measure(i, row))
    tables = [_table(rows) for rows in whole.values()]
    return Targets(years, _blocks(case), tuple(measures), tuple(tables))


def _blocks(case: Case) -> tuple[Block, ...]:
    spans: dict[tuple[int, int], dict[str, Row]] = defaultdict(dict)
    for row in case.arrivals_rows:
        if row["role"] == "fit":
            spans[row["year_start"], row["year_end"]][row["sex"]] = row
    blocks = []
    for (first, last), rows in sorted(spans.items()):
        if not set(SEXES) <= set(rows):
            raise CaseError.single(
                f"arrivals of {first}-{last} are to be fitted for one sex only",
                next(iter(rows.values())).place("sex"),
                "a row for each sex",
                "add the other, or give the row the role check",
            )
        persons = tuple(float(rows[sex]["persons"]) for sex in SEXES)
        blocks.append(Block(first, last, (persons[0], persons[1]), rows[SEXES[0]].place()))
    return tuple(blocks)


def _said(row: Row) -> str:
    of = "" if row["sex"] == "total" else f", {row['sex']}"
    return f"{row['key']} {row['as_of'][:7]}{of}: {row['category']}"


def _measure(i: int, row: Row) -> Measure:
    known = ("logit_normal", "lognormal", "binomial", "beta_binomial", "at_least", "at_most")
    if row["error"].name not in known:
        raise CaseError.single(
            f"{row['error'].name} is no error model of a profile row",
            row.place("error"),
            ", ".join(known),
            "write one of these, or multinomial(n=SIZE) for the rows of a table",
        )
    share = row["unit"] in ("share", "percent")
    value = row["value"] / 100 if row["unit"] == "percent" else row["value"]
    return Measure(i, value, share, row["error"].name, row["error"].number, int(row["as_of"][:4]), _said(row))


def _table(rows: Sequence[tuple[int, Row]]) -> Table:
    first = rows[0][1]
    shares = np.array([row["value"] for _, row in rows])
    said = _said(first).partition(":")[0]
    return Table(
        tuple(i for i, _ in rows),
        tuple(shares / shares.sum()),
        float(first["error"].number or 1),
        int(first["as_of"][:4]),
        f"{said}, table",
    )


def refuse_unmatched(case: Case, asked: Targets, seen: Observables) -> None:
    """Raise CaseError where a run says nothing about a row that is to be fitted."""
    rows = [m.row for m in asked.measures] + [i for t in asked.tables for i in t.rows]
    for i in rows:
        if np.isnan(seen.targets[i]):
            row = case.profiles_rows[i]
            raise CaseError.single(
                f"the model has no counterpart of {_said(row)}",
                row.place("key"),
                "a population, key and category that docs/inference.md lists",
                "give the row the role check, or write it as the page says",
            )

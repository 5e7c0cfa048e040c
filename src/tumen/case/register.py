"""The register of sexed inputs: every number that differs between the sexes, where from, and how to take it away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tumen.case.bibliography import ASSUMED
from tumen.case.dates import month_text
from tumen.case.inputs import Input
from tumen.case.series import Provenance, Series
from tumen.case.tables import Row


@dataclass(frozen=True)
class SexedInput:
    """One line of the register. `gap` is female minus male where it is widest, `since` the first month they differ.

    `neutral` is what both sexes get when it is neutralised (None: the mean of the two); `switch` says how. Lines with
    `demographic` true come from the tables of population, births and deaths and have no switch.
    """

    key: str
    title: str
    unit: str
    sources: tuple[str, ...]
    statuses: tuple[str, ...]
    policy: str | None
    neutral: float | None
    switch: str
    since: str
    gap: float
    demographic: bool = False

    @property
    def unsourced(self) -> bool:
        """Whether no differing value in the window has a source."""
        return self.sources == (ASSUMED,)


def sexed_inputs(
    inputs: Mapping[str, Input], series: Mapping[str, Series], start: int, months: int
) -> tuple[SexedInput, ...]:
    """The inputs by sex whose values differ in some month of the window, in the vocabulary's order."""
    found = []
    for key, given in inputs.items():
        if given.by != "sex":
            continue
        window = np.arange(max(start, series[key].start), start + months)
        if len(window) == 0:
            continue
        values = series[key].at(window)
        gaps = values[:, 0] - values[:, 1]
        if not gaps.any():
            continue
        provenances = _in_force(series[key], int(window[0]), start + months)
        widest = gaps[np.abs(gaps).argmax()]
        found.append(
            SexedInput(
                key,
                given.title,
                given.unit,
                tuple(dict.fromkeys(source for provenance in provenances for source in provenance.source)),
                tuple(dict.fromkeys(provenance.status for provenance in provenances)),
                given.policy,
                given.neutral,
                _switch(given),
                month_text(int(window[gaps != 0][0])),
                float(widest),
            )
        )
    return tuple(found)


def demographic_lines(population: tuple[Row, ...], vital_rates: tuple[Row, ...]) -> tuple[SexedInput, ...]:
    """The tables that differ by sex: they are data, not claims about the law, and are not neutralised."""
    lines = [("population", "Stocks by age and sex", "person", population)]
    rates = {"sex_ratio_at_birth": "Males born for each female", "death_rate": "Death rates by age and sex"}
    for rate, title in rates.items():
        rows = tuple(row for row in vital_rates if row["rate"] == rate)
        lines.append((rate, title, rows[0]["unit"] if rows else "", rows))
    return tuple(
        SexedInput(
            key,
            title,
            unit,
            tuple(sorted({source for row in rows for source in row.sources})),
            tuple(sorted({row["status"] for row in rows})),
            None,
            None,
            "none: sexed by data",
            "",
            float("nan"),
            True,
        )
        for key, title, unit, rows in lines
    )


def _in_force(series: Series, start: int, end: int) -> list[Provenance]:
    """The provenances of the segments that part the sexes somewhere in [start, end)."""
    following = [*[segment.month for segment in series.segments[1:]], end]
    return [
        segment.provenance
        for segment, after in zip(series.segments, following, strict=True)
        if segment.month < end
        and after > start
        and (segment.first[0] != segment.first[1] or segment.last[0] != segment.last[1])
    ]


def _switch(given: Input) -> str:
    value = given.neutral_text if given.neutral is None else f"{given.neutral:g}"
    return f"neutralise: [{given.key}] gives both sexes {value}"

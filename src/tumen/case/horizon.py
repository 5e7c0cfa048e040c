"""How far a window may run past what is known of the people, and what is carried forward there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tumen.errors import CaseError

if TYPE_CHECKING:
    from tumen.case.country import Case

#: Years after the last published stock of people to which a window may run. Children of those years are under ten when
#: it ends, so births, the least certain of what is carried forward, affect no adult.
CARRIED_YEARS = 10


def last_stock(case: Case) -> int:
    """The year of the last published stock of people."""
    return max(int(row["year"]) for row in case.population_rows)


def last_year(case: Case) -> int:
    """The last year to which a window may run: at least the case's own, at most CARRIED_YEARS after the last stock."""
    return max(case.end // 12, last_stock(case) + CARRIED_YEARS)


def refuse_beyond(case: Case, end: int) -> None:
    """Raise CaseError where a window's last month index `end` lies after the last year that can be carried to."""
    last = last_year(case)
    if end // 12 > last:
        what = f"the window ends in {end // 12}"
        expected = f"a year up to {last}, to which people and vital rates are carried forward"
        remedy = "end the window earlier, or add later stocks and rates to the case"
        raise CaseError.single(what, f"case {case.name}, population.csv to {last_stock(case)}", expected, remedy)


def carried(case: Case, end: int) -> tuple[str, ...]:
    """What is assumed in a window whose last month index is `end`; nothing where it ends with the case."""
    if end <= case.end:
        return ()
    said = [
        f"Counts and surveys of the case end in {case.end // 12}: no later year was estimated or tested.",
        "Each input keeps its last dated value.",
    ]
    stock = last_stock(case)
    births = max(int(row["year_start"]) for row in case.vital_rows if row["rate"] == "births")
    rates = max(int(row["year_end"]) for row in case.vital_rows if row["rate"] == "death_rate")
    if end // 12 >= stock:
        said.append(f"No stock of people after the middle of {stock} corrects births and deaths.")
    if end // 12 > births:
        said.append(f"Births and the sex ratio at birth of {births} recur every year.")
    if end // 12 >= rates:
        said.append(f"Death rates by age stay those of the last period, to {rates}.")
    return tuple(said)

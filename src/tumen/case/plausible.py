"""People beside each other: stocks, provinces, births and deaths that cannot belong to one country.

Only the shares of the provinces and the shape of the stocks are used, so a table in thousands or a slipped digit would
pass unseen into every result. The bounds are wider than what any country has seen; a number beyond them is a slip.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from tumen.case.tables import Row, grouped
from tumen.errors import Issues

#: How far the provinces may lie beyond the smallest or the largest stock: quietly, and at all.
QUIET, MOST = 1.05, 2.0
#: Factor by which the country may grow or shrink between two stocks: at once, and besides for each year.
_AT_ONCE, _YEARLY = 1.5, 1.08
#: Births and deaths of a year for each person.
_BORN, _DIED = (0.002, 0.1), (0.0002, 0.5)
#: An age group beside the larger (the smaller) of its neighbours: worth a look, and a slip.
_ODD, _SLIP = 6.0, 20.0
#: Age groups of fewer people are what they are.
_FEW = 1000.0
#: Stocks that are met lie so many years apart.
STOCK_STEP = 5


def totals(rows: Sequence[Row]) -> dict[int, float]:
    """The people of each stock, by year in order."""
    found = grouped(rows, "year")
    return {year: sum(row["persons"] for row in found[year,]) for (year,) in sorted(found)}


def check_people(population: Sequence[Row], vital: Sequence[Row], provinces: float, where: str, issues: Issues) -> None:
    """Check that stocks, provinces (their sum and place), births and deaths are of one country."""
    stocks = totals(population)
    if not stocks:
        return
    first = {year: next(row for row in population if row["year"] == year) for year in stocks}
    for year, people in stocks.items():
        if not 0 < people < math.inf:
            what = f"the stock of {year} adds up to {_people(people)}"
            issues.note(what, first[year].place("persons"), "the people of a country", "correct the numbers")
            return
    before = len(issues)
    _check_steps(stocks, first, issues)
    _check_groups(population, issues)
    # Nothing can be weighed against stocks that do not agree with each other.
    if len(issues) == before and _check_provinces(stocks, first, vital, provinces, where, issues):
        for rate, bounds in (("births", _BORN), ("deaths", _DIED)):
            _check_yearly(rate, bounds, stocks, vital, issues)


def unused_stocks(rows: Sequence[Row], start: int) -> dict[int, Row]:
    """The stocks that no run of a window from month `start` meets, by year, with the first row of each.

    The first stock at or after the opening is carried back to it; later ones are met in steps of five years from it.
    """
    years = list(totals(rows))
    base = min((year for year in years if 12 * year + 6 >= start), default=None)
    if base is None:
        return {}
    unused = [year for year in years if year < base or (year - base) % STOCK_STEP]
    return {year: next(row for row in rows if row["year"] == year) for year in unused}


def oddities(population: Sequence[Row], provinces: float, start: int) -> Iterator[str]:
    """What is possible but worth a look, a line each with its place."""
    stocks = totals(population)
    low, high = min(stocks.values()), max(stocks.values())
    if not low / QUIET <= provinces <= high * QUIET:
        near = min(stocks, key=lambda year: abs(stocks[year] - provinces))
        yield (
            f"case.yaml, provinces: they add up to {_people(provinces)}, the nearest stock (of {near}) to "
            f"{_people(stocks[near])}; only their shares are used"
        )
    for year, row in unused_stocks(population, start).items():
        base = min(known for known in stocks if 12 * known + 6 >= start)
        steps = f"stocks count from {base} on in steps of {STOCK_STEP} years"
        yield f"{row.place()}: the stock of {year} is not used, {steps}"
    for row, beside, factor in _beside(population):
        if not 1 / _ODD <= factor <= _ODD:
            yield f"{row.place('persons')}: {_people(row['persons'])} of {_group(row)} beside {_people(beside)}"


def _check_steps(stocks: Mapping[int, float], first: Mapping[int, Row], issues: Issues) -> None:
    """No stock is many times the one before: the one that leaves its neighbours is named."""
    years = list(stocks)
    for at in range(1, len(years)):
        before, year = years[at - 1], years[at]
        most = _AT_ONCE * _YEARLY ** (year - before)
        ratio = stocks[year] / stocks[before]
        if 1 / most <= ratio <= most:
            continue
        # Where the next stock is like the later one, the earlier one is the outlier.
        following = stocks[years[at + 1]] if at + 1 < len(years) else stocks[before]
        wrong = before if at == 1 and 0.5 < following / stocks[year] < 2 else year
        other = year if wrong == before else before
        what = f"the stock of {wrong} adds up to {_people(stocks[wrong])}, that of {other} to {_people(stocks[other])}"
        expected = f"a country that changes by a factor of at most {most:.2g} from {before} to {year}"
        remedy = _remedy(stocks[other] / stocks[wrong], "correct the numbers of one of them")
        issues.note(what, first[wrong].place("persons"), expected, remedy)
        return


def _check_groups(rows: Sequence[Row], issues: Issues) -> None:
    for row, beside, factor in _beside(rows):
        if 1 / _SLIP <= factor <= _SLIP:
            continue
        what = f"{_people(row['persons'])} of {_group(row)} beside {_people(beside)} of the ages next to them"
        expected = f"an age group of at most {_SLIP:g} times its neighbours, and no less than a {_SLIP:g}th"
        issues.note(what, row.place("persons"), expected, _remedy(1 / factor, "correct the number"))


def _beside(rows: Sequence[Row]) -> Iterator[tuple[Row, float, float]]:
    """Rows with the neighbour that is nearer in size, and how many times it they are; ages that die out are left out.

    The open group may hold many more than the one below it and is weighed against the twenty years below.
    """
    for found in grouped(rows, "year", "sex").values():
        ordered = sorted(found, key=lambda row: int(row["age_group"].rstrip("+").split("-")[0]))
        persons = [float(row["persons"]) for row in ordered]
        for at, row in enumerate(ordered):
            if row["age_group"].endswith("+"):
                beside = [sum(persons[max(at - 4, 0) : at])]
            else:
                beside = [persons[i] for i in (at - 1, at + 1) if 0 <= i < len(persons)]
            if not beside:
                continue
            if persons[at] > max(*beside, _FEW):
                yield row, max(beside), persons[at] / max(*beside, 1.0)
            elif len(beside) > 1 and persons[at] < min(beside) and min(beside) > _FEW:
                yield row, min(beside), max(persons[at], 1.0) / min(beside)


def _check_provinces(
    stocks: Mapping[int, float],
    first: Mapping[int, Row],
    vital: Sequence[Row],
    provinces: float,
    where: str,
    issues: Issues,
) -> bool:
    """Compare provinces with stocks; births show which of the two is wrong. Returns whether the stocks are right."""
    low, high = min(stocks.values()), max(stocks.values())
    if low / MOST <= provinces <= high * MOST:
        return True
    near = min(stocks)
    of_provinces = _fits(sum_of(vital, "births"), near, provinces)
    of_stocks = _fits(sum_of(vital, "births"), near, stocks[near])
    blame_stocks = of_provinces and not of_stocks
    ratio = provinces / stocks[near]
    what = f"the stock of {near} adds up to {_people(stocks[near])}, the provinces to {_people(provinces)}"
    expected = "stocks and provinces of one country, both in persons"
    remedy = _remedy(ratio if blame_stocks else 1 / ratio, "correct the smaller or the larger")
    issues.note(what, first[near].place("persons") if blame_stocks else where, expected, remedy)
    return not blame_stocks


def sum_of(vital: Sequence[Row], rate: str) -> dict[int, float]:
    """Births, or deaths, of each year: the total, or both sexes."""
    found = grouped((row for row in vital if row["rate"] == rate), "year_start")
    by_sex = {year: {row["sex"]: row["value"] for row in rows} for (year,), rows in found.items()}
    return {year: by.get("total", sum(by.values())) for year, by in by_sex.items()}


def _fits(births: Mapping[int, float], year: int, people: float) -> bool:
    near = min(births, key=lambda known: abs(known - year), default=None)
    return near is not None and _BORN[0] <= births[near] / people <= _BORN[1]


def _check_yearly(
    rate: str, bounds: tuple[float, float], stocks: Mapping[int, float], vital: Sequence[Row], issues: Issues
) -> None:
    """Births or deaths of each year beside the people then; a table in other units is reported once."""
    yearly = sum_of(vital, rate)
    wrong = {year: value / _at(stocks, year) for year, value in yearly.items()}
    wrong = {year: each for year, each in wrong.items() if not bounds[0] <= each <= bounds[1]}
    for year in sorted(wrong)[: 1 if len(wrong) == len(yearly) else None]:
        people = _at(stocks, year)
        row = next(row for row in vital if row["rate"] == rate and row["year_start"] == year)
        middle = math.sqrt(bounds[0] * bounds[1]) * people
        what = f"{_people(yearly[year])} {rate} in {year} in a country of {_people(people)}"
        expected = f"{_people(bounds[0] * people)} to {_people(bounds[1] * people)} {rate} a year, in persons"
        remedy = _remedy(middle / yearly[year] if yearly[year] else math.inf, "correct the number")
        issues.note(what, row.place("value"), expected, remedy)


def _at(stocks: Mapping[int, float], year: int) -> float:
    """The people of a year: between two stocks in proportion, before the first and after the last as then."""
    years = list(stocks)
    before = max((known for known in years if known <= year), default=years[0])
    after = min((known for known in years if known >= year), default=years[-1])
    part = (year - before) / (after - before) if after > before else 0.0
    return stocks[before] + part * (stocks[after] - stocks[before])


def _remedy(factor: float, otherwise: str) -> str:
    """What to type where numbers should be `factor` times what they are."""
    for power in (1_000, 1_000_000):
        for name, ratio in (("multiply", factor / power), ("divide", 1 / factor / power if factor else math.inf)):
            if 1 / 3 <= ratio <= 3:
                return f"{name} by {power:,}?"
    return otherwise


def _group(row: Row) -> str:
    return f"{row['sex']} {row['age_group']} in {row['year']}"


def _people(number: float) -> str:
    return f"{number:,.0f}" if 10 <= number < 1e12 else f"{number:.3g}"

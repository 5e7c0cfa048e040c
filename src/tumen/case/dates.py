"""Months counted as whole numbers, and dates as case files write them."""

from __future__ import annotations

import re
from datetime import date

from tumen.errors import RefusedError, shown

_MONTH = re.compile(r"(\d{4})-(\d{2})\Z", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})\Z", re.ASCII)
#: The last day on which a dated value still acts in the month of its date.
LAST_DAY_OF_ITS_MONTH = 15
_EARLIEST, _LATEST = 1800, 2200


def month_index(text: object) -> int:
    """The month a date lies in, counted as 12 x year + (month - 1); `1990-01` and `1990-01-31` are both 23880.

    >>> month_index("1990-01"), month_index("1990-01-31")
    (23880, 23880)
    """
    if isinstance(text, str):
        if match := _MONTH.match(text):
            year, month = int(match[1]), int(match[2])
            if 1 <= month <= 12 and _EARLIEST <= year <= _LATEST:
                return 12 * year + month - 1
        elif match := _DAY.match(text):
            year = int(match[1])
            if _EARLIEST <= year <= _LATEST and _is_day(year, int(match[2]), int(match[3])):
                return 12 * year + int(match[2]) - 1
    raise RefusedError(
        f"{shown(text)} is not a date",
        f"a day that exists, as 1996-10-01, or a month, as 1996-10, from {_EARLIEST} to {_LATEST}",
        "write year, month and day with four, two and two digits",
    )


def effect_month(text: object) -> int:
    """The month from which a dated value acts: that of its date, or the next where the day is after the 15th.

    Months are the steps, so a value counts from the month it covers most of.

    >>> effect_month("2009-11-30") == month_index("2009-12"), effect_month("2009-11-15") == month_index("2009-11")
    (True, True)
    """
    month = month_index(text)
    match = _DAY.match(str(text))
    return month + 1 if match and int(match[3]) > LAST_DAY_OF_ITS_MONTH else month


def month_text(month: int) -> str:
    """A month index as text.

    >>> month_text(23880)
    '1990-01'
    """
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True

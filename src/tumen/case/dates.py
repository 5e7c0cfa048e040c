"""Months counted as whole numbers, and dates as case files write them."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date

from tumen.errors import RefusedError, shown

_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?\Z", re.ASCII)
#: The last day on which a dated value still acts in the month of its date.
LAST_DAY_OF_ITS_MONTH = 15
_EARLIEST, _LATEST = 1800, 2200


def month_index(text: object) -> int:
    """The month a date lies in, counted as 12 x year + (month - 1); `1990-01` and `1990-01-31` are both 23880.

    >>> month_index("1990-01"), month_index("1990-01-31")
    (23880, 23880)
    """
    if isinstance(text, str) and (match := _DATE.match(text)):
        with suppress(ValueError):
            day = date.fromisoformat(text if match[1] else f"{text}-01")
            if _EARLIEST <= day.year <= _LATEST:
                return 12 * day.year + day.month - 1
    known = f"a day that exists, as 1996-10-01, or a month, as 1996-10, from {_EARLIEST} to {_LATEST}"
    raise RefusedError(f"{shown(text)} is not a date", known, "write year, month and day with four, two and two digits")


def effect_month(text: object) -> int:
    """The month from which a dated value acts: that of its date, or the next where the day is after the 15th.

    Months are the steps, so a value counts from the month it covers most of.

    >>> effect_month("2009-11-30") == month_index("2009-12"), effect_month("2009-11-15") == month_index("2009-11")
    (True, True)
    """
    month = month_index(text)
    day = str(text)[8:]
    return month + 1 if day and int(day) > LAST_DAY_OF_ITS_MONTH else month


def month_text(month: int) -> str:
    """A month index as text.

    >>> month_text(23880)
    '1990-01'
    """
    return f"{month // 12:04d}-{month % 12 + 1:02d}"

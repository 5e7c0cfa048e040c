"""How the draft closes: with a given intake share, or with a given strength from which the intake is solved."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from tumen.case.dates import month_text
from tumen.case.series import Array, Provenance, Series
from tumen.errors import RefusedError, listing, shown, suggestion

#: The key under which a world's series, a setting and a difference from the base name the closure.
CLOSURE = "closure"
#: The closures; the place of a name is its code in a series.
FIXED_INTAKE, FIXED_STRENGTH = CLOSURES = ("fixed_intake", "fixed_strength")
#: The letters that older case files have for them.
_FORMER = {"A": FIXED_INTAKE, "B": FIXED_STRENGTH}


def checked(name: object) -> str:
    """The name of a closure, also for the letter that it had before; raises RefusedError for any other."""
    named = _FORMER.get(str(name), str(name))
    if named in CLOSURES:
        return named
    raise RefusedError(f"closure is {shown(name)}", listing(CLOSURES), suggestion(named, CLOSURES, "write one of these"))


def coded(name: str) -> Array:
    """A closure as the value of a series: 0 fixed_intake, 1 fixed_strength."""
    return np.array([float(CLOSURES.index(name))])


def steps(dated: Sequence[tuple[int, str]], provenance: Provenance) -> list[tuple[int, Array, Provenance]]:
    """Dated closures (month, name) as the rows of a series."""
    return [(month, coded(name), provenance) for month, name in dated]


def words(series: Series, start: int, months: int) -> str:
    """The closure in the `months` from `start` on, in words.

    >>> provenance = Provenance("case.yaml", (), "")
    >>> late = Series.through(steps([(23880, FIXED_STRENGTH), (23919, FIXED_INTAKE)], provenance), "hold")
    >>> words(late, 23880, 24), words(late, 23880, 48)
    ('fixed_strength', 'fixed_strength, fixed_intake from 1993-04')
    """
    values = series.at(np.arange(start, start + months))[:, 0]
    names = [CLOSURES[int(value)] for value in values]
    changes = [f"{now} from {month_text(start + t)}" for t, (old, now) in enumerate(pairwise(names), 1) if now != old]
    return ", ".join([names[0], *changes])

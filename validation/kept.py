"""What a long check has done so far, in the user's folder: the same command goes on where it was stopped.

Numbers are kept under a hash of all sources of `tumen` and of the checks, so that none outlives a change of code.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

import tumen
from tumen.infer.run_cache import home
from tumen.model.compiled import Floats
from tumen.result.atomic import replace_file


@cache
def _sources() -> str:
    total = hashlib.sha256()
    for root in (Path(tumen.__file__).parent, Path(__file__).parent):
        for path in sorted(root.rglob("*.py")):
            total.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:20]


def kept(name: str, make: Callable[[], Floats]) -> Floats:
    """The numbers of a part of a check: those kept under its name, else made and kept."""
    place = home() / "validation" / _sources() / f"{name}.npy"
    if place.exists():
        return np.asarray(np.load(place))
    found = np.asarray(make(), dtype=float)
    held = io.BytesIO()
    np.save(held, found)
    replace_file(place, held.getvalue())
    return found

"""How necessary each key is, free of the scale of r: the share of attempts that vanish when a key is taken from all.

NI = 1 - D(key := 0) / D, where D are the intercepted attempts of the whole window, a part of all attempts that is the
same in both worlds. For r <= 0 mobility and capital as whole keys score one; a key that the other can stand in for
scores less. Capital is taken away in two ways: nobody can pay, while crossings without payment stay (is *payment*
necessary?), and the whole key, crossings without payment too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tumen.infer.observables import Observables
from tumen.infer.run_cache import Refusal, RunSpec
from tumen.model.compiled import Floats

if TYPE_CHECKING:
    from tumen.infer.calibration import Runs

_NO_PAYMENT = ("credit_share=0", "sponsor_probability=0", "fee=1e7")
#: Worlds without a key: nobody can be away unseen; nobody can pay or be paid for; nor cross without paying either.
WITHOUT = {
    "mobility": ("mobility=0",),
    "payment": _NO_PAYMENT,
    "capital": (*_NO_PAYMENT, "free_crossing=0"),
}


def necessity(
    runs: Runs, chosen: np.ndarray, do: Callable[[str, Sequence[RunSpec]], list[Observables | Refusal]]
) -> dict[str, Floats]:
    """NI of mobility, of payment and of capital for the chosen runs, (n,); NaN where a world without is refused."""
    base = np.array([runs.seen[i].intercepted.sum() for i in chosen])
    found = {}
    for key, settings in WITHOUT.items():
        bare = do(f"worlds without {key}", [replace(runs.specs[i], settings=settings) for i in chosen])
        left = [one.intercepted.sum() if isinstance(one, Observables) else np.nan for one in bare]
        found[key] = 1 - np.array(left) / base
    return found

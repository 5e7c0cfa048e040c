"""How necessary each key is, free of the scale of r: the share of attempts that vanish when a key is taken from all.

NI = 1 - D(key := 0) / D, where D are the intercepted attempts of the whole window, a part of all attempts that is the
same in both worlds. For r <= 0 both are one; a key that the other can stand in for scores less.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tumen.case import Case
from tumen.infer.observables import Observables
from tumen.infer.run_cache import RunCache, RunSpec
from tumen.infer.runs import Workers
from tumen.mechanism.program import Floats
from tumen.theories import Theory

#: Worlds without a key: nobody can be away unseen; nobody has money, help, or a chance to cross without paying.
WITHOUT = {
    "mobility": ("mobility=0",),
    "capital": ("free_crossing=0", "credit_share=0", "sponsor_share=0", "fee=1e7"),
}


def necessity(
    cache: RunCache,
    case: Case,
    theory: Theory,
    specs: Sequence[RunSpec],
    workers: Workers,
    progress: Callable[[str, int, int], None],
) -> dict[str, Floats]:
    """NI of mobility and of capital for each run, (n,); NaN where it was refused."""
    base = _attempts(workers.do(cache, case, theory, specs))
    found = {}
    for key, settings in WITHOUT.items():
        bare = [RunSpec(s.parameters, s.history, settings, s.seed, s.rows) for s in specs]
        said = f"worlds without {key}"
        without = _attempts(workers.do(cache, case, theory, bare, lambda d, n, said=said: progress(said, d, n)))  # type: ignore[misc]
        found[key] = 1 - without / base
    return found


def _attempts(answers: Sequence[object]) -> Floats:
    """Intercepted attempts of each run, NaN for those refused."""
    return np.array([a.intercepted.sum() if isinstance(a, Observables) else np.nan for a in answers])

"""How necessary each key is, free of the scale of r: the share of attempts that vanish when a key is taken from all.

NI = 1 - D(key := 0) / D, where D are the intercepted attempts of the whole window, a part of all attempts that is the
same in both worlds. For r <= 0 mobility and capital as whole keys score one; a key that the other can stand in for
scores less. Capital is taken away in two ways: nobody can pay, while crossings without payment stay (is *payment*
necessary?), and the whole key, crossings without payment too.
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

_NO_PAYMENT = ("credit_share=0", "sponsor_probability=0", "fee=1e7")
#: Worlds without a key: nobody can be away unseen; nobody can pay or be paid for; nor cross without paying either.
WITHOUT = {
    "mobility": ("mobility=0",),
    "payment": _NO_PAYMENT,
    "capital": (*_NO_PAYMENT, "free_crossing=0"),
}


def necessity(
    cache: RunCache,
    case: Case,
    theory: Theory,
    specs: Sequence[RunSpec],
    workers: Workers,
    progress: Callable[[str, int, int], None],
) -> dict[str, Floats]:
    """NI of mobility, of payment and of capital for each run, (n,); NaN where it was refused."""
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

"""From a world and a theory to a labelled result: compile, sample the people, run the engine, label the counts.

`run` makes a result, `size` finds the sample size for a target noise, and `ready` tells whether the engine has already
been compiled, without which the first run waits for it. Each is imported when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tumen.engine.cache import ready as ready
    from tumen.simulate.session import run as run
    from tumen.simulate.sizing import size as size

#: Agents of a run by default.
DEFAULT_PEOPLE = 100_000
#: Agents of the pilot run from which the noise of larger samples is foreseen.
PILOT = 10_000
_PLACES = {"ready": "tumen.engine.cache", "run": "tumen.simulate.session", "size": "tumen.simulate.sizing"}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'tumen.simulate' has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)

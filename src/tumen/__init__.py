"""A simulator of who leaves a closed country: people, laws, work, money and a border, month by month.

import tumen as tm

toyland = tm.load("toyland")
world = toyland.world()
result = tm.run(world, tm.theories.interplay, people=2000, seed=1)
result.share()                                           women's share of arrivals by year
other = toyland.world(toyland.scenario("no_military_first"))
tm.difference(result, tm.run(other, tm.theories.interplay, people=2000, seed=1))

cases        shipped, load                               Case, World, Scenario, CaseError
theories     theories, fit, backtest                     Theory
results      run, read, verify, plot, difference, size   Result, Difference, ResultError
experiments  factorial, sensitivity

`help(tm.run)` and the like say the rest, `tumen --help` what the command line does.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tumen.api import backtest, factorial, plot, run, sensitivity, size
    from tumen.case import Case, CaseError, Scenario, World, load, shipped
    from tumen.infer import fit
    from tumen.model import theories
    from tumen.model.theories import Theory
    from tumen.result import Result, ResultError
    from tumen.result import load as read
    from tumen.result.verify import verify as verify
    from tumen.summary.difference import Difference, difference

__version__ = "0.1.0"

#: Where each public name lives; rooms are imported when first asked for, since most verbs need few of them.
_PLACES = {
    "backtest": ("tumen.api", "backtest"),
    "Case": ("tumen.case", "Case"),
    "CaseError": ("tumen.case", "CaseError"),
    "Difference": ("tumen.summary.difference", "Difference"),
    "Result": ("tumen.result", "Result"),
    "ResultError": ("tumen.result", "ResultError"),
    "Scenario": ("tumen.case", "Scenario"),
    "Theory": ("tumen.model.theories", "Theory"),
    "World": ("tumen.case", "World"),
    "difference": ("tumen.summary.difference", "difference"),
    "factorial": ("tumen.api", "factorial"),
    "fit": ("tumen.infer", "fit"),
    "load": ("tumen.case", "load"),
    "plot": ("tumen.api", "plot"),
    "read": ("tumen.result", "load"),
    "run": ("tumen.api", "run"),
    "sensitivity": ("tumen.api", "sensitivity"),
    "shipped": ("tumen.case", "shipped"),
    "size": ("tumen.api", "size"),
    "verify": ("tumen.result", "verify"),
}

__all__ = [
    "Case",
    "CaseError",
    "Difference",
    "Result",
    "ResultError",
    "Scenario",
    "Theory",
    "World",
    "backtest",
    "difference",
    "factorial",
    "fit",
    "load",
    "plot",
    "read",
    "run",
    "sensitivity",
    "shipped",
    "size",
    "theories",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name == "theories":
        return import_module("tumen.model.theories")
    if name not in _PLACES:
        raise AttributeError(f"module 'tumen' has no attribute {name!r}")
    room, attribute = _PLACES[name]
    return getattr(import_module(room), attribute)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]

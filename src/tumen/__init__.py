"""A simulator of who leaves a closed country: people, laws, work, money and a border, month by month.

    base = tm.run(tm.load("toyland"), people=2000)           a result: labelled monthly flows
    base.share(), tm.plots.arrivals_by_sex(base)             women's share of arrivals by year; a chart

cases         load, theories
one run       run, read, verify, difference, plots
estimates     fit, calibrate, posterior, backtest
many runs     factorial, forecast, sensitivity, size
`help(tm.run)` and the like say the rest; `tumen --help` lists the command line.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tumen import plots as plots
    from tumen.api import posterior as posterior
    from tumen.api import run as run
    from tumen.api import size as size
    from tumen.case import Case as Case
    from tumen.case import CaseError as CaseError
    from tumen.case import Scenario as Scenario
    from tumen.case import World as World
    from tumen.case import load as load
    from tumen.case import shipped as shipped
    from tumen.experiment.factorial import factorial as factorial
    from tumen.experiment.forecast import forecast as forecast
    from tumen.experiment.sensitivity.study import sensitivity as sensitivity
    from tumen.infer.backtest import backtest as backtest
    from tumen.infer.best_fit import fit as fit
    from tumen.infer.estimation import calibrate as calibrate
    from tumen.model import theories as theories
    from tumen.model.theories import Theory as Theory
    from tumen.plots import arrivals_by_sex as plot  # noqa: F401
    from tumen.result import Result as Result
    from tumen.result import ResultError as ResultError
    from tumen.result import load as read  # noqa: F401
    from tumen.result.verify import verify as verify
    from tumen.summary.difference import Difference as Difference
    from tumen.summary.difference import difference as difference

__version__ = "0.1.0"

#: Where each public name lives: rooms are imported when first asked for. `dir` lists these names; without `__all__`,
#: `help` shows this page alone instead of every function's.
_PLACES = {
    "backtest": "tumen.infer.backtest",
    "calibrate": "tumen.infer.estimation",
    "difference": "tumen.summary.difference",
    "factorial": "tumen.experiment.factorial",
    "fit": "tumen.infer.best_fit",
    "forecast": "tumen.experiment.forecast",
    "load": "tumen.case",
    "plots": "tumen.plots",
    "posterior": "tumen.api",
    "read": "tumen.result:load",
    "run": "tumen.api",
    "sensitivity": "tumen.experiment.sensitivity.study",
    "size": "tumen.api",
    "theories": "tumen.model.theories",
    "verify": "tumen.result",
}
#: Further names, for annotations and older notebooks.
_ALSO = {
    "Case": "tumen.case",
    "CaseError": "tumen.case",
    "Difference": "tumen.summary.difference",
    "Result": "tumen.result",
    "ResultError": "tumen.result",
    "Scenario": "tumen.case",
    "Theory": "tumen.model.theories",
    "World": "tumen.case",
    "plot": "tumen.plots:arrivals_by_sex",
    "shipped": "tumen.case",
}


def __getattr__(name: str) -> Any:
    place = (_PLACES | _ALSO).get(name)
    if place is None:
        raise AttributeError(f"module 'tumen' has no attribute {name!r}")
    room, _, attribute = place.partition(":")
    module = import_module(room)
    return module if name in ("plots", "theories") else getattr(module, attribute or name)


def __dir__() -> list[str]:
    return [*_PLACES, "__version__"]

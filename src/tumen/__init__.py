"""A simulator of who leaves a closed country: people, laws, work, money and a border, month by month.

    base = tm.run(tm.load("toyland"), people=2000)           a result: labelled monthly flows
    base.share(), tm.plots.arrivals_by_sex(base)             women's share of arrivals by year; a chart

cases         load, theories
one run       run, read, verify, difference, plots
estimates     fit, calibrate, posterior, backtest
many runs     factorial, forecast, sensitivity, size
`help(tm.run)` and the like say the rest; `tumen --help` lists the command line.
"""

from lazy_loader import attach_stub

__version__ = "0.1.0"

# Without `__all__`, `help` shows this page alone instead of every function's.
__getattr__, _names, _ = attach_stub(__name__, __file__)


def __dir__() -> list[str]:
    """The names of this page; classes for annotations and two names of older notebooks are there, but not listed."""
    return [*(name for name in _names() if name.islower() and name not in ("plot", "shipped")), "__version__"]

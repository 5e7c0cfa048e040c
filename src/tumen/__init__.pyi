# Where each public name lives: rooms are imported when first asked for.
from . import plots as plots
from .api import backtest as backtest
from .api import calibrate as calibrate
from .api import posterior as posterior
from .api import run as run
from .api import size as size
from .api import theories as theories
from .case import Case as Case
from .case import CaseError as CaseError
from .case import Scenario as Scenario
from .case import World as World
from .case import load as load
from .case import shipped as shipped
from .experiment.ask import factorial as factorial
from .experiment.ask import forecast as forecast
from .experiment.ask import sensitivity as sensitivity
from .infer import fit as fit
from .model.theories import Theory as Theory
from .plots import plot as plot
from .result import Result as Result
from .result import ResultError as ResultError
from .result import read as read
from .result import verify as verify
from .summary.difference import Difference as Difference
from .summary.difference import difference as difference

__version__: str

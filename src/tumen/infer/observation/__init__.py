"""How what was counted scatters around the model: one class for each error model, used wherever a target is used.

A target extracts its summary statistics from a run, scores them (jax), gives standardised residuals (numpy) and
simulates replicate data (numpy). Least squares, likelihood, emulator, sampler and posterior predictive all ask it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tumen.infer.observation.arrivals import Arrivals
    from tumen.infer.observation.laws import SEX_LAWS, TOTAL_LAWS, CountLaws
    from tumen.infer.observation.measures import Bound, Normal, SharedNormal
    from tumen.infer.observation.rows import Datum, ErrorLaw, Rows
    from tumen.infer.observation.scales import IDENTITY, LOG, LOGIT, Scale
    from tumen.infer.observation.surveys import BetaBinomial, Binomial, Poisson
    from tumen.infer.observation.tables import DirichletMultinomial, Multinomial
    from tumen.infer.observation.target import Label, Noise, Target

#: The module of each name, imported when first asked for: most of them need jax, which a run does without.
_PLACES = {
    "Arrivals": "arrivals",
    "BetaBinomial": "surveys",
    "Binomial": "surveys",
    "Bound": "measures",
    "CountLaws": "laws",
    "Datum": "rows",
    "DirichletMultinomial": "tables",
    "ErrorLaw": "rows",
    "IDENTITY": "scales",
    "LOG": "scales",
    "LOGIT": "scales",
    "Label": "target",
    "Multinomial": "tables",
    "Noise": "target",
    "Normal": "measures",
    "Poisson": "surveys",
    "Rows": "rows",
    "SEX_LAWS": "laws",
    "Scale": "scales",
    "SharedNormal": "measures",
    "TOTAL_LAWS": "laws",
    "Target": "target",
}

__all__ = [
    "IDENTITY",
    "LOG",
    "LOGIT",
    "SEX_LAWS",
    "TOTAL_LAWS",
    "Arrivals",
    "BetaBinomial",
    "Binomial",
    "Bound",
    "CountLaws",
    "Datum",
    "DirichletMultinomial",
    "ErrorLaw",
    "Label",
    "Multinomial",
    "Noise",
    "Normal",
    "Poisson",
    "Rows",
    "Scale",
    "SharedNormal",
    "Target",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'tumen.infer.observation' has no attribute {name!r}")
    return getattr(import_module(f"tumen.infer.observation.{_PLACES[name]}"), name)

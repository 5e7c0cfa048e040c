"""How what was counted scatters around the model: one class for each error model, used wherever a target is used.

A target extracts its summary statistics from a run, scores them (jax), gives standardised residuals (numpy) and
simulates replicate data (numpy). Least squares, likelihood, emulator, sampler and posterior predictive all ask it.
"""

from tumen.infer.observation.arrivals import SEX_LAWS, TOTAL_LAWS, Arrivals, CountLaws
from tumen.infer.observation.measures import Bound, Normal, SharedNormal
from tumen.infer.observation.rows import Datum, ErrorLaw, Rows
from tumen.infer.observation.scales import IDENTITY, LOG, LOGIT, Scale
from tumen.infer.observation.surveys import BetaBinomial, Binomial, Poisson
from tumen.infer.observation.tables import DirichletMultinomial, Multinomial
from tumen.infer.observation.target import Label, Noise, Target

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

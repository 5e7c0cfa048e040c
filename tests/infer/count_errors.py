"""The error models of arrivals that most cases state."""

from tumen.case.error_models.arrivals import TOTAL_MODELS, WOMEN_MODELS, CountModels

COUNT_ERRORS = CountModels(TOTAL_MODELS["negative_binomial"], WOMEN_MODELS["beta_binomial"])

"""How likely the counts are, given a run's summary statistics: the sum of what every target's error model says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from numpyro.distributions import HalfNormal

from tumen.case.error_models.arrivals import Dispersions
from tumen.infer.observation.arrivals import Arrivals, score_together
from tumen.infer.precision import in_double
from tumen.infer.targets import MARGIN, STEEP, Targets

#: Priors of the dispersion parameters. phi: MODEL.md 8; rho is assumed: women's share of a year with 2,000 arrivals may
#: stray by three points or so beyond binomial noise.
DISPERSION_PRIORS = {"phi": HalfNormal(0.1), "rho": HalfNormal(0.005)}


@dataclass(frozen=True, eq=False)
class Likelihood:
    """The log likelihood of a set of targets by summary statistics, in the parts of `Targets.names`."""

    targets: Targets

    @in_double
    def parts(self, statistics: Any, dispersions: Dispersions) -> Any:
        """Log likelihood of each part, (parts,); statistics (size,)."""
        arrivals = self.targets.arrivals
        each = self.targets.parts(statistics)
        found = [target.score(some, dispersions) for target, some in each if not isinstance(target, Arrivals)]
        if arrivals:
            found.insert(0, score_together(arrivals, self.targets.errors, statistics, dispersions))
        return jnp.concatenate(found) if found else jnp.zeros(0)

    @in_double
    def total(self, statistics: Any, dispersions: Dispersions) -> Any:
        """The log likelihood, less the penalty on a network that nearly feeds itself."""
        return self.parts(statistics, dispersions).sum() - self.penalty(statistics)

    @in_double
    def penalty(self, statistics: Any) -> Any:
        """What a network that nearly feeds itself costs."""
        return 0.5 * (STEEP * jax.nn.relu(statistics[-1] + MARGIN)) ** 2

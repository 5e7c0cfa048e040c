"""Draws from the posterior on emulated signals: NUTS over the parameters' coordinates and the dispersions.

Histories are summed over while sampling and drawn afterwards, given the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
from numpyro.distributions import ImproperUniform, constraints
from numpyro.infer import MCMC, NUTS
from scipy.optimize import minimize

from tumen.infer.likelihood import NOISE, Likelihood, Noise
from tumen.infer.precision import in_double
from tumen.mechanism.program import Floats

#: Chains, the steps each adapts over, and the draws each keeps.
CHAINS, WARM, KEPT = 4, 400, 500
#: Trajectories are doubled at most this often.
DEEPEST = 7


@dataclass(frozen=True, eq=False)
class Sample:
    """Draws with axes (chain, draw, ...); history: an index; emulated: the log likelihood on emulated signals."""

    z: Floats
    history: Any
    phi: Floats
    rho: Floats
    emulated: Floats
    diverging: Any

    @property
    def flat(self) -> dict[str, Any]:
        """All fields with chains one after another."""
        return {name: np.reshape(v, (-1, *v.shape[2:])) for name, v in vars(self).items()}


@in_double
def sample(
    emulated: Callable[[Any], Any],
    likelihood: Likelihood,
    log_odds: Floats,
    size: int,
    *,
    temper: float = 1.0,
    seed: int = 1,
    chains: int = CHAINS,
    warm: int = WARM,
    kept: int = KEPT,
) -> Sample:
    """Draw from prior x likelihood^temper.

    emulated: signals (histories, signals) at coordinates; size: the number of coordinates.
    """
    odds = jnp.asarray(log_odds)

    def by_history(z: Any, noise: Noise) -> Any:
        return jax.vmap(lambda signals: likelihood.total(signals, noise))(emulated(z))

    def fit(z: Any, noise: Noise) -> Any:
        return jax.nn.logsumexp(temper * by_history(z, noise) + odds)

    middle, spread = bulk(emulated, likelihood, log_odds, size, temper)

    def model() -> None:
        z = middle + spread @ numpyro.sample("x", ImproperUniform(constraints.real_vector, (), (size,)))
        numpyro.deterministic("z", z)
        given = {name: numpyro.sample(name, prior) for name, prior in NOISE.items()}
        numpyro.factor("prior", -0.5 * (z**2).sum())
        numpyro.factor("fit", fit(z, Noise(given["phi"], given["rho"])))

    mcmc = MCMC(
        NUTS(model, target_accept_prob=0.85, max_tree_depth=DEEPEST),
        num_warmup=warm,
        num_samples=kept,
        num_chains=chains,
        chain_method="vectorized",
        progress_bar=False,
    )
    begin = jax.random.normal(jax.random.PRNGKey(seed + 2), (chains, size))
    mcmc.run(jax.random.PRNGKey(seed), init_params=_begin(begin), extra_fields=("diverging",))
    drawn = mcmc.get_samples(group_by_chain=True)
    noise = Noise(drawn["phi"], drawn["rho"])
    each = jax.jit(jax.vmap(jax.vmap(by_history)))(drawn["z"], noise)  # (chain, draw, histories)
    gumbel = jax.random.gumbel(jax.random.PRNGKey(seed + 1), each.shape)
    history = jnp.argmax(temper * each + odds + gumbel, axis=-1)
    chosen = jnp.take_along_axis(each, history[..., None], axis=-1)[..., 0]
    return Sample(
        **{name: np.asarray(drawn[name]) for name in ("z", *NOISE)},
        history=np.asarray(history),
        emulated=np.asarray(chosen),
        diverging=np.asarray(mcmc.get_extra_fields(group_by_chain=True)["diverging"]),
    )


@in_double
def bulk(
    emulated: Callable[[Any], Any], likelihood: Likelihood, log_odds: Floats, size: int, temper: float = 1.0
) -> tuple[Any, Any]:
    """Where the mass of prior x likelihood^temper is, (D,), and a square root of its covariance there, (D, D).

    At middling dispersions. In these coordinates the posterior is close to a standard normal, so
    that short trajectories cross it.
    """
    noise = Noise(0.12, 0.004)
    odds = jnp.asarray(log_odds)

    def cost(z: Any) -> Any:
        each = jax.vmap(lambda signals: likelihood.total(signals, noise))(emulated(z))
        return 0.5 * (z**2).sum() - jax.nn.logsumexp(temper * each + odds)

    value = jax.jit(jax.value_and_grad(cost))

    def asked(z: Floats) -> tuple[float, Floats]:
        found, slope = value(jnp.asarray(z))
        return float(found), np.asarray(slope)

    middle = minimize(asked, np.zeros(size), jac=True, options={"maxiter": 300}).x
    curvature, axes = np.linalg.eigh(np.asarray(jax.jit(jax.hessian(cost))(jnp.asarray(middle))))
    # The prior alone has curvature one; where the likelihood bends outwards the prior's is kept.
    return jnp.asarray(middle), jnp.asarray(axes / np.sqrt(np.maximum(curvature, 1.0)))


def _begin(x: Any) -> dict[str, Any]:
    """Where each chain begins, on the sampler's unconstrained scale: dispersions at their middle."""
    chains = len(x)
    many: dict[str, Any] = {
        "x": jnp.asarray(x),
        "phi": jnp.full(chains, np.log(0.1)),
        "rho": jnp.full(chains, np.log(0.004)),
    }
    return many if chains > 1 else {name: start[0] for name, start in many.items()}

"""Draws from the posterior on emulated statistics: NUTS over the parameters' coordinates and the dispersions.

The density is prior x exp(expected log likelihood under the emulator): log L(mean) - 1/2 sum_f var_f w_f, w_f the
curvature of log L in statistic f. What the emulator doubts costs likelihood, so that the sampler stays where runs are;
the term vanishes as runs arrive. Histories are summed over while sampling and drawn afterwards, given the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from numpyro.infer.hmc import hmc

from tumen.case.error_models.arrivals import TYPICAL_DISPERSIONS, Dispersions
from tumen.infer.fit_file import Fit
from tumen.infer.likelihood import DISPERSION_PRIORS, Likelihood
from tumen.infer.precision import in_double
from tumen.infer.targets import Targets
from tumen.model.compiled import Floats

#: Trajectories are doubled at most this often; their steps are tuned to this rate of acceptance.
DEEPEST, ACCEPTED = 7, 0.85


class Emulated(Protocol):
    """What the sampler asks of an emulator, which must be a pytree of jax."""

    def with_doubt(self, z: Any) -> tuple[Any, Any]:
        """Statistics at coordinates z (D,) under every history, (H, F); the loss in expected log likelihood, (H,)."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Draws with axes (chain, draw, ...); history: an index; lp: the log posterior, dispersions' priors included."""

    z: Floats
    history: Any
    phi: Floats
    rho: Floats
    lp: Floats
    diverging: Any

    @property
    def flat(self) -> dict[str, Any]:
        """All fields with chains one after another."""
        return {name: np.reshape(v, (-1, *v.shape[2:])) for name, v in vars(self).items()}


@dataclass(frozen=True, eq=False)
class Frame:
    """Coordinates x of standardised coordinates z = middle + root x. Shapes: (D,), (D, D)."""

    middle: Floats
    root: Floats

    @classmethod
    def plain(cls, size: int) -> Frame:
        """The coordinates as they are."""
        return cls(np.zeros(size), np.eye(size))

    @classmethod
    def at(cls, fit: Fit) -> Frame:
        """Middle and root of the covariance of the Laplace approximation: the inverse of the curvature, prior included.

        Gauss-Newton curvature J'J + I is positive definite whatever the Jacobian.
        """
        values, vectors = np.linalg.eigh(fit.curvature)
        # The prior alone has curvature one.
        return cls(np.array(fit.z), vectors / np.sqrt(np.maximum(values, 1.0)))

    @classmethod
    def of(cls, draws: Floats) -> Frame:
        """Mean and root of the covariance of draws (n, D), n > D. Raises ValueError where they are fewer."""
        if len(draws) <= draws.shape[1]:
            raise ValueError(f"{len(draws)} draws of {draws.shape[1]} coordinates span no covariance")
        # A little of the prior's variance, which is one, keeps the root of chains that are stuck.
        covariance = np.atleast_2d(np.cov(draws.T)) + 1e-6 * np.eye(draws.shape[1])
        return cls(draws.mean(axis=0), np.asarray(np.linalg.cholesky(covariance), dtype=float))

    def drawn(self, size: int, spread: float, rng: np.random.Generator) -> Floats:
        """Coordinates z (size, D) from the approximation, its standard deviations times `spread`."""
        return np.asarray(self.middle + spread * rng.standard_normal((size, self.middle.size)) @ self.root.T)


class Sampler:
    """Draws given targets; compiled once for all emulators of the same shapes and all counts of the same targets.

    log_probabilities: (H,) logs of the prior probabilities of the histories; size: the number of coordinates; chains,
    the steps that each adapts over, and the draws that it keeps unless told otherwise.
    """

    def __init__(
        self, targets: Targets, log_probabilities: Floats, size: int, *, chains: int, warm: int, kept: int
    ) -> None:
        self.targets, self.log_probabilities, self.size = targets, np.asarray(log_probabilities), size
        self.chains, self.warm, self.kept = chains, warm, kept
        self._each = jax.jit(jax.vmap(self._surprise, in_axes=(0, None, None)))
        self._walk, self._finish = jax.jit(self._walked, static_argnums=0), jax.jit(self._finished)

    @in_double
    def __call__(
        self,
        emulated: Emulated,
        *,
        numbers: Floats | None = None,
        frame: Frame | None = None,
        seed: int = 1,
        kept: int | None = None,
    ) -> Sample:
        """Draw from prior x expected likelihood.

        numbers: counts in place of those of the targets, beside their statistics (`Targets.numbers`), or several
        independent sets of them, (sets, size - 1); frame: coordinates in which the posterior is close to a standard
        normal, so that short trajectories cross it (None: those of the prior); kept: draws of each chain in place of
        the usual number.
        """
        given = jnp.asarray(self.targets.numbers if numbers is None else numbers, dtype=float)
        frame = frame or Frame.plain(self.size)
        held = emulated, given, jnp.asarray(frame.middle), jnp.asarray(frame.root)
        first, walk, last = jax.random.split(jax.random.PRNGKey(seed), 3)
        near, dispersed = jax.random.normal(first, (self.chains, self.size)), jnp.log(jnp.array(TYPICAL_DISPERSIONS))
        begin = jnp.concatenate([near, jnp.tile(dispersed, (self.chains, 1))], axis=1)
        x, diverging = self._walk(kept or self.kept, jax.random.split(walk, self.chains), begin, *held)
        found = self._finish(last, x, *held)
        return Sample(**{name: np.asarray(one) for name, one in found.items()}, diverging=np.asarray(diverging))

    @in_double
    def surprise(self, z: Floats, emulated: Emulated, numbers: Floats) -> Floats:
        """Negative log density of coordinates (n, D) at typical dispersions, but for a constant, (n,)."""
        return np.asarray(self._each(jnp.asarray(z), emulated, jnp.asarray(numbers, dtype=float)))

    def _by_history(self, z: Any, dispersions: Dispersions, emulated: Emulated, numbers: Any) -> Any:
        """Log prior probability and expected log likelihood of each history, (H,)."""
        sets = [Likelihood(self.targets.with_numbers(one)) for one in jnp.atleast_2d(numbers)]

        def total(statistics: Any) -> Any:
            return sum(one.parts(statistics, dispersions).sum() for one in sets) - sets[0].penalty(statistics)

        statistics, doubt = emulated.with_doubt(z)
        return self.log_probabilities + jax.vmap(total)(statistics) - doubt

    def _surprise(self, z: Any, emulated: Emulated, numbers: Any) -> Any:
        """Negative log density at typical dispersions, but for a constant."""
        return 0.5 * (z**2).sum() - jax.nn.logsumexp(self._by_history(z, TYPICAL_DISPERSIONS, emulated, numbers))

    def _parts(self, x: Any, middle: Any, spread: Any) -> tuple[Any, Dispersions]:
        """Coordinates z and dispersions of a point of the walk (D + 2,)."""
        return middle + spread @ x[:-2], Dispersions(*jnp.exp(x[-2:]))

    def _density(self, z: Any, dispersions: Dispersions, each: Any) -> Any:
        """Log posterior of coordinates and dispersions, histories summed over."""
        of_dispersions = sum(prior.log_prob(getattr(dispersions, name)) for name, prior in DISPERSION_PRIORS.items())
        prior = -0.5 * (z**2 + np.log(2 * np.pi)).sum() + of_dispersions
        return prior + jax.nn.logsumexp(each)

    def _walked(self, kept: int, keys: Any, begin: Any, *given: Any) -> tuple[Any, Any]:
        """Points of all chains after adaptation (chain, draw, D + 2), and whether their trajectories diverged."""

        def potential(emulated: Emulated, numbers: Any, middle: Any, spread: Any, x: Any) -> Any:
            z, dispersions = self._parts(x, middle, spread)
            # The walk goes over the logs of the dispersions, whose density has the factor phi x rho.
            return -self._density(z, dispersions, self._by_history(z, dispersions, emulated, numbers)) - x[-2:].sum()

        begun, step = hmc(potential_fn_gen=lambda *args: partial(potential, *args), algo="NUTS")

        def chain(key: Any, x: Any) -> tuple[Any, Any]:
            how = {"target_accept_prob": ACCEPTED, "max_tree_depth": DEEPEST, "model_args": given, "rng_key": key}
            state = jax.lax.fori_loop(0, self.warm, lambda _, s: step(s, given), begun(x, self.warm, **how))

            def keep(state: Any, _: None) -> tuple[Any, Any]:
                after = step(state, given)
                return after, (after.z, after.diverging)

            return jax.lax.scan(keep, state, None, length=kept)[1]

        return jax.vmap(chain)(keys, begin)

    def _finished(self, key: Any, x: Any, emulated: Emulated, numbers: Any, middle: Any, spread: Any) -> dict[str, Any]:
        """Draws from points (chain, draw, D + 2): with histories, and the log posterior."""

        def one(x: Any, key: Any) -> dict[str, Any]:
            z, dispersions = self._parts(x, middle, spread)
            each = self._by_history(z, dispersions, emulated, numbers)
            history = jax.random.categorical(key, each)
            return {"z": z, "history": history, **dispersions._asdict(), "lp": self._density(z, dispersions, each)}

        keys = jax.random.split(key, x.shape[0] * x.shape[1])
        flat = jax.lax.map(lambda pair: one(*pair), (x.reshape(-1, x.shape[-1]), keys), batch_size=50)
        return {name: found.reshape(*x.shape[:2], *found.shape[1:]) for name, found in flat.items()}

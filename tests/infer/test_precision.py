"""jax stays as the user has set it; what is computed here is in 64 bits all the same."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from tumen.case import load
from tumen.case.error_models.arrivals import Dispersions
from tumen.infer import emulator, sampler  # noqa: F401 - importing them is what is tested
from tumen.infer.likelihood import Likelihood
from tumen.infer.precision import in_double
from tumen.infer.targets import targets


def test_importing_leaves_jax_in_single_precision() -> None:
    assert not jax.config.read("jax_enable_x64")
    assert jnp.zeros(1).dtype == jnp.float32


def test_the_likelihood_is_in_double_precision() -> None:
    found = Likelihood(targets(load("toyland")))
    total = found.total(found.targets.saturated, Dispersions(0.1, 0.005))
    assert total.dtype == np.float64


def test_an_emulator_is_in_double_precision() -> None:
    rng = np.random.default_rng(1)
    z = rng.standard_normal((40, 2))
    fitted = emulator.fit(z, np.zeros(40, int), np.stack([z[:, 0], z.sum(axis=1)], axis=1), 1)
    assert fitted(z[0]).dtype == np.float64
    assert not jax.config.read("jax_enable_x64")


def test_the_setting_is_put_back_after_an_error() -> None:
    @in_double
    def fail() -> None:
        assert jnp.zeros(1).dtype == jnp.float64
        raise KeyError

    try:
        fail()
    except KeyError:
        assert jnp.zeros(1).dtype == jnp.float32

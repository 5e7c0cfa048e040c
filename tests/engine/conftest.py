"""What the engine's tests share: kernels compiled once, and a small toyland on stage."""

from __future__ import annotations

import numpy as np
import pytest

from validation.stage import Stage, stage, toyland


@pytest.fixture(scope="session", autouse=True)
def warm() -> None:
    """Compile the kernels once (about 40 s on a machine that has never run them), or load them."""
    stage(toyland(2), 20).run(histories=True)


@pytest.fixture(scope="session")
def small() -> Stage:
    """Toyland in the years of its largest flows, a few hundred people."""
    return stage(toyland(36, offset=100), 400)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(1)

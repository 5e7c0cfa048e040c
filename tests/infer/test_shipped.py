"""The posteriors that travel with a case: sound, of the case as it is, and what their draws predict comes again."""

from __future__ import annotations

import numpy as np
import pytest

from tumen.case import Case, load
from tumen.case.folder import POSTERIORS
from tumen.infer.branching import perform
from tumen.infer.observables import Observables
from tumen.infer.parameter_space import parameter_space
from tumen.infer.posterior import Posterior, posterior, read
from tumen.infer.run_cache import RunSpec
from tumen.model.theories import get

CASE = "north_korea"
THEORIES = ("interplay", "open_keys")
#: Draws of each that are run again.
AGAIN = 3


@pytest.fixture(scope="module")
def case() -> Case:
    return load(CASE)


@pytest.fixture(scope="module", params=THEORIES)
def shipped(request: pytest.FixtureRequest, case: Case) -> Posterior:
    return read(case.folder / POSTERIORS / f"{request.param}.nc")


def test_it_is_sound_and_of_this_case(shipped: Posterior, case: Case) -> None:
    assert posterior(case, shipped.theory).size == shipped.size, "its inputs and targets are those of the case"
    assert shipped.parameters == parameter_space(case, get(shipped.theory)).names
    assert all(check.passed for check in shipped.checks), shipped.checks
    assert shipped.provenance["runs"] <= 2000
    assert shipped.size >= 200


@pytest.mark.slow
def test_a_sample_of_its_draws_predicts_again_what_it_says(shipped: Posterior, case: Case) -> None:
    held = shipped.groups["posterior_predictive"]["arrivals"].values
    said = held.reshape(-1, *held.shape[2:])
    seeds = shipped.groups["posterior"]["seed"].values.ravel()
    for i in np.linspace(0, shipped.size - 1, AGAIN).round().astype(int).tolist():
        draw = shipped.draw(i)
        spec = RunSpec(dict(draw.parameters.values), draw.history, (), int(seeds[i]), shipped.provenance["agents"])
        seen = perform(case, get(shipped.theory), spec)
        assert isinstance(seen, Observables)
        assert seen.arrivals.sum(axis=2) == pytest.approx(said[i], rel=1e-4, abs=1e-4), f"draw {i}"

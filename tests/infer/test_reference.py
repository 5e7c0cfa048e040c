"""The posteriors that travel with a case are what this version of the model says."""

from __future__ import annotations

import numpy as np
import pytest

from tumen import theories
from tumen.case import Case, load
from tumen.infer.observables import Observables
from tumen.infer.posterior import SHIPPED, Posterior, read
from tumen.infer.run_cache import RunSpec
from tumen.infer.runs import perform

SHIPPED_ONES = [
    (name, path.stem)
    for name in ("north_korea", "toyland")
    for path in sorted((load(name).folder / SHIPPED).glob("*.nc"))
]
#: Draws run again in every test run; validation runs more.
SOME = (0, 101, 333)


@pytest.fixture(params=SHIPPED_ONES, ids=lambda one: one[1])
def reference(request: pytest.FixtureRequest) -> tuple[Case, Posterior]:
    name, theory = request.param
    case = load(name)
    return case, read(case.folder / SHIPPED / f"{theory}.nc")


def test_it_was_made_from_this_version_of_the_case(reference: tuple[Case, Posterior]) -> None:
    case, found = reference
    assert found.provenance["ground"] == case.ground
    assert set(found.parameters) == {prior.name for prior in case.priors}
    assert found.provenance["runs"] <= 4000


@pytest.mark.slow
def test_its_draws_run_again_give_the_same_arrivals(reference: tuple[Case, Posterior]) -> None:
    case, found = reference
    kept = found.groups["posterior_predictive"]["arrivals"].values.reshape(found.size, -1, 2)
    for index in SOME:
        draw = found.draw(index)
        seed, rows = found.provenance["seed"], found.provenance["rows"]
        said = perform(case, theories.get(found.theory), RunSpec(draw.parameters.values, draw.history, (), seed, rows))
        assert isinstance(said, Observables)
        np.testing.assert_allclose(said.arrivals.sum(axis=2), kept[index], rtol=1e-4, atol=1e-4)

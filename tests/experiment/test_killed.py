"""Nothing that is killed or goes wrong sinks a sweep: promises 23 to 25 at small size."""

from __future__ import annotations

import pytest

from validation.promises import killed_workers, resumed, sunk

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),  # what Dask and tornado say of lost workers is theirs
]


@pytest.mark.parametrize("promise", [killed_workers, resumed, sunk])
def test_a_sweep_is_not_sunk(promise: object) -> None:
    row = promise.check(promise.SMALL)  # type: ignore[attr-defined]
    assert row.failed == 0 < row.tried, row.figure

"""A run that goes on from a pause is the unbroken run, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from tumen.engine.paused import Paused
from validation.stage import digest, stage, toyland

MONTHS = (1, 2, 5, 6, 7, 11, 12, 13, 30, 35, 36, 59)


@pytest.mark.parametrize("real", [np.float32, np.float64])
@pytest.mark.parametrize("histories", [False, True])
def test_every_month_is_a_good_place_to_pause(real: type, histories: bool) -> None:
    some, held = stage(toyland(60), 600), list[Paused]()
    whole = digest(some.run(real=real, histories=histories))
    paused = some.run(real=real, histories=histories, pauses=MONTHS, hand_out=held.append)
    assert digest(paused) == whole, "looking changes nothing"
    assert [one.month for one in held] == list(MONTHS)
    for one in held:
        assert digest(some.run(real=real, histories=histories, resume=one)) == whole, one.month
    assert digest(some.run(real=real, histories=histories, resume=held[0])) == whole, "a pause can be used again"


def test_other_people_and_other_floats_are_refused() -> None:
    some, held = stage(toyland(12), 600), list[Paused]()
    some.run(pauses=(6,), hand_out=held.append)
    with pytest.raises(ValueError, match="own people"):
        stage(toyland(12), 700).run(resume=held[0])
    with pytest.raises(ValueError, match="float type"):
        some.run(real=np.float32, resume=held[0])

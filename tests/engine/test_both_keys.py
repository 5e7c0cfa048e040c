"""Promise 13: for r <= 0 nobody tries the border without mobility, or without means."""

from __future__ import annotations

import pytest

from tumen.case import CaseError
from validation.promises import both_keys
from validation.stage import Stage, stage, toyland


def test_for_r_up_to_zero_both_keys_are_needed() -> None:
    row = both_keys.check(both_keys.SMALL)
    assert row.failed == 0, row.line


def test_with_both_keys_people_do_try(small: Stage) -> None:
    for exponent in (*both_keys.NECESSARY, both_keys.ENOUGH):
        made = both_keys.joined_by(small.model, exponent)
        expected, _ = both_keys.tried(Stage(made, small.population, small.theory).run())
        assert expected > 1


@pytest.mark.parametrize("setting", ["repatriation_first=1", "crossing_success=0.01"])
def test_the_lack_of_a_key_holds_when_people_are_sent_back(setting: str) -> None:
    staged = stage(toyland(24, offset=100, settings=[setting]), 300)
    made = both_keys.joined_by(both_keys.without_means(staged.model), -5.0)
    assert both_keys.tried(Stage(made, staged.population, staged.theory).run(histories=True)) == (0, 0)


def test_a_reference_person_who_could_never_leave_is_refused() -> None:
    world = toyland(24)
    nobody = world.under(["mobility=0"])
    with pytest.raises(CaseError, match="reference"):
        stage(nobody, 100)
